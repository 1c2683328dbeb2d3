//! The built-in demo agent: a program that behaves like a coding agent, without an account or a network.
//!
//! It plans in the open, writes a few small files that have to do with its task, commits exactly those, asks where
//! it must, and says what it did. `owt` starts it like any other agent, by `crates/owt-agents/manifests/demo.toml`;
//! [`machine`] speaks the lines of `owt_agents::events`, [`terminal`] shows the screen of the manifest's rules.
//! Words in its prompt make it misbehave ([`directive`]), for demonstrations and tests.
//!
//! It must not know the server, the engine or who started it.

mod conversation;
mod directive;
mod face;
mod hearing;
mod hooks;
mod machine;
mod pace;
mod plan;
#[cfg(test)]
mod sample;
mod terminal;
mod turn;
mod workplace;

pub(crate) use conversation::Beginning;
pub(crate) use conversation::Conversation;
pub(crate) use directive::Directive;
pub(crate) use hooks::Hooks;
pub(crate) use pace::Pace;
pub(crate) use pace::VARIABLE as PACE_VARIABLE;
pub(crate) use turn::Liberty;
pub(crate) use workplace::Workplace;

use std::io;

use crate::rendering::Style;

/// What the demo agent is called where agents name their model.
pub(crate) const MODEL: &str = "demo-1";

/// How it is talked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// One prompt on standard input, lines on standard output.
    Headless,
    /// Frames on standard input, lines on standard output, until the input ends.
    Structured,
    /// On a terminal.
    Terminal,
}

/// Lives through a whole conversation; the exit code of the program.
///
/// `style` is for a terminal.
///
/// # Errors
/// When the streams cannot be used.
pub(crate) fn run(manner: Manner, conversation: &Conversation, style: Style) -> io::Result<u8> {
    match manner {
        Manner::Headless => machine::Machine::headless().and_then(|mut face| conversation.live(&mut face)),
        Manner::Structured => {
            machine::Machine::structured().and_then(|mut face| conversation.live(&mut face))
        }
        Manner::Terminal => terminal::Terminal::open(style).and_then(|mut face| conversation.live(&mut face)),
    }
}
