//! The workspaces in the order of the screen, and which of them is selected. It must not know the keys, nor what is asked
//! about any of them.

use std::collections::BTreeSet;

use owt_api as api;

use crate::order::arranged;
use crate::repositories;
use crate::row::Row;
use crate::section::Section;
use crate::view::Standing;

/// All workspaces that are shown.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    pub(crate) rows: Vec<Row>,
    /// The selected workspace's id.
    selected: Option<String>,
    /// Where it stood when the person last meant it.
    place: Option<Place>,
    /// What was started last, until it is on the list.
    newest: Option<String>,
}

/// A place among the rows. What lands goes through other sections before it is gone: so it is kept from before.
#[derive(Debug)]
struct Place {
    section: Section,
    /// The ids of the others in its section, the nearest first: those below it, then those above.
    around: Vec<String>,
}

impl Fleet {
    /// They are these now. What was selected stays selected where it is still there, else what stood beside it.
    pub(crate) fn take(&mut self, workspaces: Vec<api::Workspace>) {
        self.rows = arranged(workspaces);
        let arrived = self.newest.take_if(|newest| self.rows.iter().any(|row| row.workspace.id == *newest));
        let before = self.selected.clone();
        self.selected = arrived.or(self.selected.take());
        if self.index().is_none() {
            self.selected = self.beside();
        }
        let stood_in = self.place.as_ref().map(|place| place.section);
        if self.selected != before || self.selected().map(|row| row.section) == stood_in {
            self.mean_it();
        }
    }

    /// The person means what is selected as it is now.
    pub(crate) fn mean_it(&mut self) {
        self.place = self.index().and_then(|at| self.place_of(at));
    }

    fn place_of(&self, at: usize) -> Option<Place> {
        let section = self.rows.get(at)?.section;
        let (above, below) = (self.rows.get(..at)?, self.rows.get(at + 1..)?);
        let around = below.iter().chain(above.iter().rev()).filter(|row| row.section == section);
        Some(Place { section, around: around.map(|row| row.workspace.id.clone()).collect() })
    }

    /// Who stands in the place of what is gone: in its section, else in the nearest that has any.
    fn beside(&self) -> Option<String> {
        let Some(place) = &self.place else { return self.id_at(0) };
        let in_section = |section: Section| self.rows.iter().filter(move |row| row.section == section);
        let neighbour =
            place.around.iter().find(|id| in_section(place.section).any(|row| row.workspace.id == **id));
        let mut sections = Section::ALL;
        sections.sort_by_key(|section| section.distance(place.section));
        let nearest = || sections.into_iter().find_map(|section| in_section(section).next());
        neighbour.cloned().or_else(|| nearest().map(|row| row.workspace.id.clone()))
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
        self.mean_it();
    }

    pub(crate) fn select_at(&mut self, place: usize) {
        (self.selected, self.newest) = (self.id_at(place), None);
        self.mean_it();
    }

    fn id_at(&self, place: usize) -> Option<String> {
        self.rows.get(place).map(|row| row.workspace.id.clone())
    }

    /// What was just started, as soon as it is on the list.
    pub(crate) fn select_when_there(&mut self, id: &str) {
        match self.with_id(id).is_some() {
            true => self.select(id.to_owned()),
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

    /// The one with this folder, name or branch, or with a name that alone begins so.
    pub(crate) fn called(&self, name: &str) -> Option<&Row> {
        let is_called =
            |row: &&Row| row.workspace.name == name || row.workspace.branch.as_deref() == Some(name);
        let mut begun = self.rows.iter().filter(|row| row.workspace.name.starts_with(name));
        let alone = begun.next().filter(|_| begun.next().is_none());
        self.at_path(name).or_else(|| self.rows.iter().find(is_called)).or(alone)
    }

    /// The repositories that have work here, by their roots.
    pub(crate) fn repositories(&self) -> BTreeSet<&str> {
        let roots = self.rows.iter().map(|row| row.workspace.repository.as_str());
        roots.filter(|root| !root.is_empty()).collect()
    }

    /// What a repository is called where there are others on the board.
    pub(crate) fn repository_name(&self, root: &str) -> Option<String> {
        repositories::names(self.rows.iter().map(|row| row.workspace.repository.as_str())).remove(root)
    }

    /// What the repository is called that somebody's work is in, or all that is asked about, where there are others.
    pub(crate) fn repository_of(&self, whose: &api::Selector) -> Option<String> {
        let of_work = self.at_path(&whose.name).map(|row| row.workspace.repository.as_str());
        self.repository_name(of_work.unwrap_or(&whose.cwd))
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
