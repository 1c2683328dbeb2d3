//! What could go, and why the rest stays. Nothing is changed here; what cannot be told stays.

use std::time::Duration;

use owt_core::counting::counted;
use owt_core::environment::RelPath;
use owt_core::job::JobPhase;
use owt_core::retention::Expiry;
use owt_core::vcs::Repository;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::BuildCache;
use owt_ports::Effort;
use owt_ports::Footprint;
use owt_ports::Found;
use owt_ports::LinkedWorktree;
use owt_ports::Seen;
use owt_ports::StoreError;

use super::CleanupError;
use super::CleanupItem;
use super::CleanupOutcome;
use super::CleanupReport;
use super::CleanupRequest;
use super::CleanupWhat;
use super::Force;
use super::Scope;
use super::Spared;
use crate::checkup::orphans;
use crate::engine::Engine;
use crate::records::Which;
use crate::settings::DiskRules;
use crate::snapshots;
use crate::snapshots::Worth;
use crate::trash;
use crate::use_cases::delete::has_merged_elsewhere;
use crate::use_cases::delete::removal_plan;
use crate::use_cases::delete::unmerged;
use crate::use_cases::select::live_workspaces;
use crate::view::WorkspaceView;

/// What is known of one workspace.
struct Looked<'a> {
    view: &'a WorkspaceView,
    line: &'a Worktree,
    print: Footprint,
    caches: Vec<BuildCache>,
    idle_for: Duration,
}

/// What becomes of one workspace.
enum Verdict {
    /// It goes, for this reason.
    Goes(String),
    /// It stays, for this reason; its caches go.
    CachesGo(String),
}

pub(super) fn plan(engine: &Engine, request: &CleanupRequest) -> Result<CleanupReport, CleanupError> {
    let mut report = CleanupReport { idle: request.idle, ..CleanupReport::default() };
    let repositories = match request.scope {
        Scope::Everything => trash::repositories(engine)?,
        Scope::Repository => {
            let checkout = engine.ports().git.discover(&request.folder).map_err(CleanupError::Git)?;
            vec![checkout.repository]
        }
    };
    for repository in repositories {
        let rules =
            engine.ports().settings.settings(Some(repository.source()), Some(&request.environment))?.disk;
        let idle = request.idle.or(rules.idle);
        report.idle = idle;
        for record in live_workspaces(engine, Some(repository.id))? {
            let view = WorkspaceView::gather(engine.records(), record)?;
            workspace(engine, request, idle, &view, &mut report);
        }
        for worktree in orphans(engine, &repository)? {
            orphan(engine, request, (&repository, &worktree), (idle, &mut report));
        }
        in_trash(engine, request, &repository, (rules, &mut report))?;
        old_snapshots(engine, request, &repository, (rules, &mut report))?;
    }
    Ok(report)
}

fn workspace(
    engine: &Engine,
    request: &CleanupRequest,
    idle: Option<Duration>,
    view: &WorkspaceView,
    report: &mut CleanupReport,
) {
    let looked = match look(engine, request, idle, view) {
        Ok(looked) => looked,
        Err(why) => return report.spared.push(Spared::workspace(view, why, None)),
    };
    match judge(engine, request, &looked) {
        Verdict::Goes(why) => report.items.push(whole(&looked, why)),
        Verdict::CachesGo(why) => {
            report.items.extend(looked.caches.iter().filter_map(|cache| cache_of(&looked, cache)));
            report.spared.push(Spared::workspace(view, why, Some(looked.print.exclusive)));
        }
    }
}

