//! What deeds came to, as the person is told. It must not ask for anything by itself.

use owt_api as api;

use super::Board;
use super::landing;
use super::landing::awaited;
use crate::event::Deed;
use crate::event::Done;
use crate::event::Request;
use crate::event::Ticket;
use crate::layer::Act;
use crate::layer::Choice;
use crate::layer::Item;
use crate::layer::Layer;
use crate::layer::Picker;
use crate::layer::Purpose;
use crate::layer::Writing;
use crate::status::Tone;
use crate::text::line;
use crate::view;

type Lines = Vec<(Tone, String)>;

impl Board {
    pub(super) fn outcome(&mut self, ticket: Ticket, result: Result<Done, api::Problem>) -> Vec<Request> {
        let written =
            self.written.iter().position(|(of, _)| *of == ticket).map(|at| self.written.remove(at).1);
        if let Err(problem) = &result {
            match written {
                // Which of several agents is for the person to say.
                Some(Writing { purpose: Purpose::Task(wanted), editor, .. })
                    if problem.code == api::ErrorCode::ChooseAgent =>
                {
                    let task = Some(editor.text().trim().to_owned());
                    self.layers.push(choose_agent(problem, &api::NewWorkspace { task, ..*wanted }));
                    return Vec::new();
                }
                // What did not arrive is not lost.
                Some(writing) => self.layers.push(Layer::Write(writing)),
                None => {}
            }
        }
        self.under_way.retain(|under_way| under_way.ticket != ticket);
        let result = match self.judged(ticket, result) {
            Some(result) => result,
            None => return Vec::new(),
        };
        match result {
            Err(problem) => match self.layers.iter_mut().find_map(|layer| awaited(layer, ticket)) {
                Some(choice) => *choice = notice(&problem),
                None => self.tell(&problem),
            },
            Ok(Done::Started(started)) => self.started(&started),
            Ok(Done::Undone(undone)) => self.undone(ticket, &undone),
            Ok(Done::Conflicts(found)) => return self.fix(ticket, &found),
            Ok(done) => match landing::of(&done) {
                Some((by, merged)) => self.landed(ticket, by, merged),
                None => self.said = said(&done),
            },
        }
        Vec::new()
    }

    /// What the critic said to an open review goes there; anything else comes back.
    fn judged(
        &mut self,
        ticket: Ticket,
        result: Result<Done, api::Problem>,
    ) -> Option<Result<Done, api::Problem>> {
        let review = self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Review(review) if review.ticket == ticket => Some(review),
            _ => None,
        });
        match (review, result) {
            (Some(review), Ok(Done::Criticised(criticism))) => review.judged(Ok(criticism)),
            (Some(review), Err(problem)) => review.judged(Err(problem)),
            (_, result) => return Some(result),
        }
        None
    }

    /// The files that conflict, for the person's editor; a person who did not wait is left alone.
    fn fix(&mut self, ticket: Ticket, found: &api::Conflicts) -> Vec<Request> {
        let Some(at) = self.layers.iter_mut().position(|layer| awaited(layer, ticket).is_some()) else {
            return Vec::new();
        };
        let path = awaited(&mut self.layers[at], ticket)
            .and_then(|choice| choice.awaits.as_ref())
            .map(|(_, workspace)| workspace.name.clone())
            .unwrap_or_default();
        let name =
            self.rows.iter().find(|row| row.workspace.path == path).map(|row| row.workspace.name.clone());
        let name = name.unwrap_or_default();
        let files = view::files_of(found, &name);
        if files.is_empty() {
            let what = format!("{} conflicts with nobody now, so there is no file to open.", line(&name));
            self.layers[at] =
                Layer::Choice(Choice::new("Nothing to fix".to_owned(), vec![(Tone::Good, what)]));
            return Vec::new();
        }
        self.layers.remove(at);
        vec![Request::Edit(path, files)]
    }

    /// What was started is selected as soon as it is on the list.
    fn started(&mut self, started: &[api::Created]) {
        let Some(first) = started.first() else { return };
        let id = &first.workspace.id;
        match self.rows.iter().any(|row| row.workspace.id == *id) {
            true => self.selected = Some(id.clone()),
            false => self.newest = Some(id.clone()),
        }
        let agent = first.workspace.agent.as_deref().unwrap_or("its agent");
        let notices = first.notices.iter().map(|notice| format!(" · {}", line(notice))).collect::<String>();
        self.said =
            Some((Tone::Good, format!("{} starts with {agent}{notices}", line(&first.workspace.name))));
    }
}

fn choose_agent(problem: &api::Problem, wanted: &api::NewWorkspace) -> Layer {
    let item = |agent: &String| {
        let wanted = api::NewWorkspace { agents: vec![agent.clone()], ..wanted.clone() };
        let act = Act::Do(Box::new(Deed::New(Box::new(wanted))), format!("starting {}", line(agent)));
        Item { text: line(agent), note: String::new(), words: line(agent), act }
    };
    Layer::Pick(Picker::new("Which agent?", problem.candidates.iter().map(item).collect()))
}

/// An error as the person reads it.
pub(super) fn notice(problem: &api::Problem) -> Choice {
    let mut lines: Lines = problem.message.lines().map(|line| (Tone::Bad, line.to_owned())).collect();
    lines.extend(problem.candidates.iter().map(|candidate| (Tone::Plain, format!("  {candidate}"))));
    lines.extend(problem.hint.iter().map(|hint| (Tone::Active, format!("hint: {hint}"))));
    Choice::new("That did not work".to_owned(), lines)
}

/// What is said of a deed that went well. A delivery claims no more than was observed.
fn said(done: &Done) -> Option<(Tone, String)> {
    Some(match done {
        Done::Answered(name) => (Tone::Good, format!("{} was answered", line(name))),
        Done::Stopped(stopped) => match (stopped.was_running, stopped.called_off) {
            (true, _) => (Tone::Good, format!("the session of {} has ended", line(&stopped.name))),
            (false, true) => (Tone::Good, format!("the session of {} is called off", line(&stopped.name))),
            (false, false) => (Tone::Warn, format!("{} had no running session", line(&stopped.name))),
        },
        Done::Dismissed(name) => (Tone::Good, format!("{} is taken as seen", line(name))),
        Done::Sent(deliveries) => sent(deliveries),
        // These have their own way to be told.
        Done::Started(_)
        | Done::Merged(_)
        | Done::Shipped(_)
        | Done::Criticised(_)
        | Done::Undone(_)
        | Done::Conflicts(_) => {
            return None;
        }
    })
}

fn sent(deliveries: &[api::Delivery]) -> (Tone, String) {
    let words = |it: &api::Delivery| {
        let why = it.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        line(&format!("{}: {}{why}", it.workspace, it.state))
    };
    let bad = deliveries.iter().any(|it| matches!(it.state.as_str(), "failed" | "uncertain" | "not_sent"));
    let told = deliveries.iter().map(words).collect::<Vec<_>>().join(", ");
    (if bad { Tone::Warn } else { Tone::Good }, format!("message · {told}"))
}
