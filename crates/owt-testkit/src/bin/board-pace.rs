//! `board-pace PROGRAM FOLDER ROWS RUNS` looks at the board on a terminal as a person does, and prints as JSON how long it took
//! to its first picture and from a key to the picture after it, beside floors on the same kind of terminal, and what the board
//! takes while nothing happens. For `cargo xtask bench`.

use std::error::Error;
use std::fs;
use std::io;
use std::io::Write as _;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use owt_process::Cmd;
use owt_testkit::lab::Seat;
use serde_json::json;

/// The terminal's rows and columns.
const SIZE: (u16, u16) = (40, 120);

/// The board in known colours: no terminal here says which background it has.
const BOARD: &[&str] = &["--theme", "dark"];

/// For how long the board is left alone.
const REST: Duration = Duration::from_secs(20);

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [program, folder, rows, runs] = words.as_slice() else {
        return Err("board-pace PROGRAM FOLDER ROWS RUNS".into());
    };
    let (rows, runs) = (rows.parse::<usize>()?, runs.parse::<usize>()?);
    let owt = |words: &[&str]| Cmd::new(program).args(words.iter().copied()).current_dir(folder);
    let (mut starts, mut versions) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        starts.push(start(&owt, rows));
        versions.push(version(&owt));
    }
    let mut seat = Seat::take(owt(BOARD), SIZE.0, SIZE.1);
    seat.until("the rows", |screen| shows(screen, rows));
    let keys = keys(&mut seat, runs * 10);
    let (idle_percent, resident_kib) = at_rest(seat.pid());
    leave(&mut seat);
    let told = json!({ "starts": starts, "versions": versions, "keys": keys, "echoes": echoes(runs * 10),
        "idle_percent": idle_percent, "resident_kib": resident_kib });
    writeln!(io::stdout(), "{told}")?;
    Ok(())
}

/// Whether the head of the board has counted all of them.
fn shows(screen: &vt100::Screen, rows: usize) -> bool {
    let text = screen.contents();
    let counts = text.lines().next().unwrap_or_default().split(" · ").skip(1);
    let count = counts.filter_map(|words| words.split(' ').next()?.parse::<usize>().ok());
    count.sum::<usize>() >= rows && text.contains("? help")
}

/// Microseconds from the start to the picture with all rows.
fn start(owt: &dyn Fn(&[&str]) -> Cmd, rows: usize) -> u128 {
    let begun = Instant::now();
    let mut seat = Seat::take(owt(BOARD), SIZE.0, SIZE.1);
    seat.until("the rows", |screen| shows(screen, rows));
    let took = begun.elapsed().as_micros();
    leave(&mut seat);
    took
}

fn leave(seat: &mut Seat) {
    seat.types("q");
    seat.until_ended();
}

/// The floor of a start: the same program, which asks nobody.
fn version(owt: &dyn Fn(&[&str]) -> Cmd) -> u128 {
    let begun = Instant::now();
    let mut seat = Seat::take(owt(&["version"]), SIZE.0, SIZE.1);
    seat.until_shown("owt");
    let took = begun.elapsed().as_micros();
    seat.until_ended();
    took
}

/// Microseconds from a key that selects another row to the picture in which it is.
fn keys(seat: &mut Seat, count: usize) -> Vec<u128> {
    let selected = |screen: &vt100::Screen| screen.contents().lines().position(|line| line.starts_with('▶'));
    let mut took = Vec::new();
    for number in 0..count {
        let before = selected(seat.screen());
        let begun = Instant::now();
        seat.types(if number % 2 == 0 { "j" } else { "k" });
        seat.until("another row", |screen| selected(screen).is_some_and(|at| Some(at) != before));
        took.push(begun.elapsed().as_micros());
    }
    took
}

/// The floor of a key: a program that gives back what it gets.
fn echoes(count: usize) -> Vec<u128> {
    let mut seat = Seat::take(Cmd::new("cat"), SIZE.0, SIZE.1);
    let mut took = Vec::new();
    for _ in 0..count {
        let before = seat.screen().cursor_position();
        let begun = Instant::now();
        seat.types("x");
        seat.until("an echo", |screen| screen.cursor_position() != before);
        took.push(begun.elapsed().as_micros());
    }
    seat.types("\n\u{4}");
    seat.until_ended();
    took
}

/// What it takes of one core, and of memory; `None` where the system does not tell.
fn at_rest(pid: u32) -> (Option<f64>, Option<u64>) {
    let Some(before) = ran(pid) else { return (None, None) };
    let (_silent, silence) = mpsc::channel::<()>();
    // It only ever ends by its length.
    let _ = silence.recv_timeout(REST);
    let used = ran(pid).unwrap_or(before).saturating_sub(before);
    let percent = 100.0 * used.as_secs_f64() / REST.as_secs_f64();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
    (Some(percent), resident.and_then(|kib| kib.parse().ok()))
}

/// For how long its threads have run: the first number of each one's schedstat, in nanoseconds
/// (Documentation/scheduler/sched-stats.rst). Ticks would be too coarse for who does next to nothing.
fn ran(pid: u32) -> Option<Duration> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let of_one = |path: std::path::PathBuf| {
        fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse::<u64>().ok()
    };
    let nanos = threads.flatten().filter_map(|thread| of_one(thread.path()));
    Some(Duration::from_nanos(nanos.sum()))
}
