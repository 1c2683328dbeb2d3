//! What follows from what was seen. No world is needed: facts are data.

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::RepositoryId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::session::Exit;
use owt_core::vcs::Repository;
use owt_ports::IndexLock;
use owt_ports::LinkedWorktree;
use owt_ports::LockHolder;
use owt_ports::StreamId;
use owt_ports::StreamKind;

use super::super::facts::AwayRepository;
use super::super::facts::AwayWorkspace;
use super::super::facts::SeenRow;
use super::super::facts::UnknownWorktree;
use super::*;

const NOW: Timestamp = Timestamp::from_millis(10_000_000);

fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() - seconds * 1000)
}

fn path(text: &str) -> AbsPath {
    AbsPath::new(text).unwrap()
}

fn repository() -> Repository {
    Repository {
        id: RepositoryId::from_bits(1),
        common_dir: path("/app/.git"),
        stand_in: None,
        root: path("/app"),
        name: "app".to_owned(),
    }
}

fn codes(facts: &Facts) -> Vec<&'static str> {
    faults(facts).iter().map(Fault::code).collect()
}

fn workspace(own_folder: OwnFolder, found: Found, index_lock: Option<IndexLock>) -> Facts {
    let seen = SeenWorkspace {
        id: WorkspaceId::from_bits(1),
        name: "x".to_owned(),
        path: path("/x"),
        repository: Some(repository()),
        branch: None,
        own_folder,
        found,
        index_lock,
    };
    Facts { workspaces: vec![seen], ..Facts::at(NOW) }
}

fn row(unreadable: Option<&str>) -> SeenRow {
    let stream = StreamId { kind: StreamKind::Job, id: "job_1".to_owned() };
    SeenRow { stream, unreadable: unreadable.map(str::to_owned) }
}

fn unknown_worktree() -> UnknownWorktree {
    let worktree = LinkedWorktree { path: path("/y"), branch: None, made_at: None };
    UnknownWorktree { repository: repository(), worktree }
}

#[test]
fn a_session_is_judged_by_its_record_and_by_what_is_there() {
    let running = || SessionPresence::Running { host_pid: 7, program_pid: 8, started_at: NOW };
    let ended = SessionPresence::Ended { exit: Exit::Code { code: 0 }, at: NOW };
    let named = || SessionRecord::Running("x".to_owned());
    for (record, presence, expected) in [
        (SessionRecord::Unknown, running(), Some("orphaned_session")),
        (SessionRecord::Ended, running(), Some("orphaned_session")),
        (SessionRecord::Starting, running(), None),
        (named(), running(), None),
        (named(), SessionPresence::Lost, Some("lost_session")),
        (named(), SessionPresence::Never, Some("lost_session")),
        // Its end is taken in by whoever watches it.
        (named(), ended.clone(), None),
        (SessionRecord::Ended, ended.clone(), None),
        (SessionRecord::Unknown, ended, None),
        (SessionRecord::Unknown, SessionPresence::Lost, None),
    ] {
        let case = format!("{record:?} {presence:?}");
        let seen = SeenSession { attempt: AttemptId::from_bits(1), record, presence };
        let facts = Facts { sessions: vec![seen], ..Facts::at(NOW) };
        assert_eq!(codes(&facts), expected.into_iter().collect::<Vec<_>>(), "{case}");
    }
}

#[test]
fn where_records_cannot_be_read_nothing_counts_as_unknown() {
    let running = SessionPresence::Running { host_pid: 7, program_pid: 8, started_at: NOW };
    let sessions = || {
        vec![SeenSession {
            attempt: AttemptId::from_bits(1),
            record: SessionRecord::Unknown,
            presence: running.clone(),
        }]
    };
    let facts = |rows| Facts {
        rows,
        sessions: sessions(),
        stray_windows: vec!["owt-1".to_owned()],
        worktrees: vec![unknown_worktree()],
        ..Facts::at(NOW)
    };
    assert_eq!(codes(&facts(vec![row(Some("no JSON"))])), ["unreadable_record"]);
    let all = ["stale_row", "orphaned_session", "orphaned_window", "orphaned_worktree"];
    assert_eq!(codes(&facts(vec![row(None)])), all);
}

