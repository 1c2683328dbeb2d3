//! The programs that an agent has started: which of them are its work, and which of those still work. Pure over what
//! the process table shows at the moments when it is looked at.
//!
//! The rule. A program counts as the agent's work when it lives below the agent, was started since the turn began, and
//! nobody talks with it over pipes in both directions (servers of tools and languages are talked with; neither they nor
//! what they start is the agent's work), and it is not the agent itself. It works until it has used next to no processor time for [`REST`]; then it is
//! at rest, and stays so until the next turn.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::Timestamp;

/// How long a program must have used next to no processor time to count as resting (a server that waits for requests).
/// Shorter, and a test that waits for a moment would count as over.
pub const REST: Duration = Duration::from_secs(60);

/// A program that uses less than one part in so many of a processor does nothing worth waiting for.
const NEXT_TO_NOTHING: u32 = 100;

/// The most that are remembered of one agent; those that were started first.
const MOST: usize = 32;

/// The most characters of a command that are kept: it is shown, and it goes into the journal.
const COMMAND: usize = 40;

/// A program below an agent, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offspring {
    /// Its process id.
    pub pid: u32,
    /// Its parent's.
    pub parent: u32,
    /// When it was started.
    pub started_at: Timestamp,
    /// Processor time that it has used, its ended children's included.
    pub processor_time: Duration,
    /// The words it was started with.
    pub words: Vec<String>,
    /// What it is to the agent.
    pub standing: Standing,
}

/// What a program is to the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Somebody above it holds the other end of what it reads and writes: it is a server.
    TalkedWith,
    /// It has the agent's own input and output: it is the agent, behind a program that only starts it.
    AgentItself,
    /// None of that, or nobody can tell.
    OnItsOwn,
}

/// A program that an agent has started as part of its work and that is still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// Its process id.
    pub pid: u32,
    /// What it is, in a word or two; never its other arguments, which may hold what nobody should read.
    pub command: String,
    /// When it was started.
    pub started_at: Timestamp,
    /// What it is at.
    pub pace: Pace,
}

/// What a child is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// It works.
    Works,
    /// It is there and does next to nothing.
    Rests,
}

impl Pace {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Rests => "rests",
        }
    }
}

impl Child {
    /// Whether the agent's work is not done before it ends.
    pub const fn works(&self) -> bool {
        matches!(self.pace, Pace::Works)
    }
}

/// What is remembered of an agent's programs from one look to the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rounds {
    known: BTreeMap<Key, Known>,
}

/// A process: its number, and when it was started as far as was reckoned at the first look.
type Key = (u32, Timestamp);

/// A number is not given again so soon.
const SAME_START: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    /// When it was last seen to have worked: at the latest when it was first looked at.
    busy_at: Timestamp,
    looked_at: Timestamp,
    processor_time: Duration,
    pace: Pace,
}

impl Rounds {
    /// What is left of the agent's work, by what lives below it now. `turn` is when its turn began.
    pub fn look(&mut self, found: &[Offspring], turn: Timestamp, now: Timestamp) -> Vec<Child> {
        let mut work: Vec<&Offspring> =
            found.iter().filter(|one| one.started_at >= turn && is_work(one, found)).collect();
        work.sort_by_key(|one| (one.started_at, one.pid));
        work.truncate(MOST);
        let before = std::mem::take(&mut self.known);
        let mut children = Vec::new();
        for one in work {
            let known_as = before_of(&before, one);
            let (pid, started_at) = known_as.map_or((one.pid, one.started_at), |(key, _)| *key);
            let known = Known::next(known_as.map(|(_, known)| known), one, now);
            children.push(Child { pid, command: command(&one.words), started_at, pace: known.pace });
            self.known.insert((pid, started_at), known);
        }
        children
    }
}

/// The same process as before: its start is reckoned anew with each look, and may differ by a moment.
fn before_of<'a>(before: &'a BTreeMap<Key, Known>, one: &Offspring) -> Option<(&'a Key, &'a Known)> {
    let apart = |at: Timestamp| one.started_at.since(at).max(at.since(one.started_at));
    before.iter().find(|((pid, at), _)| *pid == one.pid && apart(*at) < SAME_START)
}

