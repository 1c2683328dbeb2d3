//! What is the person's own in Claude Code works under `owt` as it does without: a hook of theirs that denies, a server of
//! theirs that the model calls.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;

use super::stage::Stage;
use super::workspace::Workspace;

const REASON: &str = "greetings are written by hand here";

fn program(stage: &Stage, name: &str, text: &str) -> PathBuf {
    let path = stage.beside(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    path
}

/// Adds something to a file of the person's settings.
fn add(stage: &Stage, file: &str, key: &str, value: Value) {
    let path = stage.home_folder().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let before = fs::read_to_string(&path).unwrap_or_else(|_| "{}".to_owned());
    let mut settings: Value = serde_json::from_str(&before).unwrap();
    settings[key] = value;
    fs::write(path, settings.to_string()).unwrap();
}

/// All that the agent has said and heard, as it came.
fn raw(stage: &Stage, name: &str) -> String {
    let logs = stage.owt(["logs", name, "--raw"]);
    assert_eq!(logs.code, 0, "{logs:?}");
    logs.stdout
}

#[test]
fn a_hook_of_the_persons_denies_claude_codes_tool_whatever_the_level_and_the_model_hears_why() {
    let Some(stage) = Stage::open() else { return };
    let decision = json!({"hookSpecificOutput": {
        "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": REASON,
    }});
    let hook = program(&stage, "deny", &format!("#!/bin/sh\ncat > /dev/null\necho '{decision}'\n"));
    let command = json!([{"matcher": "Write", "hooks": [{"type": "command", "command": hook}]}]);
    add(&stage, ".claude/settings.json", "hooks", json!({ "PreToolUse": command }));
    for (name, kind) in [("terminal", "--pty"), ("protocol", "--structured")] {
        let options = [kind, "--permissions", "bypass", "--no-context"];
        let work = Workspace::start(&stage, name, "claude", options, "[[scn:edit]] Add a greeting");
        work.wait_done();
        assert!(!work.path().join("hello.txt").exists(), "{kind}: it was denied");
        assert!(raw(&stage, name).contains(REASON), "{kind}: {}", raw(&stage, name));
        let shown = work.show();
        assert_eq!((&shown["status"], &shown["tools"]), (&"idle".into(), &json!([])), "{kind}: {shown:#}");
        assert_eq!(stage.owt(["stop", name]).code, 0);
    }
}

/// A server that answers with what it was told, and writes it down.
const ECHO: &str = r#"#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    match asked["method"]:
        case "initialize":
            version = asked["params"]["protocolVersion"]
            said = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": {"name": "echo", "version": "1"}}
        case "tools/list":
            schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
            said = {"tools": [{"name": "say", "description": "Says it again.", "inputSchema": schema}]}
        case "tools/call":
            text = asked["params"]["arguments"]["text"]
            open(sys.argv[1], "a").write(text + "\n")
            said = {"content": [{"type": "text", "text": "It says: " + text}]}
        case _:
            said = {}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": said}), flush=True)
"#;

#[test]
fn a_call_of_the_persons_own_server_is_asked_about_allowed_and_answered_in_claude_code() {
    let Some(stage) = Stage::open() else { return };
    let (server, written) = (program(&stage, "echo.py", ECHO), stage.beside("echo.said"));
    let echo = json!({"type": "stdio", "command": server, "args": [written]});
    add(&stage, ".claude.json", "mcpServers", json!({ "echo": echo }));
    let options = ["--structured", "--permissions", "ask", "--no-context"];
    let work = Workspace::start(&stage, "calls", "claude", options, "[[scn:call-echo]] Call it");
    let waited = work.wait();
    assert_eq!(waited.code, 4, "{waited:?}\n{:#}\n{}", work.show(), work.logs());
    assert_eq!(work.show()["pending"][0]["tool"], "mcp__echo__say", "{:#}", work.show());
    assert!(!written.exists(), "not before the person says yes");
    let allowed = stage.owt(["answer", work.name, "allow"]);
    assert_eq!(allowed.code, 0, "{allowed:?}\n{}", work.logs());
    work.wait_done();
    assert_eq!(fs::read_to_string(&written).unwrap(), "over owt\n", "{}", work.logs());
    assert!(raw(&stage, work.name).contains("It says: over owt"), "{}", work.logs());
    stage.assert_played_once("call-echo", 2);
}
