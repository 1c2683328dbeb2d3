//! `[critic]` and `[landing]`: the lists among their settings. What the rules are and which commands may run is the
//! business of whoever goes by them.

use owt_core::critic::RuleName;
use owt_core::critic::Scope as Place;

use crate::command_line;
use crate::declaration::Check;
use crate::declaration::Declaration;
use crate::declaration::Refusal;
use crate::declaration::Scope;
use crate::declaration::Shape;
use crate::document::Given;
use crate::document::split;
use crate::hooks::Commands;
use crate::origin::FileLayer;
use crate::origin::Sourced;
use crate::section::Winners;
use crate::shown::Shown;

const DENY: &str = "critic.deny";
const WARN: &str = "critic.warn";
const NOTE: &str = "critic.note";
const IGNORE: &str = "critic.ignore";
const SCOPE: &str = "critic.scope";
const CHECKS: &str = "landing.checks";

/// The lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandingLists {
    /// Rules of the critic that deny.
    pub deny: Option<Sourced<Vec<String>>>,
    /// Rules that warn.
    pub warn: Option<Sourced<Vec<String>>>,
    /// Rules that note.
    pub note: Option<Sourced<Vec<String>>>,
    /// Rules that are left out.
    pub ignore: Option<Sourced<Vec<String>>>,
    /// Where changes belong.
    pub scope: Option<Sourced<Vec<String>>>,
    /// Commands that must succeed on what is to land, each as one line.
    pub checks: Option<Sourced<Vec<String>>>,
}

const fn list(
    key: &'static str,
    doc: &'static str,
    expects: &'static str,
    examples: &'static [&'static str],
    check: Check,
) -> Declaration {
    Declaration {
        key,
        aliases: &[],
        shape: Shape::TextList,
        default: None,
        doc,
        scope: Scope::UserAndRepository,
        // An agent may call `owt` with variables of its own.
        variable: None,
        expects,
        words: &[],
        examples,
        check,
    }
}

const RULES: &str = "names of rules, as in [\"todo\", \"debug_code\"]";
const SOME_RULES: &[&str] = &["[\"todo\"]", "[\"debug_code\", \"deleted_tests\"]"];

impl LandingLists {
    /// Those of `[critic]`.
    pub(crate) const OF_CRITIC: &'static [Declaration] = &[
        list(
            DENY,
            " Rules of the critic that keep work from landing (`owt critic --rules` lists them). A repository's are those of the \
             branch that the work would land in.",
            RULES,
            SOME_RULES,
            rule,
        ),
        list(WARN, " Rules of the critic that warn, and let work pass.", RULES, SOME_RULES, rule),
        list(NOTE, " Rules of the critic that only note something.", RULES, SOME_RULES, rule),
        list(
            IGNORE,
            " Rules of the critic that are left out. A repository cannot make lighter what keeps secrets and unsettled \
             conflicts out; you can.",
            RULES,
            SOME_RULES,
            rule,
        ),
        list(
            SCOPE,
            " Where changes belong: files, folders, or patterns with `*` and `**`. Whatever else is changed does not land.",
            "paths below the repository's root",
            &["[\"src\", \"docs/**/*.md\"]", "[\"README.md\"]"],
            place,
        ),
    ];

    /// Those of `[landing]`.
    pub(crate) const OF_LANDING: &'static [Declaration] = &[list(
        CHECKS,
        " Commands that must succeed on what is to land, without a shell, in a private worktree. A repository's are those \
             of the branch that the work would land in, and run only after you have approved them (`owt approvals`).",
        "commands, each as one line",
        &["[\"cargo test\"]", "[\"npm ci\", \"npm test\"]"],
        command,
    )];

    pub(crate) fn from_winners(winners: &Winners) -> Self {
        let list = |key: &str| match winners.get(&split(key)) {
            Some((Given::List(words), origin)) if !words.is_empty() => {
                Some(Sourced { value: words.clone(), origin: origin.clone() })
            }
            _ => None,
        };
        Self {
            deny: list(DENY),
            warn: list(WARN),
            note: list(NOTE),
            ignore: list(IGNORE),
            scope: list(SCOPE),
            checks: list(CHECKS),
        }
    }

    /// The checks as programs with their arguments.
    pub fn commands(&self) -> Option<Sourced<Commands>> {
        let checks = self.checks.as_ref()?;
        let words = |line: &String| command_line::words(line).expect("the check of a setting is its parser");
        Some(Sourced { value: checks.value.iter().map(words).collect(), origin: checks.origin.clone() })
    }

    pub(crate) fn shown(&self) -> Vec<Shown> {
        let lists = [
            (DENY, &self.deny),
            (WARN, &self.warn),
            (NOTE, &self.note),
            (IGNORE, &self.ignore),
            (SCOPE, &self.scope),
            (CHECKS, &self.checks),
        ];
        let shown = |(key, list): (&str, &Option<Sourced<Vec<String>>>)| {
            let list = list.as_ref()?;
            Some(Shown::new(&split(key), Given::List(list.value.clone()), &list.origin))
        };
        lists.into_iter().filter_map(shown).collect()
    }
}

fn rule(text: &str, _: Option<FileLayer>) -> Result<(), Refusal> {
    text.parse::<RuleName>().map(drop).map_err(|error| Refusal::NoValue(error.to_string()))
}

fn place(text: &str, _: Option<FileLayer>) -> Result<(), Refusal> {
    text.parse::<Place>().map(drop).map_err(|error| Refusal::NoValue(error.to_string()))
}

fn command(text: &str, _: Option<FileLayer>) -> Result<(), Refusal> {
    command_line::words(text).map(drop).map_err(|error| Refusal::NoValue(error.to_string()))
}
