//! A workspace that was made from the branch of another, when that lands, goes, or comes back.

use owt_core::WorkspaceId;
use owt_core::authority::Principal;
use owt_core::landing::Gate;
use owt_core::landing::Goal;
use owt_core::landing::Method;
use owt_core::landing::WhenConflicting;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Base;
use owt_core::workspace::Phase;
use owt_core::workspace::SyncEnd;
use owt_core::workspace::Workspace;
use owt_engine::use_cases;
use owt_engine::use_cases::DeleteRequest;
use owt_engine::use_cases::Force;
use owt_engine::use_cases::LineWish;
use owt_engine::use_cases::MergeRequest;
use owt_engine::use_cases::NewRequest;
use owt_engine::use_cases::OpinionWish;
use owt_engine::use_cases::Remotes;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::SettlerWish;
use owt_engine::use_cases::SyncRequest;
use owt_engine::use_cases::SyncWhich;
use owt_engine::use_cases::TrainRequest;
use owt_engine::use_cases::Uncommitted;
use owt_engine::use_cases::UndoRequest;
use owt_engine::use_cases::WhenLanded;
use owt_ports::CallerEnvironment;
use owt_ports::Git;
use owt_ports::StreamKind;

use crate::scene::Scene;
use crate::scene::some_request;

const PERSON: Principal = Principal::Person;

/// A parent with one commit, and a child that was made from its branch, with one more; nobody works on them.
struct Stack {
    scene: Scene,
    parent: WorkspaceId,
    child: WorkspaceId,
}

impl Stack {
    fn new() -> Self {
        let scene = Scene::new();
        let parent = rested(&scene, "Lay the ground", None);
        commit(&scene, parent, "new.txt", "ground\n");
        let base = record(&scene, parent).spec.line().unwrap().branch.to_string();
        let child = rested(&scene, "Build upon it", Some(base));
        commit(&scene, child, "new.txt", "ground and walls\n");
        Self { scene, parent, child }
    }

    fn base(&self) -> Base {
        record(&self.scene, self.child).spec.line().unwrap().base.clone()
    }

    fn land(&self, id: WorkspaceId, method: Method, when_landed: WhenLanded) {
        let merge = MergeRequest {
            message: None,
            settler: SettlerWish::Nobody,
            only_at: None,
            folder: self.scene.root(),
            name: self.scene.name(id),
            into: None,
            method,
            favour: None,
            conflicts: WhenConflicting::Stop,
            uncommitted: Uncommitted::Refuse,
            checks: Gate::NotAsked,
            opinion: OpinionWish::NotAsked,
            when_landed,
            goal: Goal::Target,
            caller: CallerEnvironment::default(),
            resolve: Resolve::Do,
        };
        use_cases::begin_merge(&self.scene.engine, &PERSON, some_request(), &merge).unwrap();
        self.scene.settle();
    }

    fn undo(&self) {
        let undo = UndoRequest { folder: self.scene.root(), only: None, resolve: Resolve::Do };
        use_cases::begin_undo(&self.scene.engine, &PERSON, some_request(), &undo).unwrap();
        self.scene.settle();
    }

    /// Nobody takes back what others stand on.
    fn undo_refused(&self) {
        let undo = UndoRequest { folder: self.scene.root(), only: None, resolve: Resolve::Do };
        let begun = use_cases::begin_undo(&self.scene.engine, &PERSON, some_request(), &undo);
        assert!(begun.is_err(), "{begun:?}");
    }

    fn delete(&self, id: WorkspaceId) {
        let name = self.scene.name(id);
        let delete =
            DeleteRequest { folder: self.scene.root(), name, force: Force::Yes, resolve: Resolve::Do };
        use_cases::begin_delete(&self.scene.engine, &PERSON, some_request(), &delete).unwrap();
        self.scene.settle();
    }

    fn tip(&self, name: &str) -> ObjectId {
        self.scene.world.git_seen.resolve(&self.scene.world.repository, name).unwrap()
    }

    fn tip_of(&self, id: WorkspaceId) -> ObjectId {
        self.tip(record(&self.scene, id).spec.line().unwrap().branch.as_str())
    }
}

fn record(scene: &Scene, id: WorkspaceId) -> Workspace {
    let stream = owt_ports::StreamId { kind: StreamKind::Workspace, id: id.to_string() };
    let row = owt_ports::EventStore::load(&scene.world.store_seen, &stream).unwrap().unwrap();
    serde_json::from_str(&row.row.state).unwrap()
}

fn rested(scene: &Scene, task: &str, base: Option<String>) -> WorkspaceId {
    let request = Scene::request(&scene.root(), task);
    let new = NewRequest { line: LineWish { base, ..request.line.clone() }, ..request };
    let (id, _) = scene.workspace(&PERSON, &new);
    let name = scene.name(id);
    use_cases::begin_stop(&scene.engine, &PERSON, some_request(), &scene.root(), &name, Resolve::Do).unwrap();
    scene.settle();
    id
}

