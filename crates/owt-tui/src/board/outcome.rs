//! What deeds came to, as the person is told. It must not ask for anything by itself.

use owt_api as api;

use super::Board;
use super::ahead::News;
use super::ahead::ahead;
use super::deletion;
use super::landing;
use super::landing::By;
use super::sync;
use super::undo;
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

type Lines = Vec<(Tone, String)>;

impl Board {
    pub(super) fn outcome(&mut self, ticket: Ticket, result: Result<Done, api::Problem>) -> Vec<Request> {
        let row = self.errands.whose(ticket).and_then(|path| self.fleet.at_path(&path)).cloned();
        if let (Some(row), Some(why)) = (row, came_to_nothing(&result)) {
            self.errands.fail(row.workspace.path, why, row.workspace.standing);
        }
        let written = self.errands.end(ticket);
        match self.judged(ticket, result) {
            Some(Err(problem)) => self.refused(ticket, written, &problem),
            Some(Ok(Done::Conflicts(found))) => self.found_conflicts(ticket, &found),
            Some(Ok(Done::Foreseen(foreseen))) => return self.foreseen(ticket, &foreseen),
            Some(Ok(Done::Departed(train))) => return self.departed(&train),
            Some(Ok(Done::CalledOff(train))) => {
                return self.rode(&train.train.clone().unwrap_or_default(), Ok(*train));
            }
            Some(Ok(Done::Starts(starts))) => self.know_starts(starts),
            Some(Ok(Done::Resumed(resumed))) => self.resumed(ticket, written, &resumed),
            Some(Ok(done)) => self.came(ticket, &done),
            None => {}
        }
        Vec::new()
    }

    /// What did not arrive is not lost.
    fn refused(&mut self, ticket: Ticket, written: Option<Writing>, problem: &api::Problem) {
        match written {
            // Which of several agents is for the person to say.
            Some(Writing { purpose: Purpose::Task(wanted), editor, .. })
                if problem.code == api::ErrorCode::ChooseAgent =>
            {
                let task = Some(editor.text().trim().to_owned());
                let wanted = api::NewWorkspace { task, ..*wanted };
                return self.layers.push(choose_agent(problem, &wanted));
            }
            Some(writing) => self.layers.push(Layer::Write(writing)),
            None => {}
        }
        match self.layers.awaiting(ticket) {
            Some(choice) => *choice = notice(problem),
            None => self.learn(problem.into()),
        }
    }

    fn came(&mut self, ticket: Ticket, done: &Done) {
        let waits = self.layers.awaiting(ticket);
        if let Some(choice) = waits {
            let whose = choice.awaits.take().map(|(_, whose)| whose).unwrap_or_default();
            let repository = self.fleet.repository_of(&whose);
            if let Some(mut shown) = ahead(done, whose) {
                shown.title = titled(shown.title, repository);
                *choice = shown;
            }
        } else if ahead(done, api::Selector::default()).is_some() {
            // The person did not wait for it.
        } else if let Done::Started(started) = done {
            self.started(started);
        } else if let Some(news) = news(done) {
            self.learn(news);
        }
    }

    /// What the critic said to an open review goes there; anything else comes back.
    fn judged(
        &mut self,
        ticket: Ticket,
        result: Result<Done, api::Problem>,
    ) -> Option<Result<Done, api::Problem>> {
        match (self.layers.criticised(ticket), result) {
            (Some(review), Ok(Done::Criticised(criticism))) => review.judged(Ok(criticism)),
            (Some(review), Err(problem)) => review.judged(Err(problem)),
            (_, result) => return Some(result),
        }
        None
    }

    fn resumed(&mut self, ticket: Ticket, written: Option<Writing>, resumed: &api::Resumed) {
        if let Some(problem) = &resumed.error {
            return self.refused(ticket, written, problem);
        }
        let name = line(&resumed.name);
        let what = match resumed.outcome {
            api::ResumeOutcome::Told => format!("{name} runs already, and is told"),
            api::ResumeOutcome::AlreadyRunning => format!("{name} runs already"),
            api::ResumeOutcome::Installing => format!("{name} goes on when what it lacks is installed"),
            api::ResumeOutcome::Begun => format!("{name} begins afresh, with its task"),
            _ => format!("{name} goes on"),
        };
        let notice = resumed.notice.as_deref().map(|notice| format!(" · {}", line(notice)));
        self.said = Some((Tone::Good, what + &notice.unwrap_or_default()));
    }

    /// What was started is selected as soon as it is on the list.
    fn started(&mut self, started: &[api::Created]) {
        let Some(first) = started.first() else { return };
        self.fleet.select_when_there(&first.workspace.id);
        let agent = first.workspace.agent.as_deref().unwrap_or("its agent");
        let notices = first.notices.iter().map(|notice| format!(" · {}", line(notice))).collect::<String>();
        self.said =
            Some((Tone::Good, format!("{} starts with {agent}{notices}", line(&first.workspace.name))));
    }
}

/// Why a deed did not do what it was for, in one line.
fn came_to_nothing(result: &Result<Done, api::Problem>) -> Option<String> {
    let told = match result {
        Err(problem) => return Some(line(&problem.message)),
        Ok(done) => news(done)?,
    };
    match told {
        News::Said(..) => None,
        News::Shown(choice) => {
            choice.lines.into_iter().next().filter(|(tone, _)| *tone == Tone::Bad).map(|(_, why)| why)
        }
    }
}

/// Of which repository it is, where there are others.
pub(super) fn titled(title: String, repository: Option<String>) -> String {
    match repository {
        Some(repository) => format!("{title} · {}", line(&repository)),
        None => title,
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

/// What is told of a deed that went well. A delivery claims no more than was observed.
fn news(done: &Done) -> Option<News> {
    let (tone, words) = match done {
        Done::Merged(merged) => return Some(landing::news(By::Merge, merged)),
        Done::Shipped(merged) => return Some(landing::news(By::Ship, merged)),
        Done::Synced(synced) => return Some(sync::news(synced)),
        Done::Undone(undone) => return Some(undo::news(undone)),
        Done::Deleted(deleted) => return Some(deletion::news(deleted)),
        Done::Answered(name) => (Tone::Good, format!("{} was answered", line(name))),
        Done::Interrupted(interrupted) => match interrupted.was_working {
            true => (
                Tone::Good,
                format!("the turn of {} is interrupted; its session goes on", line(&interrupted.name)),
            ),
            false => (Tone::Dim, format!("the agent of {} is in no turn", line(&interrupted.name))),
        },
        Done::Stopped(stopped) => match (stopped.was_running, stopped.called_off) {
            (true, _) => (Tone::Good, format!("the session of {} has ended", line(&stopped.name))),
            (false, true) => (Tone::Good, format!("the session of {} is called off", line(&stopped.name))),
            (false, false) => (Tone::Warn, format!("{} had no running session", line(&stopped.name))),
        },
        Done::Dismissed(name) => (Tone::Good, format!("{} is taken as seen", line(name))),
        Done::Sent(deliveries) => sent(deliveries),
        // These have their own way to be told.
        Done::Starts(_)
        | Done::Started(_)
        | Done::Criticised(_)
        | Done::Resumed(_)
        | Done::Conflicts(_)
        | Done::Foreseen(_)
        | Done::Departed(_)
        | Done::CalledOff(_) => return None,
    };
    Some(News::Said(tone, words))
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
