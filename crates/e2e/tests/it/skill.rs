//! What teaches agents to drive owt: written where the agent looks, never over what is not owt's, and gone again
//! without a trace.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;
use crate::sealed::binary;

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.is_dir() && !path.is_symlink() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).unwrap().display().to_string();
                    found.insert(name, fs::read(&path).unwrap());
                }
            }
        }
    }
    found
}

/// What is installed in a repository.
const FOR_ALL: [&str; 6] = [
    "commands/worktree.md",
    "commands/wt-cleanup.md",
    "commands/wt-create.md",
    "commands/wt-list.md",
    "commands/wt-status.md",
    "skills/owt/SKILL.md",
];

/// What a person gets, with the file that the hook is in.
fn for_one() -> Vec<&'static str> {
    let mut names = FOR_ALL.to_vec();
    names.insert(5, "settings.json");
    names
}

fn names(folder: &Path) -> Vec<String> {
    files(folder).into_keys().collect()
}

/// What one word of each file of an answer is, if it is the same for all.
#[track_caller]
fn all_are(answer: &Value, key: &str) -> String {
    let files = answer["files"].as_array().unwrap();
    assert_eq!(files.len(), if answer["place"] == "user" { for_one().len() } else { FOR_ALL.len() });
    let first = files[0][key].as_str().unwrap();
    assert!(files.iter().all(|file| file[key] == first), "{answer:#}");
    first.to_owned()
}

#[test]
fn it_is_installed_for_the_person_renewed_and_removed() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let folder = sealed.home_folder().join(".claude");
    let witness = app.witness();
    assert_eq!(all_are(&app.data(&["skill", "install", "--dry-run"]), "action"), "write");
    app.refused(&["skill", "install"], 3, "needs_confirmation");
    assert!(!folder.exists(), "nothing was written");
    assert_eq!(all_are(&app.data(&["skill", "install", "--yes"]), "action"), "write");
    assert_eq!(names(&folder), for_one());
    let first = files(&folder);
    assert_eq!(all_are(&app.data(&["skill", "install"]), "action"), "leave");
    let shown = app.data(&["skill", "show", "wt-list"]);
    assert_eq!(shown["text"].as_str().unwrap().as_bytes(), first["commands/wt-list.md"]);

    // As an earlier version would have left it: other words, sealed the same way.
    let older = app.data(&["skill", "show", "wt-status"])["text"].as_str().unwrap().to_owned();
    fs::write(folder.join("commands/wt-list.md"), older).unwrap();
    let renewed = app.data(&["skill", "install", "--yes"]);
    let actions: Vec<_> = renewed["files"].as_array().unwrap().iter().map(|file| &file["action"]).collect();
    assert_eq!(actions.iter().filter(|action| **action == "renew").count(), 1, "{renewed:#}");
    assert_eq!(files(&folder), first);

    fs::write(folder.join("commands/mine.md"), "mine").unwrap();
    assert_eq!(all_are(&app.data(&["skill", "uninstall", "--yes"]), "action"), "remove");
    assert_eq!(names(&folder), ["commands/mine.md"]);
    assert!(!folder.join("skills").exists());
    witness.assert_untouched(&[]);
}

#[test]
fn it_goes_where_claude_code_was_told_to_look() {
    let sealed = Sealed::new();
    let elsewhere = sealed.root().join("else where");
    let sealed = sealed.with("CLAUDE_CONFIG_DIR", &elsewhere);
    let app = sealed.repository("app");
    app.data(&["skill", "install", "--yes"]);
    assert_eq!(names(&elsewhere), for_one());
    assert!(!sealed.home_folder().join(".claude").exists());
    let listed = app.data(&["skill", "list"]);
    let of = |place: &str, state: &str| {
        let is = |one: &&Value| one["place"] == place && one["state"] == state;
        listed.as_array().unwrap().iter().filter(is).count()
    };
    assert_eq!((of("user", "current"), of("project", "absent")), (7, 6), "{listed:#}");
    app.data(&["skill", "uninstall", "--yes"]);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0, "no empty folder stays behind");
}

#[test]
fn what_is_not_owts_or_was_changed_stays_as_it_is() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let folder = sealed.home_folder().join(".claude");
    fs::create_dir_all(folder.join("commands")).unwrap();
    fs::write(folder.join("commands/worktree.md"), "My own\n").unwrap();
    let refused = app.refused(&["skill", "install", "--yes"], 3, "foreign_file");
    assert!(refused["hint"].as_str().unwrap().contains("owt skill show worktree | diff"), "{refused}");
    assert_eq!(names(&folder), ["commands/worktree.md"], "all or nothing");
    fs::remove_file(folder.join("commands/worktree.md")).unwrap();

    let outside = sealed.work().join("outside");
    fs::write(&outside, "outside").unwrap();
    symlink(&outside, folder.join("commands/wt-list.md")).unwrap();
    app.refused(&["skill", "install", "--yes"], 3, "foreign_file");
    assert_eq!(fs::read(&outside).unwrap(), b"outside");
    fs::remove_file(folder.join("commands/wt-list.md")).unwrap();

    app.data(&["skill", "install", "--yes"]);
    let changed = folder.join("skills/owt/SKILL.md");
    let text = fs::read_to_string(&changed).unwrap().replace("# Driving owt", "# Driving owt my way");
    fs::write(&changed, &text).unwrap();
    app.refused(&["skill", "install", "--yes"], 3, "foreign_file");
    app.data(&["skill", "uninstall", "--yes"]);
    assert_eq!(names(&folder), ["skills/owt/SKILL.md"], "the rest was owt's alone");
    assert_eq!(fs::read_to_string(&changed).unwrap(), text);
}

