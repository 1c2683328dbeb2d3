//! What trains ask for: a target to build on, candidates on top of one another, their checks, one move of the target.

use owt_core::AbsPath;
use owt_core::TrainId;
use owt_core::attempt::Attempt;
use owt_core::effect::Message;
use owt_core::job::Job;
use owt_core::landing::CandidateId;
use owt_core::landing::CandidateOf;
use owt_core::landing::Committed;
use owt_core::landing::LandingSpec;
use owt_core::landing::Obstacle;
use owt_core::landing::Refusal;
use owt_core::status::judge;
use owt_core::train::Boarded;
use owt_core::train::Car;
use owt_core::train::CarCheck;
use owt_core::train::CarPlace;
use owt_core::train::Ground;
use owt_core::train::Train;
use owt_core::train::TrainInput;
use owt_core::train::TrainPhase;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_core::workspace::Workspace;
use owt_ports::Between;
use owt_ports::Committing;
use owt_ports::StoreError;
use owt_ports::TargetMove;

use super::LandingEffects;
use super::Refusable;
use super::checks::Checking;
use super::checks::broken_off;
use super::refusable;
use super::sparingly::Sparingly;
use crate::board::Task;
use crate::effects::Outcome;
use crate::effects::required;
use crate::effects::stream_id;
use crate::records::Which;
use crate::view::is_at_rest;

/// So many files of a person that keep a car out are named.
const MAX_FILES: usize = 10;
/// So many conflicts of a car are recorded.
const MAX_CONFLICTS: usize = 100;

impl LandingEffects {
    pub(super) fn train(&self, task: &Task) -> Result<(TrainId, Train), StoreError> {
        let id: TrainId = stream_id(task)?;
        Ok((id, required(self.records.load(id)?, "a train")?))
    }

