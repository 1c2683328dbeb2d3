//! From a picture to a state, with the rows that say so.

use super::region::FoundBox;
use super::region::Parts;
use super::region::Region;
use super::rules::Gate;
use super::rules::PromptNeed;
use super::rules::ScreenRule;
use super::rules::ScreenState;
use super::view::ScreenView;
use crate::manifest::Manifest;

/// What a screen says, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict<'m> {
    /// The state; `None` when no rule holds.
    pub state: Option<ScreenState>,
    /// The rule that won.
    pub rule: Option<&'m str>,
    /// What the person must do, for dialogs and errors.
    pub person: Option<&'m str>,
    /// What is asked for, for permissions and questions whose rule says where that stands.
    pub asks: Option<String>,
    /// Text that stands in the input box. A paste now would be added to it.
    pub draft: Option<String>,
    /// Whether a prompt may be pasted now.
    pub accepts_input: bool,
    /// The rows that made the rule hold.
    pub evidence: Vec<Evidence>,
}

/// One row that made a rule hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Where it stands.
    pub region: Region,
    /// The row.
    pub row: String,
}

/// A rule that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldRule<'m> {
    /// The rule.
    pub rule: &'m ScreenRule,
    /// The rows that made it hold.
    pub evidence: Vec<Evidence>,
}

/// Every rule that holds for a screen, the one that decides first.
pub fn held_rules<'m>(manifest: &'m Manifest, view: &ScreenView) -> Vec<HeldRule<'m>> {
    let parts = Parts::new(view, manifest.screen.prompt_box.as_ref());
    held_in(manifest, &parts).collect()
}

/// The rules that hold, by their rank, the first of equals first.
fn held_in<'m>(manifest: &'m Manifest, parts: &Parts<'_>) -> impl Iterator<Item = HeldRule<'m>> {
    let mut rules: Vec<&ScreenRule> = manifest.screen.rules.iter().collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
    rules.into_iter().filter_map(|rule| holds(rule, parts).map(|evidence| HeldRule { rule, evidence }))
}

/// Judges a screen by the manifest's rules.
pub fn classify<'m>(manifest: &'m Manifest, view: &ScreenView) -> Verdict<'m> {
    let parts = Parts::new(view, manifest.screen.prompt_box.as_ref());
    let won = held_in(manifest, &parts).next();
    let draft = parts.prompt.as_ref().and_then(FoundBox::draft);
    match won {
        Some(HeldRule { rule, evidence }) => Verdict {
            state: Some(rule.state),
            rule: Some(&rule.name),
            person: rule.person.as_deref(),
            asks: asked(rule, view),
            accepts_input: draft.is_none() && rule.accepts_input.unwrap_or(rule.state == ScreenState::Ready),
            draft,
            evidence,
        },
        None => Verdict {
            state: None,
            rule: None,
            person: None,
            asks: None,
            draft,
            accepts_input: false,
            evidence: Vec::new(),
        },
    }
}

/// What stands in the place where its rule says that it stands.
fn asked(rule: &ScreenRule, view: &ScreenView) -> Option<String> {
    let pattern = rule.asks.as_ref()?;
    let found = view.rows().iter().rev().find_map(|row| pattern.group_of(row));
    found.filter(|words| !words.is_empty()).map(str::to_owned)
}

/// The rows that make a rule hold; `None` when it does not.
fn holds(rule: &ScreenRule, parts: &Parts<'_>) -> Option<Vec<Evidence>> {
    let draft = parts.prompt.as_ref().map(FoundBox::draft);
    let box_fits = match rule.prompt {
        PromptNeed::Any => true,
        PromptNeed::Present => draft.is_some(),
        PromptNeed::Absent => draft.is_none(),
        PromptNeed::Empty => draft == Some(None),
        PromptNeed::Draft => matches!(draft, Some(Some(_))),
    };
    if !box_fits || rule.none.iter().any(|gate| passing_row(gate, rule, parts).is_some()) {
        return None;
    }
    let mut evidence = Vec::new();
    for gate in &rule.all {
        evidence.push(passing_row(gate, rule, parts)?);
    }
    if !rule.any.is_empty() {
        evidence.push(rule.any.iter().find_map(|gate| passing_row(gate, rule, parts))?);
    }
    Some(evidence)
}

fn passing_row(gate: &Gate, rule: &ScreenRule, parts: &Parts<'_>) -> Option<Evidence> {
    let region = gate.region.unwrap_or(rule.region);
    let row = parts.rows(region).into_iter().find(|row| gate.is_match(row))?;
    Some(Evidence { region, row: row.to_owned() })
}
