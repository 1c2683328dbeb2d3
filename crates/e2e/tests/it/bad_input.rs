//! Bad input: one clear error with a hint, a stable code, the right exit code, and everything half made taken back.

use std::fs;

use serde_json::Value;

use crate::agents::WAITER;
use crate::agents::WORKER;
use crate::agents::install_script;
use crate::project::Project;
use crate::ran::Ran;
use crate::sealed::Sealed;

/// The command fails so, and leaves no branch, no worktree, no folder, no record, and an untouched checkout.
#[track_caller]
fn leaves_nothing(project: &Project<'_>, words: &[&str], exit: i32, code: &str) -> Value {
    let (traces, witness) = (project.traces(), project.witness());
    let error = project.refused(words, exit, code);
    assert_eq!(project.traces(), traces, "{words:?}");
    witness.assert_untouched(&[]);
    error
}

#[track_caller]
fn says(error: &Value, key: &str, words: &[&str]) {
    let text = error[key].as_str().unwrap();
    for word in words {
        assert!(text.contains(word), "'{word}' in the {key}: {error:#}");
    }
}

#[test]
fn outside_of_a_repository() {
    let sealed = Sealed::with_worker();
    let plain = sealed.at(sealed.work());
    plain.refused(&["new", "Do it", "--agent", "worker", "--headless"], 2, "not_a_repository");
    plain.refused(&["list"], 2, "not_a_repository");
    assert_eq!(plain.data(&["list", "--all-repos"]), serde_json::json!([]));
    assert_eq!(fs::read_dir(sealed.work()).unwrap().count(), 0);
}

#[test]
fn a_repository_without_commits() {
    let sealed = Sealed::with_worker();
    let root = sealed.work().join("fresh");
    fs::create_dir(&root).unwrap();
    let fresh = sealed.at(root);
    fresh.git(&["init", "-q"]);
    leaves_nothing(&fresh, &["new", "Do it", "--agent", "worker", "--headless"], 2, "no_commits");
}

#[test]
fn names_that_nobody_or_several_have() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    for name in ["login-page", "login-form"] {
        app.data(&["new", "Mend it", "--branch", name, "--agent", "worker", "--headless"]);
        app.data(&["wait", name]);
    }
    let (traces, witness) = (app.traces(), app.witness());
    let about = |name| {
        [
            vec!["show", name],
            vec!["status", name],
            vec!["logs", name],
            vec!["stop", name],
            vec!["wait", name],
            vec!["send", name, "hello"],
            vec!["answer", name, "allow"],
            vec!["delete", name, "--yes"],
            vec!["delete", name, "--force", "--yes"],
        ]
    };
    for words in about("nobody") {
        app.refused(&words, 5, "not_found");
    }
    for words in about("login") {
        let error = app.refused(&words, 5, "ambiguous");
        let mut candidates: Vec<_> =
            error["candidates"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        candidates.sort_unstable();
        assert_eq!(candidates, ["login-form", "login-page"], "{words:?}");
    }
    app.refused(&["restore", "nobody"], 5, "not_found");
    assert_eq!(app.traces(), traces);
    witness.assert_untouched(&[]);
}

#[test]
fn tasks_that_say_nothing() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    for words in [&["new"][..], &["new", ""], &["new", "  \n\t "], &["branch"], &["branch", " "]] {
        let words = [words, &["--agent", "worker", "--headless"]].concat();
        leaves_nothing(&app, &words, 2, "empty_task");
    }
    let words = ["new", "!!! ... ???", "--agent", "worker", "--headless"];
    leaves_nothing(&app, &words, 2, "no_usable_word");
}

#[test]
fn branches_that_cannot_be() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.git(&["branch", "feat"]);
    app.git(&["branch", "topic/deep"]);
    let with_branch = |branch| ["new", "Do it", "--branch", branch, "--agent", "worker", "--headless"];
    leaves_nothing(&app, &with_branch("main"), 3, "branch_taken");
    leaves_nothing(&app, &with_branch("feat"), 3, "branch_taken");
    let error = leaves_nothing(&app, &with_branch("feat/x"), 3, "ref_conflict");
    says(&error, "message", &["feat/x", "feat"]);
    leaves_nothing(&app, &with_branch("topic"), 3, "ref_conflict");
    for bad in ["a..b", "-x", "x.lock", "a b", "/x", "x/", "a~1", "@{x"] {
        let branch = format!("--branch={bad}");
        let words = ["new", "Do it", &branch, "--agent", "worker", "--headless"];
        leaves_nothing(&app, &words, 2, "bad_branch_name");
    }
    // The branch that the task itself would get.
    let words = ["new", "Add a thing", "--agent", "worker", "--headless"];
    leaves_nothing(&app, &words, 3, "ref_conflict");
    let words = ["new", "Do it", "--base", "nowhere", "--agent", "worker", "--headless"];
    leaves_nothing(&app, &words, 5, "unknown_base");
}

