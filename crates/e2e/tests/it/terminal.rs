//! A person at a terminal: `script` gives the command one, and keys are typed when the screen asks for them.

use std::fs;
use std::io::Write as _;

use crate::patience::until;
use crate::project::Project;

/// What was shown, and how the command ended.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) screen: String,
    pub(crate) code: i32,
}

/// Runs a command line in a terminal; each text is waited for, then its keys are typed.
pub(crate) fn converse(project: &Project<'_>, line: &str, exchange: &[(&str, &str)]) -> Shown {
    let folder = tempfile::tempdir_in(project.sealed.root()).unwrap();
    let (screen, keys) = (folder.path().join("screen"), folder.path().join("keys"));
    project.sealed.command("mkfifo", &project.root).arg(&keys).run_checked().unwrap();
    let script = "exec script -qefc \"$1\" \"$2\" < \"$3\"";
    let command = project.sealed.command("sh", &project.root).args(["-c", script, "sh", line]);
    let command = command.arg(&screen).arg(&keys);
    let shown =
        || fs::read(&screen).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    std::thread::scope(|scope| {
        let ended = scope.spawn(|| command.run().unwrap());
        let mut keyboard = fs::OpenOptions::new().write(true).open(&keys).unwrap();
        for (text, keys) in exchange {
            until(&format!("'{text}' on the screen"), || shown().contains(text) || ended.is_finished());
            // The command may have ended instead; what it showed tells why.
            drop(keyboard.write_all(keys.as_bytes()));
        }
        let code = ended.join().unwrap().status.code().unwrap_or(-1);
        Shown { screen: shown(), code }
    })
}
