//! What an agent's terminal shows, as lines: its words made harmless, each piece with the look that the agent gave it. It
//! must not know which colours the board has.

use owt_api as api;
use ratatui_core::style::Modifier;

use crate::ink::Ink;
use crate::ink::Line;
use crate::ink::Own;
use crate::status::Tone;
use crate::text;

/// Without the blank rows at its end: what matters stands at the bottom of what is left.
pub(crate) fn lines(screen: &api::SessionScreen) -> Vec<Line> {
    let last = screen.rows.iter().rposition(|row| !row.trim().is_empty());
    let rows = screen.rows.iter().take(last.map_or(0, |last| last + 1)).enumerate();
    rows.map(|(at, row)| line(row, screen.looks.get(at).map_or(&[], Vec::as_slice))).collect()
}

/// Runs are of the row as the agent has it: what is made visible in it is longer.
fn line(row: &str, runs: &[api::TextRun]) -> Line {
    let mut line = Line::default();
    let mut rest = row;
    for run in runs {
        let end = rest.char_indices().nth(run.length).map_or(rest.len(), |(end, _)| end);
        let (piece, behind) = rest.split_at(end);
        line.push(Ink::Own(own(run)), &text::harmless(piece));
        rest = behind;
    }
    line.push(Ink::Tone(Tone::Plain), &text::harmless(rest));
    line
}

fn own(run: &api::TextRun) -> Own {
    let modifier = |style: &api::TextStyle| match style {
        api::TextStyle::Bold => Modifier::BOLD,
        api::TextStyle::Dim => Modifier::DIM,
        api::TextStyle::Italic => Modifier::ITALIC,
        api::TextStyle::Underlined => Modifier::UNDERLINED,
        api::TextStyle::Reversed => Modifier::REVERSED,
    };
    Own { letters: run.letters, ground: run.ground, styles: run.styles.iter().map(modifier).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_in_the_agents_characters_and_what_is_beyond_them_is_plain() {
        let run = |length| api::TextRun {
            length,
            letters: Some(api::TextColour::Indexed(1)),
            ground: None,
            styles: Vec::new(),
        };
        let rows = ["a\u{9b}日b".to_owned(), "plain".to_owned(), "  ".to_owned()].into();
        let looks = vec![vec![run(3)], vec![run(99)]];
        let screen = api::SessionScreen { name: String::new(), rows, looks, title: String::new() };
        let lines = lines(&screen);
        let pieces: Vec<&str> = lines[0].pieces().map(|(_, piece)| piece).collect();
        assert_eq!((pieces, lines.len()), (vec!["a\\x9b日", "b"], 2));
    }
}
