//! `kill -9` of any part: the next command shows the same truth, nothing is lost and nothing runs twice.

use std::fs;

use owt_testkit::scripted_agent::Received;
use owt_testkit::scripted_agent::prompts;
use serde_json::Value;

use crate::agents::WAITER;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;
use crate::terminal::converse;

/// What the scripted agent shows when it listens.
const PROMPT_BOX: &str = "? for shortcuts";

/// What stays the same about a workspace while nothing happens to it.
fn truth(project: &Project<'_>) -> Vec<Value> {
    let keys =
        ["id", "name", "branch", "path", "status", "session", "job", "task", "head_sha", "dirty_files"];
    let listed = project.data(&["list"]);
    let listed = listed.as_array().unwrap().iter();
    listed.map(|it| keys.iter().map(|key| it[key].clone()).collect()).collect()
}

fn start_waiter<'a>(sealed: &'a Sealed, branch: &str) -> Project<'a> {
    let app = sealed.repository("app");
    app.data(&["new", "Wait a while", "--branch", branch, "--agent", "waiter", "--headless"]);
    until("the agent to run", || sealed.runs(branch) == 1);
    app.until_status(branch, "working");
    app
}

#[test]
fn the_server_at_rest() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.data(&["new", "Make it", "--branch", "one", "--agent", "worker", "--headless"]);
    app.data(&["wait", "one"]);
    let before = truth(&app);
    let first = sealed.server_pid();
    sealed.kill_server();
    assert_eq!(truth(&app), before);
    assert_ne!(sealed.server_pid(), first);
    app.data(&["delete", "one", "--force", "--yes"]);
    sealed.kill_server();
    assert_eq!(truth(&app), Vec::<Value>::new());
    app.data(&["restore", "one"]);
    sealed.kill_server();
    assert_eq!(app.only_workspace()["name"], "one");
    assert_eq!(sealed.runs("one"), 1);
}

#[test]
fn the_server_while_a_headless_agent_works() {
    let sealed = Sealed::new().with_tool("waiter", WAITER);
    let app = start_waiter(&sealed, "slow");
    let before = truth(&app);
    sealed.kill_server();
    assert_eq!(truth(&app), before);
    sealed.kill_server();
    sealed.open_gate("slow");
    assert_eq!(app.data(&["wait", "slow"])["outcome"], "done");
    assert!(app.owt(&["logs", "slow"]).done().contains("waiting\nheard go\n"));
    assert_eq!(sealed.runs("slow"), 1);
}

#[test]
fn the_server_while_it_makes_workspaces() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.data(&["list"]);
    for round in 0..4 {
        let branch = format!("b{round}");
        let words = ["--json", "new", "Make it", "--branch", &branch, "--agent", "worker", "--headless"];
        let new = app.command(&words);
        let pid = sealed.server_pid();
        std::thread::scope(|scope| {
            let made = scope.spawn(|| new.run().unwrap());
            // Another moment of the start in each round.
            let worktree = app.root.with_file_name(format!("app-{branch}"));
            until("the start to come this far", || match round {
                0 => true,
                1 => app.git(&["for-each-ref"]).contains(&branch) || made.is_finished(),
                2 => worktree.exists() || made.is_finished(),
                _ => sealed.runs(&branch) == 1 || made.is_finished(),
            });
            processes::kill_and_wait(pid);
            drop(made.join().unwrap());
        });
        let listed = app.data(&["list"]);
        let mine = listed.as_array().unwrap().iter().find(|it| it["branch"] == branch.as_str());
        // Recorded means that it is carried through; not recorded, that nothing is there.
        match mine {
            Some(_) => drop(app.data(&["wait", &branch])),
            None => assert!(!app.git(&["for-each-ref"]).contains(&branch)),
        }
        assert_eq!(sealed.runs(&branch), usize::from(mine.is_some()), "{branch}: {listed:#}");
    }
}

