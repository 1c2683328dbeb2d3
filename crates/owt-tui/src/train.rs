//! The queue on its way into a target, as it is told: what would land, how far it is, what came of it. It must not know who
//! ships it, nor where on the screen it stands.

use owt_api as api;
use owt_core::counting::counted;

use crate::event::Request;
use crate::status::Tone;
use crate::text::line;
use crate::wording;

type Lines = Vec<(Tone, String)>;

/// The trains that are followed.
#[derive(Debug, Default)]
pub(crate) struct Trains {
    rides: Vec<Ride>,
}

impl Trains {
    pub(crate) fn rides(&self) -> &[Ride] {
        &self.rides
    }

    pub(crate) fn with_id(&self, id: &str) -> Option<&Ride> {
        self.rides.iter().find(|ride| ride.id == id)
    }

    pub(crate) fn any_of(&self, cwd: &str) -> bool {
        self.rides.iter().any(|ride| ride.cwd == cwd)
    }

    /// From now on this one is followed; `None`: it is already.
    pub(crate) fn follow(&mut self, id: &str, cwd: String) -> Option<Request> {
        if self.with_id(id).is_some() {
            return None;
        }
        self.rides.push(Ride { id: id.to_owned(), cwd, told: None });
        Some(Request::Follow(id.to_owned()))
    }

    /// This is how it is now; one that has ended, or of which nobody can tell, is followed no longer.
    pub(crate) fn hear(&mut self, id: &str, told: Option<&api::ShippedQueue>) {
        match told.filter(|told| told.state != api::TrainState::Ended) {
            None => self.rides.retain(|ride| ride.id != id),
            Some(told) => {
                let ride = self.rides.iter_mut().find(|ride| ride.id == id);
                ride.into_iter().for_each(|ride| ride.told = Some(told.clone()));
            }
        }
    }
}

/// A train that is followed.
#[derive(Debug)]
pub(crate) struct Ride {
    pub(crate) id: String,
    /// Below the repository that it is of.
    pub(crate) cwd: String,
    /// How it was last.
    pub(crate) told: Option<api::ShippedQueue>,
}

impl Ride {
    /// How far it is, in a few words.
    pub(crate) fn progress(&self) -> String {
        let Some(told) = &self.told else { return "landing the queue".to_owned() };
        let over = told.cars.iter().filter(|car| is_over(car.state)).count();
        let now = told
            .cars
            .iter()
            .find_map(|car| Some(format!(", {} {}", doing(car.state)?, line(&car.workspace))));
        format!("landing {over}/{}{}", told.cars.len(), now.unwrap_or_default())
    }
}

/// What is being done to it now.
const fn doing(state: api::CarState) -> Option<&'static str> {
    match state {
        api::CarState::Building => Some("building"),
        api::CarState::Checking => Some("checking"),
        api::CarState::Landing => Some("landing"),
        _ => None,
    }
}

/// Whether nothing more happens to it.
pub(crate) const fn is_over(state: api::CarState) -> bool {
    matches!(state, api::CarState::Landed | api::CarState::TakenBack | api::CarState::Out)
}

/// What would land, in its order with the reasons, and what would not.
pub(crate) fn ahead(train: &api::ShippedQueue, places: &[api::QueuePlace]) -> Lines {
    let target = train.target.as_deref().map(line).unwrap_or_default();
    let mut lines = match train.cars.as_slice() {
        [] => vec![(Tone::Warn, "There is nothing that could land now.".to_owned())],
        _ => vec![(
            Tone::Good,
            format!("This would land in {target}, in this order, each on those before it:"),
        )],
    };
    for (at, car) in train.cars.iter().enumerate() {
        let place = places.iter().find(|place| place.workspace == car.workspace);
        let why = place.map(|place| format!(": {}", line(&place.reason))).unwrap_or_default();
        lines.push((Tone::Plain, format!("  {} {}{why}", at + 1, passenger(car))));
        lines.extend(remarks(car));
    }
    let checks = train.checks.as_ref().and_then(wording::foreseen_checks);
    lines.extend(checks.map(|checks| (Tone::Plain, checks)));
    lines.extend(along(train));
    if !train.out.is_empty() {
        lines.push((Tone::Warn, "This would not:".to_owned()));
        lines.extend(train.out.iter().flat_map(out));
    }
    lines
}

