//! What was asked of the server and has no answer yet, with what the person wrote for it. It must not know what any of it
//! is about.

use owt_api as api;

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
    /// What was refused or has failed, until something about it changes.
    failed: Vec<Failed>,
}

/// A deed that came to nothing.
#[derive(Debug)]
struct Failed {
    /// The workspace's folder.
    path: String,
    why: String,
    /// How its work stood then: another state is another try's.
    stood: api::Standing,
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
        self.forget(&path);
        self.under_way.push(UnderWay { ticket, path, doing });
    }

    /// What is being done there.
    pub(crate) fn doing(&self, path: &str) -> Option<&str> {
        let about_it = self.under_way.iter().find(|under_way| under_way.path == path);
        about_it.map(|under_way| under_way.doing.as_str())
    }

    /// The folder of the workspace that a deed is about.
    pub(crate) fn whose(&self, ticket: Ticket) -> Option<String> {
        self.under_way.iter().find(|under_way| under_way.ticket == ticket).map(|it| it.path.clone())
    }

    /// It came to nothing, for this reason.
    pub(crate) fn fail(&mut self, path: String, why: String, stood: api::Standing) {
        self.forget(&path);
        self.failed.push(Failed { path, why, stood });
    }

    /// The person has taken note; whether there was anything.
    pub(crate) fn forget(&mut self, path: &str) -> bool {
        let before = self.failed.len();
        self.failed.retain(|failed| failed.path != path);
        self.failed.len() < before
    }

    /// What has failed is of no work that has changed since.
    pub(crate) fn keep_what_failed(&mut self, is_as_it_was: impl Fn(&str, &api::Standing) -> bool) {
        self.failed.retain(|failed| is_as_it_was(&failed.path, &failed.stood));
    }

    /// Why the last deed about the work in this folder came to nothing.
    pub(crate) fn why_not(&self, path: &str) -> Option<&str> {
        self.failed.iter().find(|failed| failed.path == path).map(|failed| failed.why.as_str())
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
