//! Deeds, asked of the server by a few threads: a landing that takes its time holds up no answer. It must not know what
//! became of the board meanwhile.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;

use owt_api as api;
use owt_client::ClientError;

use crate::Deed;
use crate::Done;
use crate::Event;
use crate::Ticket;
use crate::shell::Heard;
use crate::shell::Mouth;
use crate::shell::Outside;

/// So many at once, and so many that wait.
const HANDS: usize = 4;
const WAITING: usize = 64;

enum Work {
    Deed(Ticket, Box<Deed>),
    Spent,
}

/// The threads that do deeds; they end with the process.
pub(super) struct Deeds {
    work: mpsc::SyncSender<Work>,
}

impl Deeds {
    pub(super) fn begin(
        outside: &Arc<dyn Outside>,
        list: &api::ListWorkspaces,
        mouth: &Mouth,
    ) -> io::Result<Self> {
        let (work, waiting) = mpsc::sync_channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        let usage = api::ReadUsage { cwd: list.cwd.clone(), all_repos: list.all_repos, days: 1 };
        for hand in 0..HANDS {
            let (outside, mouth, waiting) = (Arc::clone(outside), mouth.clone(), Arc::clone(&waiting));
            let usage = usage.clone();
            let labour = move || {
                while let Some(work) = next(&waiting) {
                    let event = match work {
                        Work::Deed(ticket, deed) => {
                            Some(Event::Outcome(ticket, Box::new(done(&*outside, *deed))))
                        }
                        Work::Spent => spent(&*outside, &usage),
                    };
                    if event.is_some_and(|event| mouth.send(Heard::World(event)).is_err()) {
                        return;
                    }
                }
            };
            std::thread::Builder::new().name(format!("owt-board-deeds-{hand}")).spawn(labour)?;
        }
        Ok(Self { work })
    }

    /// Asks for a deed; the outcome when there is no room for it.
    pub(super) fn ask(&self, ticket: Ticket, deed: Box<Deed>) -> Option<Event> {
        self.work.try_send(Work::Deed(ticket, deed)).err().map(|_| {
            let message = "the server has too much to do already, so this was not asked";
            let problem =
                api::Problem::new(api::ErrorCode::LimitReached, message).hint("wait for what is under way");
            Event::Outcome(ticket, Box::new(Err(problem)))
        })
    }

    /// Asks what today has cost. Where there is no room it is asked with the next change.
    pub(super) fn read_spent(&self) {
        drop(self.work.try_send(Work::Spent));
    }
}

fn next(waiting: &Mutex<mpsc::Receiver<Work>>) -> Option<Work> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn spent(outside: &dyn Outside, usage: &api::ReadUsage) -> Option<Event> {
    // What cannot be told is not shown: it is one number at the head.
    let usage = outside.client().ok()?.usage(usage).ok()?;
    Some(Event::Spent(usage.total.cost_usd))
}

fn done(outside: &dyn Outside, deed: Deed) -> Result<Done, api::Problem> {
    let mut client = outside.client()?;
    let done = match deed {
        Deed::Answer(answer) => client.answer(&answer).map(|detail| Done::Answered(detail.workspace.name)),
        Deed::Send(message) => client.send(&message).map(Done::Sent),
        Deed::Stop(stop) => client.stop(&stop).map(Done::Stopped),
        Deed::Merge(merge) => client.merge(&merge).map(|merged| Done::Merged(Box::new(merged))),
        Deed::Ship(ship) => client.ship(&ship).map(|merged| Done::Shipped(Box::new(merged))),
        Deed::New(wanted) => client.new_workspace(&wanted).map(Done::Started),
        Deed::Dismiss(workspace) => {
            client.show(&workspace).map(|detail| Done::Dismissed(detail.workspace.name))
        }
    };
    done.map_err(|error: ClientError| error.into())
}
