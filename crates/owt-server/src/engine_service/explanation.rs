//! Explanations as they travel, what was seen in words.

use owt_api as api;
use owt_core::Timestamp;
use owt_core::attempt::Says;
use owt_core::attempt::Verdict;
use owt_core::edits::EditedFile;
use owt_core::evidence::Activity;
use owt_core::evidence::FinalWord;
use owt_core::evidence::Observation;
use owt_core::evidence::Reading;
use owt_core::evidence::Source;
use owt_core::offspring::Child;
use owt_core::offspring::Pace;
use owt_core::status::Opinion;
use owt_core::status::Status;
use owt_engine::Disbelief;
use owt_engine::use_cases::Explanation;

use super::to_wire::exit;
use super::to_wire::failure;
use super::to_wire::open_tool;
use super::to_wire::status;
use super::to_wire::time;

pub(super) fn explanation(explained: &Explanation) -> api::Explanation {
    let now = explained.now;
    let decided = explained.reasoning.decided();
    let shown = &explained.view.judgement;
    // What lies at its place, or is checked out there, may have more to say than the rule.
    let detail = if shown.status == decided.judgement.status { shown } else { &decided.judgement };
    let deciding = explained.account.deciding();
    let evidence = explained.account.pieces().enumerate().map(|(at, piece)| api::EvidencePiece {
        at: time(piece.at),
        age_s: age(piece.at, now),
        source: piece.source.as_str().to_owned(),
        weight: piece.source.weight().as_str().to_owned(),
        says: with(says(&piece.says), piece.about.as_deref()),
        reading: piece.reading.as_ref().map(reading),
        made: piece.made.as_ref().map(|activity| status(Status::of(activity))),
        decides: deciding == Some(at),
    });
    let disbelieved =
        explained.disbelieved.iter().map(|Disbelief { evidence, why, times }| api::DisbelievedPiece {
            at: time(evidence.at),
            age_s: age(evidence.at, now),
            source: evidence.source.as_str().to_owned(),
            weight: Source::weight(evidence.source).as_str().to_owned(),
            says: with(observed(&evidence.observation), evidence.about.as_deref()),
            reading: evidence.reading.as_ref().map(reading),
            why: why.to_string(),
            times: *times,
        });
    api::Explanation {
        name: explained.view.name().to_owned(),
        status: status(decided.judgement.status),
        since: time(decided.judgement.begun),
        source: decided.judgement.source.to_owned(),
        detail: detail.detail.clone(),
        failure: explained.view.failure().map(failure),
        hooks: explained.hooks.map(|standing| standing.as_str().to_owned()),
        tools: explained.tools.iter().map(open_tool).collect(),
        not_understood: explained.strange.clone().map(strange),
        reports_not_understood: explained.strange_reports.clone().map(strange),
        decided: ruling(decided),
        overruled: explained.reasoning.overruled().map(ruling).collect(),
        evidence: evidence.collect(),
        earlier: explained.account.left_out() as u64,
        disbelieved: disbelieved.collect(),
    }
}

fn strange(owt_engine::StrangeLines { count, what, line }: owt_engine::StrangeLines) -> api::StrangeLines {
    api::StrangeLines { count, what, line }
}

fn reading(reading: &Reading) -> api::Reading {
    api::Reading { rule: reading.rule.clone(), parts: reading.parts.clone() }
}

fn age(at: Timestamp, now: Timestamp) -> u64 {
    now.since(at).as_secs()
}

fn ruling(opinion: &Opinion) -> api::Ruling {
    api::Ruling {
        rule: opinion.rule.as_str().to_owned(),
        why: opinion.rule.in_words().to_owned(),
        status: status(opinion.judgement.status),
        detail: opinion.judgement.detail.clone(),
    }
}

fn says(says: &Says) -> String {
    match says {
        Says::Launched => "its program was started".to_owned(),
        Says::Seen(observation) => observed(observation),
        Says::Model(model) => format!("it uses the model {model}"),
        Says::Delivered => "a message was put before it".to_owned(),
        Says::Ended { verdict, exit: found } => {
            let how = found.map(|found| format!(" ({})", exit(found))).unwrap_or_default();
            format!("its session ended{how}: {}", verdict_in_words(verdict))
        }
    }
}

fn with(says: String, about: Option<&str>) -> String {
    about.map(|about| format!("{says}: {about}")).unwrap_or(says)
}

fn verdict_in_words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Succeeded => "its own last word was that the work is done".to_owned(),
        Verdict::Exited => "without a word on its work".to_owned(),
        Verdict::Stopped => "on request".to_owned(),
        Verdict::Failed { message } => format!("it failed: {message}"),
        Verdict::TimedOut { .. } => "a limit was reached".to_owned(),
        Verdict::Lost => "its host vanished".to_owned(),
        Verdict::NotStarted { failure } => format!("its program never ran: {failure}"),
    }
}

