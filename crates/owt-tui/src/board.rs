//! The board as a value: what has come so far, and by one function ([`Board::step`]) what follows from the next event. It
//! must not know a clock, a terminal or a server: time comes with each event, and what is wanted of the world goes out as
//! a [`Request`].

mod ahead;
mod deeds;
mod deletion;
mod fixing;
mod landing;
mod mouse;
mod openings;
mod outcome;
mod seen;
mod starting;
mod sync;
mod train;
mod undo;
mod views;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use owt_api as api;

use crate::board::seen::Since;
use crate::command::Command;
use crate::draw;
use crate::errands::Errands;
use crate::event::Event;
use crate::event::Look;
use crate::event::Request;
use crate::event::Seen;
use crate::event::Starts;
use crate::event::SubjectKind;
use crate::fleet::Fleet;
use crate::happenings::Happenings;
use crate::key::Code;
use crate::key::Key;
use crate::keymap::Keymap;
use crate::keymap::Verb;
use crate::layer::Act;
use crate::layer::HelpOf;
use crate::layer::Layer;
use crate::layer::Taken;
use crate::layer::Writing;
use crate::layers::Layers;
use crate::row::Row;
use crate::side::Side;
use crate::side::Whom;
use crate::status::Tone;
use crate::text::line;
use crate::train::Trains;
use crate::view::View;

/// What a board is opened with.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The person's folder: requests are seen from there.
    pub cwd: String,
    /// The repository that this is in; `None`: in none.
    pub repository: Option<String>,
    /// The repository's name, or what stands for all of them.
    pub title: String,
    /// Which key does what.
    pub keymap: Keymap,
    /// In which the clock goes.
    pub zone: TimeZone,
    /// The person's environment: agents are looked for on its `PATH` and started with it.
    pub environment: BTreeMap<String, String>,
    /// What the command line can do besides; asked for once somebody wants to see it.
    pub commands: fn() -> Vec<Command>,
    /// With what it begins.
    pub beginning: Beginning,
}

/// With what a board begins, as soon as there is a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beginning {
    /// The workspace that is selected, by its folder, name or branch.
    pub workspace: Option<String>,
    /// What is done, as if its key was pressed.
    pub verb: Option<Verb>,
}

impl Setting {
    pub(crate) fn selector(&self, workspace: &api::Workspace) -> api::Selector {
        // A path is understood from every folder.
        api::Selector { cwd: self.cwd.clone(), name: workspace.path.clone() }
    }

    pub(crate) fn whom(&self, row: &Row) -> Whom {
        Whom { id: row.workspace.id.clone(), selector: self.selector(&row.workspace) }
    }
}

/// How the server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Server {
    /// It was not heard yet.
    Unheard,
    Heard,
    /// It went away, for this reason; what is shown may be old.
    Lost(String),
    /// It was told to stop; what is shown may be old.
    Stopped,
}

/// The board.
#[derive(Debug)]
pub struct Board {
    pub(crate) setting: Setting,
    pub(crate) fleet: Fleet,
    pub(crate) layers: Layers,
    pub(crate) side: Side,
    /// What stands in the place of the rows.
    pub(crate) view: Option<View>,
    pub(crate) server: Server,
    /// Whether it is known what there is, even if that may be old.
    pub(crate) has_listed: bool,
    pub(crate) happenings: Happenings,
    /// What was said last.
    pub(crate) said: Option<(Tone, String)>,
    /// What today has cost.
    pub(crate) spent: Option<api::Cost>,
    pub(crate) size: (u16, u16),
    pub(crate) now: Timestamp,
    /// Since when what keys are about is to be seen.
    seen: Since,
    errands: Errands,
    /// With what a task can be started, once it is known.
    starts: Option<Starts>,
    /// A task that was begun to be written and closed again.
    task: Option<Writing>,
    pub(crate) trains: Trains,
    /// What all had cost when today's costs were asked for.
    asked_at_cost: Option<f64>,
}

impl Board {
    /// A board that has heard nothing yet, on a terminal of so many columns and rows.
    pub fn new(setting: Setting, size: (u16, u16), now: Timestamp) -> Self {
        Self {
            setting,
            fleet: Fleet::default(),
            layers: Layers::default(),
            side: Side::default(),
            view: None,
            server: Server::Unheard,
            has_listed: false,
            happenings: Happenings::new(),
            said: None,
            spent: None,
            size,
            now,
            seen: Since::default(),
            errands: Errands::default(),
            starts: None,
            task: None,
            trains: Trains::default(),
            asked_at_cost: None,
        }
    }

