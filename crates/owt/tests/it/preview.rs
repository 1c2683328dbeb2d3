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
fn what_was_made_is_said_once() {
    let sealed = Sealed::new().with("OWT_DEMO_PACE", "0");
    sealed.make_repository();
    let ran = sealed.run(&["new", "Add it", "--agent", "demo,demo", "--headless", "--permissions", "edits"]);
    assert_eq!((ran.code, ran.stderr.contains("note:")), (0, false), "{ran:?}");
    assert_eq!(ran.stdout.matches("Permissions  edits").count(), 2, "{ran:?}");
    let dry = sealed.run(&["new", "Again", "--agent", "demo,demo", "--headless", "--dry-run"]);
    assert_eq!(dry.stderr.matches("note: nothing was done (--dry-run)\n").count(), 1, "{dry:?}");
}
