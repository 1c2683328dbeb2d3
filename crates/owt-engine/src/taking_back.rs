//! Whether one move of a target can be taken back, and taking it back. Who has the move, a landing or several at once,
//! is not known here.

use owt_core::AbsPath;
use owt_core::landing::Arrival;
use owt_core::landing::Irrevocable;
use owt_core::vcs::ObjectId;
use owt_ports::BranchState;
use owt_ports::GitError;
use owt_ports::Holder;
use owt_ports::StoreError;
use owt_ports::TargetMove;
use owt_ports::TargetMoved;

use crate::effects::git_failure;
use crate::ports::Ports;

/// What came of it, or why it stays.
type Revocable<T> = Result<Result<T, Irrevocable>, StoreError>;

/// Most holders that are named.
const MAX_NAMED: usize = 10;

fn revocable<T>(result: Result<T, GitError>) -> Revocable<T> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) => Ok(Err(Irrevocable::Failed { failure: git_failure(&error)? })),
    }
}

/// Whether it could be taken back, as far as that can be seen; nothing is touched. A target that is back already, by
/// somebody's hand or by ours before we died, can.
pub(crate) fn look(ports: &Ports, arrival: &Arrival) -> Revocable<()> {
    let found = match revocable(ports.git.branch_state(&arrival.repository, &arrival.target))? {
        Ok(BranchState::Taken(found)) => found,
        Ok(_) => return Ok(Err(Irrevocable::TargetGone)),
        Err(stays) => return Ok(Err(stays)),
    };
    if found == arrival.before {
        return Ok(Ok(()));
    }
    if found != arrival.after {
        return Ok(Err(moved_on(ports, arrival, found)?));
    }
    let holders = match revocable(ports.landing.holders(&arrival.repository, &arrival.after))? {
        Ok(holders) => holders,
        Err(stays) => return Ok(Err(stays)),
    };
    Ok(match held(arrival, holders) {
        Some(stays) => Err(stays),
        None => Ok(()),
    })
}

/// Takes it back, unless somebody stands on it by now.
pub(crate) fn take_back(ports: &Ports, arrival: &Arrival, reason: String) -> Revocable<Option<AbsPath>> {
    if let Err(stays) = look(ports, arrival)? {
        return gone_meanwhile(ports, arrival, stays);
    }
    let request = TargetMove {
        repository: arrival.repository.clone(),
        target: arrival.target.clone(),
        from: arrival.after.clone(),
        to: arrival.before.clone(),
        reason,
    };
    match revocable(ports.landing.take_back(&request))? {
        Ok(TargetMoved::Moved { checkout }) => Ok(Ok(checkout)),
        Ok(TargetMoved::Kept { at, why }) => Ok(Err(Irrevocable::InTheWay { at, why })),
        Ok(TargetMoved::Elsewhere { found: None }) => Ok(Err(Irrevocable::TargetGone)),
        Ok(TargetMoved::Elsewhere { found: Some(found) }) => {
            let stays = moved_on(ports, arrival, found)?;
            gone_meanwhile(ports, arrival, stays)
        }
        Err(stays) => Ok(Err(stays)),
    }
}

/// It was to be taken back, and the target stood on it then. When it does not have it any more and goes on from where it
/// was before, we have moved it back before we died, and somebody has worked on from there.
fn gone_meanwhile(ports: &Ports, arrival: &Arrival, stays: Irrevocable) -> Revocable<Option<AbsPath>> {
    let Irrevocable::TargetMoved { found, commits: None } = &stays else { return Ok(Err(stays)) };
    let goes_on = ports.git.is_merged(&arrival.repository, &arrival.before, found);
    Ok(match revocable(goes_on)? {
        Ok(true) => Ok(None),
        Ok(false) => Err(stays),
        Err(failed) => Err(failed),
    })
}

fn moved_on(ports: &Ports, arrival: &Arrival, found: ObjectId) -> Result<Irrevocable, StoreError> {
    let git = ports.git.as_ref();
    let commits = match git.is_merged(&arrival.repository, &arrival.after, &found) {
        Ok(true) => git.count_commits(&arrival.repository, &arrival.after, &found).map(Some),
        // What nobody has any more may have been cleared away.
        Ok(false) | Err(GitError::UnknownRevision { .. }) => Ok(None),
        Err(error) => Err(error),
    };
    Ok(match revocable(commits)? {
        Ok(commits) => Irrevocable::TargetMoved { found, commits },
        Err(failed) => failed,
    })
}

/// Who else has what landed: others before those of this machine, for they cannot be asked.
fn held(arrival: &Arrival, holders: Vec<Holder>) -> Option<Irrevocable> {
    let (mut to, mut by) = (Vec::new(), Vec::new());
    for holder in holders {
        match holder {
            Holder::Branch(name) if name == arrival.target || arrival.sources.contains(&name) => {}
            Holder::Branch(name) => by.push(format!("the branch {name}")),
            Holder::Tag(name) => by.push(format!("the tag {name}")),
            Holder::Detached(at) => by.push(format!("the checkout in {at}")),
            Holder::RemoteBranch(name) => to.push(name),
        }
    }
    to.truncate(MAX_NAMED);
    by.truncate(MAX_NAMED);
    match (to.is_empty(), by.is_empty()) {
        (false, _) => Some(Irrevocable::Pushed { to }),
        (true, false) => Some(Irrevocable::BuiltUpon { by }),
        (true, true) => None,
    }
}
