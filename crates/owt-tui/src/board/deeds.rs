//! What each verb does: what it asks of the server, or which layer it opens first. It must not know keys.

use owt_api as api;

use super::Board;
use super::deletion;
use super::landing;
use super::landing::By;
use super::openings;
use super::seen::TO_READ;
use super::starting;
use super::sync;
use super::undo;
use owt_core::counting::counted;

use crate::draw;
use crate::event::Deed;
use crate::event::Request;
use crate::event::Subject;
use crate::event::SubjectKind;
use crate::event::ViewKind;
use crate::keymap::Verb;
use crate::layer::Act;
use crate::layer::Choice;
use crate::layer::HelpOf;
use crate::layer::Layer;
use crate::layer::Purpose;
use crate::layer::Writing;
use crate::review::Reader;
use crate::review::Review;
use crate::row::Row;
use crate::row::asked_in_short;
use crate::section::Section;
use crate::section::goes_on_by_itself;
use crate::section::has_work;
use crate::status::Tone;
use crate::wording;

/// So many columns does a long line move at a time.
const SIDEWAYS: isize = 20;

impl Verb {
    /// Whether it can be done to this row, where it is looked at.
    pub(crate) fn fits(self, row: &Row, view: Option<ViewKind>) -> bool {
        let it = &row.workspace;
        let permission = row.asks().is_some_and(|asked| asked.questions.is_empty());
        match self {
            Self::Allow => permission,
            Self::Deny => row.asks().is_some(),
            Self::Send => it.session.is_some(),
            Self::Interrupt => it.session.is_some() && is_at_work(it.status),
            // What would go on by itself is called off.
            Self::Stop => it.session.is_some() || goes_on_by_itself(it),
            Self::Attach => row.has_terminal(),
            Self::Resume => {
                let is_over = it.session.is_none() && !is_at_work(it.status);
                is_over && it.agent.is_some() && it.standing.missing.is_none()
            }
            Self::Ship | Self::Merge => can_take_commits(it) && has_work(it),
            Self::Sync => can_take_commits(it),
            Self::Fix if !it.standing.unmerged_files.is_empty() => it.standing.missing.is_none(),
            // Who is in the view of the conflicts has one, whatever was known when the list was made.
            Self::Fix if wording::conflicts(it).is_none() && view != Some(ViewKind::Conflicts) => false,
            Self::Diff | Self::Review | Self::Fix => it.standing.missing.is_none() && it.branch.is_some(),
            Self::Dismiss => it.used.attention.unread,
            _ => true,
        }
    }

    /// Whether it changes a session or work: one such thing at a time.
    const fn changes(self) -> bool {
        matches!(
            self,
            Self::Ship
                | Self::Merge
                | Self::Sync
                | Self::Interrupt
                | Self::Stop
                | Self::Delete
                | Self::Resume
        )
    }
}

impl Board {
    pub(super) fn verb(&mut self, verb: Verb) -> Vec<Request> {
        match verb {
            Verb::Down => self.move_by(1),
            Verb::Up => self.move_by(-1),
            Verb::Top => self.move_by(isize::MIN),
            Verb::Bottom => self.move_by(isize::MAX),
            Verb::PaneDown => self.page(1),
            Verb::PaneUp => self.page(-1),
            Verb::PaneRight => self.side.shift(SIDEWAYS),
            Verb::PaneLeft => self.side.shift(-SIDEWAYS),
            Verb::Zoom => self.side.zoom(),
            Verb::Help => self.layers.push(Layer::Help { of: HelpOf::Board, scroll: 0 }),
            Verb::Palette => {
                let super::Setting { keymap, commands, .. } = &self.setting;
                self.layers.push(openings::palette((self.row(), self.viewing()), keymap, commands()));
            }
            Verb::Find => self.layers.push(openings::finder(&self.fleet)),
            Verb::New => return self.write_task(),
            Verb::Broadcast => match openings::broadcast(&self.fleet, self.repository()) {
                Some(layer) => self.layers.push(layer),
                None => self.said = Some((Tone::Warn, "no agent runs that could get it".to_owned())),
            },
            Verb::Undo => return self.ask_first(undo::question(self.repository())),
            Verb::Conflicts => return self.open_view(ViewKind::Conflicts),
            Verb::Queue => return self.open_view(ViewKind::Queue),
            Verb::ShipQueue => return self.look_along_the_queue(),
            Verb::Clear => {
                self.said = Some(match self.happenings.see() {
                    0 => (Tone::Dim, "nothing has happened by itself".to_owned()),
                    count => {
                        (Tone::Good, format!("{} taken as seen", counted(count as u64, "line", "lines")))
                    }
                });
            }
            Verb::Redraw => return vec![Request::Redraw],
            Verb::Quit => return vec![Request::Quit],
            about_a_row => return self.about_the_row(about_a_row),
        }
        Vec::new()
    }

