//! Looking: at the records, and at what is there. Changes nothing.

mod away;
mod rooms;
mod unrecorded;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::RepositoryId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::attention::Attention;
use owt_core::delivery::Delivery;
use owt_core::job::Job;
use owt_core::notebook::Notebook;
use owt_core::vcs::Repository;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_ports::Found;
use owt_ports::GitError;
use owt_ports::LinkedWorktree;
use owt_ports::Sequence;
use owt_ports::SessionError;
use owt_ports::SessionPresence;
use owt_ports::StoreError;
use owt_ports::StreamId;

use super::facts::Blind;
use super::facts::Facts;
use super::facts::HookHarm;
use super::facts::OwnFolder;
use super::facts::ReportState;
use super::facts::SeenHooks;
use super::facts::SeenReport;
use super::facts::SeenRow;
use super::facts::SeenSession;
use super::facts::SeenWorkspace;
use super::facts::SessionRecord;
use super::facts::UnknownWorktree;
use crate::engine::Engine;
use crate::entity::Entity;
use crate::projection;

/// Up to so many events every stream is folded; in a longer journal jobs and messages are left to `owt db rebuild`.
const SHORT_JOURNAL: Sequence = 100_000;

/// What the events say, whatever the rows do.
struct Truth {
    workspaces: BTreeMap<WorkspaceId, Workspace>,
    attempts: BTreeMap<AttemptId, Attempt>,
}

/// Looks at everything.
///
/// # Errors
/// Only failures of the journal.
pub(super) fn facts(engine: &Engine, asked_in: Option<&AbsPath>) -> Result<Facts, StoreError> {
    let mut facts = Facts::at(engine.ports().clock.now());
    // Before the records: what is begun meanwhile is recorded first, and so it is never taken for a stray.
    let sessions = presences(engine, &mut facts)?;
    let truth = truth(engine, &mut facts)?;
    facts.sessions = judged(&truth, sessions);
    windows(engine, &mut facts)?;
    facts.worktrees = unknown_worktrees(engine, &truth, asked_in, &mut facts)?;
    spare_what_is_older(&mut facts, begun(engine)?);
    facts.workspaces = workspaces(engine, &truth)?;
    facts.rooms = rooms::rooms(engine, &facts.workspaces)?;
    facts.away = away::repositories(engine, &facts.workspaces, asked_in)?;
    facts.hooks = hooks(engine, &truth)?;
    reports(engine, &mut facts)?;
    Ok(facts)
}

/// When the first of what is recorded happened; `None` where nothing did.
fn begun(engine: &Engine) -> Result<Option<Timestamp>, StoreError> {
    Ok(engine.ports().store.journal(0, 1)?.first().map(|recorded| recorded.at))
}

/// Records that begin later than a thing cannot say that it belongs to nobody: the database was begun anew.
fn spare_what_is_older(facts: &mut Facts, begun: Option<Timestamp>) {
    let is_older = |at: Timestamp| begun.is_none_or(|begun| at < begun);
    let (old, judged): (Vec<_>, Vec<_>) = std::mem::take(&mut facts.sessions).into_iter().partition(|seen| {
        let SeenSession { record, presence, .. } = seen;
        *record == SessionRecord::Unknown
            && matches!(presence, SessionPresence::Running { started_at, .. } if is_older(*started_at))
    });
    facts.sessions = judged;
    let (old_worktrees, judged): (Vec<_>, Vec<_>) = std::mem::take(&mut facts.worktrees)
        .into_iter()
        .partition(|seen| seen.worktree.made_at.is_some_and(is_older));
    facts.worktrees = judged;
    let why = "it is older than everything that this database knows, and stays; was the database begun anew? owt db health";
    for SeenSession { attempt, .. } in old {
        blind(facts, format!("the session {attempt}"), &why);
    }
    for UnknownWorktree { worktree, .. } in old_worktrees {
        blind(facts, format!("the worktree {}", worktree.path), &why);
    }
}

fn blind(facts: &mut Facts, what: impl Into<String>, why: &impl ToString) {
    facts.blind.push(Blind { what: what.into(), why: why.to_string() });
}

