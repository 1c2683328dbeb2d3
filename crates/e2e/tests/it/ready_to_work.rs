//! A new worktree has what its tests need: private files, packages, ports of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::patience::until;
use crate::project::Project;
use crate::ran::Ran;
use crate::sealed::Sealed;

const WORKER: &[&str] = &["--agent", "worker", "--headless"];

fn begun(app: &Project<'_>, branch: &str, more: &[&str]) -> Value {
    let made = app.data(&[&["new", "Mend it", "--branch", branch], more, WORKER].concat());
    app.data(&["wait", made["name"].as_str().unwrap()]);
    app.data(&["show", made["name"].as_str().unwrap()])
}

/// Node with a dependency in a folder beside it: npm needs no network for that.
pub(crate) fn node_project(app: &Project<'_>) {
    app.write("greet/package.json", r#"{"name": "greet", "version": "1.0.0"}"#);
    app.write("greet/index.js", "module.exports = 'hello';\n");
    app.write(
        "package.json",
        r#"{"name": "app", "version": "1.0.0", "scripts": {"test": "node check.js", "dev": "node serve.js"},
            "dependencies": {"greet": "file:greet"}}"#,
    );
    app.write("check.js", "if (require('greet') !== 'hello') process.exit(1);\n");
    app.write(".gitignore", "*.log\nnode_modules\n.env\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "A project of Node"]);
}

#[test]
fn private_files_come_along_with_paths_and_ports_of_their_own() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.write(".gitignore", "*.log\n.env\nlocal/\n");
    app.write(".worktreeinclude", "local/settings.json\n../outside\nlocal/[a\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Ignore what is private"]);
    let root = app.root.to_str().unwrap();
    app.write(".env", &format!("PORT={{{{ owt.port }}}}\nDATA={root}/data\n"));
    app.write("local/settings.json", "{}\n");
    app.write("CLAUDE.md", "for me alone\n");
    let said = app.owt(&["new", "Look", "--branch", "said", "--agent", "worker", "--headless"]).stderr;
    assert!(
        said.contains(".worktreeinclude:3: 'local/[a' names nothing") && said.contains("../outside"),
        "{said}"
    );
    let shown = begun(&app, "one", &[]);
    let other = begun(&app, "two", &[]);
    let there = app.workspace("one");
    let port = shown["outfit"]["port"].as_u64().unwrap();
    assert_ne!(shown["outfit"]["port"], other["outfit"]["port"]);
    let folder = there.root.to_str().unwrap();
    assert_eq!(there.read(".env"), format!("PORT={port}\nDATA={folder}/data\n"));
    let mode = fs::metadata(there.root.join(".env")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "a secret is its owner's alone");
    assert_eq!(there.read("local/settings.json"), "{}\n");
    assert!(!there.root.join("CLAUDE.md").exists(), "git would show it");
    assert_eq!(there.git(&["status", "--porcelain"]), "");
    let notices = shown["furnishing"]["notices"].to_string();
    assert!(notices.contains("CLAUDE.md was left out") && notices.contains("../outside"), "{notices}");
    assert!(notices.contains(".worktreeinclude:3: 'local/[a' names nothing"), "{notices}");
    let listed = app.data(&["list"]);
    let listed = listed.as_array().unwrap().iter().find(|it| it["name"] == "one").unwrap();
    assert_eq!(listed["outfit"]["notices"], shown["furnishing"]["notices"]);
    app.data(&["delete", "one", "--force", "--yes"]);
    assert_eq!(begun(&app, "three", &[])["outfit"]["port"], port, "what was given back is given again");
}

