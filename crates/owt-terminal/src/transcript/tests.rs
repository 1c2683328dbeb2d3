//! Logs as their hosts write them, read as transcripts.

use std::io::Write;
use std::time::Duration;
use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::sizes::SizeRecord;

struct Recorded {
    _folder: tempfile::TempDir,
    files: AttemptFiles,
    sizes: SizeRecord,
}

impl Recorded {
    fn new(rows: u16, columns: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = AttemptFiles::around(&AbsPath::new(folder.path().join("launch.json")).unwrap()).unwrap();
        let sizes = SizeRecord::open(&files.sizes()).unwrap();
        let mut recorded = Self { _folder: folder, files, sizes };
        recorded.print(b"");
        recorded.resize(rows, columns);
        recorded
    }

    fn print(&self, bytes: &[u8]) {
        let log = self.files.log(Stream::Output);
        let mut file = std::fs::File::options().append(true).create(true).open(log).unwrap();
        file.write_all(bytes).unwrap();
    }

    fn resize(&mut self, rows: u16, columns: u16) {
        let written = std::fs::metadata(self.files.log(Stream::Output)).unwrap().len();
        self.sizes.note(written, Size::told(rows, columns).unwrap());
    }

    fn transcript(&self) -> LogTranscript {
        LogTranscript::open(&self.files).unwrap()
    }

    fn whole(&self) -> Vec<String> {
        self.transcript().rest().unwrap()
    }
}

/// The whole of a log on a terminal of 5 rows and 20 columns.
fn whole(bytes: &[u8]) -> Vec<String> {
    let recorded = Recorded::new(5, 20);
    recorded.print(bytes);
    recorded.whole()
}

#[test]
fn lines_that_scrolled_away_come_before_the_screen() {
    let text: String = (1..=9).map(|n| format!("\x1b[3{}mline {n}\x1b[m\r\n", n % 8)).collect();
    let expected: Vec<String> = (1..=9).map(|n| format!("line {n}")).collect();
    assert_eq!(whole(text.as_bytes()), expected);
}

#[test]
fn long_lines_are_joined_again_wherever_they_scrolled() {
    let long = "0123456789".repeat(12);
    assert_eq!(whole(format!("{long}\r\nnext").as_bytes()), [long.as_str(), "next"]);
    let inner = "0123456789".repeat(6);
    assert_eq!(whole(format!("{inner}\r\nnext\r\n").as_bytes()), [inner.as_str(), "next"]);
}

#[test]
fn a_progress_that_draws_over_itself_is_one_line() {
    let spinner: String = (0..100).map(|n| format!("\r\x1b[2Kworking {n}%")).collect();
    assert_eq!(whole(format!("begin\r\n{spinner}\r\nend").as_bytes()), ["begin", "working 99%", "end"]);
}

/// What ink does: the lines of the last frame are erased upwards, and drawn anew below what has become final.
#[test]
fn frames_that_erase_themselves_leave_what_became_final() {
    let mut text = String::from("\r\n> prompt\r\nstatus");
    for n in 1..=8 {
        text.push_str(&format!("\x1b[2K\x1b[1A\x1b[2K\x1b[Gsaid {n}\r\n> prompt\r\nstatus"));
    }
    let expected = ["", "said 1", "said 2", "said 3", "said 4", "said 5", "said 6", "said 7", "said 8"];
    assert_eq!(whole(text.as_bytes()), [&expected[..], &["> prompt", "status"]].concat());
}

/// What ink does with a frame that is higher than the terminal.
#[test]
fn a_program_that_clears_all_and_prints_all_again_is_told_once() {
    let said: String = (1..=9).map(|n| format!("said {n}\r\n")).collect();
    let frames: String =
        (1..=50).map(|n| format!("\x1b[2J\x1b[3J\x1b[H{said}busy {n}\r\na\r\nb\r\nc\r\nd\r\ne")).collect();
    let mut expected: Vec<String> = (1..=9).map(|n| format!("said {n}")).collect();
    expected.extend(["busy 50", "a", "b", "c", "d", "e"].map(str::to_owned));
    assert_eq!(whole(frames.as_bytes()), expected);
}

