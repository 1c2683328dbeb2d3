//! Attempts whose screen, word and commits come in different orders.

use std::time::Duration;

use super::*;
use crate::agent_failure::AgentFailureKind;
use crate::delivery::DeliveryInput;
use crate::delivery::Meaning;
use crate::effect::Message;
use crate::evidence::Ask;
use crate::evidence::Evidence;
use crate::evidence::Observation;
use crate::evidence::ReportId;
use crate::failure::Failure;
use crate::failure::FailureKind;
use crate::job::JobInput;
use crate::question::Choice;
use crate::question::Question;
use crate::session::Allowance;
use crate::session::Channel;
use crate::session::Exit;
use crate::status::Status;

mod reading;

const DELIVERY: DeliveryId = DeliveryId::from_bits(4);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

/// An attempt in which a message is before the agent since time 0.
fn under_way(committer: Committer) -> Attempt {
    let spec = AttemptSpec {
        job: JobId::from_bits(1),
        workspace: WorkspaceId::from_bits(2),
        number: 1,
        token: 1,
        session: SessionKind::Tmux,
        delivery: None,
        committer,
        resumes: None,
        home: None,
        allowance: Allowance::default(),
    };
    let launched = Launched { host_pid: 1, at: at(0), carried: Some(DELIVERY) };
    Attempt::begun(AttemptId::from_bits(3), spec, at(0)).after(&AttemptEvent::Launched { launched }, at(0))
}

/// Takes in an input; the state after it, and the effects.
fn after(attempt: Attempt, input: &AttemptInput, now: Timestamp) -> (Attempt, Vec<Effect>) {
    let step = Attempt::step(Some(&attempt), input, now);
    let apply = |attempt: Attempt, event| attempt.after(event, now);
    (step.events.iter().fold(attempt, apply), step.effects)
}

fn seen(attempt: Attempt, observation: Observation, source: Source, now: Timestamp) -> Attempt {
    let evidence =
        Evidence { observation, source, at: now, place: None, held_ms: 0, reading: None, about: None };
    after(attempt, &AttemptInput::Seen { evidence }, now).0
}

fn turn_ended(attempt: Attempt, now: Timestamp) -> Attempt {
    seen(attempt, Observation::TurnEnded { word: None }, Source::Hook, now)
}

#[test]
fn a_screen_that_lags_behind_the_programs_own_word_is_not_believed() {
    let working = || Observation::Doing { activity: Activity::Working };
    let idle = turn_ended(under_way(Committer::Agent), at(1_000));
    assert_eq!(idle.doing.activity, Activity::Idle);
    let lagging = seen(idle.clone(), working(), Source::Screen, at(3_999));
    assert_eq!(lagging.doing.activity, Activity::Idle);
    for (source, time) in [(Source::Screen, at(4_000)), (Source::Hook, at(1_001))] {
        assert_eq!(seen(idle.clone(), working(), source, time).doing.activity, Activity::Working);
    }
}

#[test]
fn a_picture_from_before_a_question_closes_it_not() {
    let doing = |activity| Observation::Doing { activity };
    for asks in [Activity::WaitingInput, Activity::WaitingPermission] {
        let asking = seen(under_way(Committer::Agent), doing(asks.clone()), Source::Hook, at(29_895));
        for (source, now, is_closed) in [
            (Source::Screen, 30_173, false),
            (Source::Screen, 32_894, false),
            (Source::Screen, 32_895, true),
            (Source::Hook, 30_173, true),
        ] {
            let told = seen(asking.clone(), doing(Activity::Working), source, at(now));
            assert_eq!(told.doing.activity == Activity::Working, is_closed, "{source:?} {now}");
        }
        // What a picture tells another takes back.
        let shown = seen(under_way(Committer::Agent), doing(asks), Source::Screen, at(29_895));
        let gone = seen(shown, doing(Activity::Working), Source::Screen, at(30_173));
        assert_eq!(gone.doing.activity, Activity::Working);
    }
}

/// The hook of a quick agent comes before the word that its message was put there.
#[test]
fn a_message_that_was_read_before_it_was_put_there_is_worked_on() {
    let line = |read_first: bool| {
        let mut attempt = turn_ended(under_way(Committer::Agent), at(1));
        (attempt, _) =
            after(attempt, &AttemptInput::Assign { delivery: DELIVERY, meaning: Meaning::Words }, at(2));
        let read = Observation::PromptRead { delivery: DELIVERY };
        if read_first {
            attempt = seen(attempt, read.clone(), Source::Hook, at(3));
        }
        (attempt, _) = after(attempt, &AttemptInput::Delivered { delivery: DELIVERY }, at(4));
        if !read_first {
            attempt = seen(attempt, read, Source::Hook, at(5));
        }
        attempt.line
    };
    let taken = |read| Line::Taken { delivery: DELIVERY, at: at(4), read: Some(at(read)), worked: false };
    assert_eq!((line(true), line(false)), (taken(3), taken(5)));
}