/// What can be known of a workspace that nobody touches; otherwise why it stays.
fn look<'a>(
    engine: &Engine,
    request: &CleanupRequest,
    idle: Option<Duration>,
    view: &'a WorkspaceView,
) -> Result<Looked<'a>, String> {
    let spec = &view.workspace.spec;
    let line = match &spec.ground {
        Ground::Worktree(line) => line,
        Ground::InPlace { .. } => return Err("it is in your own checkout".to_owned()),
        Ground::Folder => return Err("it is a folder without git".to_owned()),
    };
    if view.workspace.phase != Phase::Ready || view.workspace.outfit.install.is_under_way() {
        return Err("it is being made or removed just now".to_owned());
    }
    if request.folder.starts_with(&spec.path) {
        return Err("you are in it".to_owned());
    }
    if is_at_work(view) && request.force == Force::No {
        return Err("its session runs, or is about to".to_owned());
    }
    let Some(idle) = idle else { return Err("nothing counts as idle (cleanup.idle is \"none\")".to_owned()) };
    let now = engine.ports().clock.now();
    let recent = |span: Duration| format!("touched {} ago", in_words(span));
    let since_record = now.since(view.updated_at);
    if since_record < idle {
        return Err(recent(since_record));
    }
    if engine.ports().lookout.find(Some(&line.repository), &spec.path) != Found::Folder {
        return Err(format!("its folder is not there: owt delete {}", view.name()));
    }
    let print = engine
        .ports()
        .environments
        .footprint(&spec.path, Effort::Whatever)
        .map_err(|error| format!("it cannot be looked at: {error}"))?;
    let touched = print.touched.map_or(view.updated_at, |touched| touched.max(view.updated_at));
    let idle_for = now.since(touched);
    if idle_for < idle {
        return Err(recent(idle_for));
    }
    if print.seen != Seen::Whole && request.force == Force::No {
        return Err("not all of it can be looked at".to_owned());
    }
    Ok(Looked { view, line, print, caches: caches(engine, view), idle_for })
}

/// Whether its agent runs, or is about to.
fn is_at_work(view: &WorkspaceView) -> bool {
    let has_ended = |phase: &JobPhase| matches!(phase, JobPhase::Ended { .. });
    view.running().is_some() || view.job.as_ref().is_some_and(|(_, job)| !has_ended(&job.phase))
}

/// The known caches; none where git cannot say what it ignores.
fn caches(engine: &Engine, view: &WorkspaceView) -> Vec<BuildCache> {
    let path = &view.workspace.spec.path;
    let folders = engine.ports().git.ignored_folders(path).map_err(|error| error.to_string());
    let found = folders.and_then(|folders| {
        engine.ports().environments.build_caches(path, &folders).map_err(|error| error.to_string())
    });
    found.unwrap_or_else(|error| {
        tracing::warn!(workspace = view.name(), error, "its caches are not known");
        Vec::new()
    })
}

fn judge(engine: &Engine, request: &CleanupRequest, looked: &Looked<'_>) -> Verdict {
    let plan = match removal_plan(engine, looked.view) {
        Ok(plan) => plan,
        Err(error) => return Verdict::CachesGo(error.to_string()),
    };
    let unsaved = plan.unsaved();
    let idle = in_words(looked.idle_for);
    match (unsaved, request.force) {
        (Some(what), Force::No) => return Verdict::CachesGo(what),
        (Some(what), Force::Yes) => {
            return Verdict::Goes(format!("untouched for {idle}; {what}, kept in a snapshot"));
        }
        (None, _) => {}
    }
    if request.force == Force::Yes {
        return Verdict::Goes(format!("untouched for {idle}"));
    }
    if let Some(other) = &plan.switched_to {
        return Verdict::CachesGo(format!("{other} is checked out there"));
    }
    // A branch that was there before stays, but its work may go on in it.
    let own = Worktree { adopted: false, ..looked.line.clone() };
    let label = &looked.line.base.label;
    match plan.head.as_ref().map(|tip| (tip, unmerged(engine, &own, tip))) {
        None => Verdict::CachesGo("its branch is gone".to_owned()),
        Some((_, Err(error))) => Verdict::CachesGo(format!("git cannot tell whether it is merged: {error}")),
        Some((tip, Ok(0))) if *tip == looked.line.base.sha => {
            Verdict::Goes(format!("nothing was made in it; untouched for {idle}"))
        }
        Some((_, Ok(0))) => Verdict::Goes(format!("merged into {label}; untouched for {idle}")),
        Some((tip, Ok(_))) if has_merged_elsewhere(looked.view, tip) => {
            Verdict::Goes(format!("merged by its pull request; untouched for {idle}"))
        }
        Some((_, Ok(commits))) => {
            let commits = counted(commits, "commit", "commits");
            Verdict::CachesGo(format!("{commits} that {label} does not have"))
        }
    }
}