    pub(in crate::effects) fn find_target(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, train) = self.train(task)?;
        if train.phase != TrainPhase::Looking {
            return Ok(Outcome::Settled);
        }
        self.drop_kept_before(id, &train)?;
        let result = self.ground(&train.repository, &train.target)?;
        Ok(told(id, TrainInput::Found { result }))
    }

    /// What the train before this one has left for the person to take by hand.
    fn drop_kept_before(&self, own: TrainId, train: &Train) -> Result<(), StoreError> {
        let all = self.records.list::<Train>(Some(&train.repository.id.to_string()), Which::All)?;
        let earlier = all.iter().filter(|record| record.id != own && record.state.target == train.target);
        let Some(last) = earlier.max_by_key(|record| (record.created_at, record.id)) else { return Ok(()) };
        let kept = |car: &Car| matches!(&car.place, CarPlace::Out { refusal: Refusal::TargetKept { .. } });
        if last.state.cars.iter().any(kept) {
            for number in 1..=last.state.made {
                self.forget(&train.repository, candidate(last.id, number))?;
            }
        }
        Ok(())
    }

    /// What there is to build on. Checks and hooks that are not approved are found here, before anything is done.
    pub(crate) fn ground(&self, repository: &Repository, target: &BranchName) -> Refusable<Ground> {
        let onto = match self.tip_of(repository, target)? {
            Ok(onto) => onto,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Err(refusal) = self.hooks(repository, &onto, Committing::Any)? {
            return Ok(Err(refusal));
        }
        Ok(match self.rules(repository, &onto)? {
            Ok(rules) => self.approved(rules.checks.as_ref()).map(|()| Ground {
                onto,
                slots: rules.concurrency,
                retries: rules.retries,
            }),
            Err(refusal) => Err(refusal),
        })
    }

    pub(in crate::effects) fn board_car(&self, task: &Task, number: u32) -> Result<Outcome, StoreError> {
        let (id, train) = self.train(task)?;
        let TrainPhase::Boarding { car } = train.phase else { return Ok(Outcome::Settled) };
        let (Some(it), Some(onto), Some(ground)) = (train.cars.get(car), train.onto(car), &train.ground)
        else {
            return Ok(Outcome::Settled);
        };
        if number != train.made {
            return Ok(Outcome::Settled);
        }
        let result = self.boarded(candidate(id, number), it, (&ground.onto, onto))?;
        Ok(told(id, TrainInput::Boarded { number, result: result.map_err(shortened) }))
    }

    /// Does for a car what a landing does before its checks.
    fn boarded(
        &self,
        id: CandidateId,
        car: &Car,
        (target, onto): (&ObjectId, &ObjectId),
    ) -> Refusable<Boarded> {
        let spec = &car.spec.landing;
        if let Err(refusal) = self.is_at_rest(spec)? {
            return Ok(Err(refusal));
        }
        let committed = match (&spec.commit, &car.committed) {
            (Some(message), None) => match self.left_work(spec, target, message)? {
                Ok(committed) => Some(committed),
                Err(refusal) => return Ok(Err(refusal)),
            },
            _ => None,
        };
        let tip = committed.as_ref().map_or_else(|| car.tip(), |committed| &committed.tip);
        if let Err(refusal) = self.is_at(spec, tip)? {
            return Ok(Err(refusal));
        }
        match self.looked_at(spec, target, Some(tip))? {
            Ok(review) if review.is_denied() => return Ok(Err(Refusal::Denied { review })),
            Ok(_) => {}
            Err(refusal) => return Ok(Err(refusal)),
        }
        let made = self.make(id, (spec, tip), onto)?;
        Ok(made.map(|commit| Boarded { committed, commit }))
    }

    /// Commits what is left in a workspace, unless the critic denies it.
    fn left_work(&self, spec: &LandingSpec, target: &ObjectId, message: &str) -> Refusable<Committed> {
        match self.head(spec)? {
            // A server that died may have committed it; the commit is looked at in any case.
            Ok(head) if head != spec.tip => return self.committed(spec, message),
            Ok(_) => {}
            Err(refusal) => return Ok(Err(refusal)),
        }
        match self.looked_at(spec, target, None)? {
            Ok(review) if review.is_denied() => Ok(Err(Refusal::Denied { review })),
            Ok(_) => self.committed(spec, message),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Its agent may have been given more to do since the train was begun.
    fn is_at_rest(&self, spec: &LandingSpec) -> Refusable<()> {
        let workspace: Workspace = required(self.records.load(spec.workspace)?, "a workspace")?;
        let job = self.records.load::<Job>(workspace.spec.job)?;
        let attempt = match job.as_ref().and_then(Job::newest_attempt) {
            Some(id) => self.records.load::<Attempt>(id)?,
            None => None,
        };
        let status = judge(&workspace, job.as_ref(), attempt.as_ref()).status;
        let running = attempt.as_ref().filter(|attempt| attempt.is_running());
        Ok(match is_at_rest(status, running) {
            true => Ok(()),
            false => Err(Refusal::AgentWorks { status }),
        })
    }

    pub(in crate::effects) fn check_car(
        &self,
        task: &Task,
        (number, run): (u32, u32),
    ) -> Result<Outcome, StoreError> {
        let (id, train) = self.train(task)?;
        let car = train.car_of(number).and_then(|at| train.cars.get(at));
        let (Some(Car { spec, place: CarPlace::Built { commit, check, .. }, .. }), Some(ground)) =
            (car, &train.ground)
        else {
            return Ok(Outcome::Settled);
        };
        if *check != (CarCheck::Running { run }) {
            return Ok(Outcome::Settled);
        }
        let (spec, onto) = (&spec.landing, &ground.onto);
        let is_unwanted = Sparingly::new(|| !self.is_checked(id, (number, run)));
        let look = || is_unwanted.look();
        let checking = Checking::of_landing(candidate(id, number), spec, (onto, commit), &look);
        Ok(match self.verified(&checking)? {
            Some(result) => told(id, TrainInput::Checked { number, run, result }),
            // Nobody asks any more what would have come of it.
            None if !self.is_checked(id, (number, run)) => Outcome::Settled,
            None => broken_off(),
        })
    }

    /// Whether a train still waits for this run. Where that cannot be told, it does.
    fn is_checked(&self, id: TrainId, (number, run): (u32, u32)) -> bool {
        let Ok(Some(train)) = self.records.load::<Train>(id) else { return true };
        let car = train.car_of(number).and_then(|at| train.cars.get(at));
        let running = CarCheck::Running { run };
        car.is_some_and(|car| matches!(&car.place, CarPlace::Built { check, .. } if *check == running))
    }

    pub(in crate::effects) fn move_train(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, train) = self.train(task)?;
        let TrainPhase::Moving { last } = train.phase else { return Ok(Outcome::Settled) };
        let (Some((number, commit)), Some(ground)) =
            (train.cars.get(last).and_then(Car::candidate), &train.ground)
        else {
            return Ok(Outcome::Settled);
        };
        let names = train.cars.iter().take(last + 1).filter(|car| car.candidate().is_some());
        let names: Vec<&str> = names.map(|car| car.spec.landing.name.as_str()).collect();
        let result = self.moved(&TargetMove {
            repository: train.repository.clone(),
            target: train.target.clone(),
            from: ground.onto.clone(),
            to: commit.clone(),
            reason: format!("owt: landed {}", names.join(", ")),
        })?;
        match &result {
            Err(refusal @ Refusal::TargetKept { at, obstacle: Obstacle::Files, .. }) => {
                let cars = self.in_the_way(&train, last, (&ground.onto, at))?;
                Ok(told(id, TrainInput::Kept { number, refusal: refusal.clone(), cars }))
            }
            _ => Ok(told(id, TrainInput::Moved { number, result })),
        }
    }

    /// Whose own work changes files that the person is at in the checkout of the target. Where that cannot be told, nobody's does.
    fn in_the_way(
        &self,
        train: &Train,
        last: usize,
        (onto, at): (&ObjectId, &AbsPath),
    ) -> Result<Vec<(u32, Refusal)>, StoreError> {
        let (mut from, mut found) = (onto, Vec::new());
        for (number, to) in train.cars.iter().take(last + 1).filter_map(Car::candidate) {
            let files = refusable(self.ports.landing.drafted(at, Between { from, to }))?.unwrap_or_default();
            if !files.is_empty() {
                let (at, commit, obstacle) = (at.clone(), to.clone(), Obstacle::Draft);
                let refusal = Refusal::TargetKept { at, why: named(&files), commit, obstacle };
                found.push((number, refusal));
            }
            from = to;
        }
        Ok(found)
    }

    pub(in crate::effects) fn drop_car(&self, task: &Task, number: u32) -> Result<Outcome, StoreError> {
        let (id, train) = self.train(task)?;
        self.forget(&train.repository, candidate(id, number))?;
        Ok(Outcome::Settled)
    }
}

const fn candidate(id: TrainId, number: u32) -> CandidateId {
    CandidateId { of: CandidateOf::Train(id), round: number }
}

fn named(files: &[String]) -> String {
    let more = files.len().saturating_sub(MAX_FILES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", files[..files.len().min(MAX_FILES)].join(", "))
}

/// A record has an end.
fn shortened(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Conflicts { onto, mut conflicts } => {
            conflicts.truncate(MAX_CONFLICTS);
            Refusal::Conflicts { onto, conflicts }
        }
        other => other,
    }
}

fn told(id: TrainId, input: TrainInput) -> Outcome {
    Outcome::told(Message::Train { id, input })
}
