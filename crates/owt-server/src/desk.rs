//! Where a route meets the service: who asks is found out, and the call runs on one of a bounded number of
//! threads, so that neither a slow call nor a panic holds up the others.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::extract::FromRef;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::RequestId;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tracing::Span;

use crate::Call;
use crate::Service;
use crate::SharedService;
use crate::gone::ClientWatch;
use crate::gone::Listening;
use crate::principal;
use crate::principal::Peer;
use crate::refusal::Answer;
use crate::stop::Stop;

/// How many short calls run at once.
pub(crate) const WORK_LIMIT: usize = 64;

/// How many calls wait for something at once (`wait`, `send --wait`, `logs --follow`).
pub(crate) const WAIT_LIMIT: usize = 256;

/// Threads for calls: each lane's, and one for the server's own question.
pub(crate) const THREAD_LIMIT: usize = WORK_LIMIT + WAIT_LIMIT + 1;

/// The service with its bounded lanes. Clones are the same office.
#[derive(Clone)]
pub(crate) struct Office {
    service: SharedService,
    work: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    stop: Stop,
}

impl Office {
    pub(crate) fn new(service: SharedService, stop: Stop) -> Self {
        Self {
            service,
            work: Arc::new(Semaphore::new(WORK_LIMIT)),
            waiting: Arc::new(Semaphore::new(WAIT_LIMIT)),
            stop,
        }
    }

    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// A name for a request that came without one.
    pub(crate) fn fresh_request(&self) -> RequestId {
        self.service.fresh_request()
    }

    /// Whether a session runs, or something is to be done later; also when the service cannot say.
    pub(crate) async fn is_needed(&self) -> bool {
        let service = Arc::clone(&self.service);
        let needed = move || service.running_sessions() > 0 || service.has_plans();
        tokio::task::spawn_blocking(needed).await.unwrap_or(true)
    }
}

/// One request's way to the service.
pub(crate) struct Desk {
    office: Office,
    peer: Peer,
    bearer: Option<String>,
    request: RequestId,
}

impl<S: Send + Sync> FromRequestParts<S> for Desk
where
    Office: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let bearer = parts
            .headers
            .get(AUTHORIZATION)
            .map(|value| value.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")).unwrap_or(""))
            .map(str::to_owned);
        let peer = parts.extensions.get::<Peer>().cloned().unwrap_or(Peer::Unseen);
        let office = Office::from_ref(state);
        let named = parts.extensions.get::<RequestId>().copied();
        let request = named.unwrap_or_else(|| office.fresh_request());
        Ok(Self { office, peer, bearer, request })
    }
}

impl Desk {
    pub(crate) fn office(&self) -> &Office {
        &self.office
    }

    /// A call that ends by itself soon. It runs to its end even when the client hangs up.
    pub(crate) async fn work<T: Send + 'static>(
        self,
        call: impl FnOnce(&dyn Service, &Call) -> Result<T, Problem> + Send + 'static,
    ) -> Answer<T> {
        let permit = permit(&self.office.work, WORK_LIMIT)?;
        Ok(Json(self.run(permit, call).await?))
    }

    /// As [`Desk::work`] for a call that may wait for somebody on the way: it can ask whether the client is still there.
    pub(crate) async fn watched<T: Send + 'static>(
        self,
        call: impl FnOnce(&dyn Service, &Call, &ClientWatch) -> Result<T, Problem> + Send + 'static,
    ) -> Answer<T> {
        let listening = Listening::new();
        let watch = listening.watch();
        let permit = permit(&self.office.work, WORK_LIMIT)?;
        let done = self.run(permit, move |service, asked| call(service, asked, &watch)).await;
        drop(listening);
        Ok(Json(done?))
    }

    /// A call that waits for something, and ends early when the client hangs up or the server stops.
    pub(crate) async fn waiting<T: Send + 'static>(
        self,
        call: impl FnOnce(&dyn Service, &Call, &ClientWatch) -> Result<T, Problem> + Send + 'static,
    ) -> Waited<T> {
        let listening = Listening::new();
        let watch = listening.watch();
        let stop = self.office.stop.clone();
        let permit = match permit(&self.office.waiting, WAIT_LIMIT) {
            Ok(permit) => permit,
            Err(problem) => return Waited::Ended(Err(problem)),
        };
        let mut run = std::pin::pin!(self.run(permit, move |service, asked| call(service, asked, &watch)));
        tokio::select! {
            result = &mut run => Waited::Ended(result),
            _ = stop.requested() => {
                listening.give_up();
                Waited::CutShort(run.await)
            }
        }
    }

    /// As [`Desk::waiting`] for a call that streams: the route itself tells it when nobody reads any more. It
    /// begins with the first poll and does not end by being dropped.
    pub(crate) fn streaming(
        self,
        call: impl FnOnce(&dyn Service, &Call) -> Result<(), Problem> + Send + 'static,
    ) -> Result<impl Future<Output = Result<(), Problem>> + Send + 'static, Problem> {
        let permit = permit(&self.office.waiting, WAIT_LIMIT)?;
        Ok(self.run(permit, call))
    }

    async fn run<T: Send + 'static>(
        self,
        permit: OwnedSemaphorePermit,
        call: impl FnOnce(&dyn Service, &Call) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let Self { office, peer, bearer, request } = self;
        let span = Span::current();
        let run = move || {
            let _permit = permit;
            let _inside = span.entered();
            let by = principal::caller(&*office.service, &peer, bearer.as_deref())?;
            tracing::debug!(caller = ?by, "asked");
            call(&*office.service, &Call { by, request })
        };
        tokio::task::spawn_blocking(run).await.unwrap_or_else(|error| Err(broken(&error)))
    }

    /// A call that carries its own credential: only the user is checked.
    pub(crate) async fn credentialed<T: Send + 'static>(
        self,
        call: impl FnOnce(&dyn Service, RequestId) -> Result<T, Problem> + Send + 'static,
    ) -> Answer<T> {
        let permit = permit(&self.office.work, WORK_LIMIT)?;
        let service = Arc::clone(&self.office.service);
        let request = self.request;
        let span = Span::current();
        let run = move || {
            let _permit = permit;
            let _inside = span.entered();
            call(&*service, request)
        };
        Ok(Json(tokio::task::spawn_blocking(run).await.unwrap_or_else(|error| Err(broken(&error)))?))
    }
}

/// How a waiting call ended.
pub(crate) enum Waited<T> {
    /// By itself.
    Ended(Result<T, Problem>),
    /// Because the server stops; this is what the service had by then.
    CutShort(Result<T, Problem>),
}

fn permit(lane: &Arc<Semaphore>, limit: usize) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(lane).try_acquire_owned().map_err(|_| {
        Problem::new(ErrorCode::LimitReached, format!("the server already does {limit} such things at once"))
            .hint("try again in a moment")
    })
}

fn broken(error: &tokio::task::JoinError) -> Problem {
    tracing::error!(%error, "a request panicked");
    Problem::new(ErrorCode::Internal, "the server met a defect of its own")
        .hint("the server's log has the details; the server itself goes on")
}

/// What a client that waited is told when the server stops; it asks the next server.
pub(crate) fn stopping() -> Problem {
    Problem::new(ErrorCode::ServerUnreachable, "the server is stopping")
        .hint("try again: a new one starts by itself")
}
