//! Installs that are broken, hang, ask, fork or are broken off: told by name, ended, and the agent starts all the same.

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::Path;

use owt_process::Child;
use owt_process::ExitOutcome;
use owt_process::Streams;
use serde_json::Value;

use crate::agents::install_script;
use crate::mounts::Mount;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::ran::Ran;
use crate::sealed::Sealed;

const START: &[&str] = &["--agent", "worker", "--headless"];

/// A project of Node whose install runs this line of a shell.
pub(crate) fn installing(app: &Project<'_>, line: &str) {
    app.write("greet/package.json", r#"{"name": "greet", "version": "1.0.0"}"#);
    let package = serde_json::json!({
        "name": "app",
        "version": "1.0.0",
        "dependencies": {"greet": "file:greet"},
        "scripts": {"install": line},
    });
    app.write("package.json", &package.to_string());
    app.write(".gitignore", "*.log\nnode_modules\n.env\nprivate/\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "A project of Node"]);
}

fn begin(app: &Project<'_>, branch: &str) {
    app.data(&[&["new", "Mend it", "--branch", branch], START].concat());
}

/// A start that has come to its install, which tells by this file that it runs.
fn begin_to_install(app: &Project<'_>, told: &Path) -> Child {
    let starting = app.command(&[&["--json", "new", "Mend it", "--branch", "topic"], START].concat());
    let starting = starting.spawn(Streams::piped()).unwrap();
    until("the install to begin", || told.metadata().is_ok_and(|it| it.len() > 0));
    starting
}

fn begun(app: &Project<'_>, branch: &str) -> Value {
    begin(app, branch);
    app.data(&["wait", branch]);
    app.data(&["show", branch])
}

#[test]
fn an_install_that_hangs_is_ended_at_its_limit() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    installing(&app, "sleep 1000");
    sealed.configure("[worktree]\ninstall_limit = \"2s\"\n");
    let shown = begun(&app, "topic");
    assert!(shown["furnishing"]["install_failures"].to_string().contains("within 2 s"), "{shown:#}");
    assert_eq!(app.workspace("topic").read("made.txt"), "made\n", "the agent worked all the same");
}

#[test]
fn an_install_that_asks_and_forks_a_daemon_ends_with_nothing_left() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    installing(
        &app,
        "setsid sh -c 'echo $$ > \"$RECORD/daemon\"; exec sleep 1000' & read -r answer || echo \"asked $answer nobody\"; until test -s \"$RECORD/daemon\"; do :; done",
    );
    let shown = begun(&app, "topic");
    assert_eq!(shown["outfit"]["install"], "done", "{shown:#}");
    let log = app.owt(&["logs", "topic", "--install"]).done();
    assert!(log.contains("npm install"), "{log}");
    let daemon: u32 = fs::read_to_string(sealed.record("daemon")).unwrap().trim().parse().unwrap();
    assert!(!sealed.processes().contains(&daemon));
    app.refused(&["logs", "topic", "--setup"], 5, "not_found");
}

#[test]
fn a_lock_file_without_its_tool_is_told_by_name() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.write("poetry.lock", "");
    app.write("pyproject.toml", "[tool.poetry]\nname = \"app\"\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "A project of Poetry"]);
    let shown = begun(&app, "topic");
    let failures = shown["furnishing"]["install_failures"].to_string();
    assert!(failures.contains("'poetry' is not installed") && failures.contains("--no-deps"), "{shown:#}");
    assert!(app.workspace("topic").root.join("made.txt").exists());
}

#[test]
fn a_pnpm_project_without_pnpm_is_told_so_although_there_is_corepack() {
    let sealed = Sealed::with_worker();
    install_script(
        &sealed,
        "corepack",
        "echo '  at fetch (/x/corepack/dist/lib/corepack.cjs:1:1)' >&2\nexit 1\n",
    );
    let app = sealed.repository("app");
    app.write("pnpm-lock.yaml", "");
    app.write("package.json", r#"{"name": "app", "dependencies": {"x": "1.0.0"}}"#);
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "A project of pnpm"]);
    let shown = begun(&app, "topic");
    let failures = shown["furnishing"]["install_failures"].to_string();
    assert!(failures.contains("'pnpm' is not installed"), "{shown:#}");
}

