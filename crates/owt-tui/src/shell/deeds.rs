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
use crate::Foreseen;
use crate::Look;
use crate::Starts;
use crate::Ticket;
use crate::ViewKind;
use crate::Viewed;
use crate::shell::Heard;
use crate::shell::Mouth;
use crate::shell::Outside;

/// So many at once, and so many that wait.
const HANDS: usize = 4;
const WAITING: usize = 64;

enum Work {
    Deed(Ticket, Box<Deed>),
    Spent,
    View(Look, ViewKind, String),
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
                        Work::View(look, kind, cwd) => {
                            Some(Event::Viewed(look, Box::new(viewed(&*outside, kind, cwd))))
                        }
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
        let refused = self.work.try_send(Work::Deed(ticket, deed)).err();
        refused.map(|_| Event::Outcome(ticket, Box::new(Err(too_much()))))
    }

    /// Asks what a view shows; the answer when there is no room for the question.
    pub(super) fn view(&self, look: Look, kind: ViewKind, cwd: String) -> Option<Event> {
        let refused = self.work.try_send(Work::View(look, kind, cwd)).err();
        refused.map(|_| Event::Viewed(look, Box::new(Err(too_much()))))
    }

    /// Asks what today has cost. Where there is no room it is asked with the next change.
    pub(super) fn read_spent(&self) {
        drop(self.work.try_send(Work::Spent));
    }
}

fn too_much() -> api::Problem {
    let message = "the server has too much to do already, so this was not asked";
    api::Problem::new(api::ErrorCode::LimitReached, message).hint("wait for what is under way")
}

fn viewed(outside: &dyn Outside, kind: ViewKind, cwd: String) -> Result<Viewed, api::Problem> {
    let mut client = outside.client()?;
    let viewed = match kind {
        ViewKind::Conflicts => client.conflicts(&api::ReadConflicts { cwd }).map(Viewed::Conflicts),
        ViewKind::Queue => client.queue(&api::ReadQueue { cwd }).map(Viewed::Queue),
    };
    Ok(viewed?)
}

fn next(waiting: &Mutex<mpsc::Receiver<Work>>) -> Option<Work> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn spent(outside: &dyn Outside, usage: &api::ReadUsage) -> Option<Event> {
    // What cannot be told is not shown: it is one number at the head.
    let usage = outside.client().ok()?.usage(usage).ok()?;
    Some(Event::Spent(usage.total.cost()))
}

fn done(outside: &dyn Outside, deed: Deed) -> Result<Done, api::Problem> {
    let mut client = outside.client()?;
    let done = match deed {
        Deed::Answer(answer) => client.answer(&answer).map(|detail| Done::Answered(detail.workspace.name)),
        Deed::Send(message) => {
            let key = Some(outside.fresh_key());
            let message = api::SendMessage { idempotency_key: key, ..message };
            // Under its key it is one message, whichever server hears it.
            match client.send(&message) {
                Err(error) if error.is_worth_asking_again() => outside.client()?.send(&message),
                answer => answer,
            }
            .map(Done::Sent)
        }
        Deed::Interrupt(interrupt) => client.interrupt(&interrupt).map(Done::Interrupted),
        Deed::Stop(stop) => client.stop(&stop).map(Done::Stopped),
        Deed::Resume(resume) => client.resume(&resume).map(|resumed| Done::Resumed(Box::new(resumed))),
        Deed::Merge(merge) => {
            let merge = api::MergeWorkspace { environment: outside.environment(), ..merge };
            client.merge(&merge).map(|merged| Done::Merged(Box::new(merged)))
        }
        Deed::Ship(ship) => {
            let ship = api::ShipWorkspace { environment: outside.environment(), ..ship };
            client.ship(&ship).map(|merged| Done::Shipped(Box::new(merged)))
        }
        Deed::Sync(sync) => {
            let sync = api::SyncWorkspaces { environment: outside.environment(), ..sync };
            client.sync(&sync).map(|synced| Done::Synced(Box::new(synced)))
        }
        Deed::ReadStarts(asked) => {
            // What cannot be told cannot be picked; the task is started all the same.
            let agents = client.agents(&asked).unwrap_or_default();
            Ok(Done::Starts(Starts { agents, names: outside.start_names(&asked.cwd) }))
        }
        Deed::New(wanted) => client.new_workspace(&wanted).map(Done::Started),
        Deed::LookAlong(asked) => {
            let train = client.ship_queue(&asked);
            train.and_then(|train| {
                let places = client.queue(&api::ReadQueue { cwd: asked.cwd })?;
                Ok(Done::Foreseen(Box::new(Foreseen { train, places })))
            })
        }
        Deed::ShipQueue(ship) => client.ship_queue(&ship).map(|train| Done::Departed(Box::new(train))),
        Deed::CancelQueue(cancel) => {
            client.cancel_queue(&cancel).map(|train| Done::CalledOff(Box::new(train)))
        }
        Deed::Criticise(asked) => client.critic(&asked).map(|said| Done::Criticised(Box::new(said))),
        Deed::Delete(delete) => client.delete(&delete).map(|deleted| Done::Deleted(Box::new(deleted))),
        Deed::Undo(undo) => client.undo(&undo).map(|undone| Done::Undone(Box::new(undone))),
        Deed::FindConflicts(asked) => client.conflicts(&asked).map(Done::Conflicts),
        Deed::Dismiss(workspace) => {
            client.show(&workspace).map(|detail| Done::Dismissed(detail.workspace.name))
        }
    };
    done.map_err(|error: ClientError| error.into())
}
