//! Starting an agent on a task: the text, and what it is started with. It must not know how a workspace is made.

use owt_api as api;

use super::Board;
use crate::editor::Editor;
use crate::event::Deed;
use crate::event::Request;
use crate::event::Starts;
use crate::keymap::Verb;
use crate::layer::Act;
use crate::layer::Item;
use crate::layer::Layer;
use crate::layer::Part;
use crate::layer::Picker;
use crate::layer::Purpose;
use crate::layer::Wish;
use crate::layer::Writing;
use crate::status::Tone;
use crate::text::line;

/// The other ways in which a session can live.
const SESSIONS: [(&str, api::Mode, &str); 2] = [
    ("structured", api::Mode::Structured, "it asks here, and is answered by a key"),
    ("headless", api::Mode::Headless, "one task, nobody is asked, ends by itself"),
];

impl Board {
    /// A task is written; outside of a repository it is asked first in which.
    pub(super) fn write_task(&mut self) -> Vec<Request> {
        if self.setting.repository.is_some() || self.task.is_some() {
            return self.write_task_below(self.setting.cwd.clone());
        }
        let known: Vec<String> = self.fleet.repositories().into_iter().map(str::to_owned).collect();
        match known.as_slice() {
            [] => {
                let words =
                    "this folder is in no git repository: a task is begun in one (cd there, or owt -C DIR)";
                self.said = Some((Tone::Warn, words.to_owned()));
                Vec::new()
            }
            [only] => self.write_task_below(only.clone()),
            several => {
                self.layers.push(self.which_repository(several));
                Vec::new()
            }
        }
    }

    /// The one that the person looks at comes first.
    fn which_repository(&self, known: &[String]) -> Layer {
        let item = |root: &String| {
            let text = line(&self.fleet.repository_name(root).unwrap_or_else(|| root.clone()));
            let (note, words) = (line(root), root.clone());
            Item { text, note, words, act: Act::WriteTask(root.clone()) }
        };
        let looked_at = self.repository();
        let chosen = known.iter().position(|root| *root == looked_at).unwrap_or(0);
        Layer::Pick(Picker {
            chosen,
            ..Picker::new("In which repository?", known.iter().map(item).collect())
        })
    }

    /// A task for the repository in this folder; what it can be started with is asked for meanwhile.
    pub(super) fn write_task_below(&mut self, cwd: String) -> Vec<Request> {
        let environment = self.setting.environment.clone();
        if self.setting.repository.is_none() {
            // What is known may be another's.
            self.starts = None;
        }
        let writing = self.task.take().unwrap_or_else(|| self.new_task(cwd.clone()));
        let cwd = match &writing.purpose {
            Purpose::Task(wanted) => wanted.cwd.clone(),
            _ => cwd,
        };
        self.layers.push(Layer::Write(writing));
        let asked = api::ListAgents { cwd, environment };
        vec![Request::Do(self.errands.ticket(), Box::new(Deed::ReadStarts(asked)))]
    }

    fn new_task(&self, cwd: String) -> Writing {
        let title =
            self.setting.repository.is_none().then(|| format!("What should be done in {}?", line(&cwd)));
        let environment = self.setting.environment.clone();
        let wanted = api::NewWorkspace { cwd, environment, ask_agent: true, ..api::NewWorkspace::default() };
        let writing = task(Box::new(wanted), String::new(), self.starts.as_ref());
        Writing { title: title.unwrap_or_else(|| writing.title.clone()), ..writing }
    }

    /// A task that was closed is there again with the next one.
    pub(super) fn keep_task(&mut self, writing: &Writing) {
        let is_begun = !writing.editor.text().trim().is_empty();
        if matches!(writing.purpose, Purpose::Task(_)) && is_begun {
            let key = self.setting.keymap.key(Verb::New).unwrap_or_else(|| "new".to_owned());
            self.said = Some((Tone::Dim, format!("the task is kept: {key} goes on with it")));
            self.task = Some(writing.clone());
        }
    }

    /// What is open shows what can be picked now.
    pub(super) fn know_starts(&mut self, starts: Starts) {
        for layer in self.layers.iter_mut() {
            match layer {
                Layer::Pick(Picker { part: Some(part), items, .. }) => *items = self::items(*part, &starts),
                Layer::Write(Writing { above, purpose: Purpose::Task(wanted), .. }) => {
                    *above = self::above(wanted, Some(&starts));
                }
                _ => {}
            }
        }
        self.starts = Some(starts);
    }
}

