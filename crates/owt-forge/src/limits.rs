//! What hosts have said of their limits (docs.github.com, "Rate limits for the REST API"): `retry-after` and
//! `x-ratelimit-reset` say when to come again, and who does not heed them may be shut out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::Timestamp;
use owt_ports::Clock;
use owt_ports::ForgeError;

use crate::exchange::Answer;

/// How long is waited where a host says that it is too much, and not for how long: its own advice.
const UNSAID: Duration = Duration::from_secs(60);

/// The ends of what is under way, by host.
pub(crate) struct Limits {
    clock: Arc<dyn Clock>,
    until: Mutex<BTreeMap<String, Timestamp>>,
}

impl Limits {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, until: Mutex::default() }
    }

    /// Whether a host may be asked now.
    pub(crate) fn require(&self, host: &str) -> Result<(), ForgeError> {
        let mut all = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(host) {
            Some(&until) if until > self.clock.now() => {
                Err(ForgeError::Limited { host: host.to_owned(), until })
            }
            _ => {
                all.remove(host);
                Ok(())
            }
        }
    }

    /// Takes in what an answer says of limits; one that was refused for them is an error.
    pub(crate) fn note(&self, host: &str, answer: &Answer) -> Result<(), ForgeError> {
        let (refused, until) = self.said(answer);
        let Some(until) = until else { return Ok(()) };
        self.until.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned(), until);
        match refused {
            true => Err(ForgeError::Limited { host: host.to_owned(), until }),
            false => Ok(()),
        }
    }

    /// Whether it was refused for a limit, and until when nothing is to be asked.
    fn said(&self, answer: &Answer) -> (bool, Option<Timestamp>) {
        let number = |name| answer.header(name).and_then(|value| value.parse::<u64>().ok());
        let now = self.clock.now();
        let after = number("retry-after").map(|seconds| now.plus(Duration::from_secs(seconds)));
        let is_used_up = number("x-ratelimit-remaining") == Some(0);
        let reset = number("x-ratelimit-reset")
            .and_then(|seconds| i64::try_from(seconds.checked_mul(1000)?).ok())
            .map(Timestamp::from_millis)
            .filter(|_| is_used_up);
        let is_refusal = matches!(answer.status, 403 | 429);
        // A GraphQL answer says it in words, with a good status.
        let says_so = is_limited(&answer.body)
            || (is_refusal && answer.body.to_ascii_lowercase().contains("rate limit"));
        let refused = says_so || (is_refusal && (after.is_some() || is_used_up)) || answer.status == 429;
        match refused {
            true => (true, Some(after.or(reset).unwrap_or_else(|| now.plus(UNSAID)))),
            false => (false, reset),
        }
    }
}

/// Whether an answer to a question in GraphQL says that it was refused for a limit. What else stands in it is anybody's words.
fn is_limited(body: &str) -> bool {
    let Ok(answer) = serde_json::from_str::<serde_json::Value>(body) else { return false };
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().any(|error| error["type"] == "RATE_LIMITED")
}
