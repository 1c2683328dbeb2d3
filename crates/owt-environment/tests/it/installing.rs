//! Installs that go well and installs that do not, with commands of our own in the place of package managers.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use owt_core::environment::Command;
use owt_core::environment::InstallFailureKind;
use owt_core::environment::Program;
use owt_environment::WorktreeEnvironments;
use owt_ports::Environments;
use owt_ports::HookPlan;
use owt_ports::InstallPlan;
use owt_ports::InstallProgress;
use owt_process::tree::ProcessIdentity;

use crate::world::World;
use crate::world::project;
use crate::world::rel;
use crate::world::shell;
use crate::world::write;

#[test]
fn steps_run_in_their_folder_and_are_told_and_logged() {
    let world = World::new();
    fs::create_dir_all(world.worktree.join("web")).unwrap();
    let told = Mutex::new(Vec::new());
    let plan = world
        .install_plan(vec![project("web", vec![shell("pwd; echo to stderr >&2"), shell("echo $HUSKY")])]);
    let outcome = WorktreeEnvironments
        .install(&plan, &|progress| told.lock().unwrap().push(progress), &|| false)
        .unwrap();
    assert!(outcome.succeeded() && outcome.notices.is_empty(), "{outcome:?}");
    let log = world.log_text();
    assert!(log.contains(&format!("{}\nto stderr\n", world.worktree.join("web"))), "{log}");
    assert!(log.contains("[web: sh -c 'echo $HUSKY']\n0\n"), "{log}");
    assert_eq!(fs::metadata(world.log()).unwrap().permissions().mode() & 0o777, 0o600);
    let told = told.into_inner().unwrap();
    assert!(matches!(&told[0], InstallProgress::Step { number: 1, of: 2, .. }), "{told:?}");
    assert!(matches!(&told[1], InstallProgress::Step { number: 2, .. }), "{told:?}");
    assert!(matches!(&told[2], InstallProgress::Ready { .. }), "{told:?}");
    assert!(!world.home.join("logs/install.log.running").as_path().exists());
}

#[test]
fn what_fails_is_told_with_its_last_lines_and_the_others_go_on() {
    let world = World::new();
    fs::create_dir_all(world.worktree.join("web")).unwrap();
    let broken = vec![shell("seq 1 40; echo broken >&2; exit 7"), shell("touch never")];
    let outcome = world.install(vec![project("", broken), project("web", vec![shell("touch done")])]);
    assert_eq!(outcome.failures.len(), 1);
    let failure = &outcome.failures[0];
    assert_eq!(
        (failure.folder.to_string(), &failure.kind),
        (".".to_owned(), &InstallFailureKind::Exit { code: 7 })
    );
    assert_eq!(failure.last_lines.len(), 20);
    assert_eq!(failure.last_lines[19], "broken");
    assert!(world.has("web/done") && !world.has("never"));
}

#[test]
fn a_missing_tool_is_told_with_what_to_do_and_the_others_go_on() {
    let world = World::new();
    let mut first = project("", vec![Command::new("owt-no-such-tool", ["install"])]);
    first.needs.push("owt-no-such-tool".to_owned());
    let unforeseen = project("", vec![Command::new("owt-no-such-tool-either", ["install"])]);
    let outcome = world.install(vec![first, unforeseen, project("", vec![shell("touch done")])]);
    assert_eq!(outcome.failures.len(), 2);
    for (failure, name) in outcome.failures.iter().zip(["owt-no-such-tool", "owt-no-such-tool-either"]) {
        let InstallFailureKind::ToolMissing { program, hint } = &failure.kind else { panic!("{failure:?}") };
        assert!(program == name && hint.contains("--no-deps"), "{failure}");
    }
    assert!(world.has("done"));
}

