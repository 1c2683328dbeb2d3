//! The part of `docs/agents.md` that tells the accuracy.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use super::matrix::Matrix;
use super::matrix::STATES;
use super::matrix::Score;

const BEGIN: &str = "<!-- accuracy: written by cargo xtask accuracy -->\n";
const END: &str = "<!-- accuracy ends -->\n";

/// Where the page is.
pub(crate) fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/agents.md")
}

/// The page with these numbers in it.
pub(crate) fn renewed(matrices: &[Matrix<'_>]) -> String {
    let page = fs::read_to_string(path()).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page marks where the numbers begin");
    let (_, after) = rest.split_once(END).expect("the page marks where the numbers end");
    format!("{before}{BEGIN}{}{END}{after}", told(matrices))
}

/// The numbers.
pub(crate) fn told(matrices: &[Matrix<'_>]) -> String {
    let mut text = String::from(
        "\n| program | draws within | pictures | right | set aside: pictures | set aside: right |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for matrix in matrices {
        let all = Score {
            right: matrix.seen.right + matrix.set_aside.right,
            all: matrix.seen.all + matrix.set_aside.all,
        };
        let _ = writeln!(
            text,
            "| {} {} | {} ms | {} | {} | {} | {} |",
            matrix.recording.agent,
            matrix.recording.version,
            matrix.to_draw(),
            all.all,
            percent(all),
            matrix.set_aside.all,
            percent(matrix.set_aside),
        );
    }
    matrices.iter().for_each(|matrix| text.push_str(&table(matrix)));
    text
}

fn table(matrix: &Matrix<'_>) -> String {
    let words: Vec<&str> = STATES.iter().map(|(_, word)| *word).collect();
    let mut text = format!(
        "\n{} {}: what it was doing, and what its screen was taken for\n\n| it was | n | {} | unknown | in a change: right of n |\n|---|---:|{}---:|---:|\n",
        matrix.recording.agent,
        matrix.recording.version,
        words.join(" | "),
        "---:|".repeat(words.len()),
    );
    for (index, word) in words.iter().enumerate() {
        let (cells, in_change) = (&matrix.cells[index], matrix.in_change[index]);
        let settled: usize = cells.iter().sum();
        if settled + in_change.all == 0 {
            continue;
        }
        let said: Vec<String> =
            cells.iter().map(|count| if *count == 0 { "·".to_owned() } else { count.to_string() }).collect();
        let _ = writeln!(
            text,
            "| {word} | {settled} | {} | {} of {} |",
            said.join(" | "),
            in_change.right,
            in_change.all
        );
    }
    text
}

fn percent(score: Score) -> String {
    let per_mille = score.per_mille();
    format!("{}.{} %", per_mille / 10, per_mille % 10)
}
