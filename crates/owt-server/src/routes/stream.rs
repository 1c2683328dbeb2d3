//! An answer as a stream of lines, one JSON object each. Its first line or its refusal is awaited; what breaks later is
//! its last line.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::Frame;
use owt_api::ConflictsChunk;
use owt_api::DiffChunk;
use owt_api::LogChunk;
use owt_api::Problem;
use owt_api::ResumeChunk;
use owt_api::ScreenChunk;
use owt_api::TrainChunk;
use owt_api::WatchChunk;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::Call;
use crate::Gone;
use crate::Service;
use crate::desk::Desk;
use crate::desk::stopping;
use crate::gone::Listening;
use crate::refusal::Refusal;

/// Chunks between the service and a slow reader; the service waits when they are full.
const CHUNKS_IN_FLIGHT: usize = 16;

type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A line of a stream.
pub(super) trait Line: Serialize + Send + Unpin + 'static {
    /// The last line of one that breaks off.
    fn broken(problem: Problem) -> Self;
}

impl Line for LogChunk {
    fn broken(problem: Problem) -> Self {
        Self::Broken { problem }
    }
}

impl Line for WatchChunk {
    fn broken(problem: Problem) -> Self {
        Self::Broken { problem }
    }
}

impl Line for ConflictsChunk {
    fn broken(problem: Problem) -> Self {
        Self::Broken { problem }
    }
}

impl Line for TrainChunk {
    fn broken(problem: Problem) -> Self {
        Self::Broken { problem }
    }
}

impl Line for ScreenChunk {
    fn broken(problem: Problem) -> Self {
        Self::Broken { problem }
    }
}

impl Line for ResumeChunk {
    fn broken(problem: Problem) -> Self {
        Self::Broken { problem }
    }
}

impl Line for DiffChunk {
    fn broken(problem: Problem) -> Self {
        Self::Broken { problem }
    }
}

/// Streams what `call` hands to its sink.
pub(super) async fn stream<L: Line>(
    desk: Desk,
    call: impl FnOnce(&dyn Service, &Call, &mut dyn FnMut(L) -> bool, &dyn Gone) -> Result<(), Problem>
    + Send
    + 'static,
) -> Result<Response, Refusal> {
    let (tell, mut told) = mpsc::channel::<L>(CHUNKS_IN_FLIGHT);
    let stop = desk.office().stop().clone();
    let listening = Listening::new();
    let watch = listening.watch();
    let mut reading: Pending<_> = Box::pin(desk.streaming(move |service, asked| {
        call(service, asked, &mut |line| tell.blocking_send(line).is_ok(), &*watch)
    })?);
    let (first, reading) = tokio::select! {
        biased;
        chunk = told.recv() => (chunk, reading),
        // It may have ended between two looks, with chunks on their way.
        result = &mut reading => (told.recv().await, Box::pin(std::future::ready(result)) as Pending<_>),
        // Of a stream without a word there is nothing that could be whole.
        _ = stop.requested() => return Err(stopping().into()),
    };
    // A refusal is known before the first chunk, and then it is the whole answer.
    let reading = match &first {
        Some(_) => Some(reading),
        None => reading.await.map(|()| None)?,
    };
    let stopped: Pending<()> = Box::pin(async move {
        stop.requested().await;
    });
    let body = Lines { first, told, reading, stopped: Some(stopped), listening };
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], Body::new(body)).into_response())
}

/// What the service tells, as lines. When the stream cannot be whole, its last line says so.
struct Lines<L> {
    first: Option<L>,
    told: mpsc::Receiver<L>,
    /// How the service's call ends, until that is known.
    reading: Option<Pending<Result<(), Problem>>>,
    /// The server's wish to stop, until it is heard.
    stopped: Option<Pending<()>>,
    listening: Listening,
}

impl<L: Line> Lines<L> {
    /// The last line, once the service has told everything.
    fn poll_last(&mut self, cx: &mut Context<'_>) -> Poll<Option<L>> {
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let result = ready!(reading.as_mut().poll(cx));
        self.reading = None;
        Poll::Ready(match result {
            Err(problem) => Some(L::broken(problem)),
            Ok(()) if self.stopped.is_none() => Some(L::broken(stopping())),
            Ok(()) => None,
        })
    }

    fn poll_line(&mut self, cx: &mut Context<'_>) -> Poll<Option<L>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        if self.stopped.as_mut().is_some_and(|stopped| stopped.as_mut().poll(cx).is_ready()) {
            self.stopped = None;
            self.listening.give_up();
        }
        match ready!(self.told.poll_recv(cx)) {
            Some(chunk) => Poll::Ready(Some(chunk)),
            None => self.poll_last(cx),
        }
    }
}

impl<L: Line> hyper::body::Body for Lines<L> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let chunk = ready!(self.poll_line(cx));
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(line(&chunk)))))
    }
}

fn line(chunk: &impl Serialize) -> Bytes {
    let mut line = serde_json::to_vec(chunk).expect("a chunk is strings and numbers, which JSON can hold");
    line.push(b'\n');
    line.into()
}
