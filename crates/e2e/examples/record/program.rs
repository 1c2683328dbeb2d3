//! What is to be known of each program to record it: how it is started as `owt` starts it at `ask`, which tool calls
//! it asks about, which keys answer it.

use std::fs;

use owt_testkit::lab::CLAUDE;
use owt_testkit::lab::CODEX;
use owt_testkit::lab::DROID;
use owt_testkit::lab::GEMINI;
use owt_testkit::lab::OPENCODE;
use owt_testkit::lab::PI;
use owt_testkit::lab::PinnedAgent;
use owt_testkit::lab::SealedHome;

pub(crate) struct Program {
    pub(crate) agent: PinnedAgent,
    pub(crate) argv: &'static [&'static str],
    /// What is changed in its settings before the start.
    pub(crate) settle: fn(&mut SealedHome),
    /// Where it keeps the answer to the question it asks at the start, if it asks one.
    pub(crate) trust: Option<Kept>,
    /// What makes it leave.
    pub(crate) quit: &'static str,
    /// Calls of tools that it asks about.
    pub(crate) asked: &'static [&'static str],
    /// Calls of tools that it does not ask about.
    pub(crate) unasked: &'static [&'static str],
    /// How its model asks the person something.
    pub(crate) question: Option<&'static str>,
    pub(crate) colours: Colours,
}

/// Whether a recording keeps the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colours {
    Kept,
    /// No two of its rows would be the same: it moves a shade over them.
    LeftOut,
}

/// A file below the home, and the words in it once the question was answered.
#[derive(Clone, Copy)]
pub(crate) struct Kept {
    pub(crate) file: &'static str,
    pub(crate) words: &'static str,
}

fn as_it_is(_: &mut SealedHome) {}

const PROGRAMS: [Program; 6] = [
    Program {
        agent: CLAUDE,
        argv: &["--permission-mode", "default"],
        settle: as_it_is,
        trust: Some(Kept { file: ".claude.json", words: "\"hasTrustDialogAccepted\": true" }),
        quit: "/exit",
        asked: &["bash-0", "write-0", "bash-1", "write-1", "bash-2", "write-2"],
        unasked: &["read-0"],
        question: Some("ask-claude"),
        colours: Colours::Kept,
    },
    Program {
        agent: CODEX,
        argv: &["--no-daemon", "--sandbox", "read-only", "--ask-for-approval", "on-request"],
        settle: as_it_is,
        trust: Some(Kept { file: ".codex/config.toml", words: "trust_level = \"trusted\"" }),
        quit: "/quit",
        asked: &["write-0", "escalate-codex", "write-1", "escalate-codex", "write-2"],
        unasked: &["bash-2", "read-0"],
        question: None,
        colours: Colours::Kept,
    },
    Program {
        agent: OPENCODE,
        argv: &[],
        settle: ask_opencode,
        trust: None,
        quit: "/exit",
        asked: &["bash-0", "write-0", "bash-1", "write-1", "bash-2", "write-2"],
        unasked: &["read-0"],
        question: Some("ask-opencode"),
        colours: Colours::LeftOut,
    },
    Program {
        agent: GEMINI,
        argv: &["--approval-mode", "default"],
        settle: as_it_is,
        trust: Some(Kept { file: ".gemini/trustedFolders.json", words: "TRUST_" }),
        quit: "/quit",
        asked: &["bash-0", "write-0", "bash-1", "write-1", "bash-2", "write-2"],
        unasked: &["read-0"],
        question: Some("ask-gemini"),
        colours: Colours::Kept,
    },
    Program {
        agent: PI,
        argv: &[],
        settle: as_it_is,
        trust: None,
        quit: "/quit",
        asked: &[],
        unasked: &["bash-0", "write-0", "bash-1", "read-0", "bash-2"],
        question: None,
        colours: Colours::Kept,
    },
    Program {
        agent: DROID,
        argv: &[],
        settle: ask_droid,
        trust: Some(Kept { file: ".factory/settings.json", words: "trustedAt" }),
        quit: "/quit",
        asked: &["bash-0", "write-0", "bash-1", "write-1", "bash-2", "write-2"],
        unasked: &["read-0"],
        question: Some("ask-droid"),
        colours: Colours::Kept,
    },
];

impl Program {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        PROGRAMS.iter().find(|program| program.agent.program == name)
    }

    pub(crate) fn names() -> String {
        PROGRAMS.iter().map(|program| program.agent.program).collect::<Vec<_>>().join(", ")
    }
}

fn ask_opencode(home: &mut SealedHome) {
    home.set("OPENCODE_PERMISSION", r#"{"bash":"ask","edit":"ask"}"#);
}

/// Without the folders that it would trust, and with its lowest level.
fn ask_droid(home: &mut SealedHome) {
    let path = home.folder().join(".factory/settings.json");
    let mut settings: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    settings["trustedFolders"] = serde_json::json!({});
    settings["sessionDefaultSettings"]["autonomyMode"] = "normal".into();
    settings["sessionDefaultSettings"]["autonomyLevel"] = "off".into();
    fs::write(path, settings.to_string()).unwrap();
}
