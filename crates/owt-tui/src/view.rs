//! All workspaces from another side than the board's: who would not merge with whom, and in which order work should land.
//! It must not know the keys, nor where it stands on the screen.

use std::collections::BTreeMap;

use owt_api as api;
use owt_core::counting::counted;

use crate::event::Look;
use crate::event::ViewKind;
use crate::event::Viewed;
use crate::row::Row;
use crate::status::Tone;
use crate::text;
use crate::text::line;
use crate::train;
use crate::wording;

/// So many places of one file are told; all of them: `owt conflicts`.
const PLACES: usize = 4;

/// A view that lies in the place of the board's rows.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) kind: ViewKind,
    /// The repository that it is of: its root.
    pub(crate) repository: String,
    pub(crate) look: Look,
    /// Whether an answer is still to come.
    pub(crate) is_asked: bool,
    /// Whether something else than the rows says that it is not as it was.
    pub(crate) is_outdated: bool,
    /// How all stood when it was asked for.
    pub(crate) asked_at: Vec<Standing>,
    pub(crate) items: Vec<Item>,
    /// What is to be said where there is nothing.
    pub(crate) note: Vec<(Tone, String)>,
    /// Whether the last answer was that there is none.
    pub(crate) has_failed: bool,
    pub(crate) chosen: usize,
    /// A target that a train is on its way into.
    pub(crate) lands_in: Option<String>,
}

/// Something in a view, about one workspace.
#[derive(Debug, PartialEq)]
pub(crate) struct Item {
    /// Its name.
    pub(crate) workspace: String,
    /// Whom else it is about: another workspace, or the target.
    pub(crate) with: Option<String>,
    pub(crate) head: Vec<(Tone, String)>,
    pub(crate) below: Vec<(Tone, String)>,
}

/// What of a workspace a view depends on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    id: String,
    status: api::Status,
    git: api::Standing,
    conflicts_with: Vec<String>,
}

impl Standing {
    pub(crate) fn of(row: &Row) -> Self {
        let it = &row.workspace;
        Self {
            id: it.id.clone(),
            status: it.status,
            git: it.standing.clone(),
            conflicts_with: it.conflicts_with.clone(),
        }
    }

    /// The workspace's id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

impl View {
    /// One that was not asked for yet.
    pub(crate) fn new(kind: ViewKind, repository: String) -> Self {
        Self {
            kind,
            repository,
            look: Look(0),
            is_asked: false,
            is_outdated: false,
            asked_at: Vec::new(),
            items: Vec::new(),
            note: vec![(Tone::Dim, "asking the server …".to_owned())],
            has_failed: false,
            chosen: 0,
            lands_in: None,
        }
    }

    pub(crate) const fn title(&self) -> &'static str {
        match self.kind {
            ViewKind::Conflicts => "conflicts",
            ViewKind::Queue => "queue",
        }
    }

    /// What was chosen stays chosen, where it is still there.
    pub(crate) fn take(&mut self, viewed: Result<Viewed, api::Problem>) {
        self.is_asked = false;
        self.has_failed = viewed.is_err();
        let viewed = match viewed {
            Ok(viewed) => viewed,
            Err(problem) => {
                self.items.clear();
                self.note = vec![(Tone::Bad, line(&problem.message))];
                self.note.extend(problem.hint.map(|hint| (Tone::Active, format!("hint: {}", line(&hint)))));
                return;
            }
        };
        self.note = nothing(&viewed);
        self.lands_in = lands_in(&viewed);
        let items = match viewed {
            Viewed::Conflicts(found) => conflicts(&found),
            Viewed::Queue(places) => queue(&places),
        };
        let chosen = self.items.get(self.chosen);
        let is_chosen = |item: &Item| {
            chosen.is_some_and(|chosen| (&chosen.workspace, &chosen.with) == (&item.workspace, &item.with))
        };
        self.chosen = items.iter().position(is_chosen).unwrap_or(self.chosen);
        self.items = items;
        self.move_by(0);
    }

    pub(crate) fn chosen(&self) -> Option<&Item> {
        self.items.get(self.chosen)
    }

    pub(crate) fn move_by(&mut self, items: isize) {
        let last = self.items.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(items).min(last);
    }

    /// Chooses what is about the workspace of this name; whether there is any.
    pub(crate) fn choose(&mut self, name: &str) -> bool {
        let found = self.items.iter().position(|item| item.workspace == name);
        self.chosen = found.unwrap_or(self.chosen);
        found.is_some()
    }
}

fn lands_in(viewed: &Viewed) -> Option<String> {
    let Viewed::Queue(places) = viewed else { return None };
    places.iter().find(|place| place.train.is_some_and(|state| !train::is_over(state)))?.target.clone()
}

fn nothing(viewed: &Viewed) -> Vec<(Tone, String)> {
    let words = match viewed {
        Viewed::Queue(_) => "There is no work that could land in this repository.".to_owned(),
        Viewed::Conflicts(found) => match found.workspaces {
            0 => "There are no workspaces with work in this repository.".to_owned(),
            count => format!(
                "No conflicts: {} would merge with one another and with their targets.",
                counted(count as u64, "workspace", "workspaces")
            ),
        },
    };
    vec![(Tone::Dim, words)]
}

