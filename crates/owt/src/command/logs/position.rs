//! How far a log has been passed on, so that reading goes on where it broke off: a log is read again from its
//! beginning, and what was passed on already is left out. A log only grows, so its beginning stays as it was.

use std::collections::BTreeMap;

use owt_api::LogChunk;
use owt_api::base64;

/// Counts the bytes of each stream: those passed on, and those seen in the present reading.
#[derive(Debug, Default)]
pub(super) struct Position {
    attempt: Option<u32>,
    passed_on: BTreeMap<String, usize>,
    seen: BTreeMap<String, usize>,
}

impl Position {
    /// A reading begins from the start of the log.
    pub(super) fn begin_again(&mut self) {
        self.seen.clear();
    }

    /// The attempt whose log it is, once that is known: a newer one must not be mixed in.
    pub(super) const fn attempt(&self) -> Option<u32> {
        self.attempt
    }

    /// What of a chunk was not passed on before; from now on it was.
    pub(super) fn new_part(&mut self, chunk: LogChunk) -> Option<LogChunk> {
        match chunk {
            LogChunk::Text { stream, attempt, text } => {
                let known = self.known(&stream, attempt, text.len());
                let known = (known..text.len()).find(|&at| text.is_char_boundary(at))?;
                Some(LogChunk::Text { stream, attempt, text: text[known..].to_owned() })
            }
            LogChunk::Raw { stream, attempt, base64 } => {
                let Ok(bytes) = base64::decode(&base64) else {
                    return Some(LogChunk::Raw { stream, attempt, base64 });
                };
                let bytes = &bytes[self.known(&stream, attempt, bytes.len())..];
                let base64 = base64::encode(bytes);
                (!bytes.is_empty()).then_some(LogChunk::Raw { stream, attempt, base64 })
            }
            chunk @ (LogChunk::End { .. } | LogChunk::Broken { .. }) => Some(chunk),
        }
    }

    /// How many of the next `length` bytes of a stream were passed on before.
    fn known(&mut self, stream: &str, attempt: u32, length: usize) -> usize {
        self.attempt = Some(attempt);
        let seen = self.seen.entry(stream.to_owned()).or_default();
        let passed_on = self.passed_on.entry(stream.to_owned()).or_default();
        let known = passed_on.saturating_sub(*seen).min(length);
        *seen += length;
        *passed_on = (*passed_on).max(*seen);
        known
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(stream: &str, text: &str) -> LogChunk {
        LogChunk::Text { stream: stream.to_owned(), attempt: 1, text: text.to_owned() }
    }

    fn raw(bytes: &[u8]) -> LogChunk {
        LogChunk::Raw { stream: "output".to_owned(), attempt: 1, base64: base64::encode(bytes) }
    }

    #[test]
    fn streams_are_counted_apart_and_only_what_is_new_is_left() {
        let mut position = Position::default();
        assert_eq!(position.new_part(text("event", "one\n")), Some(text("event", "one\n")));
        assert_eq!(position.new_part(text("error", "ä")), Some(text("error", "ä")));
        position.begin_again();
        assert_eq!(position.new_part(text("error", "äöü\n")), Some(text("error", "öü\n")));
        assert_eq!(position.new_part(text("event", "one\n")), None);
        assert_eq!(position.new_part(text("event", "two\n")), Some(text("event", "two\n")));
        assert_eq!(position.attempt(), Some(1));
        let end = LogChunk::End { attempt: 1, exit: None };
        assert_eq!(position.new_part(end.clone()), Some(end));
    }

    proptest! {
        /// Wherever a reading breaks off, and however the next one cuts its chunks, every byte comes once.
        #[test]
        fn nothing_is_lost_or_repeated(
            log: Vec<u8>,
            sizes in prop::collection::vec(1usize..9, 1..6),
            ends in prop::collection::vec(0usize..64, 0..4),
        ) {
            let mut position = Position::default();
            let mut heard = Vec::new();
            for (reading, end) in ends.into_iter().chain([usize::MAX]).enumerate() {
                position.begin_again();
                let size = sizes[reading % sizes.len()];
                for chunk in log[..end.min(log.len())].chunks(size) {
                    if let Some(LogChunk::Raw { base64, .. }) = position.new_part(raw(chunk)) {
                        heard.extend(base64::decode(&base64).unwrap());
                    }
                }
            }
            prop_assert_eq!(heard, log);
        }
    }
}
