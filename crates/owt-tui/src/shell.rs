//! The board in a real terminal: a loop over what is heard, and the threads that listen. Everything that can be decided
//! without them is the [`Board`]'s.
//!
//! One thread reads keys, and reads no further before the last key was dealt with: so a terminal that is handed over has
//! one reader. One follows the list of workspaces, one what is looked at, a few do deeds. All end with the process; what
//! they fail at is said on the board.

mod background;
mod deeds;
mod input;
mod looker;
mod signals;
mod terminal;
mod trains;
mod watch;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use owt_api as api;
use owt_client::Client;

use crate::Board;
use crate::Event;
use crate::Request;
use crate::Setting;
use crate::StartNames;
use crate::Theme;
use crate::shell::background::Question;
use crate::shell::deeds::Deeds;
use crate::shell::input::Input;
use crate::shell::looker::Looker;
use crate::shell::signals::Signals;
use crate::shell::terminal::Terminal;
use crate::shell::watch::Bell;

/// So many pictures a second at most; a key is answered at once.
const FRAME: Duration = Duration::from_millis(33);

/// What is heard and not dealt with yet; who says more waits.
const HEARD: usize = 256;

/// What the board needs of whoever opens it.
pub trait Outside: Send + Sync {
    /// A client of a server; one is started if need be.
    ///
    /// # Errors
    /// Why there is none.
    fn client(&self) -> Result<Client, api::Problem>;

    /// A client of the server that answers now; none is started.
    ///
    /// # Errors
    /// Why the one that is there cannot be used.
    fn running(&self) -> Result<Option<Client>, api::Problem>;

    /// Lets the person have the terminal as the plan says, until they come back.
    ///
    /// # Errors
    /// Why that was not possible.
    fn hand_over(&self, plan: api::AttachPlan) -> Result<(), api::Problem>;

    /// Lets the person edit files below a folder, until they come back.
    ///
    /// # Errors
    /// Why that was not possible.
    fn edit(&self, folder: &str, files: &[String]) -> Result<(), api::Problem>;

    /// Does what a line of the command line says, and lets the person read what came of it before they come back.
    ///
    /// # Errors
    /// Why that was not possible; what the command itself says the person has read.
    fn run(&self, line: &str) -> Result<(), api::Problem>;

    /// Ways of working, and what work can begin at in the repository of this folder.
    fn start_names(&self, cwd: &str) -> StartNames;

    /// The tmux that we are in, as its variable has it.
    fn inside_tmux(&self) -> Option<String>;

    /// The person's environment, for what reaches out of the machine as they would.
    fn environment(&self) -> BTreeMap<String, String>;

    /// A key for a message, which no other has.
    fn fresh_key(&self) -> String;

    /// The time.
    fn now(&self) -> Timestamp;
}

/// Which colours.
#[derive(Debug, Clone, Copy)]
pub enum Colours {
    /// These.
    Theme(Theme),
    /// Those that fit the background of which the terminal tells, else these.
    AskTerminal(Theme),
}

/// Which workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breadth {
    /// Those of the person's repository.
    One,
    /// All of them.
    All,
}

/// How a board is opened.
#[derive(Debug, Clone)]
pub struct Opening {
    /// What it is about.
    pub setting: Setting,
    /// Its colours.
    pub colours: Colours,
    /// Its workspaces.
    pub breadth: Breadth,
}

/// Something was heard.
enum Heard {
    /// From the person, who waits.
    Person(Event),
    /// From elsewhere.
    World(Event),
    /// What the terminal says of its background.
    Background(String),
    /// The process is to end.
    Leave,
}

type Mouth = mpsc::SyncSender<Heard>;

/// Shows the board until the person leaves it.
///
/// # Errors
/// When the terminal does not do what a terminal does.
pub fn open(outside: &Arc<dyn Outside>, opening: Opening) -> io::Result<()> {
    let (mouth, ear) = mpsc::sync_channel(HEARD);
    let request =
        api::ListWorkspaces { cwd: opening.setting.cwd.clone(), all_repos: opening.breadth == Breadth::All };
    // The list is on its way while the terminal is made ready.
    let bell = watch::begin(Arc::clone(outside), request.clone(), mouth.clone())?;
    let mut terminal = Terminal::enter(mouth.clone())?;
    let (theme, question) = match opening.colours {
        Colours::Theme(theme) => (theme, None),
        Colours::AskTerminal(otherwise) => (otherwise, Some(Question::ask()?)),
    };
    // From here on a change of size is heard: the size that is read next is never older than that.
    input::listen()?;
    let signals = Signals::watch(mouth.clone())?;
    let mut shell = Shell {
        board: Board::new(opening.setting, terminal.size()?, outside.now()),
        theme,
        question,
        input: Input::begin(mouth.clone())?,
        deeds: Deeds::begin(outside, &request, &mouth)?,
        looker: Looker::begin(Arc::clone(outside), mouth.clone())?,
        signals,
        mouth,
        bell,
        outside: Arc::clone(outside),
        drawn: None,
        is_stale: true,
    };
    shell.run(&mut terminal, &ear)
}

struct Shell {
    board: Board,
    theme: Theme,
    /// As long as the terminal has not said whether it is dark or light.
    question: Option<Question>,
    input: Input,
    deeds: Deeds,
    looker: Looker,
    signals: Signals,
    mouth: Mouth,
    /// Has a server started that was stopped.
    bell: Bell,
    outside: Arc<dyn Outside>,
    drawn: Option<Instant>,
    /// Whether the board may have changed since.
    is_stale: bool,
}

