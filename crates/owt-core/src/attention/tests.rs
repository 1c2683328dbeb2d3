//! What a person is told of a workspace over its life, and what not twice.

use super::*;
use crate::AttemptId;
use crate::notice::Channel;
use crate::notice::NoticeKind::Done;
use crate::notice::NoticeKind::Failed;
use crate::notice::NoticeKind::NeedsPerson;
use crate::warning::WarningKind;

const WORKSPACE: WorkspaceId = WorkspaceId::from_bits(1);
const ATTEMPT: AttemptId = AttemptId::from_bits(2);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn rules(interests: &str) -> TellingRules {
    TellingRules {
        interests: interests.parse().unwrap(),
        channels: vec![Channel::Bell],
        quiet_hours: "22:00-07:00".parse().unwrap(),
    }
}

fn sight(status: Status, since: i64, turns: u32) -> Sight {
    let request = |detail: Option<String>| Outlook::NeedsPerson { request: detail };
    let outlook = match status {
        Status::Working | Status::Starting => Outlook::Busy,
        Status::WaitingPermission | Status::WaitingInput | Status::Blocked => request(None),
        Status::Idle => Outlook::AtRest { ending: Ending::Well },
        Status::Failed => Outlook::Over { ending: Ending::Badly },
        Status::Done | Status::Exited => Outlook::Over { ending: Ending::Well },
        Status::Unknown => Outlook::Unknown,
    };
    Sight {
        attempt: Some(ATTEMPT),
        status,
        since: at(since),
        turns,
        messages: 0,
        uncertain: Vec::new(),
        outlook,
        detail: None,
    }
}

fn asking(request: &str, since: i64) -> Sight {
    let outlook = Outlook::NeedsPerson { request: Some(request.to_owned()) };
    Sight { outlook, ..sight(Status::WaitingPermission, since, 0) }
}

/// A life: how the workspace is seen at each moment.
#[derive(Default)]
struct Life {
    attention: Option<Attention>,
}

impl Life {
    fn take(&mut self, input: &AttentionInput, now: i64) -> Vec<Notice> {
        let before = self.attention.as_ref().map_or(0, |it| it.notices);
        let step = Attention::step(self.attention.as_ref(), input, at(now));
        let events = step.events.iter();
        self.attention =
            events.fold(self.attention.take(), |state, event| Attention::apply(state, event, at(now)));
        let after = self.attention.iter().flat_map(|it| it.notices_after(before));
        after.cloned().collect()
    }

    fn see_with(&mut self, sight: Sight, warnings: Vec<Warning>, now: i64) -> Vec<NoticeKind> {
        let local = MinuteOfDay::new(12, 0).unwrap();
        let input =
            AttentionInput::Sighted { workspace: WORKSPACE, sight, warnings, rules: rules("any"), local };
        self.take(&input, now).iter().map(|notice| notice.kind).collect()
    }

    /// What the person is told when it is seen so, right when it became so.
    fn see(&mut self, sight: Sight) -> Vec<NoticeKind> {
        let now = sight.since.as_millis() / 1000;
        self.see_with(sight, Vec::new(), now)
    }

    fn unread(&self) -> bool {
        self.attention.as_ref().is_some_and(|it| it.unread_since.is_some())
    }
}

#[test]
fn a_life_is_told_once_at_each_turn_of_it() {
    let mut life = Life::default();
    let status = vec![NoticeKind::Status];
    assert_eq!(life.see(Sight { attempt: None, ..sight(Status::Starting, 0, 0) }), status);
    assert_eq!(life.see(sight(Status::Starting, 0, 0)), [], "its session begins");
    assert_eq!(life.see(sight(Status::Working, 1, 0)), status);
    assert_eq!(life.see(sight(Status::Working, 1, 0)), []);
    assert_eq!(life.see(asking("r1", 20)), [NeedsPerson]);
    assert_eq!(life.see(asking("r1", 20)), []);
    assert_eq!(life.see(sight(Status::Working, 30, 0)), status);
    assert_eq!(life.see(sight(Status::Idle, 40, 1)), [Done]);
    assert_eq!(life.see(sight(Status::Idle, 40, 1)), []);
    assert_eq!(life.see(sight(Status::Working, 50, 1)), status);
    assert_eq!(life.see(sight(Status::Idle, 51, 2)), [Done], "a quick turn is a turn");
    assert_eq!(
        life.see(sight(Status::Exited, 90, 2)),
        status,
        "that it was done was told when it came to rest"
    );
    assert_eq!(life.attention.unwrap().notices, 8);
}

