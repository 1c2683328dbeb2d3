//! The views: opened by a verb, asked for again when something changes that they depend on. It must not know what they
//! show.

use owt_api as api;

use super::Board;
use crate::event::Look;
use crate::event::Request;
use crate::event::ViewKind;
use crate::event::Viewed;
use crate::row::Row;
use crate::view::View;

impl Board {
    /// What stands in the place of the rows.
    pub(crate) fn viewing(&self) -> Option<ViewKind> {
        self.view.as_ref().map(|view| view.kind)
    }

    /// Puts a view in the board's place; the same once more takes it away.
    pub(super) fn open_view(&mut self, kind: ViewKind) -> Vec<Request> {
        if self.view.take().is_some_and(|view| view.kind == kind) {
            return Vec::new();
        }
        self.view = Some(View::new(kind, self.repository()));
        self.read_view().into_iter().collect()
    }

    /// The rows that a view depends on may have changed. One question at a time: the next when the answer is there.
    pub(super) fn view_again(&mut self) -> Option<Request> {
        let view = self.view.as_ref()?;
        if view.is_asked || !(view.has_failed || view.is_outdated || view.asked_at != self.fleet.standings())
        {
            return None;
        }
        self.read_view()
    }

    pub(super) fn viewed(&mut self, look: Look, viewed: Result<Viewed, api::Problem>) -> Vec<Request> {
        let Some(view) = self.view.as_mut().filter(|view| view.look == look) else { return Vec::new() };
        let is_first = view.items.is_empty();
        view.take(viewed);
        let has_failed = view.has_failed;
        // Who only looks finds the board as it was: what is selected there is chosen here, where it stands here too.
        if let (Some(view), Some(row)) = (&mut self.view, self.fleet.selected().filter(|_| is_first)) {
            view.choose(&row.workspace.name);
        }
        let mut wanted = self.join_train();
        // What has failed is asked for again when something changes, not at once.
        if !has_failed {
            wanted.extend(self.view_again());
        }
        wanted
    }

    /// The board's selection goes with the view's.
    pub(super) fn select_what_is_viewed(&mut self) {
        if let Some(id) = self.viewed_row().map(|row| row.workspace.id.clone()) {
            self.fleet.select(id);
        }
    }

    /// The row of what is chosen in the view.
    pub(super) fn viewed_row(&self) -> Option<&Row> {
        let view = self.view.as_ref()?;
        self.fleet.named(&view.chosen()?.workspace, &view.repository)
    }

    /// What was selected is shown: in the view where it has that, else on the board.
    pub(super) fn show_what_is_selected(&mut self) {
        let selected = self.fleet.selected().map(|row| row.workspace.name.clone());
        if let (Some(view), Some(name)) = (&mut self.view, selected)
            && !view.choose(&name)
        {
            self.view = None;
        }
    }

    fn read_view(&mut self) -> Option<Request> {
        let (look, asked_at) = (self.errands.look(), self.fleet.standings());
        let view = self.view.as_mut()?;
        (view.look, view.asked_at, view.is_asked, view.is_outdated) = (look, asked_at, true, false);
        Some(Request::View(look, view.kind, view.repository.clone()))
    }
}
