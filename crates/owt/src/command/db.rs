//! `owt db`: looking after the database. Through the server where one can run; what must work without one goes
//! through the composition root, under the server's lock.

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use owt_api::DatabaseBackup;
use owt_api::DatabaseHealth;
use owt_api::DatabaseIntegrity;
use owt_api::DatabasePurged;
use owt_api::DatabaseRestored;
use owt_api::ErrorCode;
use owt_api::PurgeDatabase;
use owt_api::Vacuumed;
use owt_server::Instance;
use owt_server::InstanceError;
use owt_server::Patience;
use serde::Serialize;

use crate::command::person;
use crate::composition::broken_database;
use crate::connect;
use crate::context::Context;
use crate::database_complaint::Thresholds;
use crate::database_complaint::complaints;
use crate::failure::Failure;
use crate::question;
use crate::rendering::database;

const EXAMPLES: &str = "\
Examples:
  owt db health                    size, counts, whether it is sound, its backups
  owt db health --check            the same; fails when something should be done
  owt db backup
  owt db rebuild                   when lists show something else than what happened
  owt db purge --dry-run           which old records of removed workspaces would go
  owt db purge --days 90           says what goes, and asks
  owt db restore                   from the newest sound backup; what was there is kept aside";

/// The database: how it is, a copy of it, its holes closed, the way back from a copy.
///
/// A backup is made by itself for each half hour in which something happened, and before the schema changes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DbArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// How it is, and which backups there are. Works on a database that no server can open, too.
    Health(HealthArgs),
    /// Make a backup now. The five newest are kept.
    Backup(ChangeArgs),
    /// Close the holes of the file. Needs as much free space again as it is large.
    Vacuum(ChangeArgs),
    /// Write the rows anew from the events, which are the truth. Nobody can change anything meanwhile.
    Rebuild,
    /// Remove old records of workspaces that are removed and cannot come back. Says what goes, backs up, and asks.
    Purge(PurgeArgs),
    /// Put a backup in the place of the database. The files that were there are kept.
    Restore(RestoreArgs),
}