#[test]
fn a_failed_install_is_told_at_once_and_tried_again_before_the_agent_goes_on() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    installing(&app, "test -e \"$RECORD/mended\"");
    let begin =
        ["new", "Say hello", "--branch", "topic", "--agent", "demo", "--headless", "--permissions", "edits"];
    let made = app.data(&begin);
    let notices = made["notices"].to_string();
    assert!(notices.contains("npm install") && notices.contains("owt logs topic --install"), "{made:#}");
    app.data(&["wait", "topic"]);
    assert!(app.owt(&["list"]).done().contains("[packages not installed] "));
    let log = app.owt(&["logs", "topic", "--install"]).done();
    assert!(!log.contains("Unknown env config"), "{log}");
    fs::write(sealed.record("mended"), "").unwrap();
    app.data(&["resume", "topic", "Say good bye"]);
    app.data(&["wait", "topic"]);
    let shown = app.data(&["show", "topic"]);
    assert_eq!(shown["outfit"]["install"], "done", "{shown:#}");
    assert!(app.workspace("topic").root.join("node_modules/greet").exists());
}

#[test]
fn a_workspace_is_deleted_while_it_is_installed() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    installing(&app, "echo $$ > \"$RECORD/installing\"; sleep 1000");
    let starting = begin_to_install(&app, &sealed.record("installing"));
    assert_eq!(app.only_workspace()["outfit"]["install"], "running");
    app.data(&["delete", "topic", "--force", "--yes"]);
    assert_eq!(app.data(&["list"]), serde_json::json!([]));
    let install: u32 = fs::read_to_string(sealed.record("installing")).unwrap().trim().parse().unwrap();
    assert!(!sealed.processes().contains(&install), "what it ran is ended");
    assert_eq!(sealed.runs("topic"), 0);
    drop(starting);
}

#[test]
fn an_install_that_dies_with_the_server_is_done_again_by_the_next_one() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    installing(
        &app,
        "echo $$ >> \"$RECORD/installs\"; test $(wc -l < \"$RECORD/installs\") = 2 || sleep 1000",
    );
    let starting = begin_to_install(&app, &sealed.record("installs"));
    sealed.kill_server();
    let first: u32 = fs::read_to_string(sealed.record("installs")).unwrap().trim().parse().unwrap();
    app.data(&["wait", "topic"]);
    assert_eq!(app.data(&["show", "topic"])["outfit"]["install"], "done");
    assert!(!processes::that_name(sealed.root()).contains(&first), "what was left of the first is ended");
    assert_eq!(sealed.runs("topic"), 1);
    drop(starting);
}

#[test]
fn the_output_of_an_install_is_followed_to_its_end() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    installing(
        &app,
        "echo $$ > \"$RECORD/installing\"; until test -e \"$RECORD/go\"; do sleep 0.1; done; exit 3",
    );
    let starting = begin_to_install(&app, &sealed.record("installing"));
    let following = app.command(&["logs", "topic", "--install", "--follow"]);
    let mut following = following.spawn(Streams::piped()).unwrap();
    let mut output = BufReader::new(following.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    assert!(first.contains("npm install"), "{first}");
    fs::write(sealed.record("go"), "").unwrap();
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("exit code 3") || rest.contains("code 3"), "{rest}");
    assert!(following.wait().unwrap().success(), "{rest}");
    drop(starting);
}

#[test]
#[ignore = "makes a hundred thousand files; `cargo xtask test --long` runs it"]
fn long_a_pattern_of_a_hundred_thousand_private_files_is_told_and_left_out() {
    private_files_beyond_measure(100_000);
}

#[test]
fn private_files_that_lead_out_or_are_too_many_are_left_out_and_told() {
    private_files_beyond_measure(6_000);
}

#[track_caller]
fn private_files_beyond_measure(count: usize) {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.write(".gitignore", "*.log\n.env\nprivate/\n");
    app.write(".worktreeinclude", "private/\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Ignore"]);
    fs::write(sealed.root().join("secret"), "TOKEN=1\n").unwrap();
    symlink(sealed.root().join("secret"), app.root.join(".env")).unwrap();
    fs::create_dir(app.root.join("private")).unwrap();
    for number in 0..count {
        fs::write(app.root.join(format!("private/{number}")), "").unwrap();
    }
    let shown = begun(&app, "topic");
    let there = app.workspace("topic");
    assert!(!there.root.join(".env").exists() && !there.root.join("private").exists());
    let notices = shown["furnishing"]["notices"].to_string();
    assert!(notices.contains(".env") && notices.contains(&count.to_string()), "{notices}");
}

