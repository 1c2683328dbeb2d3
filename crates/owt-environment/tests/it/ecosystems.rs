//! One real project for each package manager at hand: its tests fail in a fresh worktree and pass after the install.

use std::fs;
use std::time::Duration;

use owt_core::environment::Command;
use owt_core::environment::Manager;
use owt_core::environment::Program;
use owt_core::environment::Project;
use owt_environment::WorktreeEnvironments;
use owt_ports::Environments;
use owt_ports::Listing;
use owt_ports::SurveyRequest;
use owt_process::Cmd;
use owt_process::Output;
use owt_process::find_program;

use crate::world::World;
use crate::world::environment;
use crate::world::values;
use crate::world::write;

const ENV: &str = "APP_PORT={{ owt.port }}\n";

/// A world whose worktree has these files committed; `None`, which is said, where a program is missing.
#[expect(clippy::print_stdout, reason = "what is not tried is said")]
fn project_of(programs: &[&str], files: &[(&str, &str)]) -> Option<World> {
    let path = environment()["PATH"].clone();
    if let Some(missing) = programs.iter().find(|name| find_program(name, &path, &[]).is_none()) {
        println!("not tried: there is no {missing} here");
        return None;
    }
    let world = World::new();
    for (name, text) in files {
        write(&world.worktree.join(name), text.as_bytes());
    }
    world.write(".env", ENV);
    world.commit_worktree();
    Some(world)
}

fn survey(world: &World) -> Vec<Project> {
    let request = SurveyRequest {
        root: world.worktree.clone(),
        listing: Listing::Walk,
        search_path: environment()["PATH"].clone(),
    };
    WorktreeEnvironments.survey(&request).unwrap().projects
}

/// Runs a project's command as an agent would.
fn run(world: &World, project: &Project, command: &Command) -> Output {
    let folder = project.folder.within(&world.worktree);
    let program = match &command.program {
        Program::OnPath(name) => name.into(),
        Program::InFolder(path) => folder.join(path.as_path()).into_os_string(),
    };
    if !folder.join(&program).exists() && matches!(command.program, Program::InFolder(_)) {
        return Output {
            status: owt_process::ExitOutcome::Code(127),
            stdout: Vec::new(),
            stderr: Vec::new(),
            truncated: false,
        };
    }
    Cmd::new(program)
        .args(command.arguments.iter().cloned())
        .envs(values().lease.variables())
        .env_remove("CARGO_TARGET_DIR")
        .current_dir(folder)
        .timeout(Duration::from_secs(240))
        .run()
        .unwrap()
}

/// The tests of the one project fail, then everything is made ready, then they pass and git shows nothing but `.env`,
/// which no ignore rule of these repositories names.
fn becomes_ready(world: &World, manager: Manager, ignored: &str) {
    let projects = survey(world);
    assert_eq!((projects.len(), projects[0].manager), (1, manager), "{projects:?}");
    let test = projects[0].test.clone().unwrap();
    assert!(!run(world, &projects[0], &test).success(), "the tests need an install");
    world.furnish(&[".env"], &[]);
    let outcome = world.install(projects.clone());
    assert!(outcome.succeeded() && outcome.notices.is_empty(), "{outcome:?}\n{}", world.log_text());
    let tested = run(world, &projects[0], &test);
    let said = format!("{}{}", tested.stdout_utf8_lossy(), tested.stderr_utf8_lossy());
    assert!(tested.success(), "{said}");
    let status = world.git_status();
    let shown: Vec<&str> =
        status.lines().filter(|line| ignored.is_empty() || !line.contains(ignored)).collect();
    assert_eq!(shown, ["?? .env"], "{status}");
}

const NODE_TEST: &str = "
const assert = require('node:assert');
assert(require('is-odd')(3));
const env = require('node:fs').readFileSync('.env', 'utf8');
assert.strictEqual(env, `APP_PORT=${process.env.OWT_PORT}\\n`);
";
const NODE_APP: &str =
    r#"{"name":"app","version":"1.0.0","dependencies":{"is-odd":"3.0.1"},"scripts":{"test":"node test.js"}}"#;

#[test]
fn npm_without_a_lock_file_leaves_none_behind() {
    let Some(world) = project_of(&["npm"], &[("package.json", NODE_APP), ("test.js", NODE_TEST)]) else {
        return;
    };
    becomes_ready(&world, Manager::Npm, "");
    assert!(!world.has("package-lock.json"));
}

#[test]
fn npm_installs_what_its_lock_file_says_and_does_not_change_it() {
    let Some(world) = project_of(&["npm"], &[("package.json", NODE_APP), ("test.js", NODE_TEST)]) else {
        return;
    };
    let lock =
        Cmd::new("npm").args(["install", "--package-lock-only", "--no-audit"]).current_dir(&world.worktree);
    lock.timeout(Duration::from_secs(120)).run_checked().unwrap();
    world.commit_worktree();
    let before = world.read("package-lock.json");
    becomes_ready(&world, Manager::Npm, "");
    assert_eq!(world.read("package-lock.json"), before);
}

const PYTHON_TEST: &str = "
import os
import unittest

import iniconfig


class Ready(unittest.TestCase):
    def test_it(self):
        self.assertTrue(iniconfig.IniConfig)
        with open('.env') as env:
            self.assertEqual(env.read(), 'APP_PORT=' + os.environ['OWT_PORT'] + '\\n')
";

