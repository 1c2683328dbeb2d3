//! One client's connection: HTTP/1.1, any number of requests one after another.

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::UnixStream;

use crate::principal::Peer;
use crate::stop::Stop;
use crate::tasks::OnError;
use crate::tasks::OnStop;
use crate::tasks::TaskError;
use crate::tasks::TaskKind;

pub(crate) const CONNECTION: TaskKind =
    TaskKind { name: "connection", on_stop: OnStop::Finish, on_error: OnError::Log };

/// Serves a client until it hangs up, or the server stops and the running request has its answer.
pub(crate) async fn serve(stream: UnixStream, router: Router, stop: Stop) -> Result<(), TaskError> {
    let failed = |error: &dyn std::error::Error| TaskError(error.to_string());
    let credentials = stream.peer_cred().map_err(|error| failed(&error))?;
    let pid = credentials.pid().and_then(|pid| u32::try_from(pid).ok());
    let peer = Peer::of(credentials.uid(), pid);
    let routes = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        routes.call(request)
    });
    let mut connection =
        std::pin::pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        ended = &mut connection => return ended.map_err(|error| failed(&error)),
        _ = stop.requested() => connection.as_mut().graceful_shutdown(),
    }
    connection.await.map_err(|error| failed(&error))
}
