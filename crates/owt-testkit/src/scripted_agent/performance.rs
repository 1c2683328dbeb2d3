//! Steps, carried out one by one.

use std::fs;
use std::fs::File;
use std::io;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use owt_process::Cmd;
use owt_process::Log;
use rustix::process::Signal;
use serde_json::Value;
use serde_json::json;

use super::face::Asked;
use super::face::Face;
use super::face::Tokens;
use super::face::Turn;
use super::face::TurnEnd;
use super::face::Waited;
use super::hooks::Hooks;
use super::hooks::Verdict;
use super::step::CrashKind;
use super::step::Step;

/// What the program does after a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flow {
    /// The turn is over; on to the next one.
    Over(Turn),
    /// The program ends with this code.
    End(u8),
}

/// What one step leads to.
enum Next {
    Step,
    TurnEnds(TurnEnd),
    ProgramEnds(u8),
}

/// A turn under way.
pub(super) struct Performance<'a> {
    pub(super) face: &'a mut dyn Face,
    pub(super) hooks: &'a Hooks,
    pub(super) folder: &'a Path,
    said: String,
    tokens: Tokens,
}

impl<'a> Performance<'a> {
    pub(super) fn new(face: &'a mut dyn Face, hooks: &'a Hooks, folder: &'a Path) -> Self {
        Self { face, hooks, folder, said: String::new(), tokens: Tokens::default() }
    }

    /// Carries the steps out until one ends the turn or the program.
    ///
    /// # Errors
    /// When nobody can be shown anything any more.
    pub(super) fn run(mut self, steps: &[Step]) -> io::Result<Flow> {
        for step in steps {
            match self.carry_out(step)? {
                Next::Step => {}
                Next::TurnEnds(end) => return Ok(Flow::Over(self.turn(end))),
                Next::ProgramEnds(code) => return Ok(Flow::End(code)),
            }
        }
        Ok(Flow::Over(self.turn(TurnEnd::Done)))
    }

    fn turn(self, end: TurnEnd) -> Turn {
        Turn { end, text: self.said, tokens: self.tokens }
    }

    fn carry_out(&mut self, step: &Step) -> io::Result<Next> {
        match step {
            Step::Say(text) => self.say(text),
            Step::Print(text) => self.face.print(text).map(|()| Next::Step),
            Step::Flood(lines) => self.flood(*lines),
            Step::PauseMs(time) => Ok(waited(self.face.wait(Some(Duration::from_millis(*time)))?)),
            Step::Stall => Ok(waited(self.face.wait(None)?)),
            Step::WaitFor(pipe) => self.tried(&|folder| wait_for(&folder.join(pipe))),
            Step::Write { path, text } => self
                .with_tool("Write", &json!({"file_path": path}), &|folder| write(&folder.join(path), text)),
            Step::Commit { message, paths } => {
                let input = json!({"command": format!("git commit -m {message:?}")});
                self.with_tool("Bash", &input, &|folder| commit(folder, message, paths))
            }
            Step::Ask { tool, input } => self.ask(tool, input),
            Step::Tokens { input, output } => {
                self.tokens.input += input;
                self.tokens.output += output;
                Ok(Next::Step)
            }
            Step::Grandchild { seconds, pid_file } => {
                self.tried(&|folder| leave_behind(*seconds, &folder.join(pid_file)))
            }
            Step::Fail(reason) => Ok(Next::TurnEnds(TurnEnd::Failed(reason.clone()))),
            Step::Crash(CrashKind::Abort) => std::process::abort(),
            Step::Crash(CrashKind::Kill) => Ok(kill_self()),
            Step::Exit(code) => Ok(Next::ProgramEnds(*code)),
        }
    }

    fn say(&mut self, text: &str) -> io::Result<Next> {
        text.clone_into(&mut self.said);
        self.face.say(text)?;
        Ok(Next::Step)
    }

    fn flood(&mut self, lines: u32) -> io::Result<Next> {
        for number in 0..lines {
            self.face.print(&format!("{number:0>79}\n"))?;
        }
        Ok(Next::Step)
    }

    /// A tool that the hooks may veto.
    fn with_tool(
        &mut self,
        tool: &str,
        input: &Value,
        action: &dyn Fn(&Path) -> io::Result<()>,
    ) -> io::Result<Next> {
        if let Verdict::Denied(reason) = self.hooks.before_tool(tool, input) {
            return Ok(Next::TurnEnds(TurnEnd::Failed(format!("{tool} was denied: {reason}"))));
        }
        self.face.tool(tool, input)?;
        let next = self.tried(action)?;
        self.hooks.after_tool(tool, input);
        Ok(next)
    }

    /// What fails outside ends the turn as failed.
    fn tried(&self, action: &dyn Fn(&Path) -> io::Result<()>) -> io::Result<Next> {
        Ok(match action(self.folder) {
            Ok(()) => Next::Step,
            Err(error) => Next::TurnEnds(TurnEnd::Failed(error.to_string())),
        })
    }

    fn ask(&mut self, tool: &str, input: &Value) -> io::Result<Next> {
        if let Verdict::Denied(reason) = self.hooks.before_tool(tool, input) {
            return Ok(Next::TurnEnds(TurnEnd::Failed(format!("{tool} was denied: {reason}"))));
        }
        self.hooks.permission_request(tool, input);
        Ok(match self.face.ask(tool, input)? {
            Asked::Allowed => {
                self.hooks.after_tool(tool, input);
                Next::Step
            }
            Asked::Denied => Next::TurnEnds(TurnEnd::Failed(format!("{tool} was denied"))),
            Asked::Interrupted => Next::TurnEnds(TurnEnd::Interrupted),
            Asked::Gone => Next::ProgramEnds(0),
        })
    }
}

fn waited(waited: Waited) -> Next {
    match waited {
        Waited::TimeIsUp => Next::Step,
        Waited::Interrupted => Next::TurnEnds(TurnEnd::Interrupted),
        Waited::Gone => Next::ProgramEnds(0),
    }
}

/// Opening a named pipe for reading waits for its writer; reading on waits for the writer's end.
fn wait_for(pipe: &Path) -> io::Result<()> {
    File::open(pipe)?.read_to_end(&mut Vec::new())?;
    Ok(())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

fn commit(folder: &Path, message: &str, paths: &[PathBuf]) -> io::Result<()> {
    let git = |command: Cmd| command.current_dir(folder).run_checked().map_err(io::Error::other);
    git(Cmd::new("git").args(["add", "--"]).args(paths.iter().cloned()))?;
    git(Cmd::new("git").args(["commit", "--quiet", "--message", message]))?;
    Ok(())
}

fn leave_behind(seconds: u32, pid_file: &Path) -> io::Result<()> {
    let started = Cmd::new("sleep").arg(seconds.to_string()).spawn_detached(&Log::Null);
    fs::write(pid_file, started.map_err(io::Error::other)?.to_string())
}

fn kill_self() -> Next {
    let killed = rustix::process::kill_process(rustix::process::getpid(), Signal::KILL);
    Next::TurnEnds(TurnEnd::Failed(format!("could not kill itself: {killed:?}")))
}
