//! A picture of the board as SVG. Pure.

use std::fmt::Write as _;

use ratatui_core::buffer::Buffer;
use ratatui_core::buffer::Cell;
use ratatui_core::style::Color;
use ratatui_core::style::Modifier;
use unicode_width::UnicodeWidthStr as _;

/// Size of a cell and of the border, in pixels.
const WIDE: f64 = 8.4;
const HIGH: f64 = 19.0;
const BORDER: f64 = 12.0;

const BACKGROUND: &str = "#1b1d23";
const FOREGROUND: &str = "#d7dae0";
const FONT: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

/// What of one look stands beside one another.
struct Run {
    column: u16,
    columns: u16,
    text: String,
    fg: Color,
    bg: Color,
    bold: bool,
}

/// The screen as a picture.
pub(crate) fn drawn(title: &str, buffer: &Buffer) -> String {
    let (columns, rows) = (f64::from(buffer.area.width), f64::from(buffer.area.height));
    let (width, height) = (columns.mul_add(WIDE, 2.0 * BORDER), rows.mul_add(HIGH, 2.0 * BORDER));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"{}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <g font-family=\"{FONT}\" font-size=\"14\" fill=\"{FOREGROUND}\" xml:space=\"preserve\">\n",
        escaped(title),
    );
    for (y, row) in (0_u16..).zip(buffer.content().chunks(usize::from(buffer.area.width.max(1)))) {
        for run in runs(row) {
            draw(&mut svg, f64::from(y).mul_add(HIGH, BORDER), &run);
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn draw(svg: &mut String, y: f64, run: &Run) {
    let x = f64::from(run.column).mul_add(WIDE, BORDER);
    if let Some(fill) = colour(run.bg) {
        let width = f64::from(run.columns) * WIDE;
        writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{HIGH:.0}\" fill=\"{fill}\"/>"
        )
        .expect("a string takes any text");
    }
    let fill = colour(run.fg).map(|fill| format!(" fill=\"{fill}\"")).unwrap_or_default();
    let bold = if run.bold { " font-weight=\"bold\"" } else { "" };
    let mut column = 0;
    for piece in run.text.split_inclusive("  ") {
        let x = f64::from(column).mul_add(WIDE, x);
        column += i32::try_from(piece.width()).unwrap_or(0);
        let text = escaped(piece.trim_end());
        if !text.is_empty() {
            writeln!(svg, "<text x=\"{x:.1}\" y=\"{:.1}\"{fill}{bold}>{text}</text>", y + 14.0)
                .expect("a string takes any text");
        }
    }
}

/// Each begins at its own column, so that no font moves the next.
fn runs(row: &[Cell]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut covered = 0;
    for (column, cell) in (0_u16..).zip(row) {
        // The second half of a wide letter is a cell of its own.
        if covered > 0 {
            covered -= 1;
            continue;
        }
        let columns = u16::try_from(cell.symbol().width().max(1)).unwrap_or(1);
        covered = columns - 1;
        let bold = cell.modifier.contains(Modifier::BOLD);
        match runs.last_mut().filter(|run| (run.fg, run.bg, run.bold) == (cell.fg, cell.bg, bold)) {
            Some(run) => {
                run.text.push_str(cell.symbol());
                run.columns += columns;
            }
            None => {
                let text = cell.symbol().to_owned();
                runs.push(Run { column, columns, text, fg: cell.fg, bg: cell.bg, bold });
            }
        }
    }
    runs
}

/// A colour of xterm's 256: a cube of six, greys; the pictures have no other.
fn colour(colour: Color) -> Option<String> {
    let Color::Indexed(code) = colour else { return None };
    let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
    Some(match code {
        0..=15 => return None,
        16..=231 => {
            let cube = code - 16;
            format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        232.. => format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * (code - 232)),
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
