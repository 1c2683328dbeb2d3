//! The steps of a train: what follows from what has happened to it. It must not know how the state takes an event in.

use super::Car;
use super::CarCheck;
use super::CarPlace;
use super::Train;
use super::TrainEvent;
use super::TrainInput;
use super::TrainPhase;
use super::section;
use super::section::Known;
use super::section::Next;
use crate::AbsPath;
use crate::Timestamp;
use crate::effect::Effect;
use crate::landing::Afterwards;
use crate::landing::MAX_ROUNDS;
use crate::landing::Refusal;
use crate::landing::TargetNow;
use crate::landing::Verified;
use crate::machine::Machine as _;
use crate::machine::Step;
use crate::workspace::WorkspaceInput;

/// A step in the making: the train as the events so far leave it.
pub(super) struct Course {
    train: Train,
    now: Timestamp,
    step: Step<TrainEvent>,
}

impl Course {
    pub(super) fn of(train: &Train, now: Timestamp) -> Self {
        Self { train: train.clone(), now, step: Step::nothing() }
    }

    fn happens(&mut self, event: TrainEvent) {
        self.train = Train::apply(Some(self.train.clone()), &event, self.now).expect("a train stays one");
        self.step.events.push(event);
    }

    fn wants(&mut self, effect: Effect) {
        self.step.effects.push(effect);
    }

    pub(super) fn react(mut self, input: &TrainInput) -> Step<TrainEvent> {
        match (self.train.phase.clone(), input) {
            (TrainPhase::Looking, TrainInput::Found { result }) => match result {
                Ok(ground) => {
                    self.happens(TrainEvent::Grounded { ground: ground.clone() });
                    self.board_next();
                }
                Err(refusal) => self.stop(refusal),
            },
            (TrainPhase::Boarding { car }, TrainInput::Boarded { number, result })
                if *number == self.train.made =>
            {
                match result {
                    Ok(boarded) => self.happens(TrainEvent::Boarded { car, boarded: boarded.clone() }),
                    Err(refusal) => {
                        self.wants(Effect::DropCar { number: *number });
                        self.put_out(car, refusal);
                    }
                }
                self.board_next();
            }
            (TrainPhase::Checking, TrainInput::Checked { number, run, result }) => {
                self.checked((*number, *run), result);
            }
            (TrainPhase::Moving { last }, TrainInput::Moved { number, result })
                if self.train.car_of(*number) == Some(last) =>
            {
                self.moved(last, result);
            }
            (TrainPhase::Moving { last }, TrainInput::Kept { number, refusal, cars })
                if self.train.car_of(*number) == Some(last) =>
            {
                self.kept(refusal, cars);
            }
            (phase, TrainInput::CallOff) if self.train.is_under_way() && self.train.called_off.is_none() => {
                self.call_off(&phase);
            }
            _ => {}
        }
        self.step
    }

    /// What has landed stays; a move that is under way is not to be held up, and is the last.
    fn call_off(&mut self, phase: &TrainPhase) {
        self.happens(TrainEvent::CalledOff);
        match phase {
            TrainPhase::Moving { .. } => {}
            // Its candidate may be there already.
            TrainPhase::Boarding { .. } => {
                self.wants(Effect::DropCar { number: self.train.made });
                self.stop(&Refusal::CalledOff);
            }
            _ => self.stop(&Refusal::CalledOff),
        }
    }

    /// Builds the next candidate; when all are there, has them checked.
    fn board_next(&mut self) {
        match self.train.cars.iter().position(|car| car.place == CarPlace::Waits) {
            Some(car) => {
                self.happens(TrainEvent::Boarding { car });
                self.wants(Effect::BoardCar { number: self.train.made });
            }
            None if self.train.built().next().is_none() => self.happens(TrainEvent::Ended),
            None => self.go_on(),
        }
    }

    fn checked(&mut self, (number, run): (u32, u32), result: &Result<Verified, Refusal>) {
        let Some(car) = self.train.car_of(number) else { return };
        if self.train.cars[car].check() != Some(&CarCheck::Running { run }) {
            return;
        }
        let retries = self.train.ground.as_ref().map_or(0, |ground| ground.retries);
        match result {
            Ok(verified) => self.happens(TrainEvent::Passed { car, verified: verified.clone() }),
            Err(refusal @ Refusal::ChecksFailed { .. }) => {
                self.happens(TrainEvent::Failed { car, refusal: refusal.clone() });
                if run <= retries {
                    self.check(car, run + 1);
                }
            }
            // Nobody's work is to blame for that.
            Err(refusal) => return self.stop(refusal),
        }
        if !self.train.cars.iter().any(Car::is_running) {
            self.go_on();
        }
    }

    fn check(&mut self, car: usize, run: u32) {
        let Some((number, _)) = self.train.cars[car].candidate() else { return };
        self.happens(TrainEvent::CheckBegun { car, run });
        self.wants(Effect::CheckCar { number, run });
    }

