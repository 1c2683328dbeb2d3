//! Moving a target branch, the moment it is decided: with the checkout that is on it, or by itself.

use owt_core::AbsPath;
use owt_core::landing::Obstacle;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;
use owt_ports::TargetMove;
use owt_ports::TargetMoved;
use owt_ports::TargetStand;

use super::STEADY;
use super::STRATEGY;
use super::back;
use super::draft;
use super::room;
use super::without_merge_options;
use crate::GitCli;
use crate::administration;
use crate::call::Answer;
use crate::call::Call;
use crate::call::WRITE;
use crate::location;
use crate::location::Location;
use crate::location::absolute;
use crate::refs;
use crate::unfinished;

/// How a checkout goes along with its branch.
#[derive(Clone, Copy)]
struct Way {
    /// What git would take for its own, and is somebody's.
    in_the_way: fn(&GitCli, &TargetMove, &AbsPath) -> Result<Option<String>, GitError>,
    /// What git says of it is looked at afterwards.
    go_along: fn(&GitCli, &TargetMove, &AbsPath) -> Result<Answer, GitError>,
}

const FORWARD: Way = Way { in_the_way: draft::would_be_taken_for_ours, go_along: fast_forward };

const BACK: Way = Way { in_the_way: |_, _, _| Ok(None), go_along: back::go_back };

/// Moves it; see [`owt_ports::Landing::move_target`].
pub(super) fn advance(client: &GitCli, request: &TargetMove) -> Result<TargetMoved, GitError> {
    let moved = shift(client, request, FORWARD)?;
    if let TargetMoved::Elsewhere { found: Some(tip) } = &moved {
        require_no_merge_instead(client, request, tip)?;
    }
    Ok(moved)
}

/// Moves it back; see [`owt_ports::Landing::take_back`].
pub(super) fn take_back(client: &GitCli, request: &TargetMove) -> Result<TargetMoved, GitError> {
    shift(client, request, BACK)
}

fn shift(client: &GitCli, request: &TargetMove, way: Way) -> Result<TargetMoved, GitError> {
    let common_dir = &request.repository.common_dir;
    if let Some(leads_to) = leads_to(client, common_dir, &request.target)? {
        let message = format!("{} is only another name of {leads_to} (a symbolic ref)", request.target);
        return Err(GitError::Failed { operation: "update-ref".to_owned(), message });
    }
    let tip = refs::branch(client, common_dir, &request.target)?.map(|branch| branch.tip);
    let holders = holders(client, common_dir, &request.target)?;
    match tip {
        Some(tip) if tip == request.to => {
            return Ok(TargetMoved::Moved { checkout: holders.into_iter().next() });
        }
        Some(tip) if tip == request.from => {}
        found => return Ok(TargetMoved::Elsewhere { found }),
    }
    match among(client, common_dir, &request.target, &holders)? {
        Among::Nowhere => by_itself(client, request),
        Among::There(there) => with_checkout(client, request, &there, way),
        Among::Kept { at, why } => Ok(TargetMoved::Kept { at, why, obstacle: Obstacle::Standing }),
    }
}

/// What goes along; see [`owt_ports::Landing::stand_of`].
pub(super) fn stand_of(
    client: &GitCli,
    common_dir: &AbsPath,
    target: &BranchName,
) -> Result<TargetStand, GitError> {
    if let Some(leads_to) = leads_to(client, common_dir, target)? {
        return Ok(TargetStand::Symbolic { leads_to });
    }
    let holders = holders(client, common_dir, target)?;
    Ok(match among(client, common_dir, target, &holders)? {
        Among::Nowhere => TargetStand::Alone,
        Among::There(there) => TargetStand::CheckedOut(there.at),
        Among::Kept { at, why } => TargetStand::Kept { at, why },
    })
}

/// The branch that a symbolic ref leads to. git moves that one, and no worktree is on the name that it was moved by.
fn leads_to(client: &GitCli, common_dir: &AbsPath, target: &BranchName) -> Result<Option<String>, GitError> {
    let answer = Call::in_repository(client, common_dir, "symbolic-ref")
        .args(["symbolic-ref", "-q", target.full_ref().as_str()])
        .answer()?;
    let text = answer.text();
    let name = text.strip_prefix("refs/heads/").unwrap_or(&text);
    Ok(answer.success().then(|| name.to_owned()))
}

