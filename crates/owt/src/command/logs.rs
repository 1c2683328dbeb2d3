//! `owt logs`.

use std::ops::ControlFlow;

use clap::Args;
use owt_api::ErrorCode;
use owt_api::LogChunk;
use owt_api::Problem;
use owt_api::ReadLogs;
use owt_api::base64;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Form;
use crate::progress::Progress;
use crate::rendering::plain::block;

const EXAMPLES: &str = "\
Examples:
  owt logs auth-jwt
  owt logs auth-jwt --follow
  owt logs auth-jwt --attempt 1 --raw > session.out";

/// Print what a workspace's agent has printed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LogsArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// Go on printing what comes, until the session ends.
    #[arg(short, long)]
    follow: bool,
    /// Which attempt, from 1; the newest when absent.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    attempt: Option<u32>,
    /// The very bytes that were printed, control sequences included, instead of readable text.
    #[arg(long)]
    raw: bool,
}

pub(super) fn run(args: &LogsArgs, context: &Context) -> Result<(), Failure> {
    let request = ReadLogs {
        cwd: context.cwd(),
        name: args.name.clone(),
        attempt: args.attempt,
        raw: args.raw,
        follow: args.follow,
    };
    let client = context.client()?;
    context.watch_for_interrupt(if args.follow {
        "the agent goes on; only the reading has ended"
    } else {
        ""
    });
    match (context.output.form(), args.follow) {
        (Form::Json, false) => {
            let mut chunks = Vec::new();
            client.logs(&request, |chunk| {
                chunks.push(chunk);
                ControlFlow::Continue(())
            })?;
            match broken(&chunks) {
                Some(problem) => Err(Failure::from(problem).with_data(serde_json::json!(chunks))),
                None => context.output.answer(&chunks, |_| String::new()),
            }
        }
        (form, follow) => stream(context, form, follow, |each| Ok(client.logs(&request, each)?)),
    }
}

fn broken(chunks: &[LogChunk]) -> Option<Problem> {
    match chunks.last() {
        Some(LogChunk::Broken { problem }) => Some(problem.clone()),
        _ => None,
    }
}

/// Prints each chunk as it comes; the first failure, of reading or of printing, ends it.
fn stream(
    context: &Context,
    form: Form,
    follow: bool,
    read: impl FnOnce(&mut dyn FnMut(LogChunk) -> ControlFlow<()>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut waiting = (!follow).then(|| Progress::of(&context.output, "reading the log"));
    let mut failed = None;
    read(&mut |chunk| {
        drop(waiting.take());
        match print(context, form, chunk) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                failed = Some(failure);
                ControlFlow::Break(())
            }
        }
    })?;
    failed.map_or(Ok(()), Err)
}

fn print(context: &Context, form: Form, chunk: LogChunk) -> Result<(), Failure> {
    let output = &context.output;
    match (form, chunk) {
        (_, LogChunk::Broken { problem }) => Err(problem.into()),
        (Form::Json, chunk) => output.line(&chunk),
        (Form::Text, LogChunk::Text { text, .. }) => output.write(block(&text).as_bytes()),
        (Form::Text, LogChunk::Raw { base64, .. }) => {
            let bytes = base64::decode(&base64)
                .map_err(|_| Failure::new(ErrorCode::ProtocolMismatch, "the server sent no base64"))?;
            output.write(&bytes)
        }
        (Form::Text, LogChunk::End { attempt, exit }) => {
            let exit = exit.map(|exit| format!(": {exit}")).unwrap_or_default();
            output.suggest(&format!("attempt {attempt} has ended{exit}"));
            Ok(())
        }
    }
}
