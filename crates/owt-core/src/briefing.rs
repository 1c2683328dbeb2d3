//! What an agent is told besides its task: where it stands, how to go about it, and how the repository is worked with.
//!
//! The task itself is never part of it: that goes to the agent as it was written. What the repository says of itself
//! (names, commands) is put on one line each, without controls, so that it cannot pass for a part of this text.

mod conflict;
mod instructions;
mod kind;
mod preamble;
mod quote;
mod repository;
mod results;
mod template;

use std::fmt::Write as _;

use serde::Deserialize;
use serde::Serialize;

pub use self::conflict::conflict_message;
pub use self::instructions::INSTRUCTION_FILES;
pub use self::instructions::Instructions;
pub use self::instructions::MAX_INSTRUCTION_FILES;
pub use self::instructions::MAX_INSTRUCTIONS;
pub use self::kind::TaskKind;
pub use self::preamble::PREAMBLE_MARK;
pub use self::preamble::TASK_MARK;
pub use self::quote::MAX_AGENT_MESSAGE;
pub use self::quote::MAX_QUOTES;
pub use self::quote::NOTES_MARK;
pub use self::quote::Notes;
pub use self::quote::Quote;
pub use self::quote::message_from_agent;
pub use self::quote::message_from_owt;
pub use self::quote::note_message;
pub use self::repository::PackageState;
pub use self::repository::ProjectCommands;
pub use self::repository::Surroundings;
pub use self::results::EarlierResults;
pub use self::results::EarlierWork;
pub use self::results::MAX_LAST_WORDS;
pub use self::results::MAX_RESULTS;
pub use self::template::MAX_STEP_CHARS;
pub use self::template::MAX_STEPS;
pub use self::template::MAX_TEXT_CHARS;
pub use self::template::Manner;
pub use self::template::Opening;
pub use self::template::Template;
pub use self::template::TemplateName;
pub use self::template::TemplateNameError;

/// The most projects whose commands are told.
pub const MAX_PROJECTS: usize = 10;
/// The longest name or command that is told, in characters.
pub const MAX_WORDS: usize = 300;

/// Whether an agent is told anything besides its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextChoice {
    /// All that is known.
    #[default]
    Full,
    /// Nothing.
    Off,
}

impl ContextChoice {
    /// Whether a record leaves it out: those of earlier versions do not have it.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A branch and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The branch.
    pub branch: String,
    /// The base, as it was named.
    pub base: String,
    /// The base's commit, abbreviated.
    pub commit: String,
}

/// What an agent stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A worktree of its own.
    Worktree(Line),
    /// The person's own checkout.
    Checkout(Line),
    /// A plain folder.
    Folder,
}

/// Who makes commits of the work, where there are commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitsBy {
    /// The agent.
    Agent,
    /// `owt`, when a turn ends: the agent is kept from it.
    Owt,
}

/// What is wanted of the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// The work.
    Work {
        /// The task, to be recognised only.
        task: &'a str,
    },
    /// A plan, and no change.
    Plan,
    /// What the person will say.
    Nothing,
}

/// Who else works in the same folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// Nobody.
    Nobody,
    /// An agent of ours.
    Agent,
}

/// All that a briefing is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Briefing<'a> {
    /// What is wanted.
    pub wanted: Wanted<'a>,
    /// The way of working that was chosen for it.
    pub manner: Option<&'a Manner>,
    /// Where the agent stands.
    pub standing: Standing,
    /// Who commits.
    pub commits: CommitsBy,
    /// How the repository is worked with, and what is there for that.
    pub surroundings: Surroundings,
    /// The person's own, where the worktree does not have them.
    pub instructions: Vec<Instructions>,
    /// What came of the work that this one builds on.
    pub results: EarlierResults,
    /// What others have left for whoever works here.
    pub notes: Notes,
}