/// What becomes of the checkout that is on the target.
fn along(train: &api::ShippedQueue) -> Option<(Tone, String)> {
    let checkout = line(train.checkout.as_deref()?);
    Some(match &train.in_the_way {
        None => (Tone::Plain, format!("The checkout in {checkout} goes along.")),
        Some(why) => (Tone::Bad, format!("First something is to be settled in {checkout}: {}.", line(why))),
    })
}

fn passenger(car: &api::TrainCar) -> String {
    let commits = car.commits.map(|commits| counted(commits, "commit", "commits"));
    let first = car.uncommitted.filter(|files| *files > 0);
    let first = first.map(|files| format!("{} committed first", counted(files, "file", "files")));
    let what: Vec<String> = [commits, first].into_iter().flatten().collect();
    format!("{} ({})", line(&car.workspace), what.join("; "))
}

/// What stays out of its commit, and what the critic says of it.
fn remarks(car: &api::TrainCar) -> Lines {
    let mut lines = Lines::new();
    if !car.withheld.is_empty() {
        let paths: Vec<String> = car.withheld.iter().map(|path| line(path)).collect();
        lines.push((Tone::Warn, format!("    never committed: {}", paths.join(", "))));
    }
    let found = car.review.iter().flat_map(|review| wording::findings(&review.findings, review.more));
    lines.extend(found.map(|(tone, words)| (tone, format!("  {words}"))));
    let clashes = car.conflicts.iter().map(wording::car_conflict);
    lines.extend(clashes.map(|words| (Tone::Bad, format!("    {words}"))));
    lines
}

/// Why it does not land, and where all is that its checks printed.
fn out(car: &api::OutCar) -> Lines {
    let tone = if car.is_left() { Tone::Bad } else { Tone::Dim };
    let mut lines = vec![(tone, format!("  {}: {}", line(&car.workspace), line(&car.reason)))];
    let log = car.log.as_deref().map(|log| format!("    all that the checks printed is in {}", line(log)));
    lines.extend(log.map(|log| (Tone::Active, log)));
    lines
}

/// How far each of them is, and what is out.
pub(crate) fn under_way(train: &api::ShippedQueue) -> Lines {
    let target = train.target.as_deref().map(line).unwrap_or_default();
    let mut lines = vec![(Tone::Good, format!("In this order into {target}:"))];
    for (at, car) in train.cars.iter().enumerate() {
        let words = format!("  {} {}: {}", at + 1, line(&car.workspace), wording::car_state(car.state));
        lines.push((wording::car_tone(car.state), words));
    }
    if !train.out.is_empty() {
        lines.push((Tone::Warn, "Not landing:".to_owned()));
        lines.extend(train.out.iter().flat_map(out));
    }
    lines
}

/// What has landed, and what has not.
pub(crate) fn result(train: &api::ShippedQueue) -> Lines {
    let mut lines = Lines::new();
    for car in &train.landed {
        let stays = car.not_deleted.as_deref().map(|why| format!("; its workspace stays: {}", line(why)));
        lines.push((
            Tone::Good,
            format!("  {} has landed{}", line(&car.workspace), stays.unwrap_or_default()),
        ));
    }
    if !train.out.is_empty() {
        lines.push((Tone::Warn, "Not landed:".to_owned()));
        lines.extend(train.out.iter().flat_map(out));
    }
    lines
}

/// The same in one line.
pub(crate) fn in_short(train: &api::ShippedQueue) -> String {
    let target = train.target.as_deref().map(line).unwrap_or_default();
    format!("{} landed in {target}", counted(train.landed.len(), "workspace has", "workspaces have"))
}
