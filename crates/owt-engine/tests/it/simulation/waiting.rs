//! A command that the person waits for at their terminal: it lands something or brings something in, with agents that help. It dies
//! with the server, and the person may lose patience.

use std::fmt::Debug;

use owt_core::authority::Principal;
use owt_core::landing::Gate;
use owt_core::landing::Goal;
use owt_core::landing::Method;
use owt_core::landing::WhenConflicting;
use owt_engine::use_cases;
use owt_engine::use_cases::MergeRequest;
use owt_engine::use_cases::Merging;
use owt_engine::use_cases::OpinionWish;
use owt_engine::use_cases::Remotes;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::SettlerWish;
use owt_engine::use_cases::SyncRequest;
use owt_engine::use_cases::SyncWhich;
use owt_engine::use_cases::Syncing;
use owt_engine::use_cases::Uncommitted;
use owt_engine::use_cases::WhenLanded;
use owt_ports::CallerEnvironment;

use super::run::Run;
use super::settings::HELPED;
use super::settings::PLAIN;

/// The command.
pub(super) enum Waiting {
    /// `owt merge`, `owt ship`.
    Merging(Box<Merging>),
    /// `owt sync`.
    Syncing(Box<Syncing>),
}

impl Waiting {
    /// What came of it, in words; `None`: the person waits on.
    fn look(&mut self, still_there: bool) -> Option<String> {
        match self {
            Self::Merging(merging) => in_words(merging.look(&|| still_there), |(_, end)| format!("{end:?}")),
            Self::Syncing(syncing) => in_words(syncing.look(&|| still_there), |(_, end)| format!("{end:?}")),
        }
    }
}

fn in_words<T, E: Debug>(looked: Result<Option<T>, E>, end: impl Fn(T) -> String) -> Option<String> {
    match looked {
        Ok(looked) => looked.map(end),
        Err(error) => Some(format!("{error:?}")),
    }
}

impl Run {
    pub(super) fn merge_something(&mut self) {
        if let Some(name) = self.some_name() {
            let settler = self.some_settler();
            let opinions = [OpinionWish::NotAsked, OpinionWish::Heed, OpinionWish::Tell];
            let opinion = self.choose(&opinions).expect("there are wishes");
            self.merge_with_help(&name, settler, opinion);
        }
    }

    pub(super) fn merge(&mut self, name: &str) {
        self.merge_with_help(name, SettlerWish::Nobody, OpinionWish::NotAsked);
    }

    /// Who is to settle what conflicts.
    fn some_settler(&mut self) -> SettlerWish {
        match self.choose(&["demo", HELPED, PLAIN]).filter(|_| self.once_in(2)) {
            Some(agent) => SettlerWish::Agent(agent.to_owned()),
            None if self.once_in(2) => SettlerWish::AsConfigured,
            None => SettlerWish::Nobody,
        }
    }

    pub(super) fn merge_with_help(&mut self, name: &str, settler: SettlerWish, opinion: OpinionWish) {
        let methods = [Method::Merge, Method::Merge, Method::Squash, Method::Rebase];
        let method = self.choose(&methods).expect("there are methods");
        let ships = self.once_in(2);
        let merge = MergeRequest {
            settler,
            only_at: None,
            folder: self.root(),
            name: name.to_owned(),
            into: None,
            method,
            favour: None,
            message: None,
            conflicts: WhenConflicting::Stop,
            uncommitted: match ships {
                true => Uncommitted::Commit { message: None },
                false => Uncommitted::Refuse,
            },
            checks: if ships { Gate::Required } else { Gate::NotAsked },
            opinion,
            when_landed: if self.once_in(2) { WhenLanded::Keep } else { WhenLanded::Remove },
            goal: Goal::Target,
            caller: CallerEnvironment::default(),
            resolve: Resolve::Do,
        };
        let request = self.next_request();
        let begun = use_cases::begin_merging(&self.engine, &Principal::Person, request, &merge);
        let (settler, when_landed) = (&merge.settler, merge.when_landed);
        self.note_answer(&format!("merge {name} {method:?} {when_landed:?} {settler:?} {opinion:?}"), &begun);
        self.wait_for(begun.ok().map(|merging| Waiting::Merging(Box::new(merging))));
    }

    pub(super) fn sync_something(&mut self) {
        let Some(name) = self.some_name() else { return };
        let wanted = SyncRequest {
            settler: self.some_settler(),
            folder: self.root(),
            which: SyncWhich::One(name.clone()),
            remotes: Remotes::AsLastFetched,
            conflicts: WhenConflicting::Stop,
            caller: CallerEnvironment::default(),
            resolve: Resolve::Do,
        };
        let request = self.next_request();
        let begun = use_cases::begin_sync(&self.engine, &Principal::Person, request, &wanted);
        self.note_answer(&format!("sync {name} {:?}", wanted.settler), &begun);
        self.wait_for(begun.ok().flatten().map(|syncing| Waiting::Syncing(Box::new(syncing))));
    }

    /// The person waits for one thing at a time: what they waited for before they break off, or its terminal is closed.
    fn wait_for(&mut self, next: Option<Waiting>) {
        let Some(next) = next else { return };
        if self.once_in(2) {
            self.lose_patience();
        }
        // A server that has died in this moment has nobody waiting.
        self.waiting = Some(next).filter(|_| self.world.crash.died_at().is_none());
    }

    /// What is waited for goes on as far as it can. `false` when it waits, too, or nothing is waited for.
    pub(super) fn look_at_what_is_waited_for(&mut self) -> bool {
        let Some(end) = self.waiting.as_mut().and_then(|waiting| waiting.look(true)) else { return false };
        self.waiting = None;
        self.note(format!("the command ends: {end}"));
        true
    }

    /// The person breaks the command off, and the server sees it.
    pub(super) fn lose_patience(&mut self) {
        let Some(mut waiting) = self.waiting.take() else { return };
        let end = waiting.look(false);
        self.note(format!("the person breaks the command off: {end:?}"));
    }
}
