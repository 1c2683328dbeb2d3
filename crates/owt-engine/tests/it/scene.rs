//! A machine with a server on which things are done one after the other, for tests of single promises.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::Permissions;
use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::authority::Principal;
use owt_core::delivery::Meaning;
use owt_core::session::Allowance;
use owt_core::text::Prompt;
use owt_core::vcs::Repository;
use owt_core::workspace::Workspace;
use owt_engine::Engine;
use owt_engine::use_cases;
use owt_engine::use_cases::AgentWish;
use owt_engine::use_cases::Branching;
use owt_engine::use_cases::LineWish;
use owt_engine::use_cases::NewRequest;
use owt_engine::use_cases::Place;
use owt_engine::use_cases::PlanWish;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::WantedSession;
use owt_engine::use_cases::WhenSeveral;
use owt_engine::use_cases::WorkWish;
use owt_ports::EventStore;
use owt_ports::RowQuery;
use owt_ports::StreamKind;
use owt_testkit::simulation::Move;
use serde::de::DeserializeOwned;

use crate::simulation::world::World;
use crate::simulation::world::path;

/// The machine and its server.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) engine: Engine,
}

impl Scene {
    /// A fresh machine.
    pub(crate) fn new() -> Self {
        let world = World::new(1);
        let engine = world.start_server();
        engine.recover().unwrap();
        Self { world, engine }
    }

    /// The server dies, and another takes its place.
    pub(crate) fn restart_server(&mut self) {
        self.engine = self.world.start_server();
        self.engine.recover().unwrap();
        self.settle();
    }

    /// The repository's root.
    pub(crate) fn root(&self) -> AbsPath {
        self.world.repository.root.clone()
    }

    /// Another repository on the same machine.
    pub(crate) fn another_repository(&self) -> Repository {
        self.world.git_seen.add_repository(&path("/home/me/other"), &[("z.txt", "z\n")])
    }

    /// What somebody asks for in a folder: a demo agent with a machine protocol, and this task.
    pub(crate) fn request(folder: &AbsPath, task: &str) -> NewRequest {
        NewRequest {
            folder: folder.clone(),
            environment: [("HOME".to_owned(), "/home/me".to_owned())].into(),
            work: WorkWish {
                task: Some(Prompt::new(task).unwrap()),
                meaning: Meaning::Words,
                title: None,
                template: None,
                parents: Vec::new(),
            },
            place: Place::Worktree,
            line: LineWish {
                branch: None,
                branching: Branching::New,
                base: None,
                prefix: None,
                with_changes: false,
            },
            packages: owt_core::workspace::Packages::default(),
            agent: AgentWish {
                names: vec!["demo".to_owned()],
                when_several: WhenSeveral::Prefer,
                model: None,
                plan: PlanWish::Work,
                allowance: Allowance::default(),
                context: None,
                session: WantedSession::Structured,
                permissions: Some(Permissions::Edits),
            },
            role: None,
            resolve: Resolve::Do,
        }
    }

    /// Makes a workspace for somebody, with its agent idle after its first turn.
    pub(crate) fn workspace(&self, asker: &Principal, new: &NewRequest) -> (WorkspaceId, AttemptId) {
        let begun = use_cases::begin_new_workspace(&self.engine, asker, some_request(), new).unwrap();
        let (id, _) = begun[0];
        self.settle();
        let attempts = self.rows::<Attempt>(StreamKind::Attempt);
        let attempt = attempts.iter().find(|attempt| attempt.spec.workspace == id).unwrap().id;
        for chosen in [Move::Boot, Move::Read, Move::Finish] {
            self.act(attempt, chosen);
        }
        (id, attempt)
    }

    /// Lets an agent do something, and everything that follows.
    pub(crate) fn act(&self, attempt: AttemptId, chosen: Move) {
        let deed = self.world.stage.perform(attempt, chosen).unwrap();
        self.world.sessions_seen.act(attempt, deed.acts);
        self.settle();
    }

    /// Does and delivers all there is.
    pub(crate) fn settle(&self) {
        self.settle_until(|_| false);
    }

    /// The same, no further than that.
    pub(crate) fn settle_until(&self, there: impl Fn(&Self) -> bool) {
        while !there(self) {
            let effect = self.engine.pending().first().map(|task| task.id);
            let letter = self.world.post.waiting().first().copied();
            match (effect, letter) {
                (Some(effect), _) => drop(self.engine.run_effect(effect).unwrap()),
                (None, Some(attempt)) => drop(self.world.post.deliver(attempt)),
                (None, None) => break,
            }
        }
        self.world.clock.advance(Duration::from_millis(10));
    }

    /// The name of a workspace.
    pub(crate) fn name(&self, id: WorkspaceId) -> String {
        let stream = owt_ports::StreamId { kind: StreamKind::Workspace, id: id.to_string() };
        let row = self.world.store_seen.load(&stream).unwrap().unwrap();
        let workspace: Workspace = serde_json::from_str(&row.row.state).unwrap();
        workspace.spec.name.to_string()
    }

    /// Every thing of a kind, oldest first.
    pub(crate) fn rows<T: DeserializeOwned>(&self, kind: StreamKind) -> Vec<T> {
        let query = RowQuery { kind, parent: None, live_only: false, after: None, limit: usize::MAX };
        let rows = self.world.store_seen.rows(&query).unwrap();
        rows.iter().map(|row| serde_json::from_str(&row.row.state).unwrap()).collect()
    }
}

/// A correlation id that nobody looks at.
pub(crate) fn some_request() -> RequestId {
    RequestId::from_bits(1)
}
