//! The files that conflict, for the person's editor: first it is told which, then it opens. It must not know an editor.
//!
//! It opens on a key and never by itself: only as long as a key is dealt with does nobody else read the terminal.

use owt_api as api;

use super::Board;
use super::ahead::News;
use super::ahead::Question;
use crate::event::Deed;
use crate::event::Request;
use crate::event::Ticket;
use crate::layer::Act;
use crate::layer::Choice;
use crate::layer::Layer;
use crate::row::Row;
use crate::status::Tone;
use crate::text::line;
use crate::view;

impl Board {
    /// What a merge has left there comes first: before that is settled nothing else can be.
    pub(super) fn fix(&mut self, row: &Row, whose: api::Selector) -> Vec<Request> {
        let left = &row.workspace.standing.unmerged_files;
        if left.is_empty() {
            return self.ask_first(question(row, whose));
        }
        let files = left.iter().map(|path| (path.clone(), "a merge has left conflicts in it".to_owned()));
        self.layers.push(Layer::Choice(choice(row.name(), whose.name, files.collect())));
        Vec::new()
    }

    /// They are known now; a person who did not wait is left alone.
    pub(super) fn found_conflicts(&mut self, ticket: Ticket, found: &api::Conflicts) {
        let Some(api::Selector { name: path, .. }) = self.layers.waited(ticket) else { return };
        let name = self.fleet.at_path(&path).map(|row| row.workspace.name.clone()).unwrap_or_default();
        let files = view::files_of(found, &name);
        let shown = match files.is_empty() {
            true => {
                let what = format!("{} conflicts with nobody now, so there is no file to open.", line(&name));
                Choice::new("Nothing to fix".to_owned(), vec![(Tone::Good, what)])
            }
            false => choice(&line(&name), path, files),
        };
        self.learn(News::Shown(shown));
    }
}

fn question(row: &Row, whose: api::Selector) -> Question {
    let deed = Deed::FindConflicts(api::ReadConflicts { cwd: whose.name.clone() });
    let title = format!("Fix {}", row.name());
    Question { title, doing: "looking for the files that conflict", whose, deed }
}

/// Each file with what is wrong with it.
fn choice(name: &str, folder: String, files: Vec<(String, String)>) -> Choice {
    let lines = files.iter().map(|(path, why)| (Tone::Plain, format!("{}: {}", line(path), line(why))));
    let after = (Tone::Dim, "Then commit there, or let its agent.".to_owned());
    let lines = lines.chain(std::iter::once(after)).collect();
    let act = Act::Edit(folder, files.into_iter().map(|(path, _)| path).collect());
    Choice::new(format!("Fix {name}?"), lines).way('y', "open them in your editor", act)
}
