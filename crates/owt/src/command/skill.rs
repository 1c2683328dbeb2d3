//! `owt skill`.

mod agents_md;
mod start_hook;
mod target;

use clap::Args;
use clap::Subcommand;
use owt_agents::shell_words;
use owt_api::ErrorCode;
use owt_core::AbsPath;
use serde::Serialize;

use self::agents_md::AgentsMdArgs;
use self::target::Target;
use self::target::TargetArgs;
use crate::command::skill::target::Place;
use crate::composition;
use crate::context::Context;
use crate::failure::Failure;
use crate::failure::in_words;
use crate::question;
use crate::skill::PIECES;
use crate::skill::Piece;
use crate::skill::Standing;
use crate::skill::block;
use crate::skill::disk;
use crate::skill::disk::Found;
use crate::skill::piece::piece;
use crate::skill::stamp;

const EXAMPLES: &str = "\
Examples:
  owt skill install                for you, in every repository: the skill and the slash commands
  owt skill install --project      in this repository, for everybody who works in it
  owt skill list                   what is installed where
  owt skill show wt-create         what one of them says
  owt skill agents-md              a block for AGENTS.md, for agents of every kind
  owt skill uninstall

For you, a hook in Claude Code's settings.json comes with them: a session that you start yourself in a worktree of owt's is
told where it is. Not a byte of that file changes besides; one that is a symbolic link, or no plain JSON, is left alone.

Other files that owt did not write, or that you changed since, are never touched.";

/// Teach agents to drive owt themselves: a skill and slash commands for Claude Code, a block for AGENTS.md.
///
/// The slash commands are /worktree, /wt-create, /wt-list, /wt-status and /wt-cleanup.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SkillArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write the skill and the slash commands, or renew them.
    Install(ChangeArgs),
    /// Say what is installed, for you and in this repository.
    List,
    /// Print one of them as it would be written.
    Show {
        /// `owt` (the skill), a slash command without its slash, `session-context` (the hook), or `agents-md`.
        #[arg(value_name = "NAME", default_value = "owt")]
        name: String,
    },
    /// Remove those that owt wrote and nobody changed.
    Uninstall(ChangeArgs),
    /// Print the block for AGENTS.md, write it there, or take it out.
    #[command(name = "agents-md")]
    AgentsMd(AgentsMdArgs),
}

#[derive(Debug, Args)]
struct ChangeArgs {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    care: CareArgs,
}

/// How a change is made.
#[derive(Debug, Args)]
struct CareArgs {
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// What is done about one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Deed {
    /// It is made.
    Write,
    /// It is renewed.
    Renew,
    /// It is removed.
    Remove,
    /// It stays as it is.
    Leave,
}

/// One file, as it is answered.
#[derive(Debug, Serialize)]
struct Planned {
    name: &'static str,
    path: String,
    state: Standing,
    action: Deed,
    /// Whether git has it: a change shows in the next commit.
    tracked: bool,
    /// Why it is left, where there is more to say; how to do it by hand then.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<String>,
    #[serde(skip)]
    found: Found,
    /// What is in it afterwards; nothing when it is gone.
    #[serde(skip)]
    becomes: Option<Vec<u8>>,
}

/// What was done, or would be.
#[derive(Debug, Serialize)]
struct Changed {
    place: Place,
    folder: String,
    dry_run: bool,
    files: Vec<Planned>,
}

/// One file of `list`.
#[derive(Debug, Serialize)]
struct Installed {
    name: &'static str,
    place: Place,
    path: String,
    state: Standing,
}

pub(super) fn run(args: &SkillArgs, context: &Context) -> Result<(), Failure> {
    match &args.what {
        What::Install(args) => change(args, context, installing),
        What::List => list(context),
        What::Show { name } => show(name, context),
        What::Uninstall(args) => change(args, context, uninstalling),
        What::AgentsMd(args) => agents_md::run(args, context),
    }
}

const fn installing(state: Standing) -> Deed {
    match state {
        Standing::Absent => Deed::Write,
        Standing::Outdated => Deed::Renew,
        _ => Deed::Leave,
    }
}

const fn uninstalling(state: Standing) -> Deed {
    if state.is_ours() { Deed::Remove } else { Deed::Leave }
}

