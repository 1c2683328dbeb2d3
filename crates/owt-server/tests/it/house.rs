//! A server in a thread of the test, in a folder of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use owt_api::Build;
use owt_client::Client;
use owt_client::Identity;
use owt_server::Instance;
use owt_server::Patience;
use owt_server::ServeError;
use owt_server::ServerOptions;
use owt_server::Service;
use owt_server::StopReason;

use crate::rehearsal::PATIENCE;
use crate::rehearsal::Rehearsal;

pub(crate) struct House {
    pub(crate) home: tempfile::TempDir,
    pub(crate) service: Arc<Rehearsal>,
    server: JoinHandle<Result<StopReason, ServeError>>,
}

pub(crate) fn options(socket: PathBuf, idle_exit: Option<Duration>) -> ServerOptions {
    ServerOptions {
        socket,
        version: "0.0.1".to_owned(),
        build: Build(7),
        started_at: "2026-01-01T00:00:00Z".to_owned(),
        idle_exit,
        drain: Duration::from_secs(10),
    }
}

impl House {
    pub(crate) fn open() -> Self {
        Self::open_for(None)
    }

    pub(crate) fn open_for(idle_exit: Option<Duration>) -> Self {
        Self::open_with(idle_exit, Rehearsal::new())
    }

    /// With a scene that is set before the first look at it.
    pub(crate) fn open_with(idle_exit: Option<Duration>, service: Arc<Rehearsal>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (lock, socket) = (home.path().join("server.lock"), home.path().join("run/s"));
        let instance = Instance::claim(&lock, Patience::None).unwrap();
        let listener = owt_server::bind(&socket, &instance).unwrap();
        let shared: Arc<dyn Service> = Arc::clone(&service) as _;
        let (tell, ready) = mpsc::channel();
        let server = std::thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || {
                owt_server::serve(instance, listener, shared, options(socket, idle_exit), move || {
                    tell.send(()).unwrap();
                })
            })
            .unwrap();
        ready.recv_timeout(PATIENCE).unwrap();
        Self { home, service, server }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.home.path().join("run/s")
    }

    pub(crate) fn client(&self) -> Client {
        self.client_with(None)
    }

    pub(crate) fn client_with(&self, token: Option<&str>) -> Client {
        Client::connect(&self.socket(), &identity(token)).unwrap()
    }

    /// Asks the server to stop and returns why it did.
    pub(crate) fn close(self) -> StopReason {
        self.client().stop_server().unwrap();
        self.ended()
    }

    /// Waits for its end.
    pub(crate) fn ended(self) -> StopReason {
        self.server.join().unwrap().unwrap()
    }
}

pub(crate) fn identity(token: Option<&str>) -> Identity {
    Identity { token: token.map(str::to_owned), request_id: "req_00000000000000000000000042".to_owned() }
}
