//! One session: a program goes through all it can be in, by the script, and what held when is written down from what
//! reached the model. A session in which something did not come as the script has it is worth nothing.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use owt_process::Cmd;
use owt_testkit::lab::SealedHome;
use owt_testkit::lab::real_agents;
use owt_testkit::model::LoggedRequest;
use owt_testkit::model::ModelConfig;
use owt_testkit::model::ModelServer;
use owt_testkit::model::Outcome;
use owt_testkit::model::RequestKind;
use owt_testkit::model::Scenarios;
use serde_json::Value;

use crate::program::Colours;
use crate::program::Program;
use crate::recording;
use crate::terminal::Terminal;
use crate::truth::State;
use crate::truth::Timeline;

const SCENARIOS: &str = include_str!("scenarios.json");

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const UP: &str = "\x1b[A";
const DOWN: &str = "\x1b[B";
const RUB_OUT: &str = "\x7f";

/// How long a program must stand still to count as having drawn what it waits with.
const STILL: Duration = Duration::from_millis(1500);

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long after a refusal, or a denial, a program asks its model again if it does.
const ASKS_AGAIN: Duration = Duration::from_secs(9);

/// How long each state is looked at.
const LOOK: Duration = Duration::from_millis(1200);

/// Why a session is worth nothing.
#[derive(Debug)]
pub(crate) struct Spoilt(pub(crate) String);

/// A screen's size, and which part of the script is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Take {
    pub(crate) rows: u16,
    pub(crate) columns: u16,
    pub(crate) round: usize,
}

/// What is done about a prompt.
#[derive(Debug, Clone, Copy)]
enum About {
    Wait,
    Deny,
    Interrupt,
}

pub(crate) struct Session {
    program: &'static Program,
    home: SealedHome,
    model: ModelServer,
    terminal: Terminal,
    truth: Timeline,
}

/// Records one session below `root`, which programs see as it is named.
pub(crate) fn record(program: &'static Program, take: Take, root: &Path) -> Result<Vec<Value>, Spoilt> {
    let mut session = Session::begin(program, take, root);
    session.answer_the_dialog()?;
    session
        .play(take.round)
        .map_err(|Spoilt(why)| Spoilt(format!("{why}, on:\n{}", session.terminal.text())))?;
    session.quit()?;
    let mut pictures = session.terminal.pictures();
    if program.colours == Colours::LeftOut {
        pictures.iter_mut().for_each(|picture| picture.coloured.clone_from(&picture.rows));
    }
    Ok(recording::lines(&pictures, &session.truth, Instant::now() + LOOK))
}

impl Session {
    fn begin(program: &'static Program, take: Take, root: &Path) -> Self {
        let scenarios = Scenarios::parse(SCENARIOS).unwrap();
        let model = ModelServer::start(ModelConfig { scenarios, ..ModelConfig::default() }).unwrap();
        let mut home = SealedHome::create(&root.join("h")).unwrap();
        let agents = real_agents().unwrap();
        agents.settle_into(&mut home, &model.base_url()).unwrap();
        (program.settle)(&mut home);
        let repository = repository(&home, root);
        let command = Cmd::new(agents.program(program.agent)).args(program.argv).current_dir(&repository);
        let terminal = Terminal::open(home.sealed(command), take.rows, take.columns);
        let truth = Timeline::begin(Instant::now());
        Self { program, home, model, terminal, truth }
    }

    /// It stands still until it is answered, and then its file holds the answer.
    fn answer_the_dialog(&mut self) -> Result<(), Spoilt> {
        let Some(kept) = self.program.trust else { return Ok(()) };
        if !self.terminal.is_still(STILL, PATIENCE) {
            return Err(Spoilt("it asks nothing at the start".to_owned()));
        }
        let holds = |home: &SealedHome| {
            fs::read_to_string(home.folder().join(kept.file)).is_ok_and(|text| text.contains(kept.words))
        };
        if holds(&self.home) {
            return Err(Spoilt("it does not wait for an answer".to_owned()));
        }
        self.truth.has_been(STILL / 2, State::Dialog);
        for keys in [DOWN, UP] {
            self.terminal.types(keys);
            look(LOOK / 2);
        }
        self.terminal.types(ENTER);
        self.truth.lose_sight(Instant::now());
        let latest = Instant::now() + PATIENCE / 4;
        while !holds(&self.home) {
            if Instant::now() > latest {
                return Err(Spoilt(format!("the answer is not in {}:\n{}", kept.file, self.terminal.text())));
            }
            look(Duration::from_millis(50));
        }
        Ok(())
    }

