//! One run: a seeded scheduler that chooses, step by step, who does something next.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::fmt::Write;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::time::Duration;

use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::RequestId;
use owt_engine::Engine;
use owt_engine::Line;
use owt_engine::use_cases;
use owt_engine::use_cases::HookReport;
use owt_engine::use_cases::SendRequest;
use owt_ports::Clock;
use owt_ports::StoreError;
use owt_testkit::clock::SplitMix;

use super::invariants;
use super::ledger::Ledger;
use super::waiting::Waiting;
use super::world::World;

/// How many starts of the server may fail in a row before the world is to blame.
const MAX_STARTS: usize = 50;

/// How often somebody else is chosen when whoever was has nothing to do.
const MAX_CHOICES: usize = 20;

/// One run of one seed.
pub(super) struct Run {
    pub(super) random: SplitMix,
    pub(super) world: World,
    pub(super) ledger: Ledger,
    pub(super) engine: Engine,
    /// Reports of hooks that no server has taken yet: the spool.
    pub(super) hooks: BTreeMap<AttemptId, VecDeque<HookReport>>,
    /// Whether this person sometimes works in their own checkout. Then git never refuses to delete a branch: what
    /// cannot be taken back there stays, and says so.
    pub(super) works_in_place: bool,
    /// The command that the person waits for.
    pub(super) waiting: Option<Waiting>,
    /// What the person was told is on its way.
    pub(super) accepted: Vec<DeliveryId>,
    /// What they said last.
    pub(super) said: Option<SendRequest>,
    /// How often the server died.
    pub(super) crashes: usize,
    /// How often something else went wrong.
    pub(super) faults: usize,
    /// How many commands of installs and hooks were looked at.
    pub(super) commands_seen: usize,
    /// How many things were numbered so far (messages, requests, edits).
    numbered: u64,
    steps: Vec<String>,
}