/// Where a branch is checked out.
enum Among {
    Nowhere,
    There(Checkout),
    Kept { at: AbsPath, why: String },
}

/// The one checkout that is on a branch.
struct Checkout {
    at: AbsPath,
    location: Location,
    top: AbsPath,
}

fn among(
    client: &GitCli,
    common_dir: &AbsPath,
    target: &BranchName,
    holders: &[AbsPath],
) -> Result<Among, GitError> {
    let kept = |at: &AbsPath, why: &str| Ok(Among::Kept { at: at.clone(), why: why.to_owned() });
    let at = match holders {
        [] => {
            return match administration::held_by_operation(common_dir, target) {
                Some(at) => kept(
                    &at,
                    "a rebase or bisect there comes back to it: finish it first (git bisect reset ends a bisect)",
                ),
                None => Ok(Among::Nowhere),
            };
        }
        [at] => at,
        [at, ..] => return kept(at, "it is checked out in more than one worktree: leave it in one of them"),
    };
    let location = match location::locate(client, at) {
        Ok(location) => location,
        Err(GitError::NotARepository { .. }) => return kept(at, "its folder is gone (git worktree prune)"),
        Err(error) => return Err(error),
    };
    // A bare repository has a HEAD, and no files that could go along.
    let Some(top) = location.worktree.clone() else { return Ok(Among::Nowhere) };
    match unfinished::refuse(&location, &top) {
        Err(GitError::Unfinished { what, .. }) => kept(at, &format!("{what}: finish it first")),
        _ => Ok(Among::There(Checkout { at: at.clone(), location, top })),
    }
}

fn kept(at: &AbsPath, why: &str, obstacle: Obstacle) -> TargetMoved {
    TargetMoved::Kept { at: at.clone(), why: why.to_owned(), obstacle }
}

/// The worktrees that are on a branch.
pub(super) fn holders(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
) -> Result<Vec<AbsPath>, GitError> {
    let answer = Call::in_repository(client, common_dir, "worktree list")
        .args(["worktree", "list", "--porcelain", "-z"])
        .succeed()?;
    let wanted = format!("branch {}", branch.full_ref());
    let (mut found, mut at) = (Vec::new(), None);
    for line in answer.bytes().split(|&byte| byte == 0) {
        match line.strip_prefix(b"worktree ") {
            Some(path) => at = Some(absolute(path)?),
            None if line == wanted.as_bytes() => found.extend(at.clone()),
            None => {}
        }
    }
    Ok(found)
}

/// Under git's own locks: it refuses whatever it would overwrite, ignored files included.
fn with_checkout(
    client: &GitCli,
    request: &TargetMove,
    Checkout { at, location, top }: &Checkout,
    way: Way,
) -> Result<TargetMoved, GitError> {
    room::require(client, request, top)?;
    require_free_branch(client, request, top)?;
    if let Some(why) = draft::would_come_back(client, request, top)? {
        // git's own fast-forward would bring them back, so it is no way to take it.
        return Ok(kept(at, &why, Obstacle::Standing));
    }
    if let Some(why) = (way.in_the_way)(client, request, top)? {
        return Ok(kept(at, &why, Obstacle::Files));
    }
    let index_lock = location.git_dir.join("index.lock").to_string();
    let answer = (way.go_along)(client, request, top)?;
    match tip_of(client, request)? {
        Some(tip) if tip == request.to => Ok(TargetMoved::Moved { checkout: Some(at.clone()) }),
        Some(tip) if tip == request.from && answer.success() => {
            Ok(kept(at, "another branch was checked out meanwhile", Obstacle::Standing))
        }
        Some(tip) if tip == request.from => match answer.failure() {
            // git takes this lock before it moves anything.
            GitError::Busy { dir, what } if what.contains(&index_lock) => Err(GitError::Busy { dir, what }),
            GitError::Busy { dir, what } => match bring_back(client, request, top)? {
                Stand::WithTheBranch => Err(GitError::Busy { dir, what }),
                Stand::Unknown => {
                    let what = format!("{what}; its files may be ahead of it, at {}", request.to);
                    Err(GitError::Busy { dir, what })
                }
            },
            GitError::Failed { message, .. } => Ok(kept(at, &message, Obstacle::Files)),
            other => Err(other),
        },
        found => Ok(TargetMoved::Elsewhere { found }),
    }
}

