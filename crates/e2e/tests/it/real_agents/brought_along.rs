//! What a repository brings along (MCP servers, hooks) does not start in automated jobs until the person has approved
//! exactly this content; what it only says (`CLAUDE.md`) reaches the model at once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use super::stage::Stage;
use super::workspace::Workspace;

/// A program that leaves a file when it is started: what a hostile repository would start.
fn tell_tale(stage: &Stage, name: &str) -> (PathBuf, PathBuf) {
    let (program, trace) = (stage.beside(name), stage.beside(&format!("{name}.started")));
    fs::write(&program, format!("#!/bin/sh\n: > '{}'\n", trace.display())).unwrap();
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    (program, trace)
}

/// Commits files in the person's checkout, as a repository that was cloned with them would have them.
fn bring(stage: &Stage, files: &[(&str, String)]) {
    for (name, text) in files {
        let path = stage.repository().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        stage.git(&["add", name]);
    }
    stage.git(&["commit", "--quiet", "--message", "Bring things along"]);
}

/// The person says yes to what `owt approvals` shows.
#[track_caller]
fn approve(stage: &Stage, files: &[&str]) {
    let listed = stage.owt(["approvals", "list", "--json"]).data();
    assert_eq!(
        (listed[0]["state"].as_str(), &listed[0]["files"]),
        (Some("pending"), &files.into()),
        "{listed:#}"
    );
    let digest = listed[0]["digest"].as_str().unwrap();
    let allowed = stage.owt(["approvals", "allow", digest]);
    assert_eq!(allowed.code, 0, "{allowed:?}");
}

fn mcp_servers(program: &Path) -> String {
    format!(r#"{{"mcpServers":{{"tale":{{"command":"{}"}}}}}}"#, program.display())
}

fn hooks(program: &Path) -> String {
    let hook = format!(r#"[{{"hooks":[{{"type":"command","command":"{}"}}]}}]"#, program.display());
    format!(r#"{{"hooks":{{"SessionStart":{hook},"UserPromptSubmit":{hook}}}}}"#)
}

#[test]
fn claude_reads_the_instructions_and_starts_nothing_before_the_approval() {
    let Some(stage) = Stage::open() else { return };
    let (server, server_started) = tell_tale(&stage, "server");
    let (hook, hook_started) = tell_tale(&stage, "hook");
    bring(
        &stage,
        &[
            (".mcp.json", mcp_servers(&server)),
            (".claude/settings.json", hooks(&hook)),
            ("CLAUDE.md", "Always be kind. [[scn:obeyed]]\n".to_owned()),
        ],
    );
    let options = ["--headless", "--permissions", "edits"];
    Workspace::start(&stage, "b1", "claude", options, "Say something").wait_done();
    stage.assert_played_once("obeyed", 1);
    let options = ["--structured", "--permissions", "edits"];
    Workspace::start(&stage, "b2", "claude", options, "Say something else").wait_done();
    assert_eq!(stage.prompts("obeyed"), ["Say something", "Say something else"]);
    assert_eq!((server_started.exists(), hook_started.exists()), (false, false));

    approve(&stage, &[".claude/settings.json", ".mcp.json"]);
    let options = ["--headless", "--permissions", "edits"];
    Workspace::start(&stage, "b3", "claude", options, "Say it again").wait_done();
    assert_eq!((server_started.exists(), hook_started.exists()), (true, true));
    assert_eq!(stage.prompts("obeyed").len(), 3);
}

#[test]
fn codex_starts_nothing_before_the_approval() {
    let Some(stage) = Stage::open() else { return };
    let (server, server_started) = tell_tale(&stage, "server");
    let (hook, hook_started) = tell_tale(&stage, "hook");
    let settings = format!("[mcp_servers.tale]\ncommand = \"{}\"\n", server.display());
    bring(&stage, &[(".codex/config.toml", settings), (".codex/hooks.json", hooks(&hook))]);
    let options = ["--headless", "--permissions", "edits"];
    Workspace::start(&stage, "b1", "codex", options, "[[scn:default]] Say something").wait_done();
    assert_eq!((server_started.exists(), hook_started.exists()), (false, false));

    approve(&stage, &[".codex/config.toml", ".codex/hooks.json"]);
    Workspace::start(&stage, "b2", "codex", options, "[[scn:default]] Say it again").wait_done();
    assert!(server_started.exists());
    // Codex 0.169.0 runs hooks only after a review of its own, whatever we approve.
    assert!(!hook_started.exists());
}

/// A program that notes what a variable is when it runs.
fn note_taker(stage: &Stage, name: &str) -> (String, PathBuf) {
    let (program, note) = (stage.beside(name), stage.beside(&format!("{name}.note")));
    fs::write(&program, format!("#!/bin/sh\necho \"$HANDED_OVER\" >> '{}'\n", note.display())).unwrap();
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    (program.display().to_string(), note)
}

#[test]
fn what_the_person_permits_in_their_own_checkout_goes_along_once_approved() {
    let Some(stage) = Stage::open() else { return };
    let (server, server_started) = tell_tale(&stage, "server");
    let (hook, hook_started) = tell_tale(&stage, "hook");
    let [(permitted, noted), (other, not_noted)] =
        ["permitted", "other"].map(|name| note_taker(&stage, name));
    let mut settings: serde_json::Value = serde_json::from_str(&hooks(&hook)).unwrap();
    settings["permissions"] =
        serde_json::json!({"allow": [format!("Bash({permitted})")], "defaultMode": "bypassPermissions"});
    settings["env"] = serde_json::json!({"HANDED_OVER": format!("at {}", stage.repository().display())});
    fs::create_dir_all(stage.repository().join(".claude")).unwrap();
    let files = [(".claude/settings.json", settings.to_string()), (".mcp.json", mcp_servers(&server))];
    for (name, text) in &files {
        fs::write(stage.repository().join(name), text).unwrap();
    }
    let task = format!(
        r#"[[turns:[{{"bash":"{permitted}"}},{{"bash":"{other}"}},{{"say":"I tried both."}}]]] Try them."#
    );
    let options = ["--headless", "--permissions", "edits"];
    Workspace::start(&stage, "b1", "claude", options, &task).wait_done();
    assert_eq!((server_started.exists(), noted.exists()), (false, false), "nobody has approved it");

    approve(&stage, &[".claude/settings.json", ".mcp.json"]);
    Workspace::start(&stage, "b2", "claude", options, &task).wait_done();
    let shown = stage.owt(["show", "b2", "--json"]).data();
    let worktree = shown["path"].as_str().unwrap().to_owned();
    assert_eq!(fs::read_to_string(&noted).unwrap(), format!("at {worktree}\n"));
    assert!(server_started.exists());
    assert_eq!((hook_started.exists(), not_noted.exists()), (false, false), "no more than that goes along");
    for (name, text) in &files {
        assert!(!Path::new(&worktree).join(name).exists(), "it could get into a commit");
        assert_eq!(fs::read_to_string(stage.repository().join(name)).unwrap(), *text);
    }
    let notices = shown["furnishing"]["notices"].to_string();
    assert!(notices.contains("its rules of permission and variables are handed to the agent"), "{notices}");
    assert!(notices.contains(".mcp.json was left out, and the servers in it are handed"), "{notices}");
}