fn whole(looked: &Looked<'_>, why: String) -> CleanupItem {
    // The caches of one that works are its agent's; they go into the trash with it.
    let at_once: &[BuildCache] = if is_at_work(looked.view) { &[] } else { &looked.caches };
    let frees: u64 = at_once.iter().map(|cache| cache.exclusive).sum();
    let spec = &looked.view.workspace.spec;
    CleanupItem {
        id: format!("workspace {}", looked.view.id),
        repository: looked.line.repository.clone(),
        name: looked.view.name().to_owned(),
        path: spec.path.clone(),
        what: CleanupWhat::Workspace {
            id: looked.view.id,
            caches: at_once.iter().map(|cache| cache.folder.clone()).collect(),
        },
        why,
        frees,
        frees_later: looked.print.exclusive.saturating_sub(frees),
        outcome: CleanupOutcome::Would,
    }
}

/// A folder whose name is no text has no path that could be shown and said again: it stays.
fn cache_of(looked: &Looked<'_>, cache: &BuildCache) -> Option<CleanupItem> {
    let folder: &RelPath = &cache.folder;
    Some(CleanupItem {
        id: format!("cache {} {}", looked.view.id, folder.to_str()?),
        repository: looked.line.repository.clone(),
        name: looked.view.name().to_owned(),
        path: looked.view.workspace.spec.path.join(folder.to_str()?),
        what: CleanupWhat::Cache { workspace: looked.view.id, folder: folder.clone() },
        why: format!("untouched for {}; the next build makes it again", in_words(looked.idle_for)),
        frees: cache.exclusive,
        frees_later: 0,
        outcome: CleanupOutcome::Would,
    })
}

/// A worktree that no workspace has, as after the database went back to an earlier state.
fn orphan(
    engine: &Engine,
    request: &CleanupRequest,
    (repository, worktree): (&Repository, &LinkedWorktree),
    (idle, report): (Option<Duration>, &mut CleanupReport),
) {
    let (path, name) = (&worktree.path, worktree.path.file_name().to_owned());
    let print = engine.ports().environments.footprint(path, Effort::Whatever);
    let exclusive = print.as_ref().ok().map(|print| print.exclusive);
    let print = print.map_err(|error| format!("it cannot be looked at: {error}"));
    match print.and_then(|print| goes_as_orphan(engine, request, (repository, worktree), (idle, &print))) {
        Ok(why) => report.items.push(CleanupItem {
            id: format!("orphan {path}"),
            repository: repository.clone(),
            name,
            path: path.clone(),
            what: CleanupWhat::Orphan,
            why,
            frees: 0,
            frees_later: exclusive.unwrap_or(0),
            outcome: CleanupOutcome::Would,
        }),
        Err(why) => {
            let (repository, path) = (repository.root.clone(), path.clone());
            let why = format!("no workspace has this worktree; {why}");
            report.spared.push(Spared { name, repository, path, why, exclusive });
        }
    }
}

/// Why it goes, or why it stays.
fn goes_as_orphan(
    engine: &Engine,
    request: &CleanupRequest,
    (repository, worktree): (&Repository, &LinkedWorktree),
    (idle, print): (Option<Duration>, &Footprint),
) -> Result<String, String> {
    if request.folder.starts_with(&worktree.path) {
        return Err("you are in it".to_owned());
    }
    let Some(idle) = idle else { return Err("nothing counts as idle (cleanup.idle is \"none\")".to_owned()) };
    let now = engine.ports().clock.now();
    let touched = print.touched.max(worktree.made_at).ok_or("nobody knows when it was touched")?;
    let idle_for = now.since(touched);
    if idle_for < idle {
        return Err(format!("touched {} ago", in_words(idle_for)));
    }
    let branch = worktree.branch.as_ref().ok_or("no branch is checked out there")?;
    let git = &engine.ports().git;
    let tip = match git.branch_state(repository, branch).map_err(|error| error.to_string())? {
        BranchState::Taken(tip) => tip,
        _ => return Err("its branch is gone".to_owned()),
    };
    let facts = git.facts(&worktree.path, &tip, None).map_err(|error| error.to_string())?;
    let idle = in_words(idle_for);
    match (facts.dirty_files, request.force) {
        (0, _) => Ok(format!("no workspace has it; untouched for {idle}; its branch {branch} stays")),
        (files, Force::Yes) => {
            let files = counted(files, "uncommitted file", "uncommitted files");
            Ok(format!("no workspace has it; untouched for {idle}; {files}, kept in a snapshot"))
        }
        (files, Force::No) => Err(counted(files, "uncommitted file", "uncommitted files")),
    }
}