#[derive(Debug, Args)]
struct HealthArgs {
    /// Fail when it is damaged, has no backup, or exceeds what database.max_* of your configuration allow.
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Args)]
struct ChangeArgs {
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// A backup, as it is answered.
#[derive(Debug, Serialize)]
pub(crate) struct BackedUp {
    /// The file; the folder where it would be, when nothing is made.
    pub(crate) path: String,
    /// `None` when nothing is made.
    pub(crate) taken_at: Option<String>,
    /// Its size, or that of the database.
    pub(crate) size_bytes: u64,
    pub(crate) dry_run: bool,
}

/// A database without its holes, as it is answered.
#[derive(Debug, Serialize)]
pub(crate) struct Compacted {
    /// The file and its log.
    pub(crate) before_bytes: u64,
    /// Both after; `None` when nothing is done, since nobody knows before.
    pub(crate) after_bytes: Option<u64>,
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
struct PurgeArgs {
    /// Nothing happened to them for so many days.
    #[arg(long, value_name = "N", default_value_t = 30, allow_negative_numbers = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=36_500))]
    days: u32,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Say what would go, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
struct RestoreArgs {
    /// The backup; without it the newest that is sound.
    #[arg(value_name = "BACKUP")]
    backup: Option<PathBuf>,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &DbArgs, context: &Context) -> Result<(), Failure> {
    match &args.what {
        What::Health(args) => health(args, context),
        What::Backup(args) => {
            let made = backed_up(args, context)?;
            context.output.answer(&made, |_| database::backed_up(&made))
        }
        What::Vacuum(args) => {
            let done = compacted(args, context)?;
            context.output.answer(&done, |_| database::compacted(&done))
        }
        What::Rebuild => {
            let done = context.tell("reading what happened", |client| client.rebuild_database(&()))?;
            context.output.answer(&done, |_| database::rebuilt(&done))
        }
        What::Purge(args) => purge(args, context),
        What::Restore(args) => restore(args, context),
    }
}

fn backed_up(args: &ChangeArgs, context: &Context) -> Result<BackedUp, Failure> {
    if args.dry_run {
        let health = context.ask("looking at the database", |client| client.database_health(&()))?;
        let path = context.places()?.data.join("backups").to_string();
        return Ok(BackedUp { path, taken_at: None, size_bytes: health.size_bytes, dry_run: true });
    }
    let made = context.tell("backing the database up", |client| client.back_up_database(&()))?;
    let DatabaseBackup { path, taken_at, size_bytes } = made;
    Ok(BackedUp { path, taken_at: Some(taken_at), size_bytes, dry_run: false })
}

fn compacted(args: &ChangeArgs, context: &Context) -> Result<Compacted, Failure> {
    if args.dry_run {
        let health = context.ask("looking at the database", |client| client.database_health(&()))?;
        let before_bytes = health.size_bytes + health.wal_bytes;
        return Ok(Compacted { before_bytes, after_bytes: None, dry_run: true });
    }
    let done = context.tell("closing the holes of the database", |client| client.vacuum_database(&()))?;
    let Vacuumed { before_bytes, after_bytes } = done;
    Ok(Compacted { before_bytes, after_bytes: Some(after_bytes), dry_run: false })
}

fn health(args: &HealthArgs, context: &Context) -> Result<(), Failure> {
    let health = match context.ask("looking at the database", |client| client.database_health(&())) {
        Err(failure) if failure.is(ErrorCode::DatabaseDamaged) => {
            broken_database::health(&context.places()?)?
        }
        health => health?,
    };
    let complaint = if args.check { complaint(context, &health)? } else { None };
    match complaint {
        Some(failure) => Err(failure.with_data(serde_json::json!(health))),
        None => {
            let way_back = way_back(&health, context)?;
            context.output.answer(&health, |page| database::health(page, &health, &way_back))
        }
    }
}

/// The thresholds of the person's settings.
pub(super) fn thresholds(context: &Context) -> Result<Thresholds, Failure> {
    let paths = context.places()?.config_paths(None);
    let settings = owt_config::load(&paths, Some(context.environment.variables()), &[])?;
    Ok(Thresholds::of(&settings))
}

/// What helps against damage; nothing where there is none.
fn way_back(health: &DatabaseHealth, context: &Context) -> Result<String, Failure> {
    Ok(match health.integrity {
        DatabaseIntegrity::Ok => String::new(),
        DatabaseIntegrity::Damaged => broken_database::way_back(&context.places()?),
    })
}

/// What should be done about a database, if anything.
fn complaint(context: &Context, health: &DatabaseHealth) -> Result<Option<Failure>, Failure> {
    let way_back = way_back(health, context)?;
    let found = complaints(health, thresholds(context)?, jiff::Timestamp::now(), &way_back);
    let Some(first) = found.first() else { return Ok(None) };
    let what: Vec<&str> = found.iter().map(|complaint| complaint.what.as_str()).collect();
    Ok(Some(Failure::new(first.code, what.join("\n")).hint(first.remedy.clone())))
}

fn purge(args: &PurgeArgs, context: &Context) -> Result<(), Failure> {
    person::only(context, &context.places()?, "an agent's session may not remove records")?;
    let request = |named| PurgeDatabase { days: args.days, named };
    let would =
        context.ask("looking for old records", |client| client.purge_database(&request(Vec::new())))?;
    if args.dry_run || would.workspaces.is_empty() {
        let found = DatabasePurged { dry_run: args.dry_run, ..would };
        return context.output.answer(&found, |_| database::purged(&found));
    }
    let told = database::purged(&would);
    if !args.yes && !context.output.can_ask() {
        let message = format!("it needs your word:\n{}", told.trim_end());
        return Err(Failure::new(ErrorCode::NeedsConfirmation, message)
            .hint("say --yes to do it")
            .with_data(serde_json::json!(would)));
    }
    context.output.say(told.trim_end());
    if !args.yes {
        context.watch_for_interrupt("nothing was removed");
        if !question::confirm(&context.output, "Remove these records?")? {
            return Err(Failure::new(ErrorCode::NeedsConfirmation, "nothing was removed"));
        }
    }
    // Exactly what was shown.
    let shown: Vec<String> = would.workspaces.iter().map(|workspace| workspace.id.clone()).collect();
    let done =
        context.tell("removing old records", |client| client.purge_database(&request(shown.clone())))?;
    context.output.answer(&done, |_| database::purged(&done))
}

fn restore(args: &RestoreArgs, context: &Context) -> Result<(), Failure> {
    let places = context.places()?;
    person::only(context, &places, "an agent's session may not replace the database")?;
    let given = args.backup.as_ref().map(|path| context.path(path));
    let backup = broken_database::choose(&places, given.as_deref())?;
    if args.dry_run {
        let would = DatabaseRestored { backup, kept_aside: None, dry_run: true };
        return context.output.answer(&would, |page| database::restored(page, &would));
    }
    // Held until the end: no server starts on what is being replaced.
    let _alone = alone(context)?;
    if !args.yes {
        if !context.output.can_ask() {
            return Err(Failure::new(
                ErrorCode::NeedsConfirmation,
                format!("the database would be replaced by {}", backup.path),
            )
            .hint("say --yes to do it"));
        }
        context.output.say(&format!("The database is replaced by its copy of {}.", backup.taken_at));
        if !question::confirm(&context.output, "Replace it?")? {
            return Err(Failure::new(ErrorCode::NeedsConfirmation, "nothing was replaced"));
        }
    }
    let restored = broken_database::restore(&places, &backup)?;
    context.output.answer(&restored, |page| database::restored(page, &restored))
}

/// The server's lock, so that none has the database or gets it.
pub(super) fn alone(context: &Context) -> Result<Instance, Failure> {
    let places = context.places()?;
    places.make_folders()?;
    match Instance::claim(&connect::server_lock(&places), Patience::None) {
        Err(InstanceError::Held(_)) => {
            Err(Failure::new(ErrorCode::ServerRunning, "a server has the database open")
                .hint("end it first, agents go on meanwhile: owt server stop"))
        }
        claimed => Ok(claimed?),
    }
}
