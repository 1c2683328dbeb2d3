//! What was used, on its way between wire and engine.

use std::cmp::Reverse;

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::Timestamp;
use owt_core::pricing::Cost;
use owt_engine::use_cases::Counts;
use owt_engine::use_cases::Scope;
use owt_engine::use_cases::Usage;
use owt_engine::use_cases::UsageRequest;

use super::from_wire;

/// Most days that can be asked for: ten years.
const MAX_DAYS: u32 = 3660;

/// Most workspaces, jobs and attempts that are told one by one.
const MOST: usize = 200;

pub(super) fn request(request: &api::ReadUsage) -> Result<UsageRequest, Problem> {
    if !(1..=MAX_DAYS).contains(&request.days) {
        let message = format!("a number of days is from 1 to {MAX_DAYS}");
        return Err(Problem::new(ErrorCode::Usage, message));
    }
    Ok(UsageRequest {
        folder: from_wire::folder(&request.cwd)?,
        scope: if request.all_repos { Scope::Everything } else { Scope::Repository },
        days: request.days,
    })
}

pub(super) fn usage(found: &Usage, days: u32) -> api::Usage {
    let by_agent = found.agents.iter();
    let by_day = found.days.iter().rev();
    api::Usage {
        since: day(found.since),
        days,
        total: counts(&found.total),
        by_agent: by_agent
            .map(|(agent, used)| api::AgentUsage { agent: agent.clone(), counts: counts(used) })
            .collect(),
        by_model: found
            .models
            .iter()
            .map(|(model, used)| api::ModelUsage { model: model.clone(), counts: counts(used) })
            .collect(),
        by_repository: found
            .repositories
            .iter()
            .map(|(folder, used)| api::RepositoryUsage { repository: folder.clone(), counts: counts(used) })
            .collect(),
        by_workspace: workspaces(found),
        by_job: jobs(found),
        by_attempt: attempts(found),
        by_day: by_day.map(|(at, used)| api::DayUsage { day: day(*at), counts: counts(used) }).collect(),
    }
}

/// The dearest: by cost, then by tokens, then by time.
fn dearest<'a, K, T: 'a>(
    all: impl Iterator<Item = (K, &'a T)>,
    used: impl Fn(&T) -> &Counts,
) -> impl Iterator<Item = (K, &'a T)> {
    let tokens =
        |used: &Counts| used.input_tokens.unwrap_or(0).saturating_add(used.output_tokens.unwrap_or(0));
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(_, it)| {
        let used = used(it);
        Reverse((used.cost.map(Cost::micro_usd), tokens(used), used.running))
    });
    all.into_iter().take(MOST)
}

fn workspaces(found: &Usage) -> Vec<api::WorkspaceUsage> {
    let told = dearest(found.workspaces.iter(), |used| used);
    told.map(|((name, job), used)| api::WorkspaceUsage {
        workspace: name.clone(),
        job: job.to_string(),
        counts: counts(used),
    })
    .collect()
}

fn jobs(found: &Usage) -> Vec<api::JobUsage> {
    let told = dearest(found.jobs.iter(), |of| &of.counts);
    told.map(|(id, of)| api::JobUsage {
        job: id.to_string(),
        title: of.title.clone(),
        workspace: of.workspace.clone(),
        agent: of.agent.clone(),
        counts: counts(&of.counts),
    })
    .collect()
}

fn attempts(found: &Usage) -> Vec<api::AttemptUsage> {
    let told = dearest(found.attempts.iter(), |of| &of.counts);
    told.map(|(id, of)| api::AttemptUsage {
        attempt: id.to_string(),
        number: of.number,
        job: of.job.to_string(),
        workspace: of.workspace.clone(),
        agent: of.agent.clone(),
        model: of.model.clone(),
        started_at: super::to_wire::time(of.started_at),
        counts: counts(&of.counts),
    })
    .collect()
}

fn day(at: Timestamp) -> String {
    super::to_wire::time(at).chars().take("2026-01-02".len()).collect()
}

fn counts(used: &Counts) -> api::UsageCounts {
    let tokens = used.input_tokens.zip(used.output_tokens);
    api::UsageCounts {
        workspaces: used.workspaces,
        jobs: api::JobEnds {
            done: used.jobs.done,
            failed: used.jobs.failed,
            exited: used.jobs.exited,
            open: used.jobs.open,
        },
        attempts: used.attempts,
        deliveries: used.deliveries,
        running_s: used.running.as_secs(),
        tokens: tokens.map(|(input, output)| api::Tokens { input, output }),
        cost_usd: used.cost.map(|cost| super::to_wire::dollars(cost.micro_usd())),
        cost_estimated: used.cost.is_some_and(Cost::is_estimated),
        cost_partial: used.cost.is_some() && used.without_cost > 0,
        attempts_without_cost: used.without_cost,
        tokens_partial: tokens.is_some() && used.without_tokens > 0,
        attempts_without_tokens: used.without_tokens,
    }
}
