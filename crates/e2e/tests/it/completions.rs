//! What Tab offers of the workspaces that there are, asked as bash asks.

use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use crate::project::Project;
use crate::ran::Ran;
use crate::sealed::Sealed;

fn offered(sealed: &Sealed, folder: &Path, words: &[&str]) -> Vec<String> {
    let asking = sealed
        .owt(folder, ["--", "owt"].iter().chain(words))
        .env("OWT_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "true")
        .env("_CLAP_IFS", "\n");
    let ran = Ran::of(&asking);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "a line that is being typed is no place for errors");
    ran.stdout.lines().filter(|word| !word.starts_with('-')).map(str::to_owned).collect()
}

fn make(app: &Project<'_>, name: &str) {
    app.data(&["new", "Make it", "--branch", name, "--agent", "worker", "--headless"]);
    app.data(&["wait", name]);
}

#[test]
fn outside_of_repositories_all_workspaces_are_offered_and_each_word_finds_its_own() {
    let sealed = Sealed::with_worker();
    let nowhere = sealed.work();
    assert_eq!(offered(&sealed, &nowhere, &["show", ""]), [""; 0], "no server, no error");
    let (app, other) = (sealed.repository("app"), sealed.repository("other"));
    make(&app, "alpha");
    make(&app, "same");
    make(&other, "beta");
    make(&other, "same");
    let mut all = offered(&sealed, &nowhere, &["show", ""]);
    all.sort();
    let folder = |name: &str| nowhere.join(name).to_str().unwrap().to_owned();
    assert_eq!(all, [folder("app-same"), folder("other-same"), "alpha".to_owned(), "beta".to_owned()]);
    for word in &all {
        let ran = Ran::of(&sealed.owt(&nowhere, ["--json", "show", word]));
        assert_eq!(ran.code, 0, "{word}: {ran:#?}");
    }
    assert_eq!(offered(&sealed, &nowhere, &["wait", "beta", "al"]), ["alpha"]);
    assert_eq!(offered(&sealed, &app.root, &["show", ""]), ["alpha", "same"]);
}

#[test]
fn without_a_server_the_first_tab_has_the_names_at_once_and_starts_none() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    make(&app, "alpha");
    make(&app, "beta");
    app.data(&["note", "Look here"]);
    app.data(&["delete", "beta", "--force", "--yes"]);
    app.data(&["server", "stop"]);
    let begun = Instant::now();
    assert_eq!(offered(&sealed, &app.root, &["show", ""]), ["alpha"]);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(offered(&sealed, &app.root, &["restore", ""]), ["beta"]);
    assert_eq!(offered(&sealed, &app.root, &["note", "--remove", ""]), ["1"]);
    app.refused(&["server", "status"], 5, "not_found");
    assert_eq!(app.only_workspace()["name"], "alpha", "the records are as they were");
}
