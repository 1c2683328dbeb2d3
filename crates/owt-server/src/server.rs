//! The server's life: accept until the wish to stop, drain with a bound, let go of socket and lock.

use std::io;
use std::os::unix::net::UnixListener as StdListener;
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use owt_api::Build;
use signal_hook::consts::SIGHUP;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::consts::SIGWINCH;
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::sync::Semaphore;

use crate::Instance;
use crate::SharedService;
use crate::StopReason;
use crate::connection;
use crate::desk::Office;
use crate::desk::THREAD_LIMIT;
use crate::door::Door;
use crate::idle;
use crate::idle::Clients;
use crate::routes;
use crate::stop::Stop;
use crate::tasks::OnError;
use crate::tasks::OnStop;
use crate::tasks::TaskError;
use crate::tasks::TaskKind;
use crate::tasks::Tasks;

/// How many clients may be connected at once; more wait in the socket's backlog.
const CONNECTION_LIMIT: usize = 512;

/// How long the pause is after the system refused a connection (no descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const SIGNALS: TaskKind = TaskKind { name: "signals", on_stop: OnStop::Drop, on_error: OnError::Stop };
const IDLE: TaskKind = TaskKind { name: "idle", on_stop: OnStop::Drop, on_error: OnError::Log };

/// What a server says of itself, and how long it stays.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// The path of its socket, which is removed at the end.
    pub socket: PathBuf,
    /// The program's version.
    pub version: String,
    /// The program's build.
    pub build: Build,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// Ends after this long without a client or session; `None` stays.
    pub idle_exit: Option<Duration>,
    /// How long running requests may take to end once it stops.
    pub drain: Duration,
}

/// Why the server could not run.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {source}")]
pub struct ServeError {
    operation: &'static str,
    source: io::Error,
}

fn failed(operation: &'static str) -> impl FnOnce(io::Error) -> ServeError {
    move |source| ServeError { operation, source }
}

/// Serves until a signal, a request or idleness ends it. `ready` is called once clients are answered. Sessions
/// are none of the server's processes and go on.
///
/// # Errors
/// [`ServeError`] when it could not begin.
pub fn serve(
    instance: Instance,
    listener: StdListener,
    service: SharedService,
    options: ServerOptions,
    ready: impl FnOnce(),
) -> Result<StopReason, ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(THREAD_LIMIT)
        .thread_name("owt-request")
        .build()
        .map_err(failed("starting the runtime"))?;
    let socket = options.socket.clone();
    let reason = runtime.block_on(run(&instance, listener, service, options, ready));
    runtime.shutdown_background();
    // Nobody else may take the path while we hold the lock, so this is our own socket.
    forget(&socket);
    drop(instance);
    reason
}

async fn run(
    instance: &Instance,
    listener: StdListener,
    service: SharedService,
    options: ServerOptions,
    ready: impl FnOnce(),
) -> Result<StopReason, ServeError> {
    let mut door =
        Door::open(instance, options.socket.clone(), listener).map_err(failed("preparing the socket"))?;
    let calls = signals(&[SIGWINCH]).map_err(failed("watching for signals"))?;
    let stop = Stop::new();
    let office = Office::new(service, stop.clone());
    let clients = Clients::new();
    let mut tasks = Tasks::default();
    let endings = signals(&[SIGTERM, SIGINT, SIGHUP]).map_err(failed("watching for signals"))?;
    tasks.start(SIGNALS, end_on_signal(endings, stop.clone()));
    if let Some(limit) = options.idle_exit {
        tasks.start(IDLE, idle::end_when_idle(limit, clients.clone(), office.clone(), stop.clone()));
    }
    let drain = options.drain;
    let router = routes::router(office, options, Instant::now());
    ready();
    tracing::info!("serving");
    let reason = accept(&mut door, calls, &router, &clients, &stop, &mut tasks).await;
    tracing::info!(?reason, "stopping");
    // From here on clients are refused, and wait for the lock.
    drop(door);
    if tokio::time::timeout(drain, tasks.drain()).await.is_err() {
        tracing::warn!(left = tasks.len(), "some requests did not end in time");
    }
    Ok(reason)
}

async fn accept(
    door: &mut Door<'_>,
    mut calls: UnixStream,
    router: &axum::Router,
    clients: &Clients,
    stop: &Stop,
    tasks: &mut Tasks,
) -> StopReason {
    let room = Arc::new(Semaphore::new(CONNECTION_LIMIT));
    loop {
        let accepted = async {
            // The semaphore is never closed.
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, door.accept().await)
        };
        tokio::select! {
            reason = stop.requested() => return reason,
            (permit, accepted) = accepted => match accepted {
                Ok(stream) => {
                    let present = clients.enter();
                    let serving = connection::serve(stream, router.clone(), stop.clone());
                    tasks.start(connection::CONNECTION, async move {
                        let _held = (permit, present);
                        serving.await
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Ok(_) = calls.read_u8() => door.look_after(),
            Some(ended) = tasks.next_end() => if ended == OnError::Stop {
                stop.request(StopReason::Broken);
            },
        }
    }
}

/// A stream that gets a byte for each of these signals.
fn signals(wanted: &[i32]) -> io::Result<UnixStream> {
    let (told, tell) = StdStream::pair()?;
    for signal in wanted {
        signal_hook::low_level::pipe::register(*signal, tell.try_clone()?)?;
    }
    told.set_nonblocking(true)?;
    UnixStream::from_std(told)
}

async fn end_on_signal(mut told: UnixStream, stop: Stop) -> Result<(), TaskError> {
    told.read_u8().await.map_err(|error| TaskError(error.to_string()))?;
    stop.request(StopReason::Signal);
    Ok(())
}

fn forget(socket: &Path) {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, socket = %socket.display(), "the socket could not be removed");
        }
        _ => {}
    }
}
