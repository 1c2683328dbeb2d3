//! A sign of life when something takes more than half a second.

use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread::JoinHandle;
use std::time::Duration;

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
pub(crate) struct Progress(Option<(mpsc::Sender<()>, JoinHandle<()>)>);

impl Progress {
    /// In JSON nothing is shown: nobody watches.
    pub(crate) fn of(output: &Output, doing: &str) -> Self {
        if output.form() == Form::Json || doing.is_empty() {
            return Self(None);
        }
        let (done, wait) = mpsc::channel();
        let (output, doing) = (output.clone(), doing.to_owned());
        let shown = move || show(&output, &doing, &wait);
        // Without a thread there is no sign of life, and that is all.
        Self(
            std::thread::Builder::new()
                .name("owt-progress".to_owned())
                .spawn(shown)
                .ok()
                .map(|thread| (done, thread)),
        )
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.0.take() {
            drop(done);
            drop(thread.join());
        }
    }
}

fn show(output: &Output, doing: &str, done: &mpsc::Receiver<()>) {
    if done.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    if !output.talks_to_terminal() {
        output.say(&format!("{doing}..."));
        return;
    }
    for frame in SPINNER.iter().cycle() {
        let sign = output.talk_style().paint(Tone::Active, frame);
        output.say_in_place(&format!("{CLEAR}{sign} {doing}"));
        if done.recv_timeout(TURN) != Err(RecvTimeoutError::Timeout) {
            break;
        }
    }
    output.say_in_place(CLEAR);
}