#[test]
fn an_install_that_fills_the_disk_is_told_as_such_and_loses_nothing() {
    let sealed = Sealed::with_worker();
    let small = sealed.root().join("small");
    fs::create_dir(&small).unwrap();
    sealed.configure(&format!("[worktree]\nbase_directory = \"{}\"\n", small.display()));
    let sealed =
        match sealed.with("OWT_WORKTREE_MIN_FREE_SPACE", "none").with_mounts(&[Mount::Small("8m", &small)]) {
            Ok(sealed) => sealed,
            Err(why) => return println!("skipped: this machine cannot make mounts for a test: {why}"),
        };
    let on_it = |line: &str| Ran::of(&sealed.command("sh", &small).args(["-c", line]));
    on_it("echo theirs > theirs").done();
    let app = sealed.repository("app");
    installing(&app, "dd if=/dev/zero of=node_modules/large bs=64k");
    let witness = app.witness();
    begin(&app, "topic");
    app.data(&["wait", "topic"]);
    let shown = app.data(&["show", "topic"]);
    assert_eq!(shown["outfit"]["install"], "failed", "{shown:#}");
    assert!(shown["furnishing"]["install_failures"].to_string().contains("the disk is full"), "{shown:#}");
    assert_eq!(sealed.runs("topic"), 1, "the agent was started all the same");
    assert_eq!(on_it("cat theirs").done(), "theirs\n");
    witness.assert_untouched(&["refs/heads/topic"]);
    assert_eq!(
        on_it("ls -d */node_modules || echo gone").done(),
        "gone\n",
        "its half does not fill the disk for the rest"
    );
    assert!(
        shown["outfit"]["notices"].to_string().contains("node_modules was taken away again"),
        "{shown:#}"
    );
    on_it("dd if=/dev/zero of=filler bs=64k || true").done();
    let ill = app.owt(&["doctor", "--json"]).json();
    let found = ill["data"]["findings"].as_array().unwrap().iter();
    let full: Vec<&Value> = found.filter(|it| it["code"] == "low_space").map(|it| &it["subject"]).collect();
    assert_eq!(full, [&Value::from(small.display().to_string())], "{ill:#}");
    on_it("rm filler").done();
    app.data(&["delete", "topic", "--force", "--yes"]);
    app.data(&["restore", "topic"]);
    let again = app.data(&["show", "topic"]);
    assert_eq!((&again["task"], &again["status"]), (&shown["task"], &shown["status"]), "{again:#}");
    assert_eq!(on_it("cat theirs").done(), "theirs\n");
}

#[test]
fn a_workspace_is_stopped_while_it_is_installed() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    installing(&app, "echo $$ > \"$RECORD/installing\"; until test -e \"$RECORD/go\"; do sleep 0.05; done");
    let mut starting = begin_to_install(&app, &sealed.record("installing"));
    let stopped = app.data(&["stop", "topic"]);
    let said = (&stopped["was_running"], &stopped["called_off"]);
    assert_eq!(said, (&false.into(), &true.into()), "no session had begun: {stopped:#}");
    assert_eq!(app.only_workspace()["outfit"]["install"], "running", "what is installed is not broken off");
    fs::write(sealed.record("go"), "").unwrap();
    until("the install to end", || app.data(&["show", "topic"])["outfit"]["install"] == "done");
    let shown = app.data(&["show", "topic"]);
    assert_eq!(shown["status"], "exited", "{shown:#}");
    assert_eq!(shown["deliveries"][0]["state"], "failed", "the prompt is not lost in silence: {shown:#}");
    assert_eq!(starting.wait().unwrap(), ExitOutcome::Code(1), "`owt new` says so");
    assert_eq!(sealed.runs("topic"), 0, "no agent was started");
    assert_eq!(app.data(&["stop", "topic"])["called_off"], false, "there is nothing left to call off");
    assert_eq!(app.data(&["resume", "topic"])[0]["outcome"], "begun");
    app.data(&["wait", "topic"]);
    assert_eq!(sealed.runs("topic"), 1);
    assert_eq!(app.workspace("topic").read("made.txt"), "made\n");
}

