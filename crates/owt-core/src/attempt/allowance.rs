//! What an attempt may use up: it has no further turn when that is used up, and a turn that goes on spending is ended.

use super::Attempt;
use super::AttemptEvent;
use crate::effect::Effect;
use crate::evidence::Activity;
use crate::evidence::Evidence;
use crate::machine::Step;
use crate::session::EndReason;
use crate::session::SessionKind;

impl Attempt {
    /// The limit that it has used up.
    pub(super) fn used_up(&self) -> Option<EndReason> {
        let allowed = self.spec.allowance;
        let cost = self.usage.cost_micro_usd;
        match () {
            () if allowed.turns.is_some_and(|most| self.turns >= most) => Some(EndReason::TurnLimit),
            () if allowed.cost_micro_usd.is_some_and(|most| cost.is_some_and(|cost| cost >= most)) => {
                Some(EndReason::Budget)
            }
            () => None,
        }
    }

    /// The step of a piece of evidence, with the end of the session where the agent is seen to go on with nothing left.
    pub(super) fn within_limits(&self, step: Step<AttemptEvent>, evidence: &Evidence) -> Step<AttemptEvent> {
        if self.spec.allowance.is_unlimited() || self.stopping.is_some() {
            return step;
        }
        let mut then = self.clone();
        then.note(evidence);
        match then.used_up() {
            Some(limit) if then.is_in_a_turn() => stop_at(limit, step),
            _ => step,
        }
    }

    fn is_in_a_turn(&self) -> bool {
        match self.spec.session {
            // It has one turn, and leaves by itself after it.
            SessionKind::Headless => self.final_word.is_none(),
            SessionKind::Structured | SessionKind::Tmux | SessionKind::Pty => matches!(
                self.doing.activity,
                Activity::Working | Activity::WaitingPermission | Activity::WaitingInput
            ),
        }
    }
}

/// The session ends because a limit is used up.
pub(super) fn stop_at(limit: EndReason, step: Step<AttemptEvent>) -> Step<AttemptEvent> {
    step.and(AttemptEvent::StopRequested { reason: limit }).effect(Effect::StopSession { reason: limit })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AttemptId;
    use crate::DeliveryId;
    use crate::JobId;
    use crate::Timestamp;
    use crate::WorkspaceId;
    use crate::agent_failure::AgentFailureKind;
    use crate::attempt::AttemptInput;
    use crate::attempt::AttemptPhase;
    use crate::attempt::AttemptSpec;
    use crate::attempt::Committer;
    use crate::attempt::Verdict;
    use crate::delivery::Meaning;
    use crate::evidence::FinalWord;
    use crate::evidence::Observation;
    use crate::evidence::Source;
    use crate::evidence::Usage;
    use crate::machine::Machine;
    use crate::session::Allowance;
    use crate::session::Exit;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn running(session: SessionKind, allowance: Allowance) -> Attempt {
        let spec = AttemptSpec {
            job: JobId::from_bits(1),
            workspace: WorkspaceId::from_bits(2),
            number: 1,
            token: 1,
            session,
            delivery: None,
            committer: Committer::Agent,
            resumes: None,
            home: None,
            allowance,
        };
        let attempt = Attempt::begun(AttemptId::from_bits(3), spec, at(0));
        Attempt { phase: AttemptPhase::Running { host_pid: 1 }, ..attempt }
    }

    /// Takes in what the stream tells, in this order; the limits at which the session was to be ended.
    fn told(mut attempt: Attempt, seen: Vec<Observation>) -> (Attempt, Vec<EndReason>) {
        let mut ends = Vec::new();
        for (place, observation) in (1u64..).zip(seen) {
            let now = at(i64::try_from(place).unwrap());
            let evidence =
                Evidence { place: Some(place), ..Evidence::now(observation, Source::Protocol, now) };
            let step = Attempt::step(Some(&attempt), &AttemptInput::Seen { evidence }, now);
            attempt = step.events.iter().fold(attempt, |attempt, event| attempt.after(event, now));
            ends.extend(step.effects.iter().filter_map(|effect| match effect {
                Effect::StopSession { reason } => Some(*reason),
                _ => None,
            }));
        }
        (attempt, ends)
    }

    fn working() -> Observation {
        Observation::Doing { activity: Activity::Working }
    }

    fn cost(micro: u64) -> Observation {
        let usage =
            Usage { input_tokens: 1, output_tokens: 1, cost_micro_usd: Some(micro), ..Usage::default() };
        Observation::Used { usage }
    }

    fn done() -> Observation {
        Observation::TurnEnded { word: Some(FinalWord::good("done".to_owned())) }
    }

    const MONEY: Allowance = Allowance { turns: None, cost_micro_usd: Some(100) };
    const TURNS: Allowance = Allowance { turns: Some(2), cost_micro_usd: None };

    #[test]
    fn a_turn_that_goes_on_spending_is_ended_and_one_that_is_over_is_not() {
        for kind in [SessionKind::Headless, SessionKind::Structured] {
            let (_, ends) = told(running(kind, MONEY), vec![working(), cost(99)]);
            assert_eq!(ends, [], "{kind:?}");
            let (attempt, ends) = told(running(kind, MONEY), vec![working(), cost(100), cost(150)]);
            assert_eq!(ends, [EndReason::Budget], "{kind:?}: once");
            let ended = attempt.verdict(Exit::Ended { reason: EndReason::Budget });
            assert_eq!(ended, Verdict::TimedOut { reason: EndReason::Budget });
            let (_, ends) = told(running(kind, MONEY), vec![working(), done(), cost(150)]);
            assert_eq!(ends, [], "{kind:?}: its turn was over");
            let (_, ends) = told(running(kind, Allowance::default()), vec![working(), cost(u64::MAX)]);
            assert_eq!(ends, [], "{kind:?}: no limit");
        }
    }

    #[test]
    fn no_turn_begins_when_the_limit_is_used_up() {
        let two_turns = vec![working(), done(), working(), done()];
        let (attempt, ends) = told(running(SessionKind::Structured, TURNS), two_turns.clone());
        assert_eq!(ends, [], "as many as it may have");
        let again = two_turns.into_iter().chain([working()]).collect();
        assert_eq!(told(running(SessionKind::Structured, TURNS), again).1, [EndReason::TurnLimit]);
        // A message is not even given to it.
        let assign = AttemptInput::Assign { delivery: DeliveryId::from_bits(9), meaning: Meaning::Words };
        let step = Attempt::step(Some(&attempt), &assign, at(9));
        assert_eq!(step.effects, [Effect::StopSession { reason: EndReason::TurnLimit }]);
        assert_eq!(step.events, [AttemptEvent::StopRequested { reason: EndReason::TurnLimit }]);
        let (spent, _) = told(running(SessionKind::Structured, MONEY), vec![working(), done(), cost(100)]);
        let step = Attempt::step(Some(&spent), &assign, at(9));
        assert_eq!(step.effects, [Effect::StopSession { reason: EndReason::Budget }]);
    }

    #[test]
    fn such_an_end_is_a_failure_of_its_own_kind() {
        let attempt = running(SessionKind::Structured, MONEY);
        for reason in [EndReason::TurnLimit, EndReason::Budget] {
            let exit = Exit::Ended { reason };
            let input = AttemptInput::Ended { exit, at: at(5) };
            let step = Attempt::step(Some(&attempt), &input, at(5));
            let ended = step.events.iter().fold(attempt.clone(), |it, event| it.after(event, at(5)));
            assert_eq!(ended.failure().map(|failure| failure.kind), Some(AgentFailureKind::OwnLimit));
        }
    }
}
