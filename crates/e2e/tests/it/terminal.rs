//! A person at a terminal: `script` gives the command one, and keys are typed when the screen asks for them.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use owt_process::Cmd;

use crate::patience::comes_to_hold;
use crate::project::Project;

/// What was shown, and how the command ended.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) screen: String,
    pub(crate) code: i32,
}

/// Runs a command line in a terminal; each text is waited for, then its keys are typed.
pub(crate) fn converse(project: &Project<'_>, line: &str, exchange: &[(&str, &str)]) -> Shown {
    let command = |program: &str| project.sealed.command(program, &project.root);
    converse_in(project.sealed.root(), command, line, exchange)
}

/// The same where `command` says how programs are started; what the terminal needs lies in a folder below `beside`.
pub(crate) fn converse_in(
    beside: &Path,
    command: impl Fn(&str) -> Cmd,
    line: &str,
    exchange: &[(&str, &str)],
) -> Shown {
    let folder = tempfile::tempdir_in(beside).unwrap();
    let (screen, keys) = (folder.path().join("screen"), folder.path().join("keys"));
    command("mkfifo").arg(&keys).run_checked().unwrap();
    let script = "exec script -qefc \"$1\" \"$2\" < \"$3\"";
    let typed = command("sh").args(["-c", script, "sh", line]).arg(&screen).arg(&keys);
    let shown =
        || fs::read(&screen).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    std::thread::scope(|scope| {
        let ended = scope.spawn(|| typed.run().unwrap());
        let mut keyboard = fs::OpenOptions::new().write(true).open(&keys).unwrap();
        for (text, keys) in exchange {
            let there = comes_to_hold(|| shown().contains(text) || ended.is_finished());
            // Without its keyboard the command ends, and with it the thread.
            assert!(there, "no {text:?} on the screen, which is:\n{}", shown().escape_debug());
            // The command may have ended instead; what it showed tells why.
            drop(keyboard.write_all(keys.as_bytes()));
        }
        let code = ended.join().unwrap().status.code().unwrap_or(-1);
        Shown { screen: shown(), code }
    })
}
