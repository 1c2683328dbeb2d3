//! The branch, the name and the folder of a new workspace.

use owt_core::AbsPath;
use owt_core::JobId;
use owt_core::SnapshotId;
use owt_core::branch_naming::branch_for_task;
use owt_core::branch_naming::numbered;
use owt_core::vcs::BranchName;
use owt_core::vcs::Head;
use owt_core::vcs::ObjectId;
use owt_core::vcs::RemoteBranch;
use owt_core::vcs::Repository;
use owt_core::workspace::Carry;
use owt_core::workspace::Ground;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceName;
use owt_core::workspace::WorkspaceSpec;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::Found;
use owt_ports::GitError;
use owt_ports::WorktreePresence;

use super::Branching;
use super::NewError;
use super::NewRequest;
use super::Place;
use super::Role;
use super::Start;
use super::checks::Standing;
use super::checks::Survey;
use crate::engine::Engine;
use crate::records::Record;
use crate::records::Which;
use crate::settings::Settings;

/// Numbers that are tried when a name is taken.
const MAX_NUMBER: u32 = 10_000;

/// What a place is looked for with.
struct Search<'a> {
    new: &'a NewRequest,
    settings: &'a Settings,
    standing: &'a Standing,
    live: Vec<Record<Workspace>>,
    suffix: Option<&'a str>,
    job: JobId,
}

/// A branch, and what it begins as.
struct Chosen {
    branch: BranchName,
    beginning: Beginning,
}

/// What a workspace's branch begins as.
enum Beginning {
    /// It is made, at the base.
    New,
    /// It is there, here.
    Adopted(ObjectId),
    /// It is made where that of a remote was last seen.
    Remote(RemoteBranch),
}

impl Beginning {
    /// What the record of the workspace says of it.
    fn recorded(self) -> (bool, Option<RemoteBranch>) {
        match self {
            Self::New => (false, None),
            Self::Adopted(_) => (true, None),
            Self::Remote(from) => (true, Some(from)),
        }
    }
}

/// A branch with its place.
struct Placed {
    chosen: Chosen,
    name: WorkspaceName,
    path: AbsPath,
}

/// Where a new workspace goes. Called with the naming lock held.
pub(super) fn place(
    engine: &Engine,
    start: &Start<'_>,
    suffix: Option<&str>,
    job: JobId,
) -> Result<WorkspaceSpec, NewError> {
    let Start { new, settings, ground, rivals, .. } = *start;
    match ground {
        Survey::Folder => place_folder(engine, new, job),
        Survey::Repository(standing) => {
            // Those that are being taken back count too: that takes away what it finds in their place.
            let parent = standing.checkout.repository.id.to_string();
            let mut live = engine.records().list::<Workspace>(Some(&parent), Which::Live)?;
            live.extend(rivals.iter().cloned());
            let search = Search { new, settings, standing, live, suffix, job };
            match &standing.checkout.worktree {
                Some(worktree) if new.place == Place::InPlace => place_in_checkout(engine, &search, worktree),
                _ => place_worktree(engine, &search),
            }
        }
    }
}

fn place_folder(engine: &Engine, new: &NewRequest, job: JobId) -> Result<WorkspaceSpec, NewError> {
    let wanted = match (&new.line.branch, &new.work.task) {
        (Some(name), _) => name.clone(),
        (None, Some(task)) => branch_for_task(task.as_str(), Some(""))?,
        (None, None) => return Err(NewError::EmptyTask),
    };
    let live = engine.records().list::<Workspace>(Some("folders"), Which::Live)?;
    let taken = |name: &WorkspaceName| live.iter().any(|record| record.state.spec.name == *name);
    let name = std::iter::once(wanted.clone())
        .chain((2..MAX_NUMBER).map(|number| numbered(&wanted, number)))
        .map(|name| WorkspaceName::of_branch(&name))
        .find(|name| !taken(name))
        .ok_or(NewError::EmptyTask)?;
    let (path, ground) = (new.folder.clone(), Ground::Folder);
    Ok(WorkspaceSpec { name, path, ground, job, packages: new.packages, settles: None, reviews: None })
}

