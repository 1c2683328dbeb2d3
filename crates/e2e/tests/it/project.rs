//! A repository (or a folder that is none) in a sealed home, and commands in it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_process::Cmd;
use owt_process::Output;
use owt_testkit::checkout_witness::CheckoutWitness;
use serde_json::Value;

use crate::ran::Ran;
use crate::sealed::Sealed;

/// A folder to run commands in.
#[derive(Debug)]
pub(crate) struct Project<'a> {
    pub(crate) sealed: &'a Sealed,
    pub(crate) root: PathBuf,
}

/// Everything that a start leaves behind, outside of the person's checkout.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Traces {
    refs: String,
    worktrees: String,
    neighbours: Vec<OsString>,
    listed: Value,
}

impl<'a> Project<'a> {
    pub(crate) fn create(sealed: &'a Sealed, root: PathBuf) -> Self {
        fs::create_dir_all(&root).unwrap();
        let project = Self { sealed, root };
        project.git(&["init", "-q", "-b", "main"]);
        project.write("README.md", "# Sample\n");
        project.write("src/main.txt", "one\ntwo\nthree\n");
        project.write(".gitignore", "*.log\nbuild/\n");
        project.git(&["add", "."]);
        project.git(&["commit", "-q", "-m", "Start"]);
        project.write("debug.log", "ignored\n");
        project
    }

    /// The same folder's neighbour in the same home.
    pub(crate) fn beside(&self, root: impl Into<PathBuf>) -> Project<'a> {
        self.sealed.at(root)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// `git` as a person uses it here; its output without the last newline.
    #[track_caller]
    pub(crate) fn git(&self, words: &[&str]) -> String {
        let output = self.try_git(words);
        assert!(output.success(), "git {words:?} in {}: {}", self.root.display(), output.stderr_utf8_lossy());
        output.stdout_utf8_lossy().trim_end().to_owned()
    }

    pub(crate) fn try_git(&self, words: &[&str]) -> Output {
        self.sealed.command("git", &self.root).args(words.iter().copied()).run().unwrap()
    }

    /// An `owt` command that has not run yet.
    pub(crate) fn command(&self, words: &[&str]) -> Cmd {
        self.sealed.owt(&self.root, words.iter().copied())
    }

    /// Runs `owt` with these words.
    pub(crate) fn owt(&self, words: &[&str]) -> Ran {
        Ran::of(&self.command(words))
    }

    /// Runs `owt ... --json`, which must do what it should; its `data`.
    #[track_caller]
    pub(crate) fn data(&self, words: &[&str]) -> Value {
        self.owt(&with_json(words)).data()
    }

    /// Runs `owt ... --json`, which must fail so; the `error`.
    #[track_caller]
    pub(crate) fn refused(&self, words: &[&str], exit: i32, code: &str) -> Value {
        self.owt(&with_json(words)).refused(exit, code)
    }

    /// The only workspace that `owt list` shows here.
    #[track_caller]
    pub(crate) fn only_workspace(&self) -> Value {
        let listed = self.data(&["list"]);
        assert_eq!(listed.as_array().unwrap().len(), 1, "{listed:#}");
        listed[0].clone()
    }

    /// Waits until `owt show` says this status.
    #[track_caller]
    pub(crate) fn until_status(&self, name: &str, status: &str) -> Value {
        let mut shown = Value::Null;
        let mut is_so = || {
            shown = self.data(&["show", name]);
            shown["status"] == status
        };
        let began = std::time::Instant::now();
        while !is_so() {
            assert!(began.elapsed().as_secs() < 60, "waited for {status} of {name}: {shown:#}");
        }
        shown
    }

    /// The folder of a workspace, as a project.
    pub(crate) fn workspace(&self, name: &str) -> Project<'a> {
        let shown = self.data(&["show", name]);
        self.beside(shown["path"].as_str().unwrap())
    }

    /// Looks at everything that the person would call theirs.
    pub(crate) fn witness(&self) -> CheckoutWitness {
        CheckoutWitness::of(&AbsPath::new(&self.root).unwrap())
    }

    /// What stands now of branches, worktrees, folders beside this one, and records.
    pub(crate) fn traces(&self) -> Traces {
        let said = |words: &[&str]| self.try_git(words).stdout_utf8_lossy().into_owned();
        let mut listed = self.data(&["list", "--all-repos"]);
        // What a person was told of it, and has looked at since, comes a moment later.
        for fields in listed.as_array_mut().unwrap().iter_mut().filter_map(Value::as_object_mut) {
            fields.retain(|key, _| {
                !["notice", "unread", "warnings", "last_activity_at"].contains(&key.as_str())
            });
        }
        Traces {
            refs: said(&["for-each-ref"]),
            worktrees: said(&["worktree", "list", "--porcelain"]),
            neighbours: names(self.root.parent().unwrap()),
            listed,
        }
    }
}

fn with_json<'a>(words: &[&'a str]) -> Vec<&'a str> {
    // Before the words: after a `--` it would be one of them.
    std::iter::once("--json").chain(words.iter().copied()).collect()
}

fn names(folder: &Path) -> Vec<OsString> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}
