//! The hidden commands `host --launch FILE`, `host-attach [--person] SOCKET` and `pane --launch FILE NUMBER` alone, for the tests of this crate.

use std::process::ExitCode;

use owt_core::AbsPath;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let path = |text: &str| AbsPath::new(text).expect("tests give absolute paths");
    ExitCode::from(match words.as_slice() {
        ["host", "--launch", file] => owt_terminal::host::run(&path(file)),
        ["host-attach", socket] => owt_terminal::attach::run(&path(socket)),
        ["host-attach", "--person", socket] => owt_terminal::relay::run(&path(socket)),
        ["pane", "--launch", file, number] => {
            owt_terminal::pane::run(&path(file), number.parse().unwrap_or(0))
        }
        _ => 2,
    })
}
