//! How a terminal's text looks, as it travels.

use owt_api as api;
use owt_core::look::Colour;
use owt_core::look::Run;
use owt_core::look::Style;

pub(super) fn rows(looks: Vec<Vec<Run>>) -> Vec<Vec<api::TextRun>> {
    looks.into_iter().map(|runs| runs.into_iter().map(run).collect()).collect()
}

fn run(run: Run) -> api::TextRun {
    let Run { length, look } = run;
    api::TextRun {
        length,
        letters: look.letters.map(colour),
        ground: look.ground.map(colour),
        styles: look.styles.into_iter().map(style).collect(),
    }
}

const fn colour(colour: Colour) -> api::TextColour {
    match colour {
        Colour::Indexed(index) => api::TextColour::Indexed(index),
        Colour::Rgb(red, green, blue) => api::TextColour::Rgb([red, green, blue]),
    }
}

const fn style(style: Style) -> api::TextStyle {
    match style {
        Style::Bold => api::TextStyle::Bold,
        Style::Dim => api::TextStyle::Dim,
        Style::Italic => api::TextStyle::Italic,
        Style::Underlined => api::TextStyle::Underlined,
        Style::Reversed => api::TextStyle::Reversed,
    }
}
