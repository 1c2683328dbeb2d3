//! Days on which a whole queue lands: some work is bad, some clashes, agents go on, the person and others move the target,
//! and the server dies anywhere. In the end the target holds what was checked, and nobody waits.

use std::ops::Range;

use owt_core::WorkspaceId;
use owt_core::authority::Principal;
use owt_core::train::CarPlace;
use owt_core::vcs::BranchName;
use owt_engine::use_cases;
use owt_testkit::simulation::Busy;
use owt_testkit::simulation::Move;

use super::invariants;
use super::run::Run;
use crate::scene::Scene;

/// Steps of one day before it is left to come to rest.
const STEPS: usize = 120;
/// More work than one has in a queue of the simulation.
const MOST: u64 = 6;
/// Files that several change, and so clash over.
const SHARED: [&str; 3] = ["a.txt", "src/new.txt", "notes.txt"];

impl Run {
    /// A day: work is made, the queue is shipped, and whatever may happen happens meanwhile.
    fn play_a_day_of_trains(&mut self) {
        let count = 2 + self.random.below(MOST - 1);
        let made: Vec<WorkspaceId> = (0..count).map(|number| self.ask_for_work(number)).collect();
        self.settle();
        self.let_everybody_finish();
        for (number, id) in made.into_iter().enumerate() {
            self.write_work(id, number);
        }
        self.ship_the_queue();
        // On what others put on top of it nothing goes back.
        let is_quiet = self.once_in(2);
        for _ in 0..STEPS {
            match self.random.below(100) {
                0..=71 => drop(self.run_an_effect()),
                72..=80 => self.die_soon(),
                81..=84 if !is_quiet => self.somebody_moves_the_target(),
                85..=86 => self.merge_something(),
                87..=88 => self.ship_the_queue(),
                89 => self.call_the_train_off(),
                90 => self.let_an_agent_act(),
                91..=92 => self.reconcile(),
                93..=95 => self.let_something_fail(),
                _ => self.heal(),
            }
            self.look_around();
        }
        self.settle();
        invariants::at_rest(self);
        self.take_back_what_landed();
    }

    /// One thing after the other, as long as it goes; the server dies meanwhile.
    fn take_back_what_landed(&mut self) {
        for _ in 0..MOST {
            if self.once_in(2) {
                self.die_soon();
            }
            self.undo_something();
            self.look_around();
            self.settle();
            invariants::at_rest(self);
        }
    }

    pub(super) fn ask_for_work(&mut self, number: u64) -> WorkspaceId {
        let mut wish = Scene::request(&self.root(), "Make something");
        wish.line.branch = Some(BranchName::new(format!("w{number}")).expect("a good name"));
        let request = self.next_request();
        let begun = use_cases::begin_new_workspace(&self.engine, &Principal::Person, request, &wish);
        begun.expect("all is well")[0].0
    }

    pub(super) fn let_everybody_finish(&mut self) {
        for attempt in self.living() {
            let actor = self.world.stage.actor(attempt).expect("whoever lives was cast");
            if matches!(actor.busy, Busy::Working(_)) {
                self.perform(attempt, Move::Finish);
            }
        }
        self.settle();
    }

    fn write_work(&mut self, id: WorkspaceId, number: usize) {
        let folder = self.ledger.workspaces[&id].spec.path.clone();
        let mut files = vec![format!("own-{number}.txt")];
        if self.once_in(3) {
            files.extend(self.choose(&SHARED).map(str::to_owned));
        }
        for file in files {
            let text = format!("edit {}\n", self.random.below(30));
            self.world.git_seen.write_file(&folder.join(&file), &text);
            self.ledger.work.entry(id).or_default().files.insert(file, text);
        }
        if !self.once_in(3) {
            self.world.git_seen.commit(&folder);
            let work = self.ledger.work.entry(id).or_default();
            work.committed = work.files.clone();
        }
    }

    pub(super) fn die_soon(&mut self) {
        let calls = self.random.below(30);
        self.world.crash.arm(calls);
    }

    /// The person commits in their checkout, which is on the target.
    pub(super) fn somebody_moves_the_target(&mut self) {
        let root = self.root();
        let text = format!("mine {}\n", self.next_number());
        self.world.git_seen.write_file(&root.join("b.txt"), &text);
        self.world.git_seen.commit(&root);
        self.note("the person commits in their checkout");
    }
}

/// What days came to: cars that landed, those that landed and went back, those that are out, how many trains were called
/// off, and how often the server died.
#[derive(Debug, Default)]
struct Days {
    landed: usize,
    taken_back: usize,
    out: usize,
    called_off: usize,
    crashes: usize,
}

impl Days {
    fn of(seeds: Range<u64>) -> Self {
        seeds.map(simulate_a_day).fold(Self::default(), |sum, day| Self {
            landed: sum.landed + day.landed,
            taken_back: sum.taken_back + day.taken_back,
            out: sum.out + day.out,
            called_off: sum.called_off + day.called_off,
            crashes: sum.crashes + day.crashes,
        })
    }
}

/// One day; a failure tells how it came to that.
fn simulate_a_day(seed: u64) -> Days {
    let run = Run::played(seed, "replay_a_day", Run::play_a_day_of_trains);
    let trains = || run.ledger.trains.values();
    let places: Vec<_> = trains().flat_map(|train| &train.cars).map(|car| &car.place).collect();
    let count = |is: fn(&CarPlace) -> bool| places.iter().filter(|place| is(place)).count();
    Days {
        landed: count(|place| matches!(place, CarPlace::Landed { .. })),
        taken_back: count(|place| matches!(place, CarPlace::TakenBack { .. })),
        out: count(|place| matches!(place, CarPlace::Out { .. })),
        called_off: trains().filter(|train| train.called_off.is_some()).count(),
        crashes: run.crashes,
    }
}

#[test]
fn days_of_trains_land_what_was_checked_and_leave_nobody_waiting() {
    let days = Days::of(0..30);
    assert!(days.landed + days.taken_back > 20 && days.out > 20 && days.crashes > 20, "{days:?}");
    assert!(days.taken_back > 5 && days.called_off > 5, "{days:?}");
}

#[test]
fn more_days_of_trains_land_what_was_checked_and_leave_nobody_waiting() {
    Days::of(30..60);
}

#[test]
#[ignore = "a thousand days: the long tier (cargo xtask test --long)"]
fn long_a_thousand_days_of_trains_land_what_was_checked_and_leave_nobody_waiting() {
    std::thread::scope(|scope| {
        for part in 0..4 {
            scope.spawn(move || Days::of(1_000 + part * 250..1_250 + part * 250));
        }
    });
}

/// Runs the seed of `OWT_SIM_SEED`; without one there is nothing to see again.
#[test]
fn replay_a_day() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the seed of a failed run is given by whoever looks into it"
    )]
    let given = std::env::var("OWT_SIM_SEED").ok();
    if let Some(seed) = given.and_then(|text| text.parse().ok()) {
        println!("{:?}", simulate_a_day(seed));
    }
}
