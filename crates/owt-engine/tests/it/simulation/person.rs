//! What the person does: asks for things, and lays hands on the repository meanwhile.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::authority::Principal;
use owt_core::delivery::Meaning;
use owt_core::job::Job;
use owt_core::machine::Machine;
use owt_core::session::Allowance;
use owt_core::session::SessionKind;
use owt_core::text::Prompt;
use owt_core::vcs::BranchName;
use owt_core::vcs::Head;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_engine::use_cases;
use owt_engine::use_cases::AgentWish;
use owt_engine::use_cases::AnswerRequest;
use owt_engine::use_cases::Audience;
use owt_engine::use_cases::Branching;
use owt_engine::use_cases::DeleteRequest;
use owt_engine::use_cases::Force;
use owt_engine::use_cases::Given;
use owt_engine::use_cases::LineWish;
use owt_engine::use_cases::NewRequest;
use owt_engine::use_cases::Place;
use owt_engine::use_cases::PlanWish;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::ResumeRequest;
use owt_engine::use_cases::SendRequest;
use owt_engine::use_cases::WantedSession;
use owt_engine::use_cases::WhenSeveral;
use owt_engine::use_cases::WhileBusy;
use owt_engine::use_cases::WorkWish;
use owt_ports::BranchState;
use owt_ports::Git;

use super::run::Run;
use super::settings::HELPED;
use super::settings::PLAIN;

/// Tasks of which several make the same name, so that names are fought for.
const TASKS: [&str; 3] = [
    "Fix the login page redirect loop on mobile phones",
    "Add dark mode toggle to settings dialog everywhere",
    "Fix the login page redirect loop on mobile phones and tablets",
];
/// Branches that the person names, or makes by hand.
const BRANCHES: [&str; 3] = ["feat/by-hand", "fix/login-page-redirect-loop-mobile-phones", "topic"];

const PERSON: Principal = Principal::Person;

impl Run {
    pub(super) fn let_the_person_act(&mut self) {
        match self.random.below(100) {
            0..=24 => self.ask_for_new(),
            25..=29 => self.ask_for_a_follow_up(),
            30..=49 => self.send_something(),
            50..=53 => self.merge_something(),
            54 => self.ship_the_queue(),
            55..=59 => self.stop_something(),
            60..=62 => self.resume_something(),
            63..=66 => self.move_something(),
            67 => self.interrupt_something(),
            68..=76 => self.delete_something(),
            77..=82 => self.restore_something(),
            83..=84 => self.undo_something(),
            85..=88 => self.answer_something(),
            89..=91 => self.leave_or_take_a_note(),
            92 => self.break_or_mend_the_machine(),
            93 => self.see_a_conflict(),
            94 if self.once_in(2) => self.lose_patience(),
            94 => self.call_the_train_off(),
            95..=96 => self.sync_something(),
            _ => self.lay_hands_on_the_repository(),
        }
    }

    pub(super) fn root(&self) -> AbsPath {
        self.world.repository.root.clone()
    }

    /// The name of some workspace that is there.
    pub(super) fn some_name(&mut self) -> Option<String> {
        let live = self.ledger.workspaces.values().filter(|workspace| workspace.is_live());
        let names: Vec<String> = live.map(|workspace| workspace.spec.name.to_string()).collect();
        self.choose(&names)
    }

