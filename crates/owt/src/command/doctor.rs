//! `owt doctor`.

use clap::Args;
use owt_api::Checkup;
use owt_api::CheckupReport;
use owt_api::DatabaseIntegrity;
use owt_api::ErrorCode;
use owt_api::Finding;
use owt_api::FindingName;
use owt_api::FindingState;
use owt_api::ReadNotify;
use owt_config::Places;
use owt_core::counting::counted;

use crate::command::db;
use crate::command::person;
use crate::composition;
use crate::composition::broken_database;
use crate::composition::home_checkup;
use crate::connect;
use crate::context::Context;
use crate::database_complaint::Complaint;
use crate::database_complaint::complaints;
use crate::failure::Failure;
use crate::home_faults;
use crate::question;
use crate::rendering::doctor;

const EXAMPLES: &str = "\
Examples:
  owt doctor                       what is not as it should be; changes nothing
  owt doctor --fix                 says what it would mend, and asks
  owt doctor --fix --yes           does not ask
  owt doctor --json                for a monitor: exit 1 when something is found";

/// Find what is not as it should be, and mend it with --fix.
///
/// Looks at worktrees, sessions, records, locks, hooks, permissions, programs, the database and the disk: at what belongs
/// to this home of owt, and at nothing else. Exit 0 when all is well, 1 when something is found and stays.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    /// Mend what can be mended. Says first what that is.
    #[arg(long)]
    fix: bool,
    /// Say what would be mended, and do nothing.
    #[arg(long, requires = "fix")]
    dry_run: bool,
    /// Do not ask.
    #[arg(short, long, requires = "fix")]
    yes: bool,
}

/// What is found of a database that nothing may be judged by, or of a home that cannot have one.
const BROKEN: [&str; 3] = ["database_damaged", "database_locked", "home_not_writable"];

/// What was found, by who mends it.
struct Found {
    home: Vec<Finding>,
    records: Vec<Finding>,
    looked_at_records: bool,
}

pub(super) fn run(args: &DoctorArgs, context: &Context) -> Result<(), Failure> {
    let places = context.places()?;
    if args.fix && !args.dry_run {
        person::only(context, &places, "an agent's session may look, and may not mend")?;
    }
    let root = composition::source_checkout(context.folder());
    let seen = home_checkup::look(&context.environment, &places, root.as_ref());
    let mut home = home_faults::findings(&seen);
    home.extend(database(context, &places));
    let is_broken = home.iter().any(|finding| BROKEN.contains(&finding.code.as_str()));
    home.extend(untold(context));
    let mut found = match is_broken {
        // Nothing is judged by a database that is lost, damaged or in the hands of somebody else; and where nothing can be
        // written no server is asked to.
        true => Found { home, records: Vec::new(), looked_at_records: false },
        false => match records(context, &places) {
            Ok(records) => Found { home, records, looked_at_records: true },
            Err(unusable) => Found { home, records: vec![*unusable], looked_at_records: false },
        },
    };
    let mendable = found.all().filter(|finding| finding.fixable).count();
    if args.fix && !args.dry_run && mendable > 0 {
        agree(args, context, &found)?;
        home_checkup::mend(&mut found.home);
        found.records = match found.looked_at_records {
            true => mend_records(context, found.records)?,
            // What kept them from being looked at may be mended now; what is seen then was not agreed to.
            false if is_broken => Vec::new(),
            false => records(context, &places).unwrap_or_else(|unusable| vec![*unusable]),
        };
    }
    report(context, found, args.dry_run)
}

impl Found {
    fn all(&self) -> impl Iterator<Item = &Finding> {
        self.home.iter().chain(&self.records)
    }
}

/// What should be done about the database. Whether its pages are sound is left to the server where it is a large one:
/// reading all of it takes a second for each few hundred megabytes.
fn database(context: &Context, places: &Places) -> Vec<Finding> {
    let server = connect::running(context).ok().flatten().map(|(_, server)| server.pid);
    if let Some(locked) = home_checkup::foreign_lock(places, server) {
        return vec![locked];
    }
    match home_checkup::database(places) {
        Ok(None) => Vec::new(),
        Ok(Some(mut health)) => {
            if home_checkup::is_young(places) {
                // The first backup comes with the first half hour; until then there is as good as nothing to lose.
                health.events = 0;
            }
            let way_back = match health.integrity {
                DatabaseIntegrity::Ok => String::new(),
                DatabaseIntegrity::Damaged => broken_database::way_back(places),
            };
            // A broken configuration has been told.
            let thresholds = db::thresholds(context).unwrap_or_default();
            complaints(&health, thresholds, jiff::Timestamp::now(), &way_back).into_iter().map(told).collect()
        }
        Err(problem) if problem.code == ErrorCode::DatabaseDamaged => {
            let remedy = problem.hint.unwrap_or_else(|| broken_database::way_back(places));
            let why = "everything that owt knows is in it";
            vec![home_faults::for_the_person(
                problem.code.as_str(),
                "database",
                problem.message,
                why,
                &remedy,
            )]
        }
        // Whoever asks for the records is told the same.
        Err(_) => Vec::new(),
    }
}

