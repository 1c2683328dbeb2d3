//! The board on a real terminal, with a server that is rehearsed.

use std::num::NonZero;
use std::time::Instant;

use owt_api as api;
use owt_api::Status;
use rustix::process::Pid;
use rustix::process::Signal;

use crate::rehearsal::PATIENCE;
use crate::rehearsal::workspace;
use crate::sealed::Sealed;
use crate::sealed::Staged;
use crate::seated::Seated;

/// A board with somebody before it.
struct Board {
    seated: Seated,
    size: (u16, u16),
}

impl Board {
    fn open(staged: &Staged) -> Self {
        Self { seated: Seated::at(&staged.sealed, 90, &[]), size: (30, 90) }
    }

    fn screen(&self) -> vt100::Parser {
        let (rows, columns) = self.size;
        let mut parser = vt100::Parser::new(NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap(), 0);
        parser.process(self.seated.seen.as_bytes());
        parser
    }

    fn text(&self) -> String {
        self.screen().screen().contents()
    }

    fn until(&mut self, what: &str, holds: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(&self.text()) {
            assert!(Instant::now() < deadline, "not {what}:\n{}", self.text());
            assert!(self.seated.read(), "ended and not {what}: {:?}", self.seated.seen);
        }
    }

    fn until_shown(&mut self, text: &str) {
        self.until(&format!("showing {text}"), |screen| screen.contains(text));
    }

    fn resize(&mut self, rows: u16, columns: u16) {
        // What was drawn for the old size is nothing on the new one.
        self.seated.seen.clear();
        self.size = (rows, columns);
        self.seated.resize(rows, columns);
    }
}

fn asking() -> api::Workspace {
    let asked = api::PendingQuestion {
        request: "req_1".to_owned(),
        tool: "Bash".to_owned(),
        summary: "cargo test".to_owned(),
        detail: None,
        questions: Vec::new(),
        answer: String::new(),
    };
    let backend = Some("structured".to_owned());
    api::Workspace { pending: vec![asked], backend, ..workspace("auth", Status::WaitingPermission) }
}

fn staged() -> Staged {
    let staged = Staged::new();
    staged.service.set(|scene| {
        scene.workspaces = vec![workspace("search", Status::Working), asking()];
    });
    staged
}

fn was_asked(staged: &Staged, what: &str) -> bool {
    staged.service.scene().calls.iter().any(|(call, _)| call == what)
}

#[test]
fn a_permission_is_answered_and_the_list_is_followed() {
    let staged = staged();
    let mut board = Board::open(&staged);
    board.until_shown("Bash: cargo test");
    assert!(board.text().contains("NEEDS YOU 1") && board.text().contains("IN FLIGHT 1"), "{}", board.text());
    board.seated.types("\r");
    board.until_shown("auth asks for permission");
    board.seated.types("y");
    board.until_shown("auth was answered");
    assert!(was_asked(&staged, "answer Allow"));
    staged.service.set(|scene| scene.workspaces[1] = workspace("auth", Status::Working));
    board.until_shown("IN FLIGHT 2");
    board.seated.types("q");
    assert_eq!(board.seated.ended().1, Some(0));
}

#[test]
fn it_takes_any_size_and_gives_the_terminal_back() {
    let staged = staged();
    let mut board = Board::open(&staged);
    board.until_shown("NEEDS YOU");
    assert!(board.screen().screen().alternate_screen() && !board.seated.takes_lines());
    board.resize(5, 20);
    board.until("small", |screen| screen.contains("auth") && !screen.contains("NEEDS YOU"));
    board.resize(60, 200);
    board.until_shown("NEEDS YOU 1");
    board.seated.types("\u{3}");
    let (seen, code) = board.seated.ended();
    assert_eq!(code, Some(0));
    assert!(seen.contains("\u{1b}[?1049l"), "the other screen is left");
}

#[test]
fn what_a_board_cannot_be_drawn_by_is_said_with_what_to_do() {
    for (name, value, words) in [
        ("TERM", "dumb", "owt dashboard --plain"),
        ("OWT_BACKGROUND", "blue", "OWT_BACKGROUND: background"),
        ("OWT_THEME", "dusk", "OWT_THEME: theme"),
    ] {
        let sealed = Sealed::new().with(name, value);
        let (seen, code) = Seated::at(&sealed, 200, &[]).ended();
        assert!(seen.contains(words) && !seen.contains("\u{1b}[?1049h"), "{name}: {seen:?}");
        assert_ne!(code, Some(0), "{name}");
    }
}

