//! What tests of the demo agent share: a repository, and a face that answers by a script.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use owt_core::AbsPath;
use owt_process::Cmd;
use tempfile::TempDir;

use super::face::Assignment;
use super::face::Ended;
use super::face::Face;
use super::face::Halt;
use super::face::Introduction;
use super::face::Outcome;
use super::face::Reply;
use super::face::Report;
use super::face::Request;
use super::workplace::Workplace;

/// A repository with one commit on `main`.
pub(super) fn repository() -> (TempDir, Workplace) {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch=main"]);
    std::fs::write(folder.path().join("README.md"), "A sample\n").unwrap();
    git(folder.path(), &["add", "README.md"]);
    let author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
    git(folder.path(), &[&author[..], &["commit", "--quiet", "-m", "First"]].concat());
    let place = Workplace::new(AbsPath::new(folder.path()).unwrap());
    (folder, place)
}

/// What git says there.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Cmd::new("git").args(arguments.iter().copied()).current_dir(folder).run_checked().unwrap();
    output.stdout_utf8_lossy().trim_end().to_owned()
}

/// A face that remembers and answers from a list.
#[derive(Default)]
pub(super) struct ScriptedFace {
    pub(super) prompts: VecDeque<Assignment>,
    pub(super) replies: VecDeque<Reply>,
    pub(super) interrupt_at_pause: Option<u32>,
    pub(super) pauses: u32,
    pub(super) paused: Duration,
    pub(super) said: Vec<String>,
    pub(super) tools: Vec<String>,
    pub(super) asked: Vec<Request>,
    pub(super) ended: Vec<Ended>,
    pub(super) failed: bool,
}

impl ScriptedFace {
    pub(super) fn answering(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self { replies: replies.into_iter().collect(), ..Self::default() }
    }

    pub(super) fn interrupting_pause(number: u32) -> Self {
        Self { interrupt_at_pause: Some(number), ..Self::default() }
    }

    pub(super) fn tools(&self) -> Vec<&str> {
        self.tools.iter().map(String::as_str).collect()
    }
}

impl Face for ScriptedFace {
    fn open(&mut self, _: Introduction<'_>) -> Result<(), Halt> {
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Assignment>, Halt> {
        Ok(self.prompts.pop_front())
    }

    fn begin(&mut self, _: &Assignment) -> Result<(), Halt> {
        Ok(())
    }

    fn tell(&mut self, report: &Report<'_>) -> Result<(), Halt> {
        match report {
            Report::Said(text) => self.said.push((*text).to_owned()),
            Report::ToolStarted(tool) => self.tools.push(tool.tool.to_owned()),
            Report::ToolEnded { .. } | Report::Limited { .. } | Report::Cost { .. } => {}
            Report::Failed { .. } => self.failed = true,
        }
        Ok(())
    }

    fn pause(&mut self, span: Duration) -> Result<(), Halt> {
        self.pauses += 1;
        self.paused += span;
        if self.interrupt_at_pause == Some(self.pauses) { Err(Halt::Interrupted) } else { Ok(()) }
    }

    fn ask(&mut self, request: &Request) -> Result<Reply, Halt> {
        self.asked.push(request.clone());
        Ok(self.replies.pop_front().expect("the script has an answer for each question"))
    }

    fn end(&mut self, ended: &Ended) -> Result<(), Halt> {
        self.ended.push(ended.clone());
        Ok(())
    }

    fn close(&mut self, _: Option<Outcome>) -> u8 {
        0
    }
}
