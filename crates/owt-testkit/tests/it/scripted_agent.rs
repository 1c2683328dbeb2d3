//! The scripted agent in each of its modes, as a process.

mod headless;
mod pty;
mod signals;
mod stage;
mod structured;
mod talk;
mod terminal;
