//! `owt logs`.

mod position;

use std::ops::ControlFlow;

use clap::Args;
use owt_api::ErrorCode;
use owt_api::LogChunk;
use owt_api::LogSubject;
use owt_api::ReadLogs;
use owt_api::base64;
use owt_client::ClientError;
use owt_tui::text::block;

use self::position::Position;
use crate::context::ASKED_AGAIN;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Form;
use crate::progress::Progress;
use crate::reader;

const EXAMPLES: &str = "\
Examples:
  owt logs auth-jwt
  owt logs auth-jwt --follow
  owt logs auth-jwt --install
  owt logs auth-jwt --attempt 1 --raw > session.out";

/// Print what a workspace's agent, install or setup has printed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LogsArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// Go on printing what comes, until the session ends.
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    of: Of,
    /// Which attempt, from 1; the newest when absent.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    attempt: Option<u32>,
    /// The very bytes that were printed, control sequences included, instead of readable text.
    #[arg(long)]
    raw: bool,
}

/// Whose output, when it is not the agent's.
#[derive(Debug, Args)]
struct Of {
    /// The output of the install of its packages instead.
    #[arg(long, conflicts_with = "attempt")]
    install: bool,
    /// The output of the commands that have set it up (`worktree.setup`) instead.
    #[arg(long, conflicts_with_all = ["attempt", "install"])]
    setup: bool,
}

impl Of {
    const fn subject(&self) -> LogSubject {
        match (self.install, self.setup) {
            (true, _) => LogSubject::Install,
            (_, true) => LogSubject::Setup,
            _ => LogSubject::Agent,
        }
    }
}

pub(super) fn run(args: &LogsArgs, context: &Context) -> Result<(), Failure> {
    let request = ReadLogs {
        cwd: context.cwd(),
        name: args.name.clone(),
        of: args.of.subject(),
        attempt: args.attempt,
        raw: args.raw,
        follow: args.follow,
    };
    if args.follow {
        reader::end_without();
    }
    context.watch_for_interrupt(if args.follow {
        "the agent goes on; only the reading has ended"
    } else {
        ""
    });
    match (context.output.form(), args.follow) {
        (Form::Json, false) => whole(context, request),
        (form, follow) => {
            // A follower waits for what comes: that is no delay to be explained.
            let mut waiting = (!follow).then(|| Progress::of(&context.output, "reading the log"));
            read(context, request, &mut |chunk| {
                drop(waiting.take());
                print(context, form, chunk)
            })
        }
    }
}

/// The log as one answer; of one that breaks off, what there is goes with the error.
fn whole(context: &Context, request: ReadLogs) -> Result<(), Failure> {
    let mut chunks = Vec::new();
    let read = read(context, request, &mut |chunk| {
        chunks.push(chunk);
        Ok(())
    });
    match read {
        Ok(()) => context.output.answer(&chunks, |_| String::new()),
        Err(failure) if chunks.is_empty() => Err(failure),
        Err(failure) => Err(failure.with_data(serde_json::json!(chunks))),
    }
}

/// Reads a log to its end, through servers that are replaced meanwhile. The first failure of `each` ends it.
fn read(
    context: &Context,
    mut request: ReadLogs,
    each: &mut dyn FnMut(LogChunk) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut position = Position::default();
    let mut in_vain = 0;
    loop {
        position.begin_again();
        request.attempt = request.attempt.or(position.attempt());
        let mut heard = false;
        let error = match read_once(context, &request, &mut |chunk| match position.new_part(chunk) {
            Some(chunk) => {
                heard = true;
                each(chunk)
            }
            None => Ok(()),
        })? {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        in_vain = if heard { 0 } else { in_vain + 1 };
        if !error.is_worth_asking_again() || in_vain == ASKED_AGAIN {
            return Err(error.into());
        }
        tracing::info!(%error, "reading on");
    }
}

/// One reading, by one server: inside, how it went with the server; outside, what failed on our side.
fn read_once(
    context: &Context,
    request: &ReadLogs,
    each: &mut dyn FnMut(LogChunk) -> Result<(), Failure>,
) -> Result<Result<(), ClientError>, Failure> {
    let mut broken = Ok(());
    let mut failed = Ok(());
    let read = context.client()?.logs(request, |chunk| {
        match chunk {
            LogChunk::Broken { problem } => broken = Err(ClientError::Refused(problem)),
            chunk => failed = each(chunk),
        }
        if broken.is_ok() && failed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    failed.map(|()| read.and(broken))
}

fn print(context: &Context, form: Form, chunk: LogChunk) -> Result<(), Failure> {
    let output = &context.output;
    match (form, chunk) {
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
        (Form::Text, LogChunk::Broken { problem }) => Err(problem.into()),
    }
}