#[test]
fn in_a_repository_it_is_for_the_checkout_one_is_in() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let witness = app.witness();
    app.git(&["worktree", "add", "-q", "-b", "other", "../other"]);
    let other = app.beside(sealed.work().join("other"));
    fs::create_dir(other.root.join("deep")).unwrap();
    let installed = sealed.at(other.root.join("deep")).data(&["skill", "install", "--project", "--yes"]);
    assert_eq!(all_are(&installed, "action"), "write");
    assert_eq!(names(&other.root.join(".claude")), FOR_ALL);
    other.git(&["add", ".claude"]);
    let listed = other.data(&["skill", "uninstall", "--project", "--dry-run"]);
    let tracked = listed["files"].as_array().unwrap().iter().filter(|file| file["tracked"] == true).count();
    assert_eq!(tracked, FOR_ALL.len(), "{listed:#}");
    witness.assert_untouched(&["refs/heads/other"]);

    let outside = sealed.work().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, app.root.join(".claude")).unwrap();
    app.refused(&["skill", "install", "--project", "--yes"], 3, "foreign_file");
    assert_eq!(names(&outside), [""; 0]);
    let nowhere = sealed.at(&outside);
    nowhere.refused(&["skill", "install", "--project", "--yes"], 2, "not_a_repository");
}

#[test]
fn the_hook_goes_into_the_persons_settings_and_leaves_every_byte_of_theirs() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let settings = sealed.home_folder().join(".claude/settings.json");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    let theirs =
        "{ \"model\":\"opus\",\r\n\t\"hooks\" : {\"SessionStart\": [\n  {\"hooks\": []} ], \"Stop\": []}}";
    fs::write(&settings, theirs).unwrap();
    fs::set_permissions(&settings, fs::Permissions::from_mode(0o600)).unwrap();
    let planned = app.owt(&["skill", "install", "--dry-run"]).done();
    assert!(planned.contains("settings.json (the hook in it)"), "{planned}");
    assert_eq!(fs::read_to_string(&settings).unwrap(), theirs);
    app.data(&["skill", "install", "--yes"]);
    let with = fs::read_to_string(&settings).unwrap();
    let value: Value = serde_json::from_str(&with).unwrap();
    let command = &value["hooks"]["SessionStart"][0]["hooks"][0]["command"];
    assert_eq!(command, "owt session-context 2>/dev/null || true");
    assert_eq!(settings.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(all_are(&app.data(&["skill", "install"]), "action"), "leave");
    app.data(&["skill", "uninstall", "--yes"]);
    assert_eq!(fs::read_to_string(&settings).unwrap(), theirs);

    let shown = app.data(&["skill", "show", "session-context"])["text"].as_str().unwrap().to_owned();
    let snippet: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(snippet["hooks"]["SessionStart"][0], value["hooks"]["SessionStart"][0]);
    let outside = sealed.work().join("dotfiles.json");
    fs::write(&outside, "{}").unwrap();
    for (file, why) in [(None, "symbolic link"), (Some("{\n  // mine\n}"), "no plain JSON")] {
        fs::remove_file(&settings).unwrap();
        match file {
            None => symlink(&outside, &settings).unwrap(),
            Some(text) => fs::write(&settings, text).unwrap(),
        }
        let said = app.owt(&["skill", "install", "--yes"]).done();
        let line = said.lines().find(|line| line.contains("settings.json")).unwrap();
        assert!(line.starts_with("left alone: ") && line.contains(why), "{said}");
        assert!(line.contains("owt skill show session-context"), "{said}");
        assert_eq!(names(settings.parent().unwrap()), for_one(), "the rest is installed");
        assert_eq!(fs::read_to_string(&settings).unwrap(), file.unwrap_or("{}"));
        app.data(&["skill", "uninstall", "--yes"]);
        assert_eq!(fs::read_to_string(&settings).unwrap(), file.unwrap_or("{}"));
    }
}