/// What Codex without the alternate screen does: history goes into a region above its box.
#[test]
fn lines_that_leave_a_region_at_the_top_are_kept() {
    let mut text = String::from("\x1b[4;1Hbox\x1b[5;1Hstatus");
    for n in 1..=6 {
        text.push_str(&format!("\x1b[1;3r\x1b[3;1H\r\nsaid {n}\x1b[r"));
    }
    let lines = whole(text.as_bytes());
    let spoken: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
    assert_eq!(spoken, ["said 1", "said 2", "said 3", "said 4", "said 5", "said 6", "box", "status"]);
}

#[test]
fn the_alternate_screen_is_what_was_last_on_it_and_what_passed_before() {
    let before = "one\r\ntwo\r\n";
    let full_screen = "\x1b[?1049h\x1b[H\x1b[2Jfirst picture\x1b[H\x1b[2Jlast\x1b[3;4Hpicture";
    assert_eq!(whole(format!("{before}{full_screen}").as_bytes()), ["one", "two", "last", "", "   picture"]);
    let after = "\x1b[?1049lthree\r\nfour\r\nfive\r\nsix\r\nseven";
    assert_eq!(
        whole(format!("{before}{full_screen}{after}").as_bytes()),
        ["one", "two", "last", "", "   picture", "three", "four", "five", "six", "seven"]
    );
    let twice = format!("{before}{full_screen}\x1b[?1049l{full_screen}\x1b[?1049l");
    assert_eq!(whole(twice.as_bytes()), ["one", "two", "last", "", "   picture", "last", "", "   picture"]);
}

#[test]
fn each_byte_is_drawn_at_the_size_that_the_terminal_had() {
    let mut recorded = Recorded::new(5, 20);
    recorded.print(b"0123456789ABCDEF\r\n");
    recorded.resize(5, 10);
    recorded.print(b"0123456789ABCDEF\r\n\x1b[999;999H@");
    assert_eq!(recorded.whole(), ["0123456789", "0123456789ABCDEF", "", "         @"]);
}

#[test]
fn lines_are_told_once_when_the_terminal_shrinks_and_grows_again() {
    let mut recorded = Recorded::new(6, 20);
    recorded.print(b"a\r\nb\r\nc\r\nd\r\ne\r\nf");
    for (rows, text) in [(3, ""), (6, ""), (4, ""), (6, "\r\ng")] {
        recorded.resize(rows, 20);
        recorded.print(text.as_bytes());
        recorded.print(b"\x1b[m");
    }
    assert_eq!(recorded.whole(), ["a", "b", "c", "d", "e", "f", "g"]);
}

#[test]
fn a_follower_is_told_settled_lines_and_the_screen_at_the_end() {
    let recorded = Recorded::new(3, 20);
    let mut following = recorded.transcript();
    assert_eq!(following.news().unwrap(), [""; 0]);
    recorded.print(b"one\r\ntwo\r\nthree\r\nfour\r\nfive\r\nsi");
    assert_eq!(following.news().unwrap(), ["one", "two"]);
    recorded.print(b"x\r\nseven");
    assert_eq!(following.news().unwrap(), ["three"]);
    assert_eq!(following.rest().unwrap(), ["four", "five", "six", "seven"]);
}

#[test]
fn a_follower_is_told_what_is_showing_when_nothing_more_comes_and_each_line_once() {
    let recorded = Recorded::new(6, 20);
    let mut following = recorded.transcript();
    let mut news = || following.news().unwrap();
    recorded.print(b"one\r\n\r\ntwo\r\n> ask me");
    assert_eq!(news(), [""; 0], "more may come at once");
    assert_eq!(news(), ["one", "", "two"], "the line with the cursor may not be finished");
    assert_eq!(news(), [""; 0]);
    // It draws its last line anew, below more.
    recorded.print(b"\r\x1b[Kthree\r\n\r\n> ask me");
    assert_eq!(news(), [""; 0]);
    assert_eq!(news(), ["three"]);
    recorded.print(b"\r\x1b[Kfour\r\nfive\r\nsix\r\nseven\r\n> ask me");
    assert_eq!(news(), [""; 0], "what scrolled away was told before");
    assert_eq!(news(), ["", "four", "five", "six", "seven"]);
    assert_eq!(following.rest().unwrap(), ["> ask me"]);
}

