//! A way of working that has a name: what the agent is told, and how the work is begun where nobody says otherwise. It
//! never says what an agent may do, nor which program runs.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use super::TaskKind;

/// The most steps of a template.
pub const MAX_STEPS: usize = 20;
/// The longest step, in characters.
pub const MAX_STEP_CHARS: usize = 300;
/// The longest text besides the steps, in characters.
pub const MAX_TEXT_CHARS: usize = 4_000;
/// The longest name, in bytes.
const MAX_NAME: usize = 64;

/// A template's name: lower-case letters, digits and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TemplateName(String);

/// Why a text is no template's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no name of a template: lower-case letters, digits and '-'")]
pub struct TemplateNameError(String);

impl TemplateName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`TemplateNameError`].
    pub fn new(text: &str) -> Result<Self, TemplateNameError> {
        let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fits = !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(is_fine);
        if fits { Ok(Self(text.to_owned())) } else { Err(TemplateNameError(text.to_owned())) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TemplateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for TemplateName {
    type Error = TemplateNameError;

    fn try_from(text: String) -> Result<Self, TemplateNameError> {
        Self::new(&text)
    }
}

impl From<TemplateName> for String {
    fn from(name: TemplateName) -> Self {
        name.0
    }
}

/// What an agent is told of the way of working that was chosen for it. Recorded with its job, so that it is told the
/// same when its session is taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manner {
    /// The template's name.
    pub template: TemplateName,
    /// The kind of work; recognised from the task where it says nothing.
    pub kind: Option<TaskKind>,
    /// The steps; those of the kind where there are none.
    pub steps: Vec<String>,
    /// What else it says.
    pub text: String,
}

/// Whether a plan comes before the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Opening {
    /// The work begins at once.
    #[default]
    Work,
    /// A plan comes first, where a person can agree to it and the agent can be held to it.
    Plan,
}

/// A template. What it says is a default: flags of the command go before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// What it is for, in a line.
    pub description: String,
    /// What the agent is told.
    pub manner: Manner,
    /// Whether a plan comes first.
    pub opening: Opening,
    /// The bases to start from: the first that there is, or the usual one.
    pub bases: Vec<String>,
    /// The branch's prefix.
    pub prefix: Option<String>,
    /// The agent.
    pub agent: Option<String>,
}

/// The branches that repositories call their own.
const MAIN_BRANCHES: [&str; 3] = ["main", "master", "trunk"];

impl Template {
    /// The templates that are part of the program, by name.
    pub fn built_in() -> Vec<Self> {
        vec![feature(), bugfix(), hotfix()]
    }

    /// Its name.
    pub const fn name(&self) -> &TemplateName {
        &self.manner.template
    }
}

fn named(name: &str, kind: TaskKind, description: &str, steps: &[&str], text: &str) -> Template {
    Template {
        description: description.to_owned(),
        manner: Manner {
            template: TemplateName::new(name).expect("the names of our own are names"),
            kind: Some(kind),
            steps: steps.iter().map(|step| (*step).to_owned()).collect(),
            text: text.to_owned(),
        },
        opening: Opening::Work,
        bases: Vec::new(),
        prefix: None,
        agent: None,
    }
}

fn feature() -> Template {
    let steps = [
        "Orient: read the README and the guides for contributors and agents; find how the project does such things.",
        "Plan: say what will change, in which files, and how it will be tested.",
        "Test first: write tests that fail because the feature is missing, in the project's own way.",
        "Implement: the smallest change that makes them pass and does the whole task.",
        "Document: what a user or a contributor must know, where the project keeps such things.",
        "Verify: run all of the project's tests and look at your own diff as a reviewer would.",
    ];
    let description = "a plan, tests first, then the implementation, then the docs";
    let bases = ["develop"].into_iter().chain(MAIN_BRANCHES).map(str::to_owned).collect();
    let template = named("feature", TaskKind::Feature, description, &steps, "");
    Template { opening: Opening::Plan, bases, ..template }
}

fn bugfix() -> Template {
    let steps = [
        "Orient: read the report again; find where the code meets what it describes.",
        "Root cause: find what is wrong, not the nearest symptom, and be able to say why it happens.",
        "Reproduce: write a test that fails because of that cause.",
        "Fix: the minimal change that mends the cause; the test passes now.",
        "Verify: run the project's tests, and look for the same fault elsewhere.",
    ];
    named(
        "bugfix",
        TaskKind::Bugfix,
        "the root cause, a test that reproduces it, a minimal change",
        &steps,
        "",
    )
}

fn hotfix() -> Template {
    let steps = [
        "Orient: find what is broken in production, and since when.",
        "Reproduce: write a test that fails because of the fault. There is no hotfix without one.",
        "Fix: the fewest lines that mend it. No refactoring, no new dependency, no change of what others rely on.",
        "Verify: run all of the project's tests; say what could break, and how to take the change back.",
    ];
    let description = "minimal, with a test, nothing that endangers production";
    let text = "The stability of production goes before everything else: leave alone whatever is not broken.";
    let template = named("hotfix", TaskKind::Bugfix, description, &steps, text);
    let bases = MAIN_BRANCHES.map(str::to_owned).to_vec();
    Template { bases, prefix: Some("hotfix".to_owned()), ..template }
}
