//! Messages to a running agent while the server, the host or tmux is killed at every step of a delivery: none is lost
//! without saying so, none arrives twice, none is garbled. What the agent is, and who counts what reached it, is the
//! [`Ground`]'s to know.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::thread;

use owt_testkit::delivery_count::DeliveryCount;
use serde_json::Value;

use crate::patience::comes_to_hold;
use crate::patience::until;
use crate::processes;
use crate::ran::Ran;

/// How a host and a tmux server show in a list of processes.
const HOST: &str = "host --launch";
const TMUX: &str = "tmux -S";

/// A step of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// The text is kept.
    Kept,
    /// The host is about to write it.
    Begun,
    /// The host has written all of it.
    Written,
    /// It has arrived.
    Arrived,
}

const MOMENTS: [Moment; 4] = [Moment::Kept, Moment::Begun, Moment::Written, Moment::Arrived];

/// Who is killed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Victim {
    Nobody,
    Server,
    Tmux,
    Host,
}

const VICTIMS: [Victim; 4] = [Victim::Nobody, Victim::Server, Victim::Tmux, Victim::Host];

/// Each moment with each victim once.
pub(crate) const EACH_ONCE: usize = MOMENTS.len() * VICTIMS.len();

/// Where the messages go.
pub(crate) trait Ground: Sync {
    /// The workspace that they are for.
    fn name(&self) -> &str;

    /// Runs `owt` with these words.
    fn owt(&self, words: &[&str]) -> Ran;

    /// The server's process.
    fn server(&self) -> u32;

    /// The processes whose command line says this.
    fn processes(&self, words: &str) -> Vec<u32>;

    /// The folder of `owt`'s data.
    fn data(&self) -> PathBuf;

    /// A file for a message's text.
    fn file(&self, name: &str) -> PathBuf;

    /// The message of a run; none is like another.
    fn text(&self, run: usize) -> String;

    /// What reached the agent so far, counted by whoever is not ours.
    fn arrived(&self) -> Vec<String>;

    /// Whether this reached the agent, and is no message of the runs.
    fn is_other(&self, arrived: &str) -> bool;
}

/// One message and what was said of it.
struct Sent {
    text: String,
    moment: Moment,
    victim: Victim,
    /// Its state in the end; `None` when `owt send` itself said nothing of it, which must not be.
    told: Option<String>,
}

impl Sent {
    fn state(&self) -> &str {
        self.told.as_deref().unwrap_or("unanswered")
    }
}

