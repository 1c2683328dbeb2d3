//! `owt demo` and the demo agent, as the real program with its own server.

use serde_json::Value;

use crate::sealed::Sealed;

fn sealed() -> Sealed {
    Sealed::new().with("OWT_DEMO_PACE", "0")
}

fn git(sealed: &Sealed, folder: &str, arguments: &[&str]) -> String {
    let git =
        owt_process::Cmd::new("git").args(arguments.iter().copied()).env_base(sealed.environment.clone());
    git.current_dir(folder).run_checked().unwrap().stdout_utf8_lossy().trim_end().to_owned()
}

#[test]
fn three_agents_work_and_everything_can_be_removed_again() {
    let sealed = sealed();
    let ran = sealed.run(&["demo", "--dir", "shown", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let shown = &ran.json()["data"];
    let repository = shown["repository"].as_str().unwrap();
    let workspaces = shown["workspaces"].as_array().unwrap();
    assert_eq!(workspaces.len(), 3);
    for workspace in workspaces {
        assert_eq!(workspace["status"], "done");
        let commits = workspace["commits"].as_array().unwrap();
        assert_eq!(commits.len(), 1);
        let branch = format!("refs/heads/{}", workspace["branch"].as_str().unwrap());
        assert_eq!(git(&sealed, repository, &["rev-parse", &branch]), commits[0]["sha"].as_str().unwrap());
        assert_eq!(workspace["dirty_files"], 0);
    }
    assert_eq!(git(&sealed, repository, &["status", "--porcelain", "--branch"]), "## main");

    let again = sealed.run(&["demo", "--dir", "shown"]);
    assert_eq!(again.code, 2, "{again:?}");
    let removed = sealed.run(&["demo", "--clean", "--dir", "shown", "--json"]);
    assert_eq!(removed.json()["data"]["workspaces"].as_array().map(Vec::len), Some(3), "{removed:?}");
    assert!(!sealed.work().join("shown").exists());
    assert_eq!(sealed.run(&["list", "--all-repos", "--json"]).json()["data"], Value::Array(Vec::new()));
}

#[test]
fn in_a_pipe_each_change_is_a_line_and_what_to_try_next_is_said() {
    let sealed = sealed();
    let temporary = sealed.work().display().to_string();
    let sealed = sealed.with("TMPDIR", &temporary);
    let ran = sealed.run(&["demo"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stderr.matches(": done, Done: wrote demo/").count(), 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("owt demo --clean"), "{}", ran.stderr);
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains('\x1b'), "no colours in a pipe");
    for branch in ["feat/add-user-authentication-jwt", "fix/rounding-prices", "feat/write-docs-checkout"] {
        assert_eq!(ran.stdout.matches(branch).count(), 2, "{}", ran.stdout);
    }
    let cleaned = sealed.run(&["demo", "--clean"]);
    assert_eq!(cleaned.code, 0, "{cleaned:?}");
    assert_eq!(std::fs::read_dir(sealed.work()).unwrap().count(), 0);
    assert_eq!(sealed.run(&["demo", "--clean"]).stdout, "No demonstration is left.\n");
}

#[test]
fn nothing_is_to_be_tried_next_of_what_is_removed_at_once() {
    let sealed = sealed();
    let ran = sealed.run(&["demo", "--passing", "--dir", "shown"]);
    assert!(ran.code == 0 && !ran.stderr.contains("Try next"), "{ran:?}");
}

#[test]
fn what_is_no_demonstration_is_never_removed() {
    let sealed = sealed();
    std::fs::create_dir(sealed.work().join("theirs")).unwrap();
    let ran = sealed.run(&["demo", "--clean", "--dir", "theirs"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(sealed.work().join("theirs").is_dir());
}

#[test]
fn the_demo_agent_says_what_is_wrong_with_its_arguments() {
    let sealed = sealed();
    let refused = |arguments: &[&str]| {
        let ran = sealed.run(&[&["demo-agent"], arguments].concat());
        (ran.code, ran.stderr)
    };
    let (code, said) = refused(&["--output", "jsonl", "--hook", "x"]);
    assert!(code == 2 && said.contains("is no list of words"), "{said}");
    let (code, said) = refused(&["--output", "jsonl", "--permissions", "all"]);
    assert!(code == 2 && said.contains("ask, edits, bypass"), "{said}");
    let (code, said) = refused(&[]);
    assert!(code == 1 && said.contains("there is no terminal"), "{said}");
    let slow = sealed.with("OWT_DEMO_PACE", "slow").run(&["demo-agent", "--output", "jsonl"]);
    assert!(slow.code == 2 && slow.stderr.contains("OWT_DEMO_PACE"), "{slow:?}");
}

#[test]
fn a_headless_demo_agent_ends_with_the_code_of_its_turn() {
    let sealed = sealed();
    for (prompt, code) in [("Greet", 0), ("Greet [[demo:fail]]", 1), ("Greet [[demo:crash=9]]", 9), (" ", 1)]
    {
        let ran = sealed.run_with_input(&["demo-agent", "--output", "jsonl"], prompt.as_bytes());
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.stdout.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{ran:?}");
    }
}