/// The ways to the person by which the newest notice did not arrive. Only a running server knows; an agent is not told.
fn untold(context: &Context) -> Vec<Finding> {
    let Ok(Some((mut client, _))) = connect::running(context) else { return Vec::new() };
    let Ok(ways) = client.notify(&ReadNotify::default()) else { return Vec::new() };
    let why = "you are not told by this way what your agents need";
    let remedy = "mend it in [notify] of your configuration, then: owt notify --test";
    let failing = ways.channels.into_iter().filter_map(|way| Some((way.error?, way.channel)));
    failing
        .map(|(error, channel)| {
            let what = format!("the newest notice did not arrive by {channel}: {error}");
            home_faults::for_the_person("notices_not_told", &channel, what, why, remedy)
        })
        .collect()
}

fn told(complaint: Complaint) -> Finding {
    let why = "everything that owt knows is in it";
    home_faults::for_the_person(complaint.code.as_str(), "database", complaint.what, why, &complaint.remedy)
}

/// What the records say is wrong: asked of the server, or looked up where none runs. Otherwise why they cannot be looked
/// at.
fn records(context: &Context, places: &Places) -> Result<Vec<Finding>, Box<Finding>> {
    let asked = match connect::running(context) {
        Ok(Some(_)) => context.ask("examining", |client| {
            client.check_up(&Checkup { mend: Vec::new(), cwd: Some(context.cwd()) })
        }),
        Ok(None) if !places.data.as_path().exists() => Ok(Vec::new()),
        Ok(None) => without_server(context, places),
        Err(failure) => Err(failure),
    };
    asked.map_err(|failure| Box::new(unusable(failure)))
}

fn without_server(context: &Context, places: &Places) -> Result<Vec<Finding>, Failure> {
    let _alone = db::alone(context)?;
    Ok(home_checkup::records(&context.environment, places, context.request, context.folder())?)
}

/// Why the records cannot be looked at, as something that was found: it does not keep the rest from being told.
fn unusable(failure: Failure) -> Finding {
    let Failure::Problem(failed) = failure else {
        return home_faults::not_looked_at("records", "nobody answered");
    };
    let problem = failed.problem;
    let why = "workspaces, sessions, ports and hooks could not be looked at";
    let remedy = problem.hint.unwrap_or_else(|| "see how the server is: owt server status".to_owned());
    home_faults::for_the_person(problem.code.as_str(), "records", problem.message, why, &remedy)
}

/// Says what would be done, and asks.
fn agree(args: &DoctorArgs, context: &Context, found: &Found) -> Result<(), Failure> {
    let mendable: Vec<&Finding> = found.all().filter(|finding| finding.fixable).collect();
    for finding in &mendable {
        context.output.say(&doctor::intention(finding));
    }
    if args.yes {
        return Ok(());
    }
    let things = counted(mendable.len(), "thing", "things");
    if !context.output.can_ask() {
        return Err(Failure::new(ErrorCode::NeedsConfirmation, format!("{things} would be mended"))
            .hint("say --yes to do it"));
    }
    match question::confirm(&context.output, &format!("Mend {things}?"))? {
        true => Ok(()),
        false => Err(Failure::new(ErrorCode::NeedsConfirmation, "nothing was mended")),
    }
}

/// Asks the server to mend what was shown, and nothing else. What a server put right by starting is mended, too.
fn mend_records(context: &Context, found: Vec<Finding>) -> Result<Vec<Finding>, Failure> {
    let mend: Vec<FindingName> = found.iter().filter(|finding| finding.fixable).map(Finding::name).collect();
    if mend.is_empty() {
        return Ok(found);
    }
    let wish = Checkup { mend, cwd: Some(context.cwd()) };
    let mut after = context.tell("mending", |client| client.check_up(&wish))?;
    let gone =
        |finding: &Finding| finding.fixable && !after.iter().any(|other| other.name() == finding.name());
    let by_the_start: Vec<Finding> = found
        .into_iter()
        .filter(gone)
        .map(|finding| Finding { state: FindingState::Mended, ..finding })
        .collect();
    after.splice(0..0, by_the_start);
    Ok(after)
}

fn report(context: &Context, found: Found, dry_run: bool) -> Result<(), Failure> {
    let findings: Vec<Finding> = found.home.into_iter().chain(found.records).collect();
    let report = CheckupReport { findings, dry_run };
    let left: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.state != FindingState::Mended).collect();
    if left.is_empty() {
        return context.output.answer(&report, |page| doctor::report(page, &report));
    }
    context.output.show(|page| doctor::report(page, &report))?;
    let fixable = left.iter().filter(|finding| finding.fixable).count();
    let message = counted(left.len(), "thing is not as it should be", "things are not as they should be");
    let failure = Failure::new(ErrorCode::FaultsFound, message).with_data(serde_json::json!(report));
    let failure = match fixable {
        0 => failure.hint("nothing of it can be mended by owt; each says what you can do"),
        number => failure.hint(format!("owt doctor --fix mends {number} of them, and says first how")),
    };
    Err(failure)
}