/// What the hook of the person's settings prints in a folder.
fn hook_says(sealed: &Sealed, folder: &Path, more: &[(&str, &str)]) -> String {
    let settings = fs::read(sealed.home_folder().join(".claude/settings.json")).unwrap();
    let settings: Value = serde_json::from_slice(&settings).unwrap();
    let command = settings["hooks"]["SessionStart"][0]["hooks"][0]["command"].as_str().unwrap();
    let mut shell = sealed.command("sh", folder).args(["-c", command]);
    for (name, value) in more {
        shell = shell.env(*name, *value);
    }
    let output = shell.timeout(Duration::from_secs(60)).run_checked().unwrap();
    assert!(output.stderr.is_empty(), "{}", output.stderr_utf8_lossy());
    output.stdout_utf8_lossy().into_owned()
}

#[test]
fn a_session_that_the_person_starts_in_a_worktree_is_told_where_it_is() {
    let sealed = Sealed::new().with_tool("tool", "exit 0\n");
    sealed.link("owt", &binary());
    let app = sealed.repository("app");
    app.data(&["skill", "install", "--yes"]);
    app.data(&["note", "The users table has moved"]);
    app.data(&["new", "Begin", "--branch", "topic", "--agent", "tool", "--headless"]);
    app.data(&["wait", "topic"]);
    let shown = app.data(&["show", "topic"]);
    let there = app.workspace("topic").root;
    fs::create_dir(there.join("deep")).unwrap();
    for folder in [there.clone(), there.join("deep")] {
        let mut said = String::new();
        // A server that is busy is not waited for.
        until("the hook to say where it is", || {
            said = hook_says(&sealed, &folder, &[]);
            !said.is_empty()
        });
        let said: Value = serde_json::from_str(&said).unwrap();
        let output = &said["hookSpecificOutput"];
        assert_eq!(output["hookEventName"], "SessionStart");
        let text = output["additionalContext"].as_str().unwrap();
        let port = shown["outfit"]["port"].as_u64().unwrap().to_string();
        for words in
            ["did not start this session", "on the branch `topic`", &port, "> The users table has moved"]
        {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("How to go about it"), "{text}");
    }
    assert_eq!(hook_says(&sealed, &there, &[("OWT_ATTEMPT", "att_1")]), "", "it was told at its start");
    assert_eq!(hook_says(&sealed, &app.root, &[]), "", "this is the person's own checkout");
    app.owt(&["server", "stop"]).done();
    assert_eq!(hook_says(&sealed, &there, &[]), "");
    app.refused(&["server", "status"], 5, "not_found");
    fs::remove_file(sealed.bin().join("owt")).unwrap();
    assert_eq!(hook_says(&sealed, &there, &[]), "", "owt is not there any more");
}

fn block(app: &Project<'_>) -> String {
    app.data(&["skill", "agents-md"])["text"].as_str().unwrap().to_owned()
}

#[test]
fn the_block_for_agents_md_is_printed_and_written_only_when_that_is_asked() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let printed = app.owt(&["skill", "agents-md"]).done();
    assert_eq!(printed, block(&app));
    assert!(!app.root.join("AGENTS.md").exists());

    app.write("AGENTS.md", "# Ours\n\nBe good.\n");
    app.git(&["add", "AGENTS.md"]);
    app.git(&["commit", "-q", "-m", "Say how"]);
    app.refused(&["skill", "agents-md", "--write"], 3, "needs_confirmation");
    let preview = app.owt(&["skill", "agents-md", "--write", "--dry-run"]).done();
    assert!(preview.contains("git tracks"), "{preview}");
    assert_eq!(app.git(&["status", "--porcelain"]), "");
    let written = app.data(&["skill", "agents-md", "--write", "--yes"]);
    assert_eq!((&written["action"], &written["tracked"]), (&"write".into(), &true.into()));
    assert_eq!(app.read("AGENTS.md"), format!("# Ours\n\nBe good.\n\n{}", block(&app)));
    assert_eq!(app.data(&["skill", "agents-md", "--write", "--yes"])["action"], "leave");

    let kept = app.read("AGENTS.md");
    app.write("AGENTS.md", &kept.replace("owt list", "owt ls"));
    app.refused(&["skill", "agents-md", "--write", "--yes"], 3, "foreign_file");
    app.refused(&["skill", "agents-md", "--remove", "--yes"], 3, "foreign_file");
    app.write("AGENTS.md", &kept);
    app.data(&["skill", "agents-md", "--remove", "--yes"]);
    assert_eq!(app.read("AGENTS.md"), "# Ours\n\nBe good.\n");
    assert_eq!(app.git(&["status", "--porcelain"]), "");

    fs::remove_file(app.root.join("AGENTS.md")).unwrap();
    symlink("README.md", app.root.join("AGENTS.md")).unwrap();
    app.refused(&["skill", "agents-md", "--write", "--yes"], 3, "foreign_file");
    fs::remove_file(app.root.join("AGENTS.md")).unwrap();
    app.data(&["skill", "agents-md", "--write", "--yes"]);
    app.data(&["skill", "agents-md", "--remove", "--yes"]);
    assert!(!app.root.join("AGENTS.md").exists(), "it was owt's alone");
}
