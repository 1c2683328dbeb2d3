//! Writing down what is to be made. From then on effects do the work.

use std::collections::BTreeMap;

use owt_core::DeliveryId;
use owt_core::WorkspaceId;
use owt_core::authority::Principal;
use owt_core::delivery::Sender;
use owt_core::effect::Message;
use owt_core::job::Creator;
use owt_core::job::JobInput;
use owt_core::job::JobLimits;
use owt_core::job::JobSpec;
use owt_core::job::Order;
use owt_core::job::Terms;
use owt_core::session::SessionLimits;
use owt_core::workspace::WorkspaceInput;

use super::Blueprint;
use super::NewError;
use super::NewRequest;
use super::Role;
use super::Start;
use crate::engine::Engine;
use crate::entity::to_json;
use crate::use_cases::send::accept;
use crate::use_cases::send::keep_message;

/// Records job, message and workspace; from here on effects do the work.
pub(super) fn record(
    engine: &Engine,
    start: &Start<'_>,
    id: WorkspaceId,
    blueprint: Blueprint,
) -> Result<Option<DeliveryId>, NewError> {
    let Start { new, asker, request, .. } = *start;
    let is_setting = |name: &str| engine.ports().settings.is_setting(name);
    let environment = session_environment(&new.environment, &is_setting);
    engine.ports().files.write(&engine.home().environment(id), to_json(&environment)?.as_bytes())?;
    let sender = match asker {
        Principal::Person => Sender::Person,
        Principal::Attempt(scope) => Sender::Attempt(scope.attempt),
    };
    let message = match &new.work.task {
        Some(task) => Some(keep_message(engine, id, task, sender, new.work.meaning)?),
        None => None,
    };
    let delivery = message.as_ref().map(|(delivery, _)| *delivery);
    let job = job_spec(start, &blueprint, id, delivery);
    let job_id = blueprint.spec.job;
    engine.dispatch(
        Message::Job { id: job_id, input: JobInput::Create { id: job_id, spec: Box::new(job) } },
        request,
    )?;
    if let Some(message) = message {
        accept(engine, message, request)?;
    }
    let input = WorkspaceInput::Request { id, spec: Box::new(blueprint.spec) };
    engine.dispatch(Message::Workspace { id, input }, request)?;
    Ok(delivery)
}

pub(super) fn job_spec(
    start: &Start<'_>,
    blueprint: &Blueprint,
    workspace: WorkspaceId,
    delivery: Option<DeliveryId>,
) -> JobSpec {
    let Start { new, settings, asker, .. } = start;
    let agent = &blueprint.agent;
    JobSpec {
        workspace,
        title: title(new, blueprint),
        task: new.work.task.as_ref().map(|task| task.as_str().to_owned()),
        delivery,
        agent: agent.name().to_owned(),
        model: new.agent.model.clone(),
        session: agent.session,
        permissions: agent.permissions,
        plan_mode: agent.plans,
        manner: start.manner.cloned(),
        parents: start.parents.to_vec(),
        context: new.agent.context.unwrap_or(settings.context),
        order: Order { depends_on: Vec::new(), priority: 0 },
        terms: Terms {
            scope: Vec::new(),
            limits: JobLimits {
                session: session_limits(new, settings.limits(agent.session)),
                attempts: 1,
                allowance: settings.allowance,
            },
            retry: settings.retry,
            checks: Vec::new(),
        },
        creator: match asker {
            Principal::Person => Creator::Person,
            Principal::Attempt(scope) => Creator::Attempt(scope.attempt),
        },
        committer: agent.committer,
    }
}

/// Who looks at another's work is ended in time by whoever keeps its session, also where nobody waits for it any more.
fn session_limits(new: &NewRequest, configured: SessionLimits) -> SessionLimits {
    let Some(Role::Reviews { limit, .. }) = &new.role else { return configured };
    SessionLimits { wall: Some(configured.wall.map_or(*limit, |wall| wall.min(*limit))), ..configured }
}

fn title(new: &NewRequest, blueprint: &Blueprint) -> String {
    let from_task = new.work.task.as_ref().map(|task| owt_core::branch_naming::title_for_task(task.as_str()));
    new.work.title.clone().or(from_task).unwrap_or_else(|| blueprint.spec.name.to_string())
}

/// The environment that the workspace's agents start with: the caller's, without what is ours or leads git
/// and tmux astray. `OWT_DEMO_` is not ours: those are the demo agent's. Nor are settings: what the person said by a
/// variable holds for what is installed, set up and started later, and for what is called from there.
fn session_environment(
    environment: &BTreeMap<String, String>,
    is_setting: &dyn Fn(&str) -> bool,
) -> BTreeMap<String, String> {
    let drop = |name: &str| {
        (name.starts_with("OWT_") && !name.starts_with("OWT_DEMO_") && !is_setting(name))
            || matches!(name, "TMUX" | "TMUX_PANE" | "OLDPWD" | "SHLVL" | "_" | "LINES" | "COLUMNS")
            || (name.starts_with("GIT_")
                && !matches!(name, "GIT_SSH" | "GIT_SSH_COMMAND" | "GIT_ASKPASS")
                && !name.starts_with("GIT_AUTHOR_")
                && !name.starts_with("GIT_COMMITTER_")
                && !name.starts_with("GIT_CONFIG_"))
    };
    environment.iter().filter(|(name, _)| !drop(name)).map(|(k, v)| (k.clone(), v.clone())).collect()
}
