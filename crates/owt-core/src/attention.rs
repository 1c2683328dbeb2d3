//! The attention that a workspace has got from its person: what they were told of it, each cause once, and what they
//! have not looked at.
//!
//! A cause is recorded before it is told, and once. That it was told, by each way, is recorded afterwards: what a server that
//! died has left open is told by the next one, where that is fresh and still so.

mod cause;
mod sight;

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::DeliveryId;
use crate::Timestamp;
use crate::WorkspaceId;
use crate::machine::Machine;
use crate::machine::Step;
use crate::notice::Channel;
use crate::notice::MinuteOfDay;
use crate::notice::Notice;
use crate::notice::NoticeKind;
use crate::notice::TellingRules;
use crate::notice::one_line;
use crate::status::MAY_BE_UNREAD;
use crate::status::Status;
use crate::warning::Warning;

pub use cause::Cause;
pub use sight::Ending;
pub use sight::MessageUnderWay;
pub use sight::Outlook;
pub use sight::Sight;
pub use sight::outlook;

/// How many causes are remembered: more than can be open at once.
const REMEMBERED: usize = 48;

/// How many notices are kept to be shown.
const SHOWN: usize = 8;

/// What was not told in this time is not told any more: who comes back after a day looks at a list.
const FRESH: Duration = Duration::from_secs(10 * 60);

/// The attention that a workspace has got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// How it was when it was looked at last, by us.
    pub seen: Option<Sight>,
    /// Whether its agent has worked since it came to rest.
    pub worked: bool,
    /// Since when its agent has not come to rest; `None` at rest.
    pub busy_since: Option<Timestamp>,
    /// What the person was told, the oldest first.
    pub told: Vec<Told>,
    /// The number of the newest notice.
    pub notices: u64,
    /// The newest notices, the oldest first.
    pub recent: Vec<Notice>,
    /// Since when there is something that the person has not looked at.
    pub unread_since: Option<Timestamp>,
    /// Messages that its agent may have read or not, and of which its person has done nothing yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncertain: Vec<DeliveryId>,
}

/// A cause of which the person was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The cause.
    pub cause: Cause,
    /// When.
    pub at: Timestamp,
}

/// What may happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "input")]
pub enum AttentionInput {
    /// The workspace is there since before anybody paid attention to it: how it is now is no news.
    Found {
        /// The workspace.
        workspace: WorkspaceId,
        /// How it is.
        sight: Sight,
    },
    /// It was looked at by us.
    Sighted {
        /// The workspace.
        workspace: WorkspaceId,
        /// How it is.
        sight: Sight,
        /// What is to be warned of.
        warnings: Vec<Warning>,
        /// What the person wants to be told.
        rules: TellingRules,
        /// The time of the day where they are.
        local: MinuteOfDay,
    },
    /// The person has looked at it.
    Looked,
    /// The person has sent it another message.
    Answered,
    /// A way to the person is done with a notice.
    Settled {
        /// Its number.
        number: u64,
        /// The way.
        way: Channel,
    },
}

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum AttentionEvent {
    /// Attention is paid to this workspace from now on.
    Begun {
        /// The workspace.
        workspace: WorkspaceId,
    },
    /// It was so before attention was paid to it.
    Found {
        /// How.
        sight: Sight,
    },
    /// It is as it was not before.
    Seen {
        /// How.
        sight: Sight,
    },
    /// The person is told, or would be if they wanted to.
    Noticed {
        /// Why.
        cause: Cause,
        /// What.
        notice: Notice,
    },
    /// The person has looked at what was new.
    Looked,
    /// The person has said more to an agent that may not have read what it was told.
    Answered,
    /// A way to the person is done with a notice.
    Settled {
        /// Its number.
        number: u64,
        /// The way.
        way: Channel,
    },
}

impl Machine for Attention {
    type Input = AttentionInput;
    type Event = AttentionEvent;

    fn step(current: Option<&Self>, input: &AttentionInput, now: Timestamp) -> Step<AttentionEvent> {
        match (current, input) {
            (None, AttentionInput::Found { workspace, sight }) => {
                Step::event(AttentionEvent::Begun { workspace: *workspace })
                    .and(AttentionEvent::Found { sight: sight.clone() })
            }
            (Some(_), AttentionInput::Found { .. })
            | (None, AttentionInput::Looked | AttentionInput::Answered) => Step::nothing(),
            (_, AttentionInput::Sighted { workspace, sight, warnings, rules, local }) => {
                let begun = current.is_none().then_some(AttentionEvent::Begun { workspace: *workspace });
                let before = current.cloned().unwrap_or_else(|| Self::begun(*workspace));
                let telling = Telling { rules, local: *local, now };
                let events = begun.into_iter().chain(before.sighted(sight, warnings, &telling));
                Step { events: events.collect(), effects: Vec::new() }
            }
            (Some(attention), AttentionInput::Looked) if attention.unread_since.is_some() => {
                Step::event(AttentionEvent::Looked)
            }
            (Some(attention), AttentionInput::Settled { number, way })
                if attention.waits_for(*number, *way) =>
            {
                Step::event(AttentionEvent::Settled { number: *number, way: *way })
            }
            (Some(attention), AttentionInput::Answered) if !attention.uncertain.is_empty() => {
                Step::event(AttentionEvent::Answered)
            }
            (_, AttentionInput::Settled { .. }) => Step::nothing(),
            (Some(_), AttentionInput::Looked | AttentionInput::Answered) => Step::nothing(),
        }
    }

