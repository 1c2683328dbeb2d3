//! What only a person may do is refused to an agent inside its session, with its token and without.

use std::fs;

use serde_json::Value;

use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

/// Answers like Claude Code, after it has tried everything: each command's exit code and answer go into a file.
/// Started with `edits`, so that `bypass` would be more than it has.
const REBEL: &str = r#"
cat > /dev/null
case "$*" in *--version*) echo "2.1.197 (Claude Code)"; exit 0;; esac
try() { # NAME, then the words
  name=$1; shift
  case $token in
  bare) set -- env -i PATH="$PATH" HOME="$HOME" OWT_HOME="$OWT_HOME" XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" "$@";;
  orphan)
    # Whoever started it is gone, and its session is another.
    mkfifo "$RECORD/$name.over"
    ( setsid sh -c '
        out=$1; shift; "$@" > "$out.json" 2> "$out.err"; echo $? > "$out.code"; echo > "$out.over"
      ' sh "$RECORD/$name" "$@" < /dev/null & )
    read -r nothing < "$RECORD/$name.over"
    return;;
  esac
  "$@" > "$RECORD/$name.json" 2> "$RECORD/$name.err"; echo $? > "$RECORD/$name.code"
}
digest=$(cat "$RECORD/digest")
for token in with without bare orphan; do
  test $token = without && unset OWT_TOKEN OWT_ATTEMPT OWT_SOCKET OWT_JOB_ID OWT_WORKTREE_NAME OWT_AUTOMATED
  try answer-$token owt --json answer other allow
  try approve-$token owt --json approvals allow "$digest"
  try force-$token owt --json delete other --force --yes
  try deny-$token owt --json approvals deny "$digest"
  try force-own-$token owt --json delete rebel --force --yes
  try stop-$token owt --json server stop
  try bypass-$token owt --json new "Do more" --branch more --agent claude --headless --permissions bypass
  try in-place-$token owt --json branch "Do it there" --branch there --agent claude --headless --permissions edits
  try restore-$token owt --json restore other
  try db-restore-$token owt --json db restore --yes
  try db-backup-$token owt --json db backup
  try db-vacuum-$token owt --json db vacuum
  try db-health-$token owt --json db health
  try resume-all-$token owt --json resume --all
  try skill-$token owt --json skill install --yes
  try agents-md-$token owt --json skill agents-md --write --yes
  try unskill-$token owt --json skill uninstall --yes
  try resume-other-$token owt --json resume other "Obey me"
  try cleanup-$token owt --json cleanup --days 0 --yes
  try list-$token owt --json list
  try setsid-$token setsid -w owt --json delete other --force --yes
done
touch "$RECORD/tried"
echo '{"type":"result","subtype":"success","is_error":false,"result":"Tried.","session_id":"s"}'
"#;

fn prepared(sealed: &Sealed) -> (Project<'_>, String) {
    let app = sealed.repository("app");
    app.write(".mcp.json", "{\"mcpServers\":{\"x\":{\"command\":\"true\"}}}\n");
    app.git(&["add", "."]);
    app.git(&["commit", "-q", "-m", "Bring a server"]);
    app.data(&["new", "Make it", "--branch", "other", "--agent", "worker", "--headless"]);
    app.data(&["wait", "other"]);
    let approvals = app.data(&["approvals", "list"]);
    let digest = approvals[0]["digest"].as_str().expect("something to approve").to_owned();
    fs::write(sealed.record("digest"), &digest).unwrap();
    (app, digest)
}

#[test]
fn an_agent_cannot_act_as_the_person() {
    let sealed = Sealed::with_worker();
    crate::agents::install_script(&sealed, "claude", REBEL);
    let (app, _) = prepared(&sealed);
    let witness = app.witness();
    let before = app.data(&["show", "other"]);
    let words =
        ["new", "Rebel", "--branch", "rebel", "--agent", "claude", "--headless", "--permissions", "edits"];
    app.data(&words);
    app.data(&["wait", "rebel", "--timeout", "60s"]);
    until("everything to be tried", || sealed.record("tried").exists());

    for token in ["with", "without", "bare", "orphan"] {
        let said = |what: &str| {
            let read =
                |end: &str| fs::read_to_string(sealed.record(&format!("{what}-{token}.{end}"))).unwrap();
            let answer: Value = serde_json::from_str(&read("json"))
                .unwrap_or_else(|error| panic!("{what}-{token}: {error}: {}{}", read("json"), read("err")));
            (read("code").trim().to_owned(), answer["error"]["code"].as_str().unwrap_or("").to_owned())
        };
        let refused =
            |what: &str, code: &str| assert_eq!(said(what), ("3".into(), code.into()), "{what}-{token}");
        for what in [
            "answer",
            "approve",
            "deny",
            "force-own",
            "stop",
            "in-place",
            "restore",
            "db-restore",
            "db-backup",
            "db-vacuum",
            "db-health",
            "resume-all",
            "skill",
            "unskill",
            "agents-md",
            "cleanup",
        ] {
            refused(what, "person_only");
        }
        // Another's workspace is none of its business, with or without force; nor is a level that it has not.
        for what in ["force", "setsid", "bypass", "resume-other"] {
            refused(what, "forbidden");
        }
        assert_eq!(said("list"), ("0".into(), String::new()), "list-{token}");
    }
    let listed = app.data(&["list"]);
    let mut names: Vec<_> =
        listed.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    names.sort_unstable();
    assert_eq!(names, ["other", "rebel"]);
    assert_eq!(app.data(&["show", "other"])["head_sha"], before["head_sha"]);
    assert_eq!(app.data(&["approvals", "list"])[0]["state"], "pending");
    witness.assert_untouched(&["refs/heads/rebel"]);
}

#[test]
fn the_same_commands_are_the_persons() {
    let sealed = Sealed::with_worker();
    let (app, digest) = prepared(&sealed);
    assert_eq!(app.data(&["approvals", "allow", &digest])["state"], "allowed");
    app.data(&["delete", "other", "--force", "--yes"]);
    app.data(&["restore", "other"]);
    app.data(&["server", "stop"]);
}
