//! What the terminal shows: what was said above, a live part below with the prompt box, as Claude Code draws it.

use std::io;

use super::personality::ScreenKind;
use super::terminal;

/// The most lines of a prompt that the box shows.
const BOX_LINES: usize = 6;

/// The live part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum View {
    /// The prompt box; `status` tells what it does.
    Box { text: String, status: Status, queued: Vec<String> },
    /// A question that hides the box.
    Question(Vec<String>),
}

/// What the agent does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Idle,
    Working,
}

/// Draws.
#[derive(Debug)]
pub(super) struct Screen {
    kind: ScreenKind,
    said: Vec<String>,
    /// How many lines of the live part are on the screen.
    live: usize,
}

impl Screen {
    pub(super) fn open(kind: ScreenKind) -> io::Result<Self> {
        if kind == ScreenKind::Full {
            terminal::put("\x1b[?1049h\x1b[2J\x1b[H")?;
        }
        Ok(Self { kind, said: Vec::new(), live: 0 })
    }

    /// Leaves the screen as a program that ends leaves it.
    pub(super) fn close(&mut self, farewell: &str) -> io::Result<()> {
        match self.kind {
            ScreenKind::Full => terminal::put("\x1b[?1049l")?,
            ScreenKind::Inline => terminal::put(&self.erase())?,
        }
        terminal::put(&format!("{farewell}\r\n"))
    }

    /// Puts lines above the live part and draws that.
    pub(super) fn say(&mut self, text: &str, view: &View) -> io::Result<()> {
        let lines: Vec<String> = text.lines().map(printable).collect();
        let mut out = self.erase();
        if self.kind == ScreenKind::Inline {
            lines.iter().for_each(|line| out.push_str(&format!("{line}\r\n")));
        }
        self.said.extend(lines);
        terminal::put(&out)?;
        self.live = 0;
        self.draw(view)
    }

    /// Puts these very characters above the live part; line ends go back to the first column.
    pub(super) fn print(&mut self, text: &str, view: &View) -> io::Result<()> {
        terminal::put(&format!("{}{}", self.erase(), text.replace('\n', "\r\n")))?;
        self.live = 0;
        self.draw(view)
    }

    /// Draws the live part anew.
    pub(super) fn draw(&mut self, view: &View) -> io::Result<()> {
        let (width, height) = terminal::size();
        let lines = live_lines(view, usize::from(width));
        let mut out = self.erase();
        if self.kind == ScreenKind::Full {
            let room = usize::from(height).saturating_sub(lines.len() + 1);
            let start = self.said.len().saturating_sub(room);
            self.said[start..].iter().for_each(|line| out.push_str(&format!("{line}\r\n")));
        }
        out.push_str(&lines.join("\r\n"));
        let mark = if matches!(view, View::Box { status: Status::Working, .. }) { "⠂" } else { "✳" };
        out.push_str(&format!("\x1b]0;{mark} scripted\x07"));
        self.live = lines.len();
        terminal::put(&out)
    }

    fn erase(&self) -> String {
        match (self.kind, self.live) {
            (ScreenKind::Full, _) => "\x1b[2J\x1b[H".to_owned(),
            (ScreenKind::Inline, 0) => String::new(),
            (ScreenKind::Inline, 1) => "\r\x1b[J".to_owned(),
            (ScreenKind::Inline, lines) => format!("\r\x1b[{}A\x1b[J", lines - 1),
        }
    }
}

fn live_lines(view: &View, width: usize) -> Vec<String> {
    let rule = "─".repeat(width);
    let lines = match view {
        View::Question(lines) => {
            std::iter::once(rule).chain(lines.iter().map(|line| format!(" {line}"))).collect()
        }
        View::Box { text, status, queued } => {
            let mut lines: Vec<String> = Vec::new();
            if *status == Status::Working {
                lines.push("✶ Working… (1s · ↓ 1 tokens)".to_owned());
            }
            lines
                .extend(queued.iter().map(|text| format!("  ❯ {}", text.lines().next().unwrap_or_default())));
            lines.push(rule.clone());
            lines.extend(box_lines(text));
            lines.push(rule);
            lines.push(match status {
                Status::Idle => "  ? for shortcuts".to_owned(),
                Status::Working => "  esc to interrupt".to_owned(),
            });
            lines
        }
    };
    lines.into_iter().map(|line| clipped(&printable(&line), width)).collect()
}

fn box_lines(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.split('\n').collect();
    let first = lines.len().saturating_sub(BOX_LINES);
    let mark = |index: usize| if index == 0 { "❯" } else { " " };
    lines.iter().enumerate().skip(first).map(|(index, line)| format!("{} {line}", mark(index))).collect()
}

/// A line that fits, so that no line of the live part takes two rows.
fn clipped(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// A text without what moves the cursor.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_stands_between_rules_with_its_status_below() {
        let view = View::Box { text: "one\ntwo \x1b[31m".into(), status: Status::Idle, queued: Vec::new() };
        let rule = "─".repeat(12);
        assert_eq!(live_lines(&view, 12), [&rule, "❯ one", "  two [31m", &rule, "  ? for sho…"]);
    }
}
