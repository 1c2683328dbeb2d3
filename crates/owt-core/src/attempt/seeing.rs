//! What is seen of an agent, and how far each piece of it is believed: by where it was seen, when, and what was said
//! before.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::Attempt;
use super::AttemptEvent;
use super::AttemptPhase;
use super::Committer;
use super::Line;
use super::Undrawn;
use super::failing::forget_failure;
use super::reading::Parting;
use super::reading::free_line;
use super::reading::note_reading;
use crate::Timestamp;
use crate::delivery::DeliveryInput;
use crate::effect::Effect;
use crate::evidence::Activity;
use crate::evidence::Evidence;
use crate::evidence::FinalWord;
use crate::evidence::Observation;
use crate::evidence::Overruled;
use crate::evidence::ReportId;
use crate::evidence::Source;
use crate::evidence::waiting_for;
use crate::machine::Machine;
use crate::machine::Step;
use crate::session::SessionKind;

/// How long after a message was typed a still, idle-looking screen is not believed (the program may not have drawn
/// its answer yet), nor a busy one after the program said that its turn is over, or that it asks something (Claude Code 2.1.197 draws its
/// spinner until its own hooks of the end have run).
pub(super) const SCREEN_GRACE: Duration = Duration::from_secs(3);

/// For how long a screen must have looked at rest to be believed against a program whose hooks have not told of the end
/// of its turn. They do not always: after Esc none fires (Claude Code 2.1.197), and a hook can get lost.
pub const HOLD: Duration = Duration::from_secs(2);

/// Conversations that are remembered of one attempt: a person begins a new one with a command of the program.
const MOST_CONVERSATIONS: usize = 64;

/// How much later than the deed the picture of it may be told.
const PICTURE_LAG: Duration = Duration::from_secs(1);

/// What an attempt is doing, since when, and how we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doing {
    /// What.
    pub activity: Activity,
    /// Since when.
    pub since: Timestamp,
    /// How we know.
    pub source: Source,
    /// What it asks for, in one line, as far as its own hook has told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

impl Doing {
    /// Of which no more is known.
    pub(super) const fn new(activity: Activity, since: Timestamp, source: Source) -> Self {
        Self { activity, since, source, about: None }
    }

    /// Whether this only tells what it does, and what it asks for is told by something else.
    fn lacks(&self, evidence: &Evidence) -> bool {
        self.about.is_none() && evidence.about.is_some()
    }

    /// Whether the program has asked something a moment before this was seen on its screen. Claude Code 2.1.197 calls its
    /// hook before it draws the dialog over its spinner.
    fn is_just_asked_before(&self, evidence: &Evidence) -> bool {
        matches!(self.activity, Activity::WaitingPermission | Activity::WaitingInput)
            && self.was_just_said_before(evidence)
    }

    /// Whether the program itself has said it a moment before this was seen on its screen.
    fn was_just_said_before(&self, evidence: &Evidence) -> bool {
        evidence.source == Source::Screen
            && matches!(self.source, Source::Hook | Source::Protocol | Source::Transcript)
            && evidence.at.since(self.since) < SCREEN_GRACE
    }
}

impl Attempt {
    /// Takes a report in whole, once. Of one that is older than every one that is remembered nobody can tell whether
    /// it was taken in before: it can only complete the record.
    pub(super) fn reported(&self, report: ReportId, seen: &[Evidence], now: Timestamp) -> Step<AttemptEvent> {
        let launching = self.phase == AttemptPhase::Launching;
        if launching || self.heard.reports.has(report) {
            return Step::nothing();
        }
        let forgotten = self.heard.reports.may_have_forgotten(report);
        let mut state = self.clone();
        let mut whole = Step::event(AttemptEvent::Reported { report });
        for evidence in seen {
            let part = if forgotten { state.seen_late(evidence) } else { state.seen_in_phase(evidence) };
            state = part.events.iter().fold(state, |state, event| state.after(event, now));
            whole.events.extend(part.events);
            whole.effects.extend(part.effects);
        }
        let ends_turn = seen.iter().any(|it| matches!(it.observation, Observation::TurnEnded { .. }));
        if whole.events.len() == 1 && !ends_turn { Step::nothing() } else { whole }
    }

