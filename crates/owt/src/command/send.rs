//! `owt send`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use owt_api::Audience;
use owt_api::Delivery;
use owt_api::ErrorCode;
use owt_api::SendMessage;

use crate::context::Context;
use crate::duration;
use crate::failure::Failure;
use crate::rendering::deliveries;
use crate::task_text;

const EXAMPLES: &str = "\
Examples:
  owt send auth-jwt \"Fix the failing tests\"
  owt send auth-jwt --wait \"Now add the refresh token\"
  owt send --all \"Run the tests before you finish\"
  owt send auth-jwt --file review.md
  owt send --working \"Commit now\" --dry-run     who would get it";

/// Send a message to an agent. What is printed is what was observed, no more.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SendArgs {
    /// The workspace, unless --all or --working say who gets it; then the message.
    #[arg(value_name = "NAME] [MESSAGE")]
    words: Vec<String>,
    #[command(flatten)]
    audience: AudienceFlags,
    /// Read the message from a file; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Take a message that begins like one of the agent's own commands (`/clear`) as that command.
    #[arg(long)]
    as_command: bool,
    /// Wait until the agent was observed to have it.
    #[arg(long)]
    wait: bool,
    /// Wait at most this long (90, 90s, 10m, 2h).
    #[arg(long, value_name = "SPAN", allow_negative_numbers = true, value_parser = duration::parse)]
    #[arg(default_value = "10m", requires = "wait")]
    timeout: Duration,
    /// Say who would get it, and send nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct AudienceFlags {
    /// To every workspace of this repository with a running session.
    #[arg(long)]
    all: bool,
    /// To those whose agent is working.
    #[arg(long)]
    working: bool,
}

pub(super) fn run(args: &SendArgs, context: &Context) -> Result<(), Failure> {
    let (to, words) = addressed(args)?;
    let Some(text) = task_text::given(context, words, args.file.as_deref())? else {
        return Err(Failure::usage("there is no message").hint("owt send NAME \"Fix the failing tests\""));
    };
    let one = matches!(to, Audience::One(_));
    let wait = if args.wait { args.timeout } else { Duration::ZERO };
    let request = SendMessage {
        cwd: context.cwd(),
        to,
        text,
        as_command: args.as_command,
        wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
        dry_run: args.dry_run,
        idempotency_key: Some(context.request.to_string()),
    };
    let sent = context.tell_again("sending the message", |client| client.send(&request))?;
    let worst = verdict(&sent, args.wait && !args.dry_run);
    // What happened is shown either way; in JSON a failure carries it.
    match worst {
        None => match sent.as_slice() {
            [only] if one => context.output.answer(only, |page| deliveries::render(page, &sent)),
            _ => context.output.answer(&sent, |page| deliveries::render(page, &sent)),
        },
        Some(failure) => {
            context.output.show(|page| deliveries::render(page, &sent))?;
            Err(failure.with_data(serde_json::json!(sent)))
        }
    }
}

/// Who gets it, and what is left for the message.
fn addressed(args: &SendArgs) -> Result<(Audience, &[String]), Failure> {
    match (&args.audience, args.words.as_slice()) {
        (AudienceFlags { all: true, .. }, words) => Ok((Audience::All, words)),
        (AudienceFlags { working: true, .. }, words) => Ok((Audience::Working, words)),
        (_, [name, words @ ..]) => Ok((Audience::One(name.clone()), words)),
        (_, []) => Err(Failure::usage("nobody is named to send to").hint("owt send NAME \"...\", or --all")),
    }
}

/// What keeps the command from being a success, the worst first. A message that is on its way is one, unless
/// its arrival was to be waited for.
fn verdict(sent: &[Delivery], waited: bool) -> Option<Failure> {
    let in_state = |state: &str| sent.iter().find(|delivery| delivery.state == state);
    let why = |delivery: &Delivery| {
        let known = delivery.detail.clone();
        known.unwrap_or_else(|| deliveries::meaning(&delivery.state).to_owned())
    };
    if let Some(failed) = in_state("failed") {
        let message = format!("the message did not reach '{}': {}", failed.workspace, why(failed));
        return Some(Failure::new(ErrorCode::DeliveryFailed, message));
    }
    if let Some(uncertain) = in_state("uncertain") {
        let name = &uncertain.workspace;
        let message = format!("nobody knows whether '{name}' has the message: {}", why(uncertain));
        let hint = format!("look at it: owt attach {name}");
        return Some(Failure::new(ErrorCode::WaitingOnPerson, message).hint(hint));
    }
    let late = sent.iter().find(|delivery| waited && delivery.state != "observed")?;
    let message = format!("'{}' has not shown the message in time: {}", late.workspace, why(late));
    Some(Failure::new(ErrorCode::TimedOut, message).hint("it stays on its way; see owt show"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(state: &str) -> Delivery {
        Delivery {
            id: Some("dlv_1".to_owned()),
            state: state.to_owned(),
            workspace: "auth".to_owned(),
            detail: None,
            sender: None,
        }
    }

    fn code(states: &[&str], waited: bool) -> Option<u8> {
        let sent: Vec<Delivery> = states.iter().map(|state| delivery(state)).collect();
        verdict(&sent, waited).map(|failure| failure.exit_code())
    }

    #[test]
    fn the_worst_delivery_decides() {
        assert_eq!(code(&[], false), None);
        assert_eq!(code(&["queued", "observed"], false), None);
        assert_eq!(code(&["observed"], true), None);
        assert_eq!(code(&["queued"], true), Some(124));
        assert_eq!(code(&["injected", "uncertain"], false), Some(4));
        assert_eq!(code(&["uncertain", "failed"], true), Some(1));
    }
}
