//! The two ways out: data on standard output, talk on standard error. Nothing else writes to either.

use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::process::ExitCode;

use owt_api::ErrorCode;
use owt_api::Problem;
use owt_config::Environment;
use owt_config::General;
use owt_config::Places;
use owt_config::values::Background;
use owt_config::values::Lightness;
use owt_tui::text::block;
use owt_tui::text::one_line;
use serde::Serialize;
use serde_json::Value;

use crate::command_line::Globals;
use crate::failure::Failed;
use crate::failure::Failure;
use crate::rendering::Page;
use crate::rendering::Style;
use crate::rendering::Tone;
use crate::rendering::palette::Palette;
use crate::rendering::palette::Theme;
use crate::rendering::style::Circumstances;

/// Where data goes, and in what form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// The envelope.
    Json,
}

/// The envelope of an answer.
#[derive(Serialize)]
struct Done<'a, T> {
    ok: bool,
    data: &'a T,
}

/// The envelope of a failure.
#[derive(Serialize)]
struct NotDone<'a> {
    ok: bool,
    error: &'a Problem,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

impl<'a> NotDone<'a> {
    const fn of(failed: &'a Failed) -> Self {
        Self { ok: false, error: &failed.problem, data: failed.data.as_ref() }
    }
}

/// Both ways out, as the flags and the streams have it.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    form: Form,
    data: Style,
    talk: Style,
    data_is_terminal: bool,
    talk_is_terminal: bool,
}

impl Output {
    pub(crate) fn new(globals: &Globals, environment: &Environment) -> Self {
        let form = if globals.json { Form::Json } else { Form::Text };
        let wanted = |terminal| {
            let circumstances = Circumstances {
                choice: globals.color.unwrap_or_default(),
                refused: environment.refuses_colour(),
                terminal,
                dumb: environment.terminal().is_none_or(|kind| kind == "dumb"),
            };
            circumstances.want_colour()
        };
        let data_is_terminal = io::stdout().is_terminal();
        let talk_is_terminal = io::stderr().is_terminal();
        let (data, talk) = (wanted(data_is_terminal), wanted(talk_is_terminal));
        // Where nothing is coloured no file is read for it.
        let palette = (data || talk).then(|| palette(globals, environment));
        let style = |wanted| palette.filter(|_| wanted).map_or(Style::PLAIN, Style::coloured);
        Self { form, data: style(data), talk: style(talk), data_is_terminal, talk_is_terminal }
    }

    /// For arguments that could not be read: no flags, only their wish for JSON.
    pub(crate) fn bare(form: Form, environment: &Environment) -> Self {
        let globals = Globals { json: form == Form::Json, ..Globals::none() };
        Self::new(&globals, environment)
    }

    pub(crate) const fn form(&self) -> Form {
        self.form
    }

    /// Whether a person can be asked: they see the question and their answer comes from a terminal.
    pub(crate) fn can_ask(&self) -> bool {
        self.form == Form::Text && self.talk_is_terminal && io::stdin().is_terminal()
    }

    /// Whether a person looks at both our input and our output, so that their terminal can be handed over.
    pub(crate) fn has_terminal(&self) -> bool {
        self.data_is_terminal && io::stdin().is_terminal()
    }

    /// Whether a person looks at our output.
    pub(crate) const fn has_terminal_for_data(&self) -> bool {
        self.data_is_terminal
    }

    /// Whether what is printed is for eyes: on a terminal, or in colours wherever it goes.
    pub(crate) const fn is_seen(&self) -> bool {
        self.data_is_terminal || self.data.is_coloured()
    }

    /// How many lines the terminal has; `None` without one.
    pub(crate) fn terminal_height(&self) -> Option<usize> {
        if self.data_is_terminal { terminal_lines() } else { None }
    }

    pub(crate) const fn data_style(&self) -> Style {
        self.data
    }

    pub(crate) const fn talks_to_terminal(&self) -> bool {
        self.talk_is_terminal
    }

    pub(crate) const fn talk_style(&self) -> Style {
        self.talk
    }

    /// Prints the answer: in the envelope, or as text for people.
    pub(crate) fn answer<T: Serialize>(
        &self,
        data: &T,
        text: impl FnOnce(&Page) -> String,
    ) -> Result<(), Failure> {
        match self.form {
            Form::Json => self.line(&Done { ok: true, data }),
            Form::Text => self.show(text),
        }
    }

    /// Prints text for people; in JSON the envelope says it.
    pub(crate) fn show(&self, text: impl FnOnce(&Page) -> String) -> Result<(), Failure> {
        match self.form {
            Form::Json => Ok(()),
            Form::Text => self.write(text(&self.page()).as_bytes()),
        }
    }