    /// What of a hook's report does not count, and why: by the same fold as [`Attempt::reported`].
    pub fn weigh_report(
        &self,
        report: ReportId,
        seen: &[Evidence],
        now: Timestamp,
    ) -> Vec<(Evidence, Overruled)> {
        let first = seen.iter().map(|evidence| evidence.at).min().unwrap_or(now);
        let mut state = self.clone().put_right(now, first);
        let mut left_out = Vec::new();
        for evidence in seen {
            let why = match state.phase {
                _ if self.heard.reports.has(report) || self.heard.reports.may_have_forgotten(report) => {
                    Err(Overruled::CountedBefore)
                }
                AttemptPhase::Running { .. } => state.weighed(evidence),
                AttemptPhase::Launching | AttemptPhase::Ended { .. } => Err(Overruled::NoSession),
            };
            match why {
                Err(why) => left_out.push((evidence.clone(), why)),
                Ok(()) => {
                    let part = state.seen_in_phase(evidence);
                    state = part.events.iter().fold(state, |state, event| state.after(event, now));
                }
            }
        }
        left_out
    }

    pub(super) fn seen_in_phase(&self, evidence: &Evidence) -> Step<AttemptEvent> {
        match &self.phase {
            AttemptPhase::Launching => Step::nothing(),
            AttemptPhase::Running { .. } => self.seen(evidence),
            AttemptPhase::Ended { .. } => self.seen_late(evidence),
        }
    }

    pub(super) fn seen(&self, evidence: &Evidence) -> Step<AttemptEvent> {
        if self.weighed(evidence).is_err() {
            return Step::nothing();
        }
        let step = Step::event(AttemptEvent::Seen { evidence: evidence.clone() });
        match &evidence.observation {
            Observation::PromptRead { delivery } => step.effect(Effect::tell_delivery(
                *delivery,
                DeliveryInput::Read { attempt: self.id, source: evidence.source },
            )),
            Observation::TurnEnded { .. } => self.turn_over(step),
            Observation::Doing { activity: Activity::Idle } => {
                self.turn_over(unconfirmed(self, step, evidence))
            }
            _ => self.within_limits(step, evidence),
        }
    }

    /// What comes in after the end can still complete the record, but changes nothing that was decided.
    pub(super) fn seen_late(&self, evidence: &Evidence) -> Step<AttemptEvent> {
        let completes = match &evidence.observation {
            Observation::PromptRead { .. } => !(self.phase.is_cut_off() && evidence.source == Source::Hook),
            Observation::Used { .. } => true,
            Observation::Edited { files } => self.edited.says_less_without(files),
            Observation::TurnEnded { .. } => self.final_word.is_none(),
            Observation::Conversation { .. } => self.conversation.is_none(),
            _ => false,
        };
        if completes && evidence.place.is_none_or(|place| place > self.heard.place) {
            let step = Step::event(AttemptEvent::Seen { evidence: evidence.clone() });
            match &evidence.observation {
                Observation::PromptRead { delivery } => step.effect(Effect::tell_delivery(
                    *delivery,
                    DeliveryInput::Read { attempt: self.id, source: evidence.source },
                )),
                _ => step,
            }
        } else {
            Step::nothing()
        }
    }

    pub(super) fn turn_over(&self, step: Step<AttemptEvent>) -> Step<AttemptEvent> {
        let step = if self.leaves_work() { step.effect(Effect::CommitForAgent) } else { step };
        match self.spec.session {
            _ if self.is_leaving() && !matches!(self.line, Line::Given { .. }) => self.leave(step),
            SessionKind::Headless => step,
            SessionKind::Structured | SessionKind::Tmux | SessionKind::Pty => step.effect(self.offer()),
        }
    }

    /// Whether the end of a turn now leaves something that we commit.
    pub(super) fn leaves_work(&self) -> bool {
        self.spec.committer == Committer::Us && self.line != Line::Free
    }

    /// Whether a piece of evidence counts now.
    ///
    /// # Errors
    /// Why it does not.
    pub fn weigh(&self, evidence: &Evidence, now: Timestamp) -> Result<(), Overruled> {
        self.clone().put_right(now, evidence.at).weighed(evidence)
    }

