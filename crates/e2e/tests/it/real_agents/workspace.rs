//! One workspace as the commands show it, and what must hold of it.

use std::path::PathBuf;

use owt_process::Cmd;
use serde_json::Value;

use super::stage::Stage;
use crate::patience::comes_to_hold;
use crate::ran::Ran;

/// Ctrl-b d.
const LEAVE: &str = "\u{2}d";

/// A workspace of a stage, by its name.
pub(super) struct Workspace<'a> {
    pub(super) stage: &'a Stage,
    pub(super) name: &'a str,
}

impl<'a> Workspace<'a> {
    /// Starts an agent on a prompt, on a branch that is also the name.
    #[track_caller]
    pub(super) fn start<const N: usize>(
        stage: &'a Stage,
        name: &'a str,
        agent: &str,
        options: [&str; N],
        prompt: &str,
    ) -> Self {
        let file = stage.beside(&format!("{name}.prompt"));
        std::fs::write(&file, prompt).unwrap();
        let file = file.to_str().unwrap();
        let mut arguments = vec!["new", "--json", "--agent", agent, "--branch", name, "--prompt-file", file];
        arguments.extend(options);
        let created = stage.owt_with(&arguments).data();
        assert_eq!((created["name"].as_str(), created["branch"].as_str()), (Some(name), Some(name)));
        Self { stage, name }
    }

    /// It is not deleted while it holds work, is gone when that is forced, and comes back whole.
    #[track_caller]
    pub(super) fn assert_deleted_and_restored(&self, subject: &str) {
        let refused = self.stage.owt(["delete", self.name, "--yes", "--json"]);
        refused.refused(3, "unsaved_work");
        let path = self.path();
        let deleted = self.stage.owt(["delete", self.name, "--force", "--yes", "--json"]).data();
        assert!(deleted["snapshot"].is_string() && !path.exists(), "{deleted:#}");
        let branch = format!("refs/heads/{}", self.name);
        assert_eq!(self.stage.git(&["for-each-ref", &branch]), "");
        assert_eq!(self.stage.owt(["restore", self.name]).code, 0);
        assert_eq!(self.git(&["log", "-1", "--format=%s"]), subject);
        assert!(path.join("hello.txt").exists(), "{}", path.display());
    }

    /// The person is handed its screen, leaves it with tmux's own keys, and the agent goes on. One word
    /// that its screen always shows: tmux draws the blanks between words as moves of the cursor, and a program that
    /// is resized may draw again only what it is about.
    #[track_caller]
    pub(super) fn assert_attachable(&self, word: &str) {
        for verb in ["attach", "switch"] {
            let shown = self.stage.converse(&format!("{verb} {}", self.name), &[(word, LEAVE)]);
            assert_eq!(shown.code, 0, "{shown:?}");
        }
        assert_eq!(self.listed()["status"], "idle");
    }

    /// Waits for an end or a question.
    pub(super) fn wait(&self) -> Ran {
        self.stage.owt(["wait", self.name, "--timeout", "50s", "--json"])
    }

    /// Waits for a good end.
    #[track_caller]
    pub(super) fn wait_done(&self) {
        let waited = self.wait();
        assert_eq!(waited.code, 0, "{waited:?}\n{:#}", self.show());
    }

    pub(super) fn show(&self) -> Value {
        self.stage.owt(["show", self.name, "--json"]).data()
    }

    pub(super) fn logs(&self) -> String {
        self.stage.owt(["logs", self.name]).stdout
    }

    pub(super) fn path(&self) -> PathBuf {
        self.show()["path"].as_str().expect("a folder").into()
    }

    /// Runs git in its worktree.
    #[track_caller]
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        self.stage.run(Cmd::new("git").args(arguments.iter().copied()).current_dir(self.path()))
    }

    /// Its line in each list that there is: all the same.
    #[track_caller]
    pub(super) fn listed(&self) -> Value {
        let find = |list: Value| {
            let items = list.as_array().expect("a list").iter();
            items.filter(|item| item["name"] == self.name).cloned().collect::<Vec<_>>()
        };
        let listed = find(self.stage.owt(["list", "--json"]).data());
        assert_eq!(listed.len(), 1, "{listed:?}");
        assert_eq!(find(self.stage.owt(["status", "--json"]).data())[0]["status"], listed[0]["status"]);
        listed[0].clone()
    }

    /// The scripted file is on its branch, in one commit with this subject; nothing else lies about; its prompt and
    /// `messages` more were observed; and every command says so.
    #[track_caller]
    pub(super) fn assert_committed(&self, subject: &str, status: &str, messages: usize) {
        let (listed, shown) = (self.listed(), self.show());
        assert_eq!(self.git(&["log", "--format=%s", "main..HEAD"]), subject, "{shown:#}");
        assert_eq!(self.git(&["show", "HEAD:hello.txt"]), "hello agent");
        assert_eq!(self.git(&["status", "--porcelain", "--ignored"]), "", "nothing of ours lies about");
        let head = self.git(&["rev-parse", self.name]);
        for said in [&listed, &shown] {
            assert_eq!(said["status"], status, "{shown:#}");
            assert_eq!(said["head_sha"], head.as_str());
            assert_eq!((said["commits_ahead"].as_u64(), said["dirty_files"].as_u64()), (Some(1), Some(0)));
        }
        let states: Vec<&str> = self.states(&shown);
        assert_eq!(states, vec!["observed"; messages + 1], "{shown:#}");
    }

    #[track_caller]
    pub(super) fn states<'v>(&self, shown: &'v Value) -> Vec<&'v str> {
        let deliveries = shown["deliveries"].as_array().expect("a list");
        deliveries.iter().map(|delivery| delivery["state"].as_str().expect("a state")).collect()
    }

    /// Its agent has told that it changed this file with a tool of its own, and no other.
    #[track_caller]
    pub(super) fn assert_told_to_have_changed(&self, file: &str) {
        let told = |shown: &Value| {
            let modified = &shown["modified_files"];
            modified["source"] == "agent" && modified["paths"] == serde_json::json!([file])
        };
        assert!(comes_to_hold(|| told(&self.show())), "{:#}", self.show());
        assert!(told(&self.listed()), "{:#}", self.listed());
    }

    /// There was one attempt, and its program ended like this.
    #[track_caller]
    pub(super) fn assert_one_attempt(&self, exit: Option<&str>) {
        let shown = self.show();
        let attempts = shown["attempts"].as_array().expect("a list");
        assert_eq!(attempts.len(), 1, "{shown:#}");
        assert_eq!(attempts[0]["exit"].as_str(), exit, "{shown:#}");
    }
}
