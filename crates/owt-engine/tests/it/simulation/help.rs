//! Days on which work does not agree: agents settle it, or look at it before it lands, rightly, wrongly, without an end or without a
//! word, and the server dies anywhere. In the end the target holds what was verified, whose work it was has lost nothing, and nobody
//! is left who helps nobody.

use std::ops::Range;

use owt_core::AttemptId;
use owt_core::WorkspaceId;
use owt_core::landing::LandingPhase;
use owt_core::vcs::ObjectId;
use owt_core::workspace::SyncEnd;
use owt_core::workspace::Unsettled;
use owt_core::workspace::WorkspaceSpec;
use owt_engine::use_cases::OpinionWish;
use owt_engine::use_cases::SettlerWish;
use owt_ports::Git as _;
use owt_testkit::simulation::Busy;
use owt_testkit::simulation::Move;

use super::invariants;
use super::run::Run;

/// Steps of one day before it is left to come to rest.
const STEPS: usize = 400;

/// A file that everybody changes.
const BOTH: &str = "both.txt";

/// What came into a workspace's branch.
pub(super) struct CameIn {
    pub(super) of: WorkspaceId,
    pub(super) before: ObjectId,
    pub(super) after: ObjectId,
}

impl Run {
    fn play_a_day_of_help(&mut self) {
        if self.once_in(2) {
            self.world.configuration.require_opinions();
        }
        let made: Vec<WorkspaceId> = (0..4).map(|number| self.ask_for_work(number)).collect();
        self.settle();
        self.let_everybody_finish();
        for id in &made[..3] {
            self.change(*id, BOTH);
        }
        self.change(made[3], "own-3.txt");
        let first = self.ledger.workspaces[&made[0]].spec.name.to_string();
        self.merge(&first);
        self.settle();
        for _ in 0..STEPS {
            match self.random.below(100) {
                0..=39 => drop(self.run_an_effect()),
                40..=53 => drop(self.deliver_a_signal()),
                54..=71 => self.let_a_helper_act(),
                72..=83 => drop(self.look_at_what_is_waited_for()),
                84..=91 => self.ask_for_help(&made[1..]),
                92 if self.once_in(3) => self.lose_patience(),
                93 if self.once_in(2) => self.die_soon(),
                94 => self.let_something_fail(),
                95 => self.somebody_moves_the_target(),
                96 if self.once_in(4) => self.delete_something(),
                97 => self.reconcile(),
                _ => self.heal(),
            }
            self.look_around();
        }
        self.settle();
        invariants::at_rest(self);
        self.bring_everything_back();
    }

    fn change(&mut self, id: WorkspaceId, file: &str) {
        let folder = self.ledger.workspaces[&id].spec.path.clone();
        let text = format!("edit {}\n", 100 + 7 * self.next_number());
        self.world.git_seen.write_file(&folder.join(file), &text);
        self.ledger.work.entry(id).or_default().files.insert(file.to_owned(), text);
        self.world.git_seen.commit(&folder);
        let work = self.ledger.work.entry(id).or_default();
        work.committed = work.files.clone();
    }

    /// Unless the person waits already: one of the first workspaces lands, or something comes in.
    fn ask_for_help(&mut self, made: &[WorkspaceId]) {
        if self.waiting.is_some() {
            return;
        }
        let Some(id) = self.choose(made) else { return };
        let name = self.ledger.workspaces[&id].spec.name.to_string();
        let settler = SettlerWish::Agent("demo".to_owned());
        match self.random.below(4) {
            0 => self.sync_something(),
            1 => self.merge_with_help(&name, settler, OpinionWish::NotAsked),
            2 => self.merge_with_help(&name, settler, OpinionWish::Tell),
            _ => self.merge_with_help(&name, settler, OpinionWish::Heed),
        }
    }

    /// Those who help are at work; those who are helped rest.
    fn let_a_helper_act(&mut self) {
        let helps = |attempt: &AttemptId| {
            let record = self.ledger.attempts.get(attempt);
            record.is_some_and(|it| self.ledger.workspaces[&it.spec.workspace].spec.helps().is_some())
        };
        let helpers: Vec<AttemptId> = self.living().into_iter().filter(helps).collect();
        match self.choose(&helpers) {
            Some(attempt) if !self.once_in(8) => self.help(attempt),
            Some(attempt) => self.let_it_act(attempt),
            None => {}
        }
    }

    /// It goes on with what it was asked for.
    fn help(&mut self, attempt: AttemptId) {
        let actor = self.world.stage.actor(attempt).expect("whoever lives was cast");
        match &actor.busy {
            Busy::Starting => self.perform(attempt, Move::Boot),
            Busy::Idle if actor.moves().contains(&Move::Read) => self.perform(attempt, Move::Read),
            Busy::Working(_) if self.once_in(3) => self.perform(attempt, Move::Finish),
            Busy::Working(_) => self.work(&actor),
            Busy::Idle | Busy::Asking(..) => self.let_it_act(attempt),
        }
    }

