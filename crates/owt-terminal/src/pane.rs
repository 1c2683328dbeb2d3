//! A pane beside an agent's: `owt pane --launch FILE NUMBER`, which our tmux server runs.
//!
//! It runs the person's shell or commands in their own terminal, and ends them when the session does: it holds a
//! connection to the session's host and does nothing but wait for its end. Nothing is ever typed into a shell: what
//! waits for the person is started by this, on Enter. It must not know tmux, nor what the commands are.

use std::io;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;

use owt_core::AbsPath;
use owt_core::pane::Pane;
use owt_core::pane::PaneProgram;
use owt_core::pane::PaneStart;
use owt_process::Child;
use owt_process::Cmd;
use owt_process::Escalation;
use owt_process::ExitOutcome;
use owt_process::Placement;
use owt_process::Streams;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::stdio;

use crate::client::HostClient;
use crate::host::Alarm;
use crate::host::Signalled;
use crate::launch_file::LaunchFile;

/// Variables that belong to one terminal, and that the pane's own terminal has others of.
pub(crate) const OF_A_TERMINAL: [&str; 6] = ["TERM", "TMUX", "TMUX_PANE", "COLUMNS", "LINES", "TERMCAP"];

/// What our tmux server gives to its panes and the person did not.
pub(crate) const OF_OUR_TMUX: &str = "LC_ALL";

/// Somebody has ended it: the session is over, the pane closed, or the person wants no more.
struct Over;

/// The whole of `owt pane`; returns the exit code: 0 when it ended, 1 when there is no such pane.
pub fn run(launch_file: &AbsPath, number: usize) -> u8 {
    let Ok(launch) = LaunchFile::read(launch_file) else { return 1 };
    let Some(pane) = launch.panes.get(number) else { return 1 };
    // Without a host the session is over, and with it the pane.
    let Ok(host) = HostClient::connect(&launch.socket, Some(launch.attempt)) else { return 0 };
    let (host, _) = host.into_stream();
    let Ok(alarm) = Alarm::set() else { return 1 };
    let mut keeper = Keeper { launch: &launch, host, alarm };
    let Err(Over) = keeper.keep(pane) else { return 0 };
    0
}

struct Keeper<'a> {
    launch: &'a LaunchFile,
    host: UnixStream,
    alarm: Alarm,
}

/// What came first.
enum Came {
    /// What was waited for.
    It,
    /// The end.
    End,
}

impl Keeper<'_> {
    fn keep(&mut self, pane: &Pane) -> Result<(), Over> {
        match pane.start {
            PaneStart::Once => return self.run_all(pane).map(drop),
            PaneStart::AtOnce => {
                let how = self.run_all(pane)?;
                self.ask(&how)?;
            }
            PaneStart::WhenAsked if pane.programs.is_empty() => {
                return self.ask("no command was found that tests this repository; Enter closes this");
            }
            PaneStart::WhenAsked => {
                self.ask(&format!("{}: Enter runs it, q closes this", typed(pane)))?;
            }
        }
        loop {
            let how = self.run_all(pane)?;
            self.ask(&how)?;
        }
    }

    /// Runs all of them until one fails; what is to be said of it.
    fn run_all(&mut self, pane: &Pane) -> Result<String, Over> {
        for program in &pane.programs {
            if pane.programs.len() > 1 {
                say(&format!("{} (in {})", line(program), program.directory));
            }
            match self.run_one(program)? {
                Ok(ExitOutcome::Code(0)) => {}
                Ok(ExitOutcome::Code(code)) => return Ok(again(&format!("ended with code {code}"))),
                Ok(ExitOutcome::Signal(signal)) => return Ok(again(&format!("ended by signal {signal}"))),
                Err(error) => return Ok(again(&error)),
            }
        }
        Ok(again("done"))
    }

    fn run_one(&mut self, program: &PaneProgram) -> Result<Result<ExitOutcome, String>, Over> {
        let spawned = self.command(program).spawn(Streams::inherited());
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => return Ok(Err(error.to_string())),
        };
        match self.await_end(&mut child) {
            Ok(outcome) => Ok(Ok(outcome)),
            Err(Over) => {
                // What survives this has no terminal any more either.
                let _ = child.terminate_tree(&Escalation::TOOL);
                Err(Over)
            }
        }
    }

    fn command(&self, program: &PaneProgram) -> Cmd {
        let (name, arguments) = program.argv.split_first().map_or(("", &[][..]), |(name, rest)| (name, rest));
        let own = |(name, _): &(&String, &String)| !OF_A_TERMINAL.contains(&name.as_str());
        Cmd::new(name)
            .args(arguments)
            .env_remove(OF_OUR_TMUX)
            .envs(self.launch.pane_environment.iter().filter(own))
            .envs(&program.variables)
            .current_dir(&program.directory)
            // The terminal's foreground group is ours, and the person's Ctrl-C is for the program.
            .placement(Placement::ParentGroup)
            .label("a pane's program")
    }

    fn await_end(&mut self, child: &mut Child) -> Result<ExitOutcome, Over> {
        loop {
            if let Ok(Some(outcome)) = child.try_wait() {
                return Ok(outcome);
            }
            let notice = child.exit_notice().map_err(|_| Over)?;
            if let Came::End = self.wait_for(notice.as_fd()) {
                return Err(Over);
            }
        }
    }

    /// Says something and waits for the person's Enter; anything else that they enter ends it.
    fn ask(&mut self, words: &str) -> Result<(), Over> {
        say(words);
        let mut line = [0; 256];
        loop {
            if let Came::End = self.wait_for(stdio::stdin()) {
                return Err(Over);
            }
            match rustix::io::read(stdio::stdin(), &mut line) {
                Err(Errno::INTR | Errno::AGAIN) => {}
                Ok(count) if count > 0 && line[..count].trim_ascii().is_empty() => return Ok(()),
                Ok(_) | Err(_) => return Err(Over),
            }
        }
    }

    /// Waits for this, or for the end of the session or of the pane.
    fn wait_for(&mut self, wanted: BorrowedFd<'_>) -> Came {
        loop {
            let mut fds = [
                PollFd::from_borrowed_fd(wanted, PollFlags::IN),
                PollFd::new(&self.host, PollFlags::IN),
                PollFd::new(&self.alarm, PollFlags::IN),
            ];
            match rustix::event::poll(&mut fds, None) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(_) => return Came::End,
            }
            let [wanted, host, signal] = fds.map(|fd| !fd.revents().is_empty());
            // The host says nothing to who asks nothing: whatever comes of it is its end.
            if host || signal && is_end(self.alarm.take()) {
                return Came::End;
            }
            if wanted {
                return Came::It;
            }
        }
    }
}

const fn is_end(signalled: Signalled) -> bool {
    signalled.terminate || signalled.hangup
}

fn again(how: &str) -> String {
    format!("{how}; Enter runs it again, q closes this")
}

/// The programs as a person would type them.
fn typed(pane: &Pane) -> String {
    pane.programs.iter().map(line).collect::<Vec<_>>().join(", then ")
}

fn line(program: &PaneProgram) -> String {
    let words = program.argv.join(" ");
    words.chars().filter(|letter| !letter.is_control()).collect()
}

fn say(words: &str) {
    let mut out = io::stdout().lock();
    // A terminal that is gone needs no words.
    let _ = writeln!(out, "\x1b[7m {words} \x1b[m").and_then(|()| out.flush());
}