/// Folds the streams and compares their rows.
fn truth(engine: &Engine, facts: &mut Facts) -> Result<Truth, StoreError> {
    let truth = Truth { workspaces: folded(engine, facts)?, attempts: folded(engine, facts)? };
    folded::<Notebook>(engine, facts)?;
    folded::<Attention>(engine, facts)?;
    if engine.ports().store.head()? <= SHORT_JOURNAL {
        folded::<Job>(engine, facts)?;
        folded::<Delivery>(engine, facts)?;
    }
    Ok(truth)
}

fn folded<E: Entity<Id: Ord>>(engine: &Engine, facts: &mut Facts) -> Result<BTreeMap<E::Id, E>, StoreError> {
    let store = engine.ports().store.as_ref();
    let mut states = BTreeMap::new();
    for stream in projection::streams(store, E::KIND)? {
        match compared::<E>(engine, &stream) {
            Ok((state, agrees)) => {
                if !agrees {
                    facts.rows.push(SeenRow { stream: stream.clone(), unreadable: None });
                }
                if let (Ok(id), Some(state)) = (stream.id.parse(), state) {
                    states.insert(id, state);
                }
            }
            Err(StoreError::Failed(why)) => {
                facts.rows.push(SeenRow { stream, unreadable: Some(why) });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(states)
}

/// A row that was written between the two looks is looked at again, while nobody writes.
fn compared<E: Entity>(engine: &Engine, stream: &StreamId) -> Result<(Option<E>, bool), StoreError> {
    let store = engine.ports().store.as_ref();
    let look = || {
        let folded = projection::fold::<E>(store, stream)?;
        let agrees = projection::agrees(store.load(stream)?.as_ref(), &folded)?;
        Ok((folded.state, agrees))
    };
    match look() {
        Ok((_, false)) => engine.in_order(look),
        seen => seen,
    }
}

/// Every session that has left a trace, as it is.
fn presences(engine: &Engine, facts: &mut Facts) -> Result<Vec<(AttemptId, SessionPresence)>, StoreError> {
    let sessions = &engine.ports().sessions;
    let known = match sessions.known() {
        Ok(known) => known,
        Err(SessionError::Crashed) => return Err(StoreError::Crashed),
        Err(error) => {
            blind(facts, "sessions", &error);
            return Ok(Vec::new());
        }
    };
    let mut seen = Vec::new();
    for attempt in known {
        match sessions.probe(attempt) {
            Ok(presence) => seen.push((attempt, presence)),
            Err(SessionError::Crashed) => return Err(StoreError::Crashed),
            Err(error) => blind(facts, format!("the session {attempt}"), &error),
        }
    }
    Ok(seen)
}

/// A session that left no trace is judged too where the records say that it runs.
fn judged(truth: &Truth, seen: Vec<(AttemptId, SessionPresence)>) -> Vec<SeenSession> {
    let seen: BTreeMap<AttemptId, SessionPresence> = seen.into_iter().collect();
    let without_trace = truth.attempts.iter().filter(|(id, attempt)| {
        matches!(attempt.phase, AttemptPhase::Running { .. }) && !seen.contains_key(id)
    });
    let without_trace = without_trace.map(|(id, _)| (*id, SessionPresence::Never));
    let all: Vec<_> =
        seen.iter().map(|(id, presence)| (*id, presence.clone())).chain(without_trace).collect();
    all.into_iter()
        .map(|(attempt, presence)| {
            let record =
                truth.attempts.get(&attempt).map_or(SessionRecord::Unknown, |found| record(truth, found));
            SeenSession { attempt, record, presence }
        })
        .collect()
}

fn record(truth: &Truth, attempt: &Attempt) -> SessionRecord {
    match attempt.phase {
        AttemptPhase::Launching => SessionRecord::Starting,
        AttemptPhase::Ended { .. } => SessionRecord::Ended,
        AttemptPhase::Running { .. } => SessionRecord::Running(workspace_name(truth, attempt)),
    }
}

fn workspace_name(truth: &Truth, attempt: &Attempt) -> String {
    let workspace = truth.workspaces.get(&attempt.spec.workspace);
    workspace.map_or_else(|| attempt.spec.workspace.to_string(), |workspace| workspace.spec.name.to_string())
}

/// Those that show an attempt which runs or is being started, whatever the records say of it, are no strays.
fn windows(engine: &Engine, facts: &mut Facts) -> Result<(), StoreError> {
    let is_kept = |seen: &&SeenSession| {
        matches!(seen.presence, SessionPresence::Running { .. }) || seen.record == SessionRecord::Starting
    };
    let kept: Vec<AttemptId> = facts.sessions.iter().filter(is_kept).map(|seen| seen.attempt).collect();
    match engine.ports().sessions.stray_windows(&kept) {
        Ok(strays) => facts.stray_windows = strays,
        Err(SessionError::Crashed) => return Err(StoreError::Crashed),
        Err(error) => blind(facts, "the windows of owt's own tmux", &error),
    }
    Ok(())
}

/// Worktrees of which no record says that they are or are about to be, and that this home made: of the repositories that a
/// record names, and of those that are found where worktrees are made.
fn unknown_worktrees(
    engine: &Engine,
    truth: &Truth,
    asked_in: Option<&AbsPath>,
    facts: &mut Facts,
) -> Result<Vec<UnknownWorktree>, StoreError> {
    let mut unknown = linked_worktrees(engine, truth, asked_in, facts)?;
    drop_known(&mut unknown, truth.workspaces.values());
    // What was made since the records were read is in them now. An unreadable one was told then.
    let since: Vec<Workspace> = recorded_now(engine)?.into_iter().flatten().collect();
    of_nobody(engine, unknown, &since, facts)
}

/// Those of one repository. Where a record cannot be read nobody can say what it had, so nothing counts as unknown.
///
/// # Errors
/// Only failures of the journal; what git cannot say is left out.
pub(crate) fn orphans(engine: &Engine, repository: &Repository) -> Result<Vec<LinkedWorktree>, StoreError> {
    let linked = match engine.ports().git.linked_worktrees(repository) {
        Err(GitError::Crashed) => return Err(StoreError::Crashed),
        linked => linked.unwrap_or_default(),
    };
    let Some(recorded) = recorded_now(engine)?.into_iter().collect::<Option<Vec<_>>>() else {
        return Ok(Vec::new());
    };
    let unknown =
        linked.into_iter().map(|worktree| UnknownWorktree { repository: repository.clone(), worktree });
    let mut facts = Facts::at(engine.ports().clock.now());
    facts.worktrees = of_nobody(engine, unknown.collect(), &recorded, &mut facts)?;
    spare_what_is_older(&mut facts, begun(engine)?);
    Ok(facts.worktrees.into_iter().map(|seen| seen.worktree).collect())
}

/// The workspaces as their events have them now; `None` where those cannot be read.
fn recorded_now(engine: &Engine) -> Result<Vec<Option<Workspace>>, StoreError> {
    let store = engine.ports().store.as_ref();
    let streams = projection::streams(store, Workspace::KIND)?;
    Ok(streams.iter().map(|stream| projection::fold::<Workspace>(store, stream).ok()?.state).collect())
}

fn of_nobody(
    engine: &Engine,
    mut unknown: Vec<UnknownWorktree>,
    recorded: &[Workspace],
    facts: &mut Facts,
) -> Result<Vec<UnknownWorktree>, StoreError> {
    // git forgets a lost one by itself.
    unknown.retain(|seen| seen.worktree.path.as_path().exists());
    drop_known(&mut unknown, recorded);
    made_here(engine, unknown, facts)
}

fn drop_known<'a>(seen: &mut Vec<UnknownWorktree>, workspaces: impl IntoIterator<Item = &'a Workspace>) {
    let is_over = |phase: &Phase| matches!(phase, Phase::Removed { .. } | Phase::Discarded { .. });
    let live = workspaces.into_iter().filter(|workspace| !is_over(&workspace.phase));
    let known: BTreeSet<&AbsPath> = live.map(|workspace| &workspace.spec.path).collect();
    seen.retain(|seen| !known.contains(&seen.worktree.path));
}

fn linked_worktrees(
    engine: &Engine,
    truth: &Truth,
    asked_in: Option<&AbsPath>,
    facts: &mut Facts,
) -> Result<Vec<UnknownWorktree>, StoreError> {
    let workspaces: Vec<&Workspace> = truth.workspaces.values().collect();
    let unrecorded = unrecorded::repositories(engine, &workspaces, asked_in)?;
    let recorded = workspaces.iter().filter_map(|workspace| workspace.spec.repository());
    let repositories: BTreeMap<RepositoryId, &Repository> =
        unrecorded.values().chain(recorded).map(|repository| (repository.id, repository)).collect();
    let mut found = Vec::new();
    for repository in repositories.into_values() {
        match engine.ports().git.linked_worktrees(repository) {
            Ok(linked) => found.extend(
                linked
                    .into_iter()
                    .map(|worktree| UnknownWorktree { repository: repository.clone(), worktree }),
            ),
            Err(GitError::Crashed) => return Err(StoreError::Crashed),
            // Its workspaces say so themselves.
            Err(GitError::NotARepository { .. }) => {}
            Err(error) => blind(facts, format!("the worktrees of {}", repository.root), &error),
        }
    }
    Ok(found)
}

fn made_here(
    engine: &Engine,
    unknown: Vec<UnknownWorktree>,
    facts: &mut Facts,
) -> Result<Vec<UnknownWorktree>, StoreError> {
    let mut ours = Vec::new();
    for seen in unknown {
        match engine.ports().git.is_made_here(&seen.repository, &seen.worktree) {
            Ok(true) => ours.push(seen),
            Ok(false) => {}
            Err(GitError::Crashed) => return Err(StoreError::Crashed),
            Err(error) => blind(facts, format!("the worktree {}", seen.worktree.path), &error),
        }
    }
    Ok(ours)
}

fn workspaces(engine: &Engine, truth: &Truth) -> Result<Vec<SeenWorkspace>, StoreError> {
    let ready = truth.workspaces.iter().filter(|(_, workspace)| workspace.phase == Phase::Ready);
    ready.map(|(id, workspace)| seen_workspace(engine, *id, workspace)).collect()
}

fn seen_workspace(
    engine: &Engine,
    id: WorkspaceId,
    workspace: &Workspace,
) -> Result<SeenWorkspace, StoreError> {
    let (path, repository) = (workspace.spec.path.clone(), workspace.spec.repository().cloned());
    let found = engine.ports().lookout.find(repository.as_ref(), &path);
    let is_own = matches!(workspace.spec.ground, Ground::Worktree(_));
    let index_lock = match is_own && found == Found::Folder {
        true => match engine.ports().git.index_lock(&path) {
            Err(GitError::Crashed) => return Err(StoreError::Crashed),
            // A lock that cannot be looked at holds up nobody who could be helped.
            found => found.ok().flatten(),
        },
        false => None,
    };
    Ok(SeenWorkspace {
        id,
        name: workspace.spec.name.to_string(),
        path,
        repository,
        branch: workspace.spec.line().map(|line| line.branch.clone()),
        own_folder: if is_own { OwnFolder::Yes } else { OwnFolder::No },
        found,
        index_lock,
    })
}

fn hooks(engine: &Engine, truth: &Truth) -> Result<Vec<SeenHooks>, StoreError> {
    let mut broken = Vec::new();
    let running =
        truth.attempts.iter().filter(|(_, attempt)| matches!(attempt.phase, AttemptPhase::Running { .. }));
    for (id, attempt) in running {
        for file in engine.effects().hook_files(*id)? {
            let harm = match engine.ports().files.read(&file.path) {
                Ok(Some(bytes)) if bytes == file.content.as_bytes() => continue,
                Ok(Some(bytes)) => {
                    let program = engine.identity().program.as_str();
                    let ours = String::from_utf8_lossy(&bytes).contains(program);
                    if ours { HookHarm::Changed } else { HookHarm::OtherProgram }
                }
                Ok(None) => HookHarm::Missing,
                Err(owt_ports::FileError::Crashed) => return Err(StoreError::Crashed),
                Err(_) => HookHarm::Changed,
            };
            let workspace = workspace_name(truth, attempt);
            broken.push(SeenHooks { attempt: *id, workspace, file: file.path, harm });
        }
    }
    Ok(broken)
}

fn reports(engine: &Engine, facts: &mut Facts) -> Result<(), StoreError> {
    let folder = engine.home().spool();
    let names = match engine.ports().files.list(&folder) {
        Ok(names) => names,
        Err(owt_ports::FileError::Crashed) => return Err(StoreError::Crashed),
        Err(error) => {
            blind(facts, "the reports of hooks", &error);
            return Ok(());
        }
    };
    facts.reports.extend(names.iter().filter_map(|name| {
        let (stem, end) = name.rsplit_once('.')?;
        let state = match end {
            "json" => ReportState::Whole,
            "part" => ReportState::Unfinished,
            _ => return None,
        };
        let at = stem.split('-').next().and_then(|millis| millis.parse().ok()).map(Timestamp::from_millis);
        Some(SeenReport { file: folder.join(name), at, state })
    }));
    Ok(())
}
