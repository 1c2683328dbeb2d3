//! The workspaces in the order of the screen, and which of them is selected. It must not know the keys, nor what is asked
//! about any of them.

use owt_api as api;

use crate::order::arranged;
use crate::row::Row;
use crate::section::Section;
use crate::view::Standing;

/// All workspaces that are shown.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    pub(crate) rows: Vec<Row>,
    /// The selected workspace's id.
    selected: Option<String>,
    /// What was started last, until it is on the list.
    newest: Option<String>,
}

impl Fleet {
    /// They are these now. What was selected stays selected where it is still there, else what stands in its place.
    pub(crate) fn take(&mut self, workspaces: Vec<api::Workspace>) {
        let before = self.index();
        self.rows = arranged(workspaces);
        let arrived = self.newest.take_if(|newest| self.rows.iter().any(|row| row.workspace.id == *newest));
        self.selected = arrived.or(self.selected.take());
        if self.index().is_none() {
            let last = self.rows.len().saturating_sub(1);
            self.selected = self.id_at(before.unwrap_or(0).min(last));
        }
    }

    pub(crate) fn index(&self) -> Option<usize> {
        let id = self.selected.as_ref()?;
        self.rows.iter().position(|row| row.workspace.id == *id)
    }

    pub(crate) fn selected(&self) -> Option<&Row> {
        self.rows.get(self.index()?)
    }

    pub(crate) fn is_selected(&self, row: &Row) -> bool {
        self.selected.as_ref() == Some(&row.workspace.id)
    }

    /// The person's choice stays: what was started before it does not take its place when it comes.
    pub(crate) fn select(&mut self, id: String) {
        (self.selected, self.newest) = (Some(id), None);
    }

    pub(crate) fn select_at(&mut self, place: usize) {
        (self.selected, self.newest) = (self.id_at(place), None);
    }

    fn id_at(&self, place: usize) -> Option<String> {
        self.rows.get(place).map(|row| row.workspace.id.clone())
    }

    /// What was just started, as soon as it is on the list.
    pub(crate) fn select_when_there(&mut self, id: &str) {
        match self.with_id(id).is_some() {
            true => self.selected = Some(id.to_owned()),
            false => self.newest = Some(id.to_owned()),
        }
    }

    pub(crate) fn move_by(&mut self, rows: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.select_at(self.index().unwrap_or(0).saturating_add_signed(rows).min(last));
    }

    pub(crate) fn with_id(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.workspace.id == id)
    }

    /// The one in this folder.
    pub(crate) fn at_path(&self, path: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.workspace.path == path)
    }

    /// The one with this folder, name or branch.
    pub(crate) fn called(&self, name: &str) -> Option<&Row> {
        let is_called =
            |row: &&Row| row.workspace.name == name || row.workspace.branch.as_deref() == Some(name);
        self.at_path(name).or_else(|| self.rows.iter().find(is_called))
    }

    pub(crate) fn named(&self, name: &str, repository: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.workspace.name == name && row.workspace.repository == repository)
    }

    pub(crate) fn count(&self, section: Section) -> usize {
        self.rows.iter().filter(|row| row.section == section).count()
    }

    /// What all of them have cost, in US dollars.
    pub(crate) fn cost(&self) -> f64 {
        self.rows.iter().filter_map(|row| row.workspace.used.cost_usd).sum()
    }

    /// How each stands, whatever the order.
    pub(crate) fn standings(&self) -> Vec<Standing> {
        let mut standings: Vec<Standing> = self.rows.iter().map(Standing::of).collect();
        standings.sort_by(|one, other| one.id().cmp(other.id()));
        standings
    }
}
