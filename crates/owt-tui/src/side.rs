//! What stands beside the rows: one pane at most, on one workspace at a time, and what is looked at for it. It must not know
//! which row is selected, nor the keys.

use owt_api as api;

use crate::errands::Errands;
use crate::event::Look;
use crate::event::Request;
use crate::event::Seen;
use crate::event::Subject;
use crate::event::SubjectKind;
use crate::pane::Pane;

/// On whom a pane is opened: the workspace's id, and how the server finds it.
#[derive(Debug, Clone)]
pub(crate) struct Whom {
    pub(crate) id: String,
    pub(crate) selector: api::Selector,
}

/// The place of the pane.
#[derive(Debug, Default)]
pub(crate) struct Side {
    pane: Option<Pane>,
}

impl Side {
    pub(crate) const fn pane(&self) -> Option<&Pane> {
        self.pane.as_ref()
    }

    /// Opens a pane; the same once more closes it.
    pub(crate) fn toggle(&mut self, kind: SubjectKind, whom: Whom, errands: &mut Errands) -> Option<Request> {
        if self.pane.as_ref().is_some_and(|pane| pane.kind == kind && pane.of == whom.id) {
            return self.close();
        }
        Some(self.show(kind, whom, errands.look()))
    }

    pub(crate) fn close(&mut self) -> Option<Request> {
        self.pane.take().map(|_| Request::LookAway)
    }

    /// An open pane goes with the selection.
    pub(crate) fn follow(&mut self, selected: Option<Whom>, errands: &mut Errands) -> Option<Request> {
        let pane = self.pane.as_ref()?;
        match selected {
            Some(whom) if whom.id == pane.of => None,
            Some(whom) => Some(self.show(pane.kind, whom, errands.look())),
            None => self.close(),
        }
    }

    /// What it shows may be another now; what was seen stays until there is something new. What goes on by itself is not
    /// asked for again.
    pub(crate) fn look_again(&mut self, whom: Whom, errands: &mut Errands) -> Option<Request> {
        let pane = self.pane.as_mut().filter(|pane| pane.of == whom.id && !pane.goes_on())?;
        let look = errands.look();
        pane.renew(look);
        Some(Request::Look(look, Subject { workspace: whom.selector, kind: pane.kind }))
    }

    /// A piece of what a look has found; of an earlier look it is nothing any more.
    pub(crate) fn see(&mut self, look: Look, seen: Seen) {
        if let Some(pane) = self.pane.as_mut().filter(|pane| pane.look == look) {
            pane.take(seen);
        }
    }

    /// Over the whole screen, and back.
    pub(crate) fn zoom(&mut self) {
        if let Some(pane) = &mut self.pane {
            pane.zoomed = !pane.zoomed;
        }
    }

    /// Moves so many lines down; negative is up.
    pub(crate) fn scroll(&mut self, lines: isize, room: (usize, usize)) {
        if let Some(pane) = &mut self.pane {
            pane.scroll(lines, room);
        }
    }

    /// Moves so many columns to the right; negative is to the left.
    pub(crate) fn shift(&mut self, columns: isize) {
        if let Some(pane) = &mut self.pane {
            pane.shift(columns);
        }
    }

    fn show(&mut self, kind: SubjectKind, whom: Whom, look: Look) -> Request {
        let zoomed = self.pane.as_ref().is_some_and(|pane| pane.zoomed);
        self.pane = Some(Pane::new(whom.id, kind, look).zoomed(zoomed));
        Request::Look(look, Subject { workspace: whom.selector, kind })
    }
}