    /// An agent that helps does what it was made for, more or less: a file for it to edit, where it is to edit one.
    pub(super) fn wanted_edit(&mut self, id: WorkspaceId) -> Option<String> {
        let settling = self.ledger.workspaces[&id].spec.settles.clone()?;
        if self.once_in(8) { None } else { self.choose(&settling.files) }
    }

    /// The last words of an agent whose turn ends: those of one that was asked for its opinion are one, or are not.
    pub(super) fn choose_last_words(&mut self, attempt: AttemptId) {
        let Some(record) = self.ledger.attempts.get(&attempt) else { return };
        let Some(workspace) = self.ledger.workspaces.get(&record.spec.workspace) else { return };
        let WorkspaceSpec { reviews: Some(_), .. } = workspace.spec else { return };
        let Some(line) = workspace.spec.line() else { return };
        let begun = line.base.sha.clone();
        let of = self.world.git_seen.resolve(&self.world.repository, "main").expect("it is never deleted");
        let words = match self.random.below(6) {
            0..=2 => opinion(&begun, "approve", 90),
            3 => opinion(&begun, "deny", 20),
            4 => opinion(&of, "approve", 90),
            _ => return,
        };
        self.world.stage.say_at_last(attempt, &words);
    }

    /// What has come into branches stands in their folders.
    pub(super) fn take_in_what_came(&mut self) {
        for CameIn { of, before, after } in std::mem::take(&mut self.ledger.came_in) {
            for file in invariants::help::WRITTEN {
                let (was, is) = (self.text_at(&before, file), self.text_at(&after, file));
                let Some(work) = self.ledger.work.get_mut(&of) else { continue };
                for files in [&mut work.files, &mut work.committed] {
                    // Whoever has written something else meanwhile has it so.
                    if was != is && files.get(file) == was.as_ref() && was.is_some() {
                        match &is {
                            Some(text) => files.insert(file.to_owned(), text.clone()),
                            None => files.remove(file),
                        };
                    }
                }
            }
        }
    }

    fn text_at(&self, commit: &ObjectId, file: &str) -> Option<String> {
        invariants::help::text_at(self, commit, file)
    }
}

fn opinion(of: &ObjectId, verdict: &str, percent: u8) -> String {
    format!("I have looked.\n{{\"commit\": \"{of}\", \"verdict\": \"{verdict}\", \"score\": 0.{percent}}}")
}

/// What days came to.
#[derive(Debug, Default)]
struct Days {
    settled: usize,
    unsettled: usize,
    failed: usize,
    looked_at: usize,
    landed: usize,
    crashes: usize,
}

impl Days {
    fn of(seeds: Range<u64>) -> Self {
        seeds.map(simulate_a_day).fold(Self::default(), |sum, day| Self {
            settled: sum.settled + day.settled,
            unsettled: sum.unsettled + day.unsettled,
            failed: sum.failed + day.failed,
            looked_at: sum.looked_at + day.looked_at,
            landed: sum.landed + day.landed,
            crashes: sum.crashes + day.crashes,
        })
    }
}

/// One day; a failure tells how it came to that.
fn simulate_a_day(seed: u64) -> Days {
    let run = Run::played(seed, "replay_help", Run::play_a_day_of_help);
    let ends = run.ledger.settled.iter();
    let count = |is: fn(&SyncEnd) -> bool| ends.clone().filter(|end| is(end)).count();
    let is_failed = |end: &SyncEnd| {
        matches!(end, SyncEnd::Unsettled { why: Unsettled::Checks { .. } | Unsettled::MarksLeft { .. } })
    };
    let workspaces = run.ledger.workspaces.values();
    let landed = |phase: &LandingPhase| matches!(phase, LandingPhase::Landed { .. });
    Days {
        settled: count(|end| matches!(end, SyncEnd::Merged { .. })),
        unsettled: count(|end| matches!(end, SyncEnd::Unsettled { .. })),
        failed: count(is_failed),
        looked_at: workspaces.filter(|it| it.spec.name.as_str().contains("review")).count(),
        landed: run.ledger.landings.values().filter(|landing| landed(&landing.phase)).count(),
        crashes: run.crashes,
    }
}

#[test]
fn days_of_help_land_what_was_verified_and_leave_no_helper_behind() {
    let days = Days::of(0..40);
    assert!(days.settled > 5 && days.unsettled > 5 && days.failed > 0, "{days:?}");
    assert!(days.looked_at > 20 && days.landed > 40 && days.crashes > 20, "{days:?}");
}

#[test]
#[ignore = "a thousand days: the long tier (cargo xtask test --long)"]
fn long_a_thousand_days_of_help_land_what_was_verified_and_leave_no_helper_behind() {
    Days::of(1_000..2_000);
}

/// Runs the seed of `OWT_SIM_SEED`; without one there is nothing to see again.
#[test]
fn replay_help() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the seed of a failed run is given by whoever looks into it"
    )]
    let given = std::env::var("OWT_SIM_SEED").ok();
    if let Some(seed) = given.and_then(|text| text.parse().ok()) {
        println!("{:?}", simulate_a_day(seed));
    }
}
