//! A terminal's screen, with its colours (SGR, ECMA-48 8.3.117), as SVG. Pure.

use std::fmt::Write;

/// Size of a cell and of the border, in pixels.
const WIDE: f64 = 8.4;
const HIGH: f64 = 19.0;
const BORDER: f64 = 16.0;
/// The bar with the title.
const BAR: f64 = 30.0;

const BACKGROUND: &str = "#1b1d23";
const FOREGROUND: &str = "#d7dae0";
const FAINT: &str = "#868c98";
/// The sixteen colours of a terminal.
const COLOURS: [&str; 16] = [
    "#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0", //
    "#5c6370", "#ff7b86", "#b5e890", "#f5d76e", "#7cc4ff", "#dd9bf5", "#76d7e4", "#ffffff",
];

/// How text looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Look {
    colour: Option<String>,
    bold: bool,
    faint: bool,
}

/// Text of one look, and the column it begins at.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    column: usize,
    text: String,
    look: Look,
}

/// The screen as a picture. Blank rows at its end are left out.
pub(super) fn drawn(title: &str, screen: &str) -> String {
    let mut look = Look::default();
    let rows: Vec<Vec<Run>> = screen.trim_end().lines().map(|line| runs(line, &mut look)).collect();
    let ends = rows.iter().flatten().map(|run| run.column + run.text.chars().count());
    let columns = u32::try_from(ends.max().unwrap_or(0)).unwrap_or(0);
    let height = BAR + BORDER + HIGH * f64::from(u32::try_from(rows.len()).unwrap_or(0));
    let width = 2.0 * BORDER + WIDE * f64::from(columns);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"{title} in a terminal\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"14\" fill=\"{FOREGROUND}\" xml:space=\"preserve\">\n\
         <text x=\"{BORDER}\" y=\"20\" fill=\"{FAINT}\">{}</text>\n",
        escaped(title),
    );
    for (index, row) in rows.iter().enumerate() {
        let y = BAR + HIGH * f64::from(u32::try_from(index).unwrap_or(0)) + 14.0;
        for run in row {
            let x = BORDER + WIDE * f64::from(u32::try_from(run.column).unwrap_or(0));
            writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\"{}>{}</text>", run.look, escaped(&run.text))
                .expect("a string takes any text");
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// The pieces of a row. Each stands at its own column, so that no font moves the next; blanks are left out.
fn runs(line: &str, look: &mut Look) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut column = 0;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\x1b' {
            let sequence: String = letters.by_ref().take_while(|letter| *letter != 'm').collect();
            look.change(sequence.trim_start_matches('['));
            continue;
        }
        let goes_on = runs.last().is_some_and(|run| {
            run.look == *look && run.column + run.text.chars().count() == column && !run.text.ends_with("  ")
        });
        match runs.last_mut().filter(|_| goes_on) {
            Some(run) => run.text.push(letter),
            None if letter == ' ' => {}
            None => runs.push(Run { column, text: letter.to_string(), look: look.clone() }),
        }
        column += 1;
    }
    for run in &mut runs {
        run.text.truncate(run.text.trim_end().len());
    }
    runs
}

impl Look {
    /// Follows the parameters of one sequence; what it does not know, it leaves out.
    fn change(&mut self, parameters: &str) {
        let mut codes = parameters.split(';').map(|code| code.parse::<usize>().unwrap_or(0));
        while let Some(code) = codes.next() {
            match code {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.faint = true,
                22 => (self.bold, self.faint) = (false, false),
                30..=37 => self.colour = Some(COLOURS[code - 30].to_owned()),
                90..=97 => self.colour = Some(COLOURS[code - 82].to_owned()),
                39 => self.colour = None,
                38 if codes.next() == Some(5) => self.colour = codes.next().map(of_256),
                _ => {}
            }
        }
    }
}

/// A colour of xterm's 256: sixteen, a cube of six, greys.
fn of_256(code: usize) -> String {
    let level = |part: usize| if part == 0 { 0 } else { 55 + 40 * part };
    match code {
        0..=15 => COLOURS[code].to_owned(),
        16..=231 => {
            let cube = code - 16;
            format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        _ => format!("#{0:02x}{0:02x}{0:02x}", (8 + 10 * code.saturating_sub(232)).min(255)),
    }
}

impl std::fmt::Display for Look {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(colour) = self.colour.as_deref().or_else(|| self.faint.then_some(FAINT)) {
            write!(f, " fill=\"{colour}\"")?;
        }
        if self.bold { write!(f, " font-weight=\"bold\"") } else { Ok(()) }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_attributes_and_pieces_keep_their_columns() {
        let svg = drawn("t", "\x1b[1mA <b>\x1b[0m   \x1b[38;5;75mc\x1b[39m d\n\n");
        assert!(svg.contains("<text x=\"16.0\" y=\"44.0\" font-weight=\"bold\">A &lt;b&gt;</text>"), "{svg}");
        assert!(svg.contains("<text x=\"83.2\" y=\"44.0\" fill=\"#5fafff\">c</text>"), "{svg}");
        assert!(svg.contains("<text x=\"100.0\" y=\"44.0\">d</text>"), "{svg}");
        assert_eq!(svg.matches("<text").count(), 4);
    }

    #[test]
    fn a_look_lasts_over_the_end_of_a_row() {
        let svg = drawn("t", "\x1b[2ma\nb");
        assert_eq!(svg.matches(FAINT).count(), 3);
    }

    #[test]
    fn the_cube_and_the_greys() {
        assert_eq!(of_256(16), "#000000");
        assert_eq!(of_256(231), "#ffffff");
        assert_eq!(of_256(245), "#8a8a8a");
        assert_eq!(of_256(9), "#ff7b86");
    }
}