fn in_trash(
    engine: &Engine,
    request: &CleanupRequest,
    repository: &Repository,
    (rules, report): (DiskRules, &mut CleanupReport),
) -> Result<(), StoreError> {
    let removed = engine.records().list::<Workspace>(Some(&repository.id.to_string()), Which::All)?;
    let name_of = |trashed: &owt_ports::Trashed| {
        let same = removed.iter().find(|record| match &record.state.phase {
            Phase::Removed { removal, .. } => removal.snapshot == trashed.id,
            _ => record.id.bits() == trashed.id.bits(),
        });
        let file_name =
            || trashed.path.as_path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        same.map_or_else(file_name, |record| record.state.spec.name.to_string())
    };
    let now = engine.ports().clock.now();
    for found in trash::look_through(engine, repository, rules.trash, request.force)? {
        let Some(expiry) = found.expiry else {
            report.trash = (report.trash.0 + 1, report.trash.1 + found.bytes);
            continue;
        };
        let age = in_words(now.since(found.trashed.since));
        report.items.push(CleanupItem {
            id: format!("trash {}", found.trashed.id),
            repository: repository.clone(),
            name: name_of(&found.trashed),
            path: found.trashed.at.clone(),
            why: match expiry {
                Expiry::Age => format!("in the trash for {age}"),
                Expiry::Size => format!("the trash holds too much; this has been there for {age}"),
            },
            what: CleanupWhat::Trash { trashed: found.trashed, expiry },
            frees: found.bytes,
            frees_later: 0,
            outcome: CleanupOutcome::Would,
        });
    }
    Ok(())
}

/// Those that hold what is elsewhere, too; what may be the only copy of somebody's work goes when the person insists.
fn old_snapshots(
    engine: &Engine,
    request: &CleanupRequest,
    repository: &Repository,
    (rules, report): (DiskRules, &mut CleanupReport),
) -> Result<(), StoreError> {
    for old in snapshots::look_through(engine, repository, rules.snapshots)? {
        let age = in_words(old.age);
        let when = match old.expiry {
            Expiry::Age => format!("a snapshot of {age} ago"),
            Expiry::Size => format!("the snapshots hold too much; this is of {age} ago"),
        };
        let why = match (old.worth, request.force) {
            (Worth::Copy { of }, _) => format!("{when}: {of}"),
            (Worth::OnlyOne { .. }, Force::Yes) => format!("{when}: what it holds has landed nowhere"),
            (Worth::OnlyOne { whose }, Force::No) => {
                if let Some(record) = whose {
                    let view = WorkspaceView::gather(engine.records(), *record)?;
                    let why = format!("{when} holds what has landed nowhere: only with --force");
                    report.spared.push(Spared::workspace(&view, why, None));
                }
                continue;
            }
        };
        report.items.push(CleanupItem {
            id: format!("snapshot {}", old.record.id),
            repository: repository.clone(),
            name: old.record.workspace.clone(),
            path: repository.root.clone(),
            what: CleanupWhat::Snapshot { id: old.record.id },
            why,
            frees: 0,
            frees_later: 0,
            outcome: CleanupOutcome::Would,
        });
    }
    Ok(())
}

/// A span, in its largest unit.
fn in_words(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let fitting = units.into_iter().find(|(size, _)| seconds >= *size);
    match fitting.map(|(size, name)| (seconds / size, name)) {
        None => "less than a minute".to_owned(),
        Some((1, name)) => format!("1 {name}"),
        Some((count, name)) => format!("{count} {name}s"),
    }
}