#[test]
fn what_we_commit_counts_as_work_until_it_is_committed() {
    let status = |attempt: &Attempt| crate::status::judge_attempt(attempt).decided().judgement.status;
    let committed = |failure| AttemptInput::Committed { failure };
    let over = turn_ended(under_way(Committer::Us), at(1));
    assert_eq!(status(&over), Status::Working);
    let (idle, _) = after(over.clone(), &committed(None), at(2));
    assert_eq!(status(&idle), Status::Idle);
    let (ended, effects) =
        after(over, &AttemptInput::Ended { exit: Exit::Code { code: 0 }, at: at(3) }, at(3));
    assert!(effects.contains(&Effect::CommitForAgent));
    assert_eq!((ended.commits.due, status(&ended)), (2, Status::Working));
    let (once, effects) = after(ended, &committed(None), at(4));
    assert_eq!(effects, []);
    let failure = Failure::new(FailureKind::Git, "a secret");
    let (failed, _) = after(once, &committed(Some(failure)), at(5));
    let judgement = crate::status::judge_attempt(&failed).decided().judgement.clone();
    assert_eq!(judgement.status, Status::Exited);
    assert_eq!(judgement.detail.as_deref(), Some("what it left is not committed: a secret"));
}

#[test]
fn an_agent_that_commits_by_itself_is_not_waited_for() {
    let over = turn_ended(under_way(Committer::Agent), at(1));
    assert_eq!((over.commits.due, over.doing.activity), (0, Activity::Idle));
}

#[test]
fn what_a_lost_host_leaves_behind_is_ended() {
    let (lost, effects) = after(under_way(Committer::Agent), &AttemptInput::Lost, at(1));
    assert!(!lost.is_live());
    assert!(effects.contains(&Effect::StopSession { reason: EndReason::Requested }), "{effects:?}");
}

#[test]
fn a_hook_does_not_tell_a_structured_session_to_ask_again() {
    let mut attempt = under_way(Committer::Agent);
    let asking = || Observation::Doing { activity: Activity::WaitingPermission };
    assert_eq!(
        seen(attempt.clone(), asking(), Source::Hook, at(1)).doing.activity,
        Activity::WaitingPermission
    );
    attempt.spec.session = SessionKind::Structured;
    assert_eq!(seen(attempt, asking(), Source::Hook, at(1)).doing.activity, Activity::Working);
}

/// A permission comes before a question: the status says what stops the work first, and follows what is settled.
#[test]
fn a_question_waits_for_words_and_a_permission_for_a_yes() {
    let question = |request: &str| {
        let asked = Question {
            options: vec![Choice { label: "Red".to_owned(), description: None }],
            ..Question::plain("Which colour?".to_owned())
        };
        Ask::question(request.to_owned(), vec![asked, Question::plain("Why?".to_owned())], "{}".to_owned())
    };
    let permission = |request: &str| {
        Ask::permission(request.to_owned(), "Bash".to_owned(), "ls".to_owned(), "{}".to_owned())
    };
    let asks = |ask| Observation::Asks { ask };
    let settled = |request: &str| Observation::AskSettled { request: request.to_owned() };
    let mut attempt = under_way(Committer::Agent);
    attempt.spec.session = SessionKind::Structured;
    let (input, yes) = (Status::WaitingInput, Status::WaitingPermission);
    let (words, tool) = ("Which colour? (Red) / Why?", "Bash: ls");
    for (number, (observation, status, detail)) in [
        (asks(question("1")), input, Some(words)),
        (asks(permission("2")), yes, Some(tool)),
        (asks(question("3")), yes, Some(tool)),
        (settled("2"), input, Some(words)),
        (settled("1"), input, Some(words)),
        (settled("3"), Status::Working, None),
    ]
    .into_iter()
    .enumerate()
    {
        attempt = seen(attempt, observation, Source::Protocol, at(number as i64 + 1));
        let judgement = crate::status::judge_attempt(&attempt).decided().judgement.clone();
        assert_eq!((judgement.status, judgement.detail.as_deref()), (status, detail), "step {number}");
    }
}