/// How many runs are wanted; these many where nobody says it.
#[expect(clippy::disallowed_methods, reason = "how long it may take is said by whoever starts it")]
pub(crate) fn wanted_runs(unless_said: usize) -> usize {
    std::env::var("OWT_DELIVERY_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(unless_said)
}

/// Sends so many messages, one after the other, and prints what became of them.
pub(crate) fn deliver(ground: &dyn Ground, what: &str, runs: usize) -> DeliveryCount {
    let sent: Vec<Sent> = (0..runs).map(|run| one(ground, run)).collect();
    // What comes late counts, too.
    rested(ground);
    let arrived = ground.arrived();
    let times = |text: &str| arrived.iter().filter(|prompt| *prompt == text).count();
    print!("{}", by_moment(what, &sent, times));
    let mut count = DeliveryCount::default();
    for message in &sent {
        count.add(message.state(), times(&message.text));
    }
    let is_known = |prompt: &&String| sent.iter().any(|it| it.text == **prompt) || ground.is_other(prompt);
    let garbled: Vec<&String> = arrived.iter().filter(|prompt| !is_known(prompt)).collect();
    garbled.iter().for_each(|_| count.add_garbled());
    println!("{}", count.line(what));
    assert!(garbled.is_empty(), "garbled: {garbled:#?}");
    for message in &sent {
        settled_rightly(message, times(&message.text));
    }
    assert_eq!(count.wrong(), 0);
    count
}

fn settled_rightly(message: &Sent, times: usize) {
    let Sent { text, moment, victim, told } = message;
    let told = format!("{text:?} at {moment:?}, {victim:?} killed: {told:?}, arrived {times} times");
    assert!(times <= 1, "doubled: {told}");
    match message.state() {
        // What the program itself was seen to read has arrived.
        "observed" => assert_eq!(times, 1, "lost: {told}"),
        "uncertain" | "failed" => {
            assert!(*victim != Victim::Nobody && *victim != Victim::Tmux, "given up without need: {told}");
        }
        _ => panic!("never settled: {told}"),
    }
}

/// Sends one message and kills somebody meanwhile.
fn one(ground: &dyn Ground, run: usize) -> Sent {
    rested(ground);
    let (moment, victim) = (MOMENTS[run % MOMENTS.len()], VICTIMS[run / MOMENTS.len() % VICTIMS.len()]);
    let text = ground.text(run);
    let file = ground.file(&format!("{run}.message"));
    std::fs::write(&file, &text).unwrap();
    let victims = match victim {
        Victim::Nobody => Vec::new(),
        Victim::Server => vec![ground.server()],
        Victim::Tmux => ground.processes(TMUX),
        Victim::Host => ground.processes(HOST),
    };
    let (before, known) = (Seen::of(ground), ids(ground));
    let answer = thread::scope(|scope| {
        let words = ["send", ground.name(), "--file", file.to_str().unwrap(), "--json"];
        let sending = scope.spawn(move || ground.owt(&words));
        let reached = || match moment {
            Moment::Kept => Seen::of(ground).kept > before.kept,
            Moment::Begun => Seen::of(ground).begun > before.begun,
            Moment::Written => Seen::of(ground).written > before.written,
            Moment::Arrived => ground.arrived().contains(&text),
        };
        until(&format!("run {run} to come to {moment:?}"), reached);
        victims.iter().copied().for_each(processes::kill_and_wait);
        sending.join().unwrap()
    });
    // Where the session was gone before the answer, that says so: the message has failed, and goes on with the next session.
    let id = match answer.code {
        0 => answer.data()["id"].as_str().map(str::to_owned),
        _ => answer.json()["data"][0]["id"].as_str().map(str::to_owned),
    };
    if id.is_none() {
        println!("run {run} at {moment:?}, {victim:?} killed: {answer:?}");
    }
    let told = id.map(|id| match settled(ground, &id).as_str() {
        "failed" => handed_on(ground, &known, &id),
        state => state.to_owned(),
    });
    Sent { text, moment, victim, told }
}

/// What certainly never was before the agent goes to its next session, under another id: then that one's state counts.
fn handed_on(ground: &dyn Ground, known: &BTreeSet<String>, id: &str) -> String {
    rested(ground);
    match ids(ground).into_iter().find(|other| other != id && !known.contains(other)) {
        Some(next) => settled(ground, &next),
        None => "failed".to_owned(),
    }
}

/// The deliveries that are known now.
fn ids(ground: &dyn Ground) -> BTreeSet<String> {
    let shown = show(ground);
    shown["deliveries"].as_array().into_iter().flatten().map(|delivery| said(&delivery["id"])).collect()
}

/// The state to which a delivery comes, or the one in which it hangs.
fn settled(ground: &dyn Ground, id: &str) -> String {
    let state = || {
        let shown = show(ground);
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

fn show(ground: &dyn Ground) -> Value {
    ground.owt(&["show", ground.name(), "--json"]).data()
}

/// The session runs, again where it was ended, and takes the next message.
fn rested(ground: &dyn Ground) {
    if show(ground)["session"].is_null() {
        let resumed = ground.owt(&["resume", ground.name(), "--json"]);
        assert_eq!(resumed.code, 0, "{resumed:?}");
    }
    until("the agent to take a message", || show(ground)["status"] == "idle");
}

/// What there is to see of deliveries on disk.
struct Seen {
    kept: usize,
    begun: usize,
    written: usize,
}

impl Seen {
    fn of(ground: &dyn Ground) -> Self {
        let messages = ground.data().join("messages");
        let attempts = std::fs::read_dir(ground.data().join("attempts")).unwrap();
        let journals = attempts.map(|attempt| attempt.unwrap().path().join("injections.jsonl"));
        let journals: String = journals.filter_map(|journal| std::fs::read_to_string(journal).ok()).collect();
        Self {
            kept: std::fs::read_dir(messages).map(Iterator::count).unwrap_or_default(),
            begun: journals.matches("{\"begin\":\"delivery:").count(),
            written: journals.matches("{\"end\":\"delivery:").count(),
        }
    }
}

/// How many of which kind came to which end.
fn by_moment(what: &str, sent: &[Sent], times: impl Fn(&str) -> usize) -> String {
    let mut rows: BTreeMap<(Victim, Moment), BTreeMap<String, usize>> = BTreeMap::new();
    for message in sent {
        let state = message.state();
        let end = format!("{state}, arrived {}", times(&message.text));
        *rows.entry((message.victim, message.moment)).or_default().entry(end).or_default() += 1;
    }
    let mut text = format!("{what}: {} messages\n", sent.len());
    for ((victim, moment), ends) in rows {
        let ends: Vec<String> = ends.iter().map(|(end, count)| format!("{count} x {end}")).collect();
        let _infallible = writeln!(text, "  {victim:?} killed at {moment:?}: {}", ends.join("; "));
    }
    text
}
