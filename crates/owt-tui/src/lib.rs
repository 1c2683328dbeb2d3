//! The board: the control plane in a terminal.
//!
//! [`Board`] is a value, [`Board::step`] what follows from an event, [`draw`] its picture: all three are pure. [`open`]
//! is the thin rest: a terminal, a few threads, the client of the API. This room knows the API and nothing behind it: not
//! git, not tmux, not the database; a terminal is handed over by whoever opened the board.

mod board;
mod command;
mod draw;
mod editor;
mod errands;
mod event;
mod fleet;
mod happenings;
mod ink;
mod key;
mod keymap;
mod layer;
mod layers;
mod order;
mod palette;
mod pane;
mod patch;
mod plain;
mod repositories;
mod review;
mod row;
mod screen;
mod section;
mod shell;
mod side;
pub mod status;
mod syntax;
pub mod text;
mod theme;
mod train;
mod view;
pub mod wording;

pub use board::Beginning;
pub use board::Board;
pub use board::Setting;
pub use command::Command;
pub use draw::draw;
pub use event::*;
pub use key::Code;
pub use key::Key;
pub use key::NoKey;
pub use keymap::Keymap;
pub use keymap::KeymapError;
pub use keymap::Verb;
pub use plain::Chronicle;
pub use plain::as_text;
pub use plain::status_line;
pub use shell::Breadth;
pub use shell::Colours;
pub use shell::Opening;
pub use shell::Outside;
pub use shell::open;
pub use status::Tone;
pub use theme::Theme;