/// What was installed and set up is not thrown away with a start that fails; and what its setup made elsewhere is taken away
/// with it.
#[test]
fn a_start_that_fails_after_an_install_leaves_the_workspace() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    installing(&app, "echo $$ > \"$RECORD/installing\"; until test -e \"$RECORD/go\"; do sleep 0.05; done");
    let mut starting = begin_to_install(&app, &sealed.record("installing"));
    let config = sealed.owt_home().join("config.toml");
    let before = fs::read_to_string(&config).unwrap();
    sealed.configure("x = \n");
    fs::write(sealed.record("go"), "").unwrap();
    assert_eq!(starting.wait().unwrap(), ExitOutcome::Code(3), "`owt new` says so");
    fs::write(&config, before).unwrap();
    let shown = app.data(&["show", "topic"]);
    assert_eq!(
        (&shown["status"], &shown["outfit"]["install"]),
        (&"failed".into(), &"done".into()),
        "{shown:#}"
    );
    assert!(shown["status_detail"].to_string().contains("config.toml"), "{shown:#}");
    assert_eq!(app.data(&["resume", "topic"])[0]["outcome"], "begun");
    app.data(&["wait", "topic"]);
    assert_eq!(sealed.runs("topic"), 1);
    assert_eq!(app.workspace("topic").read("made.txt"), "made\n");
}

#[test]
fn a_task_that_was_called_off_during_its_install_begins_once_that_has_ended() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    installing(&app, "echo $$ >> \"$RECORD/installs\"; until test -e \"$RECORD/go\"; do sleep 0.05; done");
    let mut starting = begin_to_install(&app, &sealed.record("installs"));
    assert_eq!(app.data(&["resume", "topic", "--dry-run"])[0]["outcome"], "installing");
    app.data(&["stop", "topic"]);
    assert_eq!(starting.wait().unwrap(), ExitOutcome::Code(1), "`owt new` says so");
    assert_eq!(app.data(&["resume", "topic", "--dry-run"])[0]["outcome"], "would_begin");
    let resuming = app.command(&["--json", "resume", "topic"]);
    let mut resuming = resuming.spawn(Streams::piped()).unwrap();
    until("its job to wait", || app.data(&["show", "topic"])["status"] == "starting");
    assert_eq!(sealed.runs("topic"), 0, "not before its packages are there");
    fs::write(sealed.record("go"), "").unwrap();
    assert_eq!(resuming.wait().unwrap(), ExitOutcome::Code(0));
    app.data(&["wait", "topic"]);
    let shown = app.data(&["show", "topic"]);
    assert_eq!(
        (&shown["outfit"]["install"], &shown["status"]),
        (&"done".into(), &"done".into()),
        "{shown:#}"
    );
    assert_eq!(fs::read_to_string(sealed.record("installs")).unwrap().lines().count(), 1, "one install");
    assert_eq!(sealed.runs("topic"), 1, "one agent");
    let states: Vec<&Value> = shown["deliveries"].as_array().unwrap().iter().map(|it| &it["state"]).collect();
    assert_eq!(states, ["failed", "injected"], "{shown:#}");
}

/// Serves its own name on its own port until it is stopped.
const SERVER: &str = r#"
cat > /dev/null
. ./.env
mkdir -p "$RECORD/site.$OWT_WORKTREE_NAME"
printf %s "$OWT_WORKTREE_NAME" > "$RECORD/site.$OWT_WORKTREE_NAME/index.html"
exec python3 -m http.server "$APP_PORT" --bind 127.0.0.1 --directory "$RECORD/site.$OWT_WORKTREE_NAME"
"#;

fn asked(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.rsplit("\r\n\r\n").next().map(str::to_owned)
}

#[test]
fn ten_workspaces_serve_at_once_each_on_its_own_port() {
    let sealed = Sealed::new().with_tool("server", SERVER);
    if !Path::new("/usr/bin/python3").exists() {
        println!("skipped: there is no python3 here");
        return;
    }
    let app = sealed.repository("app");
    app.write(".gitignore", "*.log\n.env\n");
    app.git(&["commit", "-qam", "Ignore"]);
    app.write(".env", "APP_PORT={{ owt.port }}\n");
    let names: Vec<String> = (0..10).map(|number| format!("site{number}")).collect();
    for name in &names {
        app.data(&["new", "Serve", "--branch", name, "--agent", "server", "--headless"]);
    }
    let port =
        |name: &str| u16::try_from(app.data(&["show", name])["outfit"]["port"].as_u64().unwrap()).unwrap();
    for name in &names {
        let port = port(name);
        until("a workspace's server to answer", || asked(port).is_some_and(|said| said == *name));
    }
    for name in &names {
        assert_eq!(asked(port(name)).as_ref(), Some(name), "all of them still serve");
    }
}