fn place_in_checkout(
    engine: &Engine,
    search: &Search<'_>,
    worktree: &AbsPath,
) -> Result<WorkspaceSpec, NewError> {
    let Standing { checkout, base } = search.standing;
    if let Some(user) = search.live.iter().find(|record| record.state.spec.path == *worktree) {
        let name = user.state.spec.name.to_string();
        return Err(NewError::InPlaceBusy { path: worktree.clone(), name });
    }
    let Chosen { branch, beginning } = branch(engine, search, &|_| Ok(false))?;
    let (adopted, follows) = beginning.recorded();
    let previous = match &checkout.head {
        Head::Branch { name, .. } => Some(name.clone()),
        Head::Detached { .. } | Head::Unborn { .. } => None,
    };
    let name = free_name(&branch, &search.live);
    let line = Worktree {
        repository: checkout.repository.clone(),
        branch,
        adopted,
        follows,
        base: base.clone(),
        carry: Some(carry_from(engine, worktree)),
    };
    let ground = Ground::InPlace { line, previous };
    let (job, packages) = (search.job, search.new.packages);
    Ok(WorkspaceSpec { name, path: worktree.clone(), ground, job, packages, settles: None, reviews: None })
}

fn carry_from(engine: &Engine, checkout: &AbsPath) -> Carry {
    let snapshot = SnapshotId::from_bits(engine.ports().entropy.id_bits());
    Carry { from: checkout.clone(), snapshot }
}

fn place_worktree(engine: &Engine, search: &Search<'_>) -> Result<WorkspaceSpec, NewError> {
    let repository = &search.standing.checkout.repository;
    let parent = worktrees_folder(engine, search.settings, repository);
    let folder = |branch: &BranchName| folder_of(&parent, search.settings, repository, branch);
    let occupied = |branch: &BranchName| -> Result<bool, NewError> {
        let presence = engine.ports().git.worktree_presence(repository, &folder(branch))?;
        Ok(presence != WorktreePresence::Absent)
    };
    let chosen = branch(engine, search, &occupied)?;
    let path = folder(&chosen.branch);
    if search.new.line.branch.is_some() && occupied(&chosen.branch)? {
        return Err(NewError::Git(GitError::PathTaken(path)));
    }
    refuse_distant_draft(engine, search, &chosen)?;
    let placed = Placed { name: free_name(&chosen.branch, &search.live), chosen, path };
    Ok(worktree_spec(engine, search, placed))
}

/// Uncommitted work is a difference to one commit; on another it would undo what lies between.
fn refuse_distant_draft(engine: &Engine, search: &Search<'_>, chosen: &Chosen) -> Result<(), NewError> {
    let Standing { checkout, base } = search.standing;
    let Some(worktree) = checkout.worktree.as_ref().filter(|_| search.new.line.with_changes) else {
        return Ok(());
    };
    let (start, at) = match &chosen.beginning {
        Beginning::New => (base.label.as_str(), &base.sha),
        Beginning::Adopted(tip) => (chosen.branch.as_str(), tip),
        Beginning::Remote(from) => (from.short(), &from.tip),
    };
    if checkout.head.commit() == Some(at) || engine.ports().git.facts(worktree, at, None)?.dirty_files == 0 {
        return Ok(());
    }
    Err(NewError::DraftElsewhere { start: start.to_owned() })
}

fn worktree_spec(engine: &Engine, search: &Search<'_>, placed: Placed) -> WorkspaceSpec {
    let Standing { checkout, base } = search.standing;
    let carried = checkout.worktree.as_ref().filter(|_| search.new.line.with_changes);
    let Chosen { branch, beginning } = placed.chosen;
    let (adopted, follows) = beginning.recorded();
    let line = Worktree {
        repository: checkout.repository.clone(),
        branch,
        adopted,
        follows,
        base: base.clone(),
        carry: carried.map(|from| carry_from(engine, from)),
    };
    WorkspaceSpec {
        name: placed.name,
        path: placed.path,
        ground: Ground::Worktree(line),
        job: search.job,
        packages: search.new.packages,
        settles: match &search.new.role {
            Some(Role::Settles(settling)) => Some(settling.clone()),
            _ => None,
        },
        reviews: match &search.new.role {
            Some(Role::Reviews { of, .. }) => Some(*of),
            _ => None,
        },
    }
}

