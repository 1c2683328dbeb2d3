//! `kill -9` at any moment: what was acknowledged is there, and nothing is there by half.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;

use owt_core::AbsPath;
use owt_ports::EventStore;
use owt_ports::Integrity;
use owt_ports::Live;
use owt_ports::RowQuery;
use owt_ports::StreamKind;

use super::bench::Bench;
use super::bench::append_to;
use super::bench::open;
use super::bench::stream;
use super::rerun;

/// The child: appends for ever and says so after each.
#[test]
#[ignore = "the process that is killed by nothing_acknowledged_is_lost"]
fn appends_until_it_is_killed() {
    let Some(path) = rerun::path_from_parent() else { return };
    let store = open(&path);
    let mut at = store.load(&stream("one")).unwrap().map_or(0, |row| row.version);
    let mut out = std::io::stdout();
    loop {
        // Large enough to go through many pages, checkpoints too.
        let payload = format!("\"{at} {}\"", "x".repeat(3000));
        let sequence = store.append(&append_to("one", at, &payload)).unwrap();
        at += 1;
        writeln!(out, "\nacknowledged {at} {sequence:?}").unwrap();
    }
}

/// Lets the child append until it has acknowledged `enough` more, kills it, and returns its last word.
fn last_acknowledged(path: &AbsPath, enough: usize) -> u64 {
    let mut child = rerun::start("kill::appends_until_it_is_killed", path);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut words = lines.filter_map(|line| {
        line.strip_prefix("acknowledged ").and_then(|rest| rest.split(' ').next()?.parse().ok())
    });
    let before: Option<u64> = words.nth(enough - 1);
    child.kill().unwrap();
    // What the child wrote before it died is still in the pipe.
    let after = words.last();
    assert!(!child.wait().unwrap().success());
    after.or(before).expect("the child acknowledged nothing")
}

#[test]
fn nothing_acknowledged_is_lost() {
    let bench = Bench::new();
    for enough in [1, 7, 150, 400, 33] {
        let acknowledged = last_acknowledged(&bench.database(), enough);
        let store = bench.store();
        let head = store.head().unwrap();
        assert!(
            (acknowledged..=acknowledged + 1).contains(&head),
            "acknowledged {acknowledged}, found {head}"
        );
        let journal = store.journal(0, usize::MAX).unwrap();
        assert_eq!(
            journal.iter().map(|event| event.version).collect::<Vec<_>>(),
            (1..=head).collect::<Vec<_>>()
        );
        let row = store.load(&stream("one")).unwrap().unwrap();
        assert_eq!((row.version, &row.row.state), (head, &journal.last().unwrap().payload));
        assert_eq!(store.pending_effects(usize::MAX).unwrap().len() as u64, head);
        assert_eq!(store.health().unwrap().integrity, Integrity::Sound);
    }
    let query = RowQuery { kind: StreamKind::Job, parent: None, live_only: true, after: None, limit: 9 };
    let rows = bench.store().rows(&query).unwrap();
    assert_eq!(rows.iter().map(|row| row.row.live).collect::<Vec<_>>(), [Live::Yes]);
}
