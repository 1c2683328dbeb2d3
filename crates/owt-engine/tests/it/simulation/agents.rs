//! What agents do by themselves: boot, read, work, edit, commit, ask, leave.

use std::time::Duration;

use owt_core::AttemptId;
use owt_engine::use_cases::HookReport;
use owt_ports::Clock;
use owt_ports::SessionPresence;
use owt_ports::Sessions;
use owt_testkit::simulation::Actor;
use owt_testkit::simulation::Busy;
use owt_testkit::simulation::Move;

use super::run::Run;
use super::settings::HELPED;

const FILES: [&str; 5] = ["a.txt", "src/new.txt", "notes.txt", ".env", "debug.log"];

/// Whether git leaves a file of this name alone in the fake world.
pub(super) fn is_ignored(file: &str) -> bool {
    file.ends_with(".log")
}

impl Run {
    /// The attempts whose programs run in the world, whatever the record says.
    pub(super) fn living(&self) -> Vec<AttemptId> {
        let known = self.world.sessions_seen.known().unwrap();
        known.into_iter().filter(|id| self.lives(*id)).collect()
    }

    pub(super) fn lives(&self, attempt: AttemptId) -> bool {
        matches!(self.world.sessions_seen.probe(attempt), Ok(SessionPresence::Running { .. }))
    }

    pub(super) fn let_an_agent_act(&mut self) {
        if let Some(attempt) = self.choose(&self.living()) {
            self.let_it_act(attempt);
        }
    }

    pub(super) fn let_it_act(&mut self, attempt: AttemptId) {
        let actor = self.world.stage.actor(attempt).expect("whoever lives was cast");
        if matches!(actor.busy, Busy::Working(_)) && self.once_in(2) {
            return self.work(&actor);
        }
        let Some(mut chosen) = self.choose(&actor.moves()) else { return };
        if matches!(chosen, Move::Leave(_) | Move::Die(_)) && !self.once_in(4) {
            chosen = self.choose(&actor.moves()).expect("there were moves");
        }
        self.perform(attempt, chosen);
    }

    /// Lets an agent do something, with everything that the world sees of it.
    pub(super) fn perform(&mut self, attempt: AttemptId, chosen: Move) {
        match chosen {
            Move::Draft => self.world.sessions_seen.person_types(attempt),
            Move::Erase | Move::Enter => self.world.sessions_seen.person_enters(attempt),
            _ => {}
        }
        self.world.clock.advance(Duration::from_millis(1));
        if chosen == Move::Finish {
            self.choose_last_words(attempt);
        }
        let deed = self.world.stage.perform(attempt, chosen).expect("whoever lives was cast");
        self.note(format!("{attempt} does {chosen:?}"));
        let agent = match self.ledger.attempts.get(&attempt) {
            Some(record) if self.ledger.jobs[&record.spec.job].spec.agent == HELPED => HELPED,
            _ => "demo",
        };
        for (event, payload) in deed.hooks {
            let report = HookReport {
                agent: owt_agents::AgentName::new(agent).expect("a valid name"),
                event: event.to_owned(),
                attempt,
                at: self.world.clock.now(),
                payload,
                is_cut: false,
            };
            self.hooks.entry(attempt).or_default().push_back(report);
        }
        self.world.sessions_seen.act(attempt, deed.acts);
    }

    /// Edits or commits in the agent's folder, if that is still there.
    pub(super) fn work(&mut self, actor: &Actor) {
        let folder = &actor.directory;
        let there = self.world.git_seen.read_file(&folder.join(".git/here")).is_some();
        let Some(workspace) = self.ledger.workspace_at(folder).filter(|_| there) else { return };
        if self.once_in(4) {
            self.world.git_seen.commit(folder);
            let work = self.ledger.work.entry(workspace).or_default();
            work.committed = work.files.clone();
            work.committed.retain(|file, _| !is_ignored(file));
            self.note(format!("{} commits", actor.attempt));
        } else {
            let file = self.choose(&FILES).expect("there are files").to_owned();
            let file = self.wanted_edit(workspace).unwrap_or(file);
            let text = format!("edit {}\n", self.next_number());
            self.world.git_seen.write_file(&folder.join(&file), &text);
            self.note(format!("{} edits {file}", actor.attempt));
            self.ledger.work.entry(workspace).or_default().files.insert(file, text);
        }
    }
}
