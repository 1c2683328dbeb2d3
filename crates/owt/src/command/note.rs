//! `owt note`.

use owt_core::counting::counted;
use std::path::PathBuf;

use clap::Args;
use owt_api::ErrorCode;
use owt_api::ListNotes;
use owt_api::Note;
use owt_api::NotesRemoved;
use owt_api::RemoveNotes;
use owt_api::UnwantedNotes;
use owt_api::WriteNote;

use crate::context::Context;
use crate::failure::Failure;
use crate::question;
use crate::rendering::notes;
use crate::task_text;

const EXAMPLES: &str = "\
Examples:
  owt note \"The users table has a verified_at column now\"
  owt note --file conventions.md
  owt note --list
  owt note --remove 3
  owt note --clear";

/// Share something with every agent of this repository, present and future.
///
/// Agents get it as information from you (or from the workspace whose agent wrote it), never as an instruction: those that
/// work now as a message, those that come later with their start.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NoteArgs {
    /// What they should know.
    #[arg(value_name = "MESSAGE")]
    words: Vec<String>,
    /// Read it from a file; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "remove", "clear"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    instead: Instead,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// What is done instead of writing one.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Instead {
    /// Show the notes of this repository.
    #[arg(long, conflicts_with = "words")]
    list: bool,
    /// Take out the note of this number.
    #[arg(long, value_name = "N", allow_negative_numbers = true, conflicts_with = "words")]
    remove: Option<u64>,
    /// Take out all notes of this repository.
    #[arg(long, conflicts_with = "words")]
    clear: bool,
}

pub(super) fn run(args: &NoteArgs, context: &Context) -> Result<(), Failure> {
    match args.instead {
        Instead { list: true, .. } => {
            let listed = listed(context)?;
            context.output.answer(&listed, |page| notes::render(page, &listed))
        }
        Instead { remove: Some(number), .. } => remove(UnwantedNotes::One(number), args.dry_run, context),
        Instead { clear: true, .. } => clear(args, context),
        Instead { .. } => write(args, context),
    }
}

fn write(args: &NoteArgs, context: &Context) -> Result<(), Failure> {
    let Some(text) = task_text::given(context, &args.words, args.file.as_deref())? else {
        return Err(Failure::usage("there is no note").hint("owt note \"...\", or owt note --list"));
    };
    let request = WriteNote { cwd: context.cwd(), text, dry_run: args.dry_run };
    let written = context.tell("leaving the note", |client| client.write_note(&request))?;
    context.output.answer(&written, |page| notes::written(page, &written))
}

/// All notes, page by page.
fn listed(context: &Context) -> Result<Vec<Note>, Failure> {
    let mut notes: Vec<Note> = Vec::new();
    loop {
        let after = notes.last().map_or(0, |note| note.number);
        let request = ListNotes { cwd: context.cwd(), after };
        let page = context.ask("reading the notes", |client| client.notes(&request))?;
        let is_last = !page.more || page.notes.is_empty();
        notes.extend(page.notes);
        if is_last {
            return Ok(notes);
        }
    }
}

fn remove(which: UnwantedNotes, dry_run: bool, context: &Context) -> Result<(), Failure> {
    let removed = removed(which, dry_run, context)?;
    context.output.answer(&removed, |page| notes::removed(page, &removed))
}

fn removed(which: UnwantedNotes, dry_run: bool, context: &Context) -> Result<NotesRemoved, Failure> {
    let request = RemoveNotes { cwd: context.cwd(), which, dry_run };
    match dry_run {
        true => context.ask("reading the notes", |client| client.remove_notes(&request)),
        false => context.tell("taking notes out", |client| client.remove_notes(&request)),
    }
}

/// The person is shown what goes before they are asked, and nothing else goes then.
fn clear(args: &NoteArgs, context: &Context) -> Result<(), Failure> {
    if args.dry_run || args.yes {
        return remove(UnwantedNotes::All, args.dry_run, context);
    }
    let would = removed(UnwantedNotes::All, true, context)?;
    let Some(newest) = would.removed.last().map(|note| note.number) else {
        return context.output.answer(&would, |page| notes::removed(page, &would));
    };
    let count = would.removed.len();
    if !context.output.can_ask() {
        let notes = counted(count, "note", "notes");
        let message = format!("it needs your word: {notes} would be taken out");
        return Err(Failure::new(ErrorCode::NeedsConfirmation, message)
            .hint("say --yes to do it")
            .with_data(serde_json::json!(would)));
    }
    context.output.show(|page| notes::removed(page, &would))?;
    context.watch_for_interrupt("nothing was taken out");
    if !question::confirm(&context.output, "Take them out?")? {
        return Err(Failure::new(ErrorCode::NeedsConfirmation, "nothing was taken out"));
    }
    remove(UnwantedNotes::UpTo(newest), false, context)
}