#[test]
fn an_agent_that_was_only_started_is_not_done() {
    let mut life = Life::default();
    life.see(sight(Status::Starting, 0, 0));
    assert_eq!(life.see(sight(Status::Idle, 3, 0)), [NoticeKind::Status]);
    assert!(!life.unread());
    assert_eq!(life.see(sight(Status::Blocked, 9, 0)), [NeedsPerson]);
    assert_eq!(life.see(sight(Status::Idle, 20, 0)), [NoticeKind::Status], "a dialog was answered, no more");
}

#[test]
fn work_that_nobody_saw_is_known_by_its_turn() {
    let mut life = Life::default();
    life.see(sight(Status::Starting, 0, 0));
    assert_eq!(life.see(sight(Status::Idle, 3, 1)), [Done]);
    let mut headless = Life::default();
    headless.see(sight(Status::Starting, 0, 0));
    assert_eq!(headless.see(sight(Status::Done, 3, 1)), [Done]);
    let mut at_once = Life::default();
    assert_eq!(at_once.see(sight(Status::Failed, 3, 0)), [Failed]);
    assert!(at_once.unread());
}

#[test]
fn a_flickering_screen_is_one_cause() {
    let mut life = Life::default();
    life.see(sight(Status::Working, 0, 0));
    let wait =
        |since| Sight { detail: Some("Bash: ls".to_owned()), ..sight(Status::WaitingPermission, since, 0) };
    assert_eq!(life.see(wait(10)), [NeedsPerson]);
    life.see(sight(Status::Working, 11, 0));
    assert_eq!(life.see(wait(12)), []);
    let other = Sight { detail: Some("Bash: rm".to_owned()), ..wait(13) };
    assert_eq!(life.see(other), [NeedsPerson], "it asks something else");
    life.see(sight(Status::Working, 15, 0));
    assert_eq!(life.see(wait(40)), [NeedsPerson], "after a while it is another wait");
    life.see(sight(Status::Working, 41, 0));
    assert_eq!(life.see(sight(Status::Idle, 42, 0)), [Done]);
    life.see(sight(Status::Working, 43, 0));
    assert_eq!(life.see(sight(Status::Idle, 44, 0)), []);
    life.see(sight(Status::Working, 60, 0));
    assert_eq!(life.see(sight(Status::Idle, 70, 0)), [Done]);
}

#[test]
fn each_turn_that_answers_another_message_is_told_however_soon_it_ends() {
    let mut life = Life::default();
    let after = |messages, status, since| Sight { messages, ..sight(status, since, 0) };
    life.see(after(1, Status::Working, 0));
    assert_eq!(life.see(after(1, Status::Idle, 5)), [Done]);
    life.see(after(2, Status::Working, 6));
    assert_eq!(life.see(after(2, Status::Idle, 7)), [Done], "the next message is answered, too");
    life.see(after(2, Status::Working, 8));
    assert_eq!(life.see(after(2, Status::Idle, 9)), [], "a screen that flickers is told once");
}

/// Claude Code 2.1.197 in a terminal: its hook, its screen and, seconds later, its reminder tell of one dialog.
#[test]
fn one_dialog_is_told_once_whatever_kind_it_is_taken_for() {
    let mut life = Life::default();
    life.see(sight(Status::Working, 0, 0));
    assert_eq!(life.see(sight(Status::WaitingPermission, 10, 0)), [NeedsPerson]);
    assert_eq!(life.see(sight(Status::WaitingInput, 11, 0)), []);
    assert_eq!(life.see(sight(Status::WaitingPermission, 30, 0)), []);
    life.see(sight(Status::Working, 40, 0));
    assert_eq!(life.see(sight(Status::WaitingInput, 41, 0)), [NeedsPerson], "it went on in between");
}

