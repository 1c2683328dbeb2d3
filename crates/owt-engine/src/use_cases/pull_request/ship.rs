//! Shipping: into the target, or by a pull request, as the person has it (`landing.pull_request`). By a pull request it goes the same
//! way (committed, reviewed, tried with its target, checked) up to where the target would move; then the branch goes to its remote.
//! Once it may go, a host that says no does not hold the branch back: it is pushed, and what is missing is said.

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::critic::Review;
use owt_core::landing::Goal;
use owt_core::landing::Landing;
use owt_core::landing::Method;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::PullRequest;
use owt_core::pull_request::Readiness;
use owt_core::workspace::Worktree;
use owt_ports::CallerEnvironment;
use owt_ports::ForgeError;

use super::CreatePull;
use super::PullError;
use super::destination::Destination;
use super::destination::destination;
use super::going::Going;
use super::outgoing::Outgoing;
use super::record::record_link;
use crate::engine::Engine;
use crate::settings::BrokenSettings;
use crate::use_cases::MergeEnd;
use crate::use_cases::MergeError;
use crate::use_cases::MergePlan;
use crate::use_cases::MergeRequest;
use crate::use_cases::Resolve;
use crate::use_cases::StillThere;
use crate::use_cases::Uncommitted;
use crate::use_cases::WhenLanded;
use crate::use_cases::merge;
use crate::use_cases::merge::planned;
use crate::use_cases::select::find;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShipEnd {
    /// It was to land, or something stands against it either way.
    Merge(Box<MergeEnd>),
    /// It goes by a pull request.
    Offered(Box<Offered>),
}

/// Work that goes by a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The remote that the branch goes to.
    pub remote: String,
    /// The repository that the pull request comes into.
    pub repository: HostedRepository,
    /// What came of it.
    pub end: OfferEnd,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferEnd {
    /// Nothing was done; nothing that is known here stands against it.
    Would {
        /// What the critic says of it.
        review: Review,
    },
    /// The branch is there, with this pull request.
    There {
        /// It.
        pull: Box<PullRequest>,
        /// What was reached before.
        landing: Box<Landing>,
    },
    /// The branch is there, and no pull request.
    Pushed {
        /// Why not.
        why: Box<PullError>,
        /// What was reached before.
        landing: Box<Landing>,
    },
}

/// Ships a workspace's work, or says what that would come to.
///
/// # Errors
/// [`PullError`]; what keeps it from landing either way is its `NotReady`. Nothing has left the machine.
pub fn ship(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    wish: &MergeRequest,
    still_there: StillThere<'_>,
) -> Result<(MergePlan, ShipEnd), PullError> {
    let view = find(engine, asker, &wish.folder, &wish.name, |_| Action::Land)?;
    let line = view.workspace.spec.line().ok_or_else(|| MergeError::NoBranch(view.name().to_owned()))?;
    if goal(engine, line.repository.source()).map_err(MergeError::Rules)? == Goal::Target {
        let (plan, end) = merge(engine, asker, request, wish, still_there)?;
        return Ok((plan, ShipEnd::Merge(Box::new(end))));
    }
    authorise(asker, Action::Publish)?;
    if wish.method != Method::Merge {
        return Err(PullError::Shaped(view.name().to_owned()));
    }
    let destination = destination(engine, line)?;
    let wish = MergeRequest { goal: Goal::Cleared, when_landed: WhenLanded::Keep, ..wish.clone() };
    let (ahead, _) = planned(engine, asker, &wish)?;
    let going =
        Offering { engine, request, caller: &wish.caller, line, destination: &destination, wish: &wish };
    going.outgoing(&ahead).look_through(&ahead.tip)?;
    let (plan, end) = merge(engine, asker, request, &wish, still_there)?;
    let end = match end {
        MergeEnd::WouldLand { review } => OfferEnd::Would { review },
        MergeEnd::Cleared { landing } => going.offer(&plan, landing)?,
        other => return Ok((plan, ShipEnd::Merge(Box::new(other)))),
    };
    let Destination { remote, base: repository, .. } = destination;
    Ok((plan, ShipEnd::Offered(Box::new(Offered { remote: remote.name, repository, end }))))
}

/// On its way, once nothing stands against it.
struct Offering<'a> {
    engine: &'a Engine,
    request: RequestId,
    caller: &'a CallerEnvironment,
    line: &'a Worktree,
    destination: &'a Destination,
    wish: &'a MergeRequest,
}

impl Offering<'_> {
    fn outgoing<'a>(&'a self, plan: &'a MergePlan) -> Outgoing<'a> {
        Outgoing { engine: self.engine, plan, line: self.line, destination: self.destination }
    }

    /// Brings the branch there as the checks have seen it, and makes the pull request where there is none.
    fn offer(&self, plan: &MergePlan, landing: Box<Landing>) -> Result<OfferEnd, PullError> {
        let tip = landing.tip().clone();
        let plan = MergePlan { tip: tip.clone(), left: None, ..plan.clone() };
        let (create, outgoing) = (self.create(), self.outgoing(&plan));
        outgoing.look_through(&tip)?;
        let Self { engine, line, destination, .. } = *self;
        let going = Going { engine, create: &create, line, destination, tip };
        let there = going.existing();
        let from = outgoing.place(self.caller)?;
        let arrived = match there {
            Ok(there) => going.go(&plan, there, from),
            Err(why) => going.push(from).and_then(|()| Err(self.only_pushed(why))),
        };
        match arrived {
            Ok(arrived) => {
                let pull = arrived.pull();
                record_link(engine, self.request, plan.view.id, (&destination.base, pull))?;
                engine.follow_pulls_as(self.caller);
                Ok(OfferEnd::There { pull: Box::new(pull.clone()), landing })
            }
            Err(why @ PullError::OnlyPushed { .. }) => Ok(OfferEnd::Pushed { why: Box::new(why), landing }),
            Err(error) => Err(error),
        }
    }

    /// The host would not say whether there is a pull request.
    fn only_pushed(&self, why: PullError) -> PullError {
        let error = match why {
            PullError::Forge(error) => error,
            PullError::NoRepository(HostedRepository { host, owner, name }) => {
                ForgeError::NotFound { host, what: format!("repository {owner}/{name}") }
            }
            other => return other,
        };
        let remote = self.destination.remote.name.clone();
        PullError::OnlyPushed { branch: self.line.branch.clone(), remote, error }
    }

    /// The pull request, in words that are written from what is known of the work.
    fn create(&self) -> CreatePull {
        CreatePull {
            folder: self.wish.folder.clone(),
            name: self.wish.name.clone(),
            title: None,
            body: None,
            readiness: Readiness::Ready,
            base: self.wish.into.clone(),
            uncommitted: Uncommitted::Refuse,
            caller: self.caller.clone(),
            resolve: Resolve::Do,
        }
    }
}

/// How far the person wants what is shipped in this repository to go.
pub(in crate::use_cases) fn goal(engine: &Engine, source: &AbsPath) -> Result<Goal, BrokenSettings> {
    Ok(engine.ports().settings.settings(Some(source), None)?.before_landing.goal)
}
