//! What the words of a command line ask of the server.

use owt_api as api;
use owt_api::Audience;
use owt_api::Mode;
use owt_api::NewWorkspace;
use owt_api::Place;
use owt_api::Status;

use crate::rehearsal::workspace;
use crate::sealed::Staged;

fn asked(staged: &Staged, arguments: &[&str]) -> NewWorkspace {
    let ran = staged.run(arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    staged.service.scene().created.pop().unwrap()
}

#[test]
fn every_flag_of_new_arrives() {
    let staged = Staged::new();
    let work = staged.sealed.work().canonicalize().unwrap().display().to_string();
    let plain = asked(&staged, &["new", "Add", "user", "authentication"]);
    assert_eq!(plain.task.as_deref(), Some("Add user authentication"));
    assert_eq!(plain.cwd, work);
    assert_eq!(plain.environment.get("PATH").map(String::as_str), Some("/usr/bin:/bin"));
    let expected = NewWorkspace {
        cwd: plain.cwd.clone(),
        environment: plain.environment.clone(),
        task: plain.task.clone(),
        ..NewWorkspace::default()
    };
    assert_eq!(plain, expected);
    let text = |text: &str| Some(text.to_owned());
    type Change = fn(&mut NewWorkspace);
    let table: [(&[&str], Change); 17] = [
        (&["--branch", "b"], |new| new.branch = Some("b".to_owned())),
        (&["--base", "main"], |new| new.base = Some("main".to_owned())),
        (&["-b", "main"], |new| new.base = Some("main".to_owned())),
        (&["--prefix", "fix"], |new| new.prefix = Some("fix".to_owned())),
        (&["--ai-tool", "codex"], |new| new.agents = vec!["codex".to_owned()]),
        (&["--agent", "claude,codex"], |new| new.agents = vec!["claude".to_owned(), "codex".to_owned()]),
        (&["--model", "opus"], |new| new.model = Some("opus".to_owned())),
        (&["--title", "T"], |new| new.title = Some("T".to_owned())),
        (&["--plan-mode"], |new| new.plan_mode = true),
        (&["--no-context"], |new| new.no_context = true),
        (&["--headless"], |new| new.mode = Mode::Headless),
        (&["--no-tmux"], |new| new.mode = Mode::Headless),
        (&["--structured"], |new| new.mode = Mode::Structured),
        (&["--tmux"], |new| new.mode = Mode::Tmux),
        (&["--permissions", "edits", "--in-place"], |new| {
            new.permissions = Some("edits".to_owned());
            new.place = Place::InPlace;
        }),
        (&["--with-changes", "--as-command"], |new| {
            new.with_changes = true;
            new.as_command = true;
        }),
        (&["--no-git", "--dry-run", "--yes"], |new| {
            new.place = Place::Folder;
            new.dry_run = true;
        }),
    ];
    for (flags, change) in table {
        let mut expected = NewWorkspace { task: text("Do it"), ..expected.clone() };
        change(&mut expected);
        let arguments: Vec<&str> = ["new", "Do", "it"].into_iter().chain(flags.iter().copied()).collect();
        assert_eq!(asked(&staged, &arguments), expected, "{flags:?}");
    }
}

#[test]
fn create_and_branch_are_forms_of_new() {
    let staged = Staged::new();
    let create = asked(&staged, &["create", "feature/auth", "--plan-mode", "--ai-tool", "claude"]);
    assert_eq!((create.branch.as_deref(), create.task, create.plan_mode), (Some("feature/auth"), None, true));
    let branch = asked(&staged, &["branch", "Mend", "it", "--base", "main"]);
    assert_eq!((branch.place, branch.task.as_deref()), (Place::InPlace, Some("Mend it")));
}

#[test]
fn messages_find_their_audience() {
    let staged = Staged::new();
    staged.service.set(|scene| scene.workspaces.push(workspace("auth", Status::Working)));
    let sent = |arguments: &[&str]| {
        let ran = staged.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        staged.service.scene().sent.pop().unwrap()
    };
    let one = sent(&["send", "auth", "Fix", "the tests"]);
    assert_eq!(
        (one.to, one.text.as_str(), one.wait_ms),
        (Audience::One("auth".to_owned()), "Fix the tests", 0)
    );
    let all = sent(&["send", "--all", "Run the tests"]);
    assert_eq!((all.to, all.text.as_str()), (Audience::All, "Run the tests"));
    let working = sent(&["send", "--working", "--as-command", "/compact"]);
    assert_eq!((working.to, working.as_command), (Audience::Working, true));
    assert!(sent(&["send", "auth", "Go", "--dry-run"]).dry_run && !working.dry_run);
    let dashed = sent(&["send", "auth", "--wait", "--timeout", "2m", "--", "-x is wrong"]);
    assert_eq!((dashed.text.as_str(), dashed.wait_ms), ("-x is wrong", 120_000));
    for (arguments, code) in [(&["send"][..], 2), (&["send", "auth"], 2), (&["send", "--all"], 2)] {
        assert_eq!(staged.run(arguments).code, code, "{arguments:?}");
    }
}

#[test]
fn answers_and_approvals_are_told_apart() {
    let staged = Staged::new();
    staged.service.set(|scene| {
        scene.workspaces.push(workspace("auth", Status::WaitingPermission));
        for digest in ["abc111", "abc222", "def333"] {
            scene.approvals.push(api::Approval {
                digest: digest.to_owned(),
                repository: "/repos/app".to_owned(),
                files: vec![".mcp.json".to_owned()],
                commands: Vec::new(),
                hook: None,
                contents: Vec::new(),
                state: "pending".to_owned(),
            });
        }
    });
    assert_eq!(staged.run(&["answer", "auth", "deny", "-m", "use staging"]).code, 0);
    let calls: Vec<String> = staged.service.scene().calls.iter().map(|(call, _)| call.clone()).collect();
    assert_eq!(calls[0], "answer Deny { reason: Some(\"use staging\") }");
    assert_eq!(staged.run(&["answer", "auth", "-m", "Red", "-m", "Size=S, L"]).code, 0);
    let given = || {
        let calls = staged.service.scene().calls.clone().into_iter().map(|(call, _)| call);
        calls.filter(|call| call.starts_with("answer ")).collect::<Vec<_>>()
    };
    assert_eq!(given()[1..], ["answer Words([\"Red\", \"Size=S, L\"])"]);
    // Refused before anybody is asked.
    for wrong in [
        &["answer", "auth"][..],
        &["answer", "auth", "allow", "-m", "no"],
        &["answer", "auth", "deny", "-m", "no", "-m", "never"],
        &["answer", "auth", "perhaps"],
    ] {
        assert_eq!(staged.run(wrong).code, 2, "{wrong:?}");
    }
    assert_eq!(given().len(), 2);
    assert_eq!(staged.run(&["approvals", "allow", "ab"]).code, 5);
    assert_eq!(staged.run(&["approvals", "allow", "def"]).code, 0);
    assert_eq!(staged.service.scene().approvals[2].state, "allowed");
    insta::assert_snapshot!(staged.run(&["approvals", "show", "abc"]).told(), @r"
    error: several digests begin with 'abc'
      abc111
      abc222
    [exit 5]
    ");
    insta::assert_snapshot!(staged.run(&["approvals"]).told(), @r"
    STATE    CONTENT  REPOSITORY  WHAT
    pending  abc111   /repos/app  .mcp.json
    pending  abc222   /repos/app  .mcp.json
    allowed  def333   /repos/app  .mcp.json
    [exit 0]
    ");
}
