//! `kill -9` of the server while something lands: it has landed, once, or everything is as before.

use std::io::Write as _;
use std::path::Path;

use super::finish;
use super::has;
use super::tip;
use crate::agents::install_script;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

/// Asks again until the landing of a branch has ended; it has landed.
fn landed_in_the_end(app: &Project<'_>, branch: &str) {
    until("the landing to end", || {
        let ran = app.owt(&["merge", branch, "--json"]);
        match ran.json()["error"]["code"].as_str() {
            None | Some("not_found") => true,
            // It has landed, and its workspace is on the way out.
            Some("git_busy" | "nothing_to_land") => false,
            Some(other) => panic!("{other}: {:#}", ran.json()),
        }
    });
}

/// It landed once, and nothing of the way there is left.
#[track_caller]
fn assert_landed_once(app: &Project<'_>, branch: &str, lands: &str) {
    assert!(has(app, "main", lands), "{branch}");
    let merges = app.git(&["log", "--merges", "--format=%s", "main"]);
    let times = merges.lines().filter(|line| line.contains(&format!("'{branch}'"))).count();
    assert_eq!(times, 1, "{merges}");
    assert_eq!(app.git(&["status", "--porcelain"]), "");
    assert_eq!(app.git(&["for-each-ref", "refs/owt/landings"]), "");
}

#[test]
fn the_server_while_work_lands() {
    let sealed = Sealed::new()
        .with_tool("worker", &crate::agents::WORKER.replace("made.txt", "\"$OWT_WORKTREE_NAME.txt\""));
    let app = sealed.repository("app");
    for round in 0..6 {
        let branch = format!("b{round}");
        finish(&app, &branch);
        let (before, lands) = (tip(&app, "main"), tip(&app, &branch));
        let folder = app.root.with_file_name(format!("app-{branch}"));
        let merge = app.command(&["merge", &branch, "--json"]);
        let pid = sealed.server_pid();
        std::thread::scope(|scope| {
            let merging = scope.spawn(|| merge.run().unwrap());
            // Another moment of the landing in each round.
            until("the landing to come this far", || {
                merging.is_finished()
                    || match round {
                        0 => true,
                        1 => is_any(&sealed.owt_home().join("data/scratch/landing")),
                        2 => is_any(&app.root.join(".git/worktrees").join("tree")),
                        3 => is_any(&app.root.join(".git/refs/owt/landings")),
                        4 => tip(&app, "main") != before,
                        _ => !folder.exists(),
                    }
            });
            processes::kill_and_wait(pid);
            drop(merging.join().unwrap());
        });
        landed_in_the_end(&app, &branch);
        until("the workspace to go", || !folder.exists());
        assert_landed_once(&app, &branch, &lands);
    }
    until("the private worktrees to go", || {
        app.git(&["worktree", "list", "--porcelain"]).matches("worktree ").count() == 1
    });
}

fn is_any(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut names| names.next().is_some())
}

#[test]
fn the_server_while_a_hook_runs() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    finish(&app, "topic");
    let lands = tip(&app, "topic");
    let before = tip(&app, "main");
    let gate = sealed.record("gate");
    install_script(&sealed, "hook", "echo \"$$\" >> \"$RECORD/hooks\"\nread -r word < \"$RECORD/gate\"\n");
    std::fs::copy(sealed.bin().join("hook"), app.root.join(".git/hooks/pre-merge-commit")).unwrap();
    app.git(&["-c", "alias.pipe=!mkfifo", "pipe", gate.to_str().unwrap()]);
    let listed = app.data(&["approvals"]);
    app.data(&["approvals", "allow", listed[0]["digest"].as_str().unwrap()]);
    let hooks = || std::fs::read_to_string(sealed.record("hooks")).unwrap_or_default().lines().count();
    let merge = app.command(&["merge", "topic", "--json"]);
    std::thread::scope(|scope| {
        let merging = scope.spawn(|| merge.run().unwrap());
        until("the hook to run", || hooks() == 1);
        processes::kill_and_wait(sealed.server_pid());
        drop(merging.join().unwrap());
    });
    assert_eq!(tip(&app, "main"), before);
    // The next server makes the commit anew; the hook of the first still waits, and changes nothing.
    app.data(&["list"]);
    until("the hook to run again", || hooks() == 2);
    assert_eq!(tip(&app, "main"), before);
    // Open both ways it waits for nobody, and held until the end it lets no hook read an end before its line; one that is
    // asked for once more finds a line, too.
    let mut open = std::fs::OpenOptions::new().read(true).write(true).open(&gate).unwrap();
    open.write_all("go\n".repeat(50).as_bytes()).unwrap();
    landed_in_the_end(&app, "topic");
    drop(open);
    assert_landed_once(&app, "topic", &lands);
}
