//! Things with their number, in words for people.

use std::fmt::Display;

/// `1 note`, `3 notes`: a number before the words for one and for any other number.
pub fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, one: &str, many: &str) -> String {
    let words = if number == N::from(1) { one } else { many };
    format!("{number} {words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_one() {
        let notes = |number: u32| counted(number, "note stays", "notes stay");
        assert_eq!([notes(0), notes(1), notes(11)], ["0 notes stay", "1 note stays", "11 notes stay"]);
        assert_eq!(counted(1_usize, "file", "files"), "1 file");
    }
}
