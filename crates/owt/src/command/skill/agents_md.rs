//! `owt skill agents-md`.

use clap::Args;
use owt_api::ErrorCode;
use owt_core::AbsPath;
use serde::Serialize;

use super::CareArgs;
use super::Deed;
use super::Tense;
use super::ask;
use super::person_only;
use super::target::no_checkout;
use super::target::tracked_in;
use super::unusable;
use crate::composition;
use crate::context::Context;
use crate::failure::Failure;
use crate::skill::Standing;
use crate::skill::block;
use crate::skill::block::BlockError;
use crate::skill::disk;
use crate::skill::disk::Found;

/// The file that agents of many kinds read.
const FILE: &str = "AGENTS.md";

const EXAMPLES: &str = "\
Examples:
  owt skill agents-md                print it
  owt skill agents-md --write        put it into AGENTS.md of this checkout, or renew it there
  owt skill agents-md --remove";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct AgentsMdArgs {
    /// Write it into the AGENTS.md of the checkout that you are in: at its end, or where it stands already.
    #[arg(long, conflicts_with = "remove")]
    write: bool,
    /// Take it out again.
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    care: CareArgs,
}

/// What is answered.
#[derive(Debug, Serialize)]
struct Answer {
    path: Option<String>,
    state: Standing,
    action: Deed,
    tracked: bool,
    dry_run: bool,
    text: String,
}

/// The file as it is.
struct File {
    path: AbsPath,
    found: Found,
    text: String,
    state: Standing,
    tracked: bool,
}

pub(super) fn run(args: &AgentsMdArgs, context: &Context) -> Result<(), Failure> {
    if !args.write && !args.remove {
        return print(context);
    }
    person_only(context)?;
    let root = composition::checkout_root(context.folder()).ok_or_else(no_checkout)?;
    let file = look(&root)?;
    let action = deed(args, file.state);
    let dry_run = args.care.dry_run;
    let (path, tracked) = (Some(file.path.to_string()), file.tracked);
    let answer = Answer { path, state: file.state, action, tracked, dry_run, text: block::block() };
    if action != Deed::Leave && !dry_run {
        ask(&args.care, context, || told(&answer, Tense::Future))?;
        carry_out(&file, action).map_err(|error| unusable(file.path.as_str(), &error))?;
    }
    let tense = if dry_run { Tense::Future } else { Tense::Past };
    context.output.answer(&answer, |_| told(&answer, tense))
}

fn print(context: &Context) -> Result<(), Failure> {
    // Of a file that cannot be read there is nothing to say here.
    let file = composition::checkout_root(context.folder()).and_then(|root| look(&root).ok());
    let (state, tracked) = file.as_ref().map_or((Standing::Absent, false), |file| (file.state, file.tracked));
    let path = file.map(|file| file.path.to_string());
    let answer = Answer { path, state, action: Deed::Leave, tracked, dry_run: false, text: block::block() };
    context.output.answer(&answer, |_| answer.text.clone())
}

const fn deed(args: &AgentsMdArgs, state: Standing) -> Deed {
    match (args.remove, state) {
        (false, Standing::Absent) => Deed::Write,
        (false, Standing::Outdated) => Deed::Renew,
        (true, state) if state.is_ours() => Deed::Remove,
        _ => Deed::Leave,
    }
}

fn look(root: &AbsPath) -> Result<File, Failure> {
    let path = root.join(FILE);
    let not_ours = |reason: &str| {
        Failure::new(ErrorCode::ForeignFile, format!("{path}: {reason}"))
            .hint("nothing was written; print the block and put it where you want it: owt skill agents-md")
    };
    let found = disk::look(path.as_path()).map_err(|error| unusable(path.as_str(), &error))?;
    let text = match &found {
        Found::Nothing => String::new(),
        Found::File(bytes) => {
            String::from_utf8(bytes.clone()).map_err(|_| not_ours("it is not text in UTF-8"))?
        }
        Found::Other => return Err(not_ours("it is a link, or no plain file")),
    };
    let state = block::standing(Some(&text)).map_err(|error: BlockError| not_ours(&error.to_string()))?;
    let tracked = tracked_in(root, &[FILE.to_owned()])?.contains(&true);
    Ok(File { path, found, text, state, tracked })
}

fn carry_out(file: &File, action: Deed) -> std::io::Result<()> {
    let broken = |error: BlockError| std::io::Error::other(error.to_string());
    let path = file.path.as_path();
    match action {
        Deed::Remove => match block::without_block(&file.text).map_err(broken)? {
            rest if rest.is_empty() => disk::remove(path, &file.found, path.parent().unwrap_or(path)),
            rest => disk::replace(path, &file.found, rest.as_bytes()),
        },
        Deed::Write | Deed::Renew => {
            disk::replace(path, &file.found, block::with_block(&file.text).map_err(broken)?.as_bytes())
        }
        Deed::Leave => Ok(()),
    }
}

fn told(answer: &Answer, tense: Tense) -> String {
    let path = answer.path.as_deref().unwrap_or(FILE);
    let tracked = if answer.tracked { ", which git tracks: it shows in the next commit" } else { "" };
    let words = match (answer.action, tense) {
        (Deed::Write | Deed::Renew, Tense::Future) => "the block would be written into",
        (Deed::Write | Deed::Renew, Tense::Past) => "the block was written into",
        (Deed::Remove, Tense::Future) => "the block would be taken out of",
        (Deed::Remove, Tense::Past) => "the block was taken out of",
        (Deed::Leave, _) if answer.state == Standing::Current => {
            return format!("the block in {path} is up to date\n");
        }
        (Deed::Leave, _) => return format!("there is no block of owt's in {path}\n"),
    };
    format!("{words} {path}{tracked}\n")
}
