//! What was asked of the server and has no answer yet, with what the person wrote for it. It must not know what any of it
//! is about.

use crate::event::Look;
use crate::event::Ticket;
use crate::layer::Writing;

/// What is under way.
#[derive(Debug, Default)]
pub(crate) struct Errands {
    tickets: u64,
    looks: u64,
    /// What the person wrote, until it is known to have arrived.
    written: Vec<(Ticket, Writing)>,
    /// What the person waits for, about which workspace.
    under_way: Vec<UnderWay>,
}

/// A deed that takes its time.
#[derive(Debug)]
struct UnderWay {
    ticket: Ticket,
    /// The workspace's folder.
    path: String,
    doing: String,
}

impl Errands {
    pub(crate) fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    pub(crate) fn look(&mut self) -> Look {
        self.looks += 1;
        Look(self.looks)
    }

    /// This is being done to the workspace in that folder.
    pub(crate) fn begin(&mut self, ticket: Ticket, path: String, doing: String) {
        self.under_way.push(UnderWay { ticket, path, doing });
    }

    /// What is being done there.
    pub(crate) fn doing(&self, path: &str) -> Option<&str> {
        let about_it = self.under_way.iter().find(|under_way| under_way.path == path);
        about_it.map(|under_way| under_way.doing.as_str())
    }

    /// Until it has arrived nobody else has it.
    pub(crate) fn keep(&mut self, ticket: Ticket, writing: Writing) {
        self.written.push((ticket, writing));
    }

    /// There is an answer: what was written for it.
    pub(crate) fn end(&mut self, ticket: Ticket) -> Option<Writing> {
        self.under_way.retain(|under_way| under_way.ticket != ticket);
        let at = self.written.iter().position(|(of, _)| *of == ticket)?;
        Some(self.written.remove(at).1)
    }
}
