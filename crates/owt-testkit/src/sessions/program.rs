//! What a fake program does.

use std::sync::Arc;

use owt_core::offspring::Offspring;
use owt_core::session::Exit;
use owt_ports::Payload;
use owt_ports::Screen;
use owt_ports::SessionPlan;
use owt_ports::Stream;

/// One thing that a program does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Prints bytes.
    Print(Stream, Vec<u8>),
    /// Shows this picture on its terminal.
    Show(Screen),
    /// From now on these programs live below it: those that are missing have ended.
    Family(Vec<Offspring>),
    /// Ends by itself: [`Exit::Code`] or [`Exit::Signal`].
    End(Exit),
}

/// A program that reacts. What it does unasked comes through [`FakeSessions::act`](super::FakeSessions::act).
pub trait FakeProgram: Send {
    /// What it does first.
    fn started(&mut self, plan: &SessionPlan) -> Vec<Act>;

    /// What it does about something that is put before it.
    fn given(&mut self, payload: &Payload) -> Vec<Act>;
}

/// A program that does nothing by itself.
#[derive(Debug, Clone, Copy)]
pub struct Idle;

impl FakeProgram for Idle {
    fn started(&mut self, _plan: &SessionPlan) -> Vec<Act> {
        Vec::new()
    }

    fn given(&mut self, _payload: &Payload) -> Vec<Act> {
        Vec::new()
    }
}

/// Chooses the program of a session, or says with which `errno` it cannot be started.
pub type Casting = Arc<dyn Fn(&SessionPlan) -> Result<Box<dyn FakeProgram>, i32> + Send + Sync>;

/// Every program is [`Idle`].
pub fn everybody_idle() -> Casting {
    Arc::new(|_| Ok(Box::new(Idle)))
}
