//! Deeds that are looked at before they are done: what would happen is shown, with the way to do it. It must not know what
//! any of them does.

use owt_api as api;

use super::Board;
use super::deletion;
use super::landing;
use super::landing::By;
use super::sync;
use super::undo;
use crate::event::Deed;
use crate::event::Done;
use crate::event::Request;
use crate::layer::Choice;
use crate::layer::Layer;
use crate::status::Tone;

/// How the person learns what a deed came to.
pub(super) enum News {
    /// At the foot.
    Said(Tone, String),
    /// By something that they close.
    Shown(Choice),
}

impl From<&api::Problem> for News {
    fn from(problem: &api::Problem) -> Self {
        Self::Shown(super::outcome::notice(problem))
    }
}

/// What is asked before anything is done.
pub(super) struct Question {
    pub(super) title: String,
    /// What to say until there is an answer.
    pub(super) doing: &'static str,
    pub(super) whose: api::Selector,
    /// It changes nothing.
    pub(super) deed: Deed,
}

impl Board {
    /// The person waits for what would happen.
    pub(super) fn ask_first(&mut self, question: Question) -> Vec<Request> {
        let Question { title, doing, whose, deed } = question;
        let ticket = self.errands.ticket();
        let mut choice = Choice::new(title, vec![(Tone::Dim, format!("{doing} …"))]);
        choice.awaits = Some((ticket, whose));
        self.layers.push(Layer::Choice(choice));
        vec![Request::Do(ticket, Box::new(deed))]
    }

    pub(super) fn learn(&mut self, news: News) {
        match news {
            News::Said(tone, words) => self.said = Some((tone, words)),
            News::Shown(choice) => {
                self.said = None;
                self.layers.push(Layer::Choice(choice));
            }
        }
    }
}

/// What a look ahead shows; `None`: this is none.
pub(super) fn ahead(done: &Done, whose: api::Selector) -> Option<Choice> {
    match done {
        Done::Merged(merged) if merged.dry_run => Some(landing::ahead(By::Merge, merged, whose)),
        Done::Shipped(merged) if merged.dry_run => Some(landing::ahead(By::Ship, merged, whose)),
        Done::Synced(synced) if synced.dry_run => Some(sync::ahead(synced, &whose)),
        Done::Deleted(would) if would.dry_run => Some(deletion::ahead(would, whose)),
        Done::Undone(undone) if undone.dry_run => Some(undo::ahead(undone, whose.cwd)),
        _ => None,
    }
}