#[test]
fn a_signal_ends_it_in_good_order() {
    let staged = staged();
    let mut board = Board::open(&staged);
    board.until_shown("NEEDS YOU");
    let pid = Pid::from_raw(i32::try_from(board.seated.child.pid()).unwrap()).unwrap();
    rustix::process::kill_process(pid, Signal::TERM).unwrap();
    let (seen, code) = board.seated.ended();
    assert_eq!(code, Some(0));
    assert!(seen.contains("\u{1b}[?1049l"), "{seen:?}");
}

#[test]
fn the_terminal_is_handed_over_and_comes_back() {
    let staged = staged();
    let words = ["sh", "-c", "printf HERE; read line; printf \"heard $line\""];
    staged.service.set(|scene| {
        scene.plan = Some(api::AttachPlan {
            name: "auth".to_owned(),
            backend: "pty".to_owned(),
            repository: None,
            argv: words.map(str::to_owned).into(),
            unset: Vec::new(),
        });
    });
    let mut board = Board::open(&staged);
    board.until_shown("NEEDS YOU");
    board.seated.types("a");
    board.until_shown("Move auth to a terminal?");
    board.seated.types("y");
    board.until_shown("HERE");
    assert!(board.seated.takes_lines(), "the terminal is as it was before the board");
    // Every letter is the other program's: none is a verb.
    board.seated.types("qqKy\n");
    board.until_shown("NEEDS YOU");
    assert!(board.seated.seen.contains("heard qqKy"), "{:?}", board.seated.seen);
    assert!(!was_asked(&staged, "answer Allow"));
    board.seated.types("q");
    assert_eq!(board.seated.ended().1, Some(0));
}

#[test]
fn what_the_server_refuses_is_told_on_the_board() {
    let staged = staged();
    let mut board = Board::open(&staged);
    board.until_shown("NEEDS YOU");
    board.seated.types("a");
    board.until_shown("Move auth to a terminal?");
    board.seated.types("y");
    board.until_shown("'auth' has no terminal");
    board.seated.types("\u{1b}");
    board.until("closed", |screen| !screen.contains("That did not work"));
    board.seated.types("q");
    assert_eq!(board.seated.ended().1, Some(0));
}

#[test]
fn logs_and_changes_are_read_beside_the_rows() {
    let staged = staged();
    staged.service.set(|scene| {
        let text = "made \u{1b}[2Jtokens\n".to_owned();
        scene.log = vec![api::LogChunk::Text { stream: "output".to_owned(), attempt: 1, text }];
        let base64 = api::base64::encode("diff --git a/x b/x\n+new\n".as_bytes());
        scene.diff = vec![api::DiffChunk::Patch { base64 }];
    });
    let mut board = Board::open(&staged);
    board.until_shown("NEEDS YOU");
    board.seated.types("l");
    board.until_shown("made \\x1b[2Jtokens");
    board.seated.types("d");
    board.until_shown("+new");
    staged.service.set(|scene| scene.picture = Some(vec!["demo> \u{1b}[31mhello".to_owned()]));
    board.seated.types("p");
    board.until_shown("demo> \\x1b[31mhello");
    // Nothing on the list changes, and no key is pressed.
    staged.service.set(|scene| scene.picture = Some(vec!["demo> goes on".to_owned()]));
    board.until_shown("demo> goes on");
    staged.service.set(|scene| scene.picture = None);
    board.until_shown("the last line");
    let looks = staged.service.scene().calls.iter().filter(|(call, _)| call == "screen").count();
    assert_eq!(looks, 1, "what goes on is asked for once");
    board.seated.types("q");
    assert_eq!(board.seated.ended().1, Some(0));
}

#[test]
fn without_a_terminal_it_is_text_once() {
    let ran = staged().run(&["dashboard"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines: Vec<&str> = ran.stdout.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.iter().position(|line| *line == "NEEDS YOU"), Some(1), "{ran:?}");
    assert!(lines[2].contains("needs a yes  auth") && lines[2].ends_with("Bash: cargo test"), "{ran:?}");
    assert_eq!(staged().run(&["--json"]).json()["data"].as_array().unwrap().len(), 2);
}