    fn ask_for_new(&mut self) {
        let kinds = [
            WantedSession::Automated,
            WantedSession::Structured,
            WantedSession::Terminal,
            WantedSession::OnPty,
        ];
        let session = self.choose(&kinds).expect("there are kinds");
        let agents: &[&str] = match session {
            WantedSession::Automated => &["demo", HELPED, PLAIN],
            WantedSession::Structured => &["demo", HELPED],
            WantedSession::Terminal | WantedSession::InTmux | WantedSession::OnPty => {
                &["demo", "demo", PLAIN]
            }
        };
        let agent = self.choose(agents).expect("there are agents");
        let number = self.next_number();
        let text = self.choose(&TASKS).map(|task| format!("{task} please: msg-{number};"));
        let has_task = session == WantedSession::Automated || !self.once_in(4);
        let task = text.filter(|_| has_task).map(|text| Prompt::new(&text).expect("a good prompt"));
        let named = task.is_none() || self.once_in(6);
        let branch = self.choose(&BRANCHES).filter(|_| named);
        let in_place = self.works_in_place && self.once_in(10);
        let template = self.choose(&["feature", "hotfix"]).filter(|_| self.once_in(8)).map(str::to_owned);
        let new = NewRequest {
            folder: self.root(),
            environment: [("HOME", "/home/me"), ("PATH", "/fake/bin"), ("KEY", "secret")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            work: WorkWish { task, meaning: Meaning::Words, title: None, template, parents: Vec::new() },
            place: if in_place { Place::InPlace } else { Place::Worktree },
            line: LineWish {
                branch: branch.map(|name| BranchName::new(name).expect("a good name")),
                branching: if self.once_in(2) { Branching::Adopt } else { Branching::New },
                base: None,
                prefix: None,
                with_changes: self.once_in(4),
            },
            packages: owt_core::workspace::Packages::default(),
            agent: AgentWish {
                names: vec![agent.to_owned()],
                when_several: WhenSeveral::Prefer,
                model: None,
                plan: PlanWish::Work,
                allowance: Allowance::default(),
                context: None,
                session,
                permissions: None,
            },
            role: None,
            resolve: Resolve::Do,
        };
        let request = self.next_request();
        let begun = use_cases::begin_new_workspace(&self.engine, &PERSON, request, &new);
        self.note_answer(&format!("new {agent} {session:?} {:?} {:?}", new.place, new.line.branch), &begun);
    }

    fn send_something(&mut self) {
        let Some(name) = self.some_name() else { return };
        let number = self.next_number();
        let texts = ["look at msg-N;", "/compact msg-N;", "one line\nand another msg-N;"];
        let text = self.choose(&texts).expect("there are texts").replace('N', &number.to_string());
        let send = SendRequest {
            folder: self.root(),
            to: Audience::One(name.clone()),
            text: Prompt::new(&text).expect("a good prompt"),
            meaning: Meaning::Words,
            wait: Duration::ZERO,
            key: Some(self.next_request()),
        };
        self.send(&send);
        // Whoever hears nothing of a message sends it again, under its key; it is the one before, or this one.
        let again = self.said.replace(send).filter(|_| number.is_multiple_of(2));
        if let Some(again) = again.or_else(|| self.said.clone()) {
            self.send(&again);
        }
    }

    fn send(&mut self, send: &SendRequest) {
        let request = self.next_request();
        let sent = use_cases::send(&self.engine, &PERSON, request, send, &|| true);
        self.note_answer(&format!("send {:?} {:?}", send.to, send.text.as_str()), &sent);
        let ids = sent.into_iter().flatten().map(|(_, id, _)| id);
        self.accepted.extend(ids);
    }

    fn stop_something(&mut self) {
        let Some(name) = self.some_name() else { return };
        let request = self.next_request();
        let root = self.root();
        let stopped = use_cases::begin_stop(&self.engine, &PERSON, request, &root, &name, Resolve::Do);
        self.note_answer(&format!("stop {name}"), &stopped);
    }

    fn break_or_mend_the_machine(&mut self) {
        match self.once_in(3) {
            true => self.world.environments_seen.break_commands(),
            false => self.world.environments_seen.mend_commands(),
        }
    }

    fn resume_something(&mut self) {
        let Some(name) = self.some_name() else { return };
        let request = self.next_request();
        // An agent of one prompt gets words of the engine's own where there are none; nobody could tell those apart.
        let is_headless = |job: &Job| job.spec.session == SessionKind::Headless;
        let workspaces = &self.ledger.workspaces;
        let job = workspaces.values().find(|it| it.is_live() && it.spec.name.as_str() == name);
        let headless = job.is_some_and(|it| self.ledger.jobs.get(&it.spec.job).is_some_and(is_headless));
        let number = self.next_number();
        let words = Prompt::new(&format!("go on msg-{number};")).expect("a good prompt");
        let message = (headless || self.once_in(2)).then_some(words);
        let (wanted, busy) = (None, WhileBusy::Refuse);
        let resume = ResumeRequest { folder: self.root(), name, message, wanted, busy, resolve: Resolve::Do };
        let resumed = use_cases::begin_resume(&self.engine, &PERSON, request, &resume);
        self.note_answer(&format!("resume {}", resume.name), &resumed);
    }

    /// Into a terminal, or out of one.
    fn move_something(&mut self) {
        let Some(name) = self.some_name() else { return };
        let kinds = [WantedSession::Structured, WantedSession::Terminal, WantedSession::OnPty];
        let wanted = self.choose(&kinds);
        let busy = if self.once_in(2) { WhileBusy::Interrupt } else { WhileBusy::Refuse };
        let number = self.next_number();
        let words = Prompt::new(&format!("here now msg-{number};")).expect("a good prompt");
        let message = self.once_in(3).then_some(words);
        let resume = ResumeRequest { folder: self.root(), name, message, wanted, busy, resolve: Resolve::Do };
        let request = self.next_request();
        let moved = use_cases::begin_resume(&self.engine, &PERSON, request, &resume);
        self.note_answer(&format!("move {} to {wanted:?}, {busy:?}", resume.name), &moved);
    }

    fn interrupt_something(&mut self) {
        let Some(name) = self.some_name() else { return };
        let (request, root) = (self.next_request(), self.root());
        let interrupted =
            use_cases::begin_interrupt(&self.engine, &PERSON, request, &root, &name, Resolve::Do);
        self.note_answer(&format!("interrupt {name}"), &interrupted);
    }

    pub(super) fn delete_something(&mut self) {
        let Some(name) = self.some_name() else { return };
        let force = if self.once_in(3) { Force::No } else { Force::Yes };
        self.delete(name, force);
    }

    pub(super) fn delete(&mut self, name: String, force: Force) {
        let delete = DeleteRequest { folder: self.root(), name, force, resolve: Resolve::Do };
        let request = self.next_request();
        let deleted = use_cases::begin_delete(&self.engine, &PERSON, request, &delete);
        self.note_answer(&format!("delete {} {force:?}", delete.name), &deleted);
    }

    fn restore_something(&mut self) {
        let removed = self.ledger.workspaces.values().filter_map(|workspace| match &workspace.phase {
            Phase::Removed { removal, .. } => Some(removal.snapshot.to_string()),
            _ => None,
        });
        let removed: Vec<String> = removed.collect();
        if let Some(what) = self.choose(&removed) {
            self.restore(&what);
        }
    }

    pub(super) fn restore(&mut self, what: &str) {
        let request = self.next_request();
        let root = self.root();
        let restored = use_cases::begin_restore(&self.engine, &PERSON, request, &root, what, Resolve::Do);
        self.note_answer(&format!("restore {what}"), &restored);
    }

    fn answer_something(&mut self) {
        let asking = self.ledger.running().filter(|attempt| !attempt.asks.is_empty());
        let names: Vec<String> = asking
            .map(|attempt| self.ledger.workspaces[&attempt.spec.workspace].spec.name.to_string())
            .collect();
        let Some(name) = self.choose(&names) else { return };
        let given = match self.random.below(3) {
            0 => Given::Allow,
            1 => Given::Deny { reason: None },
            _ => Given::Words(vec!["red".to_owned()]),
        };
        let answer = AnswerRequest {
            folder: self.root(),
            name: name.clone(),
            given: given.clone(),
            only: None,
            resolve: Resolve::Do,
        };
        let request = self.next_request();
        let answered = use_cases::answer(&self.engine, &PERSON, request, &answer);
        self.note_answer(&format!("answer {name} {given:?}"), &answered);
    }

    fn lay_hands_on_the_repository(&mut self) {
        let root = self.root();
        match self.random.below(4) {
            0 => {
                let text = format!("mine {}\n", self.next_number());
                self.world.git_seen.write_file(&root.join("b.txt"), &text);
                // With it a checkout may not be switched back: then its branch stays, and that is said.
                self.work_on_the_branch_of_the_checkout();
                self.note("the person edits b.txt in their checkout");
            }
            1 => {
                self.work_on_the_branch_of_the_checkout();
                self.world.git_seen.commit(&root);
                self.note("the person commits in their checkout");
            }
            2 => self.make_a_branch_by_hand(),
            _ => self.remove_a_folder_by_hand(),
        }
    }

    fn work_on_the_branch_of_the_checkout(&mut self) {
        if let Ok(Head::Branch { name, .. }) = self.world.git_seen.discover(&self.root()).map(|it| it.head) {
            self.ledger.shared.insert(name);
        }
    }

    fn make_a_branch_by_hand(&mut self) {
        let name = BranchName::new(self.choose(&BRANCHES).expect("there are names")).expect("a good name");
        let (git, repository) = (&self.world.git_seen, &self.world.repository);
        if git.branch_state(repository, &name) == Ok(BranchState::Free) {
            let tip = git.resolve(repository, "main").unwrap();
            git.make_branch(repository, &name, &tip).unwrap();
            self.note(format!("the person makes the branch {name}"));
            let lines = self.ledger.workspaces.values().filter_map(|workspace| workspace.spec.line());
            if lines.into_iter().any(|line| line.branch == name) {
                self.ledger.shared.insert(name);
            } else {
                self.ledger.by_hand.insert(name);
            }
        }
    }

    /// `rm -rf` of a worktree: what was not committed is lost by the person's own hand. Only where an agent was
    /// started already: of what is taken back later git keeps a note that only `git gc` clears.
    fn remove_a_folder_by_hand(&mut self) {
        let worktrees = self.ledger.workspaces.iter().filter(|(_, workspace)| {
            let job = self.ledger.jobs.get(&workspace.spec.job).filter(|job| job.spec.agent != HELPED);
            let attempt = job.and_then(|job| self.ledger.attempts.get(&job.newest_attempt()?));
            let started = attempt.is_some_and(|attempt| attempt.started_at.is_some());
            workspace.phase == Phase::Ready && matches!(workspace.spec.ground, Ground::Worktree(_)) && started
        });
        let found: Vec<_> = worktrees.map(|(id, workspace)| (*id, workspace.spec.path.clone())).collect();
        let Some((id, folder)) = self.choose(&found) else { return };
        self.world.git_seen.remove_path(&folder);
        let work = self.ledger.work.entry(id).or_default();
        work.files = work.committed.clone();
        self.note(format!("the person removes {folder}"));
    }
}
