//! The pictures of the board in `docs/` are those of the board.

use std::fs;

use crate::pictures;

#[test]
fn the_pictures_in_docs_are_up_to_date() {
    for (name, picture) in pictures::all() {
        let there = fs::read_to_string(pictures::folder().join(name)).unwrap_or_default();
        assert!(
            there == picture,
            "{name} is not as the board is now: cargo run -p owt-tui --example pictures"
        );
    }
}