impl Briefing<'_> {
    /// The whole text, bounded. It ends with a newline.
    pub fn text(&self) -> String {
        let mut text = String::from("# From owt, which started this session\n");
        self.write_place(&mut text);
        self.write_way(&mut text);
        self.write_rest(&mut text);
        text
    }

    /// The same for a session that the person started in a worktree of ours: how to go about it is theirs to say.
    pub fn for_a_persons_session(&self, company: Company) -> String {
        let mut text = String::from("# From owt, which made this worktree and did not start this session\n");
        self.write_place(&mut text);
        if company == Company::Agent {
            text.push_str(
                "An agent that owt started is at work in this very folder: ask the person before you change anything.\n",
            );
        }
        text.push_str("Variables that are named below are not set in this session; their values hold.\n");
        self.write_rest(&mut text);
        text
    }

    fn write_rest(&self, text: &mut String) {
        self.surroundings.write(text);
        instructions::write_all(&self.instructions, text);
        self.results.write(text);
        self.notes.write(text);
    }

    fn write_place(&self, text: &mut String) {
        let _infallible = writeln!(text, "\n## Where you are\n{}", self.place());
    }

    fn place(&self) -> String {
        let (place, line) = match &self.standing {
            Standing::Worktree(line) => ("a git worktree of your own", line),
            Standing::Checkout(line) => ("the person's own checkout", line),
            Standing::Folder => {
                return "You work in a plain folder without version control. Stay in it.".to_owned();
            }
        };
        let [branch, base, commit] = [&line.branch, &line.base, &line.commit].map(|words| inert(words));
        format!(
            "You work in {place}, on the branch `{branch}`, which starts from `{base}` at {commit}. Other agents may be at \
             work in other worktrees of this repository: stay in this one, and on this branch."
        )
    }

    fn write_way(&self, text: &mut String) {
        let (task, opening) = match (self.wanted, self.manner) {
            (Wanted::Plan, None) => {
                text.push_str("\n## How to go about it\nRead and plan; change nothing.\n");
                return;
            }
            (Wanted::Nothing, None) => return,
            (Wanted::Plan, Some(_)) => {
                ("", "Read and plan first; change nothing until the person agrees to the plan. ")
            }
            (Wanted::Nothing, Some(_)) => ("", ""),
            (Wanted::Work { task }, _) => (task, ""),
        };
        text.push_str("\n## How to go about it\n");
        let kind = self.manner.and_then(|manner| manner.kind).unwrap_or_else(|| TaskKind::of(task));
        let _infallible = match self.manner {
            Some(manner) => writeln!(
                text,
                "{opening}The person has chosen the way of working `{}` ({}). Unless the task itself says otherwise:",
                manner.template,
                kind.noun()
            ),
            None => {
                writeln!(text, "The task looks like {}. Unless the task itself says otherwise:", kind.noun())
            }
        };
        let chosen = self.manner.iter().flat_map(|manner| &manner.steps).map(|step| plain(step));
        let mut steps: Vec<String> = chosen.collect();
        if steps.is_empty() {
            steps = kind.steps().map(str::to_owned).into();
        }
        for (number, step) in (1..).zip(steps.iter().map(String::as_str).chain(self.last_step())) {
            let _infallible = writeln!(text, "{number}. {step}");
        }
        for line in self.manner.iter().flat_map(|manner| manner.text.trim().lines()) {
            let _infallible = writeln!(text, "{}", plain(line));
        }
    }

    fn last_step(&self) -> Option<&'static str> {
        match (&self.standing, self.commits) {
            (Standing::Folder, _) => None,
            (_, CommitsBy::Agent) => Some(
                "Commit: small commits whose messages say why; only files that belong to this task. Do not push.",
            ),
            (_, CommitsBy::Owt) => Some(
                "Do not commit: owt commits what you leave in the folder. Leave only what belongs to this task.",
            ),
        }
    }
}

/// One line of somebody's words. What acts on a terminal, ends the line or turns its direction becomes a blank.
fn plain(line: &str) -> String {
    let acts = |c: char| {
        (c.is_control() && c != '\t')
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    line.chars().map(|c| if acts(c) { ' ' } else { c }).collect()
}

/// Words of others on one line, bounded, without what could end their quoting.
fn inert(words: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '`' | '\u{2028}' | '\u{2029}');
    words.chars().map(|c| if is_break(c) { ' ' } else { c }).take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests;