impl Known {
    fn next(before: Option<&Self>, one: &Offspring, now: Timestamp) -> Self {
        let processor_time = one.processor_time;
        let Some(before) = before else {
            return Self { busy_at: now, looked_at: now, processor_time, pace: Pace::Works };
        };
        let used = processor_time.saturating_sub(before.processor_time);
        let was_busy = used * NEXT_TO_NOTHING > now.since(before.looked_at);
        // From a clock that went back: it has been at rest since now, for all that is known.
        let busy_at = if was_busy { now } else { before.busy_at.min(now) };
        let rests = before.pace == Pace::Rests || now.since(busy_at) >= REST;
        Self { busy_at, looked_at: now, processor_time, pace: if rests { Pace::Rests } else { Pace::Works } }
    }
}

/// Whether it is neither the agent itself nor a server's, its own or that of somebody above it.
fn is_work(one: &Offspring, all: &[Offspring]) -> bool {
    let mut above = Some(one);
    // No line of descent is longer than all of them.
    for _ in 0..=all.len() {
        match above {
            Some(Offspring { standing: Standing::TalkedWith, .. }) => return false,
            Some(here) => above = all.iter().find(|parent| parent.pid == here.parent),
            None => break,
        }
    }
    one.standing != Standing::AgentItself
}

