//! `cargo xtask pictures`: writes the pictures of the board into `docs/pictures/`.

#![expect(clippy::print_stdout, reason = "a program that is run by hand")]
#![expect(clippy::unwrap_used, reason = "a picture that cannot be written fails there")]
#![expect(dead_code, reason = "the tests use more of the stage")]

#[path = "../tests/it/pictures/mod.rs"]
mod pictures;
#[path = "../tests/it/stage.rs"]
mod stage;

fn main() {
    for (name, picture) in pictures::all() {
        std::fs::write(pictures::folder().join(name), picture).unwrap();
        println!("made docs/pictures/{name}");
    }
}