/// Whether the board goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    End,
}

impl Shell {
    fn run(&mut self, terminal: &mut Terminal, ear: &mpsc::Receiver<Heard>) -> io::Result<()> {
        loop {
            let heard = match ear.recv_timeout(self.patience()) {
                Ok(heard) => heard,
                Err(RecvTimeoutError::Timeout) => Heard::World(Event::Tick),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            let mut is_urgent = false;
            for heard in std::iter::once(heard).chain(ear.try_iter().take(HEARD)) {
                let flow = match heard {
                    Heard::Leave => Flow::End,
                    Heard::World(event) => {
                        // The first list is what the person has opened the board for: it waits for no frame.
                        is_urgent |= self.board.is_unheard() && matches!(event, Event::Listed(_));
                        self.take(event, terminal)?
                    }
                    Heard::Background(said) => self.suit(&said),
                    Heard::Person(event) => {
                        is_urgent = true;
                        let flow = self.take(event, terminal)?;
                        self.input.go_on();
                        flow
                    }
                };
                if flow == Flow::End {
                    return Ok(());
                }
            }
            if self.is_stale && (is_urgent || self.drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME)) {
                self.draw(terminal)?;
            }
        }
    }

    /// The terminal has said what it is, where somebody wanted to know.
    fn suit(&mut self, said: &str) -> Flow {
        if let (Some(_), Some(lightness)) = (self.question.take(), background::lightness(said)) {
            self.theme = if lightness > 0.5 { Theme::Light } else { Theme::Dark };
            self.is_stale = true;
        }
        Flow::On
    }

    /// Nobody else is to get what the terminal answers to us.
    fn settle(&mut self) {
        if let Some(question) = self.question.take() {
            question.settle();
        }
    }

    /// How long nothing needs to be heard: until the next picture, or the next minute of the clock.
    fn patience(&self) -> Duration {
        if self.is_stale {
            return self.drawn.map_or(Duration::ZERO, |drawn| FRAME.saturating_sub(drawn.elapsed()));
        }
        let millis = self.outside.now().as_millisecond().rem_euclid(60_000);
        Duration::from_millis(60_000 - millis.unsigned_abs())
    }

    fn draw(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        let (columns, rows) = terminal.size()?;
        if (columns, rows) != self.board.size {
            // The picture is made for the terminal as it is, whatever has been heard of that.
            self.board.step(Event::Resized(columns, rows), self.outside.now());
        }
        terminal.draw(&self.board, self.theme)?;
        (self.drawn, self.is_stale) = (Some(Instant::now()), false);
        Ok(())
    }

    fn take(&mut self, event: Event, terminal: &mut Terminal) -> io::Result<Flow> {
        self.is_stale = true;
        for request in self.board.step(event, self.outside.now()) {
            match request {
                Request::Quit => {
                    self.settle();
                    return Ok(Flow::End);
                }
                Request::Attach(workspace) => {
                    let problem = self.attach(workspace, terminal)?;
                    self.take(Event::Back(problem), terminal)?;
                }
                Request::Edit(folder, files) => {
                    self.draw(terminal)?;
                    let problem = self.away(terminal, |outside| outside.edit(&folder, &files))?;
                    self.take(Event::Back(problem), terminal)?;
                }
                Request::Run(line) => {
                    self.draw(terminal)?;
                    let problem = self.away(terminal, |outside| outside.run(&line))?;
                    self.take(Event::Back(problem), terminal)?;
                }
                Request::Do(ticket, deed) => {
                    if let Some(refused) = self.deeds.ask(ticket, deed) {
                        self.take(refused, terminal)?;
                    }
                }
                Request::View(look, kind, cwd) => {
                    if let Some(refused) = self.deeds.view(look, kind, cwd) {
                        self.take(refused, terminal)?;
                    }
                }
                Request::Follow(train) => {
                    trains::follow(Arc::clone(&self.outside), self.mouth.clone(), train)?;
                }
                Request::Redraw => terminal.begin_anew()?,
                Request::StartServer => self.bell.ring(),
                Request::ReadSpent => self.deeds.read_spent(),
                Request::Look(look, subject) => self.looker.look(look, Some(subject)),
                Request::LookAway => self.looker.look_away(),
            }
        }
        Ok(Flow::On)
    }

    /// Hands the terminal over until the person comes back. Nobody reads keys meanwhile: the reader waits for us.
    fn attach(
        &mut self,
        workspace: api::Selector,
        terminal: &mut Terminal,
    ) -> io::Result<Option<api::Problem>> {
        self.draw(terminal)?;
        let request =
            api::Attach { workspace, inside_tmux: self.outside.inside_tmux(), ..api::Attach::default() };
        let plan = self.outside.client().and_then(|mut client| Ok(client.attach(&request)?));
        let plan = match plan {
            Ok(plan) => plan,
            Err(problem) => return Ok(Some(problem)),
        };
        self.away(terminal, |outside| outside.hand_over(plan))
    }

    /// Somebody else has the terminal for a while.
    fn away(
        &mut self,
        terminal: &mut Terminal,
        there: impl FnOnce(&dyn Outside) -> Result<(), api::Problem>,
    ) -> io::Result<Option<api::Problem>> {
        self.settle();
        terminal.leave()?;
        let outside = Arc::clone(&self.outside);
        let came_back = self.signals.lend(|| there(&*outside))?;
        terminal.come_back()?;
        let (columns, rows) = terminal.size()?;
        self.take(Event::Resized(columns, rows), terminal)?;
        Ok(came_back.err())
    }
}
