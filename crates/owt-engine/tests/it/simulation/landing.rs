//! The person lands what is committed, whatever dies meanwhile.

use owt_core::authority::Principal;
use owt_core::landing::Gate;
use owt_core::landing::LandingPhase;
use owt_core::landing::Method;
use owt_core::landing::WhenConflicting;
use owt_engine::use_cases;
use owt_engine::use_cases::MergeRequest;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::Uncommitted;
use owt_engine::use_cases::UndoRequest;
use owt_engine::use_cases::WhenLanded;
use owt_ports::Git;
use owt_ports::Landing as _;

use super::run::Run;

impl Run {
    pub(super) fn merge_something(&mut self) {
        if let Some(name) = self.some_name() {
            self.merge(&name);
        }
    }

    pub(super) fn merge(&mut self, name: &str) {
        let methods = [Method::Merge, Method::Merge, Method::Squash, Method::Rebase];
        let method = self.choose(&methods).expect("there are methods");
        let ships = self.once_in(2);
        let merge = MergeRequest {
            folder: self.root(),
            name: name.to_owned(),
            into: None,
            method,
            favour: None,
            conflicts: WhenConflicting::Stop,
            uncommitted: match ships {
                true => Uncommitted::Commit { message: None },
                false => Uncommitted::Refuse,
            },
            checks: if ships { Gate::Required } else { Gate::NotAsked },
            when_landed: if self.once_in(2) { WhenLanded::Keep } else { WhenLanded::Remove },
            resolve: Resolve::Do,
        };
        let request = self.next_request();
        let begun = use_cases::begin_merge(&self.engine, &Principal::Person, request, &merge);
        self.note_answer(&format!("merge {name} {method:?} {:?}", merge.when_landed), &begun);
    }

    pub(super) fn undo_something(&mut self) {
        let undo = UndoRequest { folder: self.root(), only: None, resolve: Resolve::Do };
        let request = self.next_request();
        let begun = use_cases::begin_undo(&self.engine, &Principal::Person, request, &undo);
        self.note_answer("undo", &begun);
    }
}

/// Every landing has ended, and nothing of it is left but its commit in the target.
pub(super) fn each_has_ended(run: &Run) {
    for (id, landing) in &run.ledger.landings {
        match &landing.phase {
            LandingPhase::Landed { before, after, .. } => {
                let merged = run.world.git_seen.is_merged(&run.world.repository, before, after);
                assert_eq!(
                    merged,
                    Ok(true),
                    "{id} has moved its target by something that does not stand on it"
                );
                if landing.spec.checks == Gate::Required {
                    let tree = run.world.git_seen.tree_of(&run.world.repository, after);
                    let checked = landing.verified.as_ref().map(|verified| verified.tree.clone());
                    assert_eq!(tree.ok(), checked, "{id} has landed a tree that was not checked");
                }
                if landing.spec.method == Method::Merge {
                    let tip = run.world.git_seen.is_merged(&run.world.repository, landing.tip(), after);
                    assert_eq!(tip, Ok(true), "{id} landed something else");
                }
                let target = run.world.git_seen.resolve(&run.world.repository, landing.spec.target.as_str());
                if let Ok(now) = target {
                    let merged = run.world.git_seen.is_merged(&run.world.repository, after, &now);
                    assert_eq!(merged, Ok(true), "{id} is recorded as landed, and the target is elsewhere");
                }
            }
            LandingPhase::TakenBack { before, .. } => {
                let target = run.world.git_seen.resolve(&run.world.repository, landing.spec.target.as_str());
                if let Ok(now) = target {
                    let merged = run.world.git_seen.is_merged(&run.world.repository, before, &now);
                    assert_eq!(merged, Ok(true), "{id} took back more than it had brought");
                }
            }
            LandingPhase::Refused { .. } => {}
            other => panic!("{id} is stuck: {other:?}"),
        }
    }
}
