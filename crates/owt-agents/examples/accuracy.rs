//! `cargo xtask accuracy`: judges every recorded screen, prints what came of it, and writes it into `docs/agents.md`.
//!
//! `--misses AGENT` prints instead the pictures that the rules are wrong about, but for those that are set aside.

#![expect(clippy::print_stdout, reason = "a program that is run by hand")]
#![expect(clippy::unwrap_used, reason = "a page that cannot be written fails there")]

#[path = "../tests/it/accuracy/mod.rs"]
mod accuracy;

use accuracy::page;
use owt_agents::Catalog;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (recordings, catalog) = (accuracy::recordings::all(), Catalog::built_in());
    let matrices = accuracy::judge(&recordings, &catalog);
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--misses", agent] => {
            let of_agent = matrices.iter().filter(|matrix| matrix.recording.agent == agent);
            of_agent.flat_map(accuracy::matrix::Matrix::lessons).for_each(|miss| println!("{miss}"));
        }
        _ => {
            std::fs::write(page::path(), page::renewed(&matrices)).unwrap();
            println!("{}", page::told(&matrices));
        }
    }
}
