//! A message in the words and the form that its agent's program takes.

use owt_agents::delivery;
use owt_agents::launch::PREAMBLE_FILE;
use owt_agents::manifest::PromptTransport;
use owt_agents::protocol::PromptFrame;
use owt_agents::protocol::Protocol;
use owt_agents::screen::classify;
use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::briefing::message_from_owt;
use owt_core::delivery::Delivery;
use owt_core::delivery::Sender;
use owt_core::effect::InjectionForm;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::text::Prompt;
use owt_ports::FileError;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::Payload;
use owt_ports::SessionError;
use owt_ports::StoreError;

use super::session::Scene;
use super::session::SessionEffects;
use super::session::echo_id;
use crate::agent_choice::wording;
use crate::observer::screen_view;
use crate::settings::BrokenSettings;
use crate::settings::Settings;
use crate::workspace_settings::settings_of;

/// Texts longer than this are not typed into a terminal: the agent is told the file.
const MAX_TYPED_BYTES: u64 = 32 * 1024;

impl SessionEffects {
    /// The settings that an attempt's session is under.
    pub(super) fn settings_of(
        &self,
        attempt: AttemptId,
    ) -> Result<Result<Settings, BrokenSettings>, StoreError> {
        let scene = self.scene(attempt)?;
        let id = scene.attempt.spec.workspace;
        Ok(settings_of(&self.ports, &self.home, (id, scene.workspace.spec.source())))
    }

    /// A message in the form that the attempt's program takes.
    pub(super) fn compose(
        &self,
        id: DeliveryId,
        delivery: &Delivery,
        attempt: AttemptId,
        form: InjectionForm,
        text: &str,
    ) -> Result<Result<Injection, Failure>, StoreError> {
        let scene = self.scene(attempt)?;
        let unsupported = |message: String| Ok(Err(Failure::new(FailureKind::Unsupported, message)));
        let settings = match self.settings_of(attempt)? {
            Ok(settings) => settings,
            Err(broken) => return unsupported(broken.message),
        };
        let manifest = match settings.catalog.get(&scene.job.spec.agent) {
            Ok(manifest) => manifest,
            Err(unknown) => return unsupported(unknown.to_string()),
        };
        let Some(mode) = manifest.mode(scene.attempt.spec.session) else {
            return unsupported(format!("{} has no such session", manifest.display_name));
        };
        let Ok(prompt) = Prompt::new(text) else {
            return unsupported("the message's text is damaged".to_owned());
        };
        let meaning = wording(delivery.spec.meaning);
        let key = InjectionKey::Delivery(id);
        let payload = match (Protocol::of(mode.output), mode.prompt) {
            (Some(protocol), PromptTransport::Protocol) => {
                let text = delivery::plain(manifest, &prompt, meaning);
                let attempt = &scene.attempt;
                let conversation = attempt.conversation.as_deref().or(attempt.spec.resumes.as_deref());
                let model = scene.job.spec.model.as_deref();
                match protocol.prompt(&PromptFrame { id: &echo_id(id), conversation, text: &text, model }) {
                    Ok(line) => Payload::Line(line),
                    Err(unnamed) => return unsupported(unnamed.to_string()),
                }
            }
            _ => {
                let by_file = form == InjectionForm::FileReference || delivery.spec.bytes > MAX_TYPED_BYTES;
                let typed = delivery::for_terminal(manifest, &prompt, meaning);
                let text = if by_file {
                    file_reference(&delivery.spec.text, delivery.spec.sender)
                } else {
                    typed.text
                };
                let text = match self.told_by_file(&scene, id)? {
                    Some(file) => delivery::behind_pointer(&file, &text),
                    None => text,
                };
                Payload::Paste { text, submit: typed.submit }
            }
        };
        Ok(Ok(Injection { key, payload }))
    }
}

impl SessionEffects {
    /// The file with what an agent is told besides its task, where its start wrote one for a line before that task.
    fn told_by_file(&self, scene: &Scene, id: DeliveryId) -> Result<Option<AbsPath>, StoreError> {
        let file = self.home.attempt(scene.id).join(PREAMBLE_FILE);
        if scene.attempt.spec.delivery != Some(id) {
            return Ok(None);
        }
        match self.ports.files.read(&file) {
            Ok(found) => Ok(found.map(|_| file)),
            Err(FileError::Crashed) => Err(StoreError::Crashed),
            Err(error) => {
                tracing::warn!(attempt = %scene.id, %error, "an agent is not told where it works");
                Ok(None)
            }
        }
    }

    /// Whether a text stands in the prompt box of a terminal's program that is not the one that is to be put there: what is
    /// pasted behind it would be entered with it. A box that cannot be seen is not in the way.
    pub(super) fn stands_before_draft(
        &self,
        attempt: AttemptId,
        injection: &Injection,
    ) -> Result<bool, StoreError> {
        let Payload::Paste { text, .. } = &injection.payload else { return Ok(false) };
        let scene = self.scene(attempt)?;
        let Ok(settings) = self.settings_of(attempt)? else { return Ok(false) };
        let Ok(manifest) = settings.catalog.get(&scene.job.spec.agent) else { return Ok(false) };
        let screen = match self.ports.sessions.screen(attempt) {
            Ok(screen) => screen,
            Err(SessionError::Crashed) => return Err(StoreError::Crashed),
            Err(_) => return Ok(false),
        };
        let draft = classify(manifest, &screen_view(&screen)).draft;
        Ok(draft.is_some_and(|draft| !delivery::is_left_of(text, &draft)))
    }
}

/// One line that names the file with the message, and whose words are in it.
fn file_reference(path: &AbsPath, sender: Sender) -> String {
    match sender {
        Sender::Person => {
            format!(
                "Read the file {path} and do what it says: it is your task, written by the person you work for."
            )
        }
        Sender::Attempt(_) => {
            format!(
                "[owt] A message of another agent, not from the person you work for, is in the file {path}: read it."
            )
        }
        Sender::Owt => {
            message_from_owt(&format!("read the file {path}, which says what there is to know, and go on."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_the_persons_only_if_it_is() {
        let path = AbsPath::new("/d/dlv_1.txt").unwrap();
        let senders = [Sender::Person, Sender::Attempt(AttemptId::from_bits(1)), Sender::Owt];
        let said = senders.map(|sender| file_reference(&path, sender));
        assert!(said.iter().all(|line| line.contains("/d/dlv_1.txt") && !line.contains('\n')), "{said:?}");
        let by_the_person = said.each_ref().map(|line| line.contains("written by the person you work for"));
        assert_eq!(by_the_person, [true, false, false]);
        assert!(said[1].contains("not from the person"), "{}", said[1]);
        assert!(said[2].starts_with("[owt] From owt"), "{}", said[2]);
    }
}
