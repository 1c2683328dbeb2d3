//! What `--dry-run` says is what would be done, by the real program.

use crate::sealed::Sealed;

#[test]
fn a_preview_names_what_would_be_made_and_refuses_what_would_be_refused() {
    let sealed = Sealed::new();
    sealed.make_repository();
    let ran =
        sealed.run(&["new", "Mend prices", "--agent", "demo", "--model", "m1", "--headless", "--dry-run"]);
    let shown = ran.stdout.replace(sealed.home.path().to_str().unwrap(), "");
    let shown: Vec<&str> = shown.lines().map(|line| line.split(" from main at").next().unwrap()).collect();
    // On a slow machine there are signs of life too.
    let said: Vec<&str> = ran.stderr.lines().filter(|line| !line.ends_with("...")).collect();
    insta::assert_snapshot!(format!("{}\n{}\n[exit {}]", shown.join("\n"), said.join("\n"), ran.code), @r"
    mend-prices  would be made
      Branch       feat/mend-prices
      Folder       /work-feat-mend-prices
      Agent        demo (structured), model m1
      Permissions  ask
    note: nothing was done (--dry-run)
    note: structured, not headless: demo cannot enforce 'ask' headless
    [exit 0]
    ");
    for arguments in [
        &["create", "main", "--agent", "demo", "--dry-run", "--json"][..],
        &["create", "main", "--agent", "demo", "--json"],
    ] {
        let refused = sealed.run(arguments);
        let code = refused.json()["error"]["code"].clone();
        assert_eq!((refused.code, code.as_str()), (3, Some("branch_checked_out")), "{refused:?}");
    }
    assert_eq!(sealed.run(&["list"]).stdout, "No workspaces yet.\n");
}

#[test]
fn previewed_rivals_have_the_names_that_real_ones_get() {
    let sealed = Sealed::new().with("OWT_DEMO_PACE", "0");
    sealed.make_repository();
    let words = ["new", "Add it", "--agent", "demo,demo", "--headless", "--permissions", "edits", "--json"];
    let named = |words: &[&str]| {
        let made = sealed.run(words).json()["data"].clone();
        let of = |key: &str| made.as_array().unwrap().iter().map(|one| one[key].clone()).collect::<Vec<_>>();
        ["name", "branch", "path"].map(of)
    };
    let previewed = named(&[&words[..], &["--dry-run"]].concat());
    assert_ne!(previewed[0][0], previewed[0][1]);
    assert_eq!(named(&words), previewed);
}

#[test]
fn a_hint_says_what_the_message_does_not_and_what_can_be_done() {
    let sealed = Sealed::new();
    sealed.make_repository();
    let refused =
        |words: &[&str]| sealed.run(&[words, &["--dry-run", "--json"]].concat()).json()["error"].clone();
    let missing = refused(&["new", "Add it", "--agent", "codex"]);
    let (message, hint) = (missing["message"].as_str().unwrap(), missing["hint"].as_str().unwrap());
    assert!(missing["code"] == "agent_missing" && !message.contains(hint), "{missing}");
    for place in [&["branch", "--branch", "main", "Add it"][..], &["new", "--branch", "main", "Add it"]] {
        let taken = refused(&[place, &["--agent", "demo"]].concat());
        assert_eq!(taken["code"], "branch_taken");
        assert!(!taken["hint"].as_str().unwrap().contains("owt create"), "{taken}");
    }
}

#[test]
fn what_was_made_is_said_once() {
    let sealed = Sealed::new().with("OWT_DEMO_PACE", "0");
    sealed.make_repository();
    let ran = sealed.run(&["new", "Add it", "--agent", "demo,demo", "--headless", "--permissions", "edits"]);
    assert_eq!((ran.code, ran.stderr.contains("note:")), (0, false), "{ran:?}");
    assert_eq!(ran.stdout.matches("Permissions  edits").count(), 2, "{ran:?}");
    let dry = sealed.run(&["new", "Again", "--agent", "demo,demo", "--headless", "--dry-run"]);
    assert_eq!(dry.stderr.matches("note: nothing was done (--dry-run)\n").count(), 1, "{dry:?}");
}
