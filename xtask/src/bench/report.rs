//! What was measured: as a table for the terminal and as a page for the repository.

use std::fmt::Write;
use std::time::Duration;

use super::timing::Sample;
use super::timing::millis;
use crate::failure::Failure;
use crate::rig::Rig;
use crate::rig::processes::Kibibytes;

/// What a number is measured in.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    Millis,
    Mebibytes,
    Percent,
}

/// The most that a number should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Aim {
    most: f64,
    unit: Unit,
}

impl Aim {
    pub(super) const fn millis(most: f64) -> Self {
        Self { most, unit: Unit::Millis }
    }

    /// So much above a floor.
    pub(super) fn millis_above(most: f64, floor: Duration) -> Self {
        Self::millis(most + millis(floor))
    }

    pub(super) const fn mebibytes(most: f64) -> Self {
        Self { most, unit: Unit::Mebibytes }
    }

    pub(super) const fn percent(most: f64) -> Self {
        Self { most, unit: Unit::Percent }
    }
}

/// One thing that was measured.
#[derive(Debug, Clone)]
pub(super) struct Row {
    what: String,
    value: Option<f64>,
    unit: Unit,
    tail: Option<(u32, f64)>,
    floor: Option<(String, f64)>,
    aim: Option<Aim>,
    judged: Judged,
    because: &'static str,
}

/// What of a row is held against its aim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    Value,
    Tail,
}

impl Row {
    fn new(what: &str, value: Option<f64>, unit: Unit) -> Self {
        Self {
            what: what.to_owned(),
            value,
            unit,
            tail: None,
            floor: None,
            aim: None,
            judged: Judged::Value,
            because: "",
        }
    }

    pub(super) fn time(what: &str, sample: &Sample) -> Self {
        let row = Self::new(what, Some(millis(sample.median())), Unit::Millis);
        Self { tail: (sample.runs() > 1).then(|| (90, millis(sample.p90()))), ..row }
    }

    /// A time of which those that take longest matter: what they take counts for the aim.
    pub(super) fn wait(what: &str, sample: &Sample) -> Self {
        let row =
            Self::new(&format!("{what} (n {})", sample.runs()), Some(millis(sample.median())), Unit::Millis);
        Self { tail: Some((95, millis(sample.p95()))), judged: Judged::Tail, ..row }
    }

    /// The same, where one in twenty is too often.
    pub(super) fn reaction(what: &str, sample: &Sample) -> Self {
        Self { tail: Some((99, millis(sample.p99()))), ..Self::wait(what, sample) }
    }

    /// `None` where it cannot be measured.
    pub(super) fn memory(what: &str, memory: Option<Kibibytes>) -> Self {
        Self::new(what, memory.map(Kibibytes::mebibytes), Unit::Mebibytes)
    }

    /// `None` where it cannot be measured.
    pub(super) fn disk(what: &str, bytes: Option<u64>) -> Self {
        Self::new(what, bytes.map(|bytes| bytes as f64 / 1_048_576.0), Unit::Mebibytes)
    }

    /// `None` where it cannot be measured.
    pub(super) fn share(what: &str, percent: Option<f64>) -> Self {
        Self::new(what, percent, Unit::Percent)
    }

    pub(super) fn beside(self, what: &str, sample: &Sample) -> Self {
        Self { floor: Some((what.to_owned(), millis(sample.median()))), ..self }
    }

    pub(super) fn aim(self, aim: Aim) -> Self {
        Self { aim: Some(aim), ..self }
    }

    /// Why it is, should it miss its aim.
    pub(super) fn because(self, because: &'static str) -> Self {
        Self { because, ..self }
    }

    fn misses(&self) -> bool {
        let counts = match self.judged {
            Judged::Value => self.value,
            Judged::Tail => self.tail.map(|(_, tail)| tail),
        };
        matches!((self.aim, counts), (Some(aim), Some(value)) if value > aim.most)
    }

    /// The columns of a table.
    fn cells(&self) -> [String; 6] {
        let value = match (self.value, self.tail) {
            (None, _) => "not measured here".to_owned(),
            (Some(value), None) => number(value, self.unit),
            (Some(value), Some((percent, tail))) => {
                format!("{} (p{percent} {})", number(value, self.unit), number(tail, self.unit))
            }
        };
        let (floor, ratio) = match (&self.floor, self.value) {
            (Some((what, floor)), Some(value)) => {
                (format!("{} {what}", number(*floor, self.unit)), format!("{:.1}x", value / floor))
            }
            _ => (String::new(), String::new()),
        };
        let (aim, verdict) = match (self.aim, self.value) {
            (Some(aim), Some(_)) => {
                let verdict = if self.misses() { "no" } else { "yes" };
                (format!("<= {}", number(aim.most, aim.unit)), verdict.to_owned())
            }
            _ => (String::new(), String::new()),
        };
        [self.what.clone(), value, floor, ratio, aim, verdict]
    }
}

fn number(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Millis if value < 10.0 => format!("{value:.2} ms"),
        Unit::Millis => format!("{value:.1} ms"),
        Unit::Mebibytes if value < 0.1 => format!("{:.0} KiB", value * 1024.0),
        Unit::Mebibytes => format!("{value:.1} MiB"),
        Unit::Percent => format!("{value:.2} %"),
    }
}

