//! `[tmux.panes.NAME]`: command lines of the person's own beside an agent. Here the tables are only read.

use std::collections::BTreeMap;

use owt_core::pane::PanePercent;
use owt_core::pane::PanePlace;

use crate::declaration::Declaration;
use crate::declaration::Refusal;
use crate::declaration::Scope;
use crate::declaration::Shape;
use crate::declaration::check;
use crate::document::Given;
use crate::origin::FileLayer;
use crate::origin::Origin;
use crate::section::Winners;
use crate::section::parsed;
use crate::shown::Shown;
use crate::values::PaneSize;
use crate::values::SettingValue as _;
use crate::values::Split;

const SCOPE: Scope = Scope::UserOnly(
    "it is a command line that runs as you, and whoever writes the repository must not choose it",
);

pub(crate) const DECLARATIONS: &[Declaration] = &[
    Declaration {
        key: "tmux.panes.<name>.command",
        aliases: &[],
        shape: Shape::TextList,
        default: None,
        doc: "The program and its arguments; no shell reads them. They run in the workspace as soon as the session starts.",
        scope: SCOPE,
        variable: None,
        expects: "a program and its arguments",
        words: &[],
        examples: &["[\"lazygit\"]", "[\"npm\", \"run\", \"dev\"]"],
        check: word,
    },
    Declaration {
        key: "tmux.panes.<name>.split",
        aliases: &[],
        shape: Shape::Text,
        default: None,
        doc: "Where it stands: to the `right` of the agent or `below` it. Unsaid, the first pane stands below the agent and each other one beside the one before.",
        scope: SCOPE,
        variable: None,
        expects: Split::EXPECTS,
        words: Split::WORDS,
        examples: Split::EXAMPLES,
        check: check::<Split>,
    },
    Declaration {
        key: "tmux.panes.<name>.size",
        aliases: &[],
        shape: Shape::Text,
        default: None,
        doc: "How much of the agent's pane it takes, `30%` unless said.",
        scope: SCOPE,
        variable: None,
        expects: PaneSize::EXPECTS,
        words: PaneSize::WORDS,
        examples: PaneSize::EXAMPLES,
        check: check::<PaneSize>,
    },
];

/// One table `[tmux.panes.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaneTable {
    /// Program and arguments; never empty.
    pub command: Vec<String>,
    /// Where it stands.
    pub place: PanePlace,
    fields: Vec<(String, Given, Origin)>,
}

/// The tables that have a command, by name.
pub(crate) fn tables(winners: &Winners) -> BTreeMap<String, PaneTable> {
    let mut fields: BTreeMap<String, Vec<(String, Given, Origin)>> = BTreeMap::new();
    for (key, (given, origin)) in winners {
        if let [tmux, panes, name, field] = key.as_slice()
            && tmux == "tmux"
            && panes == "panes"
        {
            fields.entry(name.clone()).or_default().push((field.clone(), given.clone(), origin.clone()));
        }
    }
    fields.into_iter().filter_map(|(name, fields)| Some((name, PaneTable::of(fields)?))).collect()
}

impl PaneTable {
    fn of(fields: Vec<(String, Given, Origin)>) -> Option<Self> {
        let field = |name: &str| fields.iter().find(|(field, ..)| field == name).map(|(_, given, _)| given);
        let Some(Given::List(command)) = field("command") else { return None };
        let size = field("size").map_or(PanePercent::USUAL, |given| parsed::<PaneSize>(given).0);
        let place = match field("split").map(parsed::<Split>) {
            None if field("size").is_none() => PanePlace::Next,
            None | Some(Split::Below) => PanePlace::Below(size),
            Some(Split::Right) => PanePlace::Right(size),
        };
        let command = Some(command.clone()).filter(|words| !words.is_empty())?;
        Some(Self { command, place, fields })
    }

    /// The fields that were given.
    pub(crate) fn shown(&self, name: &str) -> Vec<Shown> {
        let shown = |(field, given, origin): &(String, Given, Origin)| {
            let key = ["tmux", "panes", name, field].map(str::to_owned);
            Shown::new(&key, given.clone(), origin)
        };
        self.fields.iter().map(shown).collect()
    }
}

fn word(text: &str, _: Option<FileLayer>) -> Result<(), Refusal> {
    if text.contains(char::is_control) {
        return Err(Refusal::NoValue("it contains a control character".to_owned()));
    }
    Ok(())
}
