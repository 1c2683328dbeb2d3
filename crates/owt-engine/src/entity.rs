//! Which stream each state machine lives in, and how it is written there.

use std::fmt::Display;
use std::str::FromStr;

use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::EffectId;
use owt_core::JobId;
use owt_core::LandingId;
use owt_core::RepositoryId;
use owt_core::TrainId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attention::Attention;
use owt_core::delivery::Delivery;
use owt_core::effect::Effect;
use owt_core::job::Job;
use owt_core::landing::Landing;
use owt_core::machine::Machine;
use owt_core::notebook::Notebook;
use owt_core::train::Train;
use owt_core::workspace::Workspace;
use owt_ports::Live;
use owt_ports::NewEvent;
use owt_ports::Outbox;
use owt_ports::Row;
use owt_ports::StoreError;
use owt_ports::StreamId;
use owt_ports::StreamKind;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A state machine with its place in the store.
pub(crate) trait Entity:
    Machine<Event: Serialize + DeserializeOwned> + Serialize + DeserializeOwned + Clone
{
    /// Its id.
    type Id: Display + FromStr + Copy;
    /// Its kind of stream.
    const KIND: StreamKind;

    /// What lists of it are asked by.
    fn parent(&self) -> String;

    /// Its stream.
    fn stream(id: Self::Id) -> StreamId {
        StreamId { kind: Self::KIND, id: id.to_string() }
    }

    /// Its projection row.
    fn row(&self) -> Result<Row, StoreError> {
        let live = if self.is_live() { Live::Yes } else { Live::No };
        Ok(Row { state: to_json(self)?, parent: self.parent(), live })
    }
}

impl Entity for Workspace {
    type Id = WorkspaceId;
    const KIND: StreamKind = StreamKind::Workspace;

    fn parent(&self) -> String {
        self.spec.repository().map_or_else(|| "folders".to_owned(), |repository| repository.id.to_string())
    }
}

impl Entity for Job {
    type Id = JobId;
    const KIND: StreamKind = StreamKind::Job;

    fn parent(&self) -> String {
        self.spec.workspace.to_string()
    }
}

impl Entity for Attempt {
    type Id = AttemptId;
    const KIND: StreamKind = StreamKind::Attempt;

    fn parent(&self) -> String {
        self.spec.job.to_string()
    }
}

impl Entity for Delivery {
    type Id = DeliveryId;
    const KIND: StreamKind = StreamKind::Delivery;

    fn parent(&self) -> String {
        self.spec.workspace.to_string()
    }
}

impl Entity for Notebook {
    type Id = RepositoryId;
    const KIND: StreamKind = StreamKind::Notebook;

    fn parent(&self) -> String {
        self.repository.to_string()
    }
}

impl Entity for Attention {
    type Id = WorkspaceId;
    const KIND: StreamKind = StreamKind::Attention;

    fn parent(&self) -> String {
        self.workspace.to_string()
    }
}

impl Entity for Landing {
    type Id = LandingId;
    const KIND: StreamKind = StreamKind::Landing;

    fn parent(&self) -> String {
        self.spec.workspace.to_string()
    }
}

impl Entity for Train {
    type Id = TrainId;
    const KIND: StreamKind = StreamKind::Train;

    fn parent(&self) -> String {
        self.repository.id.to_string()
    }
}

/// The payload of an `effect_requested` event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RequestedEffect {
    /// Its id.
    pub(crate) id: EffectId,
    /// What is to be done.
    pub(crate) what: Effect,
}

/// Name of the event that carries a machine's own event.
pub(crate) const FACT: &str = "fact";
/// Name of the event that requests an effect.
pub(crate) const EFFECT_REQUESTED: &str = "effect_requested";
/// Name of the event that settles an effect.
pub(crate) const EFFECT_DONE: &str = "effect_done";

/// An event of a machine, as it is appended.
pub(crate) fn fact<E: Serialize>(event: &E) -> Result<NewEvent, StoreError> {
    Ok(NewEvent { name: FACT.to_owned(), payload: to_json(event)?, outbox: Outbox::Nothing })
}

/// The request of an effect, as it is appended.
pub(crate) fn requested(effect: &RequestedEffect) -> Result<NewEvent, StoreError> {
    Ok(NewEvent {
        name: EFFECT_REQUESTED.to_owned(),
        payload: to_json(effect)?,
        outbox: Outbox::Requested(effect.id),
    })
}

/// The settling of an effect, as it is appended.
pub(crate) fn done(effect: EffectId) -> NewEvent {
    NewEvent { name: EFFECT_DONE.to_owned(), payload: format!("\"{effect}\""), outbox: Outbox::Done(effect) }
}

/// JSON of one of our own types.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Failed(format!("cannot write a record: {error}")))
}

/// One of our own types from stored JSON.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Failed(format!("cannot read a record: {error}")))
}
