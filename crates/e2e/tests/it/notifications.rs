//! What a person is told without asking, by every way, and what they have not looked at.

use std::fs;

use owt_notify::signature;
use owt_testkit::lab::Seat;
use owt_testkit::receiver::Receiver;
use serde_json::Value;

use crate::agents::install_script;
use crate::evidence::without_hooks_and;
use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

const SECRET: &str = "a-secret-of-the-test";

/// Begins a job of the demo agent's.
fn begin(app: &Project<'_>, name: &str, task: &str, more: &[&str]) {
    let words = ["new", task, "--branch", name, "--agent", "demo", "--permissions", "edits"];
    app.data(&[&words, more].concat());
}

/// A home whose person is told by a script that writes each notice down.
fn told_by_command(configuration: &str) -> Sealed {
    let sealed = Sealed::new();
    install_script(
        &sealed,
        "tell-me",
        "echo \"$1 $OWT_NOTICE $OWT_NOTICE_NAME\" >> $RECORD/told\ncat >> $RECORD/facts\n",
    );
    let program = sealed.bin().join("tell-me");
    sealed.configure(&format!(
        "[notify]\ncommand = [{:?}, \"it:\"]\n{configuration}",
        program.to_str().unwrap()
    ));
    sealed
}

fn lines(sealed: &Sealed, name: &str) -> Vec<String> {
    let text = fs::read_to_string(sealed.record(name)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The newest notice of a workspace, once it is of this kind.
fn notice(app: &Project<'_>, name: &str, kind: &str) -> Value {
    let mut found = Value::Null;
    until(&format!("a notice of {name} that is '{kind}'"), || {
        found = workspace(app, name)["notice"].clone();
        found["kind"] == kind
    });
    found
}

/// How `list` has it: whoever shows it has looked at it.
fn workspace(app: &Project<'_>, name: &str) -> Value {
    let listed = app.data(&["list"]);
    listed.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone()
}

#[test]
fn a_command_is_told_once_of_each_cause_and_not_again_by_the_next_server() {
    let sealed = told_by_command("events = \"needs_person,done\"\n");
    let app = sealed.repository("app");
    begin(&app, "topic", "Greet them [[demo:ask]]", &["--structured"]);
    until("the question to be told", || lines(&sealed, "told") == ["it: needs_person topic"]);
    assert_eq!(notice(&app, "topic", "needs_person")["channels"], serde_json::json!(["bell", "command"]));
    app.data(&["server", "restart"]);
    let refused = app.refused(&["merge", "topic"], 3, "agent_working");
    assert_eq!(refused["message"], "the agent of 'topic' asks for permission");
    assert!(refused["hint"].as_str().unwrap().contains("owt show topic"), "{refused:#}");
    // It asks for the file, then for the commit: two causes.
    let answered = app.owt(&["answer", "topic", "allow"]);
    assert!(answered.stdout.starts_with("topic ") && !answered.stdout.contains("Folder"), "{answered:?}");
    until("the second question to be told", || lines(&sealed, "told").len() == 2);
    app.data(&["answer", "topic", "allow"]);
    until("the end to be told", || lines(&sealed, "told").len() == 3);
    app.data(&["server", "restart"]);
    sealed.kill_server();
    // What the next server tells comes after whatever it would tell again.
    begin(&app, "other", "Greet them too", &[]);
    until("another end to be told", || lines(&sealed, "told").len() == 4);
    let asked = "it: needs_person topic";
    assert_eq!(lines(&sealed, "told"), [asked, asked, "it: done topic", "it: done other"]);
    let facts: Value = serde_json::from_str(&lines(&sealed, "facts")[0]).unwrap();
    assert_eq!((&facts["event"], &facts["branch"]), (&"needs_person".into(), &"topic".into()));
    assert_eq!(facts["status"], "waiting_permission");
    begin(&app, "failing", "Fail [[demo:fail]]", &["--headless"]);
    assert_eq!(notice(&app, "failing", "failed")["channels"], serde_json::json!([]), "it is not wanted");
}

#[test]
fn the_desktop_is_told_by_its_own_program() {
    let sealed = Sealed::new();
    install_script(
        &sealed,
        "notify-send",
        "printf '%s|' \"$@\" >> $RECORD/desktop\necho >> $RECORD/desktop\n",
    );
    sealed.configure("[notify]\ndesktop = \"on\"\n");
    let app = sealed.repository("app");
    begin(&app, "topic", "Greet <b>them</b>", &[]);
    until("the desktop to be told", || lines(&sealed, "desktop").len() == 1);
    let shown = lines(&sealed, "desktop").remove(0);
    assert!(shown.contains("|--|topic is done|") && shown.contains("&lt;b&gt;them"), "{shown}");
    let tested = app.data(&["notify", "--test", "desktop"]);
    assert_eq!(tested["channels"][1]["test"], "told");
    assert_eq!(lines(&sealed, "desktop").len(), 2);
}

#[test]
fn a_webhook_gets_a_signed_body_and_slack_a_text() {
    let receiver = Receiver::answering("HTTP/1.1 200 OK");
    let sealed = Sealed::new().with("HOOK_SECRET", SECRET);
    let url = sealed.root().join("url");
    fs::write(&url, format!("{}\n", receiver.url)).unwrap();
    sealed.configure(&format!(
        "[notify]\nwebhook = \"file:{}\"\nwebhook_secret = \"env:HOOK_SECRET\"\n",
        url.to_str().unwrap()
    ));
    let app = sealed.repository("app");
    begin(&app, "topic", "Greet them", &[]);
    until("the webhook to be told", || receiver.received().len() == 1);
    let told = receiver.received().remove(0);
    let timestamp = told.header("owt-timestamp").unwrap().parse().unwrap();
    let expected = signature(SECRET.as_bytes(), timestamp, told.body.as_bytes());
    assert_eq!(told.header("owt-signature"), Some(expected.as_str()));
    let body: Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!((&body["event"], &body["name"]), (&"done".into(), &"topic".into()));
    sealed.configure("webhook_form = \"slack\"\n");
    app.data(&["notify", "--test", "webhook"]);
    let body: Value = serde_json::from_str(&receiver.received()[1].body).unwrap();
    assert!(body["text"].as_str().unwrap().starts_with("owt notify --test"), "{body}");
    fs::write(&url, "no address\n").unwrap();
    let error = app.refused(&["notify", "--test"], 1, "not_told");
    assert!(error["message"].as_str().unwrap().contains("webhook"), "{error}");
    let all = format!("{}{}", sealed.server_log(), app.owt(&["notify", "--json"]).stdout);
    let address = receiver.url.trim_start_matches("http://");
    assert!(!all.contains(SECRET) && !all.contains(address), "a secret was shown: {all}");
}

#[test]
fn in_quiet_hours_nobody_is_told() {
    let sealed = told_by_command("").with("TZ", "UTC");
    let app = sealed.repository("app");
    let hour = sealed.command("date", sealed.root()).args(["-u", "+%H"]).run().unwrap();
    let hour: u32 = hour.stdout_utf8_lossy().trim().parse().unwrap();
    let hours = |from: u32, to: u32| format!("{:02}:00-{:02}:00", (hour + from) % 24, (hour + to) % 24);
    sealed.configure(&format!("quiet_hours = \"{}\"\n", hours(22, 3)));
    begin(&app, "topic", "Greet them", &[]);
    assert_eq!(notice(&app, "topic", "done")["channels"], serde_json::json!([]));
    let file = sealed.owt_home().join("config.toml");
    let text = fs::read_to_string(&file).unwrap().replace(&hours(22, 3), &hours(3, 22));
    fs::write(&file, text).unwrap();
    begin(&app, "other", "Greet them too", &[]);
    assert_eq!(notice(&app, "other", "done")["channels"], serde_json::json!(["bell", "command"]));
    until("the second end to be told", || !lines(&sealed, "told").is_empty());
    assert_eq!(lines(&sealed, "told"), ["it: done other"]);
}

/// Looks on until a terminal was sent a line for those that show one, and the bell.
fn until_rung(seat: &mut Seat, what: &str) {
    seat.until_seen(&format!("\x1b]9;owt: {what}"));
    seat.until_seen("\x07\x07");
}

#[test]
fn people_are_rung_wherever_they_look() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "in-tmux", "Greet them", &["--tmux"]);
    begin(&app, "in-pty", "Greet them", &["--pty"]);
    app.until_status("in-tmux", "idle");
    app.until_status("in-pty", "idle");
    let mut in_tmux = Seat::take(app.command(&["attach", "in-tmux"]), 30, 100);
    let mut in_pty = Seat::take(app.command(&["attach", "in-pty"]), 30, 100);
    let mut watching = Seat::take(app.command(&["list", "--watch"]), 30, 140);
    in_tmux.until_shown("demo>");
    in_pty.until_shown("demo>");
    watching.until_shown("in-pty");
    begin(&app, "topic", "Greet them [[demo:ask]]", &[]);
    let mut waiting = Seat::take(app.command(&["wait", "topic"]), 30, 100);
    for seat in [&mut in_tmux, &mut in_pty] {
        until_rung(seat, "topic needs you");
    }
    until_rung(&mut watching, "topic: ");
    until_rung(&mut waiting, "topic: ");
}

