//! What a person is told without asking: which notices there are, and by which channels they go at which hour.

mod interests;
mod quiet_hours;

use serde::Deserialize;
use serde::Serialize;

use crate::Timestamp;
use crate::status::Status;

pub use interests::Interests;
pub use interests::WrongInterests;
pub use quiet_hours::MinuteOfDay;
pub use quiet_hours::QuietHours;
pub use quiet_hours::WrongHours;

/// The most characters of a notice's detail: it comes from agents, and a notice is a line.
const MAX_DETAIL: usize = 300;

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// An agent waits for its person.
    NeedsPerson,
    /// An agent is done with what it was asked.
    Done,
    /// An agent, or its turn, has failed.
    Failed,
    /// Something about an agent is not as it should be.
    Warning,
    /// Any other change of a status.
    Status,
}

impl NoticeKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::NeedsPerson, Self::Done, Self::Failed, Self::Warning, Self::Status];

    /// Its word in configuration files, JSON and variables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeedsPerson => "needs_person",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Warning => "warning",
            Self::Status => "status",
        }
    }
}

/// A way to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The bell of the terminals at which they sit.
    Bell,
    /// A notification of their desktop.
    Desktop,
    /// A program of their own.
    Command,
    /// An address that is told over HTTP.
    Webhook,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 4] = [Self::Bell, Self::Desktop, Self::Command, Self::Webhook];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bell => "bell",
            Self::Desktop => "desktop",
            Self::Command => "command",
            Self::Webhook => "webhook",
        }
    }
}

/// What a person wants to be told, by which ways and when.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TellingRules {
    /// Of what.
    pub interests: Interests,
    /// By which ways: those that are switched on.
    pub channels: Vec<Channel>,
    /// When not.
    pub quiet_hours: QuietHours,
}

impl TellingRules {
    /// The ways that a notice of this kind goes at this time of the day.
    pub fn ways(&self, kind: NoticeKind, now: MinuteOfDay) -> Vec<Channel> {
        if self.interests.include(kind) && !self.quiet_hours.include(now) {
            self.channels.clone()
        } else {
            Vec::new()
        }
    }
}

/// Something that a person is told, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its number among those of its workspace, from 1.
    pub number: u64,
    /// What it is about.
    pub kind: NoticeKind,
    /// What the agent was doing.
    pub status: Status,
    /// What the person should know: one line without control characters.
    pub detail: Option<String>,
    /// When.
    pub at: Timestamp,
    /// The ways that it goes.
    pub ways: Vec<Channel>,
    /// Those of them that are done with: it was told, or could not be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<Channel>,
}

impl Notice {
    /// The ways that nobody is known to have gone to their end.
    pub fn open(&self) -> impl Iterator<Item = Channel> {
        self.ways.iter().copied().filter(|way| !self.settled.contains(way))
    }
}

/// One line that is safe to show: what comes from an agent may hold control characters, and be long.
pub fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let mut line = String::new();
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(MAX_DETAIL) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_goes_by_the_ways_that_are_on_when_it_is_wanted_and_nobody_sleeps() {
        let rules = TellingRules {
            interests: "needs_person,failed".parse().unwrap(),
            channels: vec![Channel::Bell, Channel::Webhook],
            quiet_hours: "22:00-07:00".parse().unwrap(),
        };
        let at = |hour: u16, minute: u16| MinuteOfDay::new(hour, minute).unwrap();
        let all = vec![Channel::Bell, Channel::Webhook];
        assert_eq!(rules.ways(NoticeKind::NeedsPerson, at(12, 0)), all);
        assert_eq!(rules.ways(NoticeKind::Failed, at(7, 0)), all);
        assert_eq!(rules.ways(NoticeKind::Failed, at(6, 59)), []);
        assert_eq!(rules.ways(NoticeKind::Failed, at(22, 0)), []);
        assert_eq!(rules.ways(NoticeKind::Done, at(12, 0)), []);
        assert_eq!(rules.ways(NoticeKind::Status, at(12, 0)), []);
    }

    #[test]
    fn what_an_agent_says_becomes_one_short_line_without_controls() {
        assert_eq!(one_line(" Bash: rm\n -rf \x1b[31m/\x07 "), "Bash: rm -rf [31m/");
        assert_eq!(one_line(&"ä".repeat(1000)).chars().count(), MAX_DETAIL + 1);
        assert_eq!(one_line("\u{9b}31m\u{7f}"), "31m");
    }
}