    /// The same, where no time in the record is still to come.
    pub(super) fn weighed(&self, evidence: &Evidence) -> Result<(), Overruled> {
        if evidence.place.is_some_and(|place| place <= self.heard.place) {
            return Err(Overruled::CountedBefore);
        }
        if self.is_of_an_earlier_turn(evidence) {
            let is_known = self.is_known(&evidence.observation);
            return Err(if is_known { Overruled::Known } else { Overruled::EarlierTurn });
        }
        if self.is_told_by_the_stream(evidence) {
            return Err(Overruled::ProtocolTellsInOrder);
        }
        let (says_more, otherwise) = match &evidence.observation {
            Observation::Doing { activity } => return self.weigh_activity(activity, evidence),
            Observation::Conversation { id, model } => (
                self.conversation.as_ref() != Some(id) || (model.is_some() && *model != self.model),
                Overruled::Known,
            ),
            Observation::Asks { ask } => (!self.asks.contains(ask), Overruled::Known),
            Observation::AskSettled { request } => {
                (self.asks.iter().any(|ask| ask.request == *request), Overruled::NothingAsked)
            }
            Observation::Used { usage } => (*usage != self.usage, Overruled::Known),
            Observation::Edited { files } => (self.edited.says_less_without(files), Overruled::Known),
            Observation::Children { children } => (*children != self.turn.children, Overruled::Known),
            Observation::Helpers { helpers } => (*helpers != self.turn.helpers, Overruled::Known),
            Observation::PromptRead { delivery } => match &self.line {
                Line::Given { delivery: on, .. } | Line::Taken { delivery: on, .. } => {
                    (on == delivery || self.heard.is_unread(*delivery), Overruled::OtherMessage)
                }
                Line::Free | Line::Refused => (true, Overruled::Known),
            },
            Observation::TurnEnded { .. } if evidence.source == Source::Transcript => {
                return self.weigh_record_of_end(evidence);
            }
            Observation::TurnEnded { .. } => (true, Overruled::Known),
        };
        if says_more { Ok(()) } else { Err(otherwise) }
    }

    /// A report that was on its way (or in the spool) when the message on the line was put before the agent says
    /// nothing of that message's turn. What has a place in the event stream comes in order. A quick agent has read the message,
    /// and may have ended its turn, before whoever put it there has looked whether it arrived.
    pub(super) fn is_of_an_earlier_turn(&self, evidence: &Evidence) -> bool {
        let Line::Taken { at, read, .. } = self.line else { return false };
        let began = read.map_or(at, |read| read.min(at));
        let of_turns = matches!(
            evidence.observation,
            Observation::TurnEnded { .. } | Observation::Doing { .. } | Observation::Helpers { .. }
        );
        of_turns && evidence.place.is_none() && evidence.at < began
    }

    /// Whether it only says what is the case as it is. A hook can tell that an agent works on a message before the message counts as
    /// put before it.
    fn is_known(&self, observation: &Observation) -> bool {
        match observation {
            Observation::Doing { activity } => *activity == self.doing.activity,
            Observation::Helpers { helpers } => *helpers == self.turn.helpers,
            _ => false,
        }
    }

    fn weigh_activity(&self, activity: &Activity, evidence: &Evidence) -> Result<(), Overruled> {
        let idle = *activity == Activity::Idle;
        let on_screen = evidence.source == Source::Screen;
        let undrawn = Undrawn::of(self);
        match &self.line {
            Line::Refused => return Ok(()),
            Line::Given { .. } if idle => return Err(Overruled::MessageOnItsWay),
            Line::Taken { at, worked: false, .. }
                if idle && on_screen && evidence.at.since(*at) < SCREEN_GRACE =>
            {
                return Err(Overruled::ScreenBehindMessage);
            }
            Line::Taken { .. } if idle && on_screen && undrawn.is_some_and(|it| it.outlasts(evidence)) => {
                return Err(Overruled::NothingDrawn);
            }
            Line::Free if *activity == Activity::Working && self.has_just_said_so(evidence) => {
                return Err(Overruled::ScreenBehindWord);
            }
            Line::Given { .. } | Line::Taken { .. } | Line::Free => {}
        }
        match () {
            () if on_screen && !self.asks.is_empty() => Err(Overruled::ScreenWhileAsking),
            () if *activity == Activity::Working && self.doing.is_just_asked_before(evidence) => {
                Err(Overruled::ScreenBehindWord)
            }
            () if self.is_outdated(evidence) => Err(Overruled::Outdated),
            () if self.contradicts_hooks(activity, evidence) => Err(Overruled::ScreenNotHeld),
            () if undrawn.is_some_and(|it| it.ends_with(activity, evidence)) => Ok(()),
            () if *activity == self.doing.activity && !self.doing.lacks(evidence) => Err(Overruled::Known),
            () => Ok(()),
        }
    }