#[test]
fn paths_by_the_name_that_the_persons_shell_has_for_the_checkout_are_rewritten() {
    let sealed = Sealed::with_worker();
    let link = sealed.work().join("by-link");
    let sealed = sealed.with("PWD", &link);
    let app = sealed.repository("app");
    std::os::unix::fs::symlink(&app.root, &link).unwrap();
    app.write(".gitignore", "*.log\n.env\n");
    app.git(&["commit", "-qam", "Ignore what is private"]);
    app.write(".env", &format!("A={}/a\nB={}/b\n", link.display(), app.root.display()));
    begun(&app, "one", &[]);
    let there = app.workspace("one");
    let root = there.root.display();
    assert_eq!(there.read(".env"), format!("A={root}/a\nB={root}/b\n"));
}

#[test]
fn what_belongs_to_agents_comes_along_from_every_folder_where_git_ignores_it() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.write(
        ".gitignore",
        "CLAUDE.md\n/.claude/commands/\n/.codex/\n/.opencode/\n/opencode.json\n/built/\n",
    );
    app.write("web/index.html", "x\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Keep what is for agents out"]);
    let root = app.root.to_str().unwrap();
    app.write("web/CLAUDE.md", &format!("See {root}/web/index.html\n"));
    app.write("built/CLAUDE.md", "made by a build\n");
    app.write(".claude/commands/go.md", "Run it on {{ owt.port }}\n");
    app.write(".codex/config.toml", "model = \"a\"\n");
    app.write(".codex/auth.json", "{}\n");
    app.write(".codex/sessions/2026/a.jsonl", "{}\n");
    app.write(".opencode/node_modules/a/index.js", "x\n");
    app.write(".opencode/agent/a.md", "x\n");
    app.write("opencode.json", "{}\n");
    let shown = begun(&app, "one", &[]);
    let there = app.workspace("one");
    let port = shown["outfit"]["port"].as_u64().unwrap();
    assert_eq!(there.read("web/CLAUDE.md"), format!("See {}/web/index.html\n", there.root.display()));
    assert_eq!(there.read(".claude/commands/go.md"), format!("Run it on {port}\n"));
    for come in [".codex/config.toml", ".opencode/agent/a.md", "opencode.json"] {
        assert!(there.root.join(come).is_file(), "{come}: {shown:#}");
    }
    let mode = fs::metadata(there.root.join(".codex/auth.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "a secret is its owner's alone");
    for left in ["built", ".codex/sessions", ".opencode/node_modules"] {
        assert!(!there.root.join(left).exists(), "{left}");
    }
    assert_eq!(there.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_node_project_is_installed_before_the_agent_starts() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    node_project(&app);
    let bare = begun(&app, "bare", &["--no-deps"]);
    assert_eq!(bare["outfit"]["install"], "off");
    let told = app.owt(&["show", "bare"]).done();
    assert!(told.contains("packages are not installed (--no-deps); to install them: npm install"), "{told}");
    assert!(!app.workspace("bare").root.join("node_modules").exists());
    let shown = begun(&app, "topic", &[]);
    assert_eq!(shown["outfit"]["install"], "done", "{shown:#}");
    assert!(!app.owt(&["show", "topic"]).done().contains("not installed"));
    let there = app.workspace("topic");
    assert_eq!(there.read("node_modules/greet/index.js"), "module.exports = 'hello';\n");
    assert_eq!(there.git(&["status", "--porcelain"]), "");
    assert!(fs::metadata(shown["furnishing"]["install_log"].as_str().unwrap()).is_ok());
}

#[test]
fn packages_are_installed_when_the_configuration_says() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    node_project(&app);
    sealed.configure("[worktree]\ninstall = \"off\"\n");
    assert_eq!(begun(&app, "off", &[])["outfit"]["install"], "off");
    let said = app.owt(&["new", "Look", "--branch", "said", "--agent", "worker", "--headless"]);
    assert!(said.stderr.contains("packages are not installed (worktree.install is off)"), "{said:?}");
    assert!(!app.workspace("off").root.join("node_modules").exists());
    let file = sealed.owt_home().join("config.toml");
    let off = fs::read_to_string(&file).unwrap();
    fs::write(file, off.replace("install = \"off\"", "install = \"background\"")).unwrap();
    begun(&app, "later", &[]);
    until("the install to end", || app.data(&["show", "later"])["outfit"]["install"] == "done");
    assert!(app.workspace("later").root.join("node_modules/greet/index.js").exists());
}

/// A variable is a layer over the files, for all that is done later, too.
#[test]
fn what_a_variable_says_holds_for_what_is_installed_leased_and_cleaned_up_later() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    node_project(&app);
    let with = |name: &str, value: &str, words: &[&str]| Ran::of(&app.command(words).env(name, value)).json();
    let new = ["new", "Look", "--agent", "worker", "--headless", "--json", "--branch"];
    with("OWT_WORKTREE_INSTALL", "off", &[&new[..], &["off"]].concat());
    app.data(&["wait", "off"]);
    assert_eq!(app.data(&["show", "off"])["outfit"]["install"], "off");
    assert!(!app.workspace("off").root.join("node_modules").exists(), "nothing of the repository ran");

    with("OWT_WORKTREE_PORTS", "32000-32099", &[&new[..], &["ported", "--no-deps"]].concat());
    app.data(&["wait", "ported"]);
    let port = app.data(&["show", "ported"])["outfit"]["port"].as_u64().unwrap();
    assert!((32000..32100).contains(&port), "{port}");

    app.git(&["merge", "-q", "off"]);
    let goes = || {
        let found = with("OWT_CLEANUP_IDLE", "1s", &["cleanup", "--dry-run", "--json"]);
        found["data"]["items"].as_array().unwrap().iter().any(|it| it["workspace"] == "off")
    };
    until("a second to pass", goes);
    assert_eq!(app.data(&["cleanup", "--dry-run"])["items"], serde_json::json!([]), "it said so once");
}

