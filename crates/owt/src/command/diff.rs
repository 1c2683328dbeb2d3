//! `owt diff`.

use std::ops::ControlFlow;

use clap::Args;
use owt_api::ChangedFile;
use owt_api::DiffAgainst;
use owt_api::DiffChunk;
use owt_api::DiffForm;
use owt_api::ErrorCode;
use owt_api::ReadDiff;
use owt_api::base64;
use owt_client::ClientError;
use serde::Serialize;

use crate::command::show::selector;
use crate::context::ASKED_AGAIN;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Form;
use crate::pager::Pages;
use crate::progress::Progress;
use crate::rendering::changed_files;
use crate::rendering::changed_files::Totals;
use crate::rendering::patch::Painter;

const EXAMPLES: &str = "\
Examples:
  owt diff auth-jwt
  owt diff auth-jwt --stat
  owt diff auth-jwt --name-only | xargs -d '\\n' wc -l
  owt diff auth-jwt | git apply              take its changes over into this checkout, binary files too
  owt diff auth-jwt --json | jq .data.totals

What is compared with is the newest commit that the workspace has in common with its base: what came in from
there is not shown. In a pipe --name-only prints names as git does with core.quotePath off: quoted where one has a quote, a
backslash or a control character in it. On a terminal it goes through $GIT_PAGER, $PAGER or less; PAGER=cat is none.";

/// Show what a workspace changed against its base, uncommitted work and new files included.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DiffArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// Files with how many lines were added and removed.
    #[arg(long, conflicts_with = "name_only")]
    stat: bool,
    /// The names of the files, one a line.
    #[arg(long)]
    name_only: bool,
}

/// A diff as it is answered in JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    against: &'a DiffAgainst,
    files: &'a [ChangedFile],
    totals: Totals,
}

pub(super) fn run(args: &DiffArgs, context: &Context) -> Result<(), Failure> {
    context.warn_of_configuration();
    let wants_patch = context.output.form() == Form::Text && !args.stat && !args.name_only;
    let form = match wants_patch {
        // For a person what is in a binary file is noise, for `git apply` it is the change.
        true if context.output.is_seen() => DiffForm::Patch,
        true => DiffForm::Whole,
        false => DiffForm::Files,
    };
    let request = ReadDiff { workspace: selector(&args.name, context), form };
    match form {
        DiffForm::Patch | DiffForm::Whole => patch(&request, context),
        DiffForm::Files => files(&request, args, context),
    }
}

/// The patch as it comes: nothing of it is kept.
fn patch(request: &ReadDiff, context: &Context) -> Result<(), Failure> {
    let mut pages = Pages::new(context);
    // What a repository holds acts on no terminal; in a pipe it is what it is.
    let mut painter = pages.is_seen().then(|| Painter::new(context.output.data_style()));
    let mut against = None;
    let mut is_empty = true;
    let read = read(request, context, &mut |chunk| match chunk {
        Part::Against(found) => {
            tell_notices(&found, context);
            against = Some(found);
            Ok(())
        }
        Part::Patch(bytes) => {
            is_empty = false;
            match &mut painter {
                Some(painter) => pages.write(&painter.feed(&bytes)),
                None => pages.write(&bytes),
            }
        }
        Part::File(_) => Ok(()),
    });
    let rest = painter.map(Painter::finish).unwrap_or_default();
    let ended = pages.end(&rest);
    read.and(ended)?;
    suggest_if_empty(is_empty, against.as_ref(), context);
    Ok(())
}

fn files(request: &ReadDiff, args: &DiffArgs, context: &Context) -> Result<(), Failure> {
    let mut against = None;
    let mut files = Vec::new();
    read(request, context, &mut |part| {
        match part {
            Part::Against(found) => against = Some(found),
            Part::File(file) => files.push(file),
            Part::Patch(_) => {}
        }
        Ok(())
    })?;
    let against = against.ok_or_else(|| {
        Failure::new(ErrorCode::ProtocolMismatch, "the server sent a diff without a beginning")
    })?;
    if context.output.form() == Form::Json {
        let answer = Answer { against: &against, files: &files, totals: Totals::of(&files) };
        return context.output.answer(&answer, |_| String::new());
    }
    tell_notices(&against, context);
    let page = context.output.page();
    let text = match args.name_only {
        true if context.output.is_seen() => changed_files::names(&files),
        true => changed_files::exact_names(&files),
        false => changed_files::stat(&page, &files),
    };
    let mut pages = Pages::new(context);
    let written = if text.is_empty() { Ok(()) } else { pages.write(text.as_bytes()) };
    let ended = pages.end(&[]);
    written.and(ended)?;
    suggest_if_empty(files.is_empty(), Some(&against), context);
    Ok(())
}

fn tell_notices(against: &DiffAgainst, context: &Context) {
    for notice in &against.notices {
        context.output.note(notice);
    }
}

fn suggest_if_empty(is_empty: bool, against: Option<&DiffAgainst>, context: &Context) {
    if let (true, Some(against)) = (is_empty, against) {
        let base = against.base.as_deref().unwrap_or("its base");
        context.output.suggest(&format!("'{}' has changed nothing against {base}", against.name));
    }
}

/// What a diff consists of.
enum Part {
    Against(DiffAgainst),
    File(ChangedFile),
    Patch(Vec<u8>),
}

/// Reads a diff to its end. As long as nothing of it has come, a server that goes away is replaced by the next.
fn read(
    request: &ReadDiff,
    context: &Context,
    each: &mut dyn FnMut(Part) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut tries = 0;
    let mut heard = false;
    loop {
        tries += 1;
        let mut waiting = Some(Progress::of(&context.output, "comparing"));
        let mut each = |part| {
            heard = true;
            drop(waiting.take());
            each(part)
        };
        match read_once(request, context, &mut each)? {
            Ok(()) => return Ok(()),
            Err(error) if heard || !error.is_worth_asking_again() || tries == ASKED_AGAIN => {
                return Err(error.into());
            }
            Err(error) => tracing::info!(%error, "asking again"),
        }
    }
}

/// One reading, by one server: inside, how it went with the server; outside, what failed on our side.
fn read_once(
    request: &ReadDiff,
    context: &Context,
    each: &mut dyn FnMut(Part) -> Result<(), Failure>,
) -> Result<Result<(), ClientError>, Failure> {
    let mut broken = Ok(());
    let mut failed = Ok(());
    let read = context.client()?.diff(request, |chunk| {
        match chunk {
            DiffChunk::Broken { problem } => broken = Err(ClientError::Refused(problem)),
            DiffChunk::Against(against) => failed = each(Part::Against(against)),
            DiffChunk::File(file) => failed = each(Part::File(file)),
            DiffChunk::Patch { base64 } => {
                failed = base64::decode(&base64)
                    .map_err(|_| Failure::new(ErrorCode::ProtocolMismatch, "the server sent no base64"))
                    .and_then(|bytes| each(Part::Patch(bytes)));
            }
        }
        if broken.is_ok() && failed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    failed.map(|()| read.and(broken))
}
