//! `owt conflicts`.

use std::ops::ControlFlow;

use clap::Args;
use owt_api::Conflicts;
use owt_api::ConflictsChunk;
use owt_api::ReadConflicts;
use owt_client::ClientError;

use crate::command::watch;
use crate::command::watch::Heard;
use crate::command::watch::Watched;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Form;
use crate::rendering::conflicts;
use crate::rendering::repaint::Repaint;

const EXAMPLES: &str = "\
Examples:
  owt conflicts
  owt conflicts --watch          until Ctrl-C
  owt conflicts --json | jq -r '.data.pairs[] | \"\\(.a) \\(.b) \\(.files[].path)\"'

Work that is not committed counts; files that git ignores, and secrets, do not. Nothing is changed by looking.";

/// Show which workspaces would not merge with one another or into their target, in which files and lines.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ConflictsArgs {
    /// Go on: show it anew whenever it changes; in a pipe and with --json one JSON object a line for each change.
    #[arg(short, long)]
    watch: bool,
}

pub(super) fn run(args: &ConflictsArgs, context: &Context) -> Result<(), Failure> {
    context.warn_of_configuration();
    let request = ReadConflicts { cwd: context.cwd() };
    if args.watch {
        return watch_on(&request, context);
    }
    let found = context.ask("comparing the workspaces", |client| client.conflicts(&request))?;
    context.output.answer(&found, |page| conflicts::render(page, &found))?;
    if let Some(pair) = found.pairs.first() {
        let (a, b) = (&pair.a, &pair.b);
        context.output.suggest(&format!("land one of them, then settle it in the other: owt merge {a}, then owt merge {b} --leave-conflicts"));
    }
    Ok(())
}

/// Watches until it is interrupted.
fn watch_on(request: &ReadConflicts, context: &Context) -> Result<(), Failure> {
    let on_screen = context.output.form() == Form::Text && context.output.has_terminal_for_data();
    let mut screen = on_screen.then(Repaint::default);
    let mut last = None;
    watch::until_interrupted(context);
    watch::through_servers(|heard| {
        watch_once(request, context, &mut |told| {
            *heard = Heard::Something;
            if last.as_ref() == Some(&told) {
                return Ok(());
            }
            show(context, screen.as_mut(), &told)?;
            last = Some(told);
            Ok(())
        })
    })
}

fn show(context: &Context, screen: Option<&mut Repaint>, told: &Conflicts) -> Result<(), Failure> {
    let output = &context.output;
    match screen {
        None => output.line(told),
        Some(screen) => {
            let text = conflicts::render(&output.page(), told);
            output.write(screen.draw(&text, output.terminal_height()).as_bytes())
        }
    }
}

/// One watch, by one server.
fn watch_once(
    request: &ReadConflicts,
    context: &Context,
    each: &mut dyn FnMut(Conflicts) -> Result<(), Failure>,
) -> Watched {
    let (mut broken, mut failed) = (Ok(()), Ok(()));
    let watched = context.client()?.watch_conflicts(request, |chunk| {
        match chunk {
            ConflictsChunk::Broken { problem } => broken = Err(ClientError::Refused(problem)),
            ConflictsChunk::Told { conflicts } => failed = each(conflicts),
            ConflictsChunk::Same => {}
        }
        if broken.is_ok() && failed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    failed.map(|()| watched.and(broken))
}
