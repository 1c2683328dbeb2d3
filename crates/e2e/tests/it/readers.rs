//! What goes on printing ends quietly when nobody reads any more, although there is nothing more to print.

use std::time::Duration;

use crate::sealed::Sealed;

/// Long before anything would change.
const SOON: Duration = Duration::from_secs(30);

#[test]
fn what_is_watched_ends_when_the_reader_is_gone() {
    let sealed = Sealed::new().with_tool("talker", "echo hello\nexec sleep 600\n");
    let app = sealed.repository("app");
    app.data(&["new", "Talk", "--branch", "topic", "--agent", "talker", "--headless"]);
    let follows = "until [ -n \"$(owt logs topic)\" ]; do :; done; ";
    for (before, command) in [
        ("", "owt list --watch"),
        ("", "owt list --watch --json"),
        ("", "owt conflicts --watch"),
        (follows, "owt logs topic --follow"),
        (follows, "owt logs topic --follow --json"),
    ] {
        let script = format!("{before}{{ {command}; echo \"code $?\" >&2; }} | head -1");
        let ran = sealed.command("sh", &app.root).args(["-c", &script]).timeout(SOON).run().unwrap();
        assert!(ran.success(), "{command}: {}", ran.stderr_utf8_lossy());
        assert_ne!(ran.stdout_utf8_lossy(), "", "{command}");
        assert_eq!(ran.stderr_utf8_lossy(), "code 0\n", "{command}");
    }
}
