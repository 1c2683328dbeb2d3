//! The folder that the demo agent works in: files are made, never written over, and exactly they are committed.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Component;
use std::path::Path;
use std::time::Duration;

use owt_core::AbsPath;
use owt_process::Cmd;
use owt_process::Output;
use owt_process::ProcessError;

use crate::demo_agent::plan::PlannedFile;

/// The author where git knows none.
const NOBODY: [&str; 4] = ["-c", "user.name=Demo Agent", "-c", "user.email=demo@localhost"];

/// How long git may take: a hook of the repository may run in it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the work is done.
#[derive(Debug, Clone)]
pub(crate) struct Workplace {
    folder: AbsPath,
}

/// Why work could not be done.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkError {
    /// A file could not be written.
    #[error("{path}: {source}")]
    File {
        /// Relative to the workspace.
        path: String,
        /// In the system's words.
        source: io::Error,
    },
    /// The path leads out of the workspace.
    #[error("'{0}' is no path inside the workspace")]
    Outside(String),
    /// git.
    #[error(transparent)]
    Git(#[from] ProcessError),
    /// git has not done it.
    #[error("git {verb}: {said}")]
    Refused {
        /// What was asked of it.
        verb: &'static str,
        /// Its words.
        said: String,
    },
}

/// What came of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Committed {
    /// The commit's short id.
    As(String),
    /// The folder is in no repository.
    NoRepository,
}

impl Workplace {
    /// Work in this folder.
    pub(crate) const fn new(folder: AbsPath) -> Self {
        Self { folder }
    }

    /// The folder.
    pub(super) const fn folder(&self) -> &AbsPath {
        &self.folder
    }

    /// Whether something is at this path, relative to the workspace.
    pub(super) fn has(&self, path: &str) -> bool {
        self.folder.as_path().join(path).symlink_metadata().is_ok()
    }

