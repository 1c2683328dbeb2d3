//! The board as (what has come, keys, screen): no terminal, no server, no clock.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod bad_input;
mod chronicle;
mod colours;
mod deleting;
mod drawn;
mod landing;
mod mouse;
mod pictures;
mod queue;
mod reviews;
mod sections;
mod stage;
mod syncing;
mod verbs;
mod views;
