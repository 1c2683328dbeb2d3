//! One side of the machine protocol: frames out, events in.

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::process::ChildStdout;

use owt_process::Child;
use owt_process::ExitOutcome;
use owt_process::Streams;
use serde_json::Value;
use serde_json::json;

use super::stage::Stage;

const STRUCTURED: [&str; 8] = [
    "-p",
    "--input-format",
    "stream-json",
    "--output-format",
    "stream-json",
    "--verbose",
    "--permission-prompt-tool",
    "stdio",
];

pub(crate) struct Talk {
    child: Child,
    events: BufReader<ChildStdout>,
}

impl Talk {
    pub(crate) fn start(stage: &Stage, more: &[&str]) -> Self {
        let arguments: Vec<&str> = STRUCTURED.iter().chain(more).copied().collect();
        let mut child = stage.command(&arguments).spawn(Streams::piped()).unwrap();
        let events = BufReader::new(child.stdout.take().unwrap());
        Self { child, events }
    }

    pub(crate) fn send(&mut self, frame: &Value) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{frame}").unwrap();
    }

    pub(crate) fn message(&mut self, text: &str, uuid: &str) {
        self.send(&json!({"type": "user", "message": {"role": "user", "content": text}, "uuid": uuid}));
    }

    /// The next event.
    pub(crate) fn event(&mut self) -> Value {
        let mut line = String::new();
        self.events.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    /// The events up to and with the next of this type.
    pub(crate) fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut events = vec![self.event()];
        while events.last().is_some_and(|event| event["type"] != kind) {
            events.push(self.event());
        }
        events
    }

    /// Closes its input and waits for its end.
    pub(crate) fn end(mut self) -> ExitOutcome {
        self.child.wait().unwrap()
    }
}
