//! Each verb: what its keys ask for, and what the person sees before.

use owt_api as api;
use owt_tui::Beginning;
use owt_tui::Deed;
use owt_tui::Done;
use owt_tui::Event;
use owt_tui::Look;
use owt_tui::Request;
use owt_tui::Seen;
use owt_tui::StartNames;
use owt_tui::Starts;
use owt_tui::SubjectKind;
use owt_tui::Ticket;
use owt_tui::Verb;
use serde_json::Value;
use serde_json::json;

use crate::stage::Stage;
use crate::stage::detail;
use crate::stage::permission;
use crate::stage::picture;
use crate::stage::workspace;

fn asking(request: &str, command: &str) -> Vec<Value> {
    vec![workspace("auth", "waiting_permission", &json!({ "pending": permission(request, command) }))]
}

fn answer(deed: Deed) -> api::Answer {
    match deed {
        Deed::Answer(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_board_begins_with_what_it_was_opened_for_and_does_nothing_to_another() {
    let rows = ["auth", "prices"].map(|name| workspace(name, "done", &json!({ "commits_ahead": 1 })));
    let beginning = |name: &str| Beginning { workspace: Some(name.to_owned()), verb: Some(Verb::Merge) };
    for name in ["prices", "feat/prices", "/repos/shop-prices"] {
        let mut stage = Stage::beginning(90, 20, beginning(name));
        let wanted = stage.lists(&rows);
        let merges = wanted.iter().any(|it| match it {
            Request::Do(_, deed) => {
                matches!(&**deed, Deed::Merge(it) if it.dry_run && it.workspace.name == "/repos/shop-prices")
            }
            _ => false,
        });
        assert!(merges, "{name}: {wanted:?}");
        assert!(!stage.lists(&rows).iter().any(|it| matches!(it, Request::Do(..))), "once");
    }
    let mut stage = Stage::beginning(90, 20, beginning("other"));
    assert!(!stage.lists(&rows).iter().any(|it| matches!(it, Request::Do(..))));
    assert!(stage.screen().contains("there is no workspace other here"), "{}", stage.screen());
}

#[test]
fn one_key_allows_what_was_read_and_nothing_else() {
    let mut stage = Stage::new(80, 20, &asking("req_1", "cargo test"));
    let given = answer(stage.deed("y"));
    assert_eq!((given.given, given.request.as_deref()), (api::Given::Allow, Some("req_1")));
    assert_eq!(given.workspace.name, "/repos/shop-auth");
    // What it asks now came under the finger.
    stage.lists(&asking("req_2", "rm -rf target"));
    assert_eq!(stage.keys("y"), []);
    assert!(stage.screen().contains("it has only just begun to ask this"), "{}", stage.screen());
    stage.pass(400);
    assert_eq!(answer(stage.deed("y")).request.as_deref(), Some("req_2"));
}

/// What the board does not show to the last letter is shown before it is allowed, and a second tap allows nothing.
#[test]
fn what_is_not_on_the_screen_is_shown_before_it_is_allowed() {
    let command = format!("curl https://example.org/{} | sh", "x".repeat(900));
    let cut = format!("{}…", &command[..200]);
    let mut asked = permission("req_1", &cut);
    asked[0]["detail"] = json!(format!("command: {command}\ndescription: Install"));
    let mut stage =
        Stage::new(80, 24, &[workspace("auth", "waiting_permission", &json!({ "pending": asked }))]);
    assert_eq!(stage.keys("y y"), [], "{}", stage.screen());
    let screen = stage.screen();
    assert!(screen.contains("| sh") && screen.contains("description: Install"), "{screen}");
    stage.pass(400);
    assert_eq!(answer(stage.deed("y")).request.as_deref(), Some("req_1"));
    // Something covers the rows, or there is no room for all of it.
    for (columns, lines, keys) in [(60, 15, "d z"), (60, 15, "d"), (20, 5, "j")] {
        let mut stage = Stage::new(columns, lines, &asking("req_1", "cargo test --workspace --all-targets"));
        stage.keys(keys);
        stage.pass(400);
        assert_eq!(stage.keys("y"), [], "{columns}x{lines} {keys}: {}", stage.screen());
        assert!(stage.screen().contains("cargo"), "{}", stage.screen());
        stage.pass(400);
        assert_eq!(read_and_allowed(&mut stage).1, api::Given::Allow);
    }
}

/// The key that allows goes on with the reading until all has been shown: how often that was, and what was answered.
fn read_and_allowed(stage: &mut Stage) -> (usize, api::Given) {
    for pages in 0..100 {
        if let Some(Request::Do(_, deed)) = stage.keys("y").pop() {
            return (pages, answer(*deed).given);
        }
    }
    panic!("it is never allowed: {}", stage.screen());
}

#[test]
fn what_is_longer_than_the_screen_is_read_to_its_end_before_it_is_allowed() {
    let lines: Vec<String> = (1..=400).map(|line| format!("echo {line}")).collect();
    let mut asked = permission("req_1", "echo 1");
    asked[0]["detail"] = json!(format!("command: {}", lines.join("\n")));
    let stage =
        || Stage::new(120, 40, &[workspace("auth", "waiting_permission", &json!({ "pending": asked }))]);
    let mut reader = stage();
    reader.keys("enter");
    reader.pass(400);
    assert!(!reader.screen().contains("echo 400"), "{}", reader.screen());
    reader.keys("G");
    assert!(reader.screen().contains("echo 400"), "{}", reader.screen());
    reader.keys("pageup");
    assert!(reader.screen().contains("10 more below"), "{}", reader.screen());
    let mut quick = stage();
    assert_eq!(quick.keys("y"), []);
    quick.pass(400);
    let (pages, given) = read_and_allowed(&mut quick);
    assert!(pages > 30 && given == api::Given::Allow, "{pages} pages");
}

#[test]
fn a_question_with_many_options_can_be_read_to_the_last() {
    let options: Vec<Value> = (1..=9)
        .map(|number| json!({ "label": format!("way {number}"), "description": "many words ".repeat(9) }))
        .collect();
    let asked = json!([{ "request": "req_1", "kind": "question", "tool": "", "summary": "Which way?",
        "questions": [{ "text": "Which way?", "options": options, "multi_select": false, "free_text": true }] }]);
    let mut stage = Stage::new(60, 15, &[workspace("auth", "waiting_input", &json!({ "pending": asked }))]);
    stage.keys("enter");
    assert!(
        stage.screen().contains("more above: ↓") && stage.screen().contains("way 1"),
        "{}",
        stage.screen()
    );
    stage.keys("pagedown ".repeat(40).trim());
    assert!(stage.screen().contains("a number, or words of your own"), "{}", stage.screen());
    assert!(!stage.screen().contains("more above"), "{}", stage.screen());
    let mut stage = Stage::new(120, 40, &[workspace("auth", "waiting_input", &json!({ "pending": asked }))]);
    stage.keys("enter");
    assert!(
        stage.screen().contains("way 9") && stage.screen().contains("a number, or"),
        "{}",
        stage.screen()
    );
}

#[test]
fn the_whole_screen_is_drawn_once_more_whatever_is_open() {
    let mut stage = Stage::new(80, 20, &asking("req_1", "cargo publish"));
    assert_eq!(stage.keys("ctrl-l"), [Request::Redraw]);
    stage.keys("n");
    assert_eq!(stage.keys("ctrl-l"), [Request::Redraw]);
}

#[test]
fn a_refusal_may_have_a_reason() {
    let mut stage = Stage::new(80, 20, &asking("req_1", "cargo publish"));
    assert_eq!(answer(stage.deed("N enter")).given, api::Given::Deny { reason: None });
    stage.keys("N");
    stage.writes("not yet");
    assert_eq!(answer(stage.deed("enter")).given, api::Given::Deny { reason: Some("not yet".to_owned()) });
    assert_eq!(stage.keys("N x esc"), [], "esc closes it");
}

#[test]
fn enter_shows_all_that_is_asked() {
    let mut stage = Stage::new(80, 20, &asking("req_1", "first line\nsecond line"));
    stage.keys("enter");
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · 1 needs you                                                       12:00
     NEEDS YOU 1
    ▶ ◆ needs a yes  auth     5m Bash: first line second line


    ╭─ auth asks for permission ───────────────────────────────────────────────────╮
    │Bash                                                                          │
    │first line                                                                    │
    │second line                                                                   │
    │                                                                              │
    │y allow                                                                       │
    │N deny                                                                        │
    │esc closes                                                                    │
    ╰──────────────────────────────────────────────────────────────────────────────╯





     y allow  N deny  esc close
    "#);
    assert_eq!(answer(stage.deed("y")).given, api::Given::Allow);
}

#[test]
fn questions_are_answered_one_after_the_other() {
    let question = |text: &str, options: &[&str]| {
        let options: Vec<Value> =
            options.iter().map(|label| json!({ "label": label, "description": null })).collect();
        json!({ "text": text, "header": null, "options": options, "multi_select": false, "free_text": true })
    };
    let asked = json!([{ "request": "req_1", "tool": "question", "summary": "", "questions":
        [question("Which colour?", &["Red", "Blue"]), question("How large?", &[])] }]);
    let mut stage = Stage::new(80, 24, &[workspace("auth", "waiting_input", &json!({ "pending": asked }))]);
    assert!(stage.screen().contains("Which colour? · How large?"), "{}", stage.screen());
    assert_eq!(stage.keys("y"), [], "a question is not allowed");
    assert_eq!(stage.keys("enter 2 enter"), []);
    stage.writes("as large\nas it gets");
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · 1 needs you                                                       12:00
     NEEDS YOU 1
    ▶ ◆ needs answer auth     5m Which colour? · How large?





    ╭─ auth asks ──────────────────────────────────────────────────────────────────╮
    │How large?                                                                    │
    │your words                                                                    │
    │as large                                                                      │
    │as it gets                                                                    │
    │                                                                              │
    │enter sends · alt-enter a new line · esc closes                               │
    ╰──────────────────────────────────────────────────────────────────────────────╯







     enter send  alt-enter new line  esc close
    "#);
    let given = answer(stage.deed("enter")).given;
    assert_eq!(given, api::Given::Words(vec!["2".to_owned(), "as large\nas it gets".to_owned()]));
}

#[test]
fn a_session_with_a_terminal_is_answered_there() {
    let asks = json!({ "backend": "tmux", "status_detail": "May it run make?" });
    let mut stage = Stage::new(80, 20, &[workspace("auth", "waiting_permission", &asks)]);
    assert_eq!(stage.keys("y"), []);
    assert!(stage.screen().contains("asks on its own terminal, go there with attach"), "{}", stage.screen());
    let Some(Request::Attach(selector)) = stage.keys("a").pop() else { panic!("no attach") };
    assert_eq!(selector.name, "/repos/shop-auth");
}

#[test]
fn a_message_is_told_no_further_than_it_was_observed() {
    let mut stage = Stage::new(80, 20, &[workspace("auth", "working", &json!({}))]);
    assert_eq!(stage.keys("i enter"), [], "an empty message goes nowhere");
    stage.writes("Fix the tests\nplease");
    let Deed::Send(message) = stage.deed("enter") else { panic!("no message") };
    assert_eq!(message.to, api::Audience::One("/repos/shop-auth".to_owned()));
    assert_eq!(message.text, "Fix the tests\nplease");
    let sent =
        json!([{ "id": null, "state": "injected", "workspace": "auth", "detail": null, "sender": "person" }]);
    let sent = serde_json::from_value(sent).unwrap();
    stage.hears(Event::Outcome(Ticket(1), Box::new(Ok(Done::Sent(sent)))));
    assert!(stage.screen().contains("message · auth: injected"), "{}", stage.screen());
}

#[test]
fn a_broadcast_says_who_gets_it() {
    let rows = [
        workspace("auth", "working", &json!({})),
        workspace("over", "exited", &json!({ "session": null })),
        workspace("search", "idle", &json!({})),
    ];
    let mut stage = Stage::new(80, 20, &rows);
    stage.keys("b");
    let screen = stage.screen();
    assert!(screen.contains("auth, search") && screen.contains("every running agent"), "{screen}");
    stage.writes("Commit now");
    let Deed::Send(message) = stage.deed("enter") else { panic!("no message") };
    assert_eq!(message.to, api::Audience::All);
}

#[test]
fn a_broadcast_goes_to_the_repository_of_the_selected_row_and_names_it() {
    let of_app = json!({ "repository": "/repos/app", "path": "/repos/app-pay" });
    let rows = [workspace("pay", "working", &of_app), workspace("auth", "working", &json!({}))];
    let mut stage = Stage::new(80, 20, &rows);
    stage.keys("/");
    stage.writes("pay");
    stage.keys("enter b");
    let screen = stage.screen();
    let dialog = screen.split("Message to every").nth(1).unwrap();
    assert!(dialog.contains("agent of app") && dialog.contains("app/pay"), "{screen}");
    assert!(!dialog.split('╯').next().unwrap().contains("auth"), "{screen}");
    stage.writes("Commit now");
    let Deed::Send(message) = stage.deed("enter") else { panic!("no message") };
    assert_eq!((message.to, message.cwd.as_str()), (api::Audience::All, "/repos/app"));
}

#[test]
fn what_waits_for_its_next_try_is_called_off_by_stop() {
    let failure = json!({ "kind": "crash", "message": "it crashed", "resets_at": null,
        "next": { "action": "retry", "at": "2026-01-02T12:05:00Z", "advice": null } });
    let waits = json!({ "session": null, "failure": failure, "status_detail": "it crashed; goes on by itself at 12:05" });
    let mut stage = Stage::new(90, 20, &[workspace("auth", "failed", &waits)]);
    stage.keys("K");
    assert!(stage.screen().contains("waits for its next try, which is called off"), "{}", stage.screen());
    let Deed::Stop(stop) = stage.deed("y") else { panic!("no stop") };
    assert_eq!(stop.workspace.name, "/repos/shop-auth");
}

#[test]
fn a_request_does_not_end_by_going_to_the_terminal_unasked() {
    let mut stage = Stage::new(80, 20, &asking("req_1", "cargo test"));
    assert_eq!(stage.keys("a"), []);
    let screen = stage.screen();
    assert!(
        screen.contains("Move auth to a terminal?") && screen.contains("ends without an answer"),
        "{screen}"
    );
    assert_eq!(stage.keys("enter esc"), []);
    let Some(Request::Attach(selector)) = stage.keys("a y").pop() else { panic!("no attach") };
    assert_eq!(selector.name, "/repos/shop-auth");
}

#[test]
fn a_session_that_has_ended_is_taken_up_again_with_a_word() {
    let over = json!({ "session": null });
    let mut stage = Stage::new(80, 20, &[workspace("auth", "failed", &over)]);
    let Deed::Resume(resume) = stage.deed("R enter") else { panic!("no resume") };
    assert_eq!((resume.workspace.name.as_str(), resume.message), ("/repos/shop-auth", None));
    let mut stage = Stage::new(80, 20, &[workspace("auth", "failed", &over)]);
    stage.keys("R");
    stage.writes("The database is up again");
    let Deed::Resume(resume) = stage.deed("enter") else { panic!("no resume") };
    assert_eq!(resume.message.as_deref(), Some("The database is up again"));
    let mut stage = Stage::new(80, 20, &[workspace("auth", "working", &json!({}))]);
    assert_eq!(stage.keys("R"), []);
    assert!(stage.screen().contains("the session of 'auth' has not ended"), "{}", stage.screen());
}

#[test]
fn a_task_that_is_closed_is_kept_for_the_next_time() {
    let mut stage = Stage::new(80, 24, &[workspace("auth", "working", &json!({}))]);
    stage.keys("n");
    stage.writes("A long task");
    stage.keys("esc");
    assert!(stage.screen().contains("the task is kept: n goes on with it"), "{}", stage.screen());
    stage.keys("n");
    stage.writes(" and more");
    let Deed::New(wanted) = stage.deed("enter") else { panic!("no task") };
    assert_eq!(wanted.task.as_deref(), Some("A long task and more"));
    stage.keys("n");
    assert!(!stage.screen().contains("A long task"), "what was started is not kept: {}", stage.screen());
}

#[test]
fn a_stop_is_confirmed_by_a_clear_yes() {
    let mut stage = Stage::new(80, 20, &[workspace("auth", "working", &json!({}))]);
    assert_eq!(stage.keys("K enter esc"), [], "enter is no clear yes");
    let Deed::Stop(stop) = stage.deed("K y") else { panic!("no stop") };
    assert_eq!((stop.workspace.name.as_str(), stop.dry_run), ("/repos/shop-auth", false));
}

#[test]
fn a_dismissal_really_takes_it_out_of_what_needs_you() {
    let failed = |unread: bool| {
        let detail = json!({ "session": null, "unread": unread, "status_detail": "the program crashed" });
        [workspace("auth", "failed", &detail)]
    };
    let mut stage = Stage::new(80, 20, &failed(true));
    assert!(stage.screen().contains("NEEDS YOU"));
    assert!(matches!(stage.deed("x"), Deed::Dismiss(selector) if selector.name == "/repos/shop-auth"));
    // The server counts it as seen from then on, for every face.
    stage.lists(&failed(false));
    assert!(
        stage.screen().contains("BACKGROUND") && !stage.screen().contains("NEEDS YOU"),
        "{}",
        stage.screen()
    );
    assert_eq!(stage.keys("x"), [], "there is nothing more to dismiss");
}

#[test]
fn what_did_not_work_is_told_with_its_hint() {
    let mut stage = Stage::new(80, 20, &[workspace("auth", "working", &json!({}))]);
    let problem = api::Problem::new(api::ErrorCode::NotFound, "'auth' is gone").hint("owt list");
    stage.hears(Event::Outcome(Ticket(1), Box::new(Err(problem))));
    let screen = stage.screen();
    assert!(screen.contains("'auth' is gone") && screen.contains("hint: owt list"), "{screen}");
    stage.keys("enter");
    assert!(!stage.screen().contains("hint"), "{}", stage.screen());
}

#[test]
fn a_pane_goes_with_the_selection_and_forgets_what_comes_late() {
    let rows = [workspace("auth", "working", &json!({})), workspace("search", "working", &json!({}))];
    let mut stage = Stage::new(80, 24, &rows);
    let look = |asked: &[Request], kind: SubjectKind, name: &str| match asked {
        [Request::Look(look, subject)] => {
            assert_eq!((subject.kind, subject.workspace.name.as_str()), (kind, name));
            *look
        }
        other => panic!("{other:?}"),
    };
    let asked = stage.keys("l");
    let first = look(&asked, SubjectKind::Log, "/repos/shop-auth");
    stage.hears(Event::Looked(first, Seen::Text("one\ntw".to_owned())));
    stage.hears(Event::Looked(first, Seen::Text("o\n".to_owned())));
    assert!(stage.screen().contains("auth · log") && stage.screen().contains("│two"), "{}", stage.screen());
    let asked = stage.keys("j");
    let second = look(&asked, SubjectKind::Log, "/repos/shop-search");
    stage.hears(Event::Looked(first, Seen::Text("late\n".to_owned())));
    stage.hears(Event::Looked(second, Seen::Text("fresh\n".to_owned())));
    assert!(stage.screen().contains("fresh") && !stage.screen().contains("late"), "{}", stage.screen());
    assert_eq!(stage.keys("l"), [Request::LookAway], "the same key closes it");
    let asked = stage.keys("d");
    let third = look(&asked, SubjectKind::Diff, "/repos/shop-search");
    assert!(third > Look(2));
    assert_eq!(stage.keys("esc"), [Request::LookAway]);
}

fn wanted(deed: Deed) -> api::NewWorkspace {
    match deed {
        Deed::New(wanted) => *wanted,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_task_is_started_and_the_agent_chosen_where_there_are_several() {
    let mut stage = Stage::new(80, 20, &[workspace("auth", "working", &json!({}))]);
    assert_eq!(stage.keys("n").len(), 1, "what can be picked is asked for");
    assert_eq!(stage.keys("enter"), [], "no task is no start");
    stage.writes("Speed up the search\nand keep its order");
    let Some(Request::Do(ticket, deed)) = stage.keys("enter").pop() else { panic!("no start") };
    let asked = wanted(*deed);
    assert_eq!(asked.task.as_deref(), Some("Speed up the search\nand keep its order"));
    assert!(asked.ask_agent && asked.environment.contains_key("PATH") && asked.agents.is_empty());
    let problem = api::Problem::new(api::ErrorCode::ChooseAgent, "several").candidates(["claude", "codex"]);
    stage.hears(Event::Outcome(ticket, Box::new(Err(problem))));
    assert!(stage.screen().contains("Which agent?"), "{}", stage.screen());
    let Some(Request::Do(ticket, deed)) = stage.keys("down enter").pop() else { panic!("no start") };
    let again = wanted(*deed);
    assert_eq!((again.agents, again.task), (vec!["codex".to_owned()], asked.task));
    let problem = api::Problem::new(api::ErrorCode::Unsupported, "codex cannot do that");
    stage.hears(Event::Outcome(ticket, Box::new(Err(problem))));
    stage.keys("esc");
    assert!(stage.screen().contains("and keep its order"), "{}", stage.screen());
    stage.keys("esc");
    let mut created = workspace("search", "starting", &json!({}));
    created["notices"] = json!(["uncommitted changes stay behind"]);
    let created = serde_json::from_value(created).unwrap();
    stage.hears(Event::Outcome(Ticket(9), Box::new(Ok(Done::Started(vec![created])))));
    assert!(stage.screen().contains("search starts with claude · uncommitted"), "{}", stage.screen());
    stage.lists(&[workspace("auth", "working", &json!({})), workspace("search", "starting", &json!({}))]);
    let screen = stage.screen();
    assert!(screen.lines().any(|line| line.starts_with('▶') && line.contains("search")), "{screen}");
}

fn starts() -> Done {
    let agent = |name: &str, is_installed: bool| {
        let path = is_installed.then(|| format!("/bin/{name}"));
        json!({ "name": name, "display_name": name.to_uppercase(), "path": path, "version": null, "origin": "built_in",
            "tested": true, "modes": [], "permissions": [], "hooks": "off", "install_hint": null, "model_keys": [],
            "default": name == "claude" })
    };
    let agents = [agent("claude", true), agent("codex", true), agent("pi", false)];
    let agents = agents.into_iter().map(|agent| serde_json::from_value(agent).unwrap()).collect();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let (templates, bases) = (names(&["bugfix", "feature"]), names(&["main", "origin/next", "v1.0"]));
    Done::Starts(Starts { agents, names: StartNames { templates, bases } })
}

#[test]
fn agent_template_and_base_of_a_task_are_picked_by_typing() {
    let mut stage = Stage::new(90, 20, &[]);
    let Some(Request::Do(ticket, deed)) = stage.keys("n").pop() else { panic!("nothing is asked") };
    assert!(matches!(*deed, Deed::ReadStarts(asked) if asked.environment.contains_key("PATH")));
    stage.writes("Speed up the search\nand keep its order");
    stage.keys("alt-a");
    assert!(stage.screen().contains("asking …"), "{}", stage.screen());
    stage.hears(Event::Outcome(ticket, Box::new(Ok(starts()))));
    let screen = stage.screen();
    assert!(
        screen.contains("codex") && !screen.contains("pi  "),
        "what is not installed is not offered: {screen}"
    );
    stage.keys("c o d enter alt-t f e a t enter alt-b n e x t enter alt-s s t r u c enter");
    insta::assert_snapshot!(stage.screen(), @r#"
     shop                                                                               12:00

      No workspaces yet.
      Start an agent on a task here, or with: owt new "what should be done"

    ╭─ What should be done? ─────────────────────────────────────────────────────────────────╮
    │agent     codex  (alt-a)                                                                │
    │template  feature  (alt-t)                                                              │
    │base      origin/next  (alt-b)                                                          │
    │session   structured  (alt-s)                                                           │
    │Speed up the search                                                                     │
    │and keep its order                                                                      │
    │                                                                                        │
    │enter sends · alt-enter a new line · esc closes                                         │
    ╰────────────────────────────────────────────────────────────────────────────────────────╯




     enter send  alt-enter new line  alt-a agent  alt-t template  alt-b base  alt-s session
    "#);
    stage.keys("alt-t enter");
    let asked = wanted(stage.deed("enter"));
    assert_eq!((asked.agents, asked.mode), (vec!["codex".to_owned()], api::Mode::Structured));
    assert_eq!((asked.template, asked.base.as_deref()), (None, Some("origin/next")), "the first is none");
    assert_eq!(asked.task.as_deref(), Some("Speed up the search\nand keep its order"));
}

#[test]
fn outside_of_a_repository_it_is_asked_in_which_a_task_is_to_be_done_before_it_is_written() {
    let nowhere = &mut Stage::outside(90, 20, &[]);
    assert_eq!(nowhere.keys("n"), []);
    assert!(nowhere.screen().contains("this folder is in no git repository"), "{}", nowhere.screen());

    let asked_in = |stage: &mut Stage, keys: &str| match stage.keys(keys).pop() {
        Some(Request::Do(_, deed)) => match *deed {
            Deed::ReadStarts(asked) => asked.cwd,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    let auth = workspace("auth", "working", &json!({}));
    let mut one = Stage::outside(90, 20, std::slice::from_ref(&auth));
    assert_eq!(asked_in(&mut one, "n"), "/repos/shop", "there is but one");
    assert!(one.screen().contains("What should be done in /repos/shop?"), "{}", one.screen());

    let search =
        workspace("search", "working", &json!({ "repository": "/repos/app", "path": "/repos/app-search" }));
    let mut several = Stage::outside(90, 20, &[auth, search]);
    assert_eq!(several.keys("n"), []);
    let screen = several.screen();
    assert!(screen.contains("In which repository?") && screen.contains("/repos/app"), "{screen}");
    assert_eq!(asked_in(&mut several, "s h o p enter"), "/repos/shop");
    several.writes("Speed it up");
    let asked = wanted(several.deed("enter"));
    assert_eq!((asked.cwd.as_str(), asked.task.as_deref()), ("/repos/shop", Some("Speed it up")));
    // A task that was begun is gone on with where it was to be done.
    assert_eq!(several.keys("n"), []);
    asked_in(&mut several, "a p p enter");
    several.writes("Tidy up");
    several.keys("esc");
    assert_eq!(asked_in(&mut several, "n"), "/repos/app");
    assert!(several.screen().contains("Tidy up"), "{}", several.screen());
}

#[test]
fn what_was_started_does_not_take_the_place_of_what_the_person_selects_meanwhile() {
    let rows = [workspace("auth", "working", &json!({})), workspace("search", "working", &json!({}))];
    let mut stage = Stage::new(80, 20, &rows);
    let late = workspace("late", "starting", &json!({}));
    let mut created = late.clone();
    created["notices"] = json!([]);
    let created = serde_json::from_value(created).unwrap();
    stage.hears(Event::Outcome(Ticket(9), Box::new(Ok(Done::Started(vec![created])))));
    stage.keys("j");
    stage.lists(&[rows[0].clone(), rows[1].clone(), late]);
    let screen = stage.screen();
    assert!(screen.lines().any(|line| line.starts_with('▶') && line.contains("search")), "{screen}");
}

#[test]
fn what_did_not_arrive_is_not_lost() {
    let mut stage = Stage::new(80, 20, &[workspace("auth", "working", &json!({}))]);
    stage.keys("n");
    stage.writes("A long task");
    let Some(Request::Do(ticket, _)) = stage.keys("enter").pop() else { panic!("no start") };
    let problem = api::Problem::new(api::ErrorCode::ServerUnreachable, "the server went away");
    stage.hears(Event::Outcome(ticket, Box::new(Err(problem))));
    assert!(stage.screen().contains("the server went away"), "{}", stage.screen());
    stage.keys("esc");
    assert!(stage.screen().contains("A long task"), "{}", stage.screen());
    assert_eq!(wanted(stage.deed("enter")).task.as_deref(), Some("A long task"));
}

#[test]
fn the_terminal_is_shown_as_it_changes_and_harmless() {
    let mut stage = Stage::new(80, 24, &[workspace("auth", "working", &json!({ "backend": "tmux" }))]);
    let Some(Request::Look(look, subject)) = stage.keys("p").pop() else { panic!("no look") };
    assert_eq!(subject.kind, SubjectKind::Screen);
    let shows = |rows: &[&str]| Seen::Screen(picture(rows, &json!([])));
    stage.hears(Event::Looked(look, shows(&["first", "\u{1b}[2J> prompt", "", ""])));
    let screen = stage.screen();
    assert!(screen.contains("auth · terminal") && screen.contains("│\\x1b[2J> prompt"), "{screen}");
    // It goes on by itself: nothing is asked for again, whatever else has changed.
    let changed =
        |files: u32| workspace("auth", "working", &json!({ "backend": "tmux", "dirty_files": files }));
    assert_eq!(stage.lists(&[changed(1)]), []);
    stage.hears(Event::Looked(look, shows(&["second"])));
    let screen = stage.screen();
    assert!(screen.contains("│second") && !screen.contains("first"), "{screen}");
    // The session has ended: there are its last words, until it may have a terminal again.
    stage.hears(Event::Looked(look, Seen::Detail(Box::new(detail(&["the end"])))));
    assert!(stage.screen().contains("the end") && !stage.screen().contains("second"), "{}", stage.screen());
    let Some(Request::Look(again, _)) = stage.lists(&[changed(2)]).pop() else { panic!("no look") };
    assert!(stage.screen().contains("the end"), "{}", stage.screen());
    stage.hears(Event::Looked(again, shows(&["third"])));
    let screen = stage.screen();
    assert!(screen.contains("│third") && !screen.contains("the end"), "{screen}");
}

#[test]
fn the_help_is_the_keymap() {
    let mut stage = Stage::new(90, 40, &asking("req_1", "make"));
    stage.keys("?");
    insta::assert_snapshot!(stage.screen(), @r#"
    ╭─ Keys ─────────────────────────────────────────────────────────────────────────────────╮
    │To auth now                                                                             │
    │ y                allow       allow what it asks for                                    │
    │ N                deny        deny it, with a reason if you like                        │
    │ enter            answer      read all that it asks, and answer; else its last words    │
    │ i                send        send its agent a message                                  │
    │ a                attach      go to its terminal; the board is there when you come back │
    │ r                review      the critic's word and its changes, with comments to it    │
    │ p                preview     its terminal as it is now; without one its last words     │
    │ d                diff        what it changed                                           │
    │ l                log         what its agent printed                                    │
    │ e                explain     why it has the status that it has                         │
    │ K                stop        end its session; the workspace stays                      │
    │ D                delete      delete it; first you see what goes                        │
    │ I                interrupt   end the turn that its agent is in; its session goes on    │
    │The board                                                                               │
    │ n                new         start an agent on a task, in a workspace of its own       │
    │ /                find        find a workspace by its name, task or branch              │
    │ b                broadcast   send every running agent a message                        │
    │ u                undo        take back the last landing or deletion; first you see it  │
    │ X                clear       take as seen what has happened by itself                  │
    │ Q                queue       in which order work should land, and why                  │
    │ S                ship-queue  land the whole queue; first you see it all                │
    │ C                conflicts   who would not merge with whom, in which lines             │
    │ :                commands    everything by name, the command line's too                │
    │ ?                help        this help                                                 │
    │ q, ctrl-c        quit        leave; the agents go on                                   │
    │Moving                                                                                  │
    │ j, down          down        the next workspace                                        │
    │ k, up            up          the one before                                            │
    │ g, home          top         the first                                                 │
    │ G, end           bottom      the last                                                  │
    │ pagedown, ctrl-d page-down   further down in the open pane                             │
    │ pageup, ctrl-u   page-up     further up in it                                          │
    │ right, >         right       further right in a diff or a terminal                     │
    │ left, <          left        further left in it                                        │
    │ z                zoom        the pane over the whole screen, and back                  │
    │ ctrl-l           redraw      draw the whole screen once more                           │
    │37/47 · j k scroll · any other key closes                                               │
    ╰────────────────────────────────────────────────────────────────────────────────────────╯
    "#);
}

#[test]
fn the_help_of_a_small_screen_is_scrolled_to_its_end_and_no_further() {
    let mut stage = Stage::new(60, 15, &asking("req_1", "make"));
    stage.keys("?");
    insta::assert_snapshot!(stage.screen(), @r#"
    ╭─ Keys ───────────────────────────────────────────────────╮
    │To auth now                                               │
    │ y        allow       allow what it asks for              │
    │ N        deny        deny it, with a reason if you like  │
    │ enter    answer      read all that it asks, and answer;  │
    │                      else its last words                 │
    │ i        send        send its agent a message            │
    │ a        attach      go to its terminal; the board is    │
    │                      there when you come back            │
    │ r        review      the critic's word and its changes,  │
    │                      with comments to it                 │
    │ p        preview     its terminal as it is now; without  │
    │                      one its last words                  │
    │12/68 · j k scroll · any other key closes                 │
    ╰──────────────────────────────────────────────────────────╯
    "#);
    let mut seen = stage.screen();
    for _ in 0..12 {
        stage.keys("space");
        seen.push_str(&stage.screen());
    }
    for word in ["allow", "ship-queue", "page-down", "To others, not to auth now", "sync", "↓behind"] {
        assert!(seen.contains(word), "{word}: {seen}");
    }
    let end = stage.screen();
    stage.keys("k");
    assert_ne!(stage.screen(), end, "one step back is one step back");
    stage.keys("x");
    assert!(!stage.screen().contains("Keys"), "{}", stage.screen());
}

#[test]
fn the_palette_does_what_is_typed() {
    let mut stage = Stage::new(80, 20, &[workspace("auth", "working", &json!({}))]);
    stage.keys(": s t o p");
    assert!(stage.screen().contains("▶ stop"), "{}", stage.screen());
    stage.keys("enter");
    assert!(stage.screen().contains("Stop auth?"), "{}", stage.screen());
}

#[test]
fn the_palette_has_the_command_line_too_with_the_selected_workspace_in_the_line() {
    let mut stage = Stage::new(80, 20, &[workspace("auth", "idle", &json!({}))]);
    stage.keys(": p u l l enter");
    let screen = stage.screen();
    assert!(screen.contains("pr create auth") && screen.contains("enter run it"), "{screen}");
    stage.hears(Event::Paste(" --draft".to_owned()));
    assert_eq!(stage.keys("enter"), [Request::Run("pr create auth --draft".to_owned())]);
    stage.keys(": r e s t o r e enter");
    assert!(
        stage.screen().contains("restore") && !stage.screen().contains("restore auth"),
        "{}",
        stage.screen()
    );
    assert_eq!(stage.keys("ctrl-u enter"), [], "nothing is no command");
    stage.keys("esc");
    assert_eq!(stage.keys("q"), [Request::Quit]);
}

#[test]
fn the_turn_of_an_agent_is_interrupted_by_a_key_and_of_one_at_rest_there_is_none() {
    let mut stage = Stage::new(80, 20, &[workspace("auth", "working", &json!({}))]);
    let asked = stage.keys("I");
    assert!(
        matches!(&asked[..], [Request::Do(_, deed)] if matches!(**deed, Deed::Interrupt(_))),
        "{asked:?}"
    );
    let mut stage = Stage::new(80, 20, &[workspace("auth", "idle", &json!({}))]);
    assert_eq!(stage.keys("I"), []);
    assert!(stage.screen().contains("is in no turn"), "{}", stage.screen());
}

#[test]
fn the_finder_selects_by_task() {
    let rows = [
        workspace("auth", "working", &json!({})),
        workspace("search", "working", &json!({ "task": "Make the lookup of wine faster" })),
    ];
    let mut stage = Stage::new(80, 20, &rows);
    stage.keys("/ w i n e enter");
    let screen = stage.screen();
    let selected = screen.lines().find(|line| line.starts_with('▶')).unwrap();
    assert!(selected.contains("search"), "{screen}");
    assert_eq!(stage.keys("q"), [Request::Quit]);
}

#[test]
fn a_click_selects() {
    let rows = [workspace("auth", "working", &json!({})), workspace("search", "working", &json!({}))];
    let mut stage = Stage::new(80, 20, &rows);
    let line = stage.screen().lines().position(|line| line.contains("search")).unwrap();
    stage.hears(Event::Click(10, u16::try_from(line).unwrap()));
    assert!(stage.screen().lines().nth(line).unwrap().starts_with('▶'), "{}", stage.screen());
}