#[test]
fn of_two_questions_each_is_told_and_the_first_not_again() {
    let mut life = Life::default();
    life.see(sight(Status::Working, 0, 0));
    assert_eq!(life.see(asking("r1", 10)), [NeedsPerson]);
    assert_eq!(life.see(asking("r2", 10)), [NeedsPerson]);
    assert_eq!(life.see(asking("r1", 10)), []);
}

#[test]
fn an_end_is_told_by_how_it_came() {
    for (outlook, expected) in [
        (Outlook::Over { ending: Ending::Well }, Done),
        (Outlook::Over { ending: Ending::Badly }, Failed),
        (Outlook::Over { ending: Ending::Asked }, NoticeKind::Status),
        (Outlook::AtRest { ending: Ending::Badly }, Failed),
    ] {
        let mut life = Life::default();
        life.see(sight(Status::Working, 0, 0));
        let end = Sight { outlook: outlook.clone(), ..sight(Status::Exited, 9, 0) };
        assert_eq!(life.see(end), [expected], "{outlook:?}");
        assert_eq!(life.unread(), expected != NoticeKind::Status, "{outlook:?}");
    }
}

#[test]
fn an_agent_that_dies_at_rest_has_failed() {
    let mut life = Life::default();
    life.see(sight(Status::Working, 0, 0));
    life.see(sight(Status::Idle, 5, 1));
    assert_eq!(life.see(sight(Status::Failed, 60, 1)), [Failed]);
}

#[test]
fn what_was_there_before_is_no_news() {
    let mut life = Life::default();
    let found = AttentionInput::Found { workspace: WORKSPACE, sight: sight(Status::Idle, 5, 3) };
    assert_eq!(life.take(&found, 100), []);
    assert_eq!(life.see(sight(Status::Idle, 5, 3)), []);
    assert!(!life.unread());
    assert_eq!(life.see(sight(Status::Failed, 120, 3)), [Failed]);
    assert_eq!(life.take(&found, 130), []);
}

#[test]
fn a_warning_is_told_once_until_there_is_another() {
    let mut life = Life::default();
    life.see(sight(Status::Working, 0, 0));
    let silent = |since| Warning { kind: WarningKind::NoOutput, since: at(since) };
    let mut warn = |warnings, now| life.see_with(sight(Status::Working, 0, 0), warnings, now);
    assert_eq!(warn(vec![silent(0)], 600), [NoticeKind::Warning]);
    assert_eq!(warn(vec![silent(0)], 700), []);
    assert_eq!(warn(vec![silent(800)], 1400), [NoticeKind::Warning]);
    assert_eq!(life.attention.unwrap().recent[2].detail.as_deref(), Some("no output for 10 min"));
}

#[test]
fn what_is_not_wanted_or_comes_at_night_goes_nowhere_and_is_not_told_later() {
    let local = |hour| MinuteOfDay::new(hour, 0).unwrap();
    let mut life = Life::default();
    life.see(sight(Status::Working, 0, 0));
    let mut told = |sight: Sight, wanted: &str, hour: u16| {
        let (rules, warnings, now) = (rules(wanted), Vec::new(), sight.since.as_millis() / 1000);
        let input =
            AttentionInput::Sighted { workspace: WORKSPACE, sight, warnings, rules, local: local(hour) };
        life.take(&input, now).into_iter().map(|notice| (notice.kind, notice.ways)).collect::<Vec<_>>()
    };
    assert_eq!(told(asking("r1", 10), "needs_person", 23), [(NeedsPerson, vec![])]);
    assert_eq!(told(asking("r1", 10), "needs_person", 8), []);
    assert_eq!(told(asking("r2", 11), "needs_person", 8), [(NeedsPerson, vec![Channel::Bell])]);
    assert_eq!(told(sight(Status::Failed, 12, 0), "needs_person", 8), [(Failed, vec![])]);
}