    /// How many files and folders stand at the top.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(super) fn entries(&self) -> Result<usize, WorkError> {
        let failed = |source| WorkError::File { path: ".".to_owned(), source };
        Ok(fs::read_dir(self.folder.as_path()).map_err(failed)?.count())
    }

    /// Makes a file that is not there yet.
    ///
    /// # Errors
    /// [`WorkError::File`], too when there is one.
    pub(super) fn make(&self, file: &PlannedFile) -> Result<(), WorkError> {
        let failed = |source| WorkError::File { path: file.path.clone(), source };
        let path = self.folder.as_path().join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut made = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
        made.write_all(file.content.as_bytes()).map_err(failed)
    }

    /// Appends a line to a file, which is made if need be.
    ///
    /// # Errors
    /// [`WorkError`].
    pub(super) fn append(&self, path: &str, line: &str) -> Result<(), WorkError> {
        let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if !inside || path.is_empty() {
            return Err(WorkError::Outside(path.to_owned()));
        }
        let failed = |source| WorkError::File { path: path.to_owned(), source };
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.folder.as_path().join(path))
            .map_err(failed)?;
        file.write_all(format!("{line}\n").as_bytes()).map_err(failed)
    }

    /// Commits exactly these files; what else is changed or staged stays as it is.
    ///
    /// # Errors
    /// [`WorkError`]: git is missing, or a hook of the repository refuses.
    pub(super) fn commit(&self, paths: &[String], message: &str) -> Result<Committed, WorkError> {
        if !self.git(&["rev-parse", "--is-inside-work-tree"]).run()?.success() {
            return Ok(Committed::NoRepository);
        }
        let add = self.git(&["--literal-pathspecs", "add", "--"]).args(paths.iter().map(String::as_str));
        done("add", &add.run()?)?;
        let commit = match self.has_author()? {
            true => self.git(&[]),
            false => self.git(&NOBODY),
        };
        let commit = commit
            .args(["--literal-pathspecs", "commit", "--quiet", "--message", message, "--"])
            .args(paths.iter().map(String::as_str));
        done("commit", &commit.run()?)?;
        let head = self.git(&["rev-parse", "--short", "HEAD"]).run()?;
        done("rev-parse", &head)?;
        Ok(Committed::As(head.stdout_utf8_lossy().trim().to_owned()))
    }

    fn has_author(&self) -> Result<bool, WorkError> {
        for key in ["user.name", "user.email"] {
            if !self.git(&["config", "--get", key]).run()?.success() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn git(&self, arguments: &[&str]) -> Cmd {
        Cmd::new("git").args(arguments.iter().copied()).current_dir(&self.folder).timeout(PATIENCE)
    }
}

fn done(verb: &'static str, output: &Output) -> Result<(), WorkError> {
    if output.success() {
        return Ok(());
    }
    let said = format!("{}{}", output.stderr_utf8_lossy(), output.stdout_utf8_lossy());
    Err(WorkError::Refused { verb, said: said.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo_agent::sample::git;
    use crate::demo_agent::sample::repository;

    fn file(path: &str) -> PlannedFile {
        PlannedFile { path: path.to_owned(), content: "made\n".to_owned() }
    }

    #[test]
    fn exactly_its_files_are_committed() {
        let (folder, place) = repository();
        fs::write(folder.path().join("theirs.txt"), "staged").unwrap();
        fs::write(folder.path().join("loose.txt"), "untracked").unwrap();
        git(folder.path(), &["add", "theirs.txt"]);
        place.make(&file("demo/a.md")).unwrap();
        let Committed::As(id) = place.commit(&["demo/a.md".to_owned()], "Note it").unwrap() else {
            panic!("it is a repository");
        };
        assert_eq!(git(folder.path(), &["rev-parse", "--short", "HEAD"]), id);
        assert_eq!(
            git(folder.path(), &["show", "--format=%s", "--name-only", "HEAD"]),
            "Note it\n\ndemo/a.md"
        );
        assert_eq!(git(folder.path(), &["status", "--porcelain"]), "A  theirs.txt\n?? loose.txt");
    }

    #[test]
    fn without_an_author_it_signs_as_itself_and_never_writes_settings() {
        let (folder, place) = repository();
        let config = folder.path().join(".git/config");
        let before = fs::read(&config).unwrap();
        place.make(&file("demo/a.md")).unwrap();
        place.commit(&["demo/a.md".to_owned()], "Note it").unwrap();
        let author = git(folder.path(), &["log", "-1", "--format=%an"]);
        let known = place.git(&["config", "--get", "user.email"]).run().unwrap().success()
            && place.git(&["config", "--get", "user.name"]).run().unwrap().success();
        assert_eq!(author == "Demo Agent", !known);
        assert_eq!(fs::read(&config).unwrap(), before);
    }

    #[test]
    fn nothing_of_others_is_written_over() {
        let (folder, place) = repository();
        place.make(&file("demo/a.md")).unwrap();
        fs::write(folder.path().join("demo/a.md"), "theirs").unwrap();
        assert!(place.has("demo/a.md"));
        assert!(matches!(place.make(&file("demo/a.md")), Err(WorkError::File { .. })));
        assert_eq!(fs::read(folder.path().join("demo/a.md")).unwrap(), b"theirs");
    }

    #[test]
    fn lines_are_appended_inside_the_workspace_only() {
        let (folder, place) = repository();
        place.append("README.md", "one").unwrap();
        place.append("README.md", "two").unwrap();
        assert!(fs::read_to_string(folder.path().join("README.md")).unwrap().ends_with("one\ntwo\n"));
        for path in ["../x", "/tmp/x", "a/../../x", "", "."] {
            assert!(matches!(place.append(path, "x"), Err(WorkError::Outside(_))), "{path}");
        }
    }

    #[test]
    fn a_hook_that_refuses_and_a_folder_without_git_are_said() {
        let (folder, place) = repository();
        let hook = folder.path().join(".git/hooks/pre-commit");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::write(&hook, "#!/bin/sh\necho 'not today' >&2\nexit 1\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&hook, mode).unwrap();
        place.make(&file("demo/a.md")).unwrap();
        let refused = place.commit(&["demo/a.md".to_owned()], "Note it").unwrap_err();
        assert!(refused.to_string().contains("not today"), "{refused}");
        let plain = tempfile::tempdir().unwrap();
        let place = Workplace::new(AbsPath::new(plain.path()).unwrap());
        assert_eq!(place.commit(&[], "x").unwrap(), Committed::NoRepository);
    }
}
