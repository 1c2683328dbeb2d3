//! What was used: counted from the records, by agent, model, repository, workspace, job, attempt and day. What an agent does not say of its
//! costs is estimated by the person's prices, and is known as an estimate.

use std::collections::BTreeMap;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::JobId;
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
use owt_core::pricing::Cost;
use owt_core::pricing::Prices;
use owt_core::pricing::cost_of;
use owt_core::pricing::plain_name;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;

use super::ListError;
use super::Scope;
use crate::engine::Engine;
use crate::facts::prices;
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
    /// What it has cost.
    pub cost: Option<Cost>,
    /// Attempts of which no tokens are known: a sum with them is at least so much.
    pub without_tokens: u64,
    /// The same of what they have cost.
    pub without_cost: u64,
}

impl Counts {
    const NOTHING: Self = Self {
        workspaces: 0,
        jobs: JobEnds { done: 0, failed: 0, exited: 0, open: 0 },
        attempts: 0,
        deliveries: 0,
        running: Duration::ZERO,
        input_tokens: None,
        output_tokens: None,
        cost: None,
        without_tokens: 0,
        without_cost: 0,
    };

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
        self.cost = match (self.cost, other.cost) {
            (Some(one), Some(other)) => Some(one.plus(other)),
            (one, other) => one.or(other),
        };
        self.without_tokens += other.without_tokens;
        self.without_cost += other.without_cost;
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
    /// By model, without the name of its maker: what belongs to a session. `None` is what no agent has named.
    pub models: BTreeMap<Option<String>, Counts>,
    /// By repository: its main checkout; `None` is what belongs to a plain folder.
    pub repositories: BTreeMap<Option<String>, Counts>,
    /// By workspace and its job.
    pub workspaces: BTreeMap<(String, JobId), Counts>,
    /// By job.
    pub jobs: BTreeMap<JobId, OfJob>,
    /// By attempt: what belongs to a session.
    pub attempts: BTreeMap<AttemptId, OfAttempt>,
    /// By day (its midnight, UTC), for the days with anything.
    pub days: BTreeMap<Timestamp, Counts>,
}

/// What one job used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfJob {
    /// Its title.
    pub title: String,
    /// The workspace that it is done in.
    pub workspace: String,
    /// The agent that does it.
    pub agent: String,
    /// What it used.
    pub counts: Counts,
}

/// What one attempt used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfAttempt {
    /// Which of its job's it is.
    pub number: u32,
    /// Its job.
    pub job: JobId,
    /// The workspace that it works in.
    pub workspace: String,
    /// Its agent.
    pub agent: String,
    /// The model, as the agent calls it; `None` where it has named none.
    pub model: Option<String>,
    /// When it was started.
    pub started_at: Timestamp,
    /// What it used.
    pub counts: Counts,
}

/// A session that is counted.
#[derive(Debug, Clone, Copy)]
struct Session<'a> {
    id: AttemptId,
    number: u32,
    model: Option<&'a str>,
    started_at: Timestamp,
}

/// To whom something is counted.
#[derive(Debug, Clone, Copy)]
struct Whose<'a> {
    agent: &'a str,
    title: &'a str,
    repository: Option<&'a str>,
    workspace: &'a str,
    job: JobId,
}

impl Usage {
    const fn since(since: Timestamp) -> Self {
        Self {
            since,
            total: Counts::NOTHING,
            agents: BTreeMap::new(),
            models: BTreeMap::new(),
            repositories: BTreeMap::new(),
            workspaces: BTreeMap::new(),
            jobs: BTreeMap::new(),
            attempts: BTreeMap::new(),
            days: BTreeMap::new(),
        }
    }

    /// Counts something that belongs to a moment; what was before the span is left out.
    fn count(&mut self, whose: Whose<'_>, at: Timestamp, counts: &Counts) {
        if at < self.since {
            return;
        }
        self.total.add(counts);
        self.agents.entry(whose.agent.to_owned()).or_default().add(counts);
        self.repositories.entry(whose.repository.map(str::to_owned)).or_default().add(counts);
        self.workspaces.entry((whose.workspace.to_owned(), whose.job)).or_default().add(counts);
        let of_job = self.jobs.entry(whose.job).or_insert_with(|| OfJob {
            title: whose.title.to_owned(),
            workspace: whose.workspace.to_owned(),
            agent: whose.agent.to_owned(),
            counts: Counts::default(),
        });
        of_job.counts.add(counts);
        self.days.entry(midnight(at)).or_default().add(counts);
    }

