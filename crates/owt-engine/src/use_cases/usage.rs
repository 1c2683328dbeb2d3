//! What was used: counted from the records, by agent and by day. Nothing is estimated.

use std::collections::BTreeMap;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::attempt::Verdict;
use owt_core::authority::Action;
use owt_core::authority::Ownership;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::delivery::Delivery;
use owt_core::job::Job;
use owt_core::job::JobOutcome;
use owt_core::job::JobPhase;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;

use super::ListError;
use super::Scope;
use crate::engine::Engine;
use crate::records::Record;
use crate::records::Which;

/// A day, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// How jobs ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobEnds {
    /// The agent said that its work is done.
    pub done: u64,
    /// It failed, was ended by a limit, or never started.
    pub failed: u64,
    /// It ended without a word on its work, or was ended.
    pub exited: u64,
    /// It has not ended.
    pub open: u64,
}

/// What there is to count. What agents did not say is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Workspaces that were made.
    pub workspaces: u64,
    /// Jobs by how they ended.
    pub jobs: JobEnds,
    /// Attempts that were started.
    pub attempts: u64,
    /// Messages, prompts included.
    pub deliveries: u64,
    /// How long sessions ran.
    pub running: Duration,
    /// Tokens read, as the agents say.
    pub input_tokens: Option<u64>,
    /// Tokens written, as the agents say.
    pub output_tokens: Option<u64>,
    /// Cost in millionths of a US dollar, as the agents say.
    pub cost_micro_usd: Option<u64>,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        let sum = |one: Option<u64>, other: Option<u64>| match (one, other) {
            (None, None) => None,
            (one, other) => Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
        };
        self.workspaces += other.workspaces;
        self.jobs.done += other.jobs.done;
        self.jobs.failed += other.jobs.failed;
        self.jobs.exited += other.jobs.exited;
        self.jobs.open += other.jobs.open;
        self.attempts += other.attempts;
        self.deliveries += other.deliveries;
        self.running = self.running.saturating_add(other.running);
        self.input_tokens = sum(self.input_tokens, other.input_tokens);
        self.output_tokens = sum(self.output_tokens, other.output_tokens);
        self.cost_micro_usd = sum(self.cost_micro_usd, other.cost_micro_usd);
    }
}

/// What was used in a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The beginning of the span: midnight, UTC.
    pub since: Timestamp,
    /// All together.
    pub total: Counts,
    /// By agent.
    pub agents: BTreeMap<String, Counts>,
    /// By day (its midnight, UTC), for the days with anything.
    pub days: BTreeMap<Timestamp, Counts>,
}

impl Usage {
    /// Counts something that belongs to a moment; what was before the span is left out.
    fn count(&mut self, agent: &str, at: Timestamp, counts: &Counts) {
        if at < self.since {
            return;
        }
        self.total.add(counts);
        self.agents.entry(agent.to_owned()).or_default().add(counts);
        self.days.entry(midnight(at)).or_default().add(counts);
    }
}

/// Which usage.
#[derive(Debug, Clone)]
pub struct UsageRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// Of which workspaces, removed ones included.
    pub scope: Scope,
    /// Today and the days before it, so many in all; at least 1.
    pub days: u32,
}

/// Counts what was used. A workspace and its job count on the day on which it was made, an attempt with its time and
/// tokens on the day on which it was started, a message on the day on which it was given.
///
/// # Errors
/// [`ListError`].
pub fn usage(engine: &Engine, asker: &Principal, request: &UsageRequest) -> Result<Usage, ListError> {
    let repository = match request.scope {
        Scope::Everything => {
            if let Principal::Attempt(_) = asker {
                authorise(asker, Action::Read(Ownership::Elsewhere))?;
            }
            None
        }
        Scope::Repository => {
            let id = engine.ports().git.discover(&request.folder).map_err(ListError::Git)?.repository.id;
            if let Principal::Attempt(caller) = asker
                && caller.repository != Some(id)
            {
                authorise(asker, Action::Read(Ownership::Elsewhere))?;
            }
            Some(id.to_string())
        }
    };
    let now = engine.ports().clock.now();
    let before = i64::from(request.days.max(1) - 1).saturating_mul(DAY);
    let since = Timestamp::from_millis(midnight(now).as_millis().saturating_sub(before));
    let mut usage = Usage { since, total: Counts::default(), agents: BTreeMap::new(), days: BTreeMap::new() };
    engine.records().each::<Workspace>(repository.as_deref(), Which::All, &mut |record| {
        count_workspace(engine, &record, now, &mut usage)
    })?;
    Ok(usage)
}