    fn play(&mut self, round: usize) -> Result<(), Spoilt> {
        self.wait_for_the_box()?;
        let pick = |of: &[&'static str], index: usize| of.get((round + index) % of.len().max(1)).copied();
        self.draft("only half of a thought");
        let talks = ["talk-0", "talk-1", "talk-2", "talk-3", "talk-4", "talk-5"];
        self.prompt("Tell me about it", talks[round % 6], About::Wait)?;
        for (index, scenario) in
            [0, 1].into_iter().filter_map(|index| Some((index, pick(self.program.asked, index)?)))
        {
            self.prompt(["Go on, please", "And the next step"][index], scenario, About::Wait)?;
        }
        if let Some(scenario) = pick(self.program.unasked, 0) {
            self.prompt("Look for yourself", scenario, About::Wait)?;
        }
        if let Some(scenario) = self.program.question {
            self.prompt("Ask me what you need to know", scenario, About::Wait)?;
        }
        self.prompt("Once more", ["again-0", "again-1", "again-2"][round % 3], About::Wait)?;
        if let Some(scenario) = pick(self.program.asked, 2) {
            self.prompt("Try this", scenario, About::Deny)?;
        }
        self.prompt("Explain at length", ["think-0", "stream-0", "think-1"][round % 3], About::Interrupt)?;
        self.prompt("Then something else", talks[(round + 3) % 6], About::Wait)?;
        self.prompt("What is left", ["fail-0", "fail-1", "fail-2"][round % 3], About::Wait)?;
        self.prompt("And now", ["fail-1", "fail-2", "fail-0"][round % 3], About::Wait)?;
        if let Some(scenario) = self.program.question {
            self.prompt("Ask me again", scenario, About::Deny)?;
        }
        Ok(())
    }

    fn wait_for_the_box(&mut self) -> Result<(), Spoilt> {
        if !self.terminal.is_ready(STILL, PATIENCE) {
            return Err(Spoilt("its input box never stands still".to_owned()));
        }
        self.truth.has_been(STILL / 2, State::Ready);
        Ok(())
    }

    /// Text that is typed and rubbed out again.
    fn draft(&mut self, text: &str) {
        self.terminal.types(text);
        look(LOOK);
        self.terminal.types(&RUB_OUT.repeat(text.len()));
        look(LOOK / 2);
    }

    /// Gives a prompt and follows what comes of it to its end.
    fn prompt(&mut self, words: &str, scenario: &str, about: About) -> Result<(), Spoilt> {
        let first = self.model.log().len();
        // What an interrupted prompt left in the box.
        self.terminal.types("\x15");
        look(LOOK / 4);
        self.terminal.pastes(&format!("{words} [[scn:{scenario}]]"));
        let _any = self.terminal.is_still(LOOK / 4, LOOK);
        self.terminal.types(ENTER);
        self.truth.mark(Instant::now(), State::Working);
        let mut turn = Turn { session: self, scenario, seen: first };
        if !turn.comes_to_ask() {
            return Err(Spoilt(format!("the prompt for {scenario} does not reach the model")));
        }
        turn.session.truth.known_now();
        match about {
            About::Interrupt => turn.interrupt(),
            About::Wait | About::Deny => turn.follow(about)?,
        }
        look(LOOK);
        Ok(())
    }

    fn quit(&mut self) -> Result<(), Spoilt> {
        self.truth.lose_sight(Instant::now());
        self.terminal.types("\x15");
        look(LOOK / 2);
        self.terminal.types(self.program.quit);
        look(LOOK);
        self.terminal.types(ENTER);
        if !self.terminal.ends(PATIENCE / 3) {
            return Err(Spoilt(format!("it does not end on:\n{}", self.terminal.text())));
        }
        self.truth.mark(Instant::now(), State::Exited);
        Ok(())
    }
}

/// One prompt and the requests that it leads to.
struct Turn<'a> {
    session: &'a mut Session,
    scenario: &'a str,
    /// Requests before this one are over.
    seen: usize,
}

/// How the model answered.
enum Answered {
    Refused,
    /// With tool calls.
    Called,
    /// For good.
    Said,
}

