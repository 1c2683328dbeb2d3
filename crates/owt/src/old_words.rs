//! Commands and flags of the original programs (open-orchestrator 0.1 to 0.5, Python) that are called otherwise
//! here, and how. A word whose work this version cannot do is not here: it is unknown.

/// The advice for a command.
pub(crate) fn command(word: &str) -> Option<&'static str> {
    COMMANDS.iter().find(|(old, _)| *old == word).map(|(_, advice)| *advice)
}

/// The advice for a flag of a command (of any, where the table says `*`).
pub(crate) fn flag(command: Option<&str>, flag: &str) -> Option<&'static str> {
    FLAGS
        .iter()
        .find(|(of, old, _)| *old == flag && (*of == "*" || command.is_some_and(|word| names(of, word))))
        .map(|(_, _, advice)| *advice)
}

/// Whether a word of the command line is one of `|`-separated names.
fn names(of: &str, word: &str) -> bool {
    of.split('|').any(|name| name == word)
}

const COMMANDS: &[(&str, &str)] = &[
    ("tokens", "tokens are counted by themselves: owt show NAME, owt list --json"),
    ("cost", "cost is counted by itself: owt show NAME, owt list --json"),
    ("health", "what needs you is shown by: owt list"),
    ("session", "owt show NAME, owt attach NAME"),
    ("process", "sessions without a terminal: owt new --headless; then owt list, owt logs, owt stop"),
    ("workspace", "owt list, owt show NAME, owt attach NAME, owt delete NAME"),
    ("tmux", "owt attach NAME"),
];

const FLAGS: &[(&str, &str, &str)] = &[
    ("*", "--legacy-cards", "the board as text: owt list"),
    ("list|ls|status", "--all", "--all-repos"),
    ("list|ls|status", "-a", "--all-repos"),
    ("wait", "--poll", "leave it out: owt is told when something changes"),
    ("send", "--pane", "leave it out: a session has one agent and no other pane"),
    ("send", "-p", "leave it out: a session has one agent and no other pane"),
    ("send", "--no-enter", "leave it out: a message is always submitted"),
    ("send", "--no-log", "leave it out: every message is kept (owt show NAME)"),
    ("new|n|branch", "--workflow", "--plan-mode"),
    (
        "new|n|create|branch",
        "--no-claude",
        "a workspace always has an agent; git worktree add makes one without",
    ),
    ("new|n|create|branch", "--claude", "--agent claude"),
    ("new|n|create|branch", "--droid-skip-permissions", "--permissions bypass"),
    ("new|n|create|branch", "--separate-session", "leave it out: every workspace has a session of its own"),
    ("new|n|create|branch", "--force", "leave it out: a branch that is taken gets a number"),
    ("delete|rm", "--keep-tmux", "end the session with owt stop NAME and keep the workspace"),
    ("status", "--set-status", "leave it out: a status is what was observed"),
    ("status", "--set-task", "owt send NAME \"...\""),
];
