//! The commands that worktrees are set up with and taken down with. Whether a repository's may run is the business of
//! whoever runs them: here they are only read.

use crate::declaration::Declaration;
use crate::declaration::Refusal;
use crate::declaration::Scope;
use crate::declaration::Shape;
use crate::document::Given;
use crate::document::split;
use crate::origin::FileLayer;
use crate::origin::Sourced;
use crate::section::Winners;
use crate::shown::Shown;

/// Commands, each its program and arguments.
pub type Commands = Vec<Vec<String>>;

const SETUP: &str = "worktree.setup";
const TEARDOWN: &str = "worktree.teardown";

/// Commands around a worktree's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hooks {
    /// Run in a new worktree after its packages are installed, before the agent starts.
    pub setup: Option<Sourced<Commands>>,
    /// Run in a worktree before it is removed.
    pub teardown: Option<Sourced<Commands>>,
}

const fn declaration(key: &'static str, doc: &'static str, examples: &'static [&'static str]) -> Declaration {
    Declaration {
        key,
        aliases: &[],
        shape: Shape::Commands,
        default: None,
        doc,
        scope: Scope::UserAndRepository,
        // An agent may call `owt` with variables of its own.
        variable: None,
        expects: "commands as [[\"program\", \"argument\"]]",
        words: &[],
        examples,
        check: word,
    }
}

impl Hooks {
    pub(crate) const DECLARATIONS: &'static [Declaration] = &[
        declaration(
            SETUP,
            " Commands that run in a new worktree after its packages are installed and before the agent starts, without a \
             shell. A repository's run only after you have approved them (`owt approvals`).",
            &["[[\"npm\", \"run\", \"build\"]]", "[[\"sh\", \"-c\", \"createdb app_$OWT_DATABASE_SUFFIX\"]]"],
        ),
        declaration(
            TEARDOWN,
            " Commands that run in a worktree before it is removed, without a shell. A repository's run only after you \
             have approved them (`owt approvals`).",
            &[
                "[[\"docker\", \"compose\", \"down\"]]",
                "[[\"sh\", \"-c\", \"dropdb app_$OWT_DATABASE_SUFFIX\"]]",
            ],
        ),
    ];

    pub(crate) fn from_winners(winners: &Winners) -> Self {
        let commands = |key: &str| match winners.get(&split(key)) {
            Some((Given::Commands(commands), origin)) if !commands.is_empty() => {
                Some(Sourced { value: commands.clone(), origin: origin.clone() })
            }
            _ => None,
        };
        Self { setup: commands(SETUP), teardown: commands(TEARDOWN) }
    }

    pub(crate) fn shown(&self) -> Vec<Shown> {
        let shown = |key: &str, hook: &Option<Sourced<Commands>>| {
            let hook = hook.as_ref()?;
            Some(Shown::new(&split(key), Given::Commands(hook.value.clone()), &hook.origin))
        };
        shown(SETUP, &self.setup).into_iter().chain(shown(TEARDOWN, &self.teardown)).collect()
    }
}

fn word(text: &str, _: Option<FileLayer>) -> Result<(), Refusal> {
    match () {
        () if text.is_empty() => Err(Refusal::NoValue("a word of a command is empty".to_owned())),
        () if text.contains('\0') => Err(Refusal::NoValue("a word contains a NUL".to_owned())),
        () => Ok(()),
    }
}
