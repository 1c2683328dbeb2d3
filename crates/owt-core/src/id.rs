//! Typed identifiers. Each kind of thing has its own type, so that one can never be passed for another.
//!
//! An id is 128 bits, minted outside this crate (no randomness here), and written as a short prefix, an
//! underscore and 26 characters of Crockford base32: `ws_01jd2…`. When the bits come from a time-ordered
//! source, the text sorts by creation too.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LENGTH: usize = 26;

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not an id of the form {prefix}_<26 characters>")]
pub struct ParseIdError {
    text: String,
    prefix: &'static str,
}

fn encode(bits: u128) -> String {
    (0..TEXT_LENGTH).rev().map(|place| char::from(ALPHABET[((bits >> (5 * place)) & 31) as usize])).collect()
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != TEXT_LENGTH || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0u128, |bits, byte| {
        let digit = ALPHABET.iter().position(|&known| known == byte)?;
        Some((bits << 5) | digit as u128)
    })
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(u128);

        impl $name {
            /// The prefix of this kind of id in text.
            pub const PREFIX: &'static str = $prefix;

            /// An id of the given bits; the caller owns uniqueness.
            pub const fn from_bits(bits: u128) -> Self {
                Self(bits)
            }

            /// The 128 bits of this id.
            pub const fn bits(self) -> u128 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(Self)
                    .ok_or_else(|| ParseIdError { text: text.to_owned(), prefix: $prefix })
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseIdError;

            fn try_from(text: String) -> Result<Self, ParseIdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

typed_id!(
    /// A git repository, known by the identity of its common directory (architecture section 1).
    RepositoryId, "repo"
);
typed_id!(
    /// A workspace: where one agent works.
    WorkspaceId, "ws"
);
typed_id!(
    /// A job: one piece of work given to one agent in one workspace.
    JobId, "job"
);
typed_id!(
    /// An attempt: one try at a job.
    AttemptId, "att"
);
typed_id!(
    /// A delivery: one prompt or message on its way to an agent.
    DeliveryId, "dlv"
);
typed_id!(
    /// An effect: something to be done outside, recorded before it is tried.
    EffectId, "fx"
);
typed_id!(
    /// A snapshot: work written under `refs/owt/snapshots/` before something was removed.
    SnapshotId, "snap"
);
typed_id!(
    /// A landing: the way of one workspace's work into its target branch.
    LandingId, "land"
);
typed_id!(
    /// A merge train: the queue's work on its way into one target.
    TrainId, "train"
);
typed_id!(
    /// A note: something that whoever works in a repository should know.
    NoteId, "note"
);
typed_id!(
    /// One request of a client; carried through logs and events as the correlation id.
    RequestId, "req"
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_and_bits_round_trip(bits: u128) {
            let id = WorkspaceId::from_bits(bits);
            prop_assert_eq!(id.to_string().parse::<WorkspaceId>(), Ok(id));
        }

        #[test]
        fn text_sorts_like_the_bits(a: u128, b: u128) {
            prop_assert_eq!(a.cmp(&b), JobId::from_bits(a).to_string().cmp(&JobId::from_bits(b).to_string()));
        }

        #[test]
        fn parsing_never_panics(text in ".*") {
            let _ = text.parse::<JobId>();
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let text = WorkspaceId::from_bits(7).to_string();
        assert!(text.parse::<JobId>().is_err());
    }
}
