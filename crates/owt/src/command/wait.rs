//! `owt wait`.

use std::time::Duration;
use std::time::Instant;

use clap::Args;
use owt_api::ErrorCode;
use owt_api::Status;
use owt_api::Wait;
use owt_api::WaitOutcome;
use owt_api::WaitReport;
use owt_api::Waited;
use owt_tui::status;

use crate::context::Context;
use crate::duration;
use crate::failure::Failure;
use crate::rendering::waited;

const EXAMPLES: &str = "\
Examples:
  owt wait auth-jwt && owt show auth-jwt
  owt wait auth-jwt fix-login --any --timeout 30m

Exit code: 0 done, 1 failed, 4 needs a person, 5 no such workspace, 124 time ran out.";

/// Wait until each workspace reaches an end or needs a person.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WaitArgs {
    /// The workspaces.
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    /// The first that ends is enough.
    #[arg(long)]
    any: bool,
    /// Wait at most this long (90, 90s, 10m, 2h).
    #[arg(long, value_name = "SPAN", allow_negative_numbers = true, value_parser = duration::parse)]
    timeout: Option<Duration>,
}

pub(super) fn run(args: &WaitArgs, context: &Context) -> Result<(), Failure> {
    let report = waited_for(args, context)?;
    if context.lets_ring() {
        context.output.ring(&ringing(&report));
    }
    match failure(&report) {
        None => context.output.answer(&report, |page| waited::render(page, &report)),
        Some(failure) => {
            context.output.show(|page| waited::render(page, &report))?;
            Err(failure.with_data(serde_json::json!(report)))
        }
    }
}

/// What the end of a wait is told as.
fn ringing(report: &WaitReport) -> String {
    let said = report.workspaces.iter().map(|it| format!("{}: {}", it.name, status::word(it.status)));
    said.collect::<Vec<_>>().join(", ")
}

/// Waits through a server that is replaced meanwhile: what is left of the time is asked of the next.
fn waited_for(args: &WaitArgs, context: &Context) -> Result<WaitReport, Failure> {
    let began = Instant::now();
    let doing = format!("waiting for {}", args.names.join(", "));
    context.watch_for_interrupt("the agents go on; only the waiting has ended");
    let mut report = context.ask(&doing, |client| {
        let left = args.timeout.map(|limit| limit.saturating_sub(began.elapsed()));
        client.wait(&Wait {
            cwd: context.cwd(),
            names: args.names.clone(),
            any: args.any,
            timeout_ms: left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
        })
    })?;
    report.elapsed_s = began.elapsed().as_secs_f64();
    Ok(report)
}

fn failure(report: &WaitReport) -> Option<Failure> {
    let those = |so: fn(&Waited) -> bool| -> Vec<&str> {
        let those = report.workspaces.iter().filter(|waited| so(waited));
        those.map(|waited| waited.name.as_str()).collect()
    };
    // With several there is more than one command to say.
    let named = |names: &[&str]| match names {
        [only] => (*only).to_owned(),
        _ => "NAME".to_owned(),
    };
    match report.outcome {
        WaitOutcome::Done => None,
        WaitOutcome::Failed => {
            let names = those(has_failed);
            let (message, name) = (format!("{}: the work ended in failure", names.join(", ")), named(&names));
            Some(
                Failure::new(ErrorCode::AgentFailed, message)
                    .hint(format!("see why: owt show {name}, owt logs {name}")),
            )
        }
        WaitOutcome::NeedsPerson => {
            let names = those(|waited| status::needs_person(waited.status));
            let (message, name) = (format!("{}: waiting for you", names.join(", ")), named(&names));
            Some(
                Failure::new(ErrorCode::WaitingOnPerson, message)
                    .hint(format!("see what it asks and how to answer: owt show {name}")),
            )
        }
        WaitOutcome::TimedOut => {
            let message = format!("not done after {:.0} s", report.elapsed_s);
            Some(Failure::new(ErrorCode::TimedOut, message).hint("the agents go on"))
        }
    }
}

/// An agent whose last turn failed takes messages still; why it failed stands beside it.
fn has_failed(waited: &Waited) -> bool {
    match waited.status {
        Status::Done => false,
        Status::Idle => waited.detail.is_some(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_that_is_idle_after_a_failed_turn_is_named() {
        let waited = |name: &str, detail: Option<&str>| Waited {
            name: name.to_owned(),
            status: Status::Idle,
            detail: detail.map(str::to_owned),
            failure: None,
        };
        let workspaces =
            vec![waited("auth", Some("its last turn failed: no account")), waited("other", None)];
        let report = WaitReport { outcome: WaitOutcome::Failed, workspaces, elapsed_s: 3.2 };
        let Some(Failure::Problem(failed)) = failure(&report) else { panic!("a failure") };
        assert_eq!(failed.problem.message, "auth: the work ended in failure");
        assert_eq!(failed.problem.hint.as_deref(), Some("see why: owt show auth, owt logs auth"));
    }

    #[test]
    fn every_outcome_has_its_exit_code() {
        for (outcome, status, expected) in [
            (WaitOutcome::Done, Status::Done, None),
            (WaitOutcome::Failed, Status::Failed, Some((1, "auth: the work ended in failure"))),
            (WaitOutcome::NeedsPerson, Status::Blocked, Some((4, "auth: waiting for you"))),
            (WaitOutcome::TimedOut, Status::Working, Some((124, "not done after 3 s"))),
        ] {
            let workspaces = vec![
                Waited { name: "auth".to_owned(), status, detail: None, failure: None },
                Waited { name: "other".to_owned(), status: Status::Done, detail: None, failure: None },
            ];
            let report = WaitReport { outcome, workspaces, elapsed_s: 3.2 };
            let found = failure(&report).map(|failure| match &failure {
                Failure::Problem(failed) => (failure.exit_code(), failed.problem.message.clone()),
                other => panic!("{other:?}"),
            });
            assert_eq!(found, expected.map(|(code, message)| (code, message.to_owned())), "{outcome:?}");
        }
    }
}
