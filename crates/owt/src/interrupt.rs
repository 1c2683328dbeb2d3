//! Ctrl-C: the command ends at once with 130, and says what goes on without it.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use owt_api::ErrorCode;
use signal_hook::consts::SIGINT;

use crate::failure::Failure;
use crate::output::Output;

/// Answers Ctrl-C for as long as the process lives.
pub(crate) struct Interrupt(Arc<Mutex<Answer>>);

/// What Ctrl-C does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    /// The command ends, and says this: what goes on without it.
    End(String),
    /// The command ends, as it was meant to: there is nothing to say.
    EndQuietly,
    /// Nothing: another program has the terminal and hears it too.
    Leave,
}

impl Interrupt {
    /// Begins to watch. Where the system refuses, Ctrl-C does what it does to any program.
    pub(crate) fn watch(output: &Output) -> Self {
        let answer = Arc::new(Mutex::new(Answer::End(String::new())));
        let shared = Arc::clone(&answer);
        let output = output.clone();
        if let Ok((told, tell)) = UnixStream::pair()
            && signal_hook::low_level::pipe::register(SIGINT, tell).is_ok()
        {
            let watching = std::thread::Builder::new()
                .name("owt-interrupt".to_owned())
                .spawn(move || end_on_byte(told, &shared, &output));
            if watching.is_err() {
                tracing::warn!("nobody watches for Ctrl-C");
            }
        }
        Self(answer)
    }

    /// What the person is told when they interrupt now.
    pub(crate) fn explain(&self, what_goes_on: &str) {
        self.set(Answer::End(what_goes_on.to_owned()));
    }

    /// From now on Ctrl-C is the way to end.
    pub(crate) fn expect(&self) {
        self.set(Answer::EndQuietly);
    }

    /// Another program answers from now on.
    pub(crate) fn leave(&self) {
        self.set(Answer::Leave);
    }

    fn set(&self, answer: Answer) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }
}

/// The thread waits for the byte of each signal, and ends with the process.
fn end_on_byte(mut told: UnixStream, answer: &Mutex<Answer>, output: &Output) {
    let what_goes_on = loop {
        if told.read_exact(&mut [0]).is_err() {
            return;
        }
        match answer.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            Answer::End(what_goes_on) => break Some(what_goes_on),
            Answer::EndQuietly => break None,
            Answer::Leave => {}
        }
    };
    if output.talks_to_terminal() {
        // The terminal has shown ^C in the line.
        output.say("");
    }
    let failure = Failure::new(ErrorCode::Interrupted, "interrupted");
    let failure = match what_goes_on.as_deref() {
        None | Some("") => failure,
        Some(what_goes_on) => failure.hint(what_goes_on),
    };
    if what_goes_on.is_some() {
        output.fail(&failure);
    }
    end(failure.exit_code());
}

#[expect(
    clippy::disallowed_methods,
    reason = "the main thread is waiting in a system call, and nothing of ours outlives the process"
)]
pub(crate) fn end(code: u8) -> ! {
    std::process::exit(code.into())
}
