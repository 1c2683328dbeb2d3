//! A company of sessions of the scripted agent in Claude Code's place, and a list of them that is watched.

use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::Stdio;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::channel;
use std::time::Duration;
use std::time::Instant;

use serde::Deserialize;

use crate::failure::Failure;
use crate::rig::Rig;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// After so long without news nothing more comes of what happened before.
const CALM: Duration = Duration::from_millis(400);

/// How a session is spoken with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Over the machine protocol.
    Structured,
    /// On a terminal that its host keeps.
    Terminal,
}

impl Way {
    const fn option(self) -> &'static str {
        match self {
            Self::Structured => "--structured",
            Self::Terminal => "--pty",
        }
    }
}

/// Begins a session that does with every prompt what a script says, or at once what it is told.
pub(super) fn begin(
    rig: &Rig,
    repository: &Path,
    name: &str,
    way: Way,
    script: Option<&Path>,
) -> Result<(), Failure> {
    let options = ["--agent", "claude", "--permissions", "edits", "--branch", name, way.option()];
    let new = rig.owt_in(repository, &[&["new", "Work on it"], &options[..]].concat());
    let new = match script {
        Some(script) => new.variable("SCRIPTED_AGENT_SCRIPT", script),
        None => new,
    };
    new.timed().map(drop)
}

/// A running `owt list --watch`. Dropping it ends it.
pub(super) struct Watch {
    list: Child,
    news: Receiver<News>,
}

/// A workspace's status, and when the list said so.
struct News {
    name: String,
    status: String,
    at: Instant,
}

#[derive(Deserialize)]
struct Change {
    workspace: Option<Changed>,
}

#[derive(Deserialize)]
struct Changed {
    name: String,
    status: String,
}

impl Watch {
    /// Begins to watch the workspaces of a repository.
    pub(super) fn begin(rig: &Rig, repository: &Path) -> Result<Self, Failure> {
        let mut list = rig.owt_in(repository, &["list", "--watch", "--json"]).start(Stdio::piped())?;
        let output = list.stdout.take().ok_or_else(|| Failure::new("a program without output"))?;
        let (tell, news) = channel();
        // It ends with the list's output, or when nobody listens any more.
        let read = move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let at = Instant::now();
                let change: Option<Change> = serde_json::from_str(&line).ok();
                let Some(Changed { name, status }) = change.and_then(|change| change.workspace) else {
                    continue;
                };
                if tell.send(News { name, status, at }).is_err() {
                    return;
                }
            }
        };
        let reader = std::thread::Builder::new().name("list".to_owned()).spawn(read);
        reader.map_err(|error| Failure::new(format!("no thread to read with: {error}")))?;
        Ok(Self { list, news })
    }

    /// Waits until nothing has been told for a while.
    pub(super) fn calm(&self) {
        while self.news.recv_timeout(CALM).is_ok() {}
    }

    /// Waits until a workspace is said to have a status; when it was said.
    pub(super) fn until(&self, name: &str, status: &str) -> Result<Instant, Failure> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.news.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(news) if news.name == name && news.status == status => return Ok(news.at),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Failure::new(format!("{name} was never said to be {status}")));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(Failure::new("the list ended")),
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        drop(self.list.kill());
        drop(self.list.wait());
    }
}
