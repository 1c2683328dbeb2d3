//! Commands that a worktree is set up or taken down with: run as an install runs its own.

use owt_ports::EnvironmentError;
use owt_ports::HookOutcome;
use owt_ports::HookPlan;
use owt_ports::InstallPlan;
use owt_ports::InstallProgress;
use owt_ports::IsCancelled;
use owt_ports::OnCommand;

use super::Shared;
use super::attempt::Attempt;

pub(crate) fn run_hook(
    plan: &HookPlan,
    begun: OnCommand<'_>,
    cancelled: IsCancelled<'_>,
) -> Result<HookOutcome, EnvironmentError> {
    let install = InstallPlan {
        root: plan.root.clone(),
        projects: Vec::new(),
        environment: plan.environment.clone(),
        log: plan.log.clone(),
        limit: plan.limit,
    };
    let progress = |at: InstallProgress| {
        if let InstallProgress::Step { step, .. } = at {
            begun(step);
        }
    };
    let shared = Shared::begin(&install, &progress, cancelled)?;
    let ended = Attempt::of_setting(&shared, plan.setting, &plan.commands).run();
    let mut notices = shared.finish().notices;
    if ended.left_running > 0 {
        let count = ended.left_running;
        notices.push(format!("{count} processes that its commands left running were ended"));
    }
    Ok(HookOutcome { failure: ended.failure, notices })
}