#[test]
fn a_script_of_a_setting_that_is_not_there_is_told_by_its_place_and_the_setting() {
    let world = World::new();
    let run = |name: &str| {
        let command = Command::of(Program::InFolder(rel(name)), ["x".to_owned()]);
        let InstallPlan { root, environment, log, limit, .. } = world.install_plan(Vec::new());
        let plan =
            HookPlan { root, setting: "worktree.setup", commands: vec![command], environment, log, limit };
        let failure = WorktreeEnvironments.run_hook(&plan, &|_| {}, &|| false).unwrap().failure.unwrap();
        failure.to_string()
    };
    let told = run("bin/setup.sh");
    let place = world.worktree.join("bin/setup.sh").to_string();
    assert!(told.contains(&place) && told.contains("mend worktree.setup"), "{told}");
    assert!(!told.contains("install"), "{told}");
    let script = world.worktree.join("other.sh");
    fs::write(&script, "#!/no/such/program\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let told = run("other.sh");
    assert!(told.contains("its interpreter is missing") && !told.contains("no file"), "{told}");
}

#[test]
fn who_asks_for_input_gets_the_end_of_it() {
    let world = World::new();
    let asks = shell(
        "printf 'Continue? '; read answer && exit 0; echo no answer; (: < /dev/tty) 2>/dev/null || exit 3",
    );
    let begun = Instant::now();
    let outcome = world.install(vec![project("", vec![asks])]);
    assert_eq!(outcome.failures[0].kind, InstallFailureKind::Exit { code: 3 });
    assert_eq!(outcome.failures[0].last_lines, ["Continue? no answer"]);
    assert!(begun.elapsed() < Duration::from_secs(60));
}

/// The process that a step wrote the number of into a file.
fn noted(world: &World, name: &str) -> ProcessIdentity {
    let pid = fs::read_to_string(world.worktree.join(name)).unwrap().trim().parse().unwrap();
    ProcessIdentity { pid, start_time: 0 }
}

fn runs(process: ProcessIdentity) -> bool {
    ProcessIdentity::of(process.pid).is_some_and(ProcessIdentity::is_alive)
}

#[test]
fn who_hangs_is_ended_with_all_below_it() {
    let world = World::new();
    let hangs =
        shell("setsid sh -c 'echo $$ > far; exec sleep 1000' & echo $$ > near; trap '' INT TERM; sleep 1000");
    let mut plan = world.install_plan(vec![project("", vec![hangs])]);
    plan.limit = Duration::from_secs(2);
    let outcome = WorktreeEnvironments.install(&plan, &|_| {}, &|| false).unwrap();
    assert_eq!(outcome.failures[0].kind, InstallFailureKind::TimedOut { seconds: 2 });
    assert!(!runs(noted(&world, "near")) && !runs(noted(&world, "far")));
}

#[test]
fn a_daemon_that_left_its_family_is_ended_with_the_step() {
    let world = World::new();
    let forks =
        shell("(setsid sh -c 'echo $$ > daemon; exec sleep 1000' &) ; while [ ! -s daemon ]; do :; done");
    let begun = Instant::now();
    let outcome = world.install(vec![project("", vec![forks])]);
    assert!(outcome.succeeded(), "{outcome:?}");
    assert!(!runs(noted(&world, "daemon")));
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_cancelled_install_ends_at_once_and_begins_nothing_more() {
    let world = World::new();
    let cancelled = AtomicBool::new(false);
    let projects = vec![project("", vec![shell("echo $$ > near; exec sleep 1000"), shell("touch never")])];
    let plan = world.install_plan(projects);
    let is_running = world.worktree.join("near");
    let outcome = WorktreeEnvironments.install(&plan, &|_| {}, &|| {
        cancelled
            .fetch_or(is_running.as_path().metadata().is_ok_and(|meta| meta.len() > 0), Ordering::Relaxed)
    });
    assert_eq!(outcome.unwrap().failures[0].kind, InstallFailureKind::Cancelled);
    assert!(!runs(noted(&world, "near")) && !world.has("never"));
}

#[test]
fn a_second_install_ends_what_a_crash_has_left_of_the_first() {
    let world = World::new();
    write(&world.log(), b"");
    // What an install of a process that died looks like: marked processes that nobody holds.
    let mark = format!("{}#0;", world.log());
    let mut orphan = owt_process::Cmd::new("sleep").arg("1000").env("OWT_LEFT_BY", mark);
    orphan = orphan.placement(owt_process::Placement::OwnSession);
    let mut marked = orphan.spawn(owt_process::Streams::default()).unwrap();
    let mut recorded =
        owt_process::Cmd::new("sleep").arg("1000").spawn(owt_process::Streams::default()).unwrap();
    let process = recorded.identity();
    let record = format!(
        r#"{{"processes":[{{"pid":{},"start_time":{}}}],"before":{{"folders":[],"files":[]}}}}"#,
        process.pid, process.start_time
    );
    write(&world.home.join("logs/install.log.running"), record.as_bytes());
    // The folder that the first one had begun to fill is still taken for the install's own.
    write(&world.worktree.join("node_modules/a/index.js"), b"");
    assert!(world.install(vec![project("", vec![shell("true")])]).succeeded());
    let patience = Duration::from_secs(10);
    assert!(
        marked.wait_timeout(patience).unwrap().is_some()
            && recorded.wait_timeout(patience).unwrap().is_some()
    );
    assert_eq!(world.read("node_modules/.gitignore"), "*\n");
}

#[test]
fn another_process_of_that_number_is_left_alone() {
    let world = World::new();
    let mut other =
        owt_process::Cmd::new("sleep").arg("1000").spawn(owt_process::Streams::default()).unwrap();
    let record = format!(
        r#"{{"processes":[{{"pid":{},"start_time":1}}],"before":{{"folders":[],"files":[]}}}}"#,
        other.pid()
    );
    write(&world.home.join("logs/install.log.running"), record.as_bytes());
    WorktreeEnvironments.end_leftover(&world.log()).unwrap();
    assert!(other.try_wait().unwrap().is_none());
    assert!(!world.home.join("logs/install.log.running").as_path().exists());
}

#[test]
fn git_shows_nothing_of_what_an_install_made() {
    let world = World::new();
    write(&world.worktree.join("package.json"), b"{}");
    write(&world.worktree.join("vendor/tracked"), b"");
    world.commit_worktree();
    let makes = shell(
        "mkdir -p node_modules/a packages/b/node_modules/c mine; touch node_modules/a/x \
                       packages/b/node_modules/c/y yarn.lock mine/z vendor/new",
    );
    let mut project = project("", vec![makes]);
    project.installs_below.push(rel("packages/b"));
    project.discards.push(rel("yarn.lock"));
    assert!(world.install(vec![project.clone()]).succeeded());
    // What no package manager is known to make is somebody's work.
    assert_eq!(world.git_status(), "?? mine/z\n?? vendor/new\n");
    // `npm ci` empties the folder, our file included.
    project.install = vec![shell("rm -rf node_modules; mkdir -p node_modules/a; touch node_modules/a/x")];
    assert!(world.install(vec![project]).succeeded());
    assert_eq!(world.git_status(), "?? mine/z\n?? vendor/new\n");
}

#[test]
fn what_is_cancelled_before_it_begins_starts_no_program() {
    let world = World::new();
    let plan = world.install_plan(vec![project("", vec![shell("trap '' TERM INT; touch began")])]);
    let outcome = WorktreeEnvironments.install(&plan, &|_| {}, &|| true).unwrap();
    assert_eq!(outcome.failures[0].kind, InstallFailureKind::Cancelled);
    assert!(!world.has("began") && !world.log_text().contains("touch began]"), "{}", world.log_text());
}

#[test]
fn a_full_disk_is_told_as_such() {
    let world = World::new();
    let full = shell("dd if=/dev/zero of=/dev/full count=1");
    let outcome = world.install(vec![project("", vec![full])]);
    assert_eq!(outcome.failures[0].kind, InstallFailureKind::DiskFull);
}
