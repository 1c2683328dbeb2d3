//! `cargo run -p e2e --example record -- AGENT [SESSIONS]` records the screens of a real agent program, each with what
//! the program was doing then, into `crates/owt-agents/tests/corpus/recordings/AGENT.jsonl`.
//!
//! The program runs on a network of nothing but loopback, in a sealed home that it sees as `/srv/h`, in `/srv/repo`,
//! and asks the scripted model. What it was doing is known from the requests that reached the model and from the
//! keys that were typed, never from the screen. Needs Linux and root: for the folder that is called the same everywhere.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that is run by hand tells what it does"
)]
#![expect(clippy::unwrap_used, reason = "a recording that cannot be made fails there")]

mod program;
mod recording;
mod session;
mod terminal;
mod truth;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;

use owt_testkit::lab::Network;
use owt_testkit::lab::real_agents;
use serde_json::json;

use crate::program::Program;
use crate::session::Spoilt;
use crate::session::Take;

/// Rows and columns.
const SIZES: [(u16, u16); 4] = [(24, 80), (40, 120), (50, 200), (20, 60)];

/// How often each size is recorded, with other words.
const ROUNDS: usize = 5;

/// A session that is spoilt is tried again so often.
const TRIES: usize = 3;

/// Sessions at one time.
const SIDE_BY_SIDE: usize = 4;

const SESSION_LIMIT: Duration = Duration::from_secs(360);

/// What the recorder itself is told inside its own network and folder.
const INSIDE: &str = "--inside";

/// Shows a folder as another one, to what is run in it alone.
const SHOW_AS_SRV: &str = "mount --bind \"$1\" /srv && shift && exec \"$@\"";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [INSIDE, name, rows, columns, round] => inside(name, [rows, columns, round]),
        [name] => record(name, SIZES.len() * ROUNDS),
        [name, sessions] => record(name, sessions.parse().unwrap()),
        _ => {
            eprintln!("usage: record AGENT [SESSIONS]; agents: {}", Program::names());
            ExitCode::from(2)
        }
    }
}

/// One session, printed.
fn inside(name: &str, numbers: [&str; 3]) -> ExitCode {
    let [rows, columns, round] = numbers.map(|number| number.parse::<u16>().unwrap());
    let program = Program::named(name).unwrap();
    match session::record(program, Take { rows, columns, round: round.into() }, Path::new("/srv")) {
        Ok(lines) => {
            let head = json!({
                "session": format!("{name} {columns}x{rows} {round}"), "program": name, "version": program.agent.version,
                "rows": rows, "columns": columns,
            });
            println!("{head}");
            lines.iter().for_each(|line| println!("{line}"));
            ExitCode::SUCCESS
        }
        Err(Spoilt(why)) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn record(name: &str, sessions: usize) -> ExitCode {
    let Some(program) = Program::named(name) else {
        eprintln!("no program '{name}'; there are: {}", Program::names());
        return ExitCode::from(2);
    };
    real_agents().and_then(|agents| agents.require(program.agent)).unwrap();
    let round = |round: usize| SIZES.map(|(rows, columns)| Take { rows, columns, round });
    let takes: Vec<Take> = (0..ROUNDS).flat_map(round).take(sessions).collect();
    let recorded: Mutex<Vec<(usize, String)>> = Mutex::default();
    let waiting = Mutex::new(takes.iter().enumerate());
    std::thread::scope(|scope| {
        for number in 0..SIDE_BY_SIDE {
            let work = || {
                while let Some((index, take)) = { waiting.lock().unwrap().next() } {
                    if let Some(text) = try_to_record(name, *take) {
                        recorded.lock().unwrap().push((index, text));
                    }
                }
            };
            std::thread::Builder::new().name(format!("record-{number}")).spawn_scoped(scope, work).unwrap();
        }
    });
    let mut recorded = recorded.into_inner().unwrap();
    recorded.sort();
    let lines = recorded.iter().flat_map(|(_, text)| text.lines());
    let text = recording::with_each_text_once(lines.map(|line| serde_json::from_str(line).unwrap()));
    fs::create_dir_all(folder()).unwrap();
    let file = folder().join(format!("{name}.jsonl"));
    fs::write(&file, text).unwrap();
    println!("{} of {} sessions in {}", recorded.len(), takes.len(), file.display());
    if recorded.len() == takes.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../owt-agents/tests/corpus/recordings")
}

fn try_to_record(name: &str, take: Take) -> Option<String> {
    (0..TRIES).find_map(|_| match record_apart(name, take) {
        Ok(text) => {
            println!("recorded {name} {take:?}: {} lines", text.lines().count());
            Some(text)
        }
        Err(why) => {
            eprintln!("spoilt: {name} {take:?}: {why}");
            None
        }
    })
}

/// One session in a network and a `/srv` of its own.
fn record_apart(name: &str, take: Take) -> Result<String, String> {
    let network = Network::open();
    if let Network::Shared(reason) = &network {
        return Err(reason.to_string());
    }
    let root = tempfile::tempdir().map_err(|error| error.to_string())?;
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = network
        .command("unshare")
        .args(["--mount", "--", "sh", "-c", SHOW_AS_SRV, "sh"])
        .arg(root.path())
        .arg(this)
        .args([INSIDE.to_owned(), name.to_owned()])
        .args(
            [usize::from(take.rows), usize::from(take.columns), take.round].map(|number| number.to_string()),
        )
        .timeout(SESSION_LIMIT)
        .run()
        .map_err(|error| error.to_string())?;
    match output.success() {
        true => Ok(output.stdout_utf8_lossy().to_string()),
        false => Err(output.stderr_utf8_lossy().to_string()),
    }
}
