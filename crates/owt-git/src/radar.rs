//! The conflict radar over real git: hundreds of pairs in a moment, with the verdicts of `git merge`.
//!
//! - What is not committed is written as a commit into a folder of the worktree's own below the scratch folder, never
//!   into the repository; the folder goes with the worktree, or with the next server.
//! - One walk tells where each pair parted ([`ancestry`]), one diff of all sides what they changed ([`changes`]), and
//!   one more the lines where two changed the same text ([`hunks`]), which say whether git merges them. Only what is not
//!   clear from that is merged, all in one process, in objects that are thrown away.
//! - Pairs that parted at several commits, and those whose attributes say how they are merged, are left to git.

mod ancestry;
mod asking;
mod changes;
mod hunks;
mod standing;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::AbsPath;
use owt_core::landing::Conflict;
use owt_core::landing::ConflictKind;
use owt_core::landing::Sides;
use owt_core::radar::Clash;
use owt_core::radar::Meeting;
use owt_core::radar::Standing;
use owt_core::radar::Verdict;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::GitError;
use owt_ports::Prediction;
use owt_ports::Radar;

use crate::GitCli;
use crate::failure;
use crate::index::IndexCopy;
use crate::throw_away::ThrowAway;
use ancestry::Parting;
use asking::Asking;
use changes::Changes;
use changes::Foresight;
use changes::Twice;
use hunks::Hunk;
use hunks::Hunks;
use hunks::Outcome;

/// More than this is not kept from one question to the next.
const KEPT: usize = 10_000;

/// How often a worktree's work is written into one folder before that is made anew.
const STATES: u32 = 100;

/// The radar over real repositories.
#[derive(Debug)]
pub struct GitRadar {
    git: Arc<GitCli>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Whether what another process left is gone.
    swept: bool,
    places: BTreeMap<AbsPath, Place>,
    count: u64,
    partings: HashMap<(ObjectId, ObjectId), Parting>,
    changes: HashMap<(ObjectId, ObjectId), Arc<Changes>>,
    hunks: Hunks,
    /// By commit: whether its attributes say how something is merged.
    attributes: HashMap<ObjectId, bool>,
}

/// Where the work of a worktree that is not committed is written.
#[derive(Debug)]
struct Place {
    folder: PathBuf,
    states: u32,
}

impl GitRadar {
    /// Nothing is known yet.
    pub fn new(git: Arc<GitCli>) -> Self {
        Self { git, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn root(&self) -> PathBuf {
        self.git.settings().scratch.as_path().join("radar")
    }

    /// The folder for the next state of a worktree.
    fn place(&self, inner: &mut Inner, worktree: &AbsPath) -> Result<(String, PathBuf), GitError> {
        if !std::mem::replace(&mut inner.swept, true) {
            remove(&self.root())?;
        }
        inner.count += 1;
        let name = format!("radar-{}", inner.count);
        let fresh = || Place { folder: self.root().join(&name), states: 0 };
        let place = inner.places.entry(worktree.clone()).or_insert_with(fresh);
        if place.states == STATES {
            remove(&place.folder)?;
            *place = fresh();
        }
        place.states += 1;
        Ok((name, place.folder.clone()))
    }
}

impl GitRadar {
    /// One question at a time, with a folder for what is written on the way.
    fn with<T>(
        &self,
        repository: &Repository,
        ask: impl FnOnce(&mut Comparison<'_>) -> Result<T, GitError>,
    ) -> Result<T, GitError> {
        let mut inner = self.lock();
        inner.count += 1;
        let folder =
            IndexCopy::empty(&self.git.settings().scratch, &format!("radar-merges-{}", inner.count))?;
        let places: Vec<PathBuf> = inner.places.values().map(|place| place.folder.clone()).collect();
        let also = places.iter().map(PathBuf::as_path).filter(|folder| folder.is_dir());
        let common_dir = &repository.common_dir;
        let objects = ThrowAway::before(common_dir, folder.beside("objects"), also)?;
        let asking = Asking { client: &self.git, common_dir, objects: &objects };
        inner.bound();
        ask(&mut Comparison { asking, known: &mut inner })
    }
}

impl Radar for GitRadar {
    fn stand(&self, repository: &Repository, worktree: &AbsPath) -> Result<Option<Standing>, GitError> {
        let (name, folder) = self.place(&mut self.lock(), worktree)?;
        standing::take(&self.git, &repository.common_dir, worktree, &name, &folder)
    }

    fn compare(&self, repository: &Repository, meetings: &[Meeting]) -> Result<Vec<Verdict>, GitError> {
        if meetings.is_empty() {
            return Ok(Vec::new());
        }
        self.with(repository, |comparison| comparison.verdicts(meetings))
    }

    fn changed_paths(
        &self,
        repository: &Repository,
        meetings: &[Meeting],
    ) -> Result<Vec<Option<u32>>, GitError> {
        if meetings.is_empty() {
            return Ok(Vec::new());
        }
        self.with(repository, |comparison| comparison.changed_paths(meetings))
    }

    fn leave(&self, worktree: &AbsPath) {
        if let Some(place) = self.lock().places.remove(worktree) {
            // What cannot be removed goes with the next server.
            let _ = remove(&place.folder);
        }
    }
}

fn remove(folder: &Path) -> Result<(), GitError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failure::of_file(&error, "folder for objects", folder))
        }
        _ => Ok(()),
    }
}