#[test]
fn a_folder_in_the_way() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.write("../app-topic/theirs.txt", "theirs\n");
    let words = ["new", "Do it", "--branch", "topic", "--agent", "worker", "--headless"];
    leaves_nothing(&app, &words, 3, "path_taken");
    assert_eq!(app.read("../app-topic/theirs.txt"), "theirs\n");
}

#[test]
fn agents_that_are_not_there() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let error = leaves_nothing(&app, &["new", "Do it", "--agent", "codex"], 5, "agent_missing");
    says(&error, "hint", &["npm install"]);
    let error = leaves_nothing(&app, &["new", "Do it", "--agent", "nobody"], 5, "unknown_agent");
    assert!(error["candidates"].to_string().contains("claude"), "{error:#}");
    leaves_nothing(&app, &["new", "Do it"], 5, "no_agents");
}

#[test]
fn levels_and_sessions_that_an_agent_cannot_have() {
    let sealed = Sealed::with_worker().with_scripted_claude();
    sealed.configure("[tools.terminal-only]\nbinary = \"worker\"\n");
    let app = sealed.repository("app");
    let refused =
        |words: &[&str]| leaves_nothing(&app, &[&["new", "Do it"], words].concat(), 3, "unsupported");
    refused(&["--agent", "worker", "--headless", "--permissions", "bypass"]);
    refused(&["--agent", "worker", "--structured"]);
    refused(&["--agent", "worker", "--headless", "--plan-mode"]);
    refused(&["--agent", "terminal-only", "--headless"]);
}

#[test]
fn a_broken_configuration_of_the_person() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let (traces, witness) = (app.traces(), app.witness());
    sealed.configure("[worktree]\nbase_direktory = \"../elsewhere\"\n");
    let words = ["new", "Do it", "--agent", "worker", "--headless"];
    let error = app.refused(&words, 2, "bad_configuration");
    says(&error, "message", &["config.toml", "base_direktory", "base_directory"]);
    let line = fs::read_to_string(sealed.owt_home().join("config.toml")).unwrap().lines().count();
    says(&error, "message", &[&format!(":{line}")]);
    fs::write(sealed.owt_home().join("config.toml"), "[worktree\n").unwrap();
    app.refused(&words, 2, "bad_configuration");
    fs::remove_file(sealed.owt_home().join("config.toml")).unwrap();
    assert_eq!(app.traces(), traces);
    witness.assert_untouched(&[]);
}

#[test]
fn a_broken_configuration_of_the_repository() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.write(".worktreerc.toml", "[limits]\nwall = \"soon\"\n");
    let words = ["new", "Do it", "--agent", "worker", "--headless"];
    let error = leaves_nothing(&app, &words, 2, "bad_configuration");
    says(&error, "message", &[".worktreerc.toml:2", "wall"]);
    app.write(".worktreerc.toml", "[tools.evil]\nbinary = \"sh\"\n");
    let error = leaves_nothing(&app, &words, 2, "bad_configuration");
    says(&error, "message", &[".worktreerc.toml:1", "tools"]);
}

#[test]
fn without_tmux() {
    let sealed = Sealed::new();
    let only = sealed.root().join("tools");
    fs::create_dir(&only).unwrap();
    for tool in ["cat", "mkfifo"] {
        std::os::unix::fs::symlink(format!("/usr/bin/{tool}"), only.join(tool)).unwrap();
    }
    fs::remove_file(sealed.bin().join("tmux")).unwrap();
    let path = format!("{}:{}", sealed.bin().display(), only.display());
    let sealed = sealed.with("PATH", path).with_tool("worker", WORKER);
    let app = sealed.repository("app");
    let error = leaves_nothing(&app, &["new", "Do it", "--agent", "worker", "--tmux"], 1, "tmux_unusable");
    says(&error, "hint", &["install tmux", "--pty"]);
    app.data(&["new", "Do it", "--branch", "x", "--agent", "worker", "--headless"]);
    app.data(&["wait", "x"]);
}

