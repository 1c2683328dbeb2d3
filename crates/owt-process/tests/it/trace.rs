//! Every start leaves a record.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use owt_process::Cmd;
use owt_process::Log;
use owt_process::Streams;
use owt_process::TRACE_TARGET;
use tracing::Event;
use tracing::Metadata;
use tracing::Subscriber;
use tracing::field::Field;
use tracing::field::Visit;
use tracing::span;

use crate::conditions::alone;
use crate::conditions::sh;

type Record = BTreeMap<String, String>;

/// Keeps the fields of every event of our target.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Record>>>);

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TRACE_TARGET
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(Record::new());
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Fields(Record);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

fn records_of(work: impl FnOnce()) -> Vec<Record> {
    let recorder = Recorder::default();
    tracing::subscriber::with_default(recorder.clone(), work);
    recorder.0.lock().unwrap().drain(..).collect()
}

fn outcomes(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record["outcome"].as_str()).collect()
}

/// In a process without other threads: a place that tells for the first time asks the subscriber of whichever thread is there
/// first, and where that has none nobody is told from then on (tracing-core 0.1.36).
#[test]
fn what_is_started_is_told() {
    for test in ["a_run_is_told_with_everything_but_the_values_of_variables", "every_way_to_end_is_told"] {
        alone(&format!("trace::{test}")).run_checked().unwrap();
    }
}

#[test]
#[ignore = "others tell beside it; run alone by what_is_started_is_told"]
fn a_run_is_told_with_everything_but_the_values_of_variables() {
    let records = records_of(|| {
        let cmd = sh("exit 3").arg("x".repeat(5000)).env("API_TOKEN", "hunter2").current_dir("/");
        cmd.label("three").run().unwrap();
    });
    let [record] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((record["label"].as_str(), record["program"].as_str()), ("three", "/bin/sh"));
    assert_eq!((record["cwd"].as_str(), record["outcome"].as_str()), ("/", "exit code 3"));
    assert!(record["args"].starts_with(r#"["-c", "exit 3", "xxx"#) && record["args"].len() < 300);
    assert!(record["pid"].parse::<u32>().is_ok() && record["duration_ms"].parse::<u64>().is_ok());
    assert!(!format!("{record:?}").contains("hunter2"));
}

#[test]
#[ignore = "others tell beside it; run alone by what_is_started_is_told"]
fn every_way_to_end_is_told() {
    let records = records_of(|| {
        let _ = Cmd::new("owt-there-is-no-such-program").run();
        let _ = sh("sleep 1000").timeout(Duration::from_millis(50)).run();
        sh("exit 0").spawn(Streams::default()).unwrap().wait().unwrap();
        drop(sh("sleep 1000").spawn(Streams::default()).unwrap());
        sh("exit 0").spawn_detached(&Log::Null).unwrap();
    });
    assert_eq!(
        outcomes(&records),
        [
            "not started: program 'owt-there-is-no-such-program' not found",
            "timed out",
            "running",
            "exit code 0",
            "running",
            "killed: nobody held it any more",
            "left to itself",
        ]
    );
}
