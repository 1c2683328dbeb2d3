//! Installs run, fail, and end.

use std::sync::Mutex;
use std::time::Duration;

use owt_core::environment::Command;
use owt_core::environment::Ecosystem;
use owt_core::environment::InstallFailureKind;
use owt_core::environment::Manager;
use owt_core::environment::Project;
use owt_ports::HookOutcome;
use owt_ports::HookPlan;
use owt_ports::InstallOutcome;
use owt_ports::InstallPlan;
use owt_ports::InstallProgress;

use super::Scene;
use super::rel;

fn project(install: Vec<Command>) -> Project {
    Project {
        folder: rel(""),
        ecosystem: Ecosystem::Node,
        manager: Manager::Npm,
        reason: "package.json".to_owned(),
        install,
        test: None,
        dev: None,
        needs: Vec::new(),
        installs_below: vec![rel("")],
        discards: Vec::new(),
        notices: Vec::new(),
    }
}

fn command(program: &str, argument: &str) -> Command {
    Command::new(program, [argument])
}

fn plan(scene: &Scene<'_>, projects: Vec<Project>) -> InstallPlan {
    InstallPlan {
        root: scene.worktree.clone(),
        projects,
        environment: [("PATH".to_owned(), scene.world.search_path())].into(),
        log: scene.world.home().join("install.log"),
        limit: Duration::from_secs(60),
    }
}

fn install(scene: &Scene<'_>, projects: Vec<Project>) -> InstallOutcome {
    scene.port.install(&plan(scene, projects), &|_| {}, &|| false).unwrap()
}

pub(super) fn an_install_tells_its_steps(scene: &Scene<'_>) {
    let told = Mutex::new(Vec::new());
    let plan = plan(scene, vec![project(vec![command("true", "one"), command("true", "two")])]);
    let outcome =
        scene.port.install(&plan, &|progress| told.lock().unwrap().push(progress), &|| false).unwrap();
    assert!(outcome.succeeded() && outcome.notices.is_empty());
    let told = told.into_inner().unwrap();
    let step =
        |number, text: &str| InstallProgress::Step { folder: rel(""), step: text.to_owned(), number, of: 2 };
    assert_eq!(told[..2], [step(1, "true one"), step(2, "true two")]);
    assert!(told.len() == 3 && matches!(told[2], InstallProgress::Ready { .. }));
}

pub(super) fn a_failure_is_told_and_the_others_go_on(scene: &Scene<'_>) {
    let told = Mutex::new(Vec::new());
    let broken = project(vec![command("false", "one"), command("true", "never")]);
    let plan = plan(scene, vec![broken, project(vec![command("true", "other")])]);
    let outcome =
        scene.port.install(&plan, &|progress| told.lock().unwrap().push(progress), &|| false).unwrap();
    assert_eq!(outcome.failures.len(), 1);
    let failure = &outcome.failures[0];
    assert_eq!((failure.step.as_str(), &failure.kind), ("false one", &InstallFailureKind::Exit { code: 1 }));
    let told = told.into_inner().unwrap();
    assert!(told.contains(&InstallProgress::Failed(failure.clone())));
    assert!(told.iter().any(|progress| matches!(progress, InstallProgress::Ready { .. })));
    assert!(!told.iter().any(|p| matches!(p, InstallProgress::Step { step, .. } if step == "true never")));
}

pub(super) fn a_missing_tool_is_told(scene: &Scene<'_>) {
    let mut needs = project(vec![command("true", "one")]);
    needs.needs.push("owt-no-such-tool".to_owned());
    let outcome = install(scene, vec![needs, project(vec![command("owt-no-such-tool", "x")])]);
    assert_eq!(outcome.failures.len(), 2);
    for failure in &outcome.failures {
        let is_named = |program: &str| program == "owt-no-such-tool";
        assert!(
            matches!(&failure.kind, InstallFailureKind::ToolMissing { program, .. } if is_named(program))
        );
    }
}

pub(super) fn the_limit_is_kept(scene: &Scene<'_>) {
    let mut plan = plan(scene, vec![project(vec![command("sleep", "1000")])]);
    plan.limit = Duration::from_secs(1);
    let outcome = scene.port.install(&plan, &|_| {}, &|| false).unwrap();
    assert_eq!(outcome.failures[0].kind, InstallFailureKind::TimedOut { seconds: 1 });
}

pub(super) fn a_cancelled_install_ends(scene: &Scene<'_>) {
    let plan = plan(scene, vec![project(vec![command("sleep", "1000")])]);
    let begun = Mutex::new(Vec::new());
    let progress = |at: InstallProgress| {
        if let InstallProgress::Step { step, .. } = at {
            begun.lock().unwrap().push(step);
        }
    };
    let outcome = scene.port.install(&plan, &progress, &|| true).unwrap();
    assert_eq!(*begun.lock().unwrap(), [""; 0], "it was cancelled before it began");
    assert_eq!(outcome.failures[0].kind, InstallFailureKind::Cancelled);
}

fn hook(scene: &Scene<'_>, commands: Vec<Command>) -> HookPlan {
    let InstallPlan { root, environment, .. } = plan(scene, Vec::new());
    let log = scene.world.home().join("setup.log");
    HookPlan { root, setting: "worktree.setup", commands, environment, log, limit: Duration::from_secs(60) }
}

pub(super) fn commands_run_until_one_fails(scene: &Scene<'_>) {
    let begun = Mutex::new(Vec::new());
    let run = |commands: &[(&str, &str)]| {
        let commands = commands.iter().map(|(program, word)| command(program, word)).collect();
        scene
            .port
            .run_hook(&hook(scene, commands), &|step| begun.lock().unwrap().push(step), &|| false)
            .unwrap()
    };
    assert_eq!(run(&[("true", "one"), ("true", "two")]), HookOutcome::default());
    let failure = run(&[("true", "three"), ("false", "four"), ("true", "never")]).failure.unwrap();
    assert_eq!((failure.step.as_str(), &failure.kind), ("false four", &InstallFailureKind::Exit { code: 1 }));
    assert_eq!(*begun.lock().unwrap(), ["true one", "true two", "true three", "false four"]);
    let failure = run(&[("owt-no-such-tool", "x")]).failure.unwrap();
    assert!(matches!(failure.kind, InstallFailureKind::ToolMissing { .. }));
}

pub(super) fn commands_end_at_their_limit_and_when_cancelled(scene: &Scene<'_>) {
    let mut plan = hook(scene, vec![command("sleep", "1000")]);
    plan.limit = Duration::from_secs(1);
    let outcome = scene.port.run_hook(&plan, &|_| {}, &|| false).unwrap();
    assert_eq!(outcome.failure.unwrap().kind, InstallFailureKind::TimedOut { seconds: 1 });
    let begun = Mutex::new(Vec::new());
    let outcome = scene.port.run_hook(&plan, &|step| begun.lock().unwrap().push(step), &|| true).unwrap();
    assert_eq!(*begun.lock().unwrap(), [""; 0], "it was cancelled before it began");
    assert_eq!(outcome.failure.unwrap().kind, InstallFailureKind::Cancelled);
}

pub(super) fn nothing_left_over_is_success(scene: &Scene<'_>) {
    scene.port.end_leftover(&scene.world.home().join("install.log")).unwrap();
}
