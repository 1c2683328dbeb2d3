//! Messages to the scripted agent by the real binary, in real tmux, on a terminal of our own and over the machine protocol,
//! whoever is killed meanwhile; counted by the agent's own record. It boots slowly and overlooks keys, as real ones do.
//!
//! `OWT_DELIVERY_RUNS=150 cargo test -p e2e --test it -- --ignored --nocapture deliveries::long_messages_to_the_scripted` makes
//! 150 runs each way instead of a few.

use std::path::PathBuf;

use owt_testkit::scripted_agent::prompts;

use crate::delivery_runs;
use crate::delivery_runs::EACH_ONCE;
use crate::delivery_runs::Ground;
use crate::delivery_runs::wanted_runs;
use crate::patience::until;
use crate::project::Project;
use crate::ran::Ran;
use crate::sealed::Sealed;

/// Slow to start, and throws away what is typed meanwhile; does not see every Enter.
const CLUMSY: &str =
    r#"{"boot_ms": 300, "flush_input": true, "deaf_to_enter_ms": 200, "overlooked_enters": 1}"#;

const BEGIN: &str = "Begin";

/// A workspace of the scripted agent.
struct Chat<'a> {
    app: Project<'a>,
    name: &'a str,
}

#[test]
#[ignore = "kills what agents run under, again and again; `cargo xtask test --long` runs it"]
fn long_messages_to_the_scripted_agent_arrive_once_whoever_is_killed() {
    for (session, what) in [
        ("--tmux", "the scripted agent in tmux"),
        ("--pty", "the scripted agent on a terminal of the host"),
        ("--structured", "the scripted agent over the machine protocol"),
    ] {
        let sealed = Sealed::new().with_scripted_claude();
        let script = sealed.record("personality.json");
        std::fs::write(&script, CLUMSY).unwrap();
        let sealed = sealed.with("SCRIPTED_AGENT_SCRIPT", script);
        let app = sealed.repository("app");
        app.data(&["new", BEGIN, "--branch", "chat", "--agent", "claude", session]);
        let chat = Chat { app, name: "chat" };
        until("the first prompt to arrive", || !chat.arrived().is_empty());
        delivery_runs::deliver(&chat, what, wanted_runs(EACH_ONCE));
    }
}

impl Ground for Chat<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn owt(&self, words: &[&str]) -> Ran {
        self.app.owt(words)
    }

    fn server(&self) -> u32 {
        self.app.sealed.server_pid()
    }

    fn processes(&self, words: &str) -> Vec<u32> {
        let says = |pid: &u32| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).replace('\0', " ").contains(words)
        };
        self.app.sealed.processes().into_iter().filter(says).collect()
    }

    fn data(&self) -> PathBuf {
        self.app.sealed.owt_home().join("data")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.app.sealed.record(name)
    }

    fn text(&self, run: usize) -> String {
        format!("Run {run}: \"quoted\", ünï — and\n  a second line, $(id) of {run}")
    }

    fn arrived(&self) -> Vec<String> {
        prompts(&self.app.sealed.received()).into_iter().map(str::to_owned).collect()
    }

    fn is_other(&self, arrived: &str) -> bool {
        arrived == BEGIN
    }
}
