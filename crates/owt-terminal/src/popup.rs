//! What a person opens over a window of our tmux server: `owt popup --launch FILE WHAT`, which that server runs.
//!
//! It runs as the person, in the workspace of the session and with the environment that it was started with, but for what
//! makes a program known as the session's agent. It must not know what is opened.

use owt_core::AbsPath;
use owt_process::Cmd;
use owt_process::ExitOutcome;
use owt_process::Placement;
use owt_process::Streams;

use crate::launch_file::LaunchFile;
use crate::pane::OF_A_TERMINAL;
use crate::pane::OF_OUR_TMUX;

/// The whole of `owt popup`: runs the program with these words, which are told the workspace's folder, and returns its exit
/// code; 1 where it cannot be run.
pub fn run(launch_file: &AbsPath, program: &AbsPath, words: impl FnOnce(&AbsPath) -> Vec<String>) -> u8 {
    let Ok(launch) = LaunchFile::read(launch_file) else { return 1 };
    if launch.pane_environment.is_empty() {
        // Nobody knows as whom: an agent has begun the session.
        return 1;
    }
    // What is told of all workspaces outlives the one that it is told from.
    let folder = if launch.directory.as_path().is_dir() { launch.directory.as_str() } else { "/" };
    let own = |(name, _): &(&String, &String)| !OF_A_TERMINAL.contains(&name.as_str());
    let spawned = Cmd::new(program.as_str())
        .args(words(&launch.directory))
        .env_remove(OF_OUR_TMUX)
        .envs(launch.pane_environment.iter().filter(own))
        .current_dir(folder)
        // The terminal's foreground group is ours, and the person's Ctrl-C is for the program.
        .placement(Placement::ParentGroup)
        .label("a popup's program")
        .spawn(Streams::inherited());
    match spawned.map(|mut child| child.wait()) {
        Ok(Ok(ExitOutcome::Code(code))) => u8::try_from(code).unwrap_or(1),
        _ => 1,
    }
}
