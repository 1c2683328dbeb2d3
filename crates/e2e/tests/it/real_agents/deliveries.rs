//! Messages to real agents in their terminals, whoever is killed meanwhile; counted by the model's own log.
//!
//! `OWT_DELIVERY_RUNS=150 cargo test -p e2e --test it -- --ignored --nocapture real_agents::deliveries` makes 150 runs with
//! each agent instead of a few.

use std::path::PathBuf;

use super::stage::Stage;
use super::workspace::Workspace;
use crate::delivery_runs;
use crate::delivery_runs::EACH_ONCE;
use crate::delivery_runs::Ground;
use crate::delivery_runs::wanted_runs;
use crate::ran::Ran;

/// What the agent is started with.
const BEGIN: &str = "[[scn:default]] Begin";

#[test]
#[ignore = "kills what real agents run under, again and again; `cargo xtask test --long` runs it"]
fn long_messages_to_claude_code_arrive_once_whoever_is_killed() {
    let Some(stage) = Stage::open() else { return };
    deliver(&stage, "claude", "the real Claude Code in tmux");
}

#[test]
#[ignore = "kills what real agents run under, again and again; `cargo xtask test --long` runs it"]
fn long_messages_to_codex_arrive_once_whoever_is_killed() {
    let Some(stage) = Stage::open() else { return };
    deliver(&stage, "codex", "the real Codex in tmux");
}

fn deliver(stage: &Stage, agent: &str, what: &str) {
    let options = ["--tmux", "--permissions", "bypass"];
    let work = Workspace::start(stage, "d1", agent, options, BEGIN);
    work.wait_done();
    delivery_runs::deliver(&work, what, wanted_runs(EACH_ONCE));
}

impl Ground for Workspace<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn owt(&self, words: &[&str]) -> Ran {
        self.stage.owt_with(words)
    }

    fn server(&self) -> u32 {
        self.stage.server_pid()
    }

    fn processes(&self, words: &str) -> Vec<u32> {
        self.stage.processes(words)
    }

    fn data(&self) -> PathBuf {
        self.stage.home_folder().join(".local/share/open-orchestrator")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.stage.beside(name)
    }

    fn text(&self, run: usize) -> String {
        format!("[[scn:default]] Run {run}: \"quoted\", ünï — and\n  a second line, $(id) of {run}")
    }

    fn arrived(&self) -> Vec<String> {
        self.stage.prompts("default")
    }

    fn is_other(&self, arrived: &str) -> bool {
        arrived == BEGIN
    }
}
