//! Whom a step of the engine is about, for the log: each record carries the workspace and the job, whether a person
//! asked for the step, a timer did, or an agent printed something.

use owt_core::JobId;
use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::delivery::Delivery;
use owt_core::job::Job;
use owt_core::landing::Landing;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;
use owt_ports::StreamId;
use owt_ports::StreamKind;
use tracing::Span;
use tracing::field::Empty;

use crate::board::Task;
use crate::entity::Entity;
use crate::records::Records;

/// The span of an effect; its `id` is the request's that it comes of.
pub(crate) fn effect_span(records: &Records, task: &Task) -> Span {
    let span = tracing::info_span!("effect", id = %task.correlation, workspace = Empty, job = Empty);
    record(&span, records, &task.stream);
    span
}

/// The span of what is seen of a session. What an agent does by itself has no request; its job names it.
pub(crate) fn session_span(records: &Records, stream: &StreamId) -> Span {
    let span = tracing::info_span!(parent: None, "session", workspace = Empty, job = Empty);
    record(&span, records, stream);
    span
}

/// The span of a round of the reconciler.
pub(crate) fn round_span(request: RequestId) -> Span {
    tracing::info_span!("reconcile", id = %request)
}

fn record(span: &Span, records: &Records, stream: &StreamId) {
    // Nobody reads it: then the rows need not be read either.
    if span.is_disabled() {
        return;
    }
    match subject(records, stream) {
        Ok((workspace, job)) => {
            if let Some(workspace) = workspace {
                span.record("workspace", workspace);
            }
            if let Some(job) = job {
                span.record("job", tracing::field::display(job));
            }
        }
        // The step itself meets the same failure and says so.
        Err(error) => tracing::debug!(%error, "the subject of a record is not known"),
    }
}

fn subject(records: &Records, stream: &StreamId) -> Result<(Option<String>, Option<JobId>), StoreError> {
    let (workspace, job) = match stream.kind {
        StreamKind::Workspace | StreamKind::Attention => (stream.id.parse().ok(), None),
        StreamKind::Job => {
            let id = stream.id.parse().ok();
            (find::<Job>(records, stream)?.map(|job| job.spec.workspace), id)
        }
        StreamKind::Attempt => find::<Attempt>(records, stream)?
            .map_or((None, None), |attempt| (Some(attempt.spec.workspace), Some(attempt.spec.job))),
        StreamKind::Delivery => {
            (find::<Delivery>(records, stream)?.map(|delivery| delivery.spec.workspace), None)
        }
        StreamKind::Landing => {
            (find::<Landing>(records, stream)?.map(|landing| landing.spec.workspace), None)
        }
        StreamKind::Notebook | StreamKind::Train => (None, None),
    };
    named(records, workspace, job)
}

fn named(
    records: &Records,
    workspace: Option<WorkspaceId>,
    job: Option<JobId>,
) -> Result<(Option<String>, Option<JobId>), StoreError> {
    let Some(id) = workspace else { return Ok((None, job)) };
    let Some(workspace) = records.load::<Workspace>(id)? else { return Ok((Some(id.to_string()), job)) };
    Ok((Some(workspace.spec.name.to_string()), job.or(Some(workspace.spec.job))))
}

fn find<E: Entity>(records: &Records, stream: &StreamId) -> Result<Option<E>, StoreError> {
    stream.id.parse().map_or(Ok(None), |id| records.load::<E>(id))
}