impl Run {
    /// A fresh machine with a fresh server.
    pub(super) fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let engine = world.start_server();
        Self {
            random: SplitMix::new(seed ^ 0x5eed),
            world,
            ledger: Ledger::default(),
            engine,
            hooks: BTreeMap::new(),
            works_in_place: seed.is_multiple_of(2),
            waiting: None,
            accepted: Vec::new(),
            said: None,
            crashes: 0,
            faults: 0,
            commands_seen: 0,
            numbered: 0,
            steps: Vec::new(),
        }
    }

    /// Plays so many steps, lets everything come to rest, and checks what must be true then.
    pub(super) fn play(&mut self, steps: usize) {
        self.start_again();
        for _ in 0..steps {
            self.step();
        }
        self.settle();
        invariants::at_rest(self);
        self.land_and_take_back();
        self.bring_everything_back();
    }

    /// Plays one seed; a failure tells how it came to that, and which test (`again`) shows it once more.
    pub(super) fn played(seed: u64, again: &str, play: impl FnOnce(&mut Self)) -> Self {
        let mut run = Self::new(seed);
        let outcome = catch_unwind(AssertUnwindSafe(|| play(&mut run)));
        // What was wrong is said (with its place) by the panic itself.
        assert!(
            outcome.is_ok(),
            "{}seed {seed} failed: OWT_SIM_SEED={seed} cargo test -p owt-engine --test it {again}",
            run.story()
        );
        run
    }

    /// The steps so far, for people.
    pub(super) fn story(&self) -> String {
        self.steps.iter().enumerate().fold(String::new(), |mut story, (number, step)| {
            let _ = writeln!(story, "{number:4} {step}");
            story
        })
    }

    /// Writes a step down.
    pub(super) fn note(&mut self, step: impl Into<String>) {
        self.steps.push(step.into());
    }

    /// Writes down what somebody got for an answer.
    pub(super) fn note_answer<T, E: Debug>(&mut self, asked: &str, answer: &Result<T, E>) {
        match answer {
            Ok(_) => self.note(format!("{asked}: done")),
            Err(error) => self.note(format!("{asked}: {error:?}")),
        }
    }

    /// The next number; nothing is numbered twice.
    pub(super) fn next_number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    /// A correlation id for a person's request.
    pub(super) fn next_request(&mut self) -> RequestId {
        RequestId::from_bits(u128::from(self.next_number()))
    }

    /// Whether something happens that happens once in so many times.
    pub(super) fn once_in(&mut self, times: u64) -> bool {
        self.random.below(times) == 0
    }

    /// One of these.
    pub(super) fn choose<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let index = self.random.below(from.len().max(1) as u64);
        from.get(usize::try_from(index).expect("an index of this list")).cloned()
    }

    /// Something happens: where whoever was chosen has nothing to do, somebody else is.
    fn step(&mut self) {
        let before = self.steps.len();
        for _ in 0..MAX_CHOICES {
            self.choose_a_step();
            if self.steps.len() > before {
                break;
            }
        }
        self.look_around();
    }

    fn choose_a_step(&mut self) {
        match self.random.below(100) {
            0..=31 => drop(self.run_an_effect()),
            32..=34 => drop(self.look_at_what_is_waited_for()),
            35..=54 => drop(self.deliver_a_signal()),
            55..=60 => drop(self.deliver_a_hook()),
            61..=76 => self.let_an_agent_act(),
            77..=89 => self.let_the_person_act(),
            90..=92 => self.pass_time(),
            93 => self.reconcile(),
            94..=95 => self.plan_a_crash(),
            _ => self.let_something_fail(),
        }
    }

    /// Buries a server that died and starts the next; then the onlooker catches up.
    pub(super) fn look_around(&mut self) {
        if let Some(point) = self.world.crash.died_at() {
            self.note(format!("CRASH {:?} {}", point.moment, point.name));
            self.crashes += 1;
            self.start_again();
        }
        invariants::of_the_step(self);
        self.ledger.catch_up(&self.world.store_seen);
        self.take_in_what_came();
        invariants::always(self);
    }

    /// Starts servers until one is up; some of them die while they recover.
    pub(super) fn start_again(&mut self) {
        self.waiting = None;
        for _ in 0..MAX_STARTS {
            self.engine = self.world.start_server();
            if self.once_in(4) {
                let calls = self.random.below(80);
                self.world.crash.arm(calls);
            }
            let recovered = self.engine.recover();
            self.note_answer("server starts", &recovered);
            match recovered {
                Ok(()) if self.world.crash.died_at().is_none() => return,
                Err(StoreError::NoSpace) => self.heal(),
                Ok(()) | Err(StoreError::Crashed) => {}
                Err(error) => panic!("the server cannot start: {error}"),
            }
        }
        panic!("no server came up");
    }

    /// Runs one effect that may be run now: of each line the oldest. `false` when there is none.
    pub(super) fn run_an_effect(&mut self) -> bool {
        let mut lines: BTreeSet<Line> = BTreeSet::new();
        let mut first = self.engine.pending();
        first.retain(|task| lines.insert(task.line()));
        let Some(task) = self.choose(&first) else { return false };
        let done = self.engine.run_effect(task.id);
        self.note_answer(&format!("effect {:?} of {}", task.effect, task.stream.id), &done);
        assert!(!matches!(done, Err(StoreError::Failed(_))), "an effect stumbled: {done:?}");
        true
    }

    /// Delivers the oldest signal of some attempt. `false` when there is none.
    pub(super) fn deliver_a_signal(&mut self) -> bool {
        let Some(attempt) = self.choose(&self.world.post.waiting()) else { return false };
        if let Some(words) = self.world.post.deliver(attempt) {
            self.note(format!("{attempt} tells {words}"));
        }
        true
    }

    /// Delivers the oldest report of some attempt's hooks. `false` when there is none.
    pub(super) fn deliver_a_hook(&mut self) -> bool {
        let waiting: Vec<AttemptId> = self.hooks.keys().copied().collect();
        let Some(attempt) = self.choose(&waiting) else { return false };
        let queue = self.hooks.get_mut(&attempt).expect("the attempt was just listed");
        let report = queue.front().cloned().expect("empty queues are removed");
        let request = self.next_request();
        let taken = use_cases::hook(&self.engine, request, &report);
        self.note_answer(&format!("{attempt} hook {}", report.event), &taken);
        // What was not taken stays in the spool, and so does now and then what was: the answer came too late.
        if taken.is_ok() && self.world.crash.died_at().is_none() && !self.once_in(5) {
            let queue = self.hooks.get_mut(&attempt).expect("nobody else takes from it");
            queue.pop_front();
            if queue.is_empty() {
                self.hooks.remove(&attempt);
            }
        }
        true
    }

    fn pass_time(&mut self) {
        let spans = [20, 200, 4_000, 31_000, 100_000, 1_200_000].map(Duration::from_millis);
        let span = self.choose(&spans).expect("there are spans");
        // Somebody sets the machine's clock, or it was wrong: what is recorded already is of the future then.
        if self.once_in(5) {
            self.world.clock.set(self.world.clock.now().minus(span));
            self.note(format!("the clock goes back by {span:?}"));
            self.world.sessions_seen.pass_time();
            return;
        }
        self.world.clock.advance(span);
        self.note(format!("{span:?} pass"));
        self.world.sessions_seen.pass_time();
    }

    /// What the timer does.
    pub(super) fn reconcile(&mut self) {
        let answer = self.engine.reconcile();
        self.note_answer("reconcile", &answer);
        self.world.git_seen.set_time(self.world.clock.now());
        let answer = self.engine.empty_trash(&|| true);
        self.note_answer("the trash expires", &answer);
        self.forget_what_expired();
    }

    fn plan_a_crash(&mut self) {
        let calls = self.random.below(40);
        self.world.crash.arm(calls);
        self.note(format!("(the server will die in {calls} calls)"));
    }
}
