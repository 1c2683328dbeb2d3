//! One prompt from standard input or the command line, then the end.

use std::io;
use std::io::Read as _;
use std::io::Write as _;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use super::arguments::Mode;
use super::arguments::Permission;
use super::command_words;
use super::face::Asked;
use super::face::Face;
use super::face::Prompt;
use super::face::Turn;
use super::face::TurnEnd;
use super::face::Waited;
use super::life::Life;
use super::performance::Flow;
use super::received::Received;
use super::received::Via;
use super::stream::EventStream;

/// Plays the one turn; the exit code.
pub(super) fn run(life: &mut Life, mode: Mode, argument: Option<String>) -> io::Result<u8> {
    life.wait_for_boot();
    let prompt = read_prompt(argument)?;
    if prompt.text.is_empty() {
        writeln!(io::stderr(), "Error: Input must be provided either through stdin or as a prompt argument")?;
        return Ok(1);
    }
    let mut face: Box<dyn Face> = match mode {
        Mode::HeadlessEvents => Box::new(Events { stream: life.stream(), permission: life.permission }),
        _ => Box::new(Plain { permission: life.permission }),
    };
    if command_words::is_slash_command(&prompt.text) {
        life.record.add(&Received::Command { text: prompt.text.clone() })?;
        let answer = format!("Unknown command: {}", prompt.text);
        face.finish(&Turn { end: TurnEnd::Done, text: answer, tokens: super::face::Tokens::default() })?;
        return Ok(0);
    }
    life.record.prompt(&prompt.text, prompt.via, None)?;
    Ok(match life.play(face.as_mut(), &prompt)? {
        Flow::Over(turn) => u8::from(turn.end != TurnEnd::Done),
        Flow::End(code) => code,
    })
}

fn read_prompt(argument: Option<String>) -> io::Result<Prompt> {
    if let Some(text) = argument {
        return Ok(Prompt { text, via: Via::Argument, uuid: None });
    }
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    Ok(Prompt { text: String::from_utf8_lossy(&bytes).into_owned(), via: Via::Stdin, uuid: None })
}

/// Nobody can interrupt it: without a limit it waits for a signal.
fn wait(limit: Option<Duration>) -> Waited {
    let start = Instant::now();
    loop {
        match limit {
            None => thread::park(),
            Some(limit) => match limit.checked_sub(start.elapsed()) {
                None => return Waited::TimeIsUp,
                Some(left) => thread::park_timeout(left),
            },
        }
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

const fn ask(permission: Permission) -> Asked {
    match permission {
        Permission::Granted => Asked::Allowed,
        Permission::Ask => Asked::Denied,
    }
}

/// Text on standard output.
struct Plain {
    permission: Permission,
}

impl Face for Plain {
    fn begin(&mut self, _prompt: &Prompt) -> io::Result<()> {
        Ok(())
    }

    fn say(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }

    fn tool(&mut self, _name: &str, _input: &Value) -> io::Result<()> {
        Ok(())
    }

    fn print(&mut self, text: &str) -> io::Result<()> {
        print(text)
    }

    fn ask(&mut self, _tool: &str, _input: &Value) -> io::Result<Asked> {
        Ok(ask(self.permission))
    }

    fn wait(&mut self, limit: Option<Duration>) -> io::Result<Waited> {
        Ok(wait(limit))
    }

    fn finish(&mut self, turn: &Turn) -> io::Result<()> {
        match &turn.end {
            TurnEnd::Failed(why) => print(&format!("{why}\n")),
            _ => print(&format!("{}\n", turn.text)),
        }
    }
}

/// Events on standard output.
struct Events {
    stream: EventStream,
    permission: Permission,
}

impl Face for Events {
    fn begin(&mut self, _prompt: &Prompt) -> io::Result<()> {
        self.stream.init()
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.stream.text(text)
    }

    fn tool(&mut self, name: &str, input: &Value) -> io::Result<()> {
        self.stream.tool(name, input)
    }

    fn print(&mut self, text: &str) -> io::Result<()> {
        print(text)
    }

    fn ask(&mut self, _tool: &str, _input: &Value) -> io::Result<Asked> {
        Ok(ask(self.permission))
    }

    fn wait(&mut self, limit: Option<Duration>) -> io::Result<Waited> {
        Ok(wait(limit))
    }

    fn finish(&mut self, turn: &Turn) -> io::Result<()> {
        self.stream.result(turn)
    }
}
