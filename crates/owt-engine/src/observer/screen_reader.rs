//! A terminal's picture as what its agent is doing.

use std::time::Duration;

use owt_agents::manifest::ReadyRule;
use owt_agents::screen::Region;
use owt_agents::screen::ScreenState;
use owt_agents::screen::ScreenView;
use owt_agents::screen::Verdict;
use owt_core::Moment;
use owt_core::evidence::Activity;
use owt_core::evidence::Reading;
use owt_core::notice::one_line;
use owt_ports::Screen;

/// How long a program without screen rules must be still to count as waiting for input.
const STILL: Duration = Duration::from_millis(100);

/// Reads pictures.
pub(super) struct ScreenReader {
    ready: ReadyRule,
    printed_at: Option<Moment>,
    /// What it has said without a break, and since when.
    said: Option<(Activity, Moment)>,
}

impl ScreenReader {
    /// A reader for programs that are ready by this rule.
    pub(super) const fn new(ready: ReadyRule) -> Self {
        Self { ready, printed_at: None, said: None }
    }

    /// Something was printed.
    pub(super) fn printed(&mut self, now: Moment) {
        self.printed_at = Some(now);
    }

    /// What the picture, so judged, says, and for how long it has said so; `None` when it says nothing.
    pub(super) fn read(
        &mut self,
        verdict: &Verdict<'_>,
        screen: &Screen,
        now: Moment,
    ) -> Option<(Activity, Duration)> {
        let says = self.says(verdict, screen, now);
        let since = match (&self.said, &says) {
            (Some((before, since)), Some(activity)) if before == activity => *since,
            _ => now,
        };
        self.said = says.clone().map(|activity| (activity, since));
        says.map(|activity| (activity, now.since(since)))
    }

    fn says(&self, verdict: &Verdict<'_>, screen: &Screen, now: Moment) -> Option<Activity> {
        match (verdict.state, self.ready) {
            (Some(_), _) => screen_activity(verdict),
            (None, ReadyRule::Quiet) => self.quiet(screen, now),
            (None, _) => None,
        }
    }

    fn quiet(&self, screen: &Screen, now: Moment) -> Option<Activity> {
        let shows = screen.rows.iter().any(|row| !row.trim().is_empty());
        let still = self.printed_at.is_none_or(|at| now.since(at) >= STILL);
        match (shows, still) {
            (false, _) => None,
            (true, true) => Some(Activity::Idle),
            (true, false) => Some(Activity::Working),
        }
    }
}

/// A terminal's picture for the rules of its agent.
pub(crate) fn screen_view(screen: &Screen) -> ScreenView {
    ScreenView::new(&screen.rows, &screen.title).with_progress(screen.progress.as_str())
}

/// By what a picture was judged so.
pub(super) fn reading(verdict: &Verdict<'_>) -> Option<Reading> {
    let mut parts: Vec<String> = Vec::new();
    for part in verdict.evidence.iter().map(|row| row.region.to_string()) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    // A rule without rows holds by the state of the input box alone.
    if parts.is_empty() {
        parts.push(Region::Prompt.to_string());
    }
    Some(Reading { rule: verdict.rule?.to_owned(), parts })
}

/// The most characters that are kept of what an agent asks for, on its screen or by its hook.
pub(crate) const MOST_ASKED: usize = 300;

/// What a picture asks for, in one line.
pub(super) fn asked_on(verdict: &Verdict<'_>) -> Option<String> {
    verdict.asks.as_deref().map(|words| one_line(words).chars().take(MOST_ASKED).collect())
}

/// What an agent is doing by a screen that its rules have judged; `None` when that says nothing.
pub fn screen_activity(verdict: &Verdict<'_>) -> Option<Activity> {
    let Verdict { person, accepts_input, .. } = *verdict;
    match verdict.state? {
        // With a draft in its box, too: it does nothing.
        ScreenState::Ready => Some(Activity::Idle),
        ScreenState::Exited => None,
        ScreenState::Working | ScreenState::Retrying => Some(Activity::Working),
        ScreenState::Permission => Some(Activity::WaitingPermission),
        ScreenState::Question => Some(Activity::WaitingInput),
        ScreenState::Dialog => {
            let advice = person.unwrap_or("answer the dialog that the agent shows").to_owned();
            Some(Activity::Blocked { advice })
        }
        ScreenState::Error if accepts_input => Some(Activity::Idle),
        ScreenState::Error => person.map(|advice| Activity::Blocked { advice: advice.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use owt_agents::Catalog;
    use owt_agents::screen::classify;

    use super::*;

    #[test]
    fn a_still_picture_counts_by_the_clock_that_nobody_sets() {
        let catalog = Catalog::built_in();
        let manifest = catalog.get("claude").unwrap();
        let at = |millis| Moment::after(Duration::from_millis(millis));
        let screen = Screen { rows: vec![">".to_owned()], ..Screen::default() };
        let verdict = classify(manifest, &screen_view(&screen));
        let mut reader = ScreenReader::new(ReadyRule::Quiet);
        reader.printed(at(1_000));
        let mut read = |millis| reader.read(&verdict, &screen, at(millis));
        assert_eq!(read(1_099), Some((Activity::Working, Duration::ZERO)));
        assert_eq!(read(1_100), Some((Activity::Idle, Duration::ZERO)));
        assert_eq!(read(3_100), Some((Activity::Idle, Duration::from_secs(2))));
    }

    #[test]
    fn a_progress_sequence_is_named_as_what_the_rule_holds_by() {
        let catalog = Catalog::built_in();
        let manifest = catalog.get("claude").unwrap();
        let read = |view: &ScreenView| {
            reading(&classify(manifest, view)).map(|reading| (reading.rule, reading.parts.join(" ")))
        };
        assert_eq!(read(&ScreenView::new(&[String::new()], "")), None, "no rule holds");
        let idle = include_str!("../../../owt-agents/tests/corpus/screens/claude-idle.txt");
        let idle = ScreenView::from_capture(idle);
        let (rule, parts) = read(&idle).unwrap();
        assert!(rule != "progress" && !parts.is_empty(), "{rule} {parts}");
        let busy = read(&idle.with_progress("busy"));
        assert_eq!(busy, Some(("progress".to_owned(), "progress".to_owned())));
    }
}