    fn apply(current: Option<Self>, event: &AttentionEvent, at: Timestamp) -> Option<Self> {
        match (current, event) {
            (None, AttentionEvent::Begun { workspace }) => Some(Self::begun(*workspace)),
            (Some(attention), event) => Some(attention.after(event, at)),
            (None, _) => None,
        }
    }

    fn is_live(&self) -> bool {
        self.seen.as_ref().is_none_or(|sight| !matches!(sight.outlook, Outlook::Over { .. }))
    }
}

/// What is decided with.
struct Telling<'a> {
    rules: &'a TellingRules,
    local: MinuteOfDay,
    now: Timestamp,
}

impl Attention {
    const fn begun(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            seen: None,
            worked: false,
            busy_since: None,
            told: Vec::new(),
            notices: 0,
            recent: Vec::new(),
            unread_since: None,
            uncertain: Vec::new(),
        }
    }

    /// The notices after this number, as far as they are kept.
    pub fn notices_after(&self, number: u64) -> impl Iterator<Item = &Notice> {
        self.recent.iter().filter(move |notice| notice.number > number)
    }

    fn waits_for(&self, number: u64, way: Channel) -> bool {
        self.recent.iter().any(|notice| notice.number == number && notice.open().any(|open| open == way))
    }

    /// The notices that were not told by all their ways, where the person should still know: fresh, and still so.
    pub fn left_open(&self, sight: &Sight, now: Timestamp) -> impl Iterator<Item = &Notice> {
        self.recent.iter().filter(move |notice| {
            notice.open().next().is_some() && now.since(notice.at) <= FRESH && is_still_so(notice, sight)
        })
    }

    fn sighted(&self, sight: &Sight, warnings: &[Warning], telling: &Telling<'_>) -> Vec<AttentionEvent> {
        let mut events = Vec::new();
        if self.seen.as_ref() != Some(sight) {
            events.push(AttentionEvent::Seen { sight: sight.clone() });
        }
        let mut number = self.notices;
        let mut tell = |cause: Cause, kind: NoticeKind, detail: Option<String>| {
            if self.told.iter().any(|told| cause.is_that_of(told)) {
                return;
            }
            number += 1;
            let notice = Notice {
                number,
                kind,
                status: sight.status,
                detail: detail.map(|text| one_line(&text)),
                at: telling.now,
                ways: telling.rules.ways(kind, telling.local),
                settled: Vec::new(),
            };
            events.push(AttentionEvent::Noticed { cause, notice });
        };
        let uncertain: Vec<DeliveryId> = self.newly_uncertain(sight).collect();
        let news = self.news(sight).filter(|(kind, _)| uncertain.is_empty() || is_more_than_rest(*kind));
        if let Some((kind, cause)) = news {
            tell(cause, kind, sight.detail.clone());
        }
        for message in uncertain {
            let cause = Cause::Uncertain { attempt: sight.attempt, message };
            tell(cause, NoticeKind::NeedsPerson, Some(MAY_BE_UNREAD.to_owned()));
        }
        for warning in warnings {
            let cause = Cause::Warning { attempt: sight.attempt, warning: *warning };
            tell(cause, NoticeKind::Warning, Some(warning.in_words(telling.now)));
        }
        events
    }

    /// The messages of which it is new that nobody knows whether they were read.
    fn newly_uncertain(&self, sight: &Sight) -> impl Iterator<Item = DeliveryId> {
        let known =
            |message: &DeliveryId| self.seen.as_ref().is_some_and(|seen| seen.uncertain.contains(message));
        sight.uncertain.iter().copied().filter(move |message| !known(message))
    }

    /// What is new about a workspace that is as `sight` says, and why; whether it was told is not asked.
    fn news(&self, sight: &Sight) -> Option<(NoticeKind, Cause)> {
        if self.seen.as_ref().is_some_and(|seen| sight.is_better_word_for(seen)) {
            return None;
        }
        if let Some(kind) = self.matter(sight) {
            return Some((kind, sight.cause()));
        }
        let is_another = self.seen.as_ref().is_none_or(|seen| seen.status != sight.status);
        let Sight { attempt, status, since, .. } = *sight;
        is_another.then_some((NoticeKind::Status, Cause::Status { attempt, status, since }))
    }

    /// Whether a person has to know that it is as `sight` says.
    fn matter(&self, sight: &Sight) -> Option<NoticeKind> {
        let (finished, rested) = (self.has_finished(sight), self.rests_already(sight));
        match &sight.outlook {
            Outlook::NeedsPerson { .. } => Some(NoticeKind::NeedsPerson),
            Outlook::AtRest { ending: Ending::Well } if finished => Some(NoticeKind::Done),
            Outlook::AtRest { ending: Ending::Badly } if finished => Some(NoticeKind::Failed),
            // That it was done was told when it came to rest.
            Outlook::Over { ending: Ending::Well } if finished || !rested => Some(NoticeKind::Done),
            Outlook::Over { ending: Ending::Badly } => Some(NoticeKind::Failed),
            _ => None,
        }
    }

    /// Whether its agent has done something since it came to rest.
    fn has_finished(&self, sight: &Sight) -> bool {
        let turns =
            self.seen.as_ref().filter(|seen| seen.attempt == sight.attempt).map_or(0, |seen| seen.turns);
        self.worked || sight.turns > turns
    }

    fn rests_already(&self, sight: &Sight) -> bool {
        self.seen.as_ref().is_some_and(|seen| {
            seen.attempt == sight.attempt
                && matches!(seen.outlook, Outlook::AtRest { .. } | Outlook::Over { .. })
        })
    }

    fn after(mut self, event: &AttentionEvent, at: Timestamp) -> Self {
        match event {
            AttentionEvent::Begun { .. } => {}
            AttentionEvent::Found { sight } => self.note(sight),
            AttentionEvent::Seen { sight } => {
                let is_other = |seen: &Sight| (&seen.outlook, seen.turns) != (&sight.outlook, sight.turns);
                let matters = self.matter(sight).is_some() && self.seen.as_ref().is_none_or(is_other);
                let uncertain: Vec<DeliveryId> = self.newly_uncertain(sight).collect();
                if matters || !uncertain.is_empty() {
                    self.unread_since = self.unread_since.or(Some(sight.since));
                }
                self.uncertain.retain(|message| sight.uncertain.contains(message));
                self.uncertain.extend(uncertain);
                self.note(sight);
            }
            AttentionEvent::Noticed { cause, notice } => {
                self.told.push(Told { cause: cause.clone(), at });
                self.notices = notice.number;
                self.recent.push(notice.clone());
                let surplus = self.told.len().saturating_sub(REMEMBERED);
                self.told.drain(..surplus);
                let surplus = self.recent.len().saturating_sub(SHOWN);
                self.recent.drain(..surplus);
            }
            AttentionEvent::Looked => {
                self.unread_since = None;
                self.uncertain.clear();
            }
            AttentionEvent::Answered => self.uncertain.clear(),
            AttentionEvent::Settled { number, way } => {
                self.recent
                    .iter_mut()
                    .filter(|notice| notice.number == *number)
                    .for_each(|notice| notice.settled.push(*way));
            }
        }
        self
    }

    fn note(&mut self, sight: &Sight) {
        let same_attempt = self.seen.as_ref().is_some_and(|seen| seen.attempt == sight.attempt);
        match sight.outlook {
            Outlook::Busy | Outlook::NeedsPerson { .. } => {
                let already = self.busy_since.filter(|_| same_attempt);
                self.busy_since = already.or(Some(sight.since));
                let works = sight.status == Status::Working;
                self.worked = (self.worked && same_attempt) || works;
            }
            Outlook::AtRest { .. } | Outlook::Over { .. } | Outlook::Unknown => {
                self.busy_since = None;
                self.worked = false;
            }
        }
        self.seen = Some(sight.clone());
    }
}

/// Whether there is more to say of an agent than that it rests, where it may not even have read what it was to do.
const fn is_more_than_rest(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::NeedsPerson | NoticeKind::Failed)
}

/// Whether what a notice says of a workspace holds as it is now.
fn is_still_so(notice: &Notice, sight: &Sight) -> bool {
    let unchanged = sight.status == notice.status && sight.since <= notice.at;
    match (notice.kind, &sight.outlook) {
        (NoticeKind::Done, Outlook::AtRest { ending } | Outlook::Over { ending }) => *ending == Ending::Well,
        (NoticeKind::Failed, Outlook::AtRest { ending } | Outlook::Over { ending }) => {
            *ending == Ending::Badly
        }
        (NoticeKind::Done | NoticeKind::Failed, _) => false,
        (NoticeKind::NeedsPerson | NoticeKind::Warning | NoticeKind::Status, _) => unchanged,
    }
}

#[cfg(test)]
mod tests;