#[test]
fn a_tmux_that_cannot_be_used() {
    let sealed = Sealed::with_worker();
    fs::remove_file(sealed.bin().join("tmux")).unwrap();
    let app = sealed.repository("app");
    for (says_it_is, words) in [
        ("echo 'tmux 3.2a'", &["tmux 3.2a", "too old", "3.3"][..]),
        ("echo 'tmux 1.8'", &["too old"]),
        ("echo 'a screen, I think'", &["a screen, I think", "3.3"]),
        ("exit 1", &["3.3"]),
        ("kill -SEGV $$", &["3.3"]),
    ] {
        install_script(&sealed, "tmux", &format!("{says_it_is}\n"));
        for words_of_new in [&["new", "Do it"][..], &["create", "topic"], &["branch", "Do it"]] {
            let words_of_new = [words_of_new, &["--agent", "worker", "--tmux"]].concat();
            let error = leaves_nothing(&app, &words_of_new, 1, "tmux_unusable");
            says(&error, "message", words);
            says(&error, "hint", &["install tmux", "--pty"]);
        }
    }
    // It may be installed while the server runs.
    fs::remove_file(sealed.bin().join("tmux")).unwrap();
    let tmux = owt_process::find_program("tmux", "/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin", &[]);
    sealed.link("tmux", tmux.unwrap().as_path());
    app.data(&["new", "Do it", "--branch", "x", "--agent", "worker", "--tmux"]);
}

#[test]
fn a_socket_path_that_is_too_long() {
    let sealed = Sealed::with_worker();
    let long = sealed.root().join("r".repeat(100));
    fs::create_dir(&long).unwrap();
    fs::set_permissions(&long, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let sealed = sealed.with("XDG_RUNTIME_DIR", long);
    let app = sealed.repository("app");
    let words = ["new", "Do it", "--agent", "worker", "--headless"];
    app.refused(&words, 1, "socket_path_too_long");
    assert_eq!(app.git(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
    assert_eq!(app.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn words_that_fit_no_command() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    app.refused(&["lsit"], 2, "usage");
    app.refused(&["new", "Do it", "--heedless"], 2, "usage");
    app.refused(&["new", "Do it", "--headless", "--tmux"], 2, "flag_conflict");
    app.refused(&["new", "Do it", "--prompt-file", "x.md"], 2, "flag_conflict");
    app.refused(&["new", "--prompt-file", "nowhere.md"], 2, "prompt_file");
}

#[test]
fn four_of_the_same_task_at_once() {
    let sealed = Sealed::new().with_tool("waiter", WAITER).with("OWT_CONTEXT", "off");
    let app = sealed.repository("app");
    let witness = app.witness();
    let start = || {
        let words = ["--json", "new", "Add user authentication", "--agent", "waiter", "--headless"];
        Ran::of(&app.command(&words)).data()
    };
    let made: Vec<Value> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    for key in ["id", "name", "branch", "path", "job"] {
        let mut values: Vec<_> = made.iter().map(|it| it[key].as_str().unwrap()).collect();
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), 4, "each has its own {key}: {values:?}");
    }
    let refs: Vec<String> =
        made.iter().map(|it| format!("refs/heads/{}", it["branch"].as_str().unwrap())).collect();
    for name in made.iter().map(|it| it["name"].as_str().unwrap()) {
        let gate = sealed.record(&format!("gate.{name}"));
        crate::patience::until("the agent to listen", || gate.exists() && sealed.runs(name) == 1);
        sealed.open_gate(name);
        app.data(&["wait", name]);
        assert_eq!(sealed.runs(name), 1);
        let prompt = fs::read_to_string(sealed.record(&format!("prompt.{name}"))).unwrap();
        assert_eq!(prompt.trim_end(), "Add user authentication");
    }
    witness.assert_untouched(&refs.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn paths_with_spaces_and_unicode() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("mein projekt ü 日本 'q\" $(x)");
    let witness = app.witness();
    let made = app.data(&["new", "Füge ein Gerät hinzu", "--agent", "worker", "--headless"]);
    let name = made["name"].as_str().unwrap();
    app.data(&["wait", name]);
    let there = app.workspace(name);
    assert_eq!(there.read("made.txt"), "made\n");
    assert_eq!(there.data(&["show", "."])["id"], made["id"]);
    let branch = format!("refs/heads/{}", made["branch"].as_str().unwrap());
    witness.assert_untouched(&[&branch]);
    app.data(&["delete", name, "--force", "--yes"]);
    app.data(&["restore", name]);
    assert_eq!(there.read("made.txt"), "made\n");
}
