//! What a patient onlooker writes down: every stream folded event by event, and what agents wrote into their folders.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::JobId;
use owt_core::LandingId;
use owt_core::RepositoryId;
use owt_core::Timestamp;
use owt_core::TrainId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attention::Attention;
use owt_core::delivery::Delivery;
use owt_core::job::Job;
use owt_core::job::JobEvent;
use owt_core::job::JobOutcome;
use owt_core::job::JobPhase;
use owt_core::landing::Landing;
use owt_core::landing::LandingPhase;
use owt_core::machine::Machine;
use owt_core::notebook::Notebook;
use owt_core::train::Train;
use owt_core::vcs::BranchName;
use owt_core::workspace::Phase;
use owt_core::workspace::SyncEnd;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceEvent;
use owt_ports::EventStore;
use owt_ports::Live;
use owt_ports::Recorded;
use owt_ports::Sequence;
use owt_ports::StoredRow;
use owt_ports::StreamId;
use owt_ports::StreamKind;
use owt_testkit::store::MemoryStore;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::help::CameIn;

/// What agents and people have written into one workspace.
#[derive(Debug, Clone, Default)]
pub(super) struct Work {
    /// Every file as it was written last.
    pub(super) files: BTreeMap<String, String>,
    /// The files of the last commit.
    pub(super) committed: BTreeMap<String, String>,
}

/// The onlooker's book.
#[derive(Default)]
pub(super) struct Ledger {
    seen: Sequence,
    pub(super) workspaces: BTreeMap<WorkspaceId, Workspace>,
    pub(super) jobs: BTreeMap<JobId, Job>,
    pub(super) attempts: BTreeMap<AttemptId, Attempt>,
    pub(super) deliveries: BTreeMap<DeliveryId, Delivery>,
    pub(super) notebooks: BTreeMap<RepositoryId, Notebook>,
    pub(super) attention: BTreeMap<WorkspaceId, Attention>,
    pub(super) landings: BTreeMap<LandingId, Landing>,
    pub(super) trains: BTreeMap<TrainId, Train>,
    pub(super) work: BTreeMap<WorkspaceId, Work>,
    /// What has come into branches since this was last looked at.
    pub(super) came_in: Vec<CameIn>,
    /// What became of everything that an agent has settled.
    pub(super) settled: Vec<SyncEnd>,
    /// Jobs that have ended well, at some time.
    succeeded: BTreeSet<JobId>,
    /// Branches that the person made.
    pub(super) by_hand: BTreeSet<BranchName>,
    /// Branches that are as much the person's as a workspace's: they committed to it, made it where one had been,
    /// or deleted what one had left. Whether they are there says nothing.
    pub(super) shared: BTreeSet<BranchName>,
}

impl Ledger {
    /// Reads what is new in the journal; every change of a thing is shown to the check before it counts, and each
    /// changed row is compared with the fold of its events.
    pub(super) fn catch_up(&mut self, store: &MemoryStore) {
        let news = store.journal(self.seen, usize::MAX).unwrap();
        self.seen += news.len() as u64;
        let mut changed: Vec<StreamId> = Vec::new();
        for event in news {
            self.fold(&event);
            changed.push(event.stream);
        }
        changed.sort();
        changed.dedup();
        for stream in changed {
            let row = store.load(&stream).unwrap().expect("a stream with events has a row");
            self.compare(&row);
        }
    }

    fn fold(&mut self, event: &Recorded) {
        if event.name != "fact" {
            return;
        }
        let id = &event.stream.id;
        match event.stream.kind {
            StreamKind::Workspace => {
                let id = id.parse().unwrap();
                fold(&mut self.workspaces, id, event, |_, _| {});
                if let WorkspaceEvent::Synced { end } = serde_json::from_str(&event.payload).unwrap() {
                    self.has_come_in(id, end);
                }
            }
            StreamKind::Job => {
                let id = id.parse().unwrap();
                fold(&mut self.jobs, id, event, stays_ended);
                match serde_json::from_str(&event.payload).unwrap() {
                    JobEvent::Started { .. } => self.comes_after_its_dependencies(id),
                    JobEvent::Ended { outcome } if outcome.is_success() => self.has_succeeded(id),
                    _ => {}
                }
            }
            StreamKind::Attempt => fold(&mut self.attempts, id.parse().unwrap(), event, |before, after| {
                assert!(before.is_live() || before.phase == after.phase, "{} ended twice", before.id);
            }),
            StreamKind::Delivery => fold(&mut self.deliveries, id.parse().unwrap(), event, settles_once),
            StreamKind::Notebook => fold(&mut self.notebooks, id.parse().unwrap(), event, |_, _| {}),
            StreamKind::Landing => fold(&mut self.landings, id.parse().unwrap(), event, lands_once),
            StreamKind::Train => {
                fold(&mut self.trains, id.parse().unwrap(), event, super::landing::lands_what_was_checked);
            }
            StreamKind::Attention => fold(&mut self.attention, id.parse().unwrap(), event, |_, _| {}),
        }
    }