fn observed(observation: &Observation) -> String {
    match observation {
        Observation::Conversation { model: Some(model), .. } => {
            format!("its conversation has begun, with the model {model}")
        }
        Observation::Conversation { model: None, .. } => "its conversation has begun".to_owned(),
        Observation::PromptRead { delivery } => format!("it has read the message {delivery}"),
        Observation::Doing { activity } => match activity {
            Activity::Starting => "it starts".to_owned(),
            Activity::Working => "it works".to_owned(),
            Activity::Idle => "it takes the next message".to_owned(),
            Activity::WaitingPermission => "it asks for permission".to_owned(),
            Activity::WaitingInput => "it asks a question".to_owned(),
            Activity::Blocked { advice } => format!("something is in its way: {advice}"),
        },
        Observation::Asks { ask } => format!("it asks: {}", ask.in_words()),
        Observation::AskSettled { .. } => "what it asked is answered".to_owned(),
        Observation::TurnEnded { word: None } => "its turn is over".to_owned(),
        Observation::TurnEnded { word: Some(FinalWord { failed, text, .. }) } => {
            let how =
                if *failed { "its turn is over, and failed by its own word" } else { "its turn is over" };
            with(how.to_owned(), Some(text.trim()).filter(|text| !text.is_empty()))
        }
        Observation::Children { children } => started_by(children),
        Observation::Helpers { helpers } if helpers.is_empty() => {
            "no helper of its works any more".to_owned()
        }
        Observation::Helpers { helpers } => {
            let tasks: Vec<&str> = helpers.iter().map(|helper| helper.task.as_str()).collect();
            format!("helpers of its work in the background: {}", tasks.join("; "))
        }
        Observation::Edited { files } => {
            let files: Vec<&str> = files.iter().map(EditedFile::as_str).collect();
            format!("it has changed {}", files.join(", "))
        }
        Observation::Used { usage } => {
            format!("it has used {} tokens read, {} written", usage.input_tokens, usage.output_tokens)
        }
    }
}

fn started_by(children: &[Child]) -> String {
    if children.is_empty() {
        return "nothing that it has started runs any more".to_owned();
    }
    let named = |child: &Child| match child.pace {
        Pace::Works => format!("{} ({}) works", child.command, child.pid),
        Pace::Rests => format!("{} ({}) rests", child.command, child.pid),
    };
    format!("what it has started: {}", children.iter().map(named).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use owt_core::DeliveryId;
    use owt_core::agent_failure::AgentFailureKind;

    use super::*;

    fn turn(failed: bool, text: &str) -> Observation {
        let kind = failed.then_some(AgentFailureKind::Overload);
        Observation::TurnEnded { word: Some(FinalWord { failed, text: text.to_owned(), kind }) }
    }

    fn child(command: &str, pace: Pace) -> Child {
        Child { pid: 7, command: command.to_owned(), started_at: Timestamp::EPOCH, pace }
    }

    #[test]
    fn what_was_seen_is_told_in_words_that_say_something() {
        let conversation = |model: Option<&str>| Observation::Conversation {
            id: "c".to_owned(),
            model: model.map(str::to_owned),
        };
        let doing = |activity| Observation::Doing { activity };
        let read = Observation::PromptRead { delivery: DeliveryId::from_bits(1) };
        let children = |children| Observation::Children { children };
        for (seen, about, words) in [
            (conversation(None), None, "its conversation has begun"),
            (conversation(Some("m1")), None, "its conversation has begun, with the model m1"),
            (doing(Activity::WaitingPermission), None, "it asks for permission"),
            (doing(Activity::WaitingPermission), Some("Bash: make"), "it asks for permission: Bash: make"),
            (doing(Activity::WaitingInput), Some("Which one?"), "it asks a question: Which one?"),
            (doing(Activity::Idle), None, "it takes the next message"),
            (Observation::TurnEnded { word: None }, None, "its turn is over"),
            (turn(false, "Fixed."), None, "its turn is over: Fixed."),
            (turn(false, " \n"), None, "its turn is over"),
            (turn(true, "529"), None, "its turn is over, and failed by its own word: 529"),
            (turn(true, ""), None, "its turn is over, and failed by its own word"),
            (children(vec![]), None, "nothing that it has started runs any more"),
            (
                children(vec![child("make", Pace::Works), child("npm run", Pace::Rests)]),
                None,
                "what it has started: make (7) works, npm run (7) rests",
            ),
        ] {
            assert_eq!(with(observed(&seen), about), words, "{seen:?}");
        }
        assert_eq!(says(&Says::Model("m2".to_owned())), "it uses the model m2");
        assert!(observed(&read).starts_with("it has read the message dlv_"), "{}", observed(&read));
    }
}