    /// Prints one line of a stream: a JSON object.
    pub(crate) fn line<T: Serialize>(&self, item: &T) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(item)
            .map_err(|error| Failure::new(ErrorCode::Internal, format!("an answer is no JSON: {error}")))?;
        line.push(b'\n');
        self.write(&line)
    }

    /// Prints bytes of a stream at once, as they are.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => Failure::new(ErrorCode::Internal, format!("writing to standard output: {error}")),
        })
    }

    /// Says something beside the data. Whether anybody hears it changes nothing.
    pub(crate) fn say(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        drop(writeln!(stderr, "{text}"));
    }

    /// Says something without ending the line.
    pub(crate) fn say_in_place(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        drop(stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()));
    }

    /// Says something that the person should know.
    pub(crate) fn note(&self, text: &str) {
        self.say(&format!("{} {}", self.talk.paint(Tone::Warn, "note:"), block(text)));
    }

    /// Rings the bell of the terminal that a person looks at, and shows this line there where it can; without a terminal
    /// nobody hears it.
    pub(crate) fn ring(&self, line: &str) {
        let signal = owt_terminal::bell_signal(line);
        if self.talk_is_terminal {
            let mut stderr = io::stderr().lock();
            drop(stderr.write_all(&signal).and_then(|()| stderr.flush()));
        } else if self.data_is_terminal && self.form == Form::Text {
            drop(self.write(&signal));
        }
    }

    /// Says what to do next, to people only.
    pub(crate) fn suggest(&self, text: &str) {
        if self.form == Form::Text && self.talk_is_terminal {
            self.say(&self.talk.paint(Tone::Dim, &block(text)));
        }
    }

    /// Prints how a command ended, and turns it into the exit code.
    pub(crate) fn conclude(&self, result: Result<(), Failure>) -> ExitCode {
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                self.fail(&failure);
                ExitCode::from(failure.exit_code())
            }
        }
    }

    /// Prints a failure where it belongs.
    pub(crate) fn fail(&self, failure: &Failure) {
        let Failure::Problem(failed) = failure else { return };
        match self.form {
            // The exit code says that it failed even when nobody reads why.
            Form::Json => drop(self.line(&NotDone::of(failed))),
            Form::Text => {
                let error = self.talk.paint(Tone::Bad, "error:");
                self.say(&format!("{error} {}", block(&failed.problem.message)));
                for candidate in &failed.problem.candidates {
                    self.say(&format!("  {}", one_line(candidate)));
                }
                if let Some(hint) = &failed.problem.hint {
                    self.say(&format!("{} {}", self.talk.paint(Tone::Active, "hint:"), block(hint)));
                }
            }
        }
    }

    pub(crate) fn page(&self) -> Page {
        let width = if self.data_is_terminal { terminal_width() } else { None };
        Page { style: self.data, width, now: now() }
    }
}

/// The colours that the flag, the environment or the person's configuration file ask for, in this order.
fn palette(globals: &Globals, environment: &Environment) -> &'static Palette {
    Palette::of(theme(globals, environment), environment.get("COLORFGBG"))
}

/// The theme that the flag, the environment or the person's configuration file ask for, in this order.
pub(crate) fn theme(globals: &Globals, environment: &Environment) -> Theme {
    let said = |word: &str| clap::ValueEnum::from_str(word, true).ok();
    let theme = globals.theme.or_else(|| environment.get("OWT_THEME").and_then(said));
    let theme = theme.or_else(|| said(kept(environment)?.theme.value.as_str())).unwrap_or_default();
    match (theme, lightness(environment)) {
        (Theme::Auto, Some(Lightness::Dark)) => Theme::Dark,
        (Theme::Auto, Some(Lightness::Light)) => Theme::Light,
        _ => theme,
    }
}

/// What the environment or the configuration file says of the terminal's background.
fn lightness(environment: &Environment) -> Option<Lightness> {
    let said: Option<Background> = environment.get("OWT_BACKGROUND").and_then(|text| text.parse().ok());
    said.or_else(|| Some(kept(environment)?.background.value))?.lightness()
}

/// What the configuration file says. What is wrong with that file is said by the commands that depend on it.
fn kept(environment: &Environment) -> Option<General> {
    let paths = Places::of(environment).ok()?.config_paths(None);
    Some(owt_config::load(&paths, None, &[]).ok()?.general)
}

fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|&columns| columns > 0)
}

/// How many lines the terminal has.
fn terminal_lines() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_row)).filter(|&rows| rows > 0)
}

fn now() -> jiff::Timestamp {
    let millis = owt_ports::Clock::now(&owt_store::system::SystemClock).as_millis();
    jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_envelope_of_a_failure_has_data_only_when_there_is_some() {
        let problem = Problem::new(ErrorCode::EmptyTask, "no task").hint("say one");
        let text =
            |data| serde_json::to_string(&NotDone::of(&Failed { problem: problem.clone(), data })).unwrap();
        insta::assert_snapshot!(
            text(None),
            @r#"{"ok":false,"error":{"code":"empty_task","message":"no task","hint":"say one"}}"#
        );
        insta::assert_snapshot!(
            text(Some(json!({"a": 1}))),
            @r#"{"ok":false,"error":{"code":"empty_task","message":"no task","hint":"say one"},"data":{"a":1}}"#
        );
        insta::assert_snapshot!(
            serde_json::to_string(&Done { ok: true, data: &[1, 2] }).unwrap(),
            @r#"{"ok":true,"data":[1,2]}"#
        );
    }
}
