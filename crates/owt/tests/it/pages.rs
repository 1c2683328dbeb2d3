//! What people see.

use owt_api as api;
use owt_api::Status;

use crate::rehearsal::standing;
use crate::rehearsal::workspace;
use crate::sealed::Staged;

/// Times that do not move with the clock: in the far future everything is "now".
const FUTURE: &str = "9999-01-01T00:00:00Z";

fn still(mut workspace: api::Workspace) -> api::Workspace {
    for time in
        [&mut workspace.status_since, &mut workspace.dates.created_at, &mut workspace.dates.updated_at]
    {
        FUTURE.clone_into(time);
    }
    workspace
}

#[test]
fn a_list() {
    let staged = Staged::new();
    insta::assert_snapshot!(staged.run(&["list"]).told(), @r"
    No workspaces yet.
    [exit 0]
    ");
    staged.service.set(|scene| {
        scene.workspaces = vec![
            still(workspace("auth-jwt", Status::Working)),
            still(api::Workspace {
                standing: api::Standing { conflicts_with_target: Some("main".to_owned()), ..standing() },
                landing: None,
                conflicts_with: ["auth-jwt", "日本", "notes", "more"].map(str::to_owned).to_vec(),
                ..workspace("clash", Status::Idle)
            }),
            still(api::Workspace {
                status_detail: Some("wants to run: npm\u{1b}[2J install".to_owned()),
                standing: api::Standing { dirty_files: Some(0), ..standing() },
                ..workspace("fix-login", Status::WaitingPermission)
            }),
            still(api::Workspace {
                kind: api::WorkspaceKind::Branch,
                assignment: api::Assignment {
                    title: None,
                    task: Some("Ünïcode\nand lines".to_owned()),
                    ..workspace("日本", Status::Done).assignment
                },
                standing: api::Standing { commits_behind: Some(3), ..standing() },
                used: api::Used {
                    attention: api::Attention {
                        last_activity_at: Some(FUTURE.to_owned()),
                        unread: true,
                        ..api::Attention::default()
                    },
                    ..workspace("日本", Status::Done).used
                },
                ..workspace("日本", Status::Done)
            }),
            still(api::Workspace {
                kind: api::WorkspaceKind::Folder,
                branch: None,
                agent: None,
                standing: api::Standing {
                    commits_ahead: None,
                    dirty_files: None,
                    lines_added: None,
                    ..standing()
                },
                status_detail: Some("it ended with code 1".to_owned()),
                ..workspace("notes", Status::Failed)
            }),
        ];
    });
    insta::assert_snapshot!(staged.run(&["list"]).told(), @r"
    STATUS         NAME       AGENT   CHANGES   LINES    SINCE  ACTIVE  TOKENS  BRANCH                TASK
    ● working      auth-jwt   claude  ↑2 ~1     +120 -7  now            12.8k   feat/auth-jwt         Do auth-jwt
    ○ idle         clash      claude  ↑2 ~1     +120 -7  now            12.8k   feat/clash            [conflicts with main, auth-jwt, 日本, notes, 1 other] Do clash
    ◆ needs a yes  fix-login  claude  ↑2        +120 -7  now            12.8k   feat/fix-login        wants to run: npm\x1b[2J install
    ✓ done         日本 •     claude  ↑2 ~1 ↓3  +120 -7  now    now     12.8k   feat/日本 (in place)  Ünïcode and lines
    ✗ failed       notes                                 now            12.8k   (no git)              it ended with code 1
    [exit 0]
    ");
}

#[test]
fn a_page() {
    let staged = Staged::new();
    staged.service.set(|scene| scene.workspaces.push(still(workspace("auth", Status::Working))));
    insta::assert_snapshot!(staged.run(&["show", "auth"]).told(), @r"
    auth  ● working  just now (hook)

      Title        Do auth
      Task         Do auth well
      Branch       feat/auth from main at 0123456789, now at fedcba9876
      Changes      2 commits, 1 uncommitted file, +120 -7 lines
      Modified     src/login.rs
      Folder       /repos/app-auth
      Repository   /repos/app
      Agent        claude (tmux)
      Permissions  ask
      Session      att_1
      Job          job_1
      Used         $0.25, 12.0k tokens read, 800 written
      Made         9999-01-01 00:00 UTC (now)
      Changed      9999-01-01 00:00 UTC (now)

    Last lines
      │ the last line
    [exit 0]
    ");
}

#[test]
fn what_was_made() {
    let staged = Staged::new();
    insta::assert_snapshot!(staged.run(&["new", "Do it"]).told(), @r"
    made  ◌ starting
      Branch       feat/made from main at 0123456789
      Folder       /repos/app-made
      Agent        claude (tmux)
      Permissions  ask
      Prompt       observed: the agent has it
    note: uncommitted changes stay behind
    [exit 0]
    ");
    insta::assert_snapshot!(staged.run(&["new", "Do it", "--dry-run"]).told(), @r"
    made  would be made
      Branch       feat/made from main at 0123456789
      Folder       /repos/app-made
      Agent        claude (tmux)
      Permissions  ask
      Prompt       observed: the agent has it
    note: uncommitted changes stay behind
    [exit 0]
    ");
}

#[test]
fn the_agents() {
    let staged = Staged::new();
    let agent = |name: &str, path: Option<&str>, default: bool| api::Agent {
        name: name.to_owned(),
        display_name: name.to_owned(),
        path: path.map(str::to_owned),
        configured_path: None,
        version: path.map(|_| "2.1.0".to_owned()),
        origin: "built_in".to_owned(),
        tested: name != "pi",
        modes: vec!["headless".to_owned(), "tmux".to_owned()],
        permissions: ["headless", "tmux"]
            .map(|mode| api::AgentPermissions { mode: mode.to_owned(), levels: vec!["ask".to_owned()] })
            .to_vec(),
        hooks: "yes".to_owned(),
        install_hint: Some(format!("npm install -g {name}")),
        model_keys: vec!["SHARED_KEY".to_owned(), format!("{}_KEY", name.to_uppercase())],
        default,
    };
    staged.service.set(|scene| {
        scene.agents = vec![
            agent("claude", Some("/usr/bin/claude"), true),
            agent("codex", Some("/usr/bin/codex"), false),
            agent("pi", None, false),
        ];
    });
    insta::assert_snapshot!(staged.run(&["agents"]).told(), @r"
    AGENT     VERSION     SESSIONS        PERMISSIONS  HOOKS  PROGRAM
    ● claude  2.1.0       headless, tmux  ask          yes    /usr/bin/claude
    ○ codex   2.1.0       headless, tmux  ask          yes    /usr/bin/codex
    · pi      (untested)  headless, tmux  ask          yes    not installed: npm install -g pi

    Keys for models in this environment: CLAUDE_KEY (claude), CODEX_KEY (codex), SHARED_KEY (claude, codex)
    [exit 0]
    ");
}

#[test]
fn what_can_be_brought_back() {
    let staged = Staged::new();
    let snapshot = |id: &str, in_trash| api::Restorable {
        id: id.to_owned(),
        workspace: "auth".to_owned(),
        branch: Some("feat/auth".to_owned()),
        sha: None,
        reason: "before delete".to_owned(),
        taken_at: FUTURE.to_owned(),
        in_trash,
        holds: if in_trash { api::Holds::Folder } else { api::Holds::Changes },
    };
    staged.service.set(|scene| scene.snapshots = vec![snapshot("snap_1", true), snapshot("snap_2", false)]);
    insta::assert_snapshot!(staged.run(&["restore"]).told(), @r"
    WORKSPACE  TAKEN  HOLDS                  WHY            ID
    auth       now    the whole folder       before delete  snap_1
    auth       now    tracked and new files  before delete  snap_2
    [exit 0]
    ");
}

/// A request with these questions.
fn asked(questions: &[api::Question]) -> api::PendingQuestion {
    api::PendingQuestion {
        request: "r2".to_owned(),
        tool: "question".to_owned(),
        summary: "Which?".to_owned(),
        detail: None,
        questions: questions.to_vec(),
        answer: format!("owt answer auth{}", " -m WORDS".repeat(questions.len())),
    }
}

fn colour() -> api::Question {
    let option = |label: &str, description: Option<&str>| api::Choice {
        label: label.to_owned(),
        description: description.map(str::to_owned),
    };
    api::Question {
        text: "Which colour?".to_owned(),
        header: None,
        options: vec![option("Red", Some("a warm\u{1b}[2J one")), option("Blue-green", None)],
        multi_select: false,
        free_text: true,
    }
}

fn sizes() -> api::Question {
    let only = |label: &str| api::Choice { label: label.to_owned(), description: None };
    api::Question {
        text: "Which sizes?".to_owned(),
        header: Some("Size".to_owned()),
        options: vec![only("S"), only("L")],
        multi_select: true,
        free_text: false,
    }
}

#[test]
fn a_page_with_everything() {
    let staged = Staged::new();
    staged.service.set(|scene| {
        scene.workspaces.push(still(api::Workspace {
            status_detail: Some("wants to run npm install".to_owned()),
            model: Some("opus".to_owned()),
            assignment: api::Assignment {
                task: Some("Several\nlines".to_owned()),
                ..workspace("auth", Status::WaitingPermission).assignment
            },
            standing: api::Standing { conflicts_with_target: Some("main".to_owned()), ..standing() },
            conflicts_with: vec!["fix-login".to_owned()],
            ..workspace("auth", Status::WaitingPermission)
        }));
        scene.detail = Some((
            vec![api::Attempt {
                id: "att_1".to_owned(),
                number: 1,
                state: "ended".to_owned(),
                exit: Some("code 0".to_owned()),
                reason: None,
                final_word: Some("All\ndone".to_owned()),
                conversation: None,
                started_at: Some(FUTURE.to_owned()),
                ended_at: None,
            }],
            vec![
                api::PendingQuestion {
                    request: "r1".to_owned(),
                    tool: "Bash".to_owned(),
                    summary: "npm install".to_owned(),
                    detail: None,
                    questions: Vec::new(),
                    answer: "owt answer auth allow|deny".to_owned(),
                },
                asked(&[colour(), sizes()]),
                asked(&[colour()]),
            ],
        ));
    });
    insta::assert_snapshot!(staged.run(&["show", "auth"]).told(), @r"
    auth  ◆ needs a yes  just now (hook)
      wants to run npm install

      Title        Do auth
      Task         Several
                   lines
      Branch       feat/auth from main at 0123456789, now at fedcba9876
      Changes      2 commits, 1 uncommitted file, +120 -7 lines
      Modified     src/login.rs
      Conflicts    with its target main; with fix-login
      Folder       /repos/app-auth
      Repository   /repos/app
      Agent        claude (tmux), model opus
      Permissions  ask
      Session      att_1
      Job          job_1
      Used         $0.25, 12.0k tokens read, 800 written
      Made         9999-01-01 00:00 UTC (now)
      Changed      9999-01-01 00:00 UTC (now)

    Asks you
      Bash  npm install  owt answer auth allow|deny
      question  2 at once  owt answer auth -m WORDS -m WORDS
        Which colour?
          1  Red         a warm\x1b[2J one
          2  Blue-green
        Size: Which sizes?
          1  S
          2  L
          several, with commas
      question  Which colour?  owt answer auth -m WORDS
          1  Red         a warm\x1b[2J one
          2  Blue-green

    Attempts
      1  ended  code 0  9999-01-01 00:00 UTC (now)  said: All done

    Last lines
      │ the last line
    [exit 0]
    ");
}

#[test]
fn the_server() {
    let staged = Staged::new();
    let status = staged.run(&["server", "status"]);
    let lines: Vec<&str> = status.stdout.lines().map(str::trim_end).collect();
    let socket = format!("Socket    {}", staged.sealed.places().server_socket());
    assert_eq!(
        (lines[0], lines[2]),
        (format!("Process   {}", std::process::id()).as_str(), socket.as_str()),
        "{status:?}"
    );
    assert!(
        lines[3].starts_with("Started   2026-01-01 00:00 UTC (") && lines[3].ends_with(" ago)"),
        "{status:?}"
    );
    assert_eq!((lines[4], status.code), ("Sessions  0", 0));
}