fn change(args: &ChangeArgs, context: &Context, deed: fn(Standing) -> Deed) -> Result<(), Failure> {
    person_only(context)?;
    let target = Target::of(&args.target, context)?;
    let files = planned(&target, deed)?;
    if deed(Standing::Absent) == Deed::Write {
        refuse_what_is_not_ours(&files)?;
    }
    let (place, folder) = (target.place, target.folder.to_string());
    let changed = Changed { place, folder, dry_run: args.care.dry_run, files };
    let any = changed.files.iter().any(|file| file.action != Deed::Leave);
    if any && !args.care.dry_run {
        ask(&args.care, context, || told(&changed, Tense::Future))?;
        changed.files.iter().try_for_each(|file| carry_out(file, target.stays()))?;
    }
    let tense = if args.care.dry_run { Tense::Future } else { Tense::Past };
    context.output.answer(&changed, |_| told(&changed, tense))
}

/// What a person alone may change: an agent's later sessions would read it as the person's own words.
fn person_only(context: &Context) -> Result<(), Failure> {
    let refusal = "an agent's session may not change what agents are taught";
    if context.environment.session_attempt().is_some() {
        return Err(Failure::new(ErrorCode::PersonOnly, refusal)
            .hint("ask the person to run it in their own terminal"));
    }
    Ok(composition::require_person(&context.environment, &context.places()?, refusal)?)
}

/// Asks for a yes, on a terminal; elsewhere it must have been given.
fn ask(care: &CareArgs, context: &Context, plan: impl FnOnce() -> String) -> Result<(), Failure> {
    if care.yes {
        return Ok(());
    }
    let unsure = |message: &str| Failure::new(ErrorCode::NeedsConfirmation, message);
    if !context.output.can_ask() {
        return Err(
            unsure("files of yours would be changed").hint("see which: add --dry-run; say --yes to do it")
        );
    }
    context.output.say(plan().trim_end());
    match question::confirm(&context.output, "Do it?")? {
        true => Ok(()),
        false => Err(unsure("nothing was changed")),
    }
}

fn planned(target: &Target, deed: fn(Standing) -> Deed) -> Result<Vec<Planned>, Failure> {
    let mut files =
        PIECES.map(|piece| look_at(target, piece, deed)).into_iter().collect::<Result<Vec<_>, _>>()?;
    for (file, tracked) in files.iter_mut().zip(target.tracked(&PIECES.map(|piece| piece.path))?) {
        file.tracked = tracked;
    }
    files.extend(start_hook::planned(target, deed)?);
    Ok(files)
}

fn look_at(target: &Target, piece: Piece, deed: fn(Standing) -> Deed) -> Result<Planned, Failure> {
    let path = target.file(piece.path)?;
    let found = disk::look(path.as_path()).map_err(|error| unusable(path.as_str(), &error))?;
    let state = match &found {
        Found::Nothing => Standing::Absent,
        Found::File(bytes) => stamp::judge(bytes, piece.text),
        Found::Other => Standing::Foreign,
    };
    let (name, path, action) = (piece.name, path.to_string(), deed(state));
    let becomes = (action != Deed::Remove).then(|| stamp::stamped(piece.text).into_bytes());
    Ok(Planned { name, path, state, action, tracked: false, left: None, found, becomes })
}

fn refuse_what_is_not_ours(files: &[Planned]) -> Result<(), Failure> {
    let in_the_way =
        |file: &&Planned| file.left.is_none() && matches!(file.state, Standing::Changed | Standing::Foreign);
    let foreign: Vec<&Planned> = files.iter().filter(in_the_way).collect();
    let Some(first) = foreign.first() else { return Ok(()) };
    let named: Vec<String> = foreign
        .iter()
        .map(|file| match file.state {
            Standing::Changed => format!("{} was changed since owt wrote it", file.path),
            _ => format!("{} is not owt's", file.path),
        })
        .collect();
    let hint = format!(
        "nothing was written. Compare: owt skill show {} | diff - {}; then move yours away, and try again",
        first.name,
        shell_words::quote(&first.path)
    );
    Err(Failure::new(ErrorCode::ForeignFile, named.join("; ")).hint(hint))
}

