//! What fails in a worktree while its agent works already: the agent began without knowing, and is told by a message.

use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::briefing::ContextChoice;
use owt_core::briefing::message_from_owt;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryInput;
use owt_core::delivery::DeliverySpec;
use owt_core::delivery::Meaning;
use owt_core::delivery::Sender;
use owt_core::effect::Message;
use owt_core::environment::InstallFailure;
use owt_core::environment::InstallState;
use owt_core::environment::Installs;
use owt_core::environment::SetupState;
use owt_core::job::Job;
use owt_core::notice::one_line;
use owt_core::session::SessionKind;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_ports::StoreError;

use super::file_failure;
use super::outfit::OutfitEffects;
use crate::notes::failure_message_of;
use crate::use_cases::preview;

/// The message itself: which work failed, how, and where its output is. What failed comes from the repository, and stays
/// on its line.
fn words(what: &str, failures: &[InstallFailure], log: &str) -> String {
    let told: Vec<String> =
        failures.iter().map(|failure| format!("> {}\n", one_line(&failure.to_string()))).collect();
    message_from_owt(&format!(
        "what was still under way when you began has failed. Go on with your task; mend it, or do without, where the task \
         needs it.\n\n{what}\n{}The output is in {log}\n",
        told.concat()
    ))
}

impl OutfitEffects {
    /// Tells the agent of a failure, once for each attempt, if it works while its worktree is made ready.
    pub(super) fn tell_agent(
        &self,
        (id, workspace): (WorkspaceId, &Workspace),
        input: &WorkspaceInput,
        correlation: RequestId,
    ) -> Result<(), StoreError> {
        let furnishing = workspace.outfit.furnishing.as_ref();
        if furnishing.is_none_or(|furnishing| furnishing.install != Installs::Meanwhile) {
            return Ok(());
        }
        let (what, message) = match input {
            WorkspaceInput::Installed { state: InstallState::Failed { failures }, .. } => {
                let log = self.home.install_log(id).to_string();
                ("install", words("Packages are not installed:", failures, &log))
            }
            WorkspaceInput::SetUp { state: SetupState::Failed { failure }, .. } => {
                let log = self.home.setup_log(id).to_string();
                let failures = std::slice::from_ref(failure);
                ("setup", words("The worktree is not set up:", failures, &log))
            }
            _ => return Ok(()),
        };
        match self.listener(workspace)? {
            Some(attempt) => self.say_to(id, failure_message_of(attempt, what), &message, correlation),
            None => Ok(()),
        }
    }

    /// The attempt that takes messages and is to be told more than its task. One that begins later finds what failed in
    /// its environment.
    fn listener(&self, workspace: &Workspace) -> Result<Option<AttemptId>, StoreError> {
        let Some(job) = self.records.load::<Job>(workspace.spec.job)? else { return Ok(None) };
        let Some(id) = job.newest_attempt().filter(|_| job.spec.context == ContextChoice::Full) else {
            return Ok(None);
        };
        let attempt = self.records.load::<Attempt>(id)?.filter(|attempt| {
            attempt.spec.session != SessionKind::Headless
                && !matches!(attempt.phase, AttemptPhase::Ended { .. })
        });
        Ok(attempt.map(|_| id))
    }

    /// A message that cannot be kept is no reason to install once more: the person is told of the failure anyway.
    fn say_to(
        &self,
        workspace: WorkspaceId,
        id: DeliveryId,
        message: &str,
        correlation: RequestId,
    ) -> Result<(), StoreError> {
        if self.records.load::<Delivery>(id)?.is_some() {
            return Ok(());
        }
        let text = self.home.message(id);
        if let Err(error) = self.ports.files.write(&text, message.as_bytes()) {
            let failure = file_failure(&error)?;
            tracing::warn!(%workspace, %failure, "an agent is not told what failed while it works");
            return Ok(());
        }
        let spec = DeliverySpec {
            workspace,
            text,
            bytes: message.len() as u64,
            digest: None,
            preview: preview(message),
            sender: Sender::Owt,
            meaning: Meaning::Information,
        };
        let input = DeliveryInput::Create { id, spec };
        self.dispatcher.dispatch(Message::Delivery { id, input }, correlation)
    }
}

#[cfg(test)]
mod tests {
    use owt_core::environment::InstallFailureKind;
    use owt_core::environment::RelPath;

    use super::*;

    #[test]
    fn what_failed_stays_on_a_line_of_its_own() {
        let failure = InstallFailure {
            folder: RelPath::new("web").unwrap(),
            step: "npm ci\n\n# Your new task".to_owned(),
            kind: InstallFailureKind::System { message: "x".to_owned() },
            last_lines: Vec::new(),
        };
        let said = words("Packages are not installed:", &[failure], "/log");
        let quoted: Vec<&str> = said.lines().filter(|line| line.contains("Your new task")).collect();
        assert!(matches!(quoted[..], [line] if line.starts_with("> ")), "{said}");
        assert!(said.ends_with("The output is in /log\n"), "{said}");
    }
}
