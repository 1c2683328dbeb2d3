//! The agents that the configuration speaks of, each with the place where it does.

use std::fmt;

use owt_agents::catalog::UnknownAgent;

use crate::settings::Settings;

/// Something that the configuration says, and where: `FILE:LINE:COLUMN`, or the name of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// What it says.
    pub value: T,
    /// Where, as messages name it.
    pub place: String,
}

/// A mention of an agent that there is none of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct UnknownMention {
    /// The setting.
    pub key: MentionKey,
    /// Where it stands.
    pub place: String,
    /// The agent.
    pub unknown: UnknownAgent,
}

/// The setting that mentions an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MentionKey {
    /// `agent`: which one to use.
    Choice,
    /// `[agents.NAME]`: where its program is.
    Table,
}

impl fmt::Display for UnknownMention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, place, unknown } = self;
        match key {
            MentionKey::Choice => write!(f, "{place}: agent: {unknown}"),
            MentionKey::Table => write!(f, "{place}: [agents.{}] changes nothing: {unknown}", unknown.name),
        }
    }
}

impl Settings {
    /// The mention of the agent to use when none is named, where there is no such agent.
    pub fn unknown_choice(&self) -> Option<UnknownMention> {
        self.agent.as_ref().and_then(|agent| self.unknown(MentionKey::Choice, &agent.value, &agent.place))
    }

    /// The agents of `[agents.NAME]` that there are none of: what is said of them changes nothing.
    pub fn unknown_tables(&self) -> Vec<UnknownMention> {
        let unknown =
            |(name, path): (&String, &Placed<_>)| self.unknown(MentionKey::Table, name, &path.place);
        self.agent_paths.iter().filter_map(unknown).collect()
    }

    fn unknown(&self, key: MentionKey, name: &str, place: &str) -> Option<UnknownMention> {
        let unknown = self.catalog.get(name).err()?;
        Some(UnknownMention { key, place: place.to_owned(), unknown })
    }
}