    fn has_come_in(&mut self, of: WorkspaceId, end: SyncEnd) {
        let last = self.workspaces[&of].last_sync.as_ref();
        let sync = &last.expect("what ended was begun").sync;
        if let SyncEnd::Merged { after } = &end {
            self.came_in.push(CameIn { of, before: sync.before.clone(), after: after.clone() });
        }
        if sync.settler.is_some() {
            self.settled.push(end);
        }
    }

    /// A job starts after those that it depends on have ended well. That they have been taken up again since is no
    /// matter.
    fn comes_after_its_dependencies(&self, id: JobId) {
        for before in &self.jobs[&id].spec.order.depends_on {
            let done = self.succeeded.contains(before);
            assert!(done, "{id} has started, and {before}, which it depends on, was never done");
        }
    }

    /// A job succeeds with what it left committed: others build on that.
    fn has_succeeded(&mut self, id: JobId) {
        let attempt = self.jobs[&id].newest_attempt().map(|attempt| &self.attempts[&attempt]);
        let attempt = attempt.expect("what has succeeded was attempted");
        let committed = attempt.commits.due == 0 && attempt.commits.failure.is_none();
        assert!(committed, "{id} has succeeded before its work was committed");
        self.succeeded.insert(id);
    }

    fn compare(&self, row: &StoredRow) {
        let id = &row.stream.id;
        match row.stream.kind {
            StreamKind::Workspace => compare(&self.workspaces[&id.parse().unwrap()], row),
            StreamKind::Job => compare(&self.jobs[&id.parse().unwrap()], row),
            StreamKind::Attempt => compare(&self.attempts[&id.parse().unwrap()], row),
            StreamKind::Delivery => compare(&self.deliveries[&id.parse().unwrap()], row),
            StreamKind::Notebook => compare(&self.notebooks[&id.parse().unwrap()], row),
            StreamKind::Landing => compare(&self.landings[&id.parse().unwrap()], row),
            StreamKind::Train => compare(&self.trains[&id.parse().unwrap()], row),
            StreamKind::Attention => compare(&self.attention[&id.parse().unwrap()], row),
        }
    }

    /// The workspace that has its folder here now.
    pub(super) fn workspace_at(&self, folder: &AbsPath) -> Option<WorkspaceId> {
        let here = self.workspaces.iter().find(|(_, workspace)| {
            workspace.spec.path == *folder
                && matches!(workspace.phase, Phase::Ready | Phase::Removing { .. } | Phase::Restoring { .. })
        });
        here.map(|(id, _)| *id)
    }

    /// The attempts that the record takes for running.
    pub(super) fn running(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.values().filter(|attempt| attempt.is_running())
    }
}

/// What has landed may go back; else an end is one.
fn lands_once(before: &Landing, after: &Landing) {
    let goes_back = matches!(
        (&before.phase, &after.phase),
        (LandingPhase::Landed { .. }, LandingPhase::TakingBack { .. })
    );
    assert!(before.is_live() || goes_back || before == after, "a landing ended twice: {before:?}");
}

fn fold<K: Ord + Copy, M: Machine<Event: DeserializeOwned> + Clone>(
    things: &mut BTreeMap<K, M>,
    key: K,
    event: &Recorded,
    check: impl Fn(&M, &M),
) {
    let fact: M::Event = serde_json::from_str(&event.payload).unwrap();
    let at: Timestamp = event.at;
    let before = things.get(&key).cloned();
    let after = M::apply(before.clone(), &fact, at).expect("a stream begins with its beginning");
    if let Some(before) = before {
        check(&before, &after);
    }
    things.insert(key, after);
}

fn stays_ended(before: &Job, after: &Job) {
    // The person's wish alone begins anew, once for each attempt, or once more where it ended before one began.
    let called_off = matches!(before.phase, JobPhase::Ended { outcome: JobOutcome::Cancelled });
    let wished = (after.resumption != before.resumption || called_off || before.attempts.is_empty())
        && after.resumption.as_ref().is_some_and(|wish| wish.after == before.newest_attempt());
    // It may count on with the queue, and nothing else.
    let counted = Job { token: after.token, ..before.clone() };
    assert!(
        before.is_live() || counted == *after || wished,
        "the finished job {} changed: {before:?} became {after:?}",
        before.id
    );
}

fn settles_once(before: &Delivery, after: &Delivery) {
    let reads = before.word() == "uncertain" && after.word() == "observed";
    assert!(before.is_live() || before.phase == after.phase || reads, "{before:?} became {:?}", after.phase);
}

fn compare<M: Machine + Serialize>(folded: &M, row: &StoredRow) {
    assert_eq!(serde_json::to_string(folded).unwrap(), row.row.state, "{:?} is not its events", row.stream);
    assert_eq!(folded.is_live(), row.row.live == Live::Yes, "{:?}", row.stream);
}
