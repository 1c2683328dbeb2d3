//! Colours that a program chose, as a theme may have them: the 256 of most terminals, or the terminal's own sixteen. It must
//! not know who chose them, nor what for.

use owt_api::TextColour;
use ratatui_core::style::Color;

/// What xterm makes of the sixteen.
const SIXTEEN: [([u8; 3], Color); 16] = [
    ([0, 0, 0], Color::Black),
    ([205, 0, 0], Color::Red),
    ([0, 205, 0], Color::Green),
    ([205, 205, 0], Color::Yellow),
    ([0, 0, 238], Color::Blue),
    ([205, 0, 205], Color::Magenta),
    ([0, 205, 205], Color::Cyan),
    ([229, 229, 229], Color::Gray),
    ([127, 127, 127], Color::DarkGray),
    ([255, 0, 0], Color::LightRed),
    ([0, 255, 0], Color::LightGreen),
    ([255, 255, 0], Color::LightYellow),
    ([92, 92, 255], Color::LightBlue),
    ([255, 0, 255], Color::LightMagenta),
    ([0, 255, 255], Color::LightCyan),
    ([255, 255, 255], Color::White),
];

/// The levels of the cube among the 256.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// One of the 256.
pub(crate) fn of_256(colour: TextColour) -> Color {
    match colour {
        TextColour::Indexed(index) => Color::Indexed(index),
        TextColour::Rgb(wanted) => {
            Color::Indexed(nearest((16..=255).map(|index| (rgb(index), index)), wanted))
        }
    }
}

/// One of the sixteen.
pub(crate) fn of_16(colour: TextColour) -> Color {
    let wanted = match colour {
        TextColour::Indexed(index) if index < 16 => return SIXTEEN[usize::from(index)].1,
        TextColour::Indexed(index) => rgb(index),
        TextColour::Rgb(wanted) => wanted,
    };
    nearest(SIXTEEN.into_iter(), wanted)
}

fn nearest<T: Default>(all: impl Iterator<Item = ([u8; 3], T)>, wanted: [u8; 3]) -> T {
    let distance = |colour: [u8; 3]| {
        let part = |at: usize| u32::from(colour[at].abs_diff(wanted[at])).pow(2);
        // An eye tells greens best and blues least.
        2 * part(0) + 4 * part(1) + part(2)
    };
    all.min_by_key(|(colour, _)| distance(*colour)).map(|(_, it)| it).unwrap_or_default()
}

/// What one of the 256 is: sixteen, a cube, greys.
fn rgb(index: u8) -> [u8; 3] {
    let level = |part: u8| LEVELS[usize::from(part % 6)];
    match index {
        0..=15 => SIXTEEN[usize::from(index)].0,
        16..=231 => [level((index - 16) / 36), level((index - 16) / 6), level(index - 16)],
        232.. => [8 + 10 * (index - 232); 3],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_colour_has_its_nearest() {
        let rgb = TextColour::Rgb;
        assert_eq!(of_256(TextColour::Indexed(3)), Color::Indexed(3), "the terminal's own stay its own");
        assert_eq!(
            [of_256(rgb([255, 135, 0])), of_256(rgb([9, 9, 9]))],
            [Color::Indexed(208), Color::Indexed(232)]
        );
        assert_eq!(
            [of_16(rgb([250, 10, 10])), of_16(TextColour::Indexed(46))],
            [Color::LightRed, Color::LightGreen]
        );
        assert_eq!(
            [of_16(TextColour::Indexed(8)), of_16(TextColour::Indexed(255))],
            [Color::DarkGray, Color::Gray]
        );
    }
}
