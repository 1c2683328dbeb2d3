//! Colours of code: in every theme, on both sides, and none where there are to be none.

use std::collections::BTreeSet;

use owt_tui::Event;
use owt_tui::Request;
use owt_tui::Seen;
use owt_tui::Theme;
use ratatui_core::buffer::Buffer;
use ratatui_core::buffer::Cell;
use ratatui_core::style::Color;
use ratatui_core::style::Modifier;
use serde_json::json;

use crate::stage::Stage;
use crate::stage::picture;
use crate::stage::workspace;

const PATCH: &str = "diff --git a/a.rs b/a.rs\n--- a/a.rs\n+++ b/a.rs\n@@ -1,3 +1,3 @@\n fn same() {}\n\
    -let old = \"gone \u{1b}[31m\";\n+let new = \"come\"; // why\n }\n";

/// With the patch in the review, or in the pane.
fn shows(key: &str) -> Stage {
    let mut stage = Stage::new(110, 24, &[workspace("auth", "idle", &json!({}))]);
    for wanted in stage.keys(key) {
        if let Request::Look(look, _) = wanted {
            stage.hears(Event::Looked(look, Seen::Text(PATCH.to_owned())));
            stage.hears(Event::Looked(look, Seen::End));
        }
    }
    stage
}

/// The cells of these words.
fn cells<'a>(buffer: &'a Buffer, words: &str) -> &'a [Cell] {
    let width = usize::from(buffer.area.width);
    let letters: Vec<String> = words.chars().map(String::from).collect();
    let is_it = |cells: &&[Cell]| cells.iter().map(Cell::symbol).eq(letters.iter().map(String::as_str));
    let mut places = buffer.content().chunks(width).flat_map(|row| row.windows(letters.len()));
    places.find(is_it).unwrap_or_else(|| panic!("{words}"))
}

fn look(buffer: &Buffer, words: &str) -> (Color, Color) {
    let looks: BTreeSet<String> = cells(buffer, words).iter().map(|it| format!("{:?}", it.style())).collect();
    assert_eq!(looks.len(), 1, "{words}: {looks:?}");
    (cells(buffer, words)[0].fg, cells(buffer, words)[0].bg)
}

#[test]
fn code_has_its_colours_in_the_review_beside_one_another_and_in_the_pane() {
    for keys in ["r g", "r v g", "d z"] {
        let (first, more) = keys.split_at(1);
        let mut stage = shows(first);
        for key in more.split_whitespace() {
            stage.keys(key);
        }
        let buffer = stage.buffer(Theme::Dark);
        let (keyword, text) = (look(&buffer, "fn").0, look(&buffer, "\"come\""));
        assert_ne!(keyword, Color::Reset, "{keys}");
        assert_eq!(look(&buffer, "let").0, keyword, "{keys}");
        assert!(![keyword, Color::Reset, look(&buffer, "// why").0].contains(&text.0), "{keys}");
        assert_eq!(text.1, look(&buffer, "// why").1, "{keys}: one line, one ground");
        assert!(![Color::Reset, look(&buffer, "old").1].contains(&text.1), "{keys}: added is not removed");
        assert_eq!(look(&buffer, "same"), (Color::Reset, Color::Reset), "{keys}");
        assert!(stage.screen().contains("\\x1b[31m"), "{keys}: what acts on a terminal is shown");
    }
}

#[test]
fn a_terminals_own_sixteen_tell_code_and_change_by_letters_alone_and_without_colours_there_are_none() {
    let stage = shows("r");
    for theme in [Theme::DarkAnsi, Theme::LightAnsi, Theme::Either] {
        let buffer = stage.buffer(theme);
        let (new, old, keyword) = (look(&buffer, "new"), look(&buffer, "old"), look(&buffer, "let"));
        assert!(new != old && keyword != new && keyword != old, "{theme:?}");
        let own = |it: &Cell| !matches!(it.fg, Color::Indexed(_) | Color::Rgb(..)) && it.bg == Color::Reset;
        assert!(buffer.content().iter().all(own), "{theme:?}");
    }
    let without = stage.buffer(Theme::None);
    assert!(without.content().iter().all(|it| (it.fg, it.bg) == (Color::Reset, Color::Reset)));
}

#[test]
fn an_agents_terminal_has_the_agents_colours_as_far_as_the_theme_has_any() {
    let mut stage = Stage::new(80, 24, &[workspace("auth", "working", &json!({ "backend": "tmux" }))]);
    let Some(Request::Look(look, _)) = stage.keys("p").pop() else { panic!("no look") };
    let looks = json!([[{ "length": 2 }, { "length": 3, "letters": [255, 135, 0], "styles": ["bold"] }], [{ "length": 9, "ground": 1 }]]);
    stage.hears(Event::Looked(look, Seen::Screen(picture(&["a red b", "alarm"], &looks))));
    let of = |theme: Theme, words: &str| {
        let buffer = stage.buffer(theme);
        let cell = cells(&buffer, words)[0].clone();
        (cell.fg, cell.bg, cell.modifier)
    };
    assert_eq!(of(Theme::Dark, "red"), (Color::Indexed(208), Color::Reset, Modifier::BOLD));
    assert_eq!(of(Theme::Dark, " b"), (Color::Reset, Color::Reset, Modifier::empty()));
    assert_eq!(of(Theme::Light, "alarm").1, Color::Indexed(1));
    assert_eq!(of(Theme::DarkAnsi, "alarm").1, Color::Red);
    assert!(!matches!(of(Theme::LightAnsi, "red").0, Color::Indexed(_) | Color::Rgb(..) | Color::Reset));
    assert_eq!(of(Theme::None, "red"), (Color::Reset, Color::Reset, Modifier::BOLD));
}