    /// What follows from an event.
    pub fn step(&mut self, event: Event, now: Timestamp) -> Vec<Request> {
        self.now = now;
        let put_there = (!event.is_of_the_person()).then_some(now);
        let before = self.row().map(|row| row.workspace.id.clone());
        let mut wanted = match event {
            Event::Key(key) => self.key(key),
            Event::Paste(text) => {
                if let Some(layer) = self.layers.top_mut() {
                    layer.paste(&text);
                }
                Vec::new()
            }
            Event::Click(column, row) => self.click(column, row),
            Event::Wheel(lines) => self.wheel(lines),
            Event::Resized(columns, rows) => {
                self.size = (columns, rows);
                Vec::new()
            }
            Event::Listed(workspaces) => self.listed(workspaces),
            Event::Happened(all) => {
                self.happenings.take(all);
                Vec::new()
            }
            Event::Lost(why) => {
                self.server = Server::Lost(line(&why));
                Vec::new()
            }
            Event::Stopped => {
                self.server = Server::Stopped;
                Vec::new()
            }
            Event::Outcome(ticket, result) => self.outcome(ticket, *result),
            Event::Looked(look, seen) => {
                self.looked(look, seen);
                Vec::new()
            }
            Event::Viewed(look, viewed) => self.viewed(look, *viewed),
            Event::Rode(train, told) => self.rode(&train, *told),
            Event::Spent(spent) => {
                self.spent = spent;
                Vec::new()
            }
            Event::Back(problem) => {
                if let Some(problem) = problem {
                    self.learn((&problem).into());
                }
                Vec::new()
            }
            Event::Tick => Vec::new(),
        };
        let selected = self.row().map(|row| self.setting.whom(row));
        if before.is_some() && before.as_deref() != selected.as_ref().map(|whom| whom.id.as_str()) {
            self.seen.row(put_there);
        }
        wanted.extend(self.side.follow(selected, &mut self.errands));
        let shown = self.row().filter(|_| draw::shows_what_is_asked(self));
        let asked = shown.and_then(Row::asks).map(|asked| asked.request.clone());
        self.seen.asked(asked.as_deref(), now);
        wanted
    }

    /// The row that keys are about: the selected one, in a view that of what is chosen there.
    pub(crate) fn row(&self) -> Option<&Row> {
        match &self.view {
            Some(_) => self.viewed_row(),
            None => self.fleet.selected(),
        }
    }

    fn key(&mut self, key: Key) -> Vec<Request> {
        if self.setting.keymap.verb(key) == Some(Verb::Redraw) {
            return vec![Request::Redraw];
        }
        self.said = None;
        let end = draw::end_of_layer(self);
        let Some(layer) = self.layers.top_mut() else {
            if self.server == Server::Stopped && key == Key::plain(Code::Enter) {
                self.server = Server::Lost("it was stopped, and is started".to_owned());
                return vec![Request::StartServer];
            }
            return match self.setting.keymap.verb(key) {
                Some(verb) => self.verb(verb),
                None => self.other_key(key),
            };
        };
        if let Layer::Choice(choice) = layer
            && (choice.is_too_soon(key, self.now) || choice.goes_on_reading(key, end))
        {
            return Vec::new();
        }
        match layer.take(key) {
            Taken::Kept => {
                layer.scroll_no_further_than(end);
                Vec::new()
            }
            Taken::Picks(part) => {
                self.layers.push(starting::picker(part, self.starts.as_ref()));
                Vec::new()
            }
            Taken::Helps => {
                self.layers.push(Layer::Help { of: HelpOf::Review, scroll: 0 });
                Vec::new()
            }
            Taken::Acts(act) => {
                let closed = self.layers.pop();
                if let (Act::Close, Some(Layer::Write(writing))) = (&act, &closed) {
                    self.keep_task(writing);
                }
                let mut wanted = self.act(act);
                if let Some(Layer::Review(_)) = closed {
                    wanted.push(Request::LookAway);
                }
                if let Some(Request::Do(ticket, deed)) = wanted.first()
                    && let Some(writing) = closed.and_then(|closed| deeds::draft(closed, deed))
                {
                    self.errands.keep(*ticket, writing);
                }
                wanted
            }
        }
    }

    /// Esc closes what is open; anything else is told where the keys are.
    fn other_key(&mut self, key: Key) -> Vec<Request> {
        if key.code == Code::Esc {
            if self.side.pane().is_none() {
                self.view = None;
            }
            return self.side.close().into_iter().collect();
        }
        let help = self.setting.keymap.key(Verb::Help).unwrap_or_default();
        self.said = Some((Tone::Dim, format!("{key} does nothing here; {help} shows the keys")));
        Vec::new()
    }

