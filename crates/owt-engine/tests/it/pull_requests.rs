//! Following pull requests: who is asked, when, and what is written down.

use owt_core::WorkspaceId;
use owt_core::authority::Principal;
use owt_core::pull_request::CheckState;
use owt_core::pull_request::PullRequestState;
use owt_core::pull_request::Readiness;
use owt_core::vcs::BranchName;
use owt_core::workspace::Workspace;
use owt_engine::PullRounds;
use owt_engine::use_cases;
use owt_engine::use_cases::CreatePull;
use owt_engine::use_cases::PullEnd;
use owt_engine::use_cases::ReadPulls;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::Scope;
use owt_engine::use_cases::Uncommitted;
use owt_engine::use_cases::WhichPulls;
use owt_ports::BranchState;
use owt_ports::CallerEnvironment;
use owt_ports::Git as _;
use owt_ports::StreamKind;
use owt_testkit::forge::TOKEN;
use owt_testkit::forge_conformance::environment;

use crate::scene::Scene;
use crate::scene::some_request;

fn logged_in() -> CallerEnvironment {
    environment(&[("GH_TOKEN", TOKEN)])
}

/// A workspace with work in it, whose agent rests, in a repository that is on the host.
fn with_work() -> (Scene, WorkspaceId) {
    let scene = Scene::new();
    scene.world.host.add_repository("acme", &scene.world.repository.name);
    let request = Scene::request(&scene.root(), "Make it");
    let (id, _) = scene.workspace(&Principal::Person, &request);
    let workspace = pulled(&scene, id);
    let tip = {
        let git = &scene.world.git_seen;
        git.write_file(&workspace.spec.path.join("made.txt"), "made\n");
        git.commit_all(&workspace.spec.path, "Make it").unwrap().unwrap().commit
    };
    let branch = workspace.spec.line().unwrap().branch.to_string();
    scene.world.host.set_branch("acme", &branch, &tip);
    (scene, id)
}

fn pulled(scene: &Scene, id: WorkspaceId) -> Workspace {
    let name = scene.name(id);
    let mut all = scene.rows::<Workspace>(StreamKind::Workspace).into_iter();
    all.find(|workspace| workspace.spec.name.as_str() == name).unwrap()
}

fn create(scene: &Scene, id: WorkspaceId) -> PullEnd {
    let create = CreatePull {
        folder: scene.root(),
        name: scene.name(id),
        title: None,
        body: None,
        readiness: Readiness::Ready,
        base: None,
        uncommitted: Uncommitted::Refuse,
        caller: logged_in(),
        resolve: Resolve::Do,
    };
    use_cases::create_pull_request(&scene.engine, &Principal::Person, some_request(), &create).unwrap().end
}

#[test]
fn nobody_is_asked_before_a_person_has_used_it_nor_when_none_is_open() {
    let (scene, id) = with_work();
    let mut rounds = PullRounds::default();
    rounds.go(&scene.engine);
    assert_eq!(scene.world.host.requests(), Vec::<String>::new());
    create(&scene, id);
    scene.world.host.change(1, |pull| pull.state = PullRequestState::Closed);
    rounds.go(&scene.engine);
    assert_eq!(pulled(&scene, id).pull_request.unwrap().pull.state, PullRequestState::Closed);
    let asked = scene.world.host.requests().len();
    rounds.go(&scene.engine);
    assert_eq!(scene.world.host.requests().len(), asked, "none is open");
}

#[test]
fn what_happens_to_an_open_one_is_written_down_and_while_nothing_does_it_is_asked_ever_more_seldom() {
    let (scene, id) = with_work();
    create(&scene, id);
    let branch = pulled(&scene, id).spec.line().unwrap().branch.clone();
    assert!(is_there(&scene, &branch));
    let mut rounds = PullRounds::default();
    scene.world.host.check(1, CheckState::Passed);
    let first = rounds.go(&scene.engine);
    assert_eq!(pulled(&scene, id).pull_request.unwrap().pull.checks, CheckState::Passed);
    let before = scene.world.host.requests().len();
    let pauses: Vec<_> = (0..6).map(|_| rounds.go(&scene.engine)).collect();
    assert!(pauses.is_sorted() && pauses[0] > first, "{pauses:?}");
    let asked = scene.world.host.requests();
    assert!(asked[before..].iter().all(|request| request == "news"), "conditional ones: {asked:?}");
    scene.world.host.change(1, |pull| pull.state = PullRequestState::Merged);
    assert_eq!(rounds.go(&scene.engine), first);
    assert_eq!(pulled(&scene, id).pull_request.unwrap().pull.state, PullRequestState::Merged);
}

#[test]
fn a_login_that_is_refused_is_forgotten_and_a_limit_is_waited_for() {
    let (scene, id) = with_work();
    create(&scene, id);
    let mut rounds = PullRounds::default();
    let until = scene.world.clock_now().plus(std::time::Duration::from_secs(7200));
    scene.world.host.limit(until);
    assert!(rounds.go(&scene.engine) >= std::time::Duration::from_secs(7000));
    scene.world.host.limit(None);
    scene.world.host.revoke();
    rounds.go(&scene.engine);
    let asked = scene.world.host.requests().len();
    rounds.go(&scene.engine);
    assert_eq!(scene.world.host.requests().len(), asked, "the next `owt pr` brings another login");
}

#[test]
fn news_that_could_not_be_heard_are_asked_for_again() {
    let (scene, id) = with_work();
    create(&scene, id);
    scene.world.host.check(1, CheckState::Passed);
    let mut rounds = PullRounds::default();
    rounds.go(&scene.engine);
    scene.world.host.change(1, |pull| pull.state = PullRequestState::Merged);
    scene.world.host.fail_next("find");
    rounds.go(&scene.engine);
    assert_eq!(pulled(&scene, id).pull_request.unwrap().pull.state, PullRequestState::Open);
    rounds.go(&scene.engine);
    assert_eq!(pulled(&scene, id).pull_request.unwrap().pull.state, PullRequestState::Merged);
}

#[test]
fn a_login_that_no_host_accepts_takes_the_place_of_no_good_one() {
    let (scene, id) = with_work();
    create(&scene, id);
    let is_refused = |token: &str| {
        let read = ReadPulls {
            folder: scene.root(),
            which: WhichPulls::All(Scope::Repository),
            caller: environment(&[("GH_TOKEN", token)]),
        };
        use_cases::pull_requests(&scene.engine, &Principal::Person, some_request(), &read).is_err()
    };
    assert!(is_refused("ghp_wrong"));
    scene.world.host.change(1, |pull| pull.state = PullRequestState::Merged);
    PullRounds::default().go(&scene.engine);
    assert_eq!(pulled(&scene, id).pull_request.unwrap().pull.state, PullRequestState::Merged);
}

fn is_there(scene: &Scene, branch: &BranchName) -> bool {
    matches!(scene.world.git_seen.branch_state(&scene.world.repository, branch), Ok(BranchState::Taken(_)))
}
