//! A landing that is over, and whose repository was moved by hand: it can still be taken back, there.

use super::Landing;
use super::LandingEvent;
use super::LandingPhase;
use crate::machine::Machine as _;
use crate::machine::Step;
use crate::vcs::Repository;

impl Landing {
    /// One that is under way ends where it began.
    pub(super) fn repository_moved(&self, to: &Repository) -> Step<LandingEvent> {
        if self.is_live() || self.spec.repository == *to {
            return Step::nothing();
        }
        Step::event(LandingEvent::RepositoryMoved { to: to.clone() })
    }

    pub(super) fn in_repository(mut self, to: &Repository) -> Self {
        let from = std::mem::replace(&mut self.spec.repository, to.clone());
        self.spec.path = from.moved_along(&self.spec.path, to);
        if let LandingPhase::Landed { checkout, .. } | LandingPhase::TakenBack { checkout, .. } =
            &mut self.phase
        {
            *checkout = checkout.as_ref().map(|checkout| from.moved_along(checkout, to));
        }
        self
    }
}