    fn act(&mut self, act: Act) -> Vec<Request> {
        match act {
            Act::Close => Vec::new(),
            Act::Do(deed, doing) => {
                let (ticket, doing) = (self.errands.ticket(), format!("{doing} …"));
                if let Some(path) = deed.changes() {
                    self.errands.begin(ticket, path.to_owned(), doing.clone());
                }
                self.said = Some((Tone::Dim, doing));
                vec![Request::Do(ticket, deed)]
            }
            Act::Open(layer) => {
                self.layers.push(*layer);
                Vec::new()
            }
            Act::Verb(verb) => self.verb(verb),
            Act::WriteTask(cwd) => self.write_task_below(cwd),
            Act::Attach(workspace) => vec![Request::Attach(workspace)],
            Act::Wish(wish) => {
                if let Some(Layer::Write(writing)) = self.layers.top_mut() {
                    starting::take_wish(writing, wish, self.starts.as_ref());
                }
                Vec::new()
            }
            Act::Edit(folder, files) => vec![Request::Edit(folder, files)],
            Act::WriteCommand(command) => {
                self.layers.push(openings::command(&command, self.row()));
                Vec::new()
            }
            Act::Run(line) => vec![Request::Run(line)],
            Act::Select(id) => {
                self.fleet.select(id);
                self.show_what_is_selected();
                Vec::new()
            }
        }
    }

    /// Whether nobody knows yet what there is.
    pub(crate) fn is_unheard(&self) -> bool {
        self.server == Server::Unheard
    }

    /// What is being done to it just now, from here or by others.
    pub(crate) fn doing<'a>(&'a self, row: &'a Row) -> Option<&'a str> {
        row.landing().or_else(|| self.errands.doing(&row.workspace.path))
    }

    /// What matters most about a row now: what is being done to it, what it asks, what came to nothing.
    pub(crate) fn summary<'a>(&'a self, row: &'a Row) -> (Tone, &'a str) {
        let why_not = || self.errands.why_not(&row.workspace.path).filter(|_| row.asks().is_none());
        let doing = self.doing(row).map(|doing| (Tone::Active, doing));
        doing.or_else(|| why_not().map(|why| (Tone::Bad, why))).unwrap_or_else(|| row.summary())
    }

    fn listed(&mut self, workspaces: Vec<api::Workspace>) -> Vec<Request> {
        if let Server::Lost(_) | Server::Stopped = self.server {
            self.said = Some((Tone::Good, "the server is there again".to_owned()));
        }
        (self.server, self.has_listed) = (Server::Heard, true);
        self.fleet.take(workspaces);
        let fleet = &self.fleet;
        let stands = |path: &str| fleet.at_path(path).map(|row| &row.workspace.standing);
        self.errands.keep_what_failed(|path, stood| stands(path) == Some(stood));
        let cost = self.fleet.cost();
        let is_new = self.asked_at_cost.is_none_or(|asked| (asked - cost).abs() >= 0.005);
        self.asked_at_cost = Some(cost);
        let mut wanted: Vec<Request> = is_new.then_some(Request::ReadSpent).into_iter().collect();
        let shown = self.side.pane().and_then(|pane| self.fleet.with_id(&pane.of));
        if let Some(whom) = shown.map(|row| self.setting.whom(row)) {
            wanted.extend(self.side.look_again(whom, &mut self.errands));
        }
        wanted.extend(self.view_again());
        wanted.extend(self.begin());
        wanted
    }

    /// What it was opened for, once; of a workspace that is not there nothing is done to another.
    fn begin(&mut self) -> Vec<Request> {
        let Beginning { workspace, verb } = std::mem::take(&mut self.setting.beginning);
        if let Some(name) = workspace {
            let Some(id) = self.fleet.called(&name).map(|row| row.workspace.id.clone()) else {
                self.said = Some((Tone::Warn, format!("there is no workspace {} here", line(&name))));
                return Vec::new();
            };
            self.fleet.select(id);
        }
        // The terminal is handed over on a key alone: until one is read, somebody waits here for it.
        let verb = verb.filter(|verb| *verb != Verb::Attach);
        verb.map(|verb| self.verb(verb)).unwrap_or_default()
    }

    fn move_by(&mut self, rows: isize) {
        if let Some(view) = &mut self.view {
            view.move_by(rows);
            return self.select_what_is_viewed();
        }
        self.fleet.move_by(rows);
    }

    /// Opens a pane on the selected row; the same once more closes it.
    fn open_pane(&mut self, kind: SubjectKind) -> Vec<Request> {
        let Some(whom) = self.row().map(|row| self.setting.whom(row)) else { return Vec::new() };
        self.side.toggle(kind, whom, &mut self.errands).into_iter().collect()
    }

    fn looked(&mut self, look: Look, seen: Seen) {
        match self.layers.reading(look) {
            Some(review) => review.see(seen),
            None => self.side.see(look, seen),
        }
    }
}
