//! Whether one move of a target can be taken back, and taking it back. Who has the move, a landing or several at once,
//! is not known here.

use owt_core::AbsPath;
use owt_core::landing::Arrival;
use owt_core::landing::Irrevocable;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Workspace;
use owt_ports::BranchState;
use owt_ports::GitError;
use owt_ports::Holder;
use owt_ports::StoreError;
use owt_ports::TargetMove;
use owt_ports::TargetMoved;

use crate::effects::git_failure;
use crate::ports::Ports;
use crate::records::Records;

/// What came of it, or why it stays.
type Revocable<T> = Result<Result<T, Irrevocable>, StoreError>;

/// Most holders that are named.
const MAX_NAMED: usize = 10;

/// What is to be taken back.
pub(crate) struct WayBack<'a> {
    arrival: &'a Arrival,
    rejoined: Option<Rejoined>,
}

/// A branch into which a merge has brought what has landed of it in other commits: it goes back, too.
struct Rejoined {
    branch: BranchName,
    /// That merge, which nothing stands on yet.
    at: ObjectId,
    before: ObjectId,
}

impl<'a> WayBack<'a> {
    /// With what the record of its workspace says.
    pub(crate) fn of(records: &Records, arrival: &'a Arrival) -> Result<Self, StoreError> {
        let workspace = match arrival.made_anew {
            Some(id) => records.load::<Workspace>(id)?,
            None => None,
        };
        let rejoined = workspace.and_then(|workspace| {
            let (at, before) = workspace.rejoined(&arrival.after)?;
            let branch = workspace.spec.line()?.branch.clone();
            Some(Rejoined { branch, at: at.clone(), before: before.clone() })
        });
        Ok(Self { arrival, rejoined })
    }

    /// What goes back with the target, unless somebody has gone on from there.
    fn along(&self, ports: &Ports) -> Revocable<Option<&Rejoined>> {
        let Some(rejoined) = &self.rejoined else { return Ok(Ok(None)) };
        let state = revocable(ports.git.branch_state(&self.arrival.repository, &rejoined.branch))?;
        Ok(state.map(|state| (state == BranchState::Taken(rejoined.at.clone())).then_some(rejoined)))
    }
}

fn revocable<T>(result: Result<T, GitError>) -> Revocable<T> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) => Ok(Err(Irrevocable::Failed { failure: git_failure(&error)? })),
    }
}

/// Whether it could be taken back, as far as that can be seen; nothing is touched. A target that is back already, by
/// somebody's hand or by ours before we died, can.
pub(crate) fn look(ports: &Ports, way: &WayBack<'_>) -> Revocable<()> {
    let arrival = way.arrival;
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
    let along = match way.along(ports)? {
        Ok(along) => along.map(|rejoined| &rejoined.branch),
        Err(stays) => return Ok(Err(stays)),
    };
    Ok(match held(arrival, along, holders) {
        Some(stays) => Err(stays),
        None => Ok(()),
    })
}

/// Takes it back, unless somebody stands on it by now.
pub(crate) fn take_back(ports: &Ports, way: &WayBack<'_>, reason: &str) -> Revocable<Option<AbsPath>> {
    if let Err(stays) = look(ports, way)? {
        return gone_meanwhile(ports, way.arrival, stays);
    }
    let along = match way.along(ports)? {
        Ok(along) => along,
        Err(stays) => return Ok(Err(stays)),
    };
    if let Some(stays) =
        along.map(|rejoined| part(ports, way.arrival, rejoined, reason)).transpose()?.flatten()
    {
        return Ok(Err(stays));
    }
    let taken = move_back(ports, way.arrival, reason)?;
    if let (Err(_), Some(rejoined)) = (&taken, along) {
        rejoin(ports, way.arrival, rejoined, reason)?;
    }
    Ok(taken)
}

/// Moves a branch back behind the merge that brought in what has landed; why it stays.
fn part(
    ports: &Ports,
    arrival: &Arrival,
    rejoined: &Rejoined,
    reason: &str,
) -> Result<Option<Irrevocable>, StoreError> {
    let request = TargetMove {
        repository: arrival.repository.clone(),
        target: rejoined.branch.clone(),
        from: rejoined.at.clone(),
        to: rejoined.before.clone(),
        reason: reason.to_owned(),
    };
    Ok(match revocable(ports.landing.take_back(&request))? {
        Ok(TargetMoved::Moved { .. } | TargetMoved::Elsewhere { .. }) => None,
        Ok(TargetMoved::Kept { at, why, .. }) => Some(Irrevocable::InTheWay { at, why }),
        Err(stays) => Some(stays),
    })
}

/// The target stays, and so the merge with it.
fn rejoin(ports: &Ports, arrival: &Arrival, rejoined: &Rejoined, reason: &str) -> Result<(), StoreError> {
    let request = TargetMove {
        repository: arrival.repository.clone(),
        target: rejoined.branch.clone(),
        from: rejoined.before.clone(),
        to: rejoined.at.clone(),
        reason: reason.to_owned(),
    };
    if let Err(stays) = revocable(ports.landing.move_target(&request))? {
        tracing::warn!(branch = %rejoined.branch, ?stays, "it is not brought together with what has landed of it");
    }
    Ok(())
}

fn move_back(ports: &Ports, arrival: &Arrival, reason: &str) -> Revocable<Option<AbsPath>> {
    let request = TargetMove {
        repository: arrival.repository.clone(),
        target: arrival.target.clone(),
        from: arrival.after.clone(),
        to: arrival.before.clone(),
        reason: reason.to_owned(),
    };
    match revocable(ports.landing.take_back(&request))? {
        Ok(TargetMoved::Moved { checkout }) => Ok(Ok(checkout)),
        Ok(TargetMoved::Kept { at, why, .. }) => Ok(Err(Irrevocable::InTheWay { at, why })),
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
fn held(arrival: &Arrival, along: Option<&BranchName>, holders: Vec<Holder>) -> Option<Irrevocable> {
    let (mut to, mut by) = (Vec::new(), Vec::new());
    for holder in holders {
        match holder {
            Holder::Branch(name) if name == arrival.target || arrival.sources.contains(&name) => {}
            Holder::Branch(name) if along == Some(&name) => {}
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
