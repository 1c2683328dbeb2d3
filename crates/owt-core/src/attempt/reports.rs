//! Which reports of hooks were taken in. Bounded: of what has been forgotten it is known that it is old.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::Attempt;
use super::Line;
use crate::DeliveryId;
use crate::Timestamp;
use crate::evidence::Activity;
use crate::evidence::ReportId;
use crate::evidence::Source;

/// How many are remembered. Between a report and its repetition lie those of hooks that ran beside it; what comes out
/// of a spool later than that is too old to change anything.
const REMEMBERED: usize = 32;

/// How many messages are remembered that were not seen to be read.
const MOST_UNREAD: usize = 16;

/// What has been taken in of what was heard of an agent: nothing counts twice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Heard {
    /// The last place of its event stream.
    pub place: u64,
    /// Whether it was seen to have read a message.
    #[serde(default)]
    pub message_read: bool,
    /// The newest reports of its hooks.
    #[serde(default)]
    pub reports: Reports,
    /// Messages that had the line and were not seen to be read, the newest last: what tells of it may come later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
}

/// A message that had the line, and that the agent was not seen to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Which.
    pub delivery: DeliveryId,
    /// When its turn began: the same words before that are not it.
    pub since: Option<Timestamp>,
    /// Whether it is uncertain: nothing will tell that it was read, as a rule. Otherwise its program does not tell it of a turn
    /// that has ended by its own word.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
}

impl Heard {
    /// A message leaves the line before anything has told that it was read.
    pub(super) fn remember_unread(&mut self, unread: Unread) {
        self.forget_unread(unread.delivery);
        self.unread.push(unread);
        let surplus = self.unread.len().saturating_sub(MOST_UNREAD);
        self.unread.drain(..surplus);
    }

    /// It was read after all.
    pub(super) fn forget_unread(&mut self, delivery: DeliveryId) {
        self.unread.retain(|unread| unread.delivery != delivery);
    }

    /// Whether this message had the line, and was not seen to be read.
    pub(super) fn is_unread(&self, delivery: DeliveryId) -> bool {
        self.unread.iter().any(|unread| unread.delivery == delivery)
    }
}

/// The messages that an agent may have read or not, the oldest first; none once its session is over.
pub fn uncertain_messages(attempt: &Attempt) -> impl Iterator<Item = DeliveryId> {
    let unread = attempt.heard.unread.iter().filter(|unread| unread.uncertain && attempt.is_running());
    unread.map(|unread| unread.delivery)
}

/// The newest reports that were taken in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reports(Vec<ReportId>);

impl Reports {
    /// Whether any has come.
    pub(super) const fn are_coming(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether this one was taken in.
    pub(super) fn has(&self, report: ReportId) -> bool {
        self.0.contains(&report)
    }

    /// Whether it is so old that it may have been forgotten.
    pub(super) fn may_have_forgotten(&self, report: ReportId) -> bool {
        self.0.len() == REMEMBERED && self.0.iter().all(|known| report.at <= known.at)
    }

    /// Remembers one, and forgets the oldest where there are too many.
    pub(super) fn remember(&mut self, report: ReportId) {
        self.0.push(report);
        if self.0.len() > REMEMBERED
            && let Some(oldest) = (0..self.0.len()).min_by_key(|place| self.0[*place].at)
        {
            self.0.remove(oldest);
        }
    }
}

/// What an agent's hooks are known to tell of every turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HooksTell {
    /// Its beginning, among other things.
    Beginnings,
    /// Its end only.
    Ends,
}

/// Whether an agent's hooks report, as they were installed to. Some programs skip hooks without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookStanding {
    /// Nothing has come yet, and nothing had to.
    Expected,
    /// They do.
    Reporting,
    /// They do not, although the agent has done what they tell of: other evidence has to do.
    Silent,
}

impl HookStanding {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Reporting => "reporting",
            Self::Silent => "not_firing",
        }
    }
}

/// How long a hook may be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(10);

impl Attempt {
    /// Whether its hooks report. The first must have come by the time at which its first turn is seen otherwise.
    pub fn hook_standing(&self, tell: HooksTell, now: Timestamp) -> HookStanding {
        let has_done_it = match (tell, &self.doing.activity) {
            (HooksTell::Beginnings | HooksTell::Ends, Activity::Idle) => self.turn.began_at.is_some(),
            (HooksTell::Beginnings, Activity::Starting | Activity::Blocked { .. }) | (HooksTell::Ends, _) => {
                false
            }
            (HooksTell::Beginnings, _) => self.doing.source == Source::Screen || self.has_worked(),
        };
        match () {
            () if self.heard.reports.are_coming() => HookStanding::Reporting,
            () if has_done_it && !now.is_within(ON_ITS_WAY, self.doing.since) => HookStanding::Silent,
            () => HookStanding::Expected,
        }
    }

    /// Whether its hooks have reported.
    pub const fn hears_hooks(&self) -> bool {
        self.heard.reports.are_coming()
    }

    const fn has_worked(&self) -> bool {
        matches!(self.line, Line::Taken { read: Some(_), .. } | Line::Taken { worked: true, .. })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn report(at_ms: i64, digest: u64) -> ReportId {
        ReportId { at: Timestamp::from_millis(at_ms), digest }
    }

    proptest! {
        /// Whatever was remembered is known, or known to be too old to tell; and it never grows beyond its limit.
        #[test]
        fn nothing_that_was_taken_in_passes_for_new(times in prop::collection::vec((0i64..50, 0u64..4), 0..200)) {
            let mut reports = Reports::default();
            let mut taken = Vec::new();
            for (at, digest) in times {
                let report = report(at, digest);
                if !reports.has(report) {
                    reports.remember(report);
                    taken.push(report);
                }
                prop_assert!(reports.0.len() <= REMEMBERED);
                for known in &taken {
                    prop_assert!(reports.has(*known) || reports.may_have_forgotten(*known), "{known:?}");
                }
            }
        }
    }

    #[test]
    fn a_new_report_is_not_too_old_however_many_there_were() {
        let mut reports = Reports::default();
        for at in 0..1_000 {
            assert!(!reports.may_have_forgotten(report(at, 0)));
            reports.remember(report(at, 0));
        }
        assert!(!reports.has(report(5, 0)) && reports.may_have_forgotten(report(5, 0)));
    }
}
