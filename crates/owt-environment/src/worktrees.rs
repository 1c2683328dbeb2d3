//! The port as this room fills it.

use owt_core::AbsPath;
use owt_core::environment::PortBlock;
use owt_core::environment::RelPath;
use owt_ports::BuildCache;
use owt_ports::Effort;
use owt_ports::EnvironmentError;
use owt_ports::Environments;
use owt_ports::Footprint;
use owt_ports::FurnishPlan;
use owt_ports::Furnished;
use owt_ports::HookOutcome;
use owt_ports::HookPlan;
use owt_ports::InstallOutcome;
use owt_ports::InstallPlan;
use owt_ports::IsCancelled;
use owt_ports::OnCommand;
use owt_ports::OnProgress;
use owt_ports::Survey;
use owt_ports::SurveyRequest;

use crate::build_caches;
use crate::exclusive;
use crate::fault;
use crate::furnish;
use crate::install;
use crate::listing;
use crate::sockets;

/// [`Environments`] on this machine.
#[derive(Debug, Default, Clone, Copy)]
pub struct WorktreeEnvironments;

impl Environments for WorktreeEnvironments {
    fn survey(&self, request: &SurveyRequest) -> Result<Survey, EnvironmentError> {
        listing::survey(request)
    }

    fn furnish(&self, plan: &FurnishPlan) -> Result<Furnished, EnvironmentError> {
        furnish::furnish(plan)
    }

    fn install(
        &self,
        plan: &InstallPlan,
        progress: OnProgress<'_>,
        cancelled: IsCancelled<'_>,
    ) -> Result<InstallOutcome, EnvironmentError> {
        install::install(plan, progress, cancelled)
    }

    fn run_hook(
        &self,
        plan: &HookPlan,
        begun: OnCommand<'_>,
        cancelled: IsCancelled<'_>,
    ) -> Result<HookOutcome, EnvironmentError> {
        install::run_hook(plan, begun, cancelled)
    }

    fn end_leftover(&self, log: &AbsPath) -> Result<(), EnvironmentError> {
        install::end_leftover(log)
    }

    fn footprint(&self, folder: &AbsPath, effort: Effort) -> Result<Footprint, EnvironmentError> {
        let path = folder.as_path();
        exclusive::footprint(path, effort).map_err(|error| fault::at(folder, path, &error))
    }

    fn build_caches(
        &self,
        worktree: &AbsPath,
        folders: &[RelPath],
    ) -> Result<Vec<BuildCache>, EnvironmentError> {
        build_caches::among(worktree, folders)
    }

    fn drop_cache(&self, worktree: &AbsPath, folder: &RelPath) -> Result<(), EnvironmentError> {
        build_caches::remove(worktree, folder)
    }

    fn free_space(&self, folder: &AbsPath) -> Result<u64, EnvironmentError> {
        exclusive::free(folder.as_path()).map_err(|error| fault::at(folder, folder.as_path(), &error))
    }

    fn busy_ports(&self, block: PortBlock) -> Vec<u16> {
        sockets::busy(block)
    }
}