impl Turn<'_> {
    fn is_ours(&self, request: &LoggedRequest) -> bool {
        request.kind == RequestKind::Turn && request.scenario.as_deref() == Some(self.scenario)
    }

    /// Waits until the model is asked; whether it is.
    fn asks(&self, limit: Duration) -> bool {
        self.session
            .model
            .wait_until(limit, |log, _| log[self.seen..].iter().any(|request| self.is_ours(request)))
    }

    /// Waits until the model is asked. A key may be overlooked right after a paste, and then nothing moves: it is pressed
    /// again. A program that moves is on its way.
    fn comes_to_ask(&mut self) -> bool {
        for _ in 0..2 {
            if self.asks(PATIENCE / 10) {
                return true;
            }
            if self.session.terminal.is_still(PATIENCE / 20, Duration::ZERO) {
                self.session.terminal.types(ENTER);
                self.session.truth.was_only_now();
            }
        }
        self.asks(PATIENCE)
    }

    fn request(&self) -> LoggedRequest {
        let log = self.session.model.log();
        let found = log[self.seen..].iter().find(|request| self.is_ours(request));
        found.expect("it was waited for").clone()
    }

    /// Waits for the end of the answer to the request that stands open; when that was, and what it was.
    fn answer(&mut self) -> Result<(Instant, Answered), Spoilt> {
        let request = self.request();
        let number = request.sequence;
        let mut ended = None;
        let is_answered = self.session.model.wait_until(PATIENCE, |_, answers| {
            ended = answers.get(&number).copied();
            ended.is_some()
        });
        let Some(at) = ended.filter(|_| is_answered) else {
            return Err(Spoilt("the model does not answer".to_owned()));
        };
        self.seen = usize::try_from(number).expect("few requests");
        Ok((
            at,
            match request.outcome {
                Outcome::Answered if calls_tools(self.scenario, request.turn) => Answered::Called,
                Outcome::Answered => Answered::Said,
                _ => Answered::Refused,
            },
        ))
    }

    fn follow(&mut self, about: About) -> Result<(), Spoilt> {
        loop {
            let (at, answered) = self.answer()?;
            match answered {
                Answered::Said => {
                    self.session.truth.mark(at, State::Ready);
                    return Ok(());
                }
                Answered::Refused => {
                    self.session.truth.mark(at, State::Retrying);
                    // The script knows whether it pays: some programs wait long before they ask again.
                    let limit = if self.scenario.starts_with("again") { PATIENCE } else { ASKS_AGAIN };
                    if !self.asks(limit) {
                        self.session.truth.was_really(State::Error);
                        return Ok(());
                    }
                }
                Answered::Called => {
                    let waits_as = self.waits_for_a_person_as();
                    if let Some(state) = waits_as {
                        self.session.truth.mark(at, state);
                        if !self.answer_as_a_person(about)? {
                            return Ok(());
                        }
                    } else if !self.asks(PATIENCE) {
                        return Err(Spoilt(format!("{} goes not on by itself", self.scenario)));
                    }
                }
            }
        }
    }

    fn waits_for_a_person_as(&self) -> Option<State> {
        let program = self.session.program;
        if program.question == Some(self.scenario) {
            return Some(State::Question);
        }
        program.asked.contains(&self.scenario).then_some(State::Permission)
    }

    /// Answers what the program asks; whether it goes on then. That it did ask is proved by the model not being asked
    /// before the answer.
    fn answer_as_a_person(&mut self, about: About) -> Result<bool, Spoilt> {
        look(LOOK * 2);
        for keys in [DOWN, UP] {
            self.session.terminal.types(keys);
            look(LOOK / 2);
        }
        if self.asks(Duration::ZERO) {
            return Err(Spoilt(format!("{} went on without an answer", self.scenario)));
        }
        let keys = if matches!(about, About::Deny) { ESCAPE } else { ENTER };
        self.session.terminal.types(keys);
        self.session.truth.mark(Instant::now(), State::Working);
        if matches!(about, About::Wait) {
            return match self.asks(PATIENCE / 2) {
                true => Ok(true),
                false => Err(Spoilt(format!("{} does not go on after the answer", self.scenario))),
            };
        }
        let goes_on = self.asks(ASKS_AGAIN / 2);
        if !goes_on {
            self.session.truth.was_really(State::Ready);
        }
        Ok(goes_on)
    }

    fn interrupt(&mut self) {
        look(LOOK * 2);
        self.session.terminal.types(ESCAPE);
        self.session.truth.mark(Instant::now(), State::Ready);
        look(LOOK);
    }
}

/// Whether this turn of a scenario ends in tool calls.
fn calls_tools(scenario: &str, turn: Option<usize>) -> bool {
    let all: Value = serde_json::from_str(SCENARIOS).expect("it was parsed before");
    let turn = &all[scenario][turn.unwrap_or(0)];
    ["bash", "read", "write", "edit", "raw"].into_iter().any(|tool| turn.get(tool).is_some())
}

/// A small repository with one commit.
fn repository(home: &SealedHome, root: &Path) -> PathBuf {
    let folder = root.join("repo");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("README.md"), "# A small project\n\nIt does little.\n").unwrap();
    for words in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "--message", "Begin"]] {
        home.sealed(Cmd::new("git").args(words.iter().copied()).current_dir(&folder)).run_checked().unwrap();
    }
    folder
}

#[expect(
    clippy::disallowed_methods,
    reason = "a state is looked at for a while: that is what a recording is"
)]
fn look(time: Duration) {
    std::thread::sleep(time);
}