/// The files of a workspace that somebody or its target does not agree with, and who that is.
pub(crate) fn files_of(found: &api::Conflicts, name: &str) -> Vec<(String, String)> {
    let other = |pair: &api::ConflictPair| if pair.a == name { pair.b.clone() } else { pair.a.clone() };
    let pairs = found.pairs.iter().filter(|pair| pair.a == name || pair.b == name);
    let pairs = pairs.map(|pair| (other(pair), &pair.files));
    let targets = found.targets.iter().filter(|target| target.workspace == name);
    let targets = targets.map(|it| (format!("its target {}", it.target), &it.files));
    let mut whom: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (other, files) in pairs.chain(targets) {
        for file in files {
            whom.entry(&file.path).or_default().push(other.clone());
        }
    }
    let told = |(path, others): (&str, Vec<String>)| (path.to_owned(), format!("with {}", others.join(", ")));
    whom.into_iter().map(told).collect()
}

fn conflicts(found: &api::Conflicts) -> Vec<Item> {
    let pairs = found.pairs.iter().map(|pair| Item {
        workspace: pair.a.clone(),
        with: Some(pair.b.clone()),
        head: vec![
            (Tone::Strong, line(&pair.a)),
            (Tone::Warn, " with ".to_owned()),
            (Tone::Strong, line(&pair.b)),
        ],
        below: pair.files.iter().map(|file| conflicting(file, &pair.a, &pair.b)).collect(),
    });
    let targets = found.targets.iter().map(|it| Item {
        workspace: it.workspace.clone(),
        with: Some(it.target.clone()),
        head: vec![
            (Tone::Strong, line(&it.workspace)),
            (Tone::Bad, " with its target ".to_owned()),
            (Tone::Strong, line(&it.target)),
        ],
        below: it.files.iter().map(|file| conflicting(file, &it.target, &it.workspace)).collect(),
    });
    let unknown = found.unknown.iter().map(|it| Item {
        workspace: it.workspace.clone(),
        with: it.with.clone(),
        head: vec![
            (Tone::Strong, line(&it.workspace)),
            (Tone::Warn, it.with.as_deref().map(|with| format!(" with {}", line(with))).unwrap_or_default()),
            (Tone::Warn, format!(": not known, {}", line(&it.reason))),
        ],
        below: Vec::new(),
    });
    pairs.chain(targets).chain(unknown).collect()
}

/// A file with the lines that both changed, as each has them.
fn conflicting(file: &api::ConflictFile, a: &str, b: &str) -> (Tone, String) {
    let place = |lines: &api::ConflictLines| {
        let (in_a, in_b) = (wording::span(lines.a), wording::span(lines.b));
        format!("{in_a} of {}, {in_b} of {}", line(a), line(b))
    };
    let mut places: Vec<String> = file.lines.iter().take(PLACES).map(place).collect();
    if file.lines.len() > PLACES {
        places.push("…".to_owned());
    }
    let lines = if places.is_empty() { String::new() } else { format!(": lines {}", places.join("; ")) };
    (Tone::Plain, format!("{}  {}{lines}", line(&file.path), wording::conflict(&file.kind)))
}

fn queue(places: &[api::QueuePlace]) -> Vec<Item> {
    let target = |place: &api::QueuePlace| place.target.as_deref().map_or_else(|| "-".to_owned(), line);
    let widest = |text: &dyn Fn(&api::QueuePlace) -> String| {
        places.iter().map(|place| text::columns(&text(place))).max().unwrap_or(0).min(28)
    };
    let name = widest(&|place| line(&place.workspace));
    let to = widest(&target);
    let state = widest(&|place| standing(place).1.to_owned());
    let item = |place: &api::QueuePlace| Item {
        workspace: place.workspace.clone(),
        with: place.target.clone(),
        head: vec![
            (Tone::Dim, format!("{:>3}  ", place.place)),
            (Tone::Strong, padded(&line(&place.workspace), name)),
            (Tone::Dim, padded(&target(place), to)),
            (standing(place).0, padded(standing(place).1, state)),
            (Tone::Plain, line(&place.reason)),
        ],
        below: Vec::new(),
    };
    places.iter().map(item).collect()
}

/// How far it is in a train that is under way, or else whether it could land.
fn standing(place: &api::QueuePlace) -> (Tone, &'static str) {
    match place.train {
        Some(state) => (wording::car_tone(state), wording::car_state(state)),
        None => (wording::queue_tone(place.state), wording::queue_state(place.state)),
    }
}

/// A text in so many columns, and a gap.
fn padded(text: &str, width: usize) -> String {
    let text = text::cut(text, width);
    let gap = width.saturating_sub(text::columns(&text)) + 2;
    format!("{text}{:gap$}", "")
}
