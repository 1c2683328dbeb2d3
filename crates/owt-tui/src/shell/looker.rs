//! What is looked at: one thing at a time, the newest wish alone counts. It must not know how it is shown.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_api as api;
use owt_client::Client;
use owt_client::ClientError;
use owt_client::HangUp;

use crate::Event;
use crate::Look;
use crate::Seen;
use crate::Subject;
use crate::SubjectKind;
use crate::shell::Heard;
use crate::shell::Mouth;
use crate::shell::Outside;

/// The thread that looks; it ends with the process.
pub(super) struct Looker {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    wish: Mutex<Wish>,
    changed: Condvar,
}

#[derive(Default)]
struct Wish {
    next: Option<(Look, Option<Subject>)>,
    /// Ends the reading that goes on.
    reading: Option<HangUp>,
}

impl Shared {
    fn wish(&self) -> MutexGuard<'_, Wish> {
        self.wish.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Looker {
    pub(super) fn begin(outside: Arc<dyn Outside>, mouth: Mouth) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let look = move || {
            loop {
                let mut wish = theirs.wish();
                let next = loop {
                    match wish.next.take() {
                        Some(next) => break next,
                        None => wish = theirs.changed.wait(wish).unwrap_or_else(PoisonError::into_inner),
                    }
                };
                drop(wish);
                if let (look, Some(subject)) = next {
                    Glance { look, mouth: &mouth, shared: &theirs }.at(&*outside, subject);
                }
            }
        };
        std::thread::Builder::new().name("owt-board-look".to_owned()).spawn(look)?;
        Ok(Self { shared })
    }

    /// From now on this alone.
    pub(super) fn look(&self, look: Look, subject: Option<Subject>) {
        let mut wish = self.shared.wish();
        wish.next = Some((look, subject));
        if let Some(reading) = wish.reading.take() {
            reading.hang_up();
        }
        self.shared.changed.notify_one();
    }

    pub(super) fn look_away(&self) {
        self.look(Look(0), None);
    }
}

/// One look.
struct Glance<'a> {
    look: Look,
    mouth: &'a Mouth,
    shared: &'a Shared,
}

impl Glance<'_> {
    fn at(&self, outside: &dyn Outside, subject: Subject) {
        let seen = self.read(outside, subject);
        self.shared.wish().reading = None;
        // It was the last word either way.
        let _ = self.tell(seen.unwrap_or_else(|problem| Seen::Failed(problem.message)));
    }

    /// What was seen last; what comes before is told as it comes.
    fn read(&self, outside: &dyn Outside, subject: Subject) -> Result<Seen, api::Problem> {
        let Subject { workspace, kind } = subject;
        let mut client = outside.client()?;
        Ok(match kind {
            SubjectKind::Screen => match self.screen(client, &workspace)? {
                Some(last) => last,
                // Without a terminal, or without a session any more, there are its last words.
                None => Seen::Detail(Box::new(outside.client()?.show(&workspace)?)),
            },
            SubjectKind::Evidence => Seen::Evidence(Box::new(client.explain(&workspace)?)),
            SubjectKind::Detail => Seen::Detail(Box::new(client.show(&workspace)?)),
            SubjectKind::Log => self.log(client, workspace)?,
            SubjectKind::Diff => self.diff(client, workspace)?,
        })
    }

    /// Nothing where there is no terminal, or none any more.
    fn screen(&self, client: Client, workspace: &api::Selector) -> Result<Option<Seen>, ClientError> {
        self.reads_on(&client)?;
        let mut last = None;
        let read = client.screen(workspace, |chunk| match chunk {
            api::ScreenChunk::Shows { screen } => self.tell(Seen::Screen(screen)),
            api::ScreenChunk::Broken { problem } => {
                last = Some(Seen::Failed(problem.message));
                ControlFlow::Break(())
            }
        });
        match read {
            // Nobody looks at it any more.
            _ if self.shared.wish().next.is_some() => Ok(Some(Seen::End)),
            Ok(()) | Err(ClientError::Refused(_)) => Ok(last),
            Err(error) => Err(error),
        }
    }

    fn log(&self, client: Client, workspace: api::Selector) -> Result<Seen, ClientError> {
        let api::Selector { cwd, name } = workspace;
        let request = api::ReadLogs { cwd, name, follow: true, ..api::ReadLogs::default() };
        self.reads_on(&client)?;
        let mut last = Seen::End;
        client.logs(&request, |chunk| match chunk {
            api::LogChunk::Text { text, .. } => self.tell(Seen::Text(text)),
            api::LogChunk::Broken { problem } => {
                last = Seen::Failed(problem.message);
                ControlFlow::Break(())
            }
            api::LogChunk::Raw { .. } | api::LogChunk::End { .. } => ControlFlow::Continue(()),
        })?;
        Ok(last)
    }

    fn diff(&self, client: Client, workspace: api::Selector) -> Result<Seen, ClientError> {
        self.reads_on(&client)?;
        let mut last = Seen::End;
        let mut patch = Letters::default();
        client.diff(&api::ReadDiff { workspace, form: api::DiffForm::Patch }, |chunk| match chunk {
            api::DiffChunk::Patch { base64 } => match api::base64::decode(&base64) {
                Ok(bytes) => self.tell(Seen::Text(patch.next(bytes))),
                Err(_) => ControlFlow::Continue(()),
            },
            api::DiffChunk::Broken { problem } => {
                last = Seen::Failed(problem.message);
                ControlFlow::Break(())
            }
            api::DiffChunk::Against(_) | api::DiffChunk::File(_) => ControlFlow::Continue(()),
        })?;
        Ok(last)
    }

    /// From now on a new wish ends the reading.
    fn reads_on(&self, client: &Client) -> Result<(), ClientError> {
        let reading = client.hang_up()?;
        let mut wish = self.shared.wish();
        if wish.next.is_some() {
            reading.hang_up();
        }
        wish.reading = Some(reading);
        Ok(())
    }

    fn tell(&self, seen: Seen) -> ControlFlow<()> {
        match self.mouth.send(Heard::World(Event::Looked(self.look, seen))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

/// Text whose letters may be cut anywhere.
#[derive(Default)]
struct Letters {
    rest: Vec<u8>,
}

impl Letters {
    fn next(&mut self, bytes: Vec<u8>) -> String {
        self.rest.extend(bytes);
        let whole = match std::str::from_utf8(&self.rest) {
            Ok(_) => self.rest.len(),
            // A letter that is not whole yet has at most three bytes; anything else is no letter at all.
            Err(error) if self.rest.len() - error.valid_up_to() < 4 => error.valid_up_to(),
            Err(_) => self.rest.len(),
        };
        let text: Vec<u8> = self.rest.drain(..whole).collect();
        String::from_utf8_lossy(&text).into_owned()
    }
}