/// A server that an agent's command has started lives among the agent's processes and ends with them.
#[test]
fn the_server_that_an_agent_started() {
    const STARTER: &str = r#"
cat > /dev/null
mkfifo "$RECORD/gate.$OWT_WORKTREE_NAME"
echo "$$" >> "$RECORD/runs.$OWT_WORKTREE_NAME"
read -r word < "$RECORD/gate.$OWT_WORKTREE_NAME"
owt --json list > "$RECORD/within.json"
env -i PATH="$PATH" HOME="$HOME" OWT_HOME="$OWT_HOME" XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" owt --json list > "$RECORD/bare.json"
echo "heard $word"
"#;
    let sealed = Sealed::new().with_tool("waiter", STARTER);
    let app = start_waiter(&sealed, "slow");
    sealed.kill_server();
    sealed.open_gate("slow");
    until("the agent to have asked", || {
        sealed.record("bare.json").metadata().is_ok_and(|file| file.len() > 0)
    });
    let said = |name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(sealed.record(name)).unwrap()).unwrap()
    };
    assert_eq!(said("within.json")["error"]["code"], "server_unreachable");
    assert_eq!(app.data(&["wait", "slow"])["outcome"], "done");
    assert!(app.owt(&["logs", "slow"]).done().contains("heard go\n"));
    assert_eq!(app.only_workspace()["status"], "done");
    assert_eq!(sealed.runs("slow"), 1);
    assert_eq!(said("bare.json")["data"][0]["status"], "working");
}

/// Everything at once, and what lives in memory is gone too: a reboot.
#[test]
fn the_machine() {
    let sealed = Sealed::with_worker().with_tool("waiter", WAITER).with_scripted_claude();
    let app = sealed.repository("app");
    app.data(&["new", "Make it", "--branch", "finished", "--agent", "worker", "--headless"]);
    app.data(&["wait", "finished"]);
    app.data(&["new", "Wait a while", "--branch", "slow", "--agent", "waiter", "--headless"]);
    until("the agent to run", || sealed.runs("slow") == 1);
    let (_, prompt) = gated(&sealed);
    app.data(&["new", &prompt, "--branch", "talk", "--agent", "claude", "--structured"]);
    app.data(&["new", "Look around", "--branch", "screen", "--agent", "claude", "--tmux"]);
    app.until_status("slow", "working");
    app.until_status("talk", "working");
    app.until_status("screen", "idle");
    let folder = |name: &str| app.workspace(name).root;
    let folders = ["finished", "slow", "talk", "screen"].map(folder);
    fs::write(folders[1].join("half.txt"), "half done\n").unwrap();
    // The first to go is who would write down the end of the others.
    processes::kill_and_wait(sealed.server_pid());
    while let [first, ..] = sealed.processes()[..] {
        processes::kill_and_wait(first);
    }
    for entry in fs::read_dir(sealed.root().join("run")).unwrap() {
        fs::remove_dir_all(entry.unwrap().path()).unwrap();
    }
    let listed = app.data(&["list"]);
    let mut told: Vec<(&str, &str, bool)> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["name"].as_str().unwrap(), it["status"].as_str().unwrap(), it["session"].is_null()))
        .collect();
    told.sort_unstable();
    let gone = [
        ("finished", "done", true),
        ("screen", "failed", true),
        ("slow", "failed", true),
        ("talk", "failed", true),
    ];
    assert_eq!(told, gone, "{listed:#}");
    app.refused(&["wait", "slow", "screen", "talk"], 1, "agent_failed");
    app.refused(&["send", "screen", "Are you there?"], 1, "no_session");
    app.refused(&["send", "talk", "Are you there?"], 1, "no_session");
    assert!(app.owt(&["logs", "slow"]).done().contains("waiting\n"));
    assert_eq!(app.data(&["show", "slow"])["dirty_files"], 1);
    assert_eq!(fs::read_to_string(folders[1].join("half.txt")).unwrap(), "half done\n");
    for name in ["slow", "talk", "screen"] {
        assert_eq!(app.data(&["show", name])["attempts"].as_array().unwrap().len(), 1, "{name}");
    }
    assert_eq!(
        (sealed.runs("finished"), sealed.runs("slow"), sealed.starts()),
        (1, 1, 2),
        "nothing ran again"
    );
    app.data(&["delete", "slow", "--force", "--yes"]);
    app.data(&["restore", "slow"]);
    assert_eq!(app.workspace("slow").read("half.txt"), "half done\n");
    // What comes now works as ever, tmux too.
    app.data(&["new", "Look again", "--branch", "after", "--agent", "claude", "--tmux"]);
    app.until_status("after", "idle");
}