    /// The end of a turn, read in the program's record: for an agent that is taken to be at work, and whose hooks have had
    /// the time to say so first.
    ///
    /// Of a failure no hook need tell (Codex 0.169.0), and a screen at rest does not say how the turn ended: the record does.
    fn weigh_record_of_end(&self, evidence: &Evidence) -> Result<(), Overruled> {
        let failure = match &evidence.observation {
            Observation::TurnEnded { word } => word.as_ref().filter(|word| word.failed),
            _ => None,
        };
        let is_of_this_turn = self.turn.began_at.is_none_or(|began| began <= evidence.at);
        let tells_more = failure.is_some()
            && failure != self.final_word.as_ref()
            && self.doing.source == Source::Screen
            && is_of_this_turn;
        let hooks_may_tell = failure.is_none()
            && self.heard.reports.are_coming()
            && Duration::from_millis(evidence.held_ms) < HOLD;
        match () {
            () if self.is_outdated(evidence) => Err(Overruled::Outdated),
            () if matches!(self.line, Line::Given { .. }) => Err(Overruled::MessageOnItsWay),
            () if self.doing.activity == Activity::Idle && !tells_more => Err(Overruled::Known),
            () if hooks_may_tell => Err(Overruled::HooksMayTell),
            () => Ok(()),
        }
    }

    /// Whether a hook tells out of order what a machine protocol tells in order. One that told of a turn's end sooner
    /// would let the next message go in, and the stream's word on the old turn would then be taken for the end of the new
    /// one; one that told of an ask later would ask again after the answer.
    fn is_told_by_the_stream(&self, evidence: &Evidence) -> bool {
        let in_order = matches!(
            evidence.observation,
            Observation::Doing { .. }
                | Observation::Asks { .. }
                | Observation::AskSettled { .. }
                | Observation::TurnEnded { .. }
        );
        in_order && self.spec.session == SessionKind::Structured && evidence.source == Source::Hook
    }

    /// A hook's report that comes, or a line of its record that is read, after something later was said by the program
    /// itself. Of a picture the time is that of the look, not of the deed: it outdates nothing.
    pub(super) fn is_outdated(&self, evidence: &Evidence) -> bool {
        let by_itself = matches!(self.doing.source, Source::Hook | Source::Protocol | Source::Transcript);
        match evidence.source {
            Source::Hook => by_itself && evidence.at < self.doing.since,
            // Of the same moment the hook's word is the better one.
            Source::Transcript => by_itself && evidence.at <= self.doing.since,
            _ => false,
        }
    }

    /// Whether a screen calls an agent at rest of which its hooks have said otherwise, and has not done so for long
    /// enough: fresh weak evidence beats stale strong evidence, a flicker does not.
    fn contradicts_hooks(&self, activity: &Activity, evidence: &Evidence) -> bool {
        let at_work = matches!(
            self.doing.activity,
            Activity::Working | Activity::WaitingPermission | Activity::WaitingInput
        );
        evidence.source == Source::Screen
            && *activity == Activity::Idle
            && at_work
            && self.doing.source != Source::Screen
            && self.heard.reports.are_coming()
            && self.held_since_message(evidence) < HOLD
    }

    /// Whether this is a screen that may not have caught up with what the program itself said a moment ago.
    pub(super) fn has_just_said_so(&self, evidence: &Evidence) -> bool {
        self.doing.activity == Activity::Idle && self.doing.was_just_said_before(evidence)
    }

    pub(super) fn note(&mut self, evidence: &Evidence) {
        if let Some(place) = evidence.place {
            self.heard.place = self.heard.place.max(place);
        }
        let ends_turn = matches!(
            evidence.observation,
            Observation::TurnEnded { .. } | Observation::Doing { activity: Activity::Idle }
        );
        self.commits.due += u32::from(ends_turn && self.leaves_work());
        match &evidence.observation {
            Observation::Conversation { id, model } => {
                self.enter_conversation(id);
                self.model = model.clone().or_else(|| self.model.take());
            }
            Observation::PromptRead { delivery } => {
                self.heard.message_read = true;
                note_reading(self, *delivery, evidence);
            }
            Observation::Doing { activity } => self.note_activity(activity, evidence),
            Observation::Asks { ask } => {
                self.asks.push(ask.clone());
                self.wait_for_answers(evidence);
            }
            Observation::AskSettled { request } => {
                self.asks.retain(|ask| ask.request != *request);
                self.wait_for_answers(evidence);
            }
            Observation::TurnEnded { word } => self.note_turn(word.as_ref(), evidence),
            Observation::Used { usage } => self.usage = *usage,
            Observation::Edited { files } => self.edited.take_in(files),
            Observation::Children { children } => {
                self.turn.note(|turn| turn.children.clone_from(children), evidence.at);
            }
            Observation::Helpers { helpers } => {
                self.turn.note(|turn| turn.helpers.clone_from(helpers), evidence.at);
            }
        }
    }

