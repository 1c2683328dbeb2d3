//! `owt notify`.

use clap::Args;
use owt_api::ErrorCode;
use owt_api::Notify;
use owt_api::NotifyTest;
use owt_api::ReadNotify;

use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::notify;

const EXAMPLES: &str = "\
Examples:
  owt notify                     of what you are told, by which ways, and how they go
  owt notify --test              goes every way that is switched on
  owt notify --test desktop

What you are told is said by [notify] in your own configuration file: owt config edit";

/// Show how you are told what your agents need, and try it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NotifyArgs {
    /// Try every way that is switched on, or this one: bell, desktop, command, webhook.
    #[arg(long, value_name = "CHANNEL", num_args = 0..=1)]
    test: Option<Option<String>>,
}

pub(super) fn run(args: &NotifyArgs, context: &Context) -> Result<(), Failure> {
    let test = match &args.test {
        None => NotifyTest::Nothing,
        Some(None) => NotifyTest::All,
        Some(Some(channel)) => NotifyTest::One(channel.clone()),
    };
    let told = context.ask("telling", |client| client.notify(&ReadNotify { test: test.clone() }))?;
    if rings(&told) {
        context.output.ring("this is how it sounds");
    }
    let failed: Vec<&str> = told
        .channels
        .iter()
        .filter(|channel| channel.test.as_deref() == Some("failed"))
        .map(|channel| channel.channel.as_str())
        .collect();
    if failed.is_empty() {
        return context.output.answer(&told, |page| notify::render(page, &told));
    }
    let message = format!("{}: what was told did not arrive", failed.join(", "));
    context.output.show(|page| notify::render(page, &told))?;
    Err(Failure::new(ErrorCode::NotTold, message)
        .hint("ERROR says why; owt config edit changes it")
        .with_data(serde_json::json!(told)))
}

/// The server rings where sessions are looked at; this terminal is ours to ring.
fn rings(told: &Notify) -> bool {
    told.channels.iter().any(|channel| channel.channel == "bell" && channel.test.is_some())
}
