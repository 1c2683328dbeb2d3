//! `owt serve`: the server itself.

use std::io::Write;
use std::time::Duration;

use clap::Args;
use owt_api::Announcement;
use owt_config::ConfigPaths;
use owt_config::Places;
use owt_server::Instance;
use owt_server::Patience;
use owt_server::ServerOptions;
use owt_server::StopReason;
use serde::Serialize;

use crate::arenas;
use crate::composition;
use crate::connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::logging;
use crate::server_log::ServerLog;

/// How long a server that a client started waits for an older one to drain.
const PATIENCE: Duration = Duration::from_secs(9);

/// How long running requests may take to end once the server stops.
const DRAIN: Duration = Duration::from_secs(5);

const EXAMPLES: &str = "\
Examples:
  owt serve                        until Ctrl-C, or owt server stop elsewhere
  owt serve -vv --log-format json";

/// Run the server in the foreground.
///
/// Usually nobody needs to: the first command starts one, and it ends by itself when it has nothing to do.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArgs {
    /// Say on standard output, in one line of JSON, when clients are answered or why not. For the command that
    /// starts the server.
    #[arg(long, hide = true)]
    announce: bool,
}

pub(super) fn run(args: &ServeArgs, context: &Context) -> Result<(), Failure> {
    arenas::share();
    if !args.announce {
        let reason = serve(context, Starter::Person, |socket| {
            context.output.say(&format!("Serving on {socket}."));
        })?;
        let served = Served { reason: word(reason) };
        return context.output.answer(&served, |_| format!("The server has ended: {}.\n", said(reason)));
    }
    let failure = match serve(context, Starter::Command, |_| announce(&Announcement::Ready)) {
        // Somebody else serves already, which is all that was asked for.
        Err(failure) if is_held(&failure) => {
            announce(&Announcement::Ready);
            return Ok(());
        }
        Err(failure) => failure,
        Ok(_reason) => return Ok(()),
    };
    if let Failure::Problem(failed) = &failure {
        announce(&Announcement::Failed { problem: failed.problem.clone() });
    }
    Err(failure)
}

/// How a server in the foreground ended.
#[derive(Debug, Serialize)]
struct Served {
    reason: &'static str,
}

const fn word(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Signal => "signal",
        StopReason::Asked => "asked",
        StopReason::Idle => "idle",
        StopReason::Broken => "broken",
    }
}

const fn said(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Signal => "a signal said so",
        StopReason::Asked => "it was asked to",
        StopReason::Idle => "nobody needed it",
        StopReason::Broken => "a part of it has failed",
    }
}

/// Who wants the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Starter {
    /// Somebody who looks at it, and is told at once when there is one already.
    Person,
    /// A command that needs one, whichever it is.
    Command,
}

fn is_held(failure: &Failure) -> bool {
    matches!(failure, Failure::Problem(failed) if failed.problem.code == owt_api::ErrorCode::ServerRunning)
}

fn serve(context: &Context, starter: Starter, ready: impl FnOnce(&str)) -> Result<StopReason, Failure> {
    let places = context.places()?;
    places.make_folders()?;
    let socket = places.server_socket();
    let patience = match starter {
        Starter::Person => Patience::None,
        Starter::Command => Patience::UnlessItAnswers(socket.as_path(), PATIENCE),
    };
    let instance = Instance::claim(&connect::server_lock(&places), patience)?;
    places.record_runtime()?;
    begin_logging(context, &places)?;
    let listener = owt_server::bind(socket.as_path(), &instance)?;
    let assembled = composition::assemble(&context.environment, &places)?;
    let options = ServerOptions {
        socket: socket.as_path().to_owned(),
        version: connect::VERSION.to_owned(),
        build: connect::build(),
        started_at: started_at(),
        idle_exit: idle_exit(context, &places)?,
        drain: DRAIN,
    };
    let reason =
        owt_server::serve(instance, listener, assembled.service, options, || ready(socket.as_str()))?;
    assembled.pulls.stop();
    assembled.rounds.stop();
    assembled.heralds.stop();
    assembled.backups.stop();
    assembled.workers.stop();
    tracing::info!(?reason, "stopped");
    match reason {
        StopReason::Broken => {
            Err(Failure::new(owt_api::ErrorCode::Internal, "a part of the server has failed")
                .hint(format!("its log says which: {}", places.data.join("server.log"))))
        }
        reason => Ok(reason),
    }
}

fn begin_logging(context: &Context, places: &Places) -> Result<(), Failure> {
    let path = places.data.join("server.log");
    let log = ServerLog::open(path.as_path()).map_err(|error| {
        Failure::new(owt_api::ErrorCode::HomeNotWritable, format!("{path}: {error}"))
            .hint("OWT_HOME names another folder for everything that owt keeps")
    })?;
    logging::begin_server(&context.globals, log);
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a defect")));
    Ok(())
}

fn idle_exit(context: &Context, places: &Places) -> Result<Option<Duration>, Failure> {
    let paths = places.config_paths(None);
    let settings = owt_config::load(&paths, Some(context.environment.variables()), &[]).or_else(|error| {
        // Whoever needs a setting is refused with it; lists, logs and what runs already need none.
        tracing::warn!(%error, "the configuration is broken: the server ends when idle as by default");
        let user = places.data.join("no.toml");
        let nowhere = ConfigPaths { user, user_fallback: None, repository_root: None };
        owt_config::load(&nowhere, None, &[])
    })?;
    Ok(settings.server.idle_exit.value.duration())
}

fn started_at() -> String {
    let millis = owt_ports::Clock::now(&owt_store::system::SystemClock).as_millis();
    jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

/// Says it once, then lets go of the streams: whoever listened goes away.
fn announce(announcement: &Announcement) {
    let line = serde_json::to_string(announcement).expect("an announcement is strings, which JSON can hold");
    let mut stdout = std::io::stdout().lock();
    // A client that has gone meanwhile needs no answer.
    drop(writeln!(stdout, "{line}").and_then(|()| stdout.flush()));
    if let Ok(null) = std::fs::OpenOptions::new().write(true).open("/dev/null") {
        let let_go = rustix::stdio::dup2_stdout(&null).and_then(|()| rustix::stdio::dup2_stderr(&null));
        if let Err(error) = let_go {
            tracing::warn!(%error, "the starter's streams stay open");
        }
    }
}