/// The branch: as named, or from the task with a number when the name is taken.
fn branch(
    engine: &Engine,
    search: &Search<'_>,
    occupied: &dyn Fn(&BranchName) -> Result<bool, NewError>,
) -> Result<Chosen, NewError> {
    let Search { new, suffix, live, .. } = search;
    let repository = &search.standing.checkout.repository;
    let with_suffix = |branch: BranchName| match suffix {
        None => Ok(branch),
        Some(suffix) => {
            BranchName::new(format!("{branch}-{suffix}")).map_err(|error| NewError::Naming(error.into()))
        }
    };
    if let Some(named) = &new.line.branch {
        let named = with_suffix(named.clone())?;
        if new.line.branching == Branching::Adopt {
            refuse_own_branch(search.standing, new.place, &named)?;
        }
        return named_branch(engine, new, search.standing, live, named);
    }
    let task = new.work.task.as_ref().ok_or(NewError::EmptyTask)?;
    let wanted = with_suffix(branch_for_task(task.as_str(), new.line.prefix.as_deref())?)?;
    let git = &engine.ports().git;
    for candidate in std::iter::once(wanted.clone()).chain((2..MAX_NUMBER).map(|n| numbered(&wanted, n))) {
        let in_use = live.iter().any(|record| has_branch(record, &candidate));
        match git.branch_state(repository, &candidate)? {
            BranchState::Free if !in_use && !occupied(&candidate)? => {
                return Ok(Chosen { branch: candidate, beginning: Beginning::New });
            }
            BranchState::Conflicts(existing) if existing != wanted.full_ref() => {
                return Err(NewError::Git(GitError::RefConflict { wanted, existing }));
            }
            _ => {}
        }
    }
    Err(NewError::Git(GitError::BranchTaken(wanted)))
}

/// A worktree cannot have the branch that the caller's checkout is on: known before anything is recorded, so that
/// a preview says it too.
fn refuse_own_branch(standing: &Standing, place: Place, branch: &BranchName) -> Result<(), NewError> {
    match (&standing.checkout.head, &standing.checkout.worktree) {
        (Head::Branch { name, .. }, Some(at)) if place == Place::Worktree && name == branch => {
            Err(NewError::Git(GitError::CheckedOutElsewhere { branch: branch.clone(), at: at.clone() }))
        }
        _ => Ok(()),
    }
}

fn named_branch(
    engine: &Engine,
    new: &NewRequest,
    standing: &Standing,
    live: &[Record<Workspace>],
    branch: BranchName,
) -> Result<Chosen, NewError> {
    if let Some(user) = live.iter().find(|record| has_branch(record, &branch)) {
        let at = user.state.spec.path.clone();
        return Err(NewError::Git(GitError::CheckedOutElsewhere { branch, at }));
    }
    let adopts = new.line.branching == Branching::Adopt;
    let chosen = |branch, beginning| Ok(Chosen { branch, beginning });
    match engine.ports().git.branch_state(&standing.checkout.repository, &branch)? {
        BranchState::Free if adopts && new.line.base.is_none() => {
            let beginning = from_remote(engine, standing, &branch)?.map_or(Beginning::New, Beginning::Remote);
            chosen(branch, beginning)
        }
        BranchState::Free => chosen(branch, Beginning::New),
        BranchState::Taken(tip) if adopts => chosen(branch, Beginning::Adopted(tip)),
        BranchState::Taken(_) => Err(match &standing.checkout.head {
            Head::Branch { name, .. } if *name == branch => NewError::OwnBranch(branch),
            _ => NewError::Git(GitError::BranchTaken(branch)),
        }),
        BranchState::Conflicts(existing) => {
            Err(NewError::Git(GitError::RefConflict { wanted: branch, existing }))
        }
    }
}