/// A pipe that the scripted agent waits for, and the prompt that makes it wait.
fn gated(sealed: &Sealed) -> (std::path::PathBuf, String) {
    let gate = sealed.record("gate");
    sealed.command("mkfifo", &sealed.work()).arg(&gate).run_checked().unwrap();
    let steps = format!(r#"[[script:[{{"wait_for":"{}"}},{{"say":"through the gate"}}]]]"#, gate.display());
    (gate, format!("Wait for it {steps}"))
}

fn server_killed_during(session: &str) {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    let (gate, prompt) = gated(&sealed);
    app.data(&["new", &prompt, "--branch", "chat", "--agent", "claude", session]);
    until("the prompt to arrive", || prompts(&sealed.received()).len() == 1);
    app.until_status("chat", "working");
    let before = truth(&app);
    sealed.kill_server();
    assert_eq!(truth(&app), before, "{session}");
    // The turn ends, and its hooks report, while no server runs: they are taken in by the next.
    sealed.kill_server();
    fs::write(gate, "go\n").unwrap();
    let spool = sealed.owt_home().join("data/spool");
    until("the hooks to report", || fs::read_dir(&spool).is_ok_and(|found| found.count() > 0));
    app.until_status("chat", "idle");
    until("the reports to be taken in", || fs::read_dir(&spool).unwrap().count() == 0);
    app.data(&["send", "chat", "--wait", "--timeout", "50s", "And now?"]);
    assert_eq!(prompts(&sealed.received()), [prompt.as_str(), "And now?"], "{session}: each once");
    assert_eq!(sealed.starts(), 1);
}

#[test]
fn the_server_during_a_structured_session() {
    server_killed_during("--structured");
}

#[test]
fn the_server_during_a_session_in_tmux() {
    server_killed_during("--tmux");
}

fn hosts(sealed: &Sealed) -> Vec<u32> {
    processes::with_word(&sealed.processes(), "host")
}

#[test]
fn the_host_of_a_headless_agent() {
    let sealed = Sealed::new().with_tool("waiter", WAITER);
    let app = start_waiter(&sealed, "slow");
    let agent: u32 = fs::read_to_string(sealed.record("runs.slow")).unwrap().trim().parse().unwrap();
    let hosts = hosts(&sealed);
    assert_eq!(hosts.len(), 1);
    assert!(processes::is_alive(agent));
    processes::kill_and_wait(hosts[0]);
    app.until_status("slow", "failed");
    until("the stray agent to be ended", || !processes::is_alive(agent));
    app.refused(&["wait", "slow"], 1, "agent_failed");
    let shown = app.data(&["show", "slow"]);
    assert_eq!(shown["attempts"].as_array().unwrap().len(), 1, "nothing is tried again by itself: {shown:#}");
    assert_eq!(sealed.runs("slow"), 1);
}

#[test]
fn the_host_and_the_server_at_once() {
    let sealed = Sealed::new().with_tool("waiter", WAITER);
    let app = start_waiter(&sealed, "slow");
    let agent: u32 = fs::read_to_string(sealed.record("runs.slow")).unwrap().trim().parse().unwrap();
    let server = sealed.server_pid();
    let hosts = hosts(&sealed);
    processes::kill_and_wait(server);
    processes::kill_and_wait(hosts[0]);
    app.until_status("slow", "failed");
    until("the stray agent to be ended", || !processes::is_alive(agent));
    assert_eq!(sealed.runs("slow"), 1);
}

#[test]
fn the_tmux_server() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    let (gate, prompt) = gated(&sealed);
    app.data(&["new", &prompt, "--branch", "chat", "--agent", "claude", "--tmux"]);
    until("the prompt to arrive", || prompts(&sealed.received()).len() == 1);
    app.until_status("chat", "working");
    let agent = sealed.received().iter().find_map(|it| match it {
        Received::Started { pid, .. } => Some(*pid),
        _ => None,
    });
    let tmux: Vec<u32> = sealed.processes().into_iter().filter(|pid| is_tmux_server(*pid)).collect();
    assert_eq!(tmux.len(), 1);
    processes::kill_and_wait(tmux[0]);
    fs::write(gate, "go\n").unwrap();
    app.until_status("chat", "idle");
    assert!(processes::is_alive(agent.unwrap()), "the agent outlives the tmux server");
    app.data(&["send", "chat", "--wait", "--timeout", "50s", "And now?"]);
    assert_eq!(prompts(&sealed.received()), [prompt.as_str(), "And now?"]);
    assert_eq!(sealed.starts(), 1);
    let shown = converse(&app, "owt attach chat", &[(PROMPT_BOX, "\u{2}d")]);
    assert!(shown.code == 0 && shown.screen.contains(PROMPT_BOX), "{shown:?}");
}

fn is_tmux_server(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "tmux: server")
}
