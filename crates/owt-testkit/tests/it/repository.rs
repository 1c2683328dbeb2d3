//! A repository with one commit and a linked worktree.

use std::path::Path;
use std::path::PathBuf;

use owt_process::Cmd;
use owt_testkit::lab::SealedHome;

pub(crate) struct Repository<'a> {
    home: &'a SealedHome,
    pub(crate) worktree: PathBuf,
}

impl<'a> Repository<'a> {
    pub(crate) fn create(home: &'a SealedHome, root: &Path) -> Self {
        let main = root.join("main");
        std::fs::create_dir_all(&main).unwrap();
        let made = Self { home, worktree: root.join("work tree") };
        made.git_in(&main, &["init", "-q"]);
        made.git_in(&main, &["commit", "-q", "--allow-empty", "-m", "Begin"]);
        made.git_in(&main, &["worktree", "add", "-q", "-b", "work", made.worktree.to_str().unwrap()]);
        made
    }

    /// What git says in the worktree.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.worktree, arguments)
    }

    fn git_in(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self.home.sealed(Cmd::new("git").args(arguments)).current_dir(folder).run_checked();
        output.unwrap().stdout_utf8_lossy().trim().to_owned()
    }
}
