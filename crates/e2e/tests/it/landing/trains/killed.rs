//! `kill -9` of the server while the queue lands: in the end what was checked has landed, once, and nobody waits.

use super::HELD;
use super::assert_tidy;
use super::checked;
use super::go;
use super::house;
use super::runs;
use crate::landing::finish;
use crate::landing::tip;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

/// The moments of a train, each as its journal knows it and as one can see it from outside.
#[derive(Debug, Clone, Copy)]
enum Moment {
    Begun,
    BuildingTheFirst,
    WithACandidate,
    CheckingTheWhole,
    CheckingForTheCulprit,
    LandedAPart,
    WorkspacesGo,
}

const MOMENTS: [Moment; 7] = [
    Moment::Begun,
    Moment::BuildingTheFirst,
    Moment::WithACandidate,
    Moment::CheckingTheWhole,
    Moment::CheckingForTheCulprit,
    Moment::LandedAPart,
    Moment::WorkspacesGo,
];

fn is_any(folder: &std::path::Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut names| names.next().is_some())
}

fn has_come(moment: Moment, sealed: &Sealed, app: &Project<'_>, before: &str) -> bool {
    match moment {
        Moment::Begun => true,
        Moment::BuildingTheFirst => is_any(&sealed.owt_home().join("data/scratch/landing")),
        Moment::WithACandidate => is_any(&app.root.join(".git/refs/owt/landings")),
        Moment::CheckingTheWhole => runs(sealed) >= 1,
        Moment::CheckingForTheCulprit => runs(sealed) >= 2,
        Moment::LandedAPart => tip(app, "main") != before,
        Moment::WorkspacesGo => ["a", "c"].iter().any(|name| !folder(app, name).exists()),
    }
}

fn folder(app: &Project<'_>, name: &str) -> std::path::PathBuf {
    app.root.with_file_name(format!("app-{name}"))
}

/// Asks for it until no train is under way; one that was begun is joined.
fn lands_in_the_end(app: &Project<'_>) {
    until("the train to end", || {
        let ran = app.owt(&["queue", "--ship", "--yes", "--json"]);
        let told = ran.json();
        match told["error"]["code"].as_str() {
            None => true,
            Some("ship_incomplete") => told["data"]["landed"].as_array().unwrap().is_empty(),
            Some(other) => panic!("{other}: {told:#}"),
        }
    });
}

fn killed_at(moment: Moment) {
    let sealed = house();
    sealed.configure("[landing]\nconcurrency = \"1\"\n");
    let app = checked(&sealed, HELD);
    for name in ["a", "bad", "c"] {
        finish(&app, name);
    }
    let before = tip(&app, "main");
    let ship = app.command(&["queue", "--ship", "--yes", "--json"]);
    let pid = sealed.server_pid();
    std::thread::scope(|scope| {
        // Before that the checks are held, so that the moment is there to be seen.
        if matches!(moment, Moment::CheckingForTheCulprit | Moment::LandedAPart | Moment::WorkspacesGo) {
            go(&sealed);
        }
        let shipping = scope.spawn(|| ship.run().unwrap());
        until("the train to come this far", || {
            shipping.is_finished() || has_come(moment, &sealed, &app, &before)
        });
        processes::kill_and_wait(pid);
        go(&sealed);
        drop(shipping.join().unwrap());
    });
    lands_in_the_end(&app);
    for name in ["a", "c"] {
        let merges = app.git(&["log", "--merges", "--format=%s", "main"]);
        let times = merges.lines().filter(|line| line.contains(&format!("'{name}'"))).count();
        assert_eq!(times, 1, "{moment:?}: {merges}");
        until("the workspace to go", || !folder(&app, name).exists());
    }
    assert!(!app.root.join("bad.txt").exists(), "{moment:?}: the target is green");
    assert_eq!(app.git(&["status", "--porcelain"]), "", "{moment:?}");
    assert!(folder(&app, "bad").exists(), "{moment:?}: what is out stays");
    assert_tidy(&app);
}

#[test]
fn the_server_while_a_train_is_built() {
    MOMENTS[..3].iter().for_each(|moment| killed_at(*moment));
}

#[test]
fn the_server_while_a_train_is_checked() {
    MOMENTS[3..5].iter().for_each(|moment| killed_at(*moment));
}

#[test]
fn the_server_while_a_train_lands() {
    MOMENTS[5..].iter().for_each(|moment| killed_at(*moment));
}