/// A command in a word or two: the program's name, and its first argument where that is a plain word.
fn command(words: &[String]) -> String {
    let name = |word: &String| word.rsplit('/').next().unwrap_or_default().to_owned();
    let is_plain = |word: &String| {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
        !word.is_empty() && word.chars().count() <= COMMAND && word.chars().all(plain)
    };
    let mut words = words.iter();
    let program = words.next().map(name).unwrap_or_default();
    let program: String = program.chars().filter(|letter| !letter.is_control()).take(COMMAND).collect();
    let first = words.find(|word| !word.starts_with('-'));
    match first.filter(|word| is_plain(word)).map(name).filter(|word| !word.is_empty()) {
        Some(first) if !program.is_empty() => format!("{program} {first}"),
        _ if program.is_empty() => "a program without a name".to_owned(),
        _ => program,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TURN: Timestamp = Timestamp::from_millis(100_000);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(100_000 + second * 1000)
    }

    fn program(pid: u32, parent: u32, second: i64, words: &str) -> Offspring {
        Offspring {
            pid,
            parent,
            started_at: at(second),
            processor_time: Duration::ZERO,
            words: words.split(' ').map(str::to_owned).collect(),
            standing: Standing::OnItsOwn,
        }
    }

    fn commands(children: &[Child]) -> Vec<(&str, Pace)> {
        children.iter().map(|child| (child.command.as_str(), child.pace)).collect()
    }

    #[test]
    fn what_was_there_before_the_turn_and_what_is_talked_with_is_not_its_work() {
        let server = Offspring { standing: Standing::TalkedWith, ..program(20, 10, 1, "npx -y some-mcp") };
        let found = [
            program(10, 1, -5, "claude"),
            Offspring { standing: Standing::AgentItself, ..program(12, 10, 1, "node cli.js") },
            program(11, 10, -4, "node helper.js"),
            server,
            program(21, 20, 2, "node server.js"),
            program(30, 12, 3, "/bin/bash -c 'cargo test; secret'"),
            program(31, 30, 3, "/usr/bin/cargo test -p x --token=hunter2"),
        ];
        let children = Rounds::default().look(&found, TURN, at(4));
        assert_eq!(commands(&children), [("bash", Pace::Works), ("cargo test", Pace::Works)]);
    }

    #[test]
    fn what_uses_no_processor_rests_after_a_minute_and_stays_so() {
        let mut rounds = Rounds::default();
        let mut busy = program(30, 10, 1, "make all");
        let calm = program(31, 10, 1, "npm run dev");
        let mut look =
            |busy: &Offspring, second| rounds.look(&[busy.clone(), calm.clone()], TURN, at(second));
        assert_eq!(commands(&look(&busy, 2)), [("make all", Pace::Works), ("npm run", Pace::Works)]);
        busy.processor_time = Duration::from_secs(20);
        assert_eq!(commands(&look(&busy, 61)), [("make all", Pace::Works), ("npm run", Pace::Works)]);
        busy.processor_time = Duration::from_secs(21);
        assert_eq!(commands(&look(&busy, 62)), [("make all", Pace::Works), ("npm run", Pace::Rests)]);
        assert_eq!(commands(&look(&busy, 121)), [("make all", Pace::Works), ("npm run", Pace::Rests)]);
        assert_eq!(commands(&look(&busy, 122)), [("make all", Pace::Rests), ("npm run", Pace::Rests)]);
        busy.processor_time = Duration::from_secs(60);
        assert_eq!(commands(&look(&busy, 200))[0], ("make all", Pace::Rests));
    }

    #[test]
    fn a_clock_that_went_back_keeps_nobody_at_work_for_longer_than_a_minute() {
        let mut rounds = Rounds::default();
        let mut look = |second| rounds.look(&[program(31, 10, 1, "npm run dev")], TURN, at(second))[0].pace;
        assert_eq!(
            [2_000, 100, 159, 160].map(&mut look),
            [Pace::Works, Pace::Works, Pace::Works, Pace::Rests]
        );
    }

    #[test]
    fn a_number_that_was_given_again_is_another_program() {
        let mut rounds = Rounds::default();
        rounds.look(&[program(30, 10, 1, "sleep 1000")], TURN, at(1));
        assert!(!rounds.look(&[program(30, 10, 1, "sleep 1000")], TURN, at(70))[0].works());
        assert!(rounds.look(&[program(30, 10, 69, "make")], TURN, at(71))[0].works());
    }

    #[test]
    fn a_command_is_named_and_its_secrets_are_not() {
        let named =
            |words: &[&str]| command(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        for (words, expected) in [
            (&["/usr/bin/python3", "-m", "pytest", "-x"][..], "python3 pytest"),
            (&["curl", "-H", "Authorization: Bearer x"], "curl"),
            (&["bash", "-c", "export TOKEN=x; run"], "bash"),
            (&["node", "/w/node_modules/.bin/vitest"], "node vitest"),
            (&["x\u{1b}[2J"], "x[2J"),
            (&[], "a program without a name"),
            (&["", "a"], "a program without a name"),
        ] {
            assert_eq!(named(words), expected);
        }
    }

    proptest! {
        /// Whatever the table shows, loops in it included: nothing older than the turn counts, the list is bounded, and
        /// whoever has just used the processor works unless it was called resting before.
        #[test]
        fn any_table_is_judged(
            table in prop::collection::btree_map(1u32..60, (0u32..12, -3i64..60, 0u64..40, any::<bool>()), 0..60),
            looks in prop::collection::vec(1i64..40, 1..6),
        ) {
            let found: Vec<Offspring> = table.iter().map(|(pid, (parent, second, used, talks))| Offspring {
                processor_time: Duration::from_secs(*used),
                standing: if *talks { Standing::TalkedWith } else { Standing::OnItsOwn },
                ..program(*pid, *parent, *second, "x")
            }).collect();
            let (mut rounds, mut now, mut rested) = (Rounds::default(), 60, Vec::new());
            for gap in looks {
                now += gap;
                let children = rounds.look(&found, TURN, at(now));
                prop_assert!(children.len() <= MOST);
                for child in &children {
                    prop_assert!(child.started_at >= TURN);
                    prop_assert!(!rested.contains(&(child.pid, child.started_at)) || !child.works());
                }
                rested.extend(children.iter().filter(|it| !it.works()).map(|it| (it.pid, it.started_at)));
            }
        }
    }
}