/// A task that is being written.
pub(super) fn task(wanted: Box<api::NewWorkspace>, text: String, starts: Option<&Starts>) -> Writing {
    Writing {
        title: "What should be done?".to_owned(),
        above: above(&wanted, starts),
        editor: Editor::holding(text),
        purpose: Purpose::Task(wanted),
        scroll: 0,
    }
}

/// What it is started with, and the keys that change that.
fn above(wanted: &api::NewWorkspace, starts: Option<&Starts>) -> Vec<(Tone, String)> {
    let told = |part: Part| {
        let (tone, name) = match wish(wanted, part) {
            Some(name) => (Tone::Active, line(name)),
            None => (Tone::Dim, otherwise(part, starts)),
        };
        (tone, format!("{:<9} {name}  (alt-{})", part.word(), part.letter()))
    };
    Part::ALL.map(told).to_vec()
}

fn wish(wanted: &api::NewWorkspace, part: Part) -> Option<&str> {
    match part {
        Part::Agent => wanted.agents.first().map(String::as_str),
        Part::Template => wanted.template.as_deref(),
        Part::Base => wanted.base.as_deref(),
        Part::Session => SESSIONS.iter().find(|it| it.1 == wanted.mode).map(|it| it.0),
    }
}

/// What it is without a wish.
fn otherwise(part: Part, starts: Option<&Starts>) -> String {
    let default = || starts?.agents.iter().find(|agent| agent.default).map(|agent| line(&agent.name));
    match part {
        Part::Agent => default().unwrap_or_else(|| "as configured".to_owned()),
        Part::Template => "none".to_owned(),
        Part::Base => "the branch of the checkout".to_owned(),
        Part::Session => "a terminal, as configured".to_owned(),
    }
}

/// What can be picked.
pub(super) fn picker(part: Part, starts: Option<&Starts>) -> Layer {
    let title = match part {
        Part::Agent => "Which agent?",
        Part::Template => "Which way of working?",
        Part::Base => "From where?",
        Part::Session => "How does it live?",
    };
    let items =
        starts.map_or_else(|| vec![item(part, None, "asking …".to_owned())], |starts| items(part, starts));
    Layer::Pick(Picker { part: Some(part), ..Picker::new(title, items) })
}

fn items(part: Part, starts: &Starts) -> Vec<Item> {
    let names: Vec<(&str, String)> = match part {
        Part::Agent => {
            let installed = starts.agents.iter().filter(|agent| agent.path.is_some());
            installed.map(|agent| (agent.name.as_str(), line(&agent.display_name))).collect()
        }
        Part::Template => starts.names.templates.iter().map(|name| (name.as_str(), String::new())).collect(),
        Part::Base => starts.names.bases.iter().map(|name| (name.as_str(), String::new())).collect(),
        Part::Session => SESSIONS.iter().map(|(name, _, what)| (*name, (*what).to_owned())).collect(),
    };
    let others = names.into_iter().map(|(name, note)| item(part, Some(name.to_owned()), note));
    std::iter::once(item(part, None, otherwise(part, Some(starts)))).chain(others).collect()
}

fn item(part: Part, name: Option<String>, note: String) -> Item {
    let text = name.as_deref().map_or_else(|| "-".to_owned(), line);
    let words = format!("{text} {note}");
    Item { text, note, words, act: Act::Wish(Wish { part, name }) }
}

/// The task that is being written is started so.
pub(super) fn take_wish(writing: &mut Writing, wish: Wish, starts: Option<&Starts>) {
    let Purpose::Task(wanted) = &mut writing.purpose else { return };
    match wish.part {
        Part::Agent => wanted.agents = wish.name.into_iter().collect(),
        Part::Template => wanted.template = wish.name,
        Part::Base => wanted.base = wish.name,
        Part::Session => {
            let named = SESSIONS.iter().find(|it| wish.name.as_deref() == Some(it.0));
            wanted.mode = named.map(|it| it.1).unwrap_or_default();
        }
    }
    writing.above = above(wanted, starts);
}
