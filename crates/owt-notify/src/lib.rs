//! Ways to a person: the bell of their terminals, their desktop, a command of theirs, a webhook.
//!
//! This room tells what it is given; it must not know what is worth telling, nor when. Whatever it sends is one line
//! from agents at most: no shell, no mark-up, no terminal takes any of it for an instruction.

mod command;
mod desktop;
mod facts;
mod signature;
mod webhook;

use std::sync::Arc;

use owt_ports::Notifier;
use owt_ports::NotifyError;
use owt_ports::Sessions;
use owt_ports::Telling;
use owt_ports::Way;

pub use signature::signature;
use webhook::Client;

/// The ways of this machine.
pub struct LocalNotifier {
    sessions: Arc<dyn Sessions>,
    search_path: String,
    client: Client,
}

impl LocalNotifier {
    /// Rings where sessions are looked at; programs are found on this search path (`PATH`).
    pub fn new(sessions: Arc<dyn Sessions>, search_path: String) -> Self {
        Self { sessions, search_path, client: Client::default() }
    }
}

impl Notifier for LocalNotifier {
    fn tell(&self, way: &Way, telling: &Telling) -> Result<(), NotifyError> {
        match way {
            // Nobody looks: nobody is rung, and nothing is wrong.
            Way::Bell => match self.sessions.ring(&telling.headline()) {
                Ok(_) => Ok(()),
                Err(error) => Err(NotifyError::Failed(error.to_string())),
            },
            Way::Desktop => desktop::show(telling, &self.search_path),
            Way::Command(argv) => command::run(argv, telling),
            Way::Webhook(webhook) => self.client.post(webhook, telling),
            Way::Broken { why, .. } => Err(NotifyError::Unavailable(why.clone())),
        }
    }
}