#[test]
fn pip_fills_an_environment_of_the_worktrees_own() {
    let files =
        [("requirements.txt", "iniconfig\n"), ("test_app.py", PYTHON_TEST), (".gitignore", "__pycache__\n")];
    let Some(world) = project_of(&["python3"], &files) else { return };
    becomes_ready(&world, Manager::Pip, "");
    let config = fs::read_to_string(world.worktree.join(".venv/pyvenv.cfg")).unwrap();
    assert!(config.contains("home = "), "{config}");
}

const PYPROJECT: &str = "[build-system]\nrequires = ['setuptools']\nbuild-backend = 'setuptools.build_meta'\n\
    [project]\nname = 'app'\nversion = '1.0'\ndependencies = []\n[project.optional-dependencies]\ntest = ['iniconfig']\n\
    [tool.setuptools]\npy-modules = []\n";

#[test]
fn pip_installs_the_project_itself_with_its_test_extra() {
    let files =
        [("pyproject.toml", PYPROJECT), ("test_app.py", PYTHON_TEST), (".gitignore", "__pycache__\n")];
    let Some(world) = project_of(&["python3"], &files) else { return };
    let path = environment()["PATH"].clone();
    let manager = if find_program("uv", &path, &[]).is_some() { Manager::Uv } else { Manager::Pip };
    becomes_ready(&world, manager, "");
}

#[test]
fn uv_syncs_what_its_lock_file_says() {
    let manifest =
        "[project]\nname = 'app'\nversion = '1.0'\nrequires-python = '>=3.9'\ndependencies = ['iniconfig']\n";
    let files = [("pyproject.toml", manifest), ("test_app.py", PYTHON_TEST), (".gitignore", "__pycache__\n")];
    let Some(world) = project_of(&["uv"], &files) else { return };
    Cmd::new("uv").arg("lock").current_dir(&world.worktree).run_checked().unwrap();
    world.commit_worktree();
    let before = world.read("uv.lock");
    becomes_ready(&world, Manager::Uv, "");
    assert_eq!(world.read("uv.lock"), before);
}

#[test]
fn cargo_fetches_so_that_building_needs_no_network() {
    let manifest =
        "[package]\nname = \"app\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\nitoa = \"1\"\n";
    let test = "#[test]\nfn ready() { assert_eq!(itoa::Buffer::new().format(1), \"1\"); \
                assert!(std::fs::read_to_string(\".env\").unwrap().contains(&std::env::var(\"OWT_PORT\").unwrap())); }\n";
    let files = [("Cargo.toml", manifest), ("src/lib.rs", test), (".gitignore", "target\n")];
    let Some(world) = project_of(&["cargo"], &files) else { return };
    Cmd::new("cargo").arg("generate-lockfile").current_dir(&world.worktree).run_checked().unwrap();
    world.commit_worktree();
    becomes_ready(&world, Manager::Cargo, "");
    let offline = Command::new("cargo", ["build", "--offline", "--locked"]);
    assert!(run(&world, &survey(&world)[0], &offline).success());
}

#[test]
fn go_downloads_its_modules() {
    let test = "package app\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestReady(t *testing.T) {\n\
                \tif _, err := os.Stat(\".env\"); err != nil {\n\t\tt.Fatal(err)\n\t}\n}\n";
    let files = [
        ("go.mod", "module example.org/app\n\ngo 1.20\n"),
        ("app_test.go", test),
        ("app.go", "package app\n"),
    ];
    let Some(world) = project_of(&["go"], &files) else { return };
    becomes_ready(&world, Manager::Go, "");
}

#[test]
fn several_projects_of_one_repository_become_ready_together() {
    let files = [
        ("package.json", NODE_APP),
        ("test.js", NODE_TEST),
        ("api/requirements.txt", "iniconfig\n"),
        ("api/.gitignore", "__pycache__\n"),
        (
            "api/test_app.py",
            "import unittest\nimport iniconfig\n\nclass T(unittest.TestCase):\n    def test(self): pass\n",
        ),
    ];
    let Some(world) = project_of(&["npm", "python3"], &files) else { return };
    world.furnish(&[".env"], &[]);
    let projects = survey(&world);
    assert_eq!(projects.len(), 2);
    let outcome = world.install(projects.clone());
    assert!(outcome.succeeded(), "{outcome:?}\n{}", world.log_text());
    for project in &projects {
        let tested = run(&world, project, project.test.as_ref().unwrap());
        assert!(tested.success(), "{}", tested.stderr_utf8_lossy());
    }
    assert_eq!(world.git_status(), "?? .env\n");
}

#[test]
fn a_lock_file_without_its_tool_does_not_hold_the_others_up() {
    let files = [
        ("package.json", NODE_APP),
        ("test.js", NODE_TEST),
        ("old/Pipfile.lock", "{}"),
        ("old/Pipfile", "[packages]\n"),
    ];
    let Some(world) = project_of(&["npm"], &files) else { return };
    let path = environment()["PATH"].clone();
    if find_program("pipenv", &path, &[]).is_some() {
        println!("not tried: pipenv is installed here");
        return;
    }
    world.furnish(&[".env"], &[]);
    let projects = survey(&world);
    let outcome = world.install(projects.clone());
    assert_eq!(outcome.failures.len(), 1);
    assert!(outcome.failures[0].to_string().starts_with("old: pipenv sync --dev: 'pipenv' is not installed"));
    assert!(run(&world, &projects[0], projects[0].test.as_ref().unwrap()).success());
}
