//! The person's pager, for what is longer than a screen: as git has it, and only on a terminal.

use std::io;
use std::io::Write;

use owt_agents::shell_words;
use owt_process::Child;
use owt_process::Cmd;
use owt_process::Placement;
use owt_process::ProcessError;
use owt_process::Stream;
use owt_process::Streams;

use crate::context::Context;
use crate::failure::Failure;

/// What git starts a pager with when nothing is said (git-config(1), `core.pager`): leave when all fits the screen,
/// show colours, do not clear.
const DEFAULTS: [(&str, &str); 2] = [("LESS", "FRX"), ("LV", "-c")];

/// Where long text goes: through a pager from its first byte on, or straight to standard output.
pub(crate) struct Pages<'a> {
    context: &'a Context,
    to: To,
}

enum To {
    /// Nothing was written yet.
    Nobody,
    Output,
    Pager(Box<Child>),
    /// The person has left the pager.
    Left,
}

impl<'a> Pages<'a> {
    /// Nothing is started before there is something to show.
    pub(crate) const fn new(context: &'a Context) -> Self {
        Self { context, to: To::Nobody }
    }

    /// Whether a person sees it, rather than a program that wants every byte as it is.
    pub(crate) fn is_seen(&self) -> bool {
        self.context.output.is_seen()
    }

    /// Shows more. Who has left the pager has seen enough: that is [`Failure::ReaderGone`].
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if let To::Nobody = self.to {
            self.to = begin(self.context).map_or(To::Output, |pager| To::Pager(Box::new(pager)));
        }
        match &mut self.to {
            To::Pager(pager) => {
                let Some(stdin) = &mut pager.stdin else { return Err(Failure::ReaderGone) };
                match stdin.write_all(bytes).and_then(|()| stdin.flush()) {
                    Ok(()) => Ok(()),
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                        self.wait()?;
                        Err(Failure::ReaderGone)
                    }
                    Err(error) => Err(Failure::usage(format!("writing to the pager: {error}"))),
                }
            }
            To::Left => Err(Failure::ReaderGone),
            To::Nobody | To::Output => self.context.output.write(bytes),
        }
    }

    /// Shows the rest, and waits until the person leaves the pager.
    pub(crate) fn end(mut self, rest: &[u8]) -> Result<(), Failure> {
        let written = match (&self.to, rest) {
            (_, []) | (To::Nobody | To::Left, _) => Ok(()),
            (To::Output | To::Pager(_), rest) => self.write(rest),
        };
        self.wait()?;
        match written {
            Err(Failure::ReaderGone) | Ok(()) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    fn wait(&mut self) -> Result<(), Failure> {
        if let To::Pager(mut pager) = std::mem::replace(&mut self.to, To::Left) {
            // It ends as the person wants it to: how is nobody's business.
            pager.wait()?;
            self.context.watch_for_interrupt("");
        }
        Ok(())
    }
}

/// The pager, if there is to be one. Without one that can be started there is text all the same.
fn begin(context: &Context) -> Option<Child> {
    if !context.output.has_terminal_for_data() {
        return None;
    }
    let words = words(context)?;
    let (program, arguments) = words.split_first()?;
    let cmd = DEFAULTS.iter().filter(|(name, _)| !context.environment.variables().contains_key(*name)).fold(
        Cmd::new(program).args(arguments.iter().cloned()).placement(Placement::ParentGroup),
        |cmd, (name, value)| cmd.env(*name, *value),
    );
    let streams = Streams { stdin: Stream::Piped, stdout: Stream::Inherit, stderr: Stream::Inherit };
    // In a pager Ctrl-C ends a search, not the reading.
    context.leave_interrupts();
    let pager = cmd.spawn(streams);
    if pager.is_err() {
        context.watch_for_interrupt("");
    }
    match pager {
        Ok(pager) => Some(pager),
        // Nobody has asked for less.
        Err(ProcessError::NotFound { .. }) if program == "less" => None,
        Err(error) => {
            context.output.note(&format!("the pager cannot be started: {error}"));
            None
        }
    }
}

/// `$GIT_PAGER`, `$PAGER`, `less`; an empty one and `cat` are none.
fn words(context: &Context) -> Option<Vec<String>> {
    let variables = context.environment.variables();
    let named = variables.get("GIT_PAGER").or_else(|| variables.get("PAGER"));
    let line = named.map_or("less", String::as_str);
    match shell_words::split(line) {
        Ok(words) => Some(words).filter(|words| !words.is_empty() && *words != ["cat"]),
        Err(error) => {
            context.output.note(&format!("$GIT_PAGER or $PAGER: {error}"));
            None
        }
    }
}
