//! Text that is drawn over itself on a terminal, without taking the screen: what is there when it ends stays there.

/// What was drawn last.
#[derive(Debug, Default)]
pub(crate) struct Repaint {
    lines: usize,
}

/// Erases from the cursor to the end of the screen (ECMA-48 section 8.3.39).
const ERASE_BELOW: &str = "\x1b[J";

impl Repaint {
    /// What draws this text in the place of the last one. Of a text that is higher than the terminal the beginning is
    /// shown: what has left the screen at its top cannot be drawn over.
    pub(crate) fn draw(&mut self, text: &str, height: Option<usize>) -> String {
        let room = height.map_or(usize::MAX, |height| height.saturating_sub(1).max(1));
        let all = text.lines().count();
        let shown = all.min(room);
        let cut = all > shown;
        let kept = if cut { shown.saturating_sub(1) } else { shown };
        let mut drawn = match self.lines {
            0 => String::new(),
            // To the beginning of the line so many above (ECMA-48 section 8.3.13).
            lines => format!("\x1b[{lines}F{ERASE_BELOW}"),
        };
        for line in text.lines().take(kept) {
            drawn.push_str(line);
            drawn.push('\n');
        }
        if cut {
            drawn.push_str(&format!("… {} more\n", all - kept));
        }
        self.lines = shown;
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_text_is_drawn_over_the_last() {
        let mut screen = Repaint::default();
        assert_eq!(screen.draw("a\nb\n", Some(10)), "a\nb\n");
        assert_eq!(screen.draw("c\n", Some(10)), "\x1b[2F\x1b[Jc\n");
        assert_eq!(screen.draw("", Some(10)), "\x1b[1F\x1b[J");
        assert_eq!(screen.draw("d\n", Some(10)), "d\n");
    }

    #[test]
    fn no_more_is_drawn_than_there_is_room_for() {
        let mut screen = Repaint::default();
        assert_eq!(screen.draw("1\n2\n3\n4\n5\n", Some(4)), "1\n2\n… 3 more\n");
        assert_eq!(screen.draw("1\n2\n3\n", Some(4)), "\x1b[3F\x1b[J1\n2\n3\n");
    }
}
