//! A sign of life when something takes more than half a second.

use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use crate::output::Form;
use crate::output::Output;
use crate::rendering::Tone;

/// Nothing is said before this.
const PATIENCE: Duration = Duration::from_millis(500);

/// How fast the spinner turns.
const TURN: Duration = Duration::from_millis(100);

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Takes the line of a spinner away again (ECMA-48: erase in line, whole).
const CLEAR: &str = "\r\x1b[2K";

/// Shows what is going on until it is dropped.
pub(crate) struct Progress(Option<(Words, JoinHandle<()>)>);

/// What is shown from now on. Nothing is shown any more when the last of these is gone.
pub(crate) type Words = mpsc::Sender<String>;

impl Progress {
    /// In JSON nothing is shown: nobody watches.
    pub(crate) fn of(output: &Output, doing: &str) -> Self {
        if output.form() == Form::Json || doing.is_empty() {
            return Self(None);
        }
        let (words, said) = mpsc::channel();
        let (output, doing) = (output.clone(), doing.to_owned());
        let shown = move || show(&output, doing, &said);
        // Without a thread there is no sign of life, and that is all.
        Self(
            std::thread::Builder::new()
                .name("owt-progress".to_owned())
                .spawn(shown)
                .ok()
                .map(|thread| (words, thread)),
        )
    }

    /// Where what goes on can be told more exactly; `None` where nobody is shown anything.
    pub(crate) fn words(&self) -> Option<Words> {
        self.0.as_ref().map(|(words, _)| words.clone())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((words, thread)) = self.0.take() {
            drop(words);
            drop(thread.join());
        }
    }
}

fn show(output: &Output, mut doing: String, said: &mpsc::Receiver<String>) {
    let until = Instant::now() + PATIENCE;
    loop {
        match said.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(words) => doing = words,
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
    match output.talks_to_terminal() {
        true => spin(output, doing, said),
        false => tell(output, doing, said),
    }
}

/// In place, on a terminal.
fn spin(output: &Output, mut doing: String, said: &mpsc::Receiver<String>) {
    for frame in SPINNER.iter().cycle() {
        let sign = output.talk_style().paint(Tone::Active, frame);
        output.say_in_place(&format!("{CLEAR}{sign} {doing}"));
        match said.recv_timeout(TURN) {
            Ok(words) => doing = words,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    output.say_in_place(CLEAR);
}

/// A line for each, elsewhere.
fn tell(output: &Output, doing: String, said: &mpsc::Receiver<String>) {
    for words in std::iter::once(doing).chain(said) {
        output.say(&format!("{words}..."));
    }
}