impl Inner {
    fn bound(&mut self) {
        if self.partings.len() > KEPT * 4 {
            self.partings.clear();
        }
        if self.changes.len() > KEPT {
            self.changes.clear();
        }
        if self.hunks.len() > KEPT {
            self.hunks.clear();
        }
        if self.attributes.len() > KEPT {
            self.attributes.clear();
        }
    }
}

/// One question about many pairs.
struct Comparison<'a> {
    asking: Asking<'a>,
    known: &'a mut Inner,
}

/// What is known of one pair before git merges it.
struct Ahead {
    /// Where they parted, if at one commit.
    base: Option<ObjectId>,
    twice: Vec<Twice>,
    clear: bool,
    /// Whether attributes of a tree may have a say.
    attributes: bool,
}

impl Comparison<'_> {
    fn verdicts(&mut self, meetings: &[Meeting]) -> Result<Vec<Verdict>, GitError> {
        self.learn_partings(meetings)?;
        self.learn_changes(meetings)?;
        let mut ahead: Vec<Ahead> = meetings.iter().map(|meeting| self.ahead(meeting)).collect();
        self.weigh_texts(meetings, &mut ahead)?;
        let mut verdicts: Vec<Verdict> = ahead.iter().map(|it| self.foretold(it)).collect();
        let open: Vec<usize> = (0..meetings.len()).filter(|&at| !ahead[at].clear).collect();
        let (alone, together): (Vec<usize>, Vec<usize>) =
            open.into_iter().partition(|&at| ahead[at].attributes);
        let wanted: Vec<_> =
            together.iter().map(|&at| (&meetings[at].a.state, &meetings[at].b.state)).collect();
        let merged = if wanted.is_empty() { Some(Vec::new()) } else { self.asking.merges(&wanted)? };
        let (merged, alone) = match merged {
            Some(merged) => (merged, alone),
            // One of them ended it for all.
            None => (Vec::new(), together.iter().copied().chain(alone).collect()),
        };
        for (&at, prediction) in together.iter().zip(merged) {
            verdicts[at] = self.told(prediction, &ahead[at]);
        }
        for at in alone {
            verdicts[at] = match self.asking.merge(&meetings[at].a.state, &meetings[at].b.state) {
                Ok(Some(prediction)) => self.told(prediction, &ahead[at]),
                Ok(None) => Verdict::Unrelated,
                Err(error) => Verdict::Unknown { why: error.to_string() },
            };
        }
        Ok(verdicts)
    }

    fn changed_paths(&mut self, meetings: &[Meeting]) -> Result<Vec<Option<u32>>, GitError> {
        self.learn_partings(meetings)?;
        self.learn_changes(meetings)?;
        let count = |meeting: &Meeting| {
            let (_, b) = self.sides(meeting, &self.base(meeting)?)?;
            Some(b.len())
        };
        Ok(meetings.iter().map(count).collect())
    }

    fn learn_partings(&mut self, meetings: &[Meeting]) -> Result<(), GitError> {
        let heads = |it: &Meeting| (it.a.head.clone(), it.b.head.clone());
        let open: BTreeSet<(ObjectId, ObjectId)> =
            meetings.iter().map(heads).filter(|pair| !self.known.partings.contains_key(pair)).collect();
        if open.is_empty() {
            return Ok(());
        }
        let all: BTreeSet<&ObjectId> = open.iter().flat_map(|(a, b)| [a, b]).collect();
        let Some(ancestry) = self.asking.ancestry(&all)? else {
            let unclear = |pair| (pair, Parting::Unclear);
            self.known.partings.extend(open.into_iter().map(unclear));
            return Ok(());
        };
        let pasts: BTreeMap<&ObjectId, _> = all.iter().map(|head| (*head, ancestry.past(head))).collect();
        for (a, b) in &open {
            let parting = ancestry.parting(&pasts[a], &pasts[b]);
            self.known.partings.insert((a.clone(), b.clone()), parting);
        }
        Ok(())
    }

    fn base(&self, meeting: &Meeting) -> Option<ObjectId> {
        match self.known.partings.get(&(meeting.a.head.clone(), meeting.b.head.clone()))? {
            Parting::At(base) => Some(base.clone()),
            Parting::Unclear => None,
        }
    }

    fn learn_changes(&mut self, meetings: &[Meeting]) -> Result<(), GitError> {
        let mut open = BTreeSet::new();
        for meeting in meetings {
            let Some(base) = self.base(meeting) else { continue };
            for side in [&meeting.a.state, &meeting.b.state] {
                let key = (base.clone(), side.clone());
                if !self.known.changes.contains_key(&key) {
                    open.insert(key);
                }
            }
        }
        // Nothing changed since itself, and git would say so by silence.
        let open: Vec<_> = open.into_iter().collect();
        if open.is_empty() {
            return Ok(());
        }
        let found = self.asking.changes(&open)?;
        self.known.changes.extend(open.into_iter().zip(found.into_iter().map(Arc::new)));
        Ok(())
    }

    fn sides(&self, meeting: &Meeting, base: &ObjectId) -> Option<(Arc<Changes>, Arc<Changes>)> {
        let of = |state: &ObjectId| self.known.changes.get(&(base.clone(), state.clone())).cloned();
        Some((of(&meeting.a.state)?, of(&meeting.b.state)?))
    }

    fn ahead(&self, meeting: &Meeting) -> Ahead {
        let base = self.base(meeting);
        let sides = base.as_ref().and_then(|base| self.sides(meeting, base));
        let Some((a, b)) = sides else {
            return Ahead { base, twice: Vec::new(), clear: false, attributes: false };
        };
        let attributes = a.attributes() || b.attributes();
        match changes::foresee(&a, &b) {
            Foresight::Clean(twice) => Ahead { base, twice, clear: true, attributes },
            Foresight::Unclear(twice) => Ahead { base, twice, clear: false, attributes },
        }
    }

    /// Looks at the lines of what both changed.
    fn weigh_texts(&mut self, meetings: &[Meeting], ahead: &mut [Ahead]) -> Result<(), GitError> {
        let paths: BTreeSet<&[u8]> =
            ahead.iter().flat_map(|it| &it.twice).map(|twice| twice.path.as_slice()).collect();
        let plain = paths.is_empty() || self.asking.is_plain(&paths)?;
        self.learn_hunks(meetings, ahead, &paths)?;
        for (meeting, it) in meetings.iter().zip(ahead) {
            if !it.clear || !it.twice.is_empty() {
                // Where they parted says it, or, where that is not one place, what is checked out.
                it.attributes |= self.has_attributes(it.base.as_ref().unwrap_or(&meeting.a.head))?;
            }
            let known = |twice: &Twice| self.outcome(twice) != Outcome::Unclear;
            it.clear &= it.twice.is_empty() || plain && !it.attributes && it.twice.iter().all(known);
        }
        Ok(())
    }

    fn has_attributes(&mut self, base: &ObjectId) -> Result<bool, GitError> {
        if let Some(known) = self.known.attributes.get(base) {
            return Ok(*known);
        }
        let found = self.asking.has_merge_attributes(base)?;
        self.known.attributes.insert(base.clone(), found);
        Ok(found)
    }

    fn learn_hunks(
        &mut self,
        meetings: &[Meeting],
        ahead: &[Ahead],
        paths: &BTreeSet<&[u8]>,
    ) -> Result<(), GitError> {
        let mut open = BTreeSet::new();
        for (meeting, it) in meetings.iter().zip(ahead) {
            let Some(base) = &it.base else { continue };
            for twice in &it.twice {
                for (state, after) in [(&meeting.a.state, &twice.a), (&meeting.b.state, &twice.b)] {
                    if !self.known.hunks.contains_key(&(twice.before.clone(), after.clone())) {
                        open.insert((base.clone(), state.clone()));
                    }
                }
            }
        }
        let open: Vec<_> = open.into_iter().collect();
        if !open.is_empty() {
            let found = self.asking.hunks(&open, paths)?;
            self.known.hunks.extend(found);
        }
        Ok(())
    }

    /// The two changes of a text, where their lines are known.
    fn hunks_of(&self, twice: &Twice) -> Option<(&[Hunk], &[Hunk])> {
        let of = |after: &ObjectId| self.known.hunks.get(&(twice.before.clone(), after.clone()));
        Some((of(&twice.a)?, of(&twice.b)?))
    }

    fn outcome(&self, twice: &Twice) -> Outcome {
        self.hunks_of(twice).map_or(Outcome::Unclear, |(a, b)| hunks::outcome(a, b))
    }

    /// What follows of a pair that is clear; of any other git has the word.
    fn foretold(&self, ahead: &Ahead) -> Verdict {
        let clash = |twice: &Twice| match self.outcome(twice) {
            Outcome::Clash(lines) => Some(Clash { conflict: of_texts(&twice.path), lines }),
            Outcome::Merged | Outcome::Unclear => None,
        };
        let clashes: Vec<Clash> = ahead.twice.iter().filter_map(clash).collect();
        if clashes.is_empty() { Verdict::Clean } else { Verdict::Conflicts(clashes) }
    }

    fn told(&self, prediction: Prediction, ahead: &Ahead) -> Verdict {
        match prediction {
            Prediction::Contained | Prediction::Clean { .. } => Verdict::Clean,
            Prediction::Unrelated => Verdict::Unrelated,
            Prediction::Conflicts(all) => {
                Verdict::Conflicts(all.into_iter().map(|it| self.clash(it, ahead)).collect())
            }
        }
    }

    fn clash(&self, conflict: Conflict, ahead: &Ahead) -> Clash {
        let twice = ahead.twice.iter().find(|twice| twice.path == conflict.path.as_bytes());
        let lines = twice.and_then(|twice| self.hunks_of(twice)).map(|(a, b)| hunks::meet(a, b));
        Clash { conflict, lines: lines.unwrap_or_default() }
    }
}

/// A text that both changed, and git cannot merge.
fn of_texts(path: &[u8]) -> Conflict {
    let sides = Sides { base: true, target: true, branch: true };
    Conflict { path: String::from_utf8_lossy(path).into_owned(), kind: ConflictKind::of_sides(sides), sides }
}
