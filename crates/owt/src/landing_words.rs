//! How far a landing is, told while a command waits for it: by the list that the server keeps anyway, on a connection of its own.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread::JoinHandle;
use std::time::Duration;

use owt_api::ListWorkspaces;
use owt_api::WatchChunk;
use owt_api::Workspace;
use owt_client::Client;
use owt_client::HangUp;
use owt_tui::wording;

use crate::connect::Way;
use crate::progress::Words;

/// What is over before that needs no words.
const PATIENCE: Duration = Duration::from_millis(400);

/// Who follows it, until this is dropped.
pub(crate) struct LandingWords {
    /// Gone when nobody wants to know any more.
    wanted: Option<mpsc::Sender<()>>,
    reading: Arc<Mutex<Reading>>,
    thread: Option<JoinHandle<()>>,
}

/// How far the reader is.
enum Reading {
    /// It has no connection yet.
    NotYet,
    /// So it is ended.
    Until(HangUp),
    /// It need not begin any more.
    Unwanted,
}

impl LandingWords {
    /// Follows the workspace that the person calls so. Where that fails less is told, and that is all.
    pub(crate) fn follow(way: Way, request: ListWorkspaces, name: String, words: Words) -> Self {
        let (wanted, unwanted) = mpsc::channel();
        let reading = Arc::new(Mutex::new(Reading::NotYet));
        let shared = reading.clone();
        let follow = move || {
            if unwanted.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout)
                && let Some(client) = connected(&way, &shared)
            {
                read(client, &request, &name, &words);
            }
        };
        let thread = std::thread::Builder::new().name("owt-landing-words".to_owned()).spawn(follow).ok();
        Self { wanted: Some(wanted), reading, thread }
    }
}

impl Drop for LandingWords {
    fn drop(&mut self) {
        drop(self.wanted.take());
        let reading = std::mem::replace(&mut *lock(&self.reading), Reading::Unwanted);
        if let Reading::Until(hang_up) = reading {
            hang_up.hang_up();
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn lock(reading: &Mutex<Reading>) -> MutexGuard<'_, Reading> {
    reading.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection that can be ended from outside; `None` where there is none, or nobody wants to know any more.
fn connected(way: &Way, reading: &Mutex<Reading>) -> Option<Client> {
    let client = way.running().ok()??;
    let hang_up = client.hang_up().ok()?;
    let mut reading = lock(reading);
    if let Reading::Unwanted = *reading {
        return None;
    }
    *reading = Reading::Until(hang_up);
    Some(client)
}

fn read(client: Client, request: &ListWorkspaces, name: &str, words: &Words) {
    let mut last = None;
    let watched = client.watch(request, |chunk| {
        let WatchChunk::Listed { workspaces, .. } = chunk else { return ControlFlow::Continue(()) };
        let landing = workspaces.iter().find(|it| is_called(it, name)).and_then(|it| it.landing.as_ref());
        let Some(now) = landing.map(wording::landing) else { return ControlFlow::Continue(()) };
        if last.as_ref() == Some(&now) {
            return ControlFlow::Continue(());
        }
        last = Some(now.clone());
        match words.send(now) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
    if let Err(error) = watched {
        tracing::debug!(%error, "nobody says any more how far the landing is");
    }
}

fn is_called(workspace: &Workspace, name: &str) -> bool {
    [&workspace.name, &workspace.id, &workspace.path].into_iter().any(|own| own == name)
        || workspace.branch.as_deref() == Some(name)
}
