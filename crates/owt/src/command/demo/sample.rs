//! The sample repository. A command knows no git; this one makes a repository for others to look at, and looks at
//! it as they would.

use std::fs;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::path::PathBuf;

use owt_api::ErrorCode;
use owt_config::Environment;
use owt_core::AbsPath;
use owt_process::Cmd;
use serde::Serialize;

use crate::failure::Failure;

/// What says that a folder is ours to remove.
const MARKER: &str = "made-by-owt-demo.txt";

const MARKER_TEXT: &str = "\
This folder was made by `owt demo`: a sample repository and the workspaces of three demo agents.
`owt demo --clean` removes it, with everything in it.
";

/// Before the folder in which the `owt` that made it keeps its record.
const RECORDED_IN: &str = "Recorded in ";

/// Whether a demonstration made this folder.
pub(super) fn is_marked(folder: &Path) -> bool {
    folder.join(MARKER).is_file()
}

/// Whether a demonstration made this folder that is recorded there: other homes clean up after themselves.
pub(super) fn is_recorded_in(folder: &Path, data: &AbsPath) -> bool {
    let text = fs::read_to_string(folder.join(MARKER)).unwrap_or_default();
    text.lines().any(|line| line.strip_prefix(RECORDED_IN) == Some(data.as_str()))
}

/// The repository's folder in the demonstration's.
const REPOSITORY: &str = "sample";

/// How many names of folders are tried.
const NAMES_TRIED: u32 = 1000;

/// Whose commit the first is, so that nobody's settings are needed.
const AUTHOR: [&str; 4] = ["-c", "user.name=Demo", "-c", "user.email=demo@localhost"];

const FILES: [(&str, &str); 3] = [
    (
        "README.md",
        "# A sample\n\nA shop in thirty lines, made by `owt demo` for agents to work on.\n\n\
         Its tests: `python3 -m unittest discover`\n",
    ),
    (
        "shop.py",
        "\"\"\"A very small shop.\"\"\"\n\n\n\
         def total(prices: list[float]) -> float:\n    \"\"\"What a basket costs.\"\"\"\n    \
         return sum(prices)\n",
    ),
    (
        "test_shop.py",
        "import unittest\n\nfrom shop import total\n\n\n\
         class ShopTest(unittest.TestCase):\n    def test_a_basket_costs_what_is_in_it(self) -> None:\n        \
         self.assertEqual(total([1.5, 2.5]), 4.0)\n",
    ),
];

/// A demonstration's folder and the repository in it.
#[derive(Debug)]
pub(super) struct Sample {
    folder: AbsPath,
    repository: AbsPath,
}

/// A commit, as the demonstration shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Commit {
    pub(super) sha: String,
    pub(super) subject: String,
}

impl Commit {
    pub(super) fn short_sha(&self) -> String {
        self.sha.chars().take(10).collect()
    }
}

impl Sample {
    /// Makes it: in this folder, which must be new or empty, else in a new temporary one.
    /// `data` is where its workspaces will be recorded.
    pub(super) fn make(
        wanted: Option<&Path>,
        environment: &Environment,
        data: &AbsPath,
    ) -> Result<Self, Failure> {
        let folder = match wanted {
            Some(folder) => own_folder(folder)?,
            None => temporary_folder(environment)?,
        };
        let unusable = |error: io::Error| in_folder(&folder, &error);
        let folder = fs::canonicalize(&folder).map_err(unusable)?;
        let folder = AbsPath::new(folder).map_err(|error| Failure::usage(error.to_string()))?;
        let sample = Self { repository: folder.join(REPOSITORY), folder };
        sample.fill(data).map_err(|error| in_folder(sample.folder.as_path(), &error))?;
        sample.commit_first()?;
        Ok(sample)
    }

    pub(super) const fn folder(&self) -> &AbsPath {
        &self.folder
    }

    pub(super) const fn repository(&self) -> &AbsPath {
        &self.repository
    }

    /// The commits of a branch since its base, newest first.
    pub(super) fn commits(&self, branch: Option<&str>, base: Option<&str>) -> Result<Vec<Commit>, Failure> {
        let (Some(branch), Some(base)) = (branch, base) else { return Ok(Vec::new()) };
        let range = format!("{base}..refs/heads/{branch}");
        let log = self.git(&["log", "--format=%H %s", &range, "--"]).run_checked()?;
        let commit = |line: &str| {
            let (sha, subject) = line.split_once(' ')?;
            Some(Commit { sha: sha.to_owned(), subject: subject.to_owned() })
        };
        Ok(log.stdout_utf8_lossy().lines().filter_map(commit).collect())
    }

