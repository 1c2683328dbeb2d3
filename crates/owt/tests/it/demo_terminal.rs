//! The demo agent on a real terminal, read by the rules of its own manifest.

use std::num::NonZero;
use std::time::Instant;

use owt_agents::Catalog;
use owt_agents::screen::ScreenState;
use owt_agents::screen::ScreenView;
use owt_agents::screen::classify;
use owt_process::Cmd;
use rustix::process::Pid;
use rustix::process::Signal;

use crate::rehearsal::PATIENCE;
use crate::sealed::Sealed;
use crate::seated::Seated;

fn emulator((rows, columns): (u16, u16)) -> vt100::Parser {
    vt100::Parser::new(NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap(), 0)
}

/// An agent at work in a repository.
struct Agent {
    sealed: Sealed,
    seated: Seated,
    size: (u16, u16),
}

impl Agent {
    fn start(arguments: &[&str]) -> Self {
        let sealed = Sealed::new().with("OWT_DEMO_PACE", "0");
        let work = sealed.work();
        let git = |arguments: &[&str]| {
            let git = Cmd::new("git").args(arguments.iter().copied());
            git.env_base(sealed.environment.clone()).current_dir(&work).run_checked().unwrap();
        };
        git(&["init", "--quiet", "--initial-branch=main"]);
        git(&[
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.com",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "First",
        ]);
        let seated = Seated::at(&sealed, 90, &[&["demo-agent"], arguments].concat());
        Self { sealed, seated, size: (30, 90) }
    }

    fn screen(&self) -> vt100::Parser {
        let mut parser = emulator(self.size);
        parser.process(self.seated.seen.as_bytes());
        parser
    }

    fn rows(&self) -> Vec<String> {
        self.screen().screen().rows(0, self.size.1).collect()
    }

    /// What its screen says, whether a paste is welcome, and the draft.
    fn state(&self) -> (Option<ScreenState>, bool, Option<String>) {
        let catalog = Catalog::built_in();
        let verdict = classify(catalog.get("demo").unwrap(), &ScreenView::new(&self.rows(), ""));
        (verdict.state, verdict.accepts_input, verdict.draft)
    }

    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < deadline, "not {what}: {:#?}", self.rows());
            assert!(self.seated.read(), "ended and not {what}: {:#?}", self.rows());
        }
    }

    fn until_state(&mut self, state: ScreenState) {
        self.until(&format!("{state:?}"), |agent| agent.state().0 == Some(state));
    }

    fn until_shown(&mut self, text: &str) {
        self.until(&format!("showing {text}"), |agent| agent.rows().iter().any(|row| row.contains(text)));
    }

    fn ready(&mut self) {
        self.until("ready", |agent| agent.state() == (Some(ScreenState::Ready), true, None));
    }

    fn commits(&self) -> String {
        let log = Cmd::new("git").args(["log", "--format=%s"]).env_base(self.sealed.environment.clone());
        log.current_dir(self.sealed.work()).run_checked().unwrap().stdout_utf8_lossy().into_owned()
    }
}

const PASTE: [&str; 2] = ["\x1b[200~", "\x1b[201~"];

#[test]
fn a_pasted_prompt_is_a_draft_until_it_is_submitted() {
    let mut agent = Agent::start(&["--permissions", "edits"]);
    agent.ready();
    assert!(agent.screen().screen().bracketed_paste() && agent.screen().screen().alternate_screen());
    assert!(!agent.seated.takes_lines());
    agent.seated.types(&format!("{}Add a greeting\rto all{}", PASTE[0], PASTE[1]));
    agent.until("a draft", |agent| agent.state().2.is_some_and(|draft| draft.contains("to all")));
    assert_eq!(agent.commits(), "First\n", "nothing is done before it is submitted");
    agent.seated.types("\r");
    agent.until_shown("Done: wrote demo/add-greeting-all.md");
    agent.ready();
    assert_eq!(agent.commits(), "Add a greeting\nFirst\n");
    agent.seated.types("/exit\r");
    let Agent { seated, size, .. } = agent;
    let (seen, code) = seated.ended();
    assert_eq!(code, Some(0));
    let mut parser = emulator(size);
    parser.process(seen.replace('\n', "\r\n").as_bytes());
    assert!(!parser.screen().bracketed_paste() && !parser.screen().alternate_screen());
    assert_eq!(parser.screen().contents(), "demo: bye");
}

#[test]
fn it_asks_and_takes_yes_and_no_and_words() {
    let mut agent = Agent::start(&["--permissions", "ask"]);
    agent.ready();
    agent.seated.types("Greet them [[demo:question]]\r");
    agent.until_state(ScreenState::Question);
    agent.seated.types("long\r");
    agent.until_shown("may I write");
    agent.until_state(ScreenState::Permission);
    agent.seated.types("xy");
    agent.until_shown("may I run git commit");
    agent.seated.types("n");
    agent.until_shown("I was not allowed to go on: the person said no");
    agent.ready();
    assert_eq!(agent.commits(), "First\n");
    let notes = std::fs::read_to_string(agent.sealed.work().join("demo/greet.md")).unwrap();
    assert!(notes.contains("> Greet them"), "{notes}");
}

#[test]
fn ctrl_c_interrupts_clears_and_leaves() {
    let mut agent = Agent::start(&["--permissions", "edits"]);
    agent.ready();
    agent.seated.types("Wait [[demo:stall]]\r");
    agent.until_state(ScreenState::Working);
    agent.seated.types("next");
    agent.until("a draft beside the work", |agent| agent.rows().iter().any(|row| row == "demo> next"));
    agent.seated.types("\x03");
    agent.until_shown("I was interrupted.");
    agent.until("keeping the draft", |agent| agent.state().2.as_deref() == Some("next"));
    agent.seated.types("\x03");
    agent.ready();
    agent.seated.types("\x03");
    agent.until_shown("ctrl-c once more leaves");
    agent.seated.types("\x03");
    assert_eq!(agent.seated.ended().1, Some(0));
}

#[test]
fn a_failure_is_shown_where_it_is_looked_for_and_a_new_size_is_drawn() {
    let mut agent = Agent::start(&["--permissions", "edits"]);
    agent.ready();
    agent.seated.types("Try [[demo:fail]]\r");
    agent.until_state(ScreenState::Error);
    agent.size = (12, 40);
    agent.seated.seen.clear();
    agent.seated.resize(12, 40);
    agent.until_state(ScreenState::Error);
    assert!(agent.rows().iter().all(|row| row.chars().count() <= 40));
}

#[test]
fn a_signal_ends_it_and_gives_the_terminal_back() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let mut agent = Agent::start(&["--permissions", "edits"]);
        agent.ready();
        let pid = Pid::from_raw(agent.seated.child.pid().try_into().unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
        agent.seated.until("demo: bye");
        assert!(agent.seated.takes_lines());
        assert_eq!(agent.seated.child.wait().unwrap().code(), Some(code));
    }
}
