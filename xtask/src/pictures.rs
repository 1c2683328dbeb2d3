//! `cargo xtask pictures`: the pictures of the board, drawn by its own code, and those of commands, made by the real program in a real terminal (tmux, on a socket
//! of its own) and drawn as SVG.

mod svg;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use crate::demo;
use crate::failure::Failure;
use crate::program::Program;
use crate::recordings;
use crate::rig::Rig;
use crate::toolbox;
use crate::workspace::Workspace;

const FOLDER: &str = "docs/pictures";

/// The terminal's columns and rows.
const COLUMNS: &str = "116";
const ROWS: &str = "36";

/// How long the program may take to show something.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// What `list.svg` shows: options of `owt new`, the task, and what its row says in the end.
const WORK: [(&str, &str, &str); 5] = [
    ("--headless", "Fix the rounding of prices", "done"),
    ("--headless", "Add user authentication with JWT [[demo:stall]]", "working"),
    ("--structured", "Write docs for the checkout [[demo:ask]]", "needs a yes"),
    ("--structured", "Speed up the search", "idle"),
    ("--headless", "Upgrade the payment library [[demo:fail=authentication]]", "failed"),
];

/// Makes all of them; those of the board are drawn by its own code, and a test holds them to it.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    recordings::example(workspace, "owt-tui", "pictures").run()?;
    toolbox::tmux()?;
    let rig = Rig::set_up(&demo::build(workspace)?)?;
    let folder = workspace.root.join(FOLDER);
    let made = fs::create_dir_all(&folder).map_err(|error| Failure::at(&folder, error));
    let made = made.and_then(|()| {
        keep(&folder.join("demo.svg"), "owt demo", &demonstration(&rig)?)?;
        keep(&folder.join("list.svg"), "owt list", &list(&rig)?)
    });
    made.and(rig.take_down())?;
    println!("made {FOLDER}/demo.svg, list.svg");
    Ok(())
}

fn keep(path: &PathBuf, title: &str, screen: &str) -> Result<(), Failure> {
    fs::write(path, svg::drawn(title, screen)).map_err(|error| Failure::at(path, error))
}

/// `owt demo` when its agents are done.
fn demonstration(rig: &Rig) -> Result<String, Failure> {
    let terminal = Terminal::open(rig, "demo", &rig.root.clone(), &["demo"])?;
    terminal.screen_when(|screen| screen.contains("remove all of this"))
}

/// `owt list` with an agent in each of several states.
fn list(rig: &Rig) -> Result<String, Failure> {
    let repository = rig.repository("shop")?;
    for (mode, task, _) in WORK {
        let bare = task.split(" [[").next().unwrap_or(task);
        let prompt = rig.root.join("prompt.txt");
        fs::write(&prompt, task).map_err(|error| Failure::at(&prompt, error))?;
        let branch = format!("feat/{}", bare.to_lowercase().split(' ').take(3).collect::<Vec<_>>().join("-"));
        let file = prompt.display().to_string();
        let options = ["--agent", "demo", "--permissions", "edits", "--title", bare, "--branch", &branch];
        let arguments = [&["new", "--prompt-file", &file, mode], &options[..]].concat();
        rig.owt_in(&repository, &arguments).timed()?;
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let listed = rig.owt_in(&repository, &["list"]).read()?;
        if WORK.iter().all(|(_, _, state)| listed.contains(state)) {
            break;
        }
        look_again(rig, deadline, "the agents are not in the states that the picture shows")?;
    }
    let terminal = Terminal::open(rig, "list", &repository, &["list"])?;
    terminal.screen_when(|screen| WORK.iter().all(|(_, _, state)| screen.contains(state)))
}

/// A program in a terminal of its own.
struct Terminal<'a> {
    rig: &'a Rig,
    socket: String,
}

impl<'a> Terminal<'a> {
    fn open(rig: &'a Rig, name: &str, folder: &std::path::Path, arguments: &[&str]) -> Result<Self, Failure> {
        let terminal = Self { rig, socket: rig.root.join(format!("{name}.sock")).display().to_string() };
        let folder = folder.display().to_string();
        let program = rig.program.display().to_string();
        // Several words are a program and its arguments: no shell reads them.
        let session =
            ["new-session", "-d", "-x", COLUMNS, "-y", ROWS, "-c", &folder, "-e", "OWT_DEMO_PACE=1", "--"];
        let options = ["start-server", ";", "set-option", "-g", "remain-on-exit", "on", ";"];
        let words = [&options, &session[..], &[&program, "--theme", "dark"], arguments].concat();
        terminal.tmux(&words).timed()?;
        Ok(terminal)
    }

    fn tmux(&self, arguments: &[&str]) -> Program {
        let own = ["-S", &self.socket, "-f", "/dev/null"];
        let tmux = Program::new("tmux").args(own).args(arguments.iter().copied());
        tmux.environment(self.rig.environment()).variable("TERM", "xterm-256color")
    }

    /// What it shows, with colours, once that holds.
    fn screen_when(&self, holds: impl Fn(&str) -> bool) -> Result<String, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if holds(&self.tmux(&["capture-pane", "-p"]).read()?) {
                // A program that has ended leaves a note of tmux, and the first row goes into the history for it.
                let screen = self.tmux(&["capture-pane", "-p", "-e", "-S", "-1"]).read()?;
                return Ok(screen
                    .split_inclusive('\n')
                    .filter(|row| !row.contains("Pane is dead"))
                    .collect());
            }
            look_again(self.rig, deadline, "the terminal does not show what the picture needs")?;
        }
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        drop(self.tmux(&["kill-server"]).timed());
    }
}

/// A screen that is looked at tells nobody when it changes.
fn look_again(rig: &Rig, deadline: Instant, why: &str) -> Result<(), Failure> {
    rig.pause(LOOK)?;
    if Instant::now() < deadline { Ok(()) } else { Err(Failure::new(why)) }
}
