//! Shipping the whole queue: what would land is shown first; then it is followed to its end, and called off where the person
//! says so. It must not know how a train goes.

use owt_api as api;

use super::Board;
use super::ahead::News;
use super::ahead::Question;
use super::outcome::titled;
use crate::event::Deed;
use crate::event::Foreseen;
use crate::event::Request;
use crate::event::Ticket;
use crate::event::ViewKind;
use crate::layer::Act;
use crate::layer::Choice;
use crate::layers::Layers;
use crate::status::Tone;
use crate::train;

impl Board {
    /// All of the queue that could land is looked at.
    pub(super) fn look_along_the_queue(&mut self) -> Vec<Request> {
        let queue = self.view.as_ref().filter(|view| view.kind == ViewKind::Queue);
        let into = queue.and_then(|view| view.chosen()?.with.clone());
        let cwd = self.repository();
        let whose = api::Selector { cwd: cwd.clone(), name: String::new() };
        let deed = Deed::LookAlong(api::ShipQueue { cwd, into, dry_run: true });
        self.ask_first(Question { title: "Ship the queue".to_owned(), doing: "looking ahead", whose, deed })
    }

    /// What came of a look ahead: the way to do it, or how far it is already.
    pub(super) fn foreseen(&mut self, ticket: Ticket, foreseen: &Foreseen) -> Vec<Request> {
        let here = self.repository();
        let (train, choice) = (&foreseen.train, self.layers.awaiting(ticket));
        let asked =
            choice.as_ref().and_then(|choice| choice.awaits.as_ref()).map(|(_, whose)| whose.cwd.clone());
        let cwd = asked.unwrap_or(here);
        let repository = self.fleet.repository_name(&cwd);
        match (&train.train, choice) {
            (None, Some(choice)) => {
                *choice = ahead(foreseen, cwd);
                choice.title = titled(std::mem::take(&mut choice.title), repository);
            }
            (Some(id), choice) => {
                if let Some(choice) = choice {
                    *choice = under_way(id.clone(), cwd.clone(), train);
                }
                return self.ride(id, cwd);
            }
            // The person did not wait for it.
            (None, None) => {}
        }
        Vec::new()
    }

    /// One that somebody else has begun is followed as soon as it is seen in the queue.
    pub(super) fn join_train(&mut self) -> Vec<Request> {
        let cwd = self.repository();
        let into = self.view.as_ref().and_then(|view| view.lands_in.clone());
        if into.is_none() || self.trains.any_of(&cwd) {
            return Vec::new();
        }
        let deed = Deed::LookAlong(api::ShipQueue { cwd, into, dry_run: true });
        vec![Request::Do(self.errands.ticket(), Box::new(deed))]
    }

    /// It has begun, and is followed from here on.
    pub(super) fn departed(&mut self, train: &api::ShippedQueue) -> Vec<Request> {
        let cwd = self.repository();
        match &train.train {
            Some(id) => self.ride(id, cwd),
            None => {
                self.learn(ended(train));
                Vec::new()
            }
        }
    }

    fn ride(&mut self, id: &str, cwd: String) -> Vec<Request> {
        if let Some(told) = self.trains.with_id(id).and_then(|ride| ride.told.clone()) {
            show(&mut self.layers, cwd.clone(), &told);
        }
        self.trains.follow(id, cwd).into_iter().collect()
    }

    /// Something has happened to a train; that it has ended is heard once, whoever is the first to say so.
    pub(super) fn rode(&mut self, id: &str, told: Result<api::ShippedQueue, api::Problem>) -> Vec<Request> {
        let Some(cwd) = self.trains.with_id(id).map(|ride| ride.cwd.clone()) else { return Vec::new() };
        self.trains.hear(id, told.as_ref().ok());
        let told = match told {
            Ok(told) => told,
            Err(problem) => {
                self.learn((&problem).into());
                return Vec::new();
            }
        };
        if !show(&mut self.layers, cwd, &told) && told.state == api::TrainState::Ended {
            self.learn(ended(&told));
        }
        if let Some(view) = &mut self.view {
            view.is_outdated = true;
        }
        self.view_again().into_iter().collect()
    }

    /// Below the repository that the person looks at.
    pub(super) fn repository(&self) -> String {
        let viewed = self.view.as_ref().map(|view| view.repository.clone());
        let selected = || self.row().map(|row| row.workspace.repository.clone());
        viewed.or_else(selected).unwrap_or_else(|| self.setting.cwd.clone())
    }
}

/// Where the person has it open it is shown as it is now; whether it is.
fn show(layers: &mut Layers, cwd: String, told: &api::ShippedQueue) -> bool {
    let Some((id, choice)) = told.train.as_ref().and_then(|id| Some((id, layers.train(id)?))) else {
        return false;
    };
    *choice = match told.state {
        api::TrainState::Ended => Choice::new("The queue has landed".to_owned(), train::result(told)),
        _ => under_way(id.clone(), cwd, told),
    };
    true
}

/// What was read is shipped: into the target that was shown.
fn ahead(foreseen: &Foreseen, cwd: String) -> Choice {
    let train = &foreseen.train;
    let shown = Choice::new("Ship the queue?".to_owned(), train::ahead(train, &foreseen.places));
    let deed = Deed::ShipQueue(api::ShipQueue { cwd, into: train.target.clone(), dry_run: false });
    let act = Act::Do(Box::new(deed), "shipping the queue".to_owned());
    if train.cars.is_empty() { shown } else { shown.way('y', "ship all of it", act) }
}

fn under_way(id: String, cwd: String, told: &api::ShippedQueue) -> Choice {
    let lines = match &told.target {
        None => vec![(Tone::Dim, "asking how far it is …".to_owned())],
        Some(_) => train::under_way(told),
    };
    let deed = Deed::CancelQueue(api::CancelQueue { cwd, into: told.target.clone(), dry_run: false });
    let act = Act::Do(Box::new(deed), "calling it off".to_owned());
    let mut choice = Choice::new("The queue is landing".to_owned(), lines);
    choice.train = Some(id);
    choice.way('c', "call it off: what has landed stays, all other work stays where it is", act)
}

/// What came of one.
fn ended(train: &api::ShippedQueue) -> News {
    match train.out.iter().all(|car| !car.is_left()) {
        true => News::Said(Tone::Good, train::in_short(train)),
        false => {
            News::Shown(Choice::new(format!("The queue: {}", train::in_short(train)), train::result(train)))
        }
    }
}