fn count_workspace(
    engine: &Engine,
    workspace: &Record<Workspace>,
    now: Timestamp,
    usage: &mut Usage,
) -> Result<(), StoreError> {
    let Some(job) = engine.records().load::<Job>(workspace.state.spec.job)? else { return Ok(()) };
    let agent = &job.spec.agent;
    let made = Counts { workspaces: 1, jobs: ends(&job.phase), ..Counts::default() };
    usage.count(agent, workspace.created_at, &made);
    for id in &job.attempts {
        let Some(attempt) = engine.records().load::<Attempt>(*id)? else { continue };
        if let Some(started) = attempt.started_at {
            usage.count(agent, started, &of_attempt(&attempt, started, now));
        }
    }
    let parent = workspace.id.to_string();
    engine.records().each::<Delivery>(Some(&parent), Which::All, &mut |record| {
        usage.count(agent, record.created_at, &Counts { deliveries: 1, ..Counts::default() });
        Ok(())
    })
}

fn of_attempt(attempt: &Attempt, started: Timestamp, now: Timestamp) -> Counts {
    let until = match attempt.phase {
        AttemptPhase::Ended { at, .. } => at,
        AttemptPhase::Launching | AttemptPhase::Running { .. } => now,
    };
    let told = attempt.usage;
    let tokens = (told.input_tokens + told.output_tokens > 0).then_some(told);
    Counts {
        attempts: 1,
        running: until.since(started),
        input_tokens: tokens.map(|usage| usage.input_tokens),
        output_tokens: tokens.map(|usage| usage.output_tokens),
        cost_micro_usd: told.cost_micro_usd,
        ..Counts::default()
    }
}

fn ends(phase: &JobPhase) -> JobEnds {
    let mut ends = JobEnds::default();
    let count = match phase {
        JobPhase::Ended { outcome: JobOutcome::Attempted { verdict } } => match verdict {
            Verdict::Succeeded => &mut ends.done,
            Verdict::Exited | Verdict::Stopped => &mut ends.exited,
            Verdict::Failed { .. }
            | Verdict::TimedOut { .. }
            | Verdict::Lost
            | Verdict::NotStarted { .. } => &mut ends.failed,
        },
        JobPhase::Ended { outcome: JobOutcome::NeverStarted { .. } } => &mut ends.failed,
        JobPhase::Ended { outcome: JobOutcome::Cancelled } => &mut ends.exited,
        JobPhase::Waiting { .. } | JobPhase::Queued | JobPhase::Paused { .. } | JobPhase::Running { .. } => {
            &mut ends.open
        }
    };
    *count = 1;
    ends
}

fn midnight(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(DAY) * DAY)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However things are spread over agents and days: both tables sum up to the total, and nothing older counts.
        #[test]
        fn agents_and_days_add_up_to_the_total(
            things in prop::collection::vec((0usize..3, -5i64..5, prop::option::of(0u64..100)), 0..40),
        ) {
            let since = Timestamp::from_millis(0);
            let mut usage =
                Usage { since, total: Counts::default(), agents: BTreeMap::new(), days: BTreeMap::new() };
            let mut counted = 0;
            for (agent, half_days, tokens) in things {
                let at = Timestamp::from_millis(half_days * DAY / 2);
                counted += u64::from(at >= since);
                let counts = Counts { attempts: 1, input_tokens: tokens, ..Counts::default() };
                usage.count(["a", "b", "c"][agent], at, &counts);
            }
            let sum = |all: Vec<&Counts>| {
                all.into_iter().fold(Counts::default(), |mut sum, counts| {
                    sum.add(counts);
                    sum
                })
            };
            prop_assert_eq!(usage.total.attempts, counted);
            prop_assert_eq!(sum(usage.agents.values().collect()), usage.total);
            prop_assert_eq!(sum(usage.days.values().collect()), usage.total);
            prop_assert!(usage.days.keys().all(|day| *day >= since && midnight(*day) == *day));
        }
    }

    #[test]
    fn what_no_agent_said_stays_unsaid() {
        let mut sum = Counts::default();
        sum.add(&Counts::default());
        assert_eq!((sum.input_tokens, sum.cost_micro_usd), (None, None));
        sum.add(&Counts { cost_micro_usd: Some(5), ..Counts::default() });
        sum.add(&Counts::default());
        assert_eq!(sum.cost_micro_usd, Some(5));
    }
}
