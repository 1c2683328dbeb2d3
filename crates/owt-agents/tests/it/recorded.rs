//! The accuracy that `docs/agents.md` tells is the accuracy of these rules over these recordings.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use owt_agents::Catalog;

use crate::accuracy::judge;
use crate::accuracy::matrix::Matrix;
use crate::accuracy::page;
use crate::accuracy::recordings;
use crate::accuracy::recordings::Recording;

/// What the rules should reach.
const AIM_PER_MILLE: usize = 990;

/// What all recordings together may take, in bytes.
const MOST: u64 = 5 * 512 * 1024;

/// How many pictures there are at least of each state that a program was recorded in.
const LEAST: usize = 20;

/// Judged once for all tests.
fn judged() -> &'static [Matrix<'static>] {
    static RECORDED: OnceLock<(Vec<Recording>, Catalog)> = OnceLock::new();
    static JUDGED: OnceLock<Vec<Matrix<'static>>> = OnceLock::new();
    let (recordings, catalog) = RECORDED.get_or_init(|| (recordings::all(), Catalog::built_in()));
    JUDGED.get_or_init(|| judge(recordings, catalog))
}

#[test]
fn the_page_tells_the_accuracy_of_these_rules() {
    let renewed = page::renewed(judged());
    assert!(
        fs::read_to_string(page::path()).unwrap() == renewed,
        "docs/agents.md is out of date: cargo xtask accuracy"
    );
}

#[test]
fn rules_reach_their_aim_and_miss_no_state() {
    for matrix in judged() {
        let name = &matrix.recording.agent;
        let lessons = || matrix.lessons().map(ToString::to_string).collect::<String>();
        assert!(matrix.seen.per_mille() >= AIM_PER_MILLE, "{name}: {:?}\n{}", matrix.seen, lessons());
        assert!(matrix.set_aside.all * 5 > matrix.seen.all, "{name}: enough is set aside");
        for (cells, in_change) in matrix.cells.iter().zip(matrix.in_change) {
            let count = cells.iter().sum::<usize>() + in_change.all;
            assert!(count == 0 || count >= LEAST, "{name}: {cells:?} {in_change:?}");
        }
    }
}

#[test]
fn recordings_are_of_the_versions_that_manifests_name() {
    let catalog = Catalog::built_in();
    for recording in judged().iter().map(|matrix| matrix.recording) {
        let manifest = catalog.get(&recording.agent).unwrap();
        assert!(manifest.seen_versions.contains(&recording.version), "{}", recording.agent);
    }
}

#[test]
fn recordings_are_small_and_name_no_machine() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/recordings");
    let mut bytes = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        bytes += text.len() as u64;
        for foreign in [" /home/", "'/home/", " /tmp/", "'/tmp/"] {
            let line = text.lines().find(|line| line.contains(foreign));
            assert_eq!(line, None, "only /srv is the same on every machine");
        }
    }
    assert!(bytes <= MOST, "{bytes} bytes");
}