fn commit(scene: &Scene, id: WorkspaceId, file: &str, text: &str) {
    let path = record(scene, id).spec.path;
    scene.world.git_seen.write_file(&path.join(file), text);
    scene.world.git_seen.commit(&path);
}

fn branch(name: &str) -> Option<BranchName> {
    Some(BranchName::new(name).unwrap())
}

#[test]
fn what_was_made_from_a_branch_that_lands_follows_its_target_and_the_branch_again_when_that_is_back() {
    let stack = Stack::new();
    let (before, tip) = (stack.base(), stack.tip_of(stack.parent));
    stack.land(stack.parent, Method::Merge, WhenLanded::Remove);
    assert!(matches!(record(&stack.scene, stack.parent).phase, Phase::Removed { .. }));
    let base = stack.base();
    assert_eq!((base.branch, base.label.as_str(), &base.sha), (branch("main"), "main", &tip));
    assert_eq!(record(&stack.scene, stack.child).twice(), None, "the target has the same commits");
    stack.undo();
    assert_eq!(record(&stack.scene, stack.parent).phase, Phase::Ready);
    assert_eq!(stack.base(), before);
}

#[test]
fn what_was_made_from_a_branch_that_the_queue_lands_follows_its_target() {
    let stack = Stack::new();
    let wish = TrainRequest { folder: stack.scene.root(), into: branch("main"), resolve: Resolve::Do };
    use_cases::begin_train(&stack.scene.engine, &PERSON, some_request(), &wish).unwrap();
    stack.scene.settle();
    assert!(matches!(record(&stack.scene, stack.parent).phase, Phase::Removed { .. }));
    assert_eq!(stack.base().branch, branch("main"));
}

#[test]
fn a_branch_that_stays_is_still_followed_and_its_target_once_it_goes() {
    let stack = Stack::new();
    let before = stack.base();
    stack.land(stack.parent, Method::Merge, WhenLanded::Keep);
    assert_eq!(stack.base(), before, "there may come more");
    stack.delete(stack.parent);
    assert_eq!(stack.base().branch, branch("main"));
}

#[test]
fn a_branch_that_goes_without_having_landed_is_followed_by_nothing_in_its_stead() {
    let stack = Stack::new();
    let before = stack.base();
    stack.delete(stack.parent);
    assert_eq!(stack.base(), before);
}

#[test]
fn what_landed_in_one_commit_comes_in_as_what_is_there_already() {
    let stack = Stack::new();
    let tip = stack.tip_of(stack.parent);
    stack.land(stack.parent, Method::Squash, WhenLanded::Remove);
    let (base, main) = (stack.base(), stack.tip("main"));
    assert_eq!((base.branch, &base.sha), (branch("main"), &tip));
    let child = record(&stack.scene, stack.child);
    assert_eq!(child.twice().map(|twice| twice.remade), Some(&main));
    let wanted = SyncRequest {
        folder: stack.scene.root(),
        which: SyncWhich::One(stack.scene.name(stack.child)),
        remotes: Remotes::AsLastFetched,
        conflicts: WhenConflicting::Stop,
        settler: SettlerWish::Nobody,
        resolve: Resolve::Do,
        caller: CallerEnvironment::default(),
    };
    use_cases::begin_sync(&stack.scene.engine, &PERSON, some_request(), &wanted).unwrap();
    stack.scene.settle();
    let end = record(&stack.scene, stack.child).last_sync.unwrap().end.unwrap();
    assert!(matches!(end, SyncEnd::Merged { .. }), "{end:?}");
    let file = child.spec.path.join("new.txt");
    assert_eq!(stack.scene.world.git_seen.read_file(&file).as_deref(), Some("ground and walls\n"));
    stack.land(stack.child, Method::Merge, WhenLanded::Remove);
    assert!(matches!(record(&stack.scene, stack.child).phase, Phase::Removed { .. }), "it has landed");
}

#[test]
fn what_landed_in_one_commit_and_stays_comes_together_with_it_and_goes_back_with_it() {
    let stack = Stack::new();
    let (before, own) = (stack.tip("main"), stack.tip_of(stack.parent));
    stack.land(stack.parent, Method::Squash, WhenLanded::Keep);
    let has = |tip: &ObjectId| {
        let (git, parent) = (&stack.scene.world.git_seen, stack.tip_of(stack.parent));
        git.is_merged(&stack.scene.world.repository, tip, &parent).unwrap()
    };
    assert!(has(&own) && has(&stack.tip("main")));
    commit(&stack.scene, stack.parent, "new.txt", "ground, dug again\n");
    stack.land(stack.parent, Method::Squash, WhenLanded::Keep);
    assert!(has(&stack.tip("main")), "it has landed again");
    stack.undo();
    stack.undo_refused();
    assert_ne!(stack.tip("main"), before, "the branch has gone on from what landed first");
}