/// A merge of the two that git or somebody made instead, with other files than those that were to land: the work is among its
/// parents, and may be nowhere in it.
fn require_no_merge_instead(client: &GitCli, request: &TargetMove, tip: &ObjectId) -> Result<(), GitError> {
    let (from, to, target) = (&request.from, &request.to, &request.target);
    let common_dir = &request.repository.common_dir;
    let way = Call::in_repository(client, common_dir, "rev-list")
        .args(["rev-list", "--first-parent", "--parents", tip.as_str(), &format!("^{from}")])
        .succeed()?;
    let parents = format!(" {from} {to}");
    let text = way.text();
    let Some(instead) = text.lines().find_map(|line| line.strip_suffix(&parents)) else { return Ok(()) };
    let same = Call::in_repository(client, common_dir, "diff-tree")
        .args(["diff-tree", "--quiet", "--ignore-submodules=none", instead, to.as_str()])
        .answer()?;
    if same.success() {
        return Ok(());
    }
    let message = format!(
        "{target} went to {instead}, a merge with other files than {to}, which was to land: look at what it holds \
         (git show {instead}); where the work is not in it, move {target} back to {from} and land it again"
    );
    Err(GitError::Failed { operation: "merge --ff-only".to_owned(), message })
}

/// git moves files and index before it takes the lock of the branch (`git merge --ff-only` and `git checkout -B` of 2.47.3): where
/// another git holds that, or left it behind, they would be ahead of their branch.
fn require_free_branch(client: &GitCli, request: &TargetMove, top: &AbsPath) -> Result<(), GitError> {
    let try_it = format!("start\nupdate HEAD {} {}\nprepare\nabort\n", request.to, request.from);
    let answer = Call::in_checkout(client, top, "update-ref")
        .args(["update-ref", "--stdin"])
        .input(try_it.into_bytes())
        .limit(WRITE)
        .answer()?;
    match answer.success() {
        true => Ok(()),
        // That HEAD or the branch is elsewhere by now is for git to see, under its locks.
        false => match answer.failure() {
            busy @ GitError::Busy { .. } => Err(busy),
            _ => Ok(()),
        },
    }
}

/// Where the files of a checkout stand.
enum Stand {
    WithTheBranch,
    Unknown,
}

/// The lock was taken in between: files and index go back to where their branch is. Where they never moved, or somebody has worked
/// on them, nothing is done: git looks at everything before it writes.
fn bring_back(client: &GitCli, request: &TargetMove, top: &AbsPath) -> Result<Stand, GitError> {
    let answer = Call::in_checkout(client, top, "read-tree")
        .args(["read-tree", "-m", "-u", request.to.as_str(), request.from.as_str()])
        .tree_work()
        .answer()?;
    Ok(if answer.success() { Stand::WithTheBranch } else { Stand::Unknown })
}

fn fast_forward(client: &GitCli, request: &TargetMove, top: &AbsPath) -> Result<Answer, GitError> {
    without_merge_options(Call::in_checkout(client, top, "merge"), request.target.as_str())
        .args(STEADY)
        .args(["merge", "--quiet", "--ff-only", "--no-overwrite-ignore", "--no-squash", "--no-autostash"])
        .args(["--no-verify-signatures", STRATEGY, request.to.as_str()])
        .env("GIT_REFLOG_ACTION", request.reason.as_str())
        .tree_work()
        .answer()
}

fn by_itself(client: &GitCli, request: &TargetMove) -> Result<TargetMoved, GitError> {
    let answer = Call::in_repository(client, &request.repository.common_dir, "update-ref")
        .args(["update-ref", "-m", request.reason.as_str(), request.target.full_ref().as_str()])
        .args([request.to.as_str(), request.from.as_str()])
        .limit(WRITE)
        .answer()?;
    match tip_of(client, request)? {
        Some(tip) if tip == request.to => Ok(TargetMoved::Moved { checkout: None }),
        Some(tip) if tip == request.from => Err(answer.failure()),
        found => Ok(TargetMoved::Elsewhere { found }),
    }
}

pub(super) fn tip_of(client: &GitCli, request: &TargetMove) -> Result<Option<ObjectId>, GitError> {
    let branch = refs::branch(client, &request.repository.common_dir, &request.target)?;
    Ok(branch.map(|branch| branch.tip))
}