/// The one remote that has a branch which is not here, as `git switch` guesses it.
fn from_remote(
    engine: &Engine,
    standing: &Standing,
    branch: &BranchName,
) -> Result<Option<RemoteBranch>, NewError> {
    let mut found = engine.ports().git.remote_branches(&standing.checkout.repository, branch)?;
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => {
            let candidates = found.iter().map(|found| found.short().to_owned()).collect();
            Err(NewError::SeveralRemotes { branch: branch.clone(), candidates })
        }
    }
}

/// The folder that worktrees are made in: as configured, unless that lies inside some checkout, whose status
/// they would show up in; then a folder of our own.
pub(crate) fn worktrees_folder(engine: &Engine, settings: &Settings, repository: &Repository) -> AbsPath {
    let configured = resolve(repository.source(), &settings.base_directory);
    match checkout_around(engine, &configured) {
        Some(_) => engine.home().worktrees().join(&repository.id.to_string()),
        None => configured,
    }
}

/// The checkout that a folder lies in, which need not be there yet.
fn checkout_around(engine: &Engine, folder: &AbsPath) -> Option<AbsPath> {
    let around =
        |folder: &AbsPath| engine.ports().git.discover(folder).ok().and_then(|checkout| checkout.worktree);
    let mut above = Some(folder.clone());
    while let Some(folder) = above {
        if let Some(checkout) = around(&folder) {
            return Some(checkout);
        }
        if engine.ports().lookout.find(None, &folder) == Found::Folder {
            return None;
        }
        above = folder.parent();
    }
    None
}

/// What the person should know when the worktrees are not where the configuration has them.
pub(super) fn elsewhere(engine: &Engine, start: &Start<'_>) -> Option<String> {
    let Survey::Repository(standing) = start.ground else { return None };
    if start.new.place != Place::Worktree {
        return None;
    }
    let repository = &standing.checkout.repository;
    let configured = resolve(repository.source(), &start.settings.base_directory);
    let checkout = checkout_around(engine, &configured)?;
    let instead = worktrees_folder(engine, start.settings, repository);
    Some(format!(
        "the worktree is in {instead}: worktree.base_directory is {configured}, inside the checkout {checkout}, whose \
         status it would show up in"
    ))
}

fn has_branch(record: &Record<Workspace>, branch: &BranchName) -> bool {
    record.state.spec.line().is_some_and(|line| line.branch == *branch)
}

/// The last part of the branch, or the whole of it, or with a number: the first that no live workspace has.
fn free_name(branch: &BranchName, live: &[Record<Workspace>]) -> WorkspaceName {
    let taken = |name: &WorkspaceName| live.iter().any(|record| record.state.spec.name == *name);
    let last = branch.as_str().rsplit('/').next().unwrap_or(branch.as_str());
    let whole = WorkspaceName::of_branch(branch);
    [WorkspaceName::new(last), whole.clone()]
        .into_iter()
        .chain((2..MAX_NUMBER).map(|number| WorkspaceName::new(&format!("{whole}-{number}"))))
        .find(|name| !taken(name))
        .unwrap_or(whole)
}

fn folder_of(parent: &AbsPath, settings: &Settings, repository: &Repository, branch: &BranchName) -> AbsPath {
    let name = settings
        .naming_pattern
        .replace("{project}", &repository.name)
        .replace("{branch}", &branch.as_str().replace('/', "-"));
    parent.join(&name)
}

/// `base` seen from `root`; `.` and `..` are taken away part by part.
fn resolve(root: &AbsPath, base: &str) -> AbsPath {
    let joined = if base.starts_with('/') { base.to_owned() } else { format!("{root}/{base}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    AbsPath::new(format!("/{}", parts.join("/"))).unwrap_or_else(|_| root.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_directory_is_seen_from_the_root() {
        let root = AbsPath::new("/home/x/app").unwrap();
        assert_eq!(resolve(&root, "../").as_str(), "/home/x");
        assert_eq!(resolve(&root, "../wt").as_str(), "/home/x/wt");
        assert_eq!(resolve(&root, "/tmp/wt/").as_str(), "/tmp/wt");
        assert_eq!(resolve(&root, "../../../../..").as_str(), "/");
    }
}
