//! The rules: their names, and how much each weighs unless somebody says otherwise.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// To be looked at before it lands.
    Warn,
    /// It does not land.
    Deny,
}

impl Severity {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: RuleName,
    /// How much it weighs.
    pub severity: Severity,
    /// Whether a repository may make it lighter; the person always may.
    pub repository_may_lower: bool,
    /// What it looks for.
    pub about: &'static str,
}

/// There is no such rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule '{0}'")]
pub struct UnknownRule(pub String);

macro_rules! rules {
    ($($variant:ident = $word:literal, $severity:ident, $lower:literal, $about:literal;)+) => {
        /// The name of a rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum RuleName {
            $(
                #[doc = $about]
                $variant,
            )+
        }

        /// Every rule.
        pub const RULES: &[Rule] = &[$(
            Rule {
                name: RuleName::$variant,
                severity: Severity::$severity,
                repository_may_lower: $lower,
                about: $about,
            },
        )+];

        impl RuleName {
            /// Its word, in configuration files and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl FromStr for RuleName {
            type Err = UnknownRule;

            fn from_str(word: &str) -> Result<Self, UnknownRule> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownRule(word.to_owned())),
                }
            }
        }
    };
}

rules! {
    SecretFile = "secret_file", Deny, false, "A file that by its name or content is a secret enters the repository.";
    SecretText = "secret_text", Deny, false, "A line has the form of a token or key that gives access to something.";
    ConflictMarkers = "conflict_markers", Deny, false, "A file has the marks of a conflict that nobody has settled.";
    Unreadable = "unreadable", Deny, false, "Something could not be looked at, so nobody knows what is in it.";
    LinkOut = "link_out", Deny, true, "A symbolic link leads out of the repository.";
    LargeFile = "large_file", Deny, true, "A change adds more to one file than `critic.max_file` allows.";
    OutOfScope = "out_of_scope", Deny, true, "A file outside of `critic.scope` is changed.";
    UncommittedWork = "uncommitted_work", Deny, true, "Something in the workspace is not committed.";
    UnmergedWork = "unmerged_work", Deny, true, "Commits are in no other branch that stays.";
    UnpushedWork = "unpushed_work", Deny, true, "A submodule is moved to a commit that only the workspace has.";
    EmptyBranch = "empty_branch", Deny, true, "There is nothing to land.";
    TargetConflicts = "target_conflicts", Deny, true, "Branch and target changed the same.";
    AgentWorks = "agent_works", Deny, true, "The workspace's agent is at work.";
    SecretChanged = "secret_changed", Warn, true, "A file that is tracked although its name is that of a secret is changed.";
    SecretEntropy = "secret_entropy", Warn, true, "A value beside a word like 'password' is too random for a word, an address has a password in it, or there is a JSON web token.";
    UnmergedParents = "unmerged_parents", Warn, true, "Commits come along that the workspace was made upon and the target does not have.";
    WorkspaceConflicts = "workspace_conflicts", Warn, true, "Another workspace changed the same.";
    DeletedTests = "deleted_tests", Warn, true, "Tests are taken away.";
    SkippedTests = "skipped_tests", Warn, true, "Tests are switched off.";
    Binary = "binary", Warn, true, "A binary file is added or changed.";
    Rules = "rules", Warn, true, "The repository's own rules for owt are changed; those of the target hold for this landing.";
    LocalSettings = "local_settings", Warn, true, "Settings of an agent that are meant for one machine are committed.";
    DebugCode = "debug_code", Warn, true, "Something that is meant for debugging is added.";
    PartialCode = "partial_code", Warn, true, "Something is added that says of itself that it is not finished.";
    Injection = "injection", Warn, true, "A call is added that runs text as code or as a command.";
    MissingChecks = "missing_checks", Note, true, "The repository declares no checks, so none run.";
    WithheldFiles = "withheld_files", Note, true, "Files stay out of the commit: secrets, or repositories of their own.";
    Submodule = "submodule", Note, true, "A submodule is moved.";
    Todo = "todo", Note, true, "A line is added that says what is still to be done.";
}

impl RuleName {
    /// The rule of this name.
    pub fn rule(self) -> &'static Rule {
        RULES.iter().find(|rule| rule.name == self).expect("each name is declared with its rule")
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
