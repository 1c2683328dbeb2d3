//! Messages to real agents in their terminals, while the server, the host or tmux is killed at every step of a
//! delivery: none is lost without saying so, none arrives twice, none is garbled. Counted by the model's own log.
//!
//! `OWT_DELIVERY_RUNS=150 cargo test -p e2e --test it -- --ignored --nocapture deliveries` makes 150 runs with each
//! agent instead of a few.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;

use serde_json::Value;

use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::comes_to_hold;
use crate::patience::until;
use crate::processes;

/// How many runs are made with each agent where nobody says it: each moment with each victim once.
const RUNS: usize = MOMENTS.len() * VICTIMS.len();

/// How a host and a tmux server show in a list of processes.
const HOST: &str = "host --launch";
const TMUX: &str = "tmux -S";

/// A step of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// The text is kept.
    Kept,
    /// The host is about to write it.
    Begun,
    /// The host has written all of it.
    Written,
    /// The model is asked with it.
    Asked,
}

const MOMENTS: [Moment; 4] = [Moment::Kept, Moment::Begun, Moment::Written, Moment::Asked];

/// Who is killed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    Nobody,
    Server,
    Tmux,
    Host,
}

const VICTIMS: [Victim; 4] = [Victim::Nobody, Victim::Server, Victim::Tmux, Victim::Host];

/// One message and what was said of it.
struct Sent {
    text: String,
    moment: Moment,
    victim: Victim,
    /// Its state in the end; `None` when `owt send` itself did not say that it was accepted.
    state: Option<String>,
}

#[test]
#[ignore = "kills what real agents run under, again and again; `cargo xtask test --long` runs it"]
fn long_messages_to_claude_code_arrive_once_whoever_is_killed() {
    let Some(stage) = Stage::open() else { return };
    deliver(&stage, "claude");
}

#[test]
#[ignore = "kills what real agents run under, again and again; `cargo xtask test --long` runs it"]
fn long_messages_to_codex_arrive_once_whoever_is_killed() {
    let Some(stage) = Stage::open() else { return };
    deliver(&stage, "codex");
}

