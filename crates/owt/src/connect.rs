//! From a command to a server: where it is, what we are, and how one is started.

use std::fs::Metadata;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::UNIX_EPOCH;

use owt_api::Build;
use owt_api::ErrorCode;
use owt_api::Handshake;
use owt_api::PROTOCOL;
use owt_api::Problem;
use owt_client::Client;
use owt_client::Identity;
use owt_client::Own;
use owt_client::Reach;
use owt_client::Starter;
use owt_config::Environment;
use owt_config::Places;
use owt_core::AbsPath;
use owt_process::Cmd;
use owt_process::Log;

use crate::context::Context;
use crate::failure::Failure;

/// Our version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Variables of an agent's session: a server that a command starts belongs to no session.
const SESSION_VARIABLES: [&str; 6] =
    ["OWT_ATTEMPT", "OWT_TOKEN", "OWT_SOCKET", "OWT_JOB_ID", "OWT_WORKTREE_NAME", "OWT_AUTOMATED"];

/// A client of a server to work with.
pub(crate) fn client(context: &Context) -> Result<Client, Failure> {
    Ok(Way::of(context)?.client()?)
}

/// The way to a server, for who goes it more than once and from several threads.
pub(crate) struct Way {
    reach: Reach<'static>,
}

impl Way {
    /// Where a server may be started from here, its folders are made.
    pub(crate) fn of(context: &Context) -> Result<Self, Failure> {
        let places = context.places()?;
        if in_session(&context.environment) {
            return Ok(Self { reach: reach(context, &places, None) });
        }
        places.make_folders()?;
        Ok(Self { reach: reach(context, &places, Some(&ServeStarter)) })
    }

    /// A client; a server is started if need be.
    pub(crate) fn client(&self) -> Result<Client, Problem> {
        self.reach.connect()
    }

    /// A client of the server that answers now, if one does.
    pub(crate) fn running(&self) -> Result<Option<Client>, Problem> {
        Ok(self.reach.connect_running()?.map(|(client, _)| client))
    }
}

/// A client of the server that answers now, if one does. Starts and changes nothing.
pub(crate) fn running(context: &Context) -> Result<Option<(Client, Handshake)>, Failure> {
    let places = context.places()?;
    Ok(reach(context, &places, None).connect_running()?)
}

/// The same, for somebody who does not wait: a server that is silent for `limit`, now or later, is an error.
pub(crate) fn running_within(context: &Context, limit: Duration) -> Result<Option<Client>, Failure> {
    let places = context.places()?;
    let found = reach(context, &places, None).connect_running_within(limit)?;
    let Some((client, _)) = found else { return Ok(None) };
    client.set_patience(Some(limit)).map_err(Problem::from)?;
    Ok(Some(client))
}

/// Which build of the program this is: when its file was written.
pub(crate) fn build() -> Build {
    let written =
        std::env::current_exe().and_then(std::fs::metadata).and_then(|file: Metadata| file.modified());
    let since = written.ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Build(since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0))
}

/// Our own executable file: what starts servers, hosts and hooks.
pub(crate) fn program() -> Result<AbsPath, Problem> {
    let found = std::env::current_exe().map_err(|error| error.to_string());
    found.and_then(|path| AbsPath::new(path).map_err(|error| error.to_string())).map_err(|error| {
        Problem::new(ErrorCode::Internal, format!("the program's own file cannot be found: {error}"))
    })
}

/// The file that a server holds for life.
pub(crate) fn server_lock(places: &Places) -> PathBuf {
    places.data.join("server.lock").as_path().to_owned()
}

fn in_session(environment: &Environment) -> bool {
    environment.session_attempt().is_some()
}

fn reach<'a>(context: &Context, places: &Places, starter: Option<&'a (dyn Starter + Sync)>) -> Reach<'a> {
    let socket = context.environment.session_socket().unwrap_or_else(|| places.server_socket());
    Reach {
        socket: socket.as_path().to_owned(),
        start_lock: places.data.join("start.lock").as_path().to_owned(),
        identity: Identity {
            token: context.environment.session_token().map(str::to_owned),
            request_id: context.request.to_string(),
        },
        own: Own { protocol: PROTOCOL, version: VERSION.to_owned(), build: build() },
        starter,
    }
}

/// Starts `owt serve` in a session of its own.
struct ServeStarter;

impl Starter for ServeStarter {
    fn start(&self) -> Result<UnixStream, Problem> {
        let failed = |error: String| {
            Problem::new(ErrorCode::ServerUnreachable, format!("the server cannot be started: {error}"))
        };
        let (ours, theirs) = UnixStream::pair().map_err(|error| failed(error.to_string()))?;
        let serve =
            Cmd::new(program()?.as_str()).args(["serve", "--announce"]).current_dir("/").label("owt serve");
        let serve = SESSION_VARIABLES.into_iter().fold(serve, Cmd::env_remove);
        serve
            .spawn_detached(&Log::Fd(Arc::new(OwnedFd::from(theirs))))
            .map_err(|error| failed(error.to_string()))?;
        Ok(ours)
    }
}
