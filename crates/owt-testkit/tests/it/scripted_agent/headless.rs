//! `-p`: one prompt, one end.

use owt_process::ExitOutcome;
use owt_testkit::scripted_agent::CrashKind;
use owt_testkit::scripted_agent::Personality;
use owt_testkit::scripted_agent::Received;
use owt_testkit::scripted_agent::Step;
use owt_testkit::scripted_agent::prompts;
use rustix::process::Pid;
use rustix::process::Signal;
use serde_json::Value;
use serde_json::json;

use super::stage::Stage;
use crate::repository::Repository;

#[test]
fn a_prompt_on_standard_input_is_recorded_as_it_came() {
    let stage = Stage::plain();
    for prompt in ["two\nlines \"quoted\" $(x) `y`\t\x1b[31m\n", &"x".repeat(1_000_000), "-x", "\n/cost"] {
        assert_eq!(stage.run(prompt).stdout, b"Done.\n");
        assert_eq!(prompts(&stage.received()).last(), Some(&prompt));
    }
    assert_eq!(prompts(&stage.received()).len(), 4);
    assert!(!stage.run("").success());
}

#[test]
fn a_slash_command_is_no_prompt_and_looks_like_success() {
    let stage = Stage::plain();
    let output = stage.run("/deploy now");
    assert!(output.success());
    assert!(output.stdout_utf8_lossy().starts_with("Unknown command: /deploy"));
    assert_eq!(prompts(&stage.received()), [""; 0]);
    assert!(stage.received().contains(&Received::Command { text: "/deploy now".into() }));
}

#[test]
fn it_writes_and_commits_what_it_is_told_to() {
    let stage = Stage::plain();
    let repository = Repository::create(&stage.home, stage.root());
    let script = json!([
        {"write": {"path": "src/a.txt", "text": "one\n"}},
        {"commit": {"message": "Add a", "paths": ["src/a.txt"]}},
        {"say": "committed"},
    ]);
    let prompt = format!("[[script:{script}]]").into_bytes();
    let command = stage.command(&["-p"]).current_dir(&repository.worktree);
    let output = command.stdin(owt_process::Input::Bytes(prompt)).run().unwrap();
    assert_eq!(output.stdout_utf8_lossy(), "committed\n");
    assert_eq!(repository.git(&["show", "--format=%s", "--name-only"]), "Add a\n\nsrc/a.txt");
}

#[test]
fn it_ends_in_every_way() {
    let ends = [
        (Step::Exit(7), ExitOutcome::Code(7)),
        (Step::Fail("no".into()), ExitOutcome::Code(1)),
        (Step::Crash(CrashKind::Kill), ExitOutcome::Signal(9)),
        (Step::Crash(CrashKind::Abort), ExitOutcome::Signal(6)),
    ];
    for (step, expected) in ends {
        assert_eq!(Stage::doing(std::slice::from_ref(&step)).run("go").status, expected, "{step:?}");
    }
}

#[test]
fn a_broken_script_or_personality_is_told() {
    let stage = Stage::plain();
    let output = stage.run("[[script:[{\"dance\":1}]]]");
    assert_eq!((output.status, output.stdout_utf8_lossy().contains("dance")), (ExitOutcome::Code(1), true));
    std::fs::write(stage.home.bin().join("claude.script.json"), r#"{"mood": "bad"}"#).unwrap();
    let output = stage.run("go");
    assert_eq!((output.status, output.stderr_utf8_lossy().contains("mood")), (ExitOutcome::Code(1), true));
}

#[test]
fn its_events_count_tokens_and_carry_its_session() {
    let stage = Stage::doing(&[
        Step::Tokens { input: 300, output: 20 },
        Step::Print("not an event\n".into()),
        Step::Flood(1000),
        Step::Say("bye".into()),
    ]);
    let command = stage.command(&["-p", "--output-format", "stream-json", "--verbose", "--session-id", "S"]);
    let output = command.stdin(owt_process::Input::Bytes(b"go".to_vec())).run().unwrap();
    let text = output.stdout_utf8_lossy();
    assert!(text.contains("not an event\n"));
    let events: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(kinds, ["system", "assistant", "result"]);
    assert!(events.iter().filter(|event| event.is_object()).all(|event| event["session_id"] == "S"));
    let result = &events[events.len() - 1];
    assert_eq!((&result["result"], &result["usage"]["input_tokens"]), (&json!("bye"), &json!(300)));
    assert_eq!(text.lines().filter(|line| line.len() == 79 && line.starts_with("000")).count(), 1000);
}

#[test]
fn a_grandchild_stays_behind_in_a_session_of_its_own() {
    let stage = Stage::doing(&[Step::Grandchild { seconds: 60, pid_file: "pid".into() }]);
    assert!(stage.run("go").success());
    let pid: i32 = std::fs::read_to_string(stage.folder().join("pid")).unwrap().parse().unwrap();
    let pid = Pid::from_raw(pid).unwrap();
    assert_eq!(rustix::process::getsid(Some(pid)), Ok(pid));
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
}

#[test]
fn hooks_are_called_with_the_prompt_and_may_veto_a_tool() {
    let stage = Stage::doing(&[Step::Write { path: "x".into(), text: String::new() }]);
    let deny =
        r#"{"hookSpecificOutput":{"permissionDecision":"deny","permissionDecisionReason":"not today"}}"#;
    std::fs::write(stage.folder().join("deny.json"), deny).unwrap();
    let hook = |command: &str| json!([{"hooks": [{"type": "command", "command": command}]}]);
    let settings = json!({"hooks": {
        "UserPromptSubmit": hook("cat > prompt.json"),
        "PreToolUse": hook("cat deny.json"),
        "Stop": hook("touch stopped"),
    }});
    let command = stage.command(&["-p", "--session-id", "S", "--settings", &settings.to_string()]);
    let output = command.stdin(owt_process::Input::Bytes(b"a prompt".to_vec())).run().unwrap();
    assert!(output.stdout_utf8_lossy().contains("not today"));
    assert!(!stage.folder().join("x").exists() && stage.folder().join("stopped").exists());
    let text = std::fs::read_to_string(stage.folder().join("prompt.json")).unwrap();
    let payload: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&payload["prompt"], &payload["session_id"]), (&json!("a prompt"), &json!("S")));
    let transcript = std::fs::read_to_string(payload["transcript_path"].as_str().unwrap()).unwrap();
    assert!(transcript.contains("a prompt"), "{transcript}");
}

#[test]
fn it_says_the_version_it_is_told_to() {
    let stage = Stage::with(&Personality { version: "9.9.9".into(), ..Personality::default() });
    assert_eq!(stage.command(&["--version"]).run_checked().unwrap().stdout, b"9.9.9\n");
}
