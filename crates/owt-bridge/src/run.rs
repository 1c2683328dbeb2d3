//! The bridge from its start to its end.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::time::Duration;
use std::time::Instant;

use owt_process::Child;
use owt_process::Cmd;
use owt_process::Escalation;
use owt_process::ExitOutcome;
use owt_process::ProcessError;
use owt_process::Stream;
use owt_process::Streams;
use serde_json::Value;

use crate::address::port_in;
use crate::events::Event;
use crate::lines::Line;
use crate::lines::MAX_LINE_BYTES;
use crate::lines::next;
use crate::outlet::Outlet;
use crate::request::is_path;
use crate::requests;
use crate::server::EventStream;
use crate::server::Server;
use crate::signals::Signals;

/// How long a program may take to be gone when its events are over.
const LEAVING: Duration = Duration::from_secs(2);

/// A program that is to be talked with, and how it is found.
#[derive(Debug, Clone)]
pub struct Bridge {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Its variables, before the password.
    pub environment: BTreeMap<String, String>,
    /// The path of its stream of events.
    pub events: String,
    /// Events of these types (`{"type": ..}`) are not passed on: they say no more than that the program lives, and what is
    /// printed all the time hides that nothing happens.
    pub leaves_out: Vec<String>,
    /// Who it knows us as.
    pub user: String,
    /// The variable in which it is told the password.
    pub password_variable: String,
    /// How long it is waited for.
    pub patience: Patience,
}

/// How long the program is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From its start until it says where it listens.
    pub listening: Duration,
    /// For each answer.
    pub answer: Duration,
}

impl Patience {
    /// OpenCode 1.18.33 listens after one to five seconds; where it first installs packages for plugins, after most of a
    /// minute. Its answers take milliseconds, but for the first, which reads the person's settings.
    pub const OF_AGENTS: Self = Self { listening: Duration::from_secs(120), answer: Duration::from_secs(60) };
}

/// Why a bridge ended before its program and its input did.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// There is no program.
    #[error("no program is named")]
    NoProgram,
    /// The stream of events is somewhere else.
    #[error("'{0}' is no path of the program's events")]
    EventsPath(String),
    /// The program.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The system.
    #[error("the bridge could not be built: {0}")]
    System(#[from] io::Error),
    /// The random source of the system.
    #[error("no password could be made: {0}")]
    Entropy(#[from] getrandom::Error),
    /// It does not say where it listens.
    #[error("the program did not say within {} s where it listens", .0.as_secs())]
    NeverListened(Duration),
    /// It listens, and does not tell its events.
    #[error("the program's events cannot be followed: {0}")]
    NoEvents(String),
    /// Events are lost from here on, and nobody would know.
    #[error("the program's events broke off")]
    EventsBrokeOff,
    /// Nobody reads what the bridge prints.
    #[error("what the bridge prints is read by nobody: {0}")]
    Unread(io::Error),
}

/// What happens to a bridge.
enum News {
    /// The program listens on this port.
    Listens(u16),
    /// Its events are followed: it may be asked.
    IsFollowed(Server),
    /// The bridge is over.
    Over(Result<(), BridgeError>),
}

impl Bridge {
    /// Runs it until the program ends, the input ends, or it is signalled; the program and all below it end with it. How the
    /// program ended.
    ///
    /// # Errors
    /// [`BridgeError`]; it was printed, too.
    pub fn run(
        &self,
        input: impl Read + Send + 'static,
        output: impl Write + Send + 'static,
    ) -> Result<ExitOutcome, BridgeError> {
        let outlet = Outlet::new(output);
        self.serve(input, &outlet).inspect_err(|error| {
            // Whoever would read it may be gone.
            let _unread = outlet.no_answer(None, &error.to_string());
        })
    }

    fn serve(&self, input: impl Read + Send + 'static, outlet: &Outlet) -> Result<ExitOutcome, BridgeError> {
        if !is_path(&self.events) {
            return Err(BridgeError::EventsPath(self.events.clone()));
        }
        let signals = Signals::listen()?;
        let password = password()?;
        let mut child = self.start(&password)?;
        let (tell, news) = mpsc::channel();
        // A program that writes to its input would end it: it is kept until the end, and nobody writes.
        let _held = child.stdin.take();
        let (ready, listening) = mpsc::channel();
        watch_signals(signals, tell.clone())?;
        watch_end(&child, tell.clone())?;
        read_output(&mut child, tell.clone())?;
        read_input(input, outlet.clone(), listening, tell.clone())?;
        let over = self.follow(&news, &tell, (&ready, outlet), &password);
        // The end of the program ends its events, too, and may be heard of later.
        let left = match over {
            Err(BridgeError::EventsBrokeOff | BridgeError::NoEvents(_)) => child.wait_timeout(LEAVING)?,
            _ => None,
        };
        let ended = child.terminate_tree(&Escalation::TOOL)?;
        if left.is_some() { Ok(ended) } else { over.map(|()| ended) }
    }

    fn start(&self, password: &str) -> Result<Child, BridgeError> {
        let (program, arguments) = self.argv.split_first().ok_or(BridgeError::NoProgram)?;
        let streams = Streams { stdin: Stream::Piped, stdout: Stream::Piped, stderr: Stream::Inherit };
        let command = Cmd::new(program)
            .args(arguments)
            .env_clear()
            .envs(&self.environment)
            .env(&self.password_variable, password)
            .label("the bridge's program");
        Ok(command.spawn(streams)?)
    }

    /// What happens until it is over.
    fn follow(
        &self,
        news: &Receiver<News>,
        tell: &Sender<News>,
        (ready, outlet): (&Sender<Server>, &Outlet),
        password: &str,
    ) -> Result<(), BridgeError> {
        let began = Instant::now();
        let mut listens = false;
        loop {
            let left = self.patience.listening.saturating_sub(began.elapsed());
            let heard = match listens {
                false => news.recv_timeout(left),
                true => news.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match heard {
                Ok(News::Listens(_)) if listens => {}
                Ok(News::Listens(port)) => {
                    listens = true;
                    let server = Server::new(port, (&self.user, password), self.patience.answer);
                    let path = self.events.clone();
                    let sieve = Sieve { outlet: outlet.clone(), leaves_out: self.leaves_out.clone() };
                    follow_events(server, path, sieve, tell.clone())?;
                }
                // Nobody asks any more where that is refused.
                Ok(News::IsFollowed(server)) => drop(ready.send(server)),
                Ok(News::Over(how)) => return how,
                Err(_) => return Err(BridgeError::NeverListened(self.patience.listening)),
            }
        }
    }
}

/// 192 random bits, in digits that need no escape anywhere.
fn password() -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; 24];
    getrandom::fill(&mut bytes)?;
    let mut password = String::new();
    for byte in bytes {
        write!(password, "{byte:02x}").expect("a string takes everything");
    }
    Ok(password)
}

