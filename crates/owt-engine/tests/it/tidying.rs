//! What is no longer needed goes; what anybody could still want stays. And where there is no room, nothing begins.

use std::collections::BTreeMap;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::DeliveryId;
use owt_core::authority::Principal;
use owt_core::delivery::Delivery;
use owt_core::retention::Retention;
use owt_core::workspace::Workspace;
use owt_engine::DiskRules;
use owt_engine::Home;
use owt_engine::NoRoom;
use owt_engine::use_cases;
use owt_engine::use_cases::CleanupItem;
use owt_engine::use_cases::CleanupReport;
use owt_engine::use_cases::CleanupRequest;
use owt_engine::use_cases::CleanupWhat;
use owt_engine::use_cases::DeleteRequest;
use owt_engine::use_cases::Force;
use owt_engine::use_cases::Holds;
use owt_engine::use_cases::NewError;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::Scope;
use owt_ports::Clock;
use owt_ports::Git;
use owt_ports::PrivateFiles;
use owt_ports::StreamKind;

use crate::scene::Scene;
use crate::scene::some_request;
use crate::simulation::settings::DISK;
use crate::simulation::world::World;

const PERSON: Principal = Principal::Person;
const DAY: Duration = Duration::from_secs(86_400);

/// A workspace whose agent has ended.
fn ended(scene: &Scene, task: &str) -> (String, AbsPath) {
    let (id, _) = scene.workspace(&PERSON, &Scene::request(&scene.root(), task));
    let name = scene.name(id);
    use_cases::begin_stop(&scene.engine, &PERSON, some_request(), &scene.root(), &name, Resolve::Do).unwrap();
    scene.settle();
    let all: Vec<Workspace> = scene.rows(StreamKind::Workspace);
    let path = all.into_iter().find(|it| it.spec.name.as_str() == name).unwrap().spec.path;
    (name, path)
}

fn looked(scene: &Scene, force: Force) -> CleanupReport {
    let request = CleanupRequest {
        folder: scene.root(),
        environment: BTreeMap::new(),
        scope: Scope::Repository,
        idle: None,
        force,
        only: None,
        resolve: Resolve::Preview,
    };
    use_cases::cleanup(&scene.engine, &PERSON, some_request(), &request).unwrap()
}

fn goes(report: &CleanupReport) -> Vec<(&str, &str)> {
    let kind = |item: &CleanupItem| match item.what {
        CleanupWhat::Workspace { .. } => "workspace",
        CleanupWhat::Cache { .. } => "cache",
        CleanupWhat::Trash { .. } => "trash",
        CleanupWhat::Orphan => "orphan",
        CleanupWhat::Snapshot { .. } => "snapshot",
    };
    report.items.iter().map(|item| (kind(item), item.name.as_str())).collect()
}

fn why<'a>(report: &'a CleanupReport, name: &str) -> &'a str {
    &report.spared.iter().find(|spared| spared.name == name).unwrap().why
}

/// A cache of builds, for git and for the disk.
fn build(scene: &Scene, path: &AbsPath) {
    scene.world.git_seen.write_file(&path.join("ignored/app"), "built");
    scene.world.environments_seen.write(&path.join("ignored/app"), "built");
}

#[test]
fn what_nobody_touches_goes_unless_it_holds_work_or_a_session() {
    let scene = Scene::new();
    let (empty, empty_at) = ended(&scene, "First empty thing");
    let (unmerged, unmerged_at) = ended(&scene, "Second unmerged thing");
    let (dirty, dirty_at) = ended(&scene, "Third dirty thing");
    let (written, written_at) = ended(&scene, "Fourth written thing");
    let running =
        scene.name(scene.workspace(&PERSON, &Scene::request(&scene.root(), "Fifth running thing")).0);
    build(&scene, &empty_at);
    build(&scene, &unmerged_at);
    scene.world.git_seen.write_file(&unmerged_at.join("new.txt"), "new");
    scene.world.git_seen.commit(&unmerged_at);
    scene.world.git_seen.write_file(&dirty_at.join("a.txt"), "changed");
    assert_eq!(goes(&looked(&scene, Force::No)), [], "all of it is fresh");
    scene.world.clock.advance(14 * DAY);
    scene.world.environments_seen.touch(&written_at, scene.world.clock.now());
    scene.world.clock.advance(DAY);
    let report = looked(&scene, Force::No);
    assert_eq!(goes(&report), [("workspace", empty.as_str()), ("cache", unmerged.as_str())]);
    assert_eq!((report.items[0].frees, report.items[1].frees), (5, 5));
    assert_eq!(why(&report, &unmerged), "1 unmerged commit");
    assert_eq!(why(&report, &dirty), "1 uncommitted file");
    assert_eq!(why(&report, &written), "touched 1 day ago");
    assert_eq!(why(&report, &running), "its session runs, or is about to");
    // Whoever insists gets all but what somebody has touched.
    let forced = looked(&scene, Force::Yes);
    let names: Vec<&str> = goes(&forced).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, [empty.as_str(), &unmerged, &dirty, &running]);
}

