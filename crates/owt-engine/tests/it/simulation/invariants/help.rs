//! Agents that help: what they have settled is in only as it was judged, and none is left that nobody wants.

use owt_core::machine::Machine as _;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Phase;
use owt_core::workspace::Sync;
use owt_core::workspace::SyncEnd;
use owt_ports::Git as _;
use owt_ports::Landing as _;

use crate::simulation::landing::is_bad;
use crate::simulation::run::Run;

/// Every file that anybody writes.
pub(in crate::simulation) const WRITTEN: [&str; 10] = [
    "a.txt",
    "b.txt",
    "src/new.txt",
    "notes.txt",
    "landed.txt",
    "own-0.txt",
    "own-1.txt",
    "own-2.txt",
    "own-3.txt",
    "both.txt",
];

/// Where nobody waits any more, nobody looks at anything; and who settles does so for a workspace that is there.
pub(super) fn none_is_left_that_nobody_wants(run: &Run) {
    for (id, workspace) in run.ledger.workspaces.iter().filter(|(_, workspace)| workspace.is_live()) {
        assert_eq!(workspace.spec.reviews, None, "{id} was made to look at something, and is left behind");
        let of = workspace.spec.settles.as_ref().map(|settling| settling.of);
        let stands = of.is_none_or(|of| run.ledger.workspaces[&of].is_live());
        assert!(stands, "{id} settles something for {of:?}, which is gone");
    }
}

/// What somebody has settled comes in as the merge that it settles: what conflicted as they left it, without marks and as the checks
/// let it pass, and everything else as one of both sides has it. What is not taken is not in.
pub(super) fn what_was_settled_is_what_was_judged(run: &Run) {
    for workspace in run.ledger.workspaces.values() {
        let Some(last) = &workspace.last_sync else { continue };
        match (&last.sync.settler, &last.end) {
            (Some(_), Some(SyncEnd::Merged { after })) => holds(run, &last.sync, after),
            (Some(_), Some(SyncEnd::Unsettled { .. })) if workspace.phase == Phase::Ready => {
                let Some(line) = workspace.spec.line() else { continue };
                let (git, repository) = (&run.world.git_seen, &run.world.repository);
                let Ok(tip) = git.resolve(repository, line.branch.as_str()) else { continue };
                let is_in = git.is_merged(repository, &last.sync.source, &tip);
                assert_eq!(is_in, Ok(false), "{} has what was not taken", workspace.spec.name);
            }
            _ => {}
        }
    }
}

fn holds(run: &Run, sync: &Sync, after: &ObjectId) {
    let helper = &run.ledger.workspaces[&sync.settler.as_ref().expect("it has one").workspace];
    let Some(settling) = &helper.spec.settles else { return };
    for file in WRITTEN {
        let [ours, theirs, now] =
            [&sync.before, &sync.source, after].map(|commit| text_at(run, commit, file));
        if settling.files.iter().any(|it| it == file) {
            let now = now.unwrap_or_else(|| panic!("{file} is gone"));
            assert!(!now.contains("<<<<<<<"), "{file} came in with marks: {now}");
            assert!(!is_bad(&now), "{file} came in as the checks would not let it pass: {now}");
        } else {
            assert!(now == ours || now == theirs, "{file} came in as {now:?}, and nobody had it so");
        }
    }
}

pub(in crate::simulation) fn text_at(run: &Run, commit: &ObjectId, file: &str) -> Option<String> {
    let files = run.world.git_seen.files_at(&run.world.repository, commit, &[file]).ok()?;
    files.into_iter().next().map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned())
}
