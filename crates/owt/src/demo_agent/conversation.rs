//! A conversation from its beginning to its end, with the hooks at their places.

use std::io;

use super::MODEL;
use super::face::Assignment;
use super::face::Ended;
use super::face::Face;
use super::face::Halt;
use super::face::Introduction;
use super::face::Outcome;
use super::hooks::HookEvent;
use super::hooks::Hooks;
use super::pace::Pace;
use super::turn::Liberty;
use super::turn::carry_out;
use super::workplace::Workplace;

/// Whether a conversation is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    Fresh,
    Resumed,
}

/// A conversation to be held.
#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) beginning: Beginning,
    pub(crate) model: Option<String>,
    pub(crate) liberty: Liberty,
    pub(crate) pace: Pace,
    pub(crate) hooks: Hooks,
    pub(crate) place: Workplace,
}

impl Conversation {
    /// Holds it; the exit code.
    ///
    /// # Errors
    /// When the face's streams are of no use any more.
    pub(super) fn live(&self, face: &mut dyn Face) -> io::Result<u8> {
        let mut last = None;
        let (code, reason) = match self.hold(face, &mut last) {
            Ok(()) => (face.close(last), "prompt_input_exit"),
            Err(Halt::Leave(code)) => {
                face.close(last);
                (code, "other")
            }
            Err(Halt::Interrupted) => (face.close(Some(Outcome::Interrupted)), "other"),
            Err(Halt::Broken(error)) => return Err(error),
        };
        self.tell(HookEvent::Closed { reason });
        Ok(code)
    }

    fn hold(&self, face: &mut dyn Face, last: &mut Option<Outcome>) -> Result<(), Halt> {
        face.open(Introduction {
            conversation: &self.id,
            model: self.model.as_deref().unwrap_or(MODEL),
            folder: self.place.folder().as_str(),
            resumed: self.beginning == Beginning::Resumed,
        })?;
        let source = match self.beginning {
            Beginning::Fresh => "startup",
            Beginning::Resumed => "resume",
        };
        self.tell(HookEvent::Started { source });
        while let Some(assignment) = face.next()? {
            *last = Some(self.turn(&assignment, face)?);
        }
        Ok(())
    }

    fn turn(&self, assignment: &Assignment, face: &mut dyn Face) -> Result<Outcome, Halt> {
        face.begin(assignment)?;
        self.tell(HookEvent::Prompted { prompt: &assignment.text });
        let ended = carry_out(&assignment.text, self.liberty, self.pace, &self.place, face)?;
        let Ended { outcome, text, .. } = &ended;
        match outcome {
            Outcome::Completed => self.tell(HookEvent::TurnEnded { text }),
            Outcome::Failed(class) => self.tell(HookEvent::TurnFailed { class: *class, text }),
            // As with other agents: a turn that the person ends has no hook.
            Outcome::Interrupted => {}
        }
        face.end(&ended)?;
        Ok(ended.outcome)
    }

    fn tell(&self, event: HookEvent<'_>) {
        self.hooks.tell(event, &self.id, self.place.folder());
    }
}
