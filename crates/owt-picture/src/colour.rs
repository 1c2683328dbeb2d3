//! The colours of a terminal as those of SVG.

/// The sixteen that each terminal has its own of; these go well with the pictures' ground.
pub const BASIC: [&str; 16] = [
    "#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0", //
    "#5c6370", "#ff7b86", "#b5e890", "#f5d76e", "#7cc4ff", "#dd9bf5", "#76d7e4", "#ffffff",
];

/// One of xterm's 256: sixteen, a cube of six, greys.
#[must_use]
pub fn of_256(code: u8) -> String {
    let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
    match code {
        0..=15 => BASIC[usize::from(code)].to_owned(),
        16..=231 => {
            let cube = code - 16;
            format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        232.. => format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * (code - 232)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixteen_the_cube_and_the_greys() {
        assert_eq!(
            [9, 16, 231, 245, 255].map(of_256),
            ["#ff7b86", "#000000", "#ffffff", "#8a8a8a", "#eeeeee"]
        );
    }
}