#[test]
fn a_folder_is_missed_where_it_was_made_for_the_workspace() {
    for (own, found, expected) in [
        (OwnFolder::Yes, Found::Folder, None),
        (OwnFolder::Yes, Found::Nothing, Some("worktree_gone")),
        (OwnFolder::Yes, Found::Another, None),
        (OwnFolder::Yes, Found::NoRepository, None),
        (OwnFolder::No, Found::Nothing, None),
        (OwnFolder::No, Found::NoRepository, None),
    ] {
        assert_eq!(codes(&workspace(own, found, None)), expected.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn nothing_is_taken_away_of_a_repository_that_is_away_and_one_that_was_moved_is_followed() {
    let named = |name: &str| AwayWorkspace { name: name.to_owned(), path: path("/w").join(name) };
    let seen = |now| {
        let away =
            AwayRepository { repository: repository(), there: vec![named("x")], lost: vec![named("y")], now };
        faults(&Facts { away: vec![away], ..Facts::at(NOW) })
    };
    let found = seen(None);
    let [away] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (away.code(), away.is_mendable(), away.place().subject.as_str()),
        ("repository_gone", false, "/app")
    );
    let words = away.words();
    assert!(
        words.what.contains("the workspace 'x' of it have their folders") && words.what.contains("'y'"),
        "{words:?}"
    );
    assert!(words.remedy.contains("owt doctor --fix") && words.remedy.contains("--force /w/x"), "{words:?}");
    let there = Repository { id: RepositoryId::from_bits(2), root: path("/app2"), ..repository() };
    let found = seen(Some(there));
    let [moved] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (moved.code(), moved.is_mendable(), moved.place().subject.as_str()),
        ("repository_moved", true, "/app")
    );
    assert!(
        moved.words().what.contains("/app2") && moved.words().remedy.contains("git worktree repair"),
        "{moved:?}"
    );
}

#[test]
fn a_lock_of_git_is_stale_when_it_is_old_and_goes_when_nobody_can_hold_it() {
    let lock = |seconds, holder| IndexLock { path: path("/l"), written_at: ago(seconds), holder };
    let seen = |own, lock| faults(&workspace(own, Found::Folder, Some(lock)));
    assert_eq!(seen(OwnFolder::Yes, lock(59, LockHolder::Nobody)), []);
    assert_eq!(seen(OwnFolder::No, lock(900, LockHolder::Nobody)), []);
    for (holder, mendable) in [(LockHolder::Nobody, true), (LockHolder::Perhaps, false)] {
        let found = seen(OwnFolder::Yes, lock(60, holder));
        let [fault] = &found[..] else { panic!("{found:?}") };
        assert_eq!((fault.code(), fault.is_mendable()), ("stale_git_lock", mendable));
    }
}

#[test]
fn reports_are_waited_for_a_while() {
    let report = |name: &str, at, state| SeenReport { file: path("/spool").join(name), at, state };
    let facts = |reports| Facts { reports, ..Facts::at(NOW) };
    let whole = |seconds| report("a.json", Some(ago(seconds)), ReportState::Whole);
    assert_eq!(codes(&facts(vec![whole(59)])), [""; 0]);
    let found = faults(&facts(vec![whole(60), whole(3), report("x.json", None, ReportState::Whole)]));
    assert_eq!(found, [Fault::WaitingReports { folder: path("/spool"), count: 2 }]);
    let part = |seconds| report("a.part", Some(ago(seconds)), ReportState::Unfinished);
    assert_eq!(codes(&facts(vec![part(599)])), [""; 0]);
    assert_eq!(codes(&facts(vec![part(600)])), ["unfinished_report"]);
}

#[test]
fn each_fault_says_what_it_is_why_it_matters_and_what_would_be_done() {
    let words = Fault::StaleRow { stream: row(None).stream }.words();
    assert!(words.what.contains("job job_1"), "{words:?}");
    let worktree = unknown_worktree();
    let fault = Fault::OrphanedWorktree { repository: worktree.repository, worktree: worktree.worktree };
    assert!(fault.words().remedy.contains("snapshot"), "{fault:?}");
    assert_eq!(fault.place().subject, "/y");
}
