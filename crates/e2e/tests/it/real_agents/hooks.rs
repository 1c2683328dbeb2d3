//! Hooks of the real programs: ours fire in a session, beside the person's own, which stay as they are, and nothing of
//! ours is left behind when the session is over or enters a commit.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use owt_testkit::lab::CODEX;
use owt_testkit::lab::DROID;
use owt_testkit::lab::PI;
use serde_json::Value;
use serde_json::json;

use super::others;
use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::comes_to_hold;
use crate::patience::until;

/// A program in a terminal that has hooks of the person's own, in one of their files.
struct Hooked<'a> {
    agent: &'a str,
    /// The person's file, below their home.
    file: &'a str,
    /// How begins what our hooks tell, as `owt explain` says it.
    tells: &'a [&'a str],
}

/// Runs the commit scenario in a terminal. `called` appears when the person's own hook was called.
#[track_caller]
fn report_beside_the_persons_own(stage: &Stage, hooked: &Hooked<'_>, called: &Path) {
    let home = stage.home_folder();
    let theirs = fs::read_to_string(home.join(hooked.file)).unwrap();
    let folder = home.join(Path::new(hooked.file).components().next().unwrap());
    let before = settings_below(&folder);
    let options = ["--pty", "--permissions", "bypass"];
    let work = Workspace::start(stage, "hooked", hooked.agent, options, "[[scn:commit]] Go");
    until("the last turn to be asked", || stage.played().len() == 3);
    work.wait_done();
    until("the person's own hook", || called.exists());
    let mut explained = Value::Null;
    let all_told = comes_to_hold(|| {
        explained = stage.owt(["explain", "hooked", "--json"]).data();
        let told = |tells: &&str| {
            let pieces = explained["evidence"].as_array().into_iter().flatten();
            let said = |it: &Value| it["says"].as_str().is_some_and(|says| says.starts_with(*tells));
            pieces.into_iter().any(|it| it["source"] == "hook" && said(it))
        };
        hooked.tells.iter().all(told)
    });
    assert!(all_told, "{:?}: {explained:#}", hooked.tells);
    assert_eq!(explained["hooks"], "reporting", "{explained:#}");
    // The commit is the model's alone, and nothing of ours lies about.
    work.assert_committed("Add hello", "idle", 0);
    assert_eq!(work.git(&["show", "--name-only", "--format=", "HEAD"]), "hello.txt");
    assert_eq!(stage.owt(["stop", "hooked"]).code, 0);
    // Codex adds what its own terminal has found out.
    let now = fs::read_to_string(home.join(hooked.file)).unwrap();
    assert!(now.starts_with(&theirs) && !now.contains("hook --agent"), "{now}");
    let after = settings_below(&folder);
    let ours = |text: &String| text.contains("hook --agent");
    let left: Vec<&PathBuf> = after
        .iter()
        .filter(|(path, text)| !before.contains_key(*path) && ours(text))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(left, Vec::<&PathBuf>::new(), "settings of ours among the person's");
}

/// Small text files below a folder, without what a program writes down of its conversations.
fn settings_below(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let kind = entry.file_type().unwrap();
            let is_record = ["sessions", "logs"].iter().any(|name| entry.file_name() == *name);
            if kind.is_dir() && !is_record {
                folders.push(entry.path());
            } else if kind.is_file() && entry.metadata().is_ok_and(|it| it.len() < 1_000_000) {
                let text = fs::read(entry.path()).unwrap_or_default();
                found.insert(entry.path(), String::from_utf8_lossy(&text).into_owned());
            }
        }
    }
    found
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_droids_hooks_report_beside_the_persons_own() {
    let Some(stage) = others::stage_with(DROID) else { return };
    let called = stage.beside("called");
    let file = ".factory/settings.json";
    let path = stage.home_folder().join(file);
    let mut settings: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let command = format!("echo stop >> '{}'", called.display());
    settings["hooks"] = json!({"Stop": [{"hooks": [{"type": "command", "command": command}]}]});
    fs::write(&path, settings.to_string()).unwrap();
    let tells = ["its turn is over", "it has changed hello.txt"];
    report_beside_the_persons_own(&stage, &Hooked { agent: "droid", file, tells: &tells }, &called);
}

/// Droid 0.215.0 calls no hook after a tool that failed: its file is not taken for changed, nor the tool for one in use.
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_a_tool_of_droids_that_failed_has_changed_nothing_and_is_not_in_use() {
    let Some(stage) = others::stage_with(DROID) else { return };
    let turns = r#"[{"edit":{"path":"none.txt","old":"a","new":"b"}},{"bash":"sleep 603"}]"#;
    let prompt = format!("Try [[turns:{turns}]]");
    let work = Workspace::start(&stage, "failing", "droid", ["--pty", "--permissions", "bypass"], &prompt);
    let in_use = || {
        let shown = work.show();
        let tools = shown["tools"].as_array().into_iter().flatten();
        tools.filter_map(|tool| tool["tool"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    until("its next tool", || in_use().iter().any(|tool| tool == "Execute"));
    assert_eq!(in_use(), ["Execute"]);
    let shown = work.show();
    assert!(!shown["modified_files"].to_string().contains("none.txt"), "{shown:#}");
    assert_eq!(stage.owt(["stop", "failing"]).code, 0);
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_pis_hooks_report_beside_the_persons_own() {
    let Some(stage) = others::stage_with(PI) else { return };
    let called = stage.beside("called");
    let file = ".pi/agent/extensions/own.js";
    let path = stage.home_folder().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let own = format!(
        "import {{ appendFileSync }} from \"node:fs\";\nexport default function (pi) {{\n  pi.on(\"agent_end\", () => \
         appendFileSync({:?}, \"end\"));\n}}\n",
        called.display().to_string()
    );
    fs::write(&path, own).unwrap();
    let tells = ["its turn is over", "it has changed hello.txt"];
    report_beside_the_persons_own(&stage, &Hooked { agent: "pi", file, tells: &tells }, &called);
}

/// Codex runs no hook that the person has not reviewed, and says nothing: ours are let in for the session alone.
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_codexs_hooks_report_unreviewed_beside_the_persons_own() {
    let Some(stage) = others::stage_with(CODEX) else { return };
    let called = stage.beside("called");
    let program = stage.beside("told");
    fs::write(&program, format!("#!/bin/sh\n: > '{}'\n", called.display())).unwrap();
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let file = ".codex/config.toml";
    let path = stage.home_folder().join(file);
    let settings = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("notify = [{:?}]\n{settings}", program.display().to_string())).unwrap();
    let tells = ["it has read the message", "its turn is over"];
    report_beside_the_persons_own(&stage, &Hooked { agent: "codex", file, tells: &tells }, &called);
}
