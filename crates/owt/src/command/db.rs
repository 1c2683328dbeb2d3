//! `owt db`: looking after the database. Through the server where one can run; what must work without one goes
//! through the composition root, under the server's lock.

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use owt_api::DatabaseHealth;
use owt_api::DatabaseIntegrity;
use owt_api::DatabaseRestored;
use owt_api::ErrorCode;
use owt_config::Places;
use owt_server::Instance;
use owt_server::InstanceError;
use owt_server::Patience;

use crate::composition;
use crate::composition::broken_database;
use crate::connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::question;
use crate::rendering::database;

const EXAMPLES: &str = "\
Examples:
  owt db health                    size, counts, whether it is sound, its backups
  owt db health --check            the same; fails when something should be done
  owt db backup
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
    Backup,
    /// Close the holes of the file. Needs as much free space again as it is large.
    Vacuum,
    /// Put a backup in the place of the database. The files that were there are kept.
    Restore(RestoreArgs),
}

#[derive(Debug, Args)]
struct HealthArgs {
    /// Fail when it is damaged or has no backup.
    #[arg(long)]
    check: bool,
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
        What::Backup => {
            let made = context.tell("backing the database up", |client| client.back_up_database(&()))?;
            context.output.answer(&made, |_| format!("{}\n", made.path))
        }
        What::Vacuum => {
            let done =
                context.tell("closing the holes of the database", |client| client.vacuum_database(&()))?;
            context.output.answer(&done, |_| database::vacuumed(&done))
        }
        What::Restore(args) => restore(args, context),
    }
}

fn health(args: &HealthArgs, context: &Context) -> Result<(), Failure> {
    let health = match context.ask("looking at the database", |client| client.database_health(&())) {
        Err(failure) if failure.is(ErrorCode::DatabaseDamaged) => {
            broken_database::health(&context.places()?)?
        }
        health => health?,
    };
    match args.check.then(|| complaint(&health)).flatten() {
        Some(failure) => Err(failure.with_data(serde_json::json!(health))),
        None => context.output.answer(&health, |page| database::health(page, &health)),
    }
}

/// What should be done about a database, if anything.
fn complaint(health: &DatabaseHealth) -> Option<Failure> {
    if health.integrity == DatabaseIntegrity::Damaged {
        let failure = Failure::new(
            ErrorCode::DatabaseDamaged,
            format!("the database is damaged: {}", health.complaints.join("; ")),
        );
        return Some(failure.hint("put a backup in its place: owt server stop && owt db restore"));
    }
    (health.backups.is_empty() && health.events > 0).then(|| {
        Failure::new(ErrorCode::DatabaseUnhealthy, "the database has no backup")
            .hint("make one: owt db backup")
    })
}

fn restore(args: &RestoreArgs, context: &Context) -> Result<(), Failure> {
    let places = context.places()?;
    person_only(context, &places)?;
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

/// By the word of its environment, which names the session that a process left behind, and by where it lives.
fn person_only(context: &Context, places: &Places) -> Result<(), Failure> {
    let refusal = "an agent's session may not replace the database";
    if context.environment.session_attempt().is_some() {
        return Err(Failure::new(ErrorCode::PersonOnly, refusal)
            .hint("ask the person to run it in their own terminal"));
    }
    Ok(composition::require_person(&context.environment, places, refusal)?)
}

fn alone(context: &Context) -> Result<Instance, Failure> {
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