    fn fill(&self, data: &AbsPath) -> io::Result<()> {
        let text = format!("{MARKER_TEXT}{RECORDED_IN}{data}\n");
        fs::write(self.folder.join(MARKER).as_path(), text)?;
        fs::create_dir(self.repository.as_path())?;
        FILES.iter().try_for_each(|(name, text)| fs::write(self.repository.join(name).as_path(), text))
    }

    fn commit_first(&self) -> Result<(), Failure> {
        self.git(&["init", "--quiet", "--initial-branch=main"]).run_checked()?;
        self.git(&["add", "--all"]).run_checked()?;
        let commit = self.git(&AUTHOR).args(["-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null"]);
        commit.args(["commit", "--quiet", "--message", "A very small shop"]).run_checked()?;
        Ok(())
    }

    fn git(&self, arguments: &[&str]) -> Cmd {
        Cmd::new("git").args(arguments.iter().copied()).current_dir(&self.repository)
    }
}

fn in_folder(folder: &Path, error: &io::Error) -> Failure {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::NoSpace,
        _ => ErrorCode::Usage,
    };
    Failure::new(code, format!("{}: {error}", folder.display())).hint("name another folder with --dir")
}

fn own_folder(folder: &Path) -> Result<PathBuf, Failure> {
    fs::create_dir_all(folder).map_err(|error| in_folder(folder, &error))?;
    let mut entries = fs::read_dir(folder).map_err(|error| in_folder(folder, &error))?;
    if entries.next().is_some() {
        return Err(Failure::usage(format!("{} is not empty", folder.display()))
            .hint("name a new folder with --dir, or none at all"));
    }
    Ok(folder.to_owned())
}

/// A folder that was not there, and that only this user can enter.
fn temporary_folder(environment: &Environment) -> Result<PathBuf, Failure> {
    let below =
        Path::new(environment.get("TMPDIR").filter(|folder| folder.starts_with('/')).unwrap_or("/tmp"));
    for number in 1..=NAMES_TRIED {
        let folder = match number {
            1 => below.join("owt-demo"),
            number => below.join(format!("owt-demo-{number}")),
        };
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(in_folder(&folder, &error)),
        }
    }
    Err(Failure::usage(format!("{} holds too many demonstrations", below.display()))
        .hint("remove them with: owt demo --clean"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(folder: &Path) -> Environment {
        let temporary = ("TMPDIR".to_owned(), folder.display().to_string());
        Environment::new([temporary].into(), 1000)
    }

    fn data() -> AbsPath {
        AbsPath::new("/home/ada/.local/share/owt").unwrap()
    }

    #[test]
    fn each_sample_is_a_repository_of_its_own() {
        let below = tempfile::tempdir().unwrap();
        let first = Sample::make(None, &environment(below.path()), &data()).unwrap();
        let second = Sample::make(None, &environment(below.path()), &data()).unwrap();
        assert_ne!(first.folder(), second.folder());
        for sample in [first, second] {
            assert!(is_marked(sample.folder().as_path()));
            assert!(is_recorded_in(sample.folder().as_path(), &data()));
            assert!(!is_recorded_in(sample.folder().as_path(), &data().join("other")));
            let status = sample.git(&["status", "--porcelain", "--branch"]).run_checked().unwrap();
            assert_eq!(status.stdout_utf8_lossy(), "## main\n");
        }
    }

    #[test]
    fn commits_are_those_since_the_base() {
        let below = tempfile::tempdir().unwrap();
        let folder = below.path().join("new/folder");
        let sample = Sample::make(Some(&folder), &environment(below.path()), &data()).unwrap();
        let base = sample.git(&["rev-parse", "HEAD"]).run_checked().unwrap();
        let base = base.stdout_utf8_lossy().trim().to_owned();
        assert_eq!(sample.commits(Some("main"), Some(&base)).unwrap(), []);
        let commit =
            sample.git(&AUTHOR).args(["commit", "--quiet", "--allow-empty", "--message", "More of it"]);
        commit.run_checked().unwrap();
        let commits = sample.commits(Some("main"), Some(&base)).unwrap();
        assert_eq!(commits.iter().map(|commit| commit.subject.as_str()).collect::<Vec<_>>(), ["More of it"]);
    }

    #[test]
    fn a_folder_with_something_in_it_stays_as_it_is() {
        let below = tempfile::tempdir().unwrap();
        fs::write(below.path().join("theirs.txt"), "theirs").unwrap();
        let refused = Sample::make(Some(below.path()), &environment(below.path()), &data()).unwrap_err();
        assert_eq!(refused.exit_code(), 2);
        assert_eq!(fs::read_dir(below.path()).unwrap().count(), 1);
    }
}
