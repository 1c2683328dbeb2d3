//! The port as this room fills it.

use owt_core::AbsPath;
use owt_core::environment::PortBlock;
use owt_ports::EnvironmentError;
use owt_ports::Environments;
use owt_ports::FurnishPlan;
use owt_ports::Furnished;
use owt_ports::InstallOutcome;
use owt_ports::InstallPlan;
use owt_ports::IsCancelled;
use owt_ports::OnProgress;
use owt_ports::Survey;
use owt_ports::SurveyRequest;

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

    fn end_leftover(&self, log: &AbsPath) -> Result<(), EnvironmentError> {
        install::end_leftover(log)
    }

    fn exclusive_bytes(&self, folder: &AbsPath) -> Result<u64, EnvironmentError> {
        let path = folder.as_path();
        exclusive::bytes(path).map_err(|error| fault::at(folder, path, &error))
    }

    fn busy_ports(&self, block: PortBlock) -> Vec<u16> {
        sockets::busy(block)
    }
}
