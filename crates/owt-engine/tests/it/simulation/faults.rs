//! What goes wrong around the server: hosts and tmux are killed, disks fill up, git refuses, files are broken.

use std::time::Duration;

use owt_core::AttemptId;
use owt_ports::GitError;
use owt_testkit::sessions::Tmux;

use super::run::Run;
use super::settings::PLAIN;

/// Calls of git that can be refused without making a promise empty. Taking back is not among them: what cannot be
/// taken back stays, and says so.
const REFUSABLE: [&str; 11] = [
    "discover",
    "track_branch",
    "add_worktree",
    "snapshot",
    "apply_snapshot",
    "keep",
    "trash_worktree",
    "delete_branch",
    "branch_state",
    "worktree_presence",
    "untrash_worktree",
];

impl Run {
    pub(super) fn let_something_fail(&mut self) {
        let chosen = self.random.below(20);
        self.faults += usize::from(chosen < 13);
        match chosen {
            0 | 1 => self.kill_a_host(),
            2 => self.kill_tmux(),
            3 => self.tear_an_injection(),
            4 => {
                self.world.stage.refuse_next_start(2);
                self.note("the next program cannot be started");
            }
            5 | 6 => self.let_git_refuse(),
            7 => {
                self.world.store_seen.fill_disk();
                self.note("the disk of the database is full");
            }
            8 => {
                self.world.files.set_room(4);
                self.note("the disk of the private files is full");
            }
            9 => {
                self.world.configuration.break_it();
                self.note("the person breaks the configuration");
            }
            10 => {
                self.world.sessions_seen.set_tmux(Tmux::Missing);
                self.world.programs.uninstall(PLAIN);
                self.note("tmux and a program are uninstalled");
            }
            11 | 12 => self.reboot(),
            _ => {
                self.heal();
                self.note("all is well again");
            }
        }
    }

    /// Everything that stands in the way is cleared away; the dead stay dead.
    pub(super) fn heal(&mut self) {
        self.world.store_seen.free_disk();
        self.world.files.set_room(1 << 40);
        self.world.configuration.mend();
        self.world.sessions_seen.set_tmux(Tmux::Installed);
        self.world.programs.install(PLAIN);
        self.world.git_seen.stop_failing();
    }

    fn kill_a_host(&mut self) {
        let Some(attempt) = self.choose(&self.living()) else { return };
        self.world.sessions_seen.kill_host(attempt);
        self.note(format!("the host of {attempt} is killed"));
    }

    fn kill_tmux(&mut self) {
        let terminal =
            |id: &AttemptId| self.world.stage.actor(*id).is_some_and(|actor| actor.kind.is_terminal());
        let hosts: Vec<AttemptId> = self.living().into_iter().filter(terminal).collect();
        for attempt in &hosts {
            self.world.sessions_seen.kill_host(*attempt);
        }
        self.note(format!("tmux is killed, and {} hosts with it", hosts.len()));
    }

    /// Everything that ran is gone at once, the server too, and nobody hears of it.
    fn reboot(&mut self) {
        let running = self.living();
        for attempt in &running {
            self.world.sessions_seen.kill_host(*attempt);
        }
        self.note(format!("the machine restarts, with {} agents at work", running.len()));
        self.world.clock.advance(Duration::from_secs(60));
        self.start_again();
    }

    fn tear_an_injection(&mut self) {
        let Some(attempt) = self.choose(&self.living()) else { return };
        self.world.sessions_seen.tear_next_injection(attempt);
        self.note(format!("the host of {attempt} will die in its next injection"));
    }

    fn let_git_refuse(&mut self) {
        let method = self.choose(&REFUSABLE).expect("there are calls");
        if self.works_in_place && method == "delete_branch" {
            return;
        }
        self.world.git_seen.fail_next(method, GitError::NoSpace(self.root()));
        self.note(format!("git will refuse the next {method}"));
    }
}