    fn about_the_row(&mut self, verb: Verb) -> Vec<Request> {
        let Some(row) = self.row().cloned() else {
            self.said = Some((Tone::Dim, "there is no workspace here".to_owned()));
            return Vec::new();
        };
        if self.seen.is_surprised(self.now) {
            let words =
                format!("another row, {}, has just come under this key: look, then once more", row.name());
            self.said = Some((Tone::Warn, words));
            return Vec::new();
        }
        self.fleet.mean_it();
        let is_noted = verb == Verb::Dismiss && self.errands.forget(&row.workspace.path);
        if !verb.fits(&row, self.viewing()) {
            if is_noted {
                return Vec::new();
            }
            let word = verb.entry().word;
            self.said = Some((Tone::Warn, format!("{word}: {}", why_not(verb, &row))));
            return Vec::new();
        }
        let selector = self.setting.selector(&row.workspace);
        if let Some(doing) = self.doing(&row).filter(|_| verb.changes()) {
            self.said = Some((Tone::Warn, format!("{}: wait for that: {doing}", row.name())));
            return Vec::new();
        }
        match verb {
            // What cannot be read whole is shown before it is allowed.
            Verb::Allow if !draw::shows_what_is_asked(self) => return self.show_first(&row, selector),
            Verb::Allow => return self.allow(&row),
            Verb::Deny => self.layers.push(openings::deny(&row, selector)),
            Verb::Answer => return self.answer(&row, selector),
            Verb::Send => self.layers.push(openings::message(&row, selector)),
            Verb::Attach if row.asks().is_some() && row.is_structured() => {
                self.layers.push(openings::attach(&row, selector));
            }
            Verb::Attach => return vec![Request::Attach(selector)],
            Verb::Resume => {
                let writing = openings::resume(row.name(), openings::resumed(selector), String::new());
                self.layers.push(Layer::Write(writing));
            }
            Verb::Ship => return self.ask_first(landing::question(By::Ship, &row, selector)),
            Verb::Merge => return self.ask_first(landing::question(By::Merge, &row, selector)),
            Verb::Sync => return self.ask_first(sync::question(&row, selector)),
            Verb::Review => return self.review(&row, selector),
            Verb::Fix => return self.fix(&row, selector),
            Verb::Diff => return self.open_pane(SubjectKind::Diff),
            Verb::Preview => return self.open_pane(SubjectKind::Screen),
            Verb::Log => return self.open_pane(SubjectKind::Log),
            Verb::Explain => return self.open_pane(SubjectKind::Evidence),
            Verb::Dismiss => {
                let deed = Deed::Dismiss(selector);
                return self.act(Act::Do(Box::new(deed), format!("taking {} as seen", row.name())));
            }
            Verb::Interrupt => return self.act(openings::interrupt(&row, selector)),
            Verb::Stop => self.layers.push(openings::stop(&row, selector)),
            Verb::Delete => return self.ask_first(deletion::question(&row, selector)),
            _ => {}
        }
        Vec::new()
    }

    fn page(&mut self, direction: isize) {
        let lines = isize::try_from(self.size.1 / 2).unwrap_or(1).max(1);
        match self.side.pane() {
            Some(_) => self.side.scroll(direction * lines, draw::pane_room(self)),
            None => self.move_by(direction * lines),
        }
    }

    /// One key allows what stood there long enough to be read.
    fn allow(&mut self, row: &Row) -> Vec<Request> {
        let Some(asked) = row.asks() else { return Vec::new() };
        if !self.seen.has_read(&asked.request, self.now) {
            self.said =
                Some((Tone::Warn, "it has only just begun to ask this: read it, then once more".to_owned()));
            return Vec::new();
        }
        let answer = answer(row, self.setting.selector(&row.workspace), api::Given::Allow);
        self.act(Act::Do(Box::new(Deed::Answer(answer)), format!("allowing {}", asked_in_short(asked))))
    }

    /// All that it asks; the key that allows is one more, and not the same tap.
    fn show_first(&mut self, row: &Row, selector: api::Selector) -> Vec<Request> {
        let wanted = self.answer(row, selector);
        if let Some(Layer::Choice(choice)) = self.layers.top_mut() {
            choice.to_read = Some(self.now + TO_READ);
        }
        wanted
    }

    /// All that it asks, with the ways to answer; where it asks nothing here, its last words.
    fn answer(&mut self, row: &Row, selector: api::Selector) -> Vec<Request> {
        let Some(asked) = row.asks() else { return self.open_pane(SubjectKind::Detail) };
        if !asked.questions.is_empty() {
            let answer = answer(row, selector, api::Given::Words(Vec::new()));
            let title = format!("{} asks", row.name());
            self.layers.push(Layer::Write(Writing::question(title, asked.questions.clone(), answer)));
            return Vec::new();
        }
        let allow = answer(row, selector.clone(), api::Given::Allow);
        let doing = format!("allowing {}", asked_in_short(asked));
        let mut lines = vec![(Tone::Strong, asked.tool.clone())];
        lines.extend(
            asked.detail.as_ref().unwrap_or(&asked.summary).lines().map(|line| (Tone::Warn, line.to_owned())),
        );
        let choice = Choice::new(format!("{} asks for permission", row.name()), lines)
            .way('y', "allow", Act::Do(Box::new(Deed::Answer(allow)), doing))
            .way('N', "deny", Act::Open(Box::new(openings::deny(row, selector))));
        self.layers.push(Layer::Choice(choice));
        Vec::new()
    }