#[test]
fn what_was_looked_at_is_read_until_something_new_comes() {
    let mut life = Life::default();
    life.see(sight(Status::Working, 0, 0));
    assert!(!life.unread(), "work under way is nothing to read yet");
    life.see(sight(Status::Idle, 5, 1));
    assert!(life.unread());
    life.see(sight(Status::Working, 6, 1));
    assert!(life.unread(), "it stays unread while the next turn runs");
    life.take(&AttentionInput::Looked, 7);
    assert!(!life.unread());
    let step = Attention::step(life.attention.as_ref(), &AttentionInput::Looked, at(8));
    assert!(step.is_nothing(), "a second look records nothing");
    life.see(sight(Status::Idle, 9, 2));
    assert!(life.unread());
}

#[test]
fn it_is_busy_from_rest_to_rest() {
    let mut life = Life::default();
    let busy = |life: &Life| life.attention.as_ref().unwrap().busy_since.map(|it| it.as_millis() / 1000);
    life.see(sight(Status::Starting, 1, 0));
    life.see(sight(Status::Working, 2, 0));
    life.see(asking("r1", 3));
    life.see(sight(Status::Working, 4, 0));
    assert_eq!(busy(&life), Some(1));
    life.see(sight(Status::Idle, 5, 1));
    assert_eq!(busy(&life), None);
    life.see(sight(Status::Working, 8, 1));
    assert_eq!(busy(&life), Some(8));
}

#[test]
fn what_is_remembered_has_an_end() {
    let mut life = Life::default();
    for turn in 1..500u32 {
        life.see(sight(Status::Working, i64::from(turn) * 100, turn - 1));
        assert_eq!(life.see(sight(Status::Idle, i64::from(turn) * 100 + 50, turn)), [Done]);
    }
    let attention = life.attention.unwrap();
    assert_eq!((attention.told.len(), attention.recent.len()), (REMEMBERED, SHOWN));
    assert_eq!(attention.notices, 998);
}

#[test]
fn a_message_that_may_not_have_been_read_is_told_once_until_the_person_has_done_something() {
    let message = |number| DeliveryId::from_bits(number);
    let unsure = |uncertain: &[u128], since, turns| Sight {
        uncertain: uncertain.iter().copied().map(message).collect(),
        ..sight(Status::Idle, since, turns)
    };
    let open = |life: &Life| life.attention.as_ref().unwrap().uncertain.clone();
    let mut life = Life::default();
    life.see(sight(Status::Working, 0, 0));
    assert_eq!(life.see(unsure(&[1], 40, 1)), [NeedsPerson], "and not that it is done");
    assert_eq!(
        life.attention.as_ref().unwrap().recent.last().unwrap().detail.as_deref(),
        Some(MAY_BE_UNREAD)
    );
    assert_eq!(life.see(unsure(&[1], 40, 1)), []);
    assert!(life.unread());
    life.take(&AttentionInput::Looked, 41);
    assert_eq!((open(&life), life.unread()), (Vec::new(), false));
    assert_eq!(life.see(unsure(&[1], 40, 1)), [], "it was looked at");
    assert_eq!(open(&life), []);
    // Another one, whatever its agent does: more is said to it.
    let at_work = Sight { uncertain: vec![message(1), message(2)], ..sight(Status::Working, 50, 1) };
    assert_eq!(life.see(at_work), [NeedsPerson]);
    assert_eq!(open(&life), [message(2)]);
    life.take(&AttentionInput::Answered, 51);
    assert_eq!(open(&life), []);
    // One that was read after all, and one whose session is over.
    assert_eq!(life.see(unsure(&[1, 2, 3], 60, 2)), [NeedsPerson]);
    assert_eq!(life.see(unsure(&[1, 2, 4], 70, 2)), [NeedsPerson]);
    assert_eq!(open(&life), [message(4)]);
    life.see(sight(Status::Exited, 80, 2));
    assert_eq!(open(&life), []);
}