fn carry_out(file: &Planned, stays: &AbsPath) -> Result<(), Failure> {
    let path = std::path::Path::new(&file.path);
    match (file.action, &file.becomes) {
        (Deed::Leave, _) => Ok(()),
        (_, Some(bytes)) => disk::replace(path, &file.found, bytes),
        (_, None) => disk::remove(path, &file.found, stays.as_path()),
    }
    .map_err(|error| unusable(&file.path, &error))
}

fn unusable(path: &str, error: &std::io::Error) -> Failure {
    let code = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorCode::NoSpace,
        std::io::ErrorKind::AlreadyExists => ErrorCode::ForeignFile,
        _ => ErrorCode::HomeNotWritable,
    };
    Failure::new(code, format!("{path}: {}", in_words(error))).hint("see what is there now: owt skill list")
}

/// Whether it is told before or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tense {
    Future,
    Past,
}

fn told(changed: &Changed, tense: Tense) -> String {
    let line = |file: &Planned| {
        let words = match (file.action, file.state, tense) {
            (Deed::Write, _, Tense::Future) => "would be written:",
            (Deed::Write, _, Tense::Past) => "written:",
            (Deed::Renew, _, Tense::Future) => "would be renewed:",
            (Deed::Renew, _, Tense::Past) => "renewed:",
            (Deed::Remove, _, Tense::Future) => "would be removed:",
            (Deed::Remove, _, Tense::Past) => "removed:",
            (Deed::Leave, Standing::Current, _) => "up to date:",
            (Deed::Leave, Standing::Absent, _) => "not there:",
            (Deed::Leave, ..) if file.left.is_some() => "left alone:",
            (Deed::Leave, Standing::Changed, _) => "left, it was changed:",
            (Deed::Leave, ..) => "left, it is not owt's:",
        };
        let tracked = if file.tracked { " (tracked by git)" } else { "" };
        let left = file.left.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
        let hook = if file.name == start_hook::NAME { " (the hook in it)" } else { "" };
        format!("{words} {}{hook}{tracked}{left}\n", file.path)
    };
    let lines: String = changed.files.iter().map(line).collect();
    let written = changed.files.iter().any(|file| matches!(file.action, Deed::Write | Deed::Renew));
    match tense {
        Tense::Past if written => format!(
            "{lines}Claude Code has them from its next session on: /wt-list. For agents of other kinds: owt skill agents-md\n"
        ),
        _ => lines,
    }
}

fn list(context: &Context) -> Result<(), Failure> {
    let mut installed = Vec::new();
    for target in Target::all(context)? {
        for piece in PIECES {
            let file = look_at(&target, piece, installing)?;
            installed.push(Installed {
                name: piece.name,
                place: target.place,
                path: file.path,
                state: file.state,
            });
        }
        installed.extend(start_hook::planned(&target, installing)?.map(|file| Installed {
            name: file.name,
            place: target.place,
            path: file.path,
            state: file.state,
        }));
    }
    context.output.answer(&installed, |_| {
        let line = |file: &Installed| {
            let state = match file.state {
                Standing::Absent => "not installed",
                Standing::Current => "installed",
                Standing::Outdated => "of another version",
                Standing::Changed => "changed by you",
                Standing::Foreign => "not owt's",
            };
            format!("{:<15}  {:<18}  {}\n", file.name, state, file.path)
        };
        installed.iter().map(line).collect()
    })
}

/// One text, as it is answered.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    name: &'a str,
    text: String,
}

fn show(name: &str, context: &Context) -> Result<(), Failure> {
    let text = match (name, piece(name.trim_start_matches('/'))) {
        ("agents-md", _) => block::block(),
        (start_hook::NAME, _) => crate::skill::start_hook::snippet(),
        (_, Some(piece)) => stamp::stamped(piece.text),
        (_, None) => {
            let names: Vec<&str> =
                PIECES.iter().map(|piece| piece.name).chain([start_hook::NAME, "agents-md"]).collect();
            return Err(Failure::new(ErrorCode::NotFound, format!("there is no text '{name}'"))
                .hint(format!("there are {}", names.join(", "))));
        }
    };
    let shown = Shown { name, text };
    context.output.answer(&shown, |_| shown.text.clone())
}