#[test]
fn without_the_bell_nobody_is_rung() {
    let sealed = told_by_command("bell = \"off\"\n");
    let app = sealed.repository("app");
    begin(&app, "in-pty", "Greet them", &["--pty"]);
    app.until_status("in-pty", "idle");
    let mut person = Seat::take(app.command(&["attach", "in-pty"]), 30, 100);
    person.until_shown("demo>");
    begin(&app, "topic", "Greet them", &[]);
    assert_eq!(notice(&app, "topic", "done")["channels"], serde_json::json!(["command"]));
    until("the command to be told", || lines(&sealed, "told").contains(&"it: done topic".to_owned()));
    // What was rung before this would have come before it.
    app.data(&["send", "in-pty", "--wait", "Say the last word"]);
    person.until_shown("Say the last word");
    assert!(!String::from_utf8_lossy(person.seen()).contains("\x1b]9;"));
}

/// What a workspace is warned of.
fn kinds(found: &Value) -> Vec<String> {
    let warnings = found["warnings"].as_array().unwrap();
    warnings.iter().map(|it| it["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_agent_that_is_silent_or_at_work_for_long_is_warned_of() {
    let sealed = told_by_command("events = \"warning\"\n[warnings]\nno_output = \"1s\"\nrunning = \"3s\"\n");
    let app = sealed.repository("app");
    begin(&app, "topic", "Wait [[demo:stall]]", &["--headless"]);
    until("both warnings to stand in the list", || {
        kinds(&workspace(&app, "topic")) == ["no_output", "long_running"]
    });
    until("both to be told", || lines(&sealed, "told").len() >= 2);
    let found = workspace(&app, "topic");
    assert!(found["last_activity_at"].is_string() && found["warnings"][0]["since"].is_string());
    let shown = app.owt(&["show", "topic"]).stdout;
    assert!(shown.contains("no output for") && shown.contains("at work for"), "{shown}");
    app.data(&["stop", "topic"]);
    assert_eq!(kinds(&workspace(&app, "topic")), Vec::<String>::new());
    assert!(lines(&sealed, "told").iter().all(|line| line == "it: warning topic"));
}

#[test]
fn an_agent_that_comes_near_its_limits_is_warned_of() {
    let sealed = Sealed::new().with("OWT_DEMO_PACE", "0");
    sealed
        .configure("[limits]\nbudget = \"10\"\nturns = \"2\"\nwall = \"1h\"\n[warnings]\nlimits = \"50%\"\n");
    let app = sealed.repository("app");
    begin(&app, "topic", "Greet them", &["--structured"]);
    app.until_status("topic", "idle");
    app.data(&["send", "topic", "Go on [[demo:cost=4.99]] [[demo:stall]]"]);
    let kinds = |name: &str| kinds(&workspace(&app, name));
    until("its turns to be warned of, and nothing else", || kinds("topic") == ["near_turn_limit"]);
    begin(&app, "dear", "Greet them [[demo:cost=5]] [[demo:stall]]", &["--headless"]);
    until("its budget to be warned of", || kinds("dear") == ["near_budget"]);
    assert!(app.owt(&["show", "dear"]).stdout.contains("near the end of its budget"));
    sealed.configure("[limits]\nwall = \"1h\"\n[warnings]\nlimits = \"none\"\n");
    until("nothing to be warned of any more", || kinds("dear").is_empty());
}

#[test]
fn what_a_killed_server_was_telling_is_told_by_the_next_one() {
    let sealed = Sealed::new().with("OWT_DEMO_PACE", "0");
    // It hangs until the file is there, as a way that is slow.
    let script = "echo \"$OWT_NOTICE\" >> $RECORD/begun\n\
                  if [ ! -e $RECORD/open ]; then\n\
                  while [ ! -e $RECORD/open ]; do sleep 0.1; done; exit 0\n\
                  fi\n\
                  echo \"$OWT_NOTICE $OWT_NOTICE_NAME $OWT_NOTICE_NUMBER\" >> $RECORD/told\n";
    install_script(&sealed, "tell-me", script);
    let program = sealed.bin().join("tell-me");
    sealed.configure(&format!(
        "[notify]\nevents = \"needs_person\"\ncommand = [{:?}]\n",
        program.to_str().unwrap()
    ));
    let app = sealed.repository("app");
    begin(&app, "topic", "Greet them [[demo:ask]]", &["--structured"]);
    until("it to be told", || lines(&sealed, "begun") == ["needs_person"]);
    sealed.kill_server();
    assert_eq!(lines(&sealed, "told"), Vec::<String>::new());
    fs::write(sealed.record("open"), "").unwrap();
    let number = workspace(&app, "topic")["notice"]["number"].to_string();
    until("the next server to tell it", || !lines(&sealed, "told").is_empty());
    assert_eq!(lines(&sealed, "told"), [format!("needs_person topic {number}")]);
    // That it was told is known from then on.
    app.data(&["server", "stop"]);
    begin(&app, "other", "Greet them [[demo:ask]]", &["--structured"]);
    until("the next one to be told", || lines(&sealed, "told").len() > 1);
    let told = lines(&sealed, "told");
    assert!(told.len() == 2 && told[1].starts_with("needs_person other "), "{told:?}");
}

#[test]
fn what_comes_while_a_person_looks_on_is_read() {
    let sealed = Sealed::new().with("OWT_DEMO_PACE", "0");
    let app = sealed.repository("app");
    for (name, kind) in [("in-tmux", "--tmux"), ("in-pty", "--pty"), ("followed", "--structured")] {
        begin(&app, name, "Greet them", &[kind]);
        // By the list alone: `show` is a look.
        notice(&app, name, "done");
        assert_eq!(workspace(&app, name)["unread"], true, "{name}: nobody looks");
        let (look, shown) = match name {
            "followed" => (&["logs", "--follow", name][..], "turn ended"),
            _ => (&["attach", name][..], "demo>"),
        };
        let mut person = Seat::take(app.command(look), 30, 100);
        person.until_shown(shown);
        until("the look to be noted", || workspace(&app, name)["unread"] == false);
        let before = workspace(&app, name)["notice"]["number"].as_u64().unwrap();
        app.data(&["send", name, "--wait", "Say the last word"]);
        until("its end to be told", || workspace(&app, name)["notice"]["number"].as_u64() > Some(before));
        until("it to be read as it comes", || workspace(&app, name)["unread"] == false);
        drop(person);
    }
    // Without anybody there the next one is unread again.
    let number = || workspace(&app, "in-pty")["notice"]["number"].as_u64();
    until("the person to have left", || {
        let before = number();
        app.data(&["send", "in-pty", "--wait", "Say one more word"]);
        until("its end to be told", || number() > before);
        workspace(&app, "in-pty")["unread"] == true
    });
}

/// Its hooks are left out and its record lies where nobody looks: that a message was read nothing tells.
#[test]
fn a_message_that_may_not_have_been_read_needs_its_person_until_they_have_done_something() {
    let sealed = without_hooks_and("HOME=\"$RECORD/elsewhere\"");
    install_script(&sealed, "tell-me", "echo \"$OWT_NOTICE $OWT_NOTICE_DETAIL\" >> $RECORD/told\n");
    let program = sealed.bin().join("tell-me");
    sealed.configure(&format!("[notify]\ncommand = [{:?}]\n", program.to_str().unwrap()));
    let app = sealed.repository("app");
    app.data(&["new", "Look around", "--branch", "mute", "--agent", "claude", "--pty"]);
    let is_open = || workspace(&app, "mute")["uncertain_message"] == true;
    let told = || lines(&sealed, "told").len();
    until("the message to be uncertain", is_open);
    let found = workspace(&app, "mute");
    assert_eq!((&found["status"], &found["unread"]), (&"idle".into(), &true.into()), "{found:#}");
    assert!(app.owt(&["list"]).stdout.contains("a message to it may not have been read"), "{found:#}");
    assert!(app.owt(&["statusline"]).done().contains("1 needs you"));
    until("it to be told", || told() == 1);
    // A look is enough.
    let shown = app.data(&["show", "mute"]);
    assert_eq!(shown["deliveries"][0]["state"], "uncertain", "{shown:#}");
    assert!(!is_open() && !app.owt(&["statusline"]).done().contains("needs you"));
    // So are other words to it, and nothing of the first ones is told again.
    app.data(&["send", "mute", "And now?"]);
    until("the next one to be uncertain", || is_open() && told() == 2);
    app.data(&["send", "mute", r#"Work on [[script:["stall"]]]"#]);
    until("the agent to be at work", || workspace(&app, "mute")["status"] == "working");
    assert!(!is_open());
    let words = "needs_person a message to it may not have been read";
    let told = lines(&sealed, "told");
    assert!(told.len() == 2 && told.iter().all(|line| line.starts_with(words)), "{told:?}");
}

#[test]
fn what_nobody_has_looked_at_is_unread_until_somebody_looks() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    for (look, kind) in [("logs", &[][..]), ("show", &[]), ("diff", &[]), ("attach", &["--pty"])] {
        let name = format!("to-{look}");
        begin(&app, &name, "Greet them", kind);
        notice(&app, &name, "done");
        assert_eq!(workspace(&app, &name)["unread"], true, "{look}");
        assert!(app.owt(&["list"]).stdout.contains(&format!("{name} •")), "{look}");
        match look {
            "attach" => Seat::take(app.command(&["attach", &name]), 30, 100).until_shown("demo>"),
            _ => drop(app.owt(&[look, &name])),
        }
        assert_eq!(workspace(&app, &name)["unread"], false, "{look}");
    }
}

#[test]
fn a_repository_tells_nobody_and_no_agent_tries_the_ways() {
    let sealed = told_by_command("");
    let app = sealed.repository("app");
    app.write(".worktreerc.toml", "[notify]\nwebhook = \"https://example.org/mine\"\n");
    let error =
        app.refused(&["new", "Greet", "--branch", "topic", "--agent", "demo"], 2, "bad_configuration");
    assert!(error["message"].as_str().unwrap().contains("who is told what you do"), "{error:#}");
    fs::remove_file(app.root.join(".worktreerc.toml")).unwrap();
    install_script(
        &sealed,
        "trying",
        "owt notify --test --json > $RECORD/trial; echo tried >> $RECORD/tried\n",
    );
    sealed.configure("[tools.trying]\nbinary = \"trying\"\nsupports_headless = true\n");
    app.data(&["new", "Try it", "--branch", "topic", "--agent", "trying", "--headless"]);
    until("the agent to have tried", || lines(&sealed, "tried") == ["tried"]);
    let answer: Value = serde_json::from_str(&lines(&sealed, "trial")[0]).unwrap();
    assert_eq!(answer["error"]["code"], "person_only", "{answer}");
}
