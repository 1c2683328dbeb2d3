//! Checks that change what they are to judge.

use super::*;

/// What the second check wants, and only the first one makes.
const JUDGE: &str = "echo judged >> \"$RECORD/judged\"\ngrep -q formatted one.txt\n";

#[test]
fn what_a_check_has_changed_is_not_what_lands_so_it_fails_by_name() {
    for (rewrites, named) in [
        ("echo formatted > one.txt\n", "one.txt"),
        (
            "echo formatted > one.txt\ngit -c user.name=c -c user.email=c@d commit -q -a -m format\n",
            "HEAD, one.txt",
        ),
    ] {
        let sealed = house();
        install_script(&sealed, "format", rewrites);
        install_script(&sealed, "judge", JUDGE);
        let app = sealed.repository("app");
        app.write(".worktreerc.toml", "[landing]\nchecks = [\"format\", \"judge\"]\n");
        app.git(&["add", "-A"]);
        app.git(&["commit", "-q", "-m", "Rules"]);
        for content in app.data(&["approvals"]).as_array().unwrap() {
            app.data(&["approvals", "allow", content["digest"].as_str().unwrap()]);
        }
        finish(&app, "one");
        let before = tip(&app, "main");
        let shipped = incomplete(&app);
        let out = out(&shipped, "one");
        assert_eq!(out["code"], "checks_failed", "{shipped:#}");
        let reason = out["reason"].as_str().unwrap();
        assert!(reason.contains(&format!("'format' changed tracked files: {named};")), "{reason}");
        let error = app.owt(&["ship", "one", "--yes", "--json"]).refused(1, "checks_failed");
        assert!(error["message"].as_str().unwrap().contains("what lands is what was checked"), "{error:#}");
        assert_eq!(tip(&app, "main"), before);
        assert_tidy(&app);
        // One that writes the same again, or new files, changes nothing of what lands.
        install_script(&sealed, "format", "cat one.txt > copy && cat copy > one.txt\n");
        install_script(&sealed, "judge", "test -e copy\n");
        app.data(&["ship", "one", "--yes"]);
    }
}
