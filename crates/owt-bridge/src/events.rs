//! The stream of events, as servers send them (HTML Living Standard, section 9.2.6): what each carries, in order.
//! Names, ids and waiting times of events are not passed on.

use std::io;
use std::io::BufRead;

use serde_json::Value;

use crate::lines::Line;
use crate::lines::MAX_LINE_BYTES;
use crate::lines::next;

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// An event carries this: JSON, or a text that is none.
    Carries(Value),
    /// One was longer than [`MAX_LINE_BYTES`] and is left out.
    TooLong,
}

/// Reads events from a stream.
#[derive(Debug)]
pub(crate) struct Events<R> {
    input: R,
    carried: String,
    has_data: bool,
    is_too_long: bool,
}

impl<R: BufRead> Events<R> {
    pub(crate) const fn of(input: R) -> Self {
        Self { input, carried: String::new(), has_data: false, is_too_long: false }
    }

    /// The next one; `None` when the stream is over. One that the end cuts off is none.
    pub(crate) fn next(&mut self) -> io::Result<Option<Event>> {
        loop {
            match next(&mut self.input)? {
                None => return Ok(None),
                Some(Line::TooLong(_)) => self.give_up(),
                Some(Line::Text(line)) if line.is_empty() => {
                    if let Some(event) = self.finish() {
                        return Ok(Some(event));
                    }
                }
                Some(Line::Text(line)) => self.take(&line),
            }
        }
    }

    fn take(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if field != "data" || self.is_too_long {
            return;
        }
        if std::mem::replace(&mut self.has_data, true) {
            self.carried.push('\n');
        }
        self.carried.push_str(value.strip_prefix(' ').unwrap_or(value));
        if self.carried.len() > MAX_LINE_BYTES {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        self.is_too_long = true;
        self.carried = String::new();
    }

    fn finish(&mut self) -> Option<Event> {
        let carried = std::mem::take(&mut self.carried);
        let had_data = std::mem::take(&mut self.has_data);
        if std::mem::take(&mut self.is_too_long) {
            return Some(Event::TooLong);
        }
        let value = || serde_json::from_str(&carried).unwrap_or_else(|_| Value::String(carried.clone()));
        had_data.then(|| Event::Carries(value()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(stream: &[u8]) -> Vec<Event> {
        let mut events = Events::of(io::BufReader::with_capacity(3, stream));
        std::iter::from_fn(|| events.next().unwrap()).collect()
    }

    #[test]
    fn each_event_gives_what_it_carries() {
        let stream = "retry: 10\n: a remark\nid: 1\nevent: x\ndata: {\"a\":1}\n\ndata:[1,\r\ndata: 2]\r\n\r\n\n\ndata: no json\n\ndata\n\ndata: cut off\n";
        let text = |text: &str| Event::Carries(Value::String(text.to_owned()));
        assert_eq!(
            read(stream.as_bytes()),
            [Event::Carries(json!({"a": 1})), Event::Carries(json!([1, 2])), text("no json"), text("")]
        );
    }

    #[test]
    fn an_event_that_is_too_long_is_left_out_and_the_next_one_is_not() {
        let long = "x".repeat(MAX_LINE_BYTES);
        let stream =
            format!("data: {long}\n\ndata: 1\n\ndata: {}\ndata: {}\n\ndata: 2\n\n", &long[9..], &long[9..]);
        let events = read(stream.as_bytes());
        let carries = |number: u8| Event::Carries(number.into());
        assert_eq!(events, [Event::TooLong, carries(1), Event::TooLong, carries(2)]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(stream in prop::collection::vec(any::<u8>(), 0..300)) {
            read(&stream);
        }
    }
}