#[test]
fn a_log_of_a_hundred_megabytes_is_read_from_within_reach_of_its_end() {
    let recorded = Recorded::new(24, 80);
    let part: String = (0..20_000)
        .map(|n| format!("\x1b[1mline\x1b[m {n:06} of a long day's talk, told again\r\n"))
        .collect();
    let count = 100 * 1024 * 1024 / part.len();
    for _ in 0..count {
        recorded.print(part.as_bytes());
    }
    let begun = Instant::now();
    let mut transcript = recorded.transcript();
    let lines = transcript.rest().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    let Omitted { bytes, lines: dropped } = transcript.omitted();
    let length = (count * part.len()) as u64;
    assert!(bytes >= length - REACH && bytes < length - REACH + 200, "{bytes} of {length}");
    assert!(lines[0].starts_with("line ") && lines.last().unwrap().contains("019999"), "{:?}", lines.last());
    assert!(dropped > 0 && lines.iter().map(String::len).sum::<usize>() < usize::try_from(REACH).unwrap());
}

/// Panes of Claude Code 2.1.197 and Codex 0.169.0 with their colours, beside what stood in them.
#[test]
fn recorded_screens_of_real_programs_are_read_as_they_were_shown() {
    let screens = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../owt-agents/tests/corpus/screens");
    let mut seen = 0;
    for entry in std::fs::read_dir(&screens).unwrap() {
        let coloured = entry.unwrap().path();
        if coloured.extension().is_none_or(|extension| extension != "ansi") {
            continue;
        }
        let plain = std::fs::read_to_string(coloured.with_extension("txt")).unwrap();
        let mut shown: Vec<&str> = plain.lines().map(str::trim_end).collect();
        while shown.last().is_some_and(|line| line.is_empty()) {
            shown.pop();
        }
        let recorded = Recorded::new(10, 400);
        let bytes = std::fs::read_to_string(&coloured).unwrap().replace('\n', "\r\n");
        recorded.print(bytes.as_bytes());
        assert_eq!(recorded.whole(), shown, "{}", coloured.display());
        seen += 1;
    }
    assert!(seen >= 2);
}

proptest! {
    #[test]
    fn whatever_was_printed_the_lines_are_inert_and_a_follower_misses_none(
        parts in prop::collection::vec(prop_oneof![
            "[a-z漢é ]{0,30}", Just("\r\n".to_owned()), "\x1b\\[[0-9;?]{0,6}[@-~]", "\x1b[78McDE]",
            Just("\x1b[?1049h".to_owned()), Just("\x1b[?1049l".to_owned()), Just("\x1b[3J".to_owned()),
            Just("\x1b]0;title\x07".to_owned()), Just("\x07\x08\x0b\u{9b}1m\u{202e}".to_owned()),
        ], 0..60),
        sizes in prop::collection::vec((1u16..8, 1u16..30), 4),
    ) {
        let mut recorded = Recorded::new(4, 12);
        let mut following = recorded.transcript();
        let mut told = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            recorded.print(part.as_bytes());
            if at % 15 == 0 {
                let (rows, columns) = sizes[at / 15 % 4];
                recorded.resize(rows, columns);
                told.extend(following.news().unwrap());
            }
        }
        told.extend(following.rest().unwrap());
        for line in recorded.whole().iter().chain(&told) {
            prop_assert!(!line.contains(char::is_control), "{:?}", line);
        }
    }

    #[test]
    fn plain_text_comes_back_as_it_was(lines in prop::collection::vec("[a-zé]{1,50}", 0..40)) {
        let recorded = Recorded::new(6, 17);
        let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        recorded.print(text.as_bytes());
        prop_assert_eq!(recorded.whole(), lines);
    }
}
