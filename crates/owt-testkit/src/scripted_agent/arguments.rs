//! Claude Code's command line, as far as it changes what a stand-in does; the rest is accepted and ignored.

/// How it is spoken with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A person at a terminal.
    Terminal,
    /// One prompt, then the end; text on standard output.
    Headless,
    /// One prompt, then the end; events on standard output.
    HeadlessEvents,
    /// Messages in, events out, until standard input ends.
    Structured,
}

/// What it does when it would need permission.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Permission {
    #[default]
    Ask,
    Granted,
}

/// A conversation's beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Beginning {
    #[default]
    New,
    Resumed,
}

/// Whether prompts are echoed on standard output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Replay {
    #[default]
    Off,
    On,
}

/// A command line, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Invocation {
    /// Print the version and end.
    Version,
    /// Work.
    Work(Work),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) mode: Mode,
    pub(super) permission: Permission,
    pub(super) beginning: Beginning,
    pub(super) replay: Replay,
    pub(super) session: Option<String>,
    /// A settings file, or settings as JSON.
    pub(super) settings: Option<String>,
    pub(super) prompt: Option<String>,
}

/// Options that take a value and mean nothing here.
const IGNORED_WITH_VALUE: [&str; 11] = [
    "--append-system-prompt-file",
    "--setting-sources",
    "--add-dir",
    "--permission-prompt-tool",
    "--mcp-config",
    "--model",
    "--max-budget-usd",
    "--append-system-prompt",
    "--allowedTools",
    "--disallowedTools",
    "--name",
];

impl Invocation {
    /// Reads what follows the program's name.
    ///
    /// # Errors
    /// When a value is missing.
    pub(super) fn read(arguments: &[String]) -> Result<Self, String> {
        let mut read = Reading::default();
        let mut words = arguments.iter().map(String::as_str);
        while let Some(word) = words.next() {
            if word == "--version" || word == "-v" {
                return Ok(Self::Version);
            }
            if word == "--" {
                read.prompt = words.next().map(str::to_owned).or(read.prompt);
                break;
            }
            read.take(word, &mut words)?;
        }
        Ok(Self::Work(read.done()))
    }
}

#[derive(Default)]
struct Reading {
    is_print: bool,
    input: Option<String>,
    output: Option<String>,
    permission: Permission,
    beginning: Beginning,
    replay: Replay,
    session: Option<String>,
    settings: Option<String>,
    prompt: Option<String>,
}

impl Reading {
    fn take<'a>(&mut self, word: &str, words: &mut impl Iterator<Item = &'a str>) -> Result<(), String> {
        let mut value = || words.next().map(str::to_owned).ok_or_else(|| format!("{word} needs a value"));
        match word {
            "-p" | "--print" => self.is_print = true,
            "--dangerously-skip-permissions" => self.permission = Permission::Granted,
            "--replay-user-messages" => self.replay = Replay::On,
            "--input-format" => self.input = Some(value()?),
            "--output-format" => self.output = Some(value()?),
            "--permission-mode" if ["bypassPermissions", "auto"].contains(&value()?.as_str()) => {
                self.permission = Permission::Granted;
            }
            "--permission-mode" => {}
            "--session-id" => self.session = Some(value()?),
            "--settings" => self.settings = Some(value()?),
            "--resume" | "-r" => {
                self.session = Some(value()?);
                self.beginning = Beginning::Resumed;
            }
            word if IGNORED_WITH_VALUE.contains(&word) => drop(value()?),
            word if word.starts_with('-') => {}
            word => self.prompt = Some(word.to_owned()),
        }
        Ok(())
    }

    fn done(self) -> Work {
        let is_stream = |format: &Option<String>| format.as_deref() == Some("stream-json");
        Work {
            mode: match (self.is_print, is_stream(&self.input), is_stream(&self.output)) {
                (false, ..) => Mode::Terminal,
                (true, true, _) => Mode::Structured,
                (true, false, true) => Mode::HeadlessEvents,
                (true, false, false) => Mode::Headless,
            },
            permission: self.permission,
            beginning: self.beginning,
            replay: self.replay,
            session: self.session,
            settings: self.settings,
            prompt: self.prompt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(line: &str) -> Work {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        match Invocation::read(&words).expect("readable") {
            Invocation::Work(work) => work,
            Invocation::Version => panic!("a version"),
        }
    }

    #[test]
    fn the_command_lines_of_claude_code_choose_the_mode() {
        let structured = work(
            "-p --input-format stream-json --output-format stream-json --verbose --permission-prompt-tool stdio \
             --replay-user-messages --session-id S --settings F",
        );
        assert_eq!((structured.mode, structured.replay), (Mode::Structured, Replay::On));
        assert_eq!((structured.session.as_deref(), structured.settings.as_deref()), (Some("S"), Some("F")));
        assert_eq!(work("-p --output-format stream-json").mode, Mode::HeadlessEvents);
        assert_eq!(work("--append-system-prompt-file x").prompt, None);
        assert_eq!(work("-p --add-dir x hello").prompt.as_deref(), Some("hello"));
        assert_eq!(work("--resume S --permission-mode bypassPermissions").permission, Permission::Granted);
        assert_eq!(work("-- -x").prompt.as_deref(), Some("-x"));
        assert!(Invocation::read(&["--settings".to_owned()]).is_err());
    }
}
