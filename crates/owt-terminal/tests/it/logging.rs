//! Every byte from the first, on either stream.

use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_ports::SessionSignal;
use owt_ports::Sessions;
use owt_ports::Stream;
use owt_testkit::sessions_conformance::SessionsHarness;

use crate::terminal_client::HELLO;
use crate::terminal_client::say;
use crate::terminal_client::talk;
use crate::world::World;

/// A megabyte without two equal lines.
fn megabyte() -> String {
    (0..100_000).map(|n| format!("{n:09}\n")).collect()
}

#[test]
fn a_burst_of_a_megabyte_is_logged_and_told_byte_for_byte() {
    let world = World::new();
    let text = megabyte();
    let file = world.file(&text);
    for kind in world.kinds() {
        let script = format!("stty raw 2>/dev/null; exec cat '{file}'");
        let plan = world.shell(kind, &script);
        let listener = world.launch(&plan);
        assert_eq!(listener.await_end(), Exit::Code { code: 0 });
        let log = std::fs::read(world.attempt_file(plan.attempt, "output.log")).unwrap();
        assert!(log == text.as_bytes(), "{kind:?}: the log holds {} bytes of {}", log.len(), text.len());
        assert!(listener.text(Stream::Output) == text, "{kind:?}");
        let mut expected = 0;
        for signal in listener.signals() {
            if let SessionSignal::Output { stream: Stream::Output, offset, bytes } = signal {
                assert_eq!(offset, expected);
                expected += bytes.len() as u64;
            }
        }
    }
}

#[test]
fn both_streams_are_kept_apart() {
    let world = World::new();
    for kind in [SessionKind::Headless, SessionKind::Structured] {
        let plan = world.shell(kind, "printf out; printf err >&2; printf more");
        let listener = world.launch(&plan);
        listener.await_end();
        assert_eq!(listener.text(Stream::Output), "outmore");
        assert_eq!(listener.text(Stream::Error), "err");
        let error = world.sessions.read_log(plan.attempt, Stream::Error, 1, 10).unwrap();
        assert_eq!((error.bytes.as_slice(), error.at_end), (b"rr".as_slice(), true));
    }
}

#[test]
fn a_watcher_that_does_not_read_costs_the_program_nothing() {
    let world = World::new();
    let file = world.file(&megabyte());
    // It begins once the deaf watcher is there.
    let script = format!(
        "printf ready; while ! [ -e begin ]; do sleep 0.02; done; exec cat '{file}' '{file}' '{file}'"
    );
    let plan = world.shell(SessionKind::Headless, &script);
    let listener = world.launch(&plan);
    listener.await_output("ready");
    let mut deaf = talk(&world.host_socket(plan.attempt));
    assert!(say(&mut deaf, HELLO).contains("welcome"));
    assert!(say(&mut deaf, r#"{"type":"watch","output":0,"error":0}"#).contains("watching"));
    std::fs::write(world.directory().join("begin"), "").unwrap();
    assert_eq!(listener.await_end(), Exit::Code { code: 0 });
    assert_eq!(listener.text(Stream::Output).len(), "ready".len() + 3_000_000);
}
