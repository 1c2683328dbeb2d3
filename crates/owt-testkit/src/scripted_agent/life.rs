//! The agent's life: read its command line, start as its personality says, play turns, end.

use std::io;
use std::path::PathBuf;
use std::thread;

use super::arguments::Beginning;
use super::arguments::Invocation;
use super::arguments::Mode;
use super::arguments::Permission;
use super::arguments::Work;
use super::face::Face;
use super::face::Prompt;
use super::face::Turn;
use super::headless;
use super::hooks::Hooks;
use super::performance::Flow;
use super::performance::Performance;
use super::personality::Personality;
use super::places::Places;
use super::received::Received;
use super::received::Recorder;
use super::signals;
use super::step::Step;
use super::stream::EventStream;
use super::stream::new_uuid;
use super::structured;
use super::transcript::Transcript;
use super::tui;

/// Runs the agent with its whole command line; the exit code.
///
/// # Errors
/// What is wrong with its command line, its files or its terminal.
pub fn run(argv: &[String]) -> Result<u8, String> {
    let (program, arguments) = argv.split_first().ok_or("no program name")?;
    let places = Places::of(program);
    let personality =
        Personality::read(&places.script).map_err(|error| format!("{}: {error}", places.script.display()))?;
    let work = match Invocation::read(arguments)? {
        Invocation::Version => return print_version(&personality).map_err(|error| error.to_string()),
        Invocation::Work(work) => work,
    };
    if !personality.ignored_signals.is_empty() && !is_deaf_already() {
        return Err(signals::become_deaf(&personality.ignored_signals, &own_argv(argv)?).to_string());
    }
    live(argv, &places, personality, work).map_err(|error| error.to_string())
}

fn print_version(personality: &Personality) -> io::Result<u8> {
    use std::io::Write as _;
    writeln!(io::stdout(), "{}", personality.version)?;
    Ok(0)
}

fn is_deaf_already() -> bool {
    #[expect(clippy::disallowed_methods, reason = "the mark is left by this program for itself")]
    let mark = std::env::var_os(signals::MARK);
    mark.is_some()
}

/// The command line with which this very program, under this very name, can be started over.
fn own_argv(argv: &[String]) -> Result<Vec<String>, String> {
    let mut own = argv.to_vec();
    if !own[0].contains('/') {
        let path = std::env::current_exe().map_err(|error| error.to_string())?;
        own[0] = path.to_string_lossy().into_owned();
    }
    Ok(own)
}

fn live(argv: &[String], places: &Places, personality: Personality, work: Work) -> io::Result<u8> {
    let mode = work.mode;
    let beginning = work.beginning;
    let mut life = Life::begin(argv, places, personality, &work)?;
    life.hooks.session_start(match beginning {
        Beginning::New => "startup",
        Beginning::Resumed => "resume",
    });
    let code = match mode {
        Mode::Terminal => tui::run(&mut life, work.prompt),
        Mode::Headless | Mode::HeadlessEvents => headless::run(&mut life, mode, work.prompt),
        Mode::Structured => structured::run(&mut life, work.replay),
    }?;
    life.hooks.session_end();
    life.record.add(&Received::Ended { code })?;
    Ok(code)
}

/// What all modes share.
pub(super) struct Life {
    pub(super) personality: Personality,
    pub(super) record: Recorder,
    pub(super) session: String,
    pub(super) folder: PathBuf,
    pub(super) permission: Permission,
    pub(super) hooks: Hooks,
    transcript: Transcript,
}

impl Life {
    fn begin(argv: &[String], places: &Places, personality: Personality, work: &Work) -> io::Result<Self> {
        let session = work.session.clone().unwrap_or_else(new_uuid);
        #[expect(clippy::disallowed_methods, reason = "an agent works where it was started")]
        let folder = std::env::current_dir()?;
        let home = std::env::home_dir().unwrap_or_else(|| folder.clone());
        let transcript = Transcript::of(&home, &folder, &session);
        let record = Recorder::open(&places.received, &session)?;
        record.add(&Received::Started {
            pid: std::process::id(),
            argv: argv.to_vec(),
            cwd: folder.to_string_lossy().into_owned(),
            session: session.clone(),
        })?;
        let hooks = Hooks::read(work.settings.as_deref(), &session, &folder, transcript.path())?;
        Ok(Self { personality, record, session, folder, permission: work.permission, hooks, transcript })
    }

    /// Takes the time to start that its personality takes.
    pub(super) fn wait_for_boot(&self) {
        #[expect(clippy::disallowed_methods, reason = "being slow is the point")]
        thread::sleep(self.personality.boot());
    }

    /// A stream of events for this session.
    pub(super) fn stream(&self) -> EventStream {
        EventStream {
            session: self.session.clone(),
            folder: self.folder.clone(),
            permission: self.permission,
            turns: 0,
        }
    }

    /// Plays the turn of a prompt that was recorded.
    pub(super) fn play(&mut self, face: &mut dyn Face, prompt: &Prompt) -> io::Result<Flow> {
        self.hooks.prompt(&prompt.text);
        self.transcript.user(prompt)?;
        face.begin(prompt)?;
        let steps = Step::in_prompt(&prompt.text).unwrap_or_else(|| self.personality.on_prompt.clone());
        let flow = Performance::new(face, &self.hooks, &self.folder).run(&steps)?;
        if let Flow::Over(turn) = &flow {
            self.finish(face, turn)?;
        }
        Ok(flow)
    }

    fn finish(&mut self, face: &mut dyn Face, turn: &Turn) -> io::Result<()> {
        let stopped = (turn.end == super::face::TurnEnd::Done).then_some("end_turn");
        if !turn.text.is_empty() {
            self.transcript.assistant(turn, stopped)?;
        }
        // The real program calls no hook for a turn that was interrupted.
        match turn.end {
            super::face::TurnEnd::Interrupted => {
                self.transcript.interrupted()?;
                self.record.add(&Received::Interrupted)?;
            }
            _ => self.hooks.stop(&turn.text),
        }
        face.finish(turn)
    }
}