const HEADINGS: [&str; 6] = ["what", "measured", "floor", "ratio", "aim", "met"];

/// Everything that was measured, on which machine.
pub(super) struct Report {
    machine: String,
    rows: Vec<Row>,
}

impl Report {
    /// Nothing yet.
    pub(super) fn new(rig: &Rig) -> Result<Self, Failure> {
        Ok(Self { machine: machine(rig)?, rows: Vec::new() })
    }

    /// Adds a row, and tells it at once.
    pub(super) fn add(&mut self, row: Row) {
        let [what, value, ..] = row.cells();
        println!("{what}: {value}");
        self.rows.push(row);
    }

    /// For a terminal.
    pub(super) fn table(&self) -> String {
        let lines = self.lines();
        let widths: Vec<usize> = (0..HEADINGS.len())
            .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
            .collect();
        let mut text = format!("\n{}\n\n", self.machine);
        for line in &lines {
            let cells: Vec<String> =
                line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
            text.push_str(cells.join("  ").trim_end());
            text.push('\n');
        }
        text
    }

    /// For the repository: the machine, the table, and why what misses its aim does.
    pub(super) fn section(&self) -> String {
        let because = |row: &&Row| row.misses() && !row.because.is_empty();
        let short: Vec<String> = self
            .rows
            .iter()
            .filter(because)
            .map(|row| format!("- {}: {}\n", row.what, row.because))
            .collect();
        let short = if short.is_empty() {
            String::new()
        } else {
            format!("\nShort of the aim:\n\n{}", short.concat())
        };
        format!("{}{short}", self.rows_of_page())
    }

    /// The machine and the table alone, as they stand on a page.
    pub(super) fn rows_of_page(&self) -> String {
        let mut text = format!("{}\n\n", self.machine);
        for (index, line) in self.lines().iter().enumerate() {
            writeln!(text, "| {} |", line.join(" | ")).expect("a string takes any text");
            if index == 0 {
                writeln!(text, "|{}", " --- |".repeat(HEADINGS.len())).expect("a string takes any text");
            }
        }
        text
    }

    fn lines(&self) -> Vec<[String; 6]> {
        let headings = HEADINGS.map(str::to_owned);
        std::iter::once(headings).chain(self.rows.iter().map(Row::cells)).collect()
    }
}

fn machine(rig: &Rig) -> Result<String, Failure> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("an unnamed processor", |(_, name)| name.trim());
    let git = rig.git(&rig.root, &["--version"]).read()?;
    let owt = rig.owt(&["version"]).read()?;
    Ok(format!("{}, {}, {} cores, {model}.", owt.trim(), git.trim(), cores))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(took: &[u64]) -> Sample {
        Sample::of(took.iter().copied().map(Duration::from_millis).collect())
    }

    #[test]
    fn a_row_says_whether_its_aim_was_met() {
        let row = Row::time("x", &sample(&[4, 5, 6])).beside("y", &sample(&[2])).aim(Aim::millis(4.5));
        assert_eq!(row.cells(), ["x", "5.00 ms (p90 6.00 ms)", "2.00 ms y", "2.5x", "<= 4.50 ms", "no"]);
        let row = Row::time("x", &sample(&[160])).aim(Aim::millis_above(150.0, Duration::from_millis(20)));
        assert_eq!(row.cells(), ["x", "160.0 ms", "", "", "<= 170.0 ms", "yes"]);
    }

    #[test]
    fn of_a_wait_the_longest_count() {
        let row = Row::wait("x", &sample(&[1, 1, 1, 1, 1, 1, 1, 1, 1, 9])).aim(Aim::millis(5.0));
        assert_eq!(row.cells(), ["x (n 10)", "1.00 ms (p95 9.00 ms)", "", "", "<= 5.00 ms", "no"]);
    }

    #[test]
    fn a_missed_aim_is_explained_and_a_met_one_is_not() {
        let mut report = Report { machine: "a machine".to_owned(), rows: Vec::new() };
        report.add(Row::time("x", &sample(&[4])).aim(Aim::millis(3.0)).because("it is slow"));
        report.add(Row::time("y", &sample(&[2])).aim(Aim::millis(3.0)).because("never"));
        assert!(report.section().ends_with("\n\nShort of the aim:\n\n- x: it is slow\n"));
        assert!(!report.section().contains("never"));
    }

    #[test]
    fn what_cannot_be_measured_is_said_and_not_judged() {
        let row = Row::memory("x", None).aim(Aim::mebibytes(1.0));
        assert_eq!(row.cells(), ["x", "not measured here", "", "", "", ""]);
    }

    #[test]
    fn table_and_section_hold_every_row() {
        let mut report = Report { machine: "a machine".to_owned(), rows: Vec::new() };
        report.add(Row::memory("server", Some(Kibibytes(2048))));
        assert!(report.table().contains("\nserver  2.0 MiB\n"));
        assert!(report.section().contains("| server | 2.0 MiB |  |  |  |  |"));
        assert!(report.section().contains("| what | measured | floor | ratio | aim | met |\n| --- | --- |"));
    }
}