    /// The same of a session, which has a model. Each is counted once.
    fn count_session(&mut self, whose: Whose<'_>, session: Session<'_>, counts: &Counts) {
        self.count(whose, session.started_at, counts);
        if session.started_at < self.since {
            return;
        }
        self.models.entry(session.model.map(|model| plain_name(model).to_owned())).or_default().add(counts);
        self.attempts.insert(
            session.id,
            OfAttempt {
                number: session.number,
                job: whose.job,
                workspace: whose.workspace.to_owned(),
                agent: whose.agent.to_owned(),
                model: session.model.map(str::to_owned),
                started_at: session.started_at,
                counts: *counts,
            },
        );
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
    let mut usage = Usage::since(since);
    let prices = prices(engine);
    engine.records().each::<Workspace>(repository.as_deref(), Which::All, &mut |record| {
        count_workspace(engine, &record, (now, &prices), &mut usage)
    })?;
    Ok(usage)
}

fn count_workspace(
    engine: &Engine,
    workspace: &Record<Workspace>,
    (now, prices): (Timestamp, &Prices),
    usage: &mut Usage,
) -> Result<(), StoreError> {
    let Some(job) = engine.records().load::<Job>(workspace.state.spec.job)? else { return Ok(()) };
    let spec = &workspace.state.spec;
    let whose = Whose {
        agent: &job.spec.agent,
        title: &job.spec.title,
        repository: spec.repository().map(|repository| repository.root.as_str()),
        workspace: spec.name.as_str(),
        job: spec.job,
    };
    let made = Counts { workspaces: 1, jobs: ends(&job.phase), ..Counts::default() };
    usage.count(whose, workspace.created_at, &made);
    for id in &job.attempts {
        let Some(attempt) = engine.records().load::<Attempt>(*id)? else { continue };
        if let Some(started_at) = attempt.started_at {
            let model = attempt.model.as_deref().or(job.spec.model.as_deref());
            let cost = cost_of(&attempt.usage, model, prices);
            let session = Session { id: *id, number: attempt.spec.number, model, started_at };
            let without_cost = u64::from(cost.is_none());
            let counts = Counts { cost, without_cost, ..of_attempt(&attempt, started_at, now) };
            usage.count_session(whose, session, &counts);
        }
    }
    let parent = workspace.id.to_string();
    engine.records().each::<Delivery>(Some(&parent), Which::All, &mut |record| {
        usage.count(whose, record.created_at, &Counts { deliveries: 1, ..Counts::default() });
        Ok(())
    })
}

fn of_attempt(attempt: &Attempt, started: Timestamp, now: Timestamp) -> Counts {
    let until = match attempt.phase {
        AttemptPhase::Ended { at, .. } => at,
        AttemptPhase::Launching | AttemptPhase::Running { .. } => now,
    };
    let told = attempt.usage;
    let tokens = (told.input_tokens > 0 || told.output_tokens > 0).then_some(told);
    Counts {
        attempts: 1,
        running: until.since(started),
        input_tokens: tokens.map(|usage| usage.input_tokens),
        output_tokens: tokens.map(|usage| usage.output_tokens),
        without_tokens: u64::from(tokens.is_none()),
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
        fn every_table_adds_up_to_the_total(
            things in prop::collection::vec((0usize..3, -5i64..5, prop::option::of(0u64..100)), 0..40),
        ) {
            let since = Timestamp::from_millis(0);
            let mut usage = Usage::since(since);
            let mut counted = 0;
            for (index, (agent, half_days, tokens)) in things.into_iter().enumerate() {
                let at = Timestamp::from_millis(half_days * DAY / 2);
                counted += u64::from(at >= since);
                let without_tokens = u64::from(tokens.is_none());
                let counts = Counts { attempts: 1, input_tokens: tokens, without_tokens, ..Counts::default() };
                let named = ["a", "b", "c"][agent];
                let job = JobId::from_bits(agent as u128);
                let whose = Whose { agent: named, title: named, repository: None, workspace: named, job };
                let model = (agent > 0).then_some(named);
                let id = AttemptId::from_bits(index as u128);
                usage.count_session(whose, Session { id, number: 1, model, started_at: at }, &counts);
            }
            let sum = |all: Vec<&Counts>| {
                all.into_iter().fold(Counts::default(), |mut sum, counts| {
                    sum.add(counts);
                    sum
                })
            };
            prop_assert_eq!(usage.total.attempts, counted);
            prop_assert_eq!(sum(usage.agents.values().collect()), usage.total);
            prop_assert_eq!(sum(usage.models.values().collect()), usage.total);
            prop_assert_eq!(sum(usage.repositories.values().collect()), usage.total);
            prop_assert_eq!(sum(usage.workspaces.values().collect()), usage.total);
            prop_assert_eq!(sum(usage.jobs.values().map(|of| &of.counts).collect()), usage.total);
            prop_assert_eq!(sum(usage.attempts.values().map(|of| &of.counts).collect()), usage.total);
            prop_assert_eq!(sum(usage.days.values().collect()), usage.total);
            prop_assert!(usage.days.keys().all(|day| *day >= since && midnight(*day) == *day));
        }
    }

    /// One that Claude Code names and OpenCode names with its maker; what a router calls alike may be something else.
    #[test]
    fn a_model_that_is_named_with_its_maker_is_the_same_model() {
        let mut usage = Usage::since(Timestamp::from_millis(0));
        let job = JobId::from_bits(1);
        let whose = Whose { agent: "a", title: "t", repository: None, workspace: "w", job };
        let names = ["claude-x", "anthropic/claude-x", "router/claude-x"];
        for (bits, name) in (1u128..).zip(names) {
            let session = Session {
                id: AttemptId::from_bits(bits),
                number: 1,
                model: Some(name),
                started_at: Timestamp::from_millis(1),
            };
            usage.count_session(whose, session, &Counts { attempts: 1, ..Counts::default() });
        }
        let models: Vec<_> =
            usage.models.iter().map(|(name, used)| (name.as_deref(), used.attempts)).collect();
        assert_eq!(models, [(Some("claude-x"), 2), (Some("router/claude-x"), 1)]);
        let told: Vec<_> = usage.attempts.values().filter_map(|of| of.model.as_deref()).collect();
        assert_eq!(told, names, "each attempt has the name that its agent gave");
    }

    #[test]
    fn what_no_agent_said_stays_unsaid() {
        let mut sum = Counts::default();
        sum.add(&Counts::default());
        assert_eq!((sum.input_tokens, sum.cost), (None, None));
        sum.add(&Counts { cost: Some(Cost::Told(5)), ..Counts::default() });
        sum.add(&Counts::default());
        assert_eq!(sum.cost, Some(Cost::Told(5)));
        sum.add(&Counts { cost: Some(Cost::Estimated(2)), ..Counts::default() });
        assert_eq!(sum.cost, Some(Cost::Estimated(7)));
    }
}
