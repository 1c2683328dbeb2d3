//! Agents for tests: small programs that record what reached them, and the scripted agent in Claude Code's place.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use owt_testkit::lab::built_program;
use owt_testkit::scripted_agent::Received;
use owt_testkit::scripted_agent::read_received;

use crate::sealed::Sealed;

/// Says that it was started, keeps what it is told, makes a file, commits it, and ends.
pub(crate) const WORKER: &str = r#"
echo "$$" >> "$RECORD/runs.$OWT_WORKTREE_NAME"
cat > "$RECORD/prompt.$OWT_WORKTREE_NAME"
echo "working on it"
echo made > made.txt
git add made.txt && git commit -q -m "Make something"
echo "finished"
"#;

/// Says that it was started, then works until a line is written into its pipe.
pub(crate) const WAITER: &str = r#"
cat > "$RECORD/prompt.$OWT_WORKTREE_NAME"
mkfifo "$RECORD/gate.$OWT_WORKTREE_NAME"
echo "$$" >> "$RECORD/runs.$OWT_WORKTREE_NAME"
echo "waiting"
read -r word < "$RECORD/gate.$OWT_WORKTREE_NAME"
echo "heard $word"
"#;

/// Puts a shell script on the home's `PATH`.
pub(crate) fn install_script(sealed: &Sealed, name: &str, script: &str) {
    let program = sealed.bin().join(name);
    // What is there may be a link to the machine's own program, which is not to be written through.
    drop(fs::remove_file(&program));
    fs::write(&program, format!("#!/bin/sh\n{script}")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
}

impl Sealed {
    /// The same home with a headless custom tool: a shell script.
    pub(crate) fn with_tool(self, name: &str, script: &str) -> Self {
        install_script(&self, name, script);
        self.configure(&format!("[tools.{name}]\nbinary = \"{name}\"\nsupports_headless = true\n"));
        self
    }

    /// The usual home: one agent, that works and commits.
    pub(crate) fn with_worker() -> Self {
        Self::new().with_tool("worker", WORKER)
    }

    /// The same home with the scripted agent as `claude`.
    pub(crate) fn with_scripted_claude(mut self) -> Self {
        let program = built_program("scripted-agent").unwrap();
        self.link("claude", &program);
        let record = self.received_file();
        self = self.with("SCRIPTED_AGENT_RECEIVED", record);
        self
    }

    fn received_file(&self) -> PathBuf {
        self.record("claude.jsonl")
    }

    /// Everything that reached the scripted agent, in any session.
    pub(crate) fn received(&self) -> Vec<Received> {
        read_received(&self.received_file()).unwrap_or_default()
    }

    /// How often the scripted agent was started.
    pub(crate) fn starts(&self) -> usize {
        self.received().iter().filter(|it| matches!(it, Received::Started { .. })).count()
    }

    /// How often a tool made of [`WORKER`] or [`WAITER`] was started in a workspace.
    pub(crate) fn runs(&self, workspace: &str) -> usize {
        fs::read_to_string(self.record(&format!("runs.{workspace}"))).unwrap_or_default().lines().count()
    }

    /// Lets a [`WAITER`] go on.
    pub(crate) fn open_gate(&self, workspace: &str) {
        fs::write(self.record(&format!("gate.{workspace}")), "go\n").unwrap();
    }
}