    fn enter_conversation(&mut self, id: &str) {
        let left = self.conversation.replace(id.to_owned()).filter(|left| left != id);
        self.left_conversations.retain(|earlier| earlier != id && Some(earlier) != left.as_ref());
        self.left_conversations.extend(left);
        let surplus = self.left_conversations.len().saturating_sub(MOST_CONVERSATIONS);
        self.left_conversations.drain(..surplus);
    }

    /// Waits for what is asked, or works where nothing is.
    fn wait_for_answers(&mut self, evidence: &Evidence) {
        self.do_now(waiting_for(&self.asks).unwrap_or(Activity::Working), evidence);
    }

    pub(super) fn note_activity(&mut self, activity: &Activity, evidence: &Evidence) {
        match activity {
            Activity::Idle => {
                free_line(self, Parting::seen_by(evidence));
                self.asks.clear();
            }
            Activity::Working => {
                self.line.note_work();
                self.asks.clear();
            }
            Activity::WaitingPermission | Activity::WaitingInput => self.line.note_work(),
            Activity::Starting | Activity::Blocked { .. } => {}
        }
        self.do_now(activity.clone(), evidence);
    }

    pub(super) fn note_turn(&mut self, word: Option<&FinalWord>, evidence: &Evidence) {
        // A hook that was slower than the record tells of the same end.
        let is_counted = evidence.source == Source::Hook
            && self.doing.source == Source::Transcript
            && self.doing.activity == Activity::Idle;
        self.turns += u32::from(!is_counted);
        // A stream says more of a turn than a hook, and a program that has both may be heard in either order.
        let is_said = self.final_word.is_some()
            && self.spec.session == SessionKind::Headless
            && evidence.place.is_none()
            && self.heard.place > 0;
        if let (false, Some(word)) = (is_said, word) {
            self.final_word = Some(word.clone());
        }
        if self.is_outdated(evidence) {
            return;
        }
        self.asks.clear();
        if self.spec.session != SessionKind::Headless && self.is_live() {
            // A message that is just being written has its turn before it.
            if !matches!(self.line, Line::Given { .. }) {
                free_line(self, Parting::Settled);
            }
            self.do_now(Activity::Idle, evidence);
        }
    }

    /// Whether this begins a turn that no message of ours did: a person typed.
    fn begins_by_itself(&self, activity: &Activity) -> bool {
        let was_at_rest = matches!(self.doing.activity, Activity::Idle | Activity::Starting);
        let is_at_work =
            matches!(activity, Activity::Working | Activity::WaitingPermission | Activity::WaitingInput);
        was_at_rest && is_at_work && self.line == Line::Free
    }

    pub(super) fn do_now(&mut self, activity: Activity, evidence: &Evidence) {
        if self.is_live() && self.doing.activity != activity {
            if self.begins_by_itself(&activity) {
                self.turn.begin(begun_before(evidence));
                forget_failure(self);
            }
            let about = evidence.about.clone();
            self.doing = Doing { about, ..Doing::new(activity, evidence.at, evidence.source) };
        } else if self.doing.activity == activity && self.doing.lacks(evidence) {
            self.doing.about.clone_from(&evidence.about);
        }
    }
}

/// A terminal that is at rest again, and nothing has told that the message on the line was read: nothing will, as a rule. What
/// does so later still counts.
fn unconfirmed(attempt: &Attempt, step: Step<AttemptEvent>, evidence: &Evidence) -> Step<AttemptEvent> {
    match attempt.line {
        Line::Taken { delivery, read: None, .. } if Parting::seen_by(evidence) == Parting::Uncertain => {
            step.effect(Effect::tell_delivery(delivery, DeliveryInput::Unconfirmed { attempt: attempt.id }))
        }
        _ => step,
    }
}

/// When the turn began that this is the first sign of.
fn begun_before(evidence: &Evidence) -> Timestamp {
    match evidence.source {
        Source::Screen => evidence.at.minus(PICTURE_LAG),
        _ => evidence.at,
    }
}