#[expect(clippy::disallowed_methods, reason = "how long it may take is said by whoever starts it")]
fn runs() -> usize {
    std::env::var("OWT_DELIVERY_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(RUNS)
}

fn deliver(stage: &Stage, agent: &str) {
    let options = ["--tmux", "--permissions", "bypass"];
    let work = Workspace::start(stage, "d1", agent, options, "[[scn:default]] Begin");
    work.wait_done();
    let sent: Vec<Sent> = (0..runs()).map(|run| one(&work, run)).collect();
    // What comes late counts, too.
    rested(&work);
    let arrived = stage.prompts("default");
    let count = |text: &str| arrived.iter().filter(|prompt| *prompt == text).count();
    println!("{}", table(agent, &sent, count));
    for message in &sent {
        let Sent { text, moment, victim, state } = message;
        let count = count(text);
        let told = format!("{text:?} at {moment:?}, {victim:?} killed: {state:?}, arrived {count} times");
        assert!(count <= 1, "doubled: {told}");
        match state.as_deref() {
            // What the program itself was seen to read has arrived.
            Some("observed") => assert_eq!(count, 1, "lost: {told}"),
            // What never was before the agent goes to its next session, once.
            Some("uncertain" | "failed") | None => {
                assert!(
                    *victim != Victim::Nobody && *victim != Victim::Tmux,
                    "given up without need: {told}"
                );
            }
            Some(_) => panic!("never settled: {told}"),
        }
    }
    let known = |prompt: &&String| {
        sent.iter().any(|message| message.text == **prompt) || prompt.as_str() == "[[scn:default]] Begin"
    };
    let garbled: Vec<&String> = arrived.iter().filter(|prompt| !known(prompt)).collect();
    assert!(garbled.is_empty(), "garbled: {garbled:#?}");
}

/// Sends one message and kills somebody meanwhile.
fn one(work: &Workspace<'_>, run: usize) -> Sent {
    let stage = work.stage;
    rested(work);
    let (moment, victim) = (MOMENTS[run % MOMENTS.len()], VICTIMS[run / MOMENTS.len() % VICTIMS.len()]);
    let text = format!("[[scn:default]] Run {run}: \"quoted\", ünï — and\n  a second line, $(id) of {run}");
    let file = stage.beside(&format!("{run}.message"));
    std::fs::write(&file, &text).unwrap();
    let victims = match victim {
        Victim::Nobody => Vec::new(),
        Victim::Server => vec![stage.server_pid()],
        Victim::Tmux => stage.processes(TMUX),
        Victim::Host => stage.processes(HOST),
    };
    let before = Seen::of(stage);
    let answer = thread::scope(|scope| {
        let words = ["send", work.name, "--file", file.to_str().unwrap(), "--json"];
        let sending = scope.spawn(move || stage.owt(words));
        let reached = || match moment {
            Moment::Kept => Seen::of(stage).kept > before.kept,
            Moment::Begun => Seen::of(stage).begun > before.begun,
            Moment::Written => Seen::of(stage).written > before.written,
            Moment::Asked => stage.prompts("default").contains(&text),
        };
        until(&format!("run {run} to come to {moment:?}"), reached);
        victims.iter().copied().for_each(processes::kill_and_wait);
        sending.join().unwrap()
    });
    let id = (answer.code == 0).then(|| answer.data()["id"].as_str().unwrap().to_owned());
    let state = id.map(|id| settled(work, &id));
    Sent { text, moment, victim, state }
}

/// The state to which a delivery comes, or the one in which it hangs.
fn settled(work: &Workspace<'_>, id: &str) -> String {
    let state = || {
        let shown = work.show();
        let deliveries = shown["deliveries"].as_array().cloned().unwrap_or_default();
        let found = deliveries.iter().find(|delivery| delivery["id"] == id);
        found.map_or_else(|| "nowhere".to_owned(), |found| said(&found["state"]))
    };
    comes_to_hold(|| matches!(state().as_str(), "observed" | "uncertain" | "failed"));
    state()
}

fn said(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The session runs, again where it was ended, and takes the next message.
fn rested(work: &Workspace<'_>) {
    if work.show()["session"].is_null() {
        let resumed = work.stage.owt(["resume", work.name, "--json"]);
        assert_eq!(resumed.code, 0, "{resumed:?}");
    }
    until("the agent to take a message", || work.show()["status"] == "idle");
}

/// What there is to see of deliveries on disk.
struct Seen {
    kept: usize,
    begun: usize,
    written: usize,
}

impl Seen {
    fn of(stage: &Stage) -> Self {
        let messages = stage.home_folder().join(".local/share/open-orchestrator/messages");
        let journals = stage.injections();
        Self {
            kept: std::fs::read_dir(messages).map(Iterator::count).unwrap_or_default(),
            begun: journals.matches("{\"begin\":\"delivery:").count(),
            written: journals.matches("{\"end\":\"delivery:").count(),
        }
    }
}

/// How many of which kind came to which end.
fn table(agent: &str, sent: &[Sent], count: impl Fn(&str) -> usize) -> String {
    let mut rows: BTreeMap<(Victim, Moment), BTreeMap<String, usize>> = BTreeMap::new();
    for message in sent {
        let state = message.state.as_deref().unwrap_or("not accepted");
        let end = format!("{state}, arrived {}", count(&message.text));
        *rows.entry((message.victim, message.moment)).or_default().entry(end).or_default() += 1;
    }
    let mut text = format!("{agent}: {} messages\n", sent.len());
    for ((victim, moment), ends) in rows {
        let ends: Vec<String> = ends.iter().map(|(end, count)| format!("{count} x {end}")).collect();
        let _infallible = writeln!(text, "  {victim:?} killed at {moment:?}: {}", ends.join("; "));
    }
    text
}