#[test]
fn a_failed_install_is_told_and_loses_nothing() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    node_project(&app);
    let broken =
        r#"{"name": "app", "dependencies": {"greet": "file:greet"}, "scripts": {"install": "exit 7"}}"#;
    app.write("package.json", broken);
    app.git(&["commit", "-qam", "Break the install"]);
    let shown = begun(&app, "topic", &[]);
    assert_eq!(shown["outfit"]["install"], "failed", "{shown:#}");
    assert_ne!(shown["furnishing"]["install_failures"], serde_json::json!([]));
    assert_eq!(app.workspace("topic").read("made.txt"), "made\n", "the agent worked all the same");
}

#[test]
fn what_comes_back_has_its_ports_again_unless_another_has_them_now() {
    let sealed = Sealed::with_worker();
    // Homes of other tests give theirs out at the same time.
    sealed.configure("[worktree]\nports = \"31000-31099\"\n");
    let app = sealed.repository("app");
    app.write(".gitignore", "*.log\n.env\n");
    app.git(&["commit", "-qam", "Ignore what is private"]);
    app.write(".env", "PORT={{ owt.port }}\n");
    let port = |name: &str| app.data(&["show", name])["outfit"]["port"].as_u64().unwrap();
    begun(&app, "before", &[]);
    let first = begun(&app, "topic", &[])["outfit"]["port"].as_u64().unwrap();
    app.data(&["delete", "topic", "--force", "--yes"]);
    // A lower block is free as well, and would be the first to be given.
    app.data(&["delete", "before", "--force", "--yes"]);
    app.data(&["restore", "topic"]);
    until("the ports to be given", || app.data(&["show", "topic"])["outfit"]["port"].is_u64());
    assert_eq!((first, port("topic")), (31_010, 31_010));
    assert_eq!(app.workspace("topic").read(".env"), format!("PORT={first}\n"));
    app.data(&["delete", "topic", "--force", "--yes"]);
    begun(&app, "low", &[]);
    assert_eq!(begun(&app, "taker", &[])["outfit"]["port"], first);
    app.data(&["restore", "topic"]);
    until("the ports to be given", || app.data(&["show", "topic"])["outfit"]["port"].is_u64());
    assert_ne!(port("topic"), first);
    assert_ne!(port("topic"), port("low"));
}