    /// What follows from what is known of the candidates.
    fn go_on(&mut self) {
        let built: Vec<usize> = self.train.built().map(|(at, _)| at).collect();
        let known: Vec<Known> = self.train.built().filter_map(|(_, car)| car.known()).collect();
        let slots = self.train.ground.as_ref().map_or(1, |ground| ground.slots.max(1));
        match section::next(&known, slots as usize) {
            Next::Check(wanted) => wanted.into_iter().for_each(|at| self.check(built[at - 1], 1)),
            Next::Land(count) => {
                self.happens(TrainEvent::MoveBegun { last: built[count - 1] });
                self.wants(Effect::MoveTrain);
            }
            Next::BlameFirst => {
                self.blame(built[0]);
                self.build_anew();
            }
        }
    }

    fn moved(&mut self, last: usize, result: &Result<TargetNow, Refusal>) {
        match result {
            Ok(TargetNow::There { checkout }) => self.landed(last, checkout.as_ref()),
            Ok(TargetNow::Elsewhere) if self.train.overtaken + 1 >= MAX_ROUNDS => {
                self.stop(&Refusal::KeepsMoving);
            }
            Ok(TargetNow::Elsewhere) => {
                self.happens(TrainEvent::Overtaken);
                self.build_anew();
            }
            Err(refusal) => self.stop(refusal),
        }
    }

    /// Whose work changes what the person is at does not land, and the others go on without it.
    fn kept(&mut self, refusal: &Refusal, cars: &[(u32, Refusal)]) {
        let riding = self.train.built().count();
        for (number, why) in cars {
            if let Some(car) = self.train.car_of(*number) {
                self.put_out(car, why);
            }
        }
        match self.train.built().count() < riding {
            true => self.build_anew(),
            false => self.stop(refusal),
        }
    }

    fn landed(&mut self, last: usize, checkout: Option<&AbsPath>) {
        let (Some((_, after)), Some(ground)) = (self.train.cars[last].candidate(), &self.train.ground) else {
            return;
        };
        let (before, after, checkout) = (ground.onto.clone(), after.clone(), checkout.cloned());
        let aboard: Vec<usize> = self.train.built().map(|(at, _)| at).filter(|at| *at <= last).collect();
        for number in self.numbers(|at| at <= last) {
            self.wants(Effect::DropCar { number });
        }
        self.happens(TrainEvent::Landed { last, before, after, checkout });
        for at in aboard {
            self.send_off(at);
        }
        // The first behind what is good is the one that makes it bad.
        let culprit = self.train.built().next().map(|(at, _)| at);
        if let Some(culprit) = culprit {
            self.blame(culprit);
        }
        self.build_anew();
    }

    /// A workspace whose work has landed goes, as was asked.
    fn send_off(&mut self, at: usize) {
        let car = &self.train.cars[at];
        let spec = &car.spec.landing;
        if let Afterwards::Remove { removal } = &spec.afterwards {
            let input = WorkspaceInput::Remove { removal: removal.after_landing(car.tip()) };
            let tell = Effect::tell_workspace(spec.workspace, input);
            self.wants(tell);
        }
    }

    fn blame(&mut self, car: usize) {
        if let Some(CarCheck::Failed { refusal }) = self.train.cars[car].check().cloned() {
            self.put_out(car, &refusal);
        }
    }

    /// A car does not land, and those that stand on it do not either.
    fn put_out(&mut self, car: usize, refusal: &Refusal) {
        for number in self.numbers(|at| at == car) {
            self.wants(Effect::DropCar { number });
        }
        self.happens(TrainEvent::PutOut { car, refusal: refusal.clone() });
        // What it was to bring is there already.
        if *refusal == Refusal::NothingToLand {
            return;
        }
        let own = self.train.cars[car].spec.landing.clone();
        let stands = |it: &Car| it.rides() && it.spec.stands_on.contains(&own.workspace);
        while let Some(next) = self.train.cars.iter().position(stands) {
            self.put_out(next, &Refusal::StandsOn { name: own.name.clone() });
        }
    }

    fn build_anew(&mut self) {
        if self.train.called_off.is_some() {
            return self.stop(&Refusal::CalledOff);
        }
        for number in self.numbers(|_| true) {
            self.wants(Effect::DropCar { number });
        }
        if self.train.cars.iter().any(Car::rides) {
            self.happens(TrainEvent::Again);
            self.wants(Effect::FindTarget);
        } else {
            self.happens(TrainEvent::Ended);
        }
    }

    /// Nothing more can land, for a reason that is no car's own.
    fn stop(&mut self, refusal: &Refusal) {
        let kept = match refusal {
            // The person may still take it by hand.
            Refusal::TargetKept { commit, .. } => Some(commit.clone()),
            _ => None,
        };
        let is_kept = |car: &Car| car.candidate().is_some_and(|(_, commit)| kept.as_ref() == Some(commit));
        let is_dropped: Vec<bool> = self.train.cars.iter().map(|car| !is_kept(car)).collect();
        for number in self.numbers(|at| is_dropped[at]) {
            self.wants(Effect::DropCar { number });
        }
        while let Some(car) = self.train.cars.iter().position(Car::rides) {
            self.happens(TrainEvent::PutOut { car, refusal: refusal.clone() });
        }
        self.happens(TrainEvent::Ended);
    }

    /// The candidates of some cars.
    fn numbers(&self, wanted: impl Fn(usize) -> bool) -> Vec<u32> {
        let of = |(at, car): (usize, &Car)| car.candidate().filter(|_| wanted(at)).map(|(number, _)| number);
        self.train.built().filter_map(of).collect()
    }
}