/// What earlier versions kept of a question is its text.
#[test]
fn a_question_of_an_earlier_version_is_one_that_any_words_answer() {
    let kept = r#"{"request":"1","tool":"question","summary":"Why?","input":"{}"}"#;
    let ask: Ask = serde_json::from_str(kept).unwrap();
    assert_eq!((ask.is_question(), ask.open_questions()), (true, vec![Question::plain("Why?".to_owned())]));
    assert_eq!(serde_json::to_string(&ask).unwrap(), kept);
    let permission: Ask =
        serde_json::from_str(r#"{"request":"1","tool":"Bash","summary":"ls","input":null}"#).unwrap();
    assert_eq!((permission.is_question(), permission.open_questions()), (false, Vec::new()));
}

/// A hook's report as it comes: who it is of, and what it says.
fn reported(at: Timestamp, digest: u64, seen: &[Observation]) -> AttemptInput {
    let evidence = |observation: &Observation| Evidence {
        observation: observation.clone(),
        source: Source::Hook,
        at,
        place: None,
        held_ms: 0,
        reading: None,
        about: None,
    };
    AttemptInput::Reported { report: ReportId { at, digest }, seen: seen.iter().map(evidence).collect() }
}

fn turn_end() -> Observation {
    Observation::TurnEnded { word: Some(FinalWord::good("done".to_owned())) }
}

/// The hook waited in vain for its answer, spooled its report, and the server had it all the same.
#[test]
fn a_report_that_comes_twice_counts_once() {
    let stop = reported(at(10), 1, &[Observation::PromptRead { delivery: DELIVERY }, turn_end()]);
    let (once, effects) = after(under_way(Committer::Us), &stop, at(10));
    assert_eq!((once.turns, once.commits.due), (1, 1));
    assert!(effects.contains(&Effect::CommitForAgent));
    let again = Attempt::step(Some(&once), &stop, at(9_000));
    assert!(again.is_nothing(), "{again:?}");
    let next = reported(at(9_001), 1, &[turn_end()]);
    assert_eq!(after(once.clone(), &next, at(9_001)).0.turns, 2, "the next turn ends in the same words");
    let (ended, _) = after(once, &AttemptInput::Ended { exit: Exit::Code { code: 0 }, at: at(11) }, at(11));
    assert!(Attempt::step(Some(&ended), &stop, at(9_000)).is_nothing());
}

/// So many came since that nobody can tell any more: it completes the record at the most.
#[test]
fn a_report_that_may_have_been_forgotten_ends_no_turn() {
    let mut attempt = under_way(Committer::Agent);
    for ms in 100..200 {
        attempt = after(attempt, &reported(at(ms), 0, &[turn_end()]), at(ms)).0;
    }
    assert_eq!(attempt.turns, 100);
    let old = reported(at(50), 7, &[Observation::PromptRead { delivery: DELIVERY }, turn_end()]);
    let (late, effects) = after(attempt, &old, at(300));
    assert_eq!(late.turns, 100);
    let read = DeliveryInput::Read { attempt: late.id, source: Source::Hook };
    assert!(effects.contains(&Effect::tell_delivery(DELIVERY, read)), "{effects:?}");
}

/// Hooks of one moment run side by side, and one may lie in the spool for hours.
#[test]
fn a_hook_does_not_take_back_what_was_said_after_it() {
    let working = Observation::Doing { activity: Activity::Working };
    let idle = after(under_way(Committer::Agent), &reported(at(20), 1, &[turn_end()]), at(20)).0;
    let overtaken = after(idle.clone(), &reported(at(19), 2, std::slice::from_ref(&working)), at(21)).0;
    assert_eq!(overtaken.doing, idle.doing);
    let busy = after(idle, &reported(at(30), 3, &[working]), at(30)).0;
    let late = after(busy.clone(), &reported(at(29), 4, &[turn_end()]), at(31)).0;
    assert_eq!((&late.doing, late.turns), (&busy.doing, 2));
}

fn tells_job(effects: &[Effect]) -> Option<Verdict> {
    effects.iter().find_map(|effect| match effect {
        Effect::Tell(message) => match &**message {
            Message::Job { input: JobInput::AttemptEnded { verdict, .. }, .. } => Some(verdict.clone()),
            _ => None,
        },
        _ => None,
    })
}

/// A job that waits for this one builds on what it left.
#[test]
fn a_job_hears_of_the_end_when_all_is_committed() {
    let ended = AttemptInput::Ended { exit: Exit::Code { code: 0 }, at: at(9) };
    let said = reported(at(1), 1, &[turn_end()]);
    let (over, _) = after(under_way(Committer::Us), &said, at(1));
    let (over, effects) = after(over, &ended, at(9));
    assert_eq!((tells_job(&effects), over.commits.due), (None, 2));
    let (once, effects) = after(over, &AttemptInput::Committed { failure: None }, at(10));
    assert_eq!(tells_job(&effects), None);
    let failure = Failure::new(FailureKind::NoSpace, "the disk is full");
    let mut verdicts = Vec::new();
    for failure in [None, Some(failure)] {
        verdicts.push(tells_job(&after(once.clone(), &AttemptInput::Committed { failure }, at(11)).1));
    }
    let message = "what it left is not committed: the disk is full".to_owned();
    assert_eq!(verdicts, [Some(Verdict::Succeeded), Some(Verdict::Failed { message })]);
    let (_, effects) = after(under_way(Committer::Agent), &ended, at(9));
    assert_eq!(tells_job(&effects), Some(Verdict::Exited));
}

/// The folder may hold what a person carried over: without an agent it is nobody's to commit.
#[test]
fn where_no_program_ran_nothing_is_committed() {
    let spec = under_way(Committer::Us).spec;
    let launching = Attempt::begun(AttemptId::from_bits(3), spec, at(0));
    let stopping = after(launching.clone(), &AttemptInput::Stop { reason: EndReason::Requested }, at(1)).0;
    let failed = AttemptInput::Launched { result: Err(Failure::new(FailureKind::Session, "no tmux")) };
    let missing = AttemptInput::Ended { exit: Exit::NotStarted { errno: 2 }, at: at(2) };
    for (attempt, input) in [
        (launching.clone(), failed.clone()),
        (stopping.clone(), failed),
        (launching, missing.clone()),
        (stopping, missing),
    ] {
        let (ended, effects) = after(attempt, &input, at(3));
        assert!(tells_job(&effects).is_some() && !effects.contains(&Effect::CommitForAgent), "{effects:?}");
        assert_eq!((ended.is_live(), ended.commits.due), (false, 0));
    }
}

/// The server died between the start and its record, and so did the session before the next server came.
#[test]
fn what_went_in_with_an_unrecorded_start_does_not_count_as_waiting() {
    let carried =
        |attempt: &Attempt| Effect::tell_delivery(DELIVERY, DeliveryInput::Carried { attempt: attempt.id });
    let launching = Attempt::begun(AttemptId::from_bits(3), under_way(Committer::Agent).spec, at(0));
    let given = after(launching.clone(), &AttemptInput::Carrying { delivery: DELIVERY }, at(1)).0;
    let ended = |exit| AttemptInput::Ended { exit, at: at(2) };
    let code = ended(Exit::Code { code: 0 });
    for (attempt, input, told) in [
        (&given, code.clone(), true),
        (&given, AttemptInput::Lost, true),
        (&given, ended(Exit::NotStarted { errno: 2 }), false),
        (&launching, code, false),
        (&launching, AttemptInput::Lost, false),
    ] {
        let (_, effects) = after(attempt.clone(), &input, at(2));
        assert_eq!(effects.first() == Some(&carried(attempt)), told, "{input:?}: {effects:?}");
    }
    let launched = Launched { host_pid: 1, at: at(1), carried: None };
    let (running, effects) = after(given, &AttemptInput::Launched { result: Ok(launched) }, at(2));
    assert!(effects.contains(&carried(&running)), "an earlier try started it: {effects:?}");
}

fn handover(turn: RunningTurn) -> AttemptInput {
    let channel = Channel { kind: SessionKind::Tmux, home: Some(SessionKind::Structured) };
    AttemptInput::HandOver { handover: Handover { channel, turn, message: None } }
}

/// A structured session in the middle of a turn, with a conversation.
fn structured() -> Attempt {
    let mut attempt = under_way(Committer::Agent);
    attempt.spec.session = SessionKind::Structured;
    attempt.conversation = Some("c-1".to_owned());
    attempt
}

fn how_the_job_goes_on(effects: &[Effect]) -> Option<Channel> {
    effects.iter().find_map(|effect| match effect {
        Effect::Tell(message) => match &**message {
            Message::Job { input: JobInput::AttemptEnded { goes_on, .. }, .. } => goes_on.as_ref()?.channel,
            _ => None,
        },
        _ => None,
    })
}

fn interrupt() -> AttemptInput {
    AttemptInput::Interrupt { request: RequestId::from_bits(9) }
}

const STOP: Effect = Effect::StopSession { reason: EndReason::Requested };

#[test]
fn a_conversation_moves_between_two_turns_and_no_message_begins_another() {
    let (leaving, effects) = after(structured(), &handover(RunningTurn::Finished), at(1));
    assert_eq!(effects, [], "the turn that runs is not touched");
    let evidence = Evidence {
        observation: Observation::TurnEnded { word: None },
        source: Source::Protocol,
        at: at(2),
        place: Some(8),
        held_ms: 0,
        reading: None,
        about: None,
    };
    let (left, effects) = after(leaving, &AttemptInput::Seen { evidence }, at(2));
    assert_eq!(effects, [STOP]);
    assert!(!left.takes_messages());
    let ended = AttemptInput::Ended { exit: Exit::Ended { reason: EndReason::Requested }, at: at(3) };
    let (gone, effects) = after(left, &ended, at(3));
    let channel = Channel { kind: SessionKind::Tmux, home: Some(SessionKind::Structured) };
    assert_eq!(how_the_job_goes_on(&effects), Some(channel));
    assert!(gone.has_gone_on());
}

#[test]
fn an_interrupt_ends_the_turn_that_runs_and_no_later_one() {
    let (_, effects) = after(structured(), &interrupt(), at(1));
    assert_eq!(effects, [Effect::InterruptTurn { after: 0 }]);
    let rested = turn_ended_by_protocol(structured());
    assert_eq!(after(rested, &interrupt(), at(3)).1, []);
    let (moving, effects) = after(structured(), &handover(RunningTurn::Interrupted), at(1));
    assert_eq!(effects, [Effect::InterruptTurn { after: 0 }]);
    // One that does not obey is cut off, and a weaker wish changes nothing.
    assert_eq!(after(moving.clone(), &handover(RunningTurn::Finished), at(2)).1, []);
    assert_eq!(after(moving, &handover(RunningTurn::CutOff), at(2)).1, [STOP]);
}

fn turn_ended_by_protocol(attempt: Attempt) -> Attempt {
    seen(attempt, Observation::TurnEnded { word: None }, Source::Protocol, at(2))
}

#[test]
fn whoever_stops_a_session_that_was_to_move_stops_it_for_good() {
    let (leaving, _) = after(structured(), &handover(RunningTurn::Finished), at(1));
    let (stopped, effects) = after(leaving, &AttemptInput::Stop { reason: EndReason::Requested }, at(2));
    assert_eq!(effects, [STOP]);
    let ended = AttemptInput::Ended { exit: Exit::Ended { reason: EndReason::Requested }, at: at(3) };
    assert_eq!(how_the_job_goes_on(&after(stopped, &ended, at(3)).1), None);
}

#[test]
fn a_visit_to_a_terminal_ends_where_it_began() {
    let mut visit = under_way(Committer::Agent);
    (visit.conversation, visit.spec.home) = (Some("c-1".to_owned()), Some(SessionKind::Structured));
    let left = AttemptInput::Ended { exit: Exit::Code { code: 0 }, at: at(1) };
    let home = Channel { kind: SessionKind::Structured, home: None };
    assert_eq!(how_the_job_goes_on(&after(visit.clone(), &left, at(1)).1), Some(home));
    // What a lost host leaves behind may still be at work.
    assert_eq!(how_the_job_goes_on(&after(visit.clone(), &AttemptInput::Lost, at(1)).1), None);
    let (stopped, _) = after(visit, &AttemptInput::Stop { reason: EndReason::Requested }, at(1));
    assert_eq!(how_the_job_goes_on(&after(stopped, &left, at(2)).1), None);
}

/// After Esc no hook fires (Claude Code 2.1.197): ten minutes later the program's last word is still that it works.
#[test]
fn a_flicker_does_not_beat_a_hook_and_a_screen_that_stays_does() {
    let reported = |attempt: Attempt, now: Timestamp| {
        let report = ReportId { at: now, digest: 1 };
        let working = Observation::Doing { activity: Activity::Working };
        let read = Observation::PromptRead { delivery: DELIVERY };
        let seen = [read, working].map(|it| Evidence::now(it, Source::Hook, now)).to_vec();
        after(attempt, &AttemptInput::Reported { report, seen }, now).0
    };
    let idle = |attempt: &Attempt, held_ms| {
        let idle = Observation::Doing { activity: Activity::Idle };
        let evidence = Evidence { held_ms, ..Evidence::now(idle, Source::Screen, at(600_000)) };
        (attempt.weighed(&evidence), after(attempt.clone(), &AttemptInput::Seen { evidence }, at(600_000)).0)
    };
    let works = reported(under_way(Committer::Agent), at(10));
    assert_eq!(idle(&works, 1_999).0, Err(crate::evidence::Overruled::ScreenNotHeld));
    let (believed, rests) = idle(&works, 2_000);
    assert_eq!((believed, rests.doing.source, rests.is_at_rest()), (Ok(()), Source::Screen, true));
    // Where no hook has ever reported, nobody else will tell.
    let (believed, rests) = idle(&under_way(Committer::Agent), 0);
    assert_eq!((believed, rests.is_at_rest()), (Ok(()), true));
}

/// The picture of the turn before stands for a while after the next message, and the hook is faster than what is drawn.
#[test]
fn a_screen_that_rested_before_the_message_says_nothing_of_it() {
    let report = |ms: i64| ReportId { at: at(ms), digest: 1 };
    let reported = |attempt, ms, observations: &[Observation]| {
        let seen = observations.iter().map(|it| Evidence::now(it.clone(), Source::Hook, at(ms))).collect();
        after(attempt, &AttemptInput::Reported { report: report(ms), seen }, at(ms)).0
    };
    assert_eq!(under_way(Committer::Agent).awaits_reading(at(9_999)), Some(Duration::from_millis(1)));
    assert_eq!(under_way(Committer::Agent).awaits_reading(at(10_000)), None);
    let rested = reported(under_way(Committer::Agent), 1_000, &[Observation::TurnEnded { word: None }]);
    let (given, _) =
        after(rested, &AttemptInput::Assign { delivery: DELIVERY, meaning: Meaning::Words }, at(60_000));
    let (taken, _) = after(given, &AttemptInput::Delivered { delivery: DELIVERY }, at(60_100));
    assert_eq!(taken.awaits_reading(at(60_100)), Some(Duration::from_secs(30)));
    assert_eq!(taken.awaits_reading(at(90_100)), None);
    let working = Observation::Doing { activity: Activity::Working };
    let read = reported(taken, 60_447, &[Observation::PromptRead { delivery: DELIVERY }, working]);
    assert_eq!(read.awaits_reading(at(60_448)), None);
    for (now, believed) in [(60_545, false), (62_099, false), (63_200, true)] {
        let idle = Observation::Doing { activity: Activity::Idle };
        let evidence = Evidence { held_ms: 59_000, ..Evidence::now(idle, Source::Screen, at(now)) };
        assert_eq!(read.weighed(&evidence).is_ok(), believed, "{now}");
    }
}

/// Some programs skip hooks without a word.
#[test]
fn hooks_that_should_have_reported_are_called_silent() {
    let working = Observation::Doing { activity: Activity::Working };
    let idle = Observation::Doing { activity: Activity::Idle };
    let standing = |attempt: &Attempt, tell, now| attempt.hook_standing(tell, at(now));
    let seen_at_work = seen(
        under_way(Committer::Agent),
        Observation::PromptRead { delivery: DELIVERY },
        Source::Screen,
        at(5),
    );
    let seen_at_work = seen(seen_at_work, working, Source::Screen, at(6));
    for (now, begins, ends) in [
        (9_000, HookStanding::Expected, HookStanding::Expected),
        (10_010, HookStanding::Silent, HookStanding::Expected),
    ] {
        assert_eq!(standing(&seen_at_work, HooksTell::Beginnings, now), begins, "{now}");
        assert_eq!(standing(&seen_at_work, HooksTell::Ends, now), ends, "{now}");
    }
    let rests = seen(seen_at_work, idle, Source::Screen, at(20_000));
    assert_eq!(standing(&rests, HooksTell::Ends, 29_999), HookStanding::Expected);
    assert_eq!(standing(&rests, HooksTell::Ends, 30_000), HookStanding::Silent);
    let report = AttemptInput::Reported {
        report: ReportId { at: at(31_000), digest: 2 },
        seen: vec![Evidence::now(Observation::TurnEnded { word: None }, Source::Hook, at(31_000))],
    };
    let heard = after(rests, &report, at(31_000)).0;
    assert_eq!(standing(&heard, HooksTell::Ends, 90_000), HookStanding::Reporting);
}

/// Claude Code's own helpers are no processes: its Stop and SubagentStop say which of them are still at work.
#[test]
fn while_a_helper_works_it_is_not_idle_and_takes_messages() {
    let decided = |attempt: &Attempt| {
        let decided = crate::status::judge_attempt(attempt).decided().clone();
        (decided.rule, decided.judgement.status)
    };
    let helpers = |tasks: &[&str]| {
        let helper = |task: &&str| crate::evidence::Helper { id: task.to_string(), task: task.to_string() };
        Observation::Helpers { helpers: tasks.iter().map(helper).collect() }
    };
    let stop = reported(at(10), 1, &[turn_end(), helpers(&["Explore: look for it"])]);
    let step = Attempt::step(Some(&under_way(Committer::Agent)), &stop, at(10));
    assert_eq!(step.events.len(), 3, "all of it at once: for no moment is it idle");
    let (sent_off, effects) = after(under_way(Committer::Agent), &stop, at(10));
    assert_eq!(decided(&sent_off), (crate::status::Rule::HelpersWork, Status::Working));
    assert!(sent_off.takes_messages() && effects.contains(&sent_off.offer()));
    let judgement = crate::status::judge_attempt(&sent_off).decided().judgement.clone();
    assert_eq!(
        judgement.detail.as_deref(),
        Some("it takes messages; helpers of its work on: Explore: look for it")
    );
    // It goes on by itself when they are done, and says so at the end of that.
    let working = Observation::Doing { activity: Activity::Working };
    let woken = after(sent_off.clone(), &reported(at(20), 2, &[working]), at(20)).0;
    assert_eq!(decided(&woken), (crate::status::Rule::NewestEvidence, Status::Working));
    let over = after(woken, &reported(at(30), 3, &[turn_end(), helpers(&[])]), at(30)).0;
    assert_eq!(decided(&over), (crate::status::Rule::NewestEvidence, Status::Idle));
    // The end of a helper alone says it, too.
    let alone = after(sent_off, &reported(at(20), 4, &[helpers(&[])]), at(20)).0;
    assert_eq!(decided(&alone), (crate::status::Rule::NewestEvidence, Status::Idle));
}

fn in_record(observation: Observation, ms: i64, held_ms: u64) -> Evidence {
    Evidence { held_ms, ..Evidence::now(observation, Source::Transcript, at(ms)) }
}

/// No hook tells of a turn that failed (Codex 0.169.0), and its screen looks as after any other.
#[test]
fn a_failure_in_the_record_counts_at_once_and_after_the_screen() {
    let failed =
        Observation::TurnEnded { word: Some(FinalWord::bad("401".to_owned(), AgentFailureKind::Auth)) };
    let prompt = reported(at(1), 1, &[Observation::PromptRead { delivery: DELIVERY }]);
    let hearing = after(under_way(Committer::Agent), &prompt, at(1)).0;
    assert_eq!(hearing.weighed(&in_record(failed.clone(), 10, 0)), Ok(()));
    let idle = Observation::Doing { activity: Activity::Idle };
    let idle = Evidence { held_ms: 5_000, ..Evidence::now(idle, Source::Screen, at(6_000)) };
    let (rests, _) = after(hearing, &AttemptInput::Seen { evidence: idle }, at(6_000));
    assert!(rests.is_at_rest());
    assert_eq!(rests.weighed(&in_record(failed.clone(), -10, 0)), Err(crate::evidence::Overruled::Known));
    let evidence = in_record(failed.clone(), 10, 6_000);
    let (told, _) = after(rests, &AttemptInput::Seen { evidence: evidence.clone() }, at(6_010));
    assert_eq!((told.turns, told.final_word.as_ref().map(|word| word.failed)), (1, Some(true)));
    assert_eq!(told.weighed(&evidence), Err(crate::evidence::Overruled::Known), "once");
    // A hook that does not say how the next turn ended says nothing of the one before.
    let (given, _) =
        after(told, &AttemptInput::Assign { delivery: DELIVERY, meaning: Meaning::Words }, at(7_000));
    assert!(given.final_word.is_some(), "it may yet be refused");
    let (taken, _) = after(given, &AttemptInput::Delivered { delivery: DELIVERY }, at(7_100));
    let (ended, _) = after(taken, &reported(at(9_000), 9, &[turn_end()]), at(9_000));
    assert_eq!((ended.turns, ended.failure()), (2, None));
}

/// Decision 4: where nothing can be read back it is uncertain, and what is read back later still counts.
#[test]
fn a_terminal_at_rest_leaves_a_message_uncertain_that_nobody_has_seen_to_be_read() {
    let idle = Observation::Doing { activity: Activity::Idle };
    let idle = Evidence { held_ms: 5_000, ..Evidence::now(idle, Source::Screen, at(6_000)) };
    let rests = AttemptInput::Seen { evidence: idle };
    let unconfirmed = Effect::tell_delivery(
        DELIVERY,
        DeliveryInput::Unconfirmed { attempt: under_way(Committer::Agent).id },
    );
    let (resting, effects) = after(under_way(Committer::Agent), &rests, at(6_000));
    assert!(effects.contains(&unconfirmed), "{effects:?}");
    assert!(uncertain_messages(&resting).eq([DELIVERY]));
    let ended = AttemptInput::Ended { exit: Exit::Code { code: 0 }, at: at(7_000) };
    assert_eq!(uncertain_messages(&after(resting.clone(), &ended, at(7_000)).0).count(), 0);
    let late = in_record(Observation::PromptRead { delivery: DELIVERY }, 6_500, 0);
    let late = after(resting, &AttemptInput::Seen { evidence: late }, at(7_000)).0;
    assert_eq!(uncertain_messages(&late).count(), 0, "it was read after all");
    let told = turn_ended(under_way(Committer::Agent), at(6_000));
    assert_eq!(uncertain_messages(&told).count(), 0, "its program said that the turn is over");
    let prompt = reported(at(1), 1, &[Observation::PromptRead { delivery: DELIVERY }]);
    let (_, effects) = after(after(under_way(Committer::Agent), &prompt, at(1)).0, &rests, at(6_000));
    assert!(!effects.contains(&unconfirmed), "{effects:?}");
}

/// A program that was killed has told by its hook that it read a message, and has done nothing with it, perhaps. Its record would know.
#[test]
fn a_hook_that_is_heard_of_after_its_program_was_killed_proves_nothing() {
    let read = Observation::PromptRead { delivery: DELIVERY };
    let hook = reported(at(5), 1, std::slice::from_ref(&read));
    let record = AttemptInput::Seen { evidence: in_record(read, 5, 0) };
    let ends = |exit| AttemptInput::Ended { exit, at: at(6) };
    for (end, by_hook) in [
        (AttemptInput::Lost, false),
        (ends(Exit::Signal { signal: 9 }), false),
        (ends(Exit::Code { code: 0 }), true),
    ] {
        let ended = after(under_way(Committer::Agent), &end, at(6)).0;
        let is_told = |input: &AttemptInput| {
            let effects = after(ended.clone(), input, at(7)).1;
            let told = |source| DeliveryInput::Read { attempt: ended.id, source };
            let told = [Source::Hook, Source::Transcript].map(|it| Effect::tell_delivery(DELIVERY, told(it)));
            effects.iter().any(|effect| told.contains(effect))
        };
        assert_eq!((is_told(&hook), is_told(&record)), (by_hook, true), "{end:?}");
    }
}

/// Its own record stands between a program's hooks and its screen.
#[test]
fn the_end_of_a_turn_in_the_record_counts_when_no_hook_has_told_of_it() {
    let take = |attempt: Attempt, evidence: Evidence| {
        let now = evidence.at;
        after(attempt, &AttemptInput::Seen { evidence }, now).0
    };
    let mute = take(under_way(Committer::Agent), in_record(turn_end(), 10, 0));
    assert_eq!((mute.is_at_rest(), mute.doing.source, mute.turns), (true, Source::Transcript, 1));

    let prompt = reported(at(1), 1, &[Observation::PromptRead { delivery: DELIVERY }]);
    let hearing = after(under_way(Committer::Agent), &prompt, at(1)).0;
    let early = in_record(turn_end(), 10, 1_999);
    assert_eq!(hearing.weighed(&early), Err(crate::evidence::Overruled::HooksMayTell));
    let late = take(hearing.clone(), in_record(turn_end(), 10, 2_000));
    assert_eq!((late.is_at_rest(), late.turns), (true, 1));
    // The hook comes after all.
    let slow = after(late, &reported(at(11), 2, &[turn_end()]), at(5_000)).0;
    assert_eq!((slow.is_at_rest(), slow.turns), (true, 1), "it is the end of the same turn");
    let told = after(hearing.clone(), &reported(at(11), 2, &[turn_end()]), at(11)).0;
    assert_eq!(told.weighed(&in_record(turn_end(), 10, 9_000)), Err(crate::evidence::Overruled::Outdated));
    // After Esc no hook comes: it is believed at once.
    let idle = Observation::Doing { activity: Activity::Idle };
    let broken_off = take(hearing, in_record(idle.clone(), 10, 0));
    assert_eq!((broken_off.is_at_rest(), broken_off.turns), (true, 0));
    // What was written before the message says nothing of its turn.
    assert_eq!(
        under_way(Committer::Agent).weighed(&in_record(idle, -1, 0)),
        Err(crate::evidence::Overruled::EarlierTurn)
    );
}

/// A quick agent has read its prompt and is done with it before whoever typed it has seen that it left the box.
#[test]
fn a_turn_that_is_over_before_its_message_counts_as_put_is_over() {
    let typed = |read: Option<i64>| {
        let line = Line::Taken { delivery: DELIVERY, at: at(300), read: read.map(at), worked: false };
        Attempt { line, ..under_way(Committer::Agent) }
    };
    let quick = typed(Some(100));
    let end = in_record(turn_end(), 200, 5_000);
    let over = after(quick.clone(), &AttemptInput::Seen { evidence: end.clone() }, at(400)).0;
    assert_eq!((over.is_at_rest(), over.doing.source), (true, Source::Transcript));
    for of_the_turn_before in [
        quick.weighed(&in_record(turn_end(), 99, 5_000)),
        typed(None).weighed(&end),
        typed(Some(310)).weighed(&end),
    ] {
        assert_eq!(of_the_turn_before, Err(crate::evidence::Overruled::EarlierTurn));
    }
}

/// The hook of the very first prompt can be faster than whoever puts it before the agent: there is no turn before it.
#[test]
fn word_of_work_from_before_its_message_counts_as_put_says_nothing_new() {
    let hook = |activity| Evidence::now(Observation::Doing { activity }, Source::Hook, at(-1));
    let attempt = under_way(Committer::Agent);
    assert_eq!(attempt.weighed(&hook(Activity::Working)), Err(crate::evidence::Overruled::Known));
    assert_eq!(attempt.weighed(&hook(Activity::Idle)), Err(crate::evidence::Overruled::EarlierTurn));
}

#[test]
fn a_clock_that_went_back_freezes_no_status_and_late_word_stays_late() {
    let later = |attempt: Attempt| Attempt {
        line: Line::Taken { delivery: DELIVERY, at: at(1_000_000), worked: true, read: None },
        doing: Doing::new(Activity::Working, at(1_000_000), Source::Hook),
        ..attempt
    };
    let idle = || Observation::Doing { activity: Activity::Idle };
    let screen = Evidence { held_ms: 5_000, ..Evidence::now(idle(), Source::Screen, at(490)) };
    let record = in_record(turn_end(), 490, 5_000);
    // Nothing has been seen of its work on the message yet, and perhaps nothing will: a still screen is believed all the same.
    let unseen = |attempt: Attempt| {
        let line = Line::Taken { delivery: DELIVERY, at: at(1_000_000), worked: false, read: None };
        Attempt { line, ..later(attempt) }
    };
    let still = AttemptInput::Seen { evidence: screen.clone() };
    let hooked = after(under_way(Committer::Agent), &reported(at(100), 6, &[idle()]), at(100)).0;
    for before in [unseen(under_way(Committer::Agent)), unseen(hooked)] {
        let (went_on, _) = after(before, &still, at(500));
        assert_eq!(went_on.doing.activity, Activity::Idle, "{went_on:?}");
    }
    let inputs = [
        reported(at(490), 7, &[turn_end()]),
        AttemptInput::Seen { evidence: screen },
        AttemptInput::Seen { evidence: record },
    ];
    for input in inputs {
        let (went_on, _) = after(later(under_way(Committer::Agent)), &input, at(500));
        assert_eq!(went_on.doing.activity, Activity::Idle, "{input:?}");
        assert!(went_on.doing.since <= at(500), "{:?}", went_on.doing);
        // Where the clock went on, what is older than the message says nothing of its turn.
        let (as_before, _) = after(later(under_way(Committer::Agent)), &input, at(1_000_500));
        assert_eq!(as_before.doing.activity, Activity::Working, "{input:?}");
    }
}

#[test]
fn conversations_that_were_left_are_remembered_once_and_not_without_end() {
    let mut attempt = structured();
    let enter = |attempt: &mut Attempt, id: &str| {
        let observation = Observation::Conversation { id: id.to_owned(), model: None };
        attempt.note(&Evidence::now(observation, Source::Hook, at(9)));
    };
    ["c-1", "c-2", "c-2", "c-3"].into_iter().for_each(|id| enter(&mut attempt, id));
    assert_eq!(attempt.left_conversations, ["c-1", "c-2"]);
    enter(&mut attempt, "c-1");
    assert_eq!(attempt.left_conversations, ["c-2", "c-3"], "it is the present one again");
    (0..1000).for_each(|number| enter(&mut attempt, &format!("n-{number}")));
    assert_eq!((attempt.left_conversations.len(), attempt.conversation.as_deref()), (64, Some("n-999")));
    assert_eq!(attempt.left_conversations.last().map(String::as_str), Some("n-998"));
}