#[test]
fn a_workspace_that_somebody_stands_in_stays() {
    let scene = Scene::new();
    let (name, path) = ended(&scene, "First thing");
    scene.world.clock.advance(30 * DAY);
    let request = CleanupRequest {
        folder: path.join("src"),
        environment: BTreeMap::new(),
        scope: Scope::Everything,
        idle: Some(Duration::ZERO),
        force: Force::No,
        only: None,
        resolve: Resolve::Preview,
    };
    let report = use_cases::cleanup(&scene.engine, &PERSON, some_request(), &request).unwrap();
    assert_eq!((goes(&report).len(), why(&report, &name)), (0, "you are in it"));
}

#[test]
fn trash_expires_by_age_and_by_size_and_its_commits_still_come_back() {
    let scene = Scene::new();
    let thrown = |task: &str, bytes: usize| {
        let (name, path) = ended(&scene, task);
        scene.world.git_seen.write_file(&path.join("new.txt"), task);
        scene.world.git_seen.set_time(scene.world.clock.now());
        let request = DeleteRequest { folder: scene.root(), name, force: Force::Yes, resolve: Resolve::Do };
        use_cases::begin_delete(&scene.engine, &PERSON, some_request(), &request).unwrap();
        scene.settle();
        let newest = scene.world.git_seen.trashed(&scene.world.repository).unwrap().pop().unwrap();
        scene.world.environments_seen.write(&newest.at.join("tree/large"), &"x".repeat(bytes));
        scene.world.clock.advance(DAY);
    };
    let in_trash = || scene.world.git_seen.trashed(&scene.world.repository).unwrap().len();
    for (task, bytes) in [("First old thing", 10), ("Second large thing", 500), ("Third small thing", 10)] {
        thrown(task, bytes);
    }
    scene.world.configuration.allot(DISK);
    scene.engine.empty_trash(&|| true).unwrap();
    assert_eq!(in_trash(), 3, "nothing has expired");
    let rules = |age, bytes| DiskRules { trash: Retention { age, bytes }, ..DISK };
    scene.world.configuration.allot(rules(Some(3 * DAY), Some(100)));
    assert_eq!(goes(&looked(&scene, Force::No)).iter().filter(|(kind, _)| *kind == "trash").count(), 2);
    scene.world.configuration.break_it();
    scene.engine.empty_trash(&|| true).unwrap();
    assert_eq!(in_trash(), 3, "without settings nothing expires");
    scene.world.configuration.mend();
    scene.engine.empty_trash(&|| false).unwrap();
    assert_eq!(in_trash(), 3, "a server that ends begins nothing");
    scene.engine.empty_trash(&|| true).unwrap();
    assert_eq!(in_trash(), 1);
    let listed = use_cases::restorable(&scene.engine, &PERSON, &scene.root()).unwrap();
    let holds: Vec<Holds> = listed.iter().map(|listed| listed.holds).collect();
    assert_eq!(holds, [Holds::Folder, Holds::Changes, Holds::Changes]);
    let what = listed[2].snapshot.to_string();
    use_cases::begin_restore(&scene.engine, &PERSON, some_request(), &scene.root(), &what, Resolve::Do)
        .unwrap();
    scene.settle();
    let all: Vec<Workspace> = scene.rows(StreamKind::Workspace);
    let back = scene.world.git_seen.read_file(&all[0].spec.path.join("new.txt"));
    assert_eq!(back.as_deref(), Some("First old thing"));
}

#[test]
fn nothing_begins_where_there_is_no_room() {
    let scene = Scene::new();
    let request = Scene::request(&scene.root(), "Make it");
    let begin = || use_cases::begin_new_workspace(&scene.engine, &PERSON, some_request(), &request);
    scene.world.environments_seen.leave_free(199_999_999);
    let refused = begin();
    assert!(matches!(refused, Err(NewError::NoRoom(NoRoom::Disk { free: 199_999_999, .. }))), "{refused:?}");
    assert_eq!(scene.rows::<Workspace>(StreamKind::Workspace).len(), 0);
    scene.world.environments_seen.leave_free(200_000_000);
    begin().unwrap();
    scene.settle();
    let made: Vec<Workspace> = scene.rows(StreamKind::Workspace);
    let rest = &made[0].spec.path.join("large");
    scene.world.environments_seen.write(rest, &"x".repeat(1_000));
    scene.world.configuration.allot(DiskRules { budget: Some(1_000), ..DISK });
    let refused = begin();
    let is_over = |error: &NewError| matches!(error, NewError::NoRoom(NoRoom::Budget { used: 1_000, .. }));
    assert!(refused.as_ref().is_err_and(is_over), "{refused:?}");
    assert_eq!(scene.rows::<Workspace>(StreamKind::Workspace).len(), 1);
    scene.world.configuration.allot(DiskRules { budget: Some(1_001), ..DISK });
    begin().unwrap();
}

#[test]
fn the_text_of_a_message_that_was_never_recorded_goes_with_the_next_start() {
    let mut scene = Scene::new();
    scene.workspace(&PERSON, &Scene::request(&scene.root(), "First thing"));
    let home = Home::new(World::data());
    let recorded = scene.rows::<Delivery>(StreamKind::Delivery).remove(0);
    let torn = home.message(DeliveryId::from_bits(7));
    scene.world.files.write(&torn, b"never recorded").unwrap();
    scene.restart_server();
    assert_eq!(scene.world.files.read(&torn), Ok(None));
    assert_eq!(scene.world.files.read(&recorded.spec.text), Ok(Some(b"First thing".to_vec())));
}
