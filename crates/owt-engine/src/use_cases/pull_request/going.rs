//! A branch on its way to its host: what is there already is taken, what is missing is pushed and made.

use owt_core::pull_request::Description;
use owt_core::pull_request::PullRequest;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Worktree;
use owt_ports::FoundPull;
use owt_ports::NewPull;
use owt_ports::Push;
use owt_ports::WantedPull;
use owt_ports::WhichPull;

use super::CreatePull;
use super::PullEnd;
use super::PullError;
use super::create::stands_for;
use super::destination::Destination;
use super::words::words;
use crate::engine::Engine;
use crate::use_cases::MergePlan;

/// On its way.
pub(super) struct Going<'a> {
    pub(super) engine: &'a Engine,
    pub(super) create: &'a CreatePull,
    pub(super) line: &'a Worktree,
    pub(super) destination: &'a Destination,
    pub(super) tip: ObjectId,
}

/// What is there in the end.
pub(super) enum Arrived {
    New(PullRequest),
    Known(PullRequest),
}

impl Arrived {
    pub(super) const fn pull(&self) -> &PullRequest {
        match self {
            Self::New(pull) | Self::Known(pull) => pull,
        }
    }

    pub(super) fn into_end(self) -> PullEnd {
        match self {
            Self::New(pull) => PullEnd::Opened(Box::new(pull)),
            Self::Known(pull) => PullEnd::WasThere(Box::new(pull)),
        }
    }
}

impl Going<'_> {
    /// The one that stands for this branch: an open one, or one that has merged just this.
    pub(super) fn existing(&self) -> Result<Option<PullRequest>, PullError> {
        let wanted = WantedPull {
            repository: self.destination.base.clone(),
            which: WhichPull::OfBranch {
                owner: self.destination.owner.clone(),
                branch: self.line.branch.clone(),
            },
        };
        let host = &self.destination.base.host;
        let found = self.engine.ports().forge.find(&self.create.caller, host, &[wanted])?;
        match found.into_iter().next() {
            Some(FoundPull::NoRepository) => Err(PullError::NoRepository(self.destination.base.clone())),
            Some(FoundPull::There(pull)) => Ok(Some(*pull).filter(|pull| stands_for(pull, &self.tip))),
            Some(FoundPull::Unsaid(error)) => Err(error.into()),
            Some(FoundPull::None) | None => Ok(None),
        }
    }

    /// Brings the branch there from where it is, and makes the pull request where there is none.
    pub(super) fn go(
        &self,
        plan: &MergePlan,
        there: Option<PullRequest>,
        from: Option<ObjectId>,
    ) -> Result<Arrived, PullError> {
        // What was committed since has made one that was merged that of earlier work.
        let there = there.filter(|pull| stands_for(pull, &self.tip));
        match there {
            Some(pull) if pull.head == self.tip => Ok(Arrived::Known(pull)),
            // The host needs a moment to see what was pushed; what is there is this commit.
            Some(pull) => {
                self.push(from)?;
                Ok(Arrived::Known(PullRequest { head: self.tip.clone(), ..pull }))
            }
            None => {
                // What may not be said is found before anything has left the machine.
                let said = words(self.engine, self.create, (plan, self.line), &self.tip)?;
                self.push(from)?;
                self.open(plan, said).map(Arrived::New)
            }
        }
    }

    /// Brings the branch there from where it is.
    pub(super) fn push(&self, from: Option<ObjectId>) -> Result<(), PullError> {
        let (branch, remote) = (self.line.branch.clone(), self.destination.remote.name.clone());
        let push = Push { remote: remote.clone(), branch: branch.clone(), tip: self.tip.clone(), from };
        let pushed = self.engine.ports().remotes.push(&self.line.repository, &push, &self.create.caller);
        pushed.map_err(|error| PullError::NotPushed { branch, remote, error })
    }

    fn open(&self, plan: &MergePlan, words: Description) -> Result<PullRequest, PullError> {
        let new = NewPull {
            repository: self.destination.base.clone(),
            title: words.title,
            body: words.body,
            owner: self.destination.owner.clone(),
            branch: self.line.branch.clone(),
            base: plan.target.clone(),
            readiness: self.create.readiness,
        };
        self.engine.ports().forge.open(&self.create.caller, &new).map_err(|error| PullError::OnlyPushed {
            branch: self.line.branch.clone(),
            remote: self.destination.remote.name.clone(),
            error,
        })
    }
}