    /// The critic and the patch are asked for at once; the pane gives way, one thing is looked at.
    fn review(&mut self, row: &Row, workspace: api::Selector) -> Vec<Request> {
        let (ticket, look) = (self.errands.ticket(), self.errands.look());
        self.side.close();
        let reader = match row.workspace.session {
            None if Verb::Resume.fits(row, None) => Reader::Resumed(openings::resumed(workspace.clone())),
            _ => Reader::Agent(openings::unsent(
                workspace.cwd.clone(),
                api::Audience::One(workspace.name.clone()),
            )),
        };
        let review = Review::new(row.name().to_owned(), reader, ticket, look);
        self.layers.push(Layer::Review(Box::new(review)));
        let deed = Deed::Criticise(api::CriticiseWorkspace {
            workspace: workspace.clone(),
            deed: api::Deed::Ship,
            into: None,
        });
        let subject = Subject { workspace, kind: SubjectKind::Diff };
        vec![Request::Do(ticket, Box::new(deed)), Request::Look(look, subject)]
    }
}

/// What the person wrote for a deed: until it has arrived nobody else has it.
pub(super) fn draft(closed: Layer, deed: &Deed) -> Option<Writing> {
    match (closed, deed) {
        (Layer::Write(writing), _) => Some(writing),
        (Layer::Review(review), Deed::Send(message)) => Some(Writing {
            title: format!("Message to {}", review.name),
            above: Vec::new(),
            editor: crate::editor::Editor::holding(message.text.clone()),
            purpose: Purpose::Message(message.clone()),
            scroll: 0,
        }),
        (Layer::Review(review), Deed::Resume(resume)) => {
            let text = resume.message.clone().unwrap_or_default();
            Some(openings::resume(&review.name, resume.clone(), text))
        }
        // The agent was chosen after the task was written.
        (Layer::Pick(_), Deed::New(wanted)) => {
            let task = wanted.task.clone().unwrap_or_default();
            Some(starting::task(wanted.clone(), task, None))
        }
        _ => None,
    }
}

/// Whether its agent may still change what would land.
const fn is_at_work(status: api::Status) -> bool {
    matches!(
        status,
        api::Status::Starting
            | api::Status::Working
            | api::Status::WaitingInput
            | api::Status::WaitingPermission
    )
}

/// Whether its branch can move or be landed: nobody is at work there, and no merge is left half done.
fn can_take_commits(it: &api::Workspace) -> bool {
    let standing = &it.standing;
    it.branch.is_some()
        && standing.missing.is_none()
        && standing.unmerged_files.is_empty()
        && !is_at_work(it.status)
}

/// Why a verb does not fit.
fn why_not(verb: Verb, row: &Row) -> String {
    let name = row.name();
    match verb {
        Verb::Allow | Verb::Deny if row.section == Section::NeedsYou && row.has_terminal() => {
            format!("'{name}' asks on its own terminal, go there with attach")
        }
        Verb::Allow if row.asks().is_some() => {
            format!("'{name}' asks a question, and that needs words: answer")
        }
        Verb::Allow | Verb::Deny => format!("'{name}' asks nothing"),
        Verb::Interrupt if row.workspace.session.is_some() => format!("the agent of '{name}' is in no turn"),
        Verb::Send | Verb::Interrupt | Verb::Stop => format!("'{name}' has no running session"),
        Verb::Attach => format!("'{name}' has no session with a terminal"),
        Verb::Resume if row.workspace.session.is_some() || is_at_work(row.workspace.status) => {
            format!("the session of '{name}' has not ended")
        }
        Verb::Resume => format!("'{name}' has no agent in its folder to be taken up again"),
        Verb::Ship | Verb::Merge | Verb::Sync if is_at_work(row.workspace.status) => {
            format!("'{name}' is not at rest: let it finish, or end its session")
        }
        Verb::Ship | Verb::Merge | Verb::Sync if !row.workspace.standing.unmerged_files.is_empty() => {
            format!("a merge in '{name}' has left conflicts: settle them first, by its agent or with fix")
        }
        Verb::Ship | Verb::Merge => format!("'{name}' has nothing that could land"),
        Verb::Fix if wording::conflicts(&row.workspace).is_none() => {
            format!("'{name}' conflicts with nobody")
        }
        Verb::Diff | Verb::Review | Verb::Fix | Verb::Sync => format!("'{name}' has no folder under git"),
        Verb::Dismiss => format!("nothing of '{name}' is unread"),
        _ => format!("it does not fit '{name}'"),
    }
}

pub(super) fn answer(row: &Row, workspace: api::Selector, given: api::Given) -> api::Answer {
    let request = row.asks().map(|asked| asked.request.clone());
    api::Answer { workspace, given, request, dry_run: false }
}
