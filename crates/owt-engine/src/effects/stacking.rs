//! Workspaces that were made from the branch of another, when that goes or comes back: what it has landed in is followed instead.
//! They are told before the branch goes, so that none of them ever stands on a branch that is not there.

use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::effect::Message;
use owt_core::landing::Landing;
use owt_core::landing::LandingPhase;
use owt_core::train::CarPlace;
use owt_core::train::Train;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Successor;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::GitError;
use owt_ports::StoreError;

use super::workspace::WorkspaceEffects;
use super::workspace::refusable;
use crate::records::Record;
use crate::records::Which;

/// Where work has landed.
struct Arrived {
    target: BranchName,
    /// Where the target was then.
    at: ObjectId,
}

impl WorkspaceEffects {
    /// Tells those that follow a branch which is about to go, this tip landed, what they follow from now on.
    pub(super) fn hand_over(
        &self,
        (of, line): (WorkspaceId, &Worktree),
        tip: &ObjectId,
        correlation: RequestId,
    ) -> Result<(), StoreError> {
        let followers = self.followers(of, line)?;
        if followers.is_empty() {
            return Ok(());
        }
        let Some(Arrived { target, at }) = self.arrived(of, line, tip)? else { return Ok(()) };
        let remade = (!self.has(line, tip, &at)?).then_some(at);
        for (id, follower) in followers {
            let Some(its) = follower.spec.line() else { continue };
            let fork = self.fork(its, tip)?;
            let (branch, target, remade) = (line.branch.clone(), target.clone(), remade.clone());
            let successor = Successor { of, branch, target, fork, remade };
            let input = WorkspaceInput::FollowOn { successor };
            self.dispatcher.dispatch(Message::Workspace { id, input }, correlation)?;
        }
        Ok(())
    }

    /// Tells those that followed a branch, which is there again.
    pub(super) fn take_over_again(
        &self,
        of: WorkspaceId,
        line: &Worktree,
        correlation: RequestId,
    ) -> Result<(), StoreError> {
        for record in self.live_in(line)? {
            if record.state.stood_on.last().is_some_and(|last| last.workspace == of) {
                let input = WorkspaceInput::FollowAgain { of };
                self.dispatcher.dispatch(Message::Workspace { id: record.id, input }, correlation)?;
            }
        }
        Ok(())
    }

    fn live_in(&self, line: &Worktree) -> Result<Vec<Record<Workspace>>, StoreError> {
        self.records.list::<Workspace>(Some(&line.repository.id.to_string()), Which::Live)
    }

    fn followers(
        &self,
        of: WorkspaceId,
        line: &Worktree,
    ) -> Result<Vec<(WorkspaceId, Workspace)>, StoreError> {
        let follows = |record: &Record<Workspace>| {
            let base = record.state.spec.line().and_then(|line| line.base.branch.as_ref());
            record.id != of && base == Some(&line.branch)
        };
        let live = self.live_in(line)?.into_iter().filter(follows);
        Ok(live.map(|record| (record.id, record.state)).collect())
    }

    /// Where a tip has landed: by a landing of its own, by a train, or by somebody's hand in the branch that it was made from.
    fn arrived(
        &self,
        of: WorkspaceId,
        line: &Worktree,
        tip: &ObjectId,
    ) -> Result<Option<Arrived>, StoreError> {
        if let Some(arrived) = self.landed(of, tip)?.or(self.came_by_train(of, line, tip)?) {
            return Ok(Some(arrived));
        }
        let Some(target) = line.base.branch.clone() else { return Ok(None) };
        let state = refusable(self.ports.git.branch_state(&line.repository, &target))?;
        let Ok(BranchState::Taken(at)) = state else { return Ok(None) };
        Ok(self.has(line, tip, &at)?.then_some(Arrived { target, at }))
    }

    fn landed(&self, of: WorkspaceId, tip: &ObjectId) -> Result<Option<Arrived>, StoreError> {
        let landings = self.records.list::<Landing>(Some(&of.to_string()), Which::All)?;
        Ok(landings.into_iter().rev().find_map(|Record { state, .. }| match &state.phase {
            LandingPhase::Landed { after, .. } if state.tip() == tip => {
                Some(Arrived { target: state.spec.target.clone(), at: after.clone() })
            }
            _ => None,
        }))
    }

    fn came_by_train(
        &self,
        of: WorkspaceId,
        line: &Worktree,
        tip: &ObjectId,
    ) -> Result<Option<Arrived>, StoreError> {
        let trains = self.records.list::<Train>(Some(&line.repository.id.to_string()), Which::All)?;
        Ok(trains.into_iter().rev().find_map(|Record { state, .. }| {
            state.cars.iter().find_map(|car| match &car.place {
                CarPlace::Landed { commit, .. } if car.spec.landing.workspace == of && car.tip() == tip => {
                    Some(Arrived { target: state.target.clone(), at: commit.clone() })
                }
                _ => None,
            })
        }))
    }

    /// Up to which commit a branch has what it followed. Where git cannot tell: where it began.
    fn fork(&self, line: &Worktree, followed: &ObjectId) -> Result<ObjectId, StoreError> {
        let state = refusable(self.ports.git.branch_state(&line.repository, &line.branch))?;
        match state {
            Ok(BranchState::Taken(own)) if self.has(line, followed, &own)? => Ok(followed.clone()),
            _ => Ok(line.base.sha.clone()),
        }
    }

    fn has(&self, line: &Worktree, tip: &ObjectId, into: &ObjectId) -> Result<bool, StoreError> {
        match self.ports.git.is_merged(&line.repository, tip, into) {
            Ok(merged) => Ok(merged),
            Err(GitError::Crashed) => Err(StoreError::Crashed),
            Err(_) => Ok(false),
        }
    }
}