/// Starts a thread of the bridge. Cancel rule: it ends with the process, or when what it reads is over. Error rule: what
/// goes wrong in it is told, and ends the bridge.
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(format!("owt-bridge-{name}")).spawn(work).map(drop)
}

fn watch_signals(signals: Signals, tell: Sender<News>) -> io::Result<()> {
    spawn("signals", move || {
        let heard = signals.wait().map_err(BridgeError::System);
        let _over = tell.send(News::Over(heard));
    })
}

fn watch_end(child: &Child, tell: Sender<News>) -> Result<(), BridgeError> {
    let notice = child.exit_notice()?;
    let watch = move || {
        let ended = loop {
            match notice.wait(None) {
                Ok(false) => {}
                Ok(true) => break Ok(()),
                Err(error) => break Err(BridgeError::System(error)),
            }
        };
        let _over = tell.send(News::Over(ended));
    };
    Ok(spawn("end", watch)?)
}

/// Finds the address in what the program prints, and passes that on where people look: a program that nobody reads
/// would stop.
fn read_output(child: &mut Child, tell: Sender<News>) -> io::Result<()> {
    let Some(output) = child.stdout.take() else { return Ok(()) };
    spawn("output", move || {
        let mut output = BufReader::new(output);
        while let Ok(Some(line)) = next(&mut output) {
            let Line::Text(line) = line else { continue };
            let _gone = writeln!(io::stderr(), "{line}");
            if let Some(port) = port_in(&line) {
                let _over = tell.send(News::Listens(port));
            }
        }
    })
}

fn read_input(
    input: impl Read + Send + 'static,
    outlet: Outlet,
    listening: Receiver<Server>,
    tell: Sender<News>,
) -> io::Result<()> {
    spawn("input", move || {
        let answered = requests::answer_all(BufReader::new(input), &outlet, &listening);
        let _over = tell.send(News::Over(answered.map_err(BridgeError::Unread)));
    })
}

/// Where events go, but for those that say nothing.
struct Sieve {
    outlet: Outlet,
    leaves_out: Vec<String>,
}

impl Sieve {
    fn event(&self, carried: &Value) -> io::Result<()> {
        let kind = carried.get("type").and_then(Value::as_str);
        if kind.is_some_and(|kind| self.leaves_out.iter().any(|left_out| left_out == kind)) {
            return Ok(());
        }
        self.outlet.event(carried)
    }
}

fn follow_events(server: Server, path: String, sieve: Sieve, tell: Sender<News>) -> io::Result<()> {
    spawn("events", move || {
        let how = match server.follow(&path) {
            Ok(events) => {
                let _over = tell.send(News::IsFollowed(server));
                pass_on(events, &sieve)
            }
            Err(error) => BridgeError::NoEvents(error.to_string()),
        };
        let _over = tell.send(News::Over(Err(how)));
    })
}

fn pass_on(mut events: EventStream, sieve: &Sieve) -> BridgeError {
    while let Ok(Some(event)) = events.next() {
        let printed = match event {
            Event::Carries(carried) => sieve.event(&carried),
            Event::TooLong => sieve
                .outlet
                .no_answer(None, &format!("an event of more than {MAX_LINE_BYTES} bytes is left out")),
        };
        if let Err(error) = printed {
            return BridgeError::Unread(error);
        }
    }
    BridgeError::EventsBrokeOff
}
