//! One request to a host and its answer, however they travel.

use owt_ports::ForgeError;
use owt_ports::NewsMark;
use serde_json::Value;

/// The longest answer that is read, in bytes.
pub(crate) const ANSWER: usize = 16 * 1024 * 1024;

/// The version of the API that is spoken.
pub(crate) const HEADERS: &[(&str, &str)] =
    &[("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];

/// Where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A path below the root of the REST API, without a stroke at its beginning.
    Rest(String),
    /// The one place of GraphQL.
    GraphQl,
}

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(crate) place: Place,
    /// What is sent; `None`: something is only read.
    pub(crate) body: Option<Value>,
    /// The answer is wanted only if it is another than the one with this mark.
    pub(crate) unless: Option<NewsMark>,
}

impl Question {
    pub(crate) fn get(path: String, unless: Option<NewsMark>) -> Self {
        Self { place: Place::Rest(path), body: None, unless }
    }

    pub(crate) fn post(path: String, body: Value) -> Self {
        Self { place: Place::Rest(path), body: Some(body), unless: None }
    }

    pub(crate) fn graphql(body: &Value) -> Self {
        Self { place: Place::GraphQl, body: Some(body.clone()), unless: None }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The names in small letters.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A way to a host.
pub(crate) trait Way {
    /// Asks. Any status is an answer.
    fn ask(&self, host: &str, question: &Question) -> Result<Answer, ForgeError>;
}
