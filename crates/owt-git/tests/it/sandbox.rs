//! A sealed machine for one test: a home of its own, one repository, a folder for worktrees, and the git program
//! as a person uses it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::SnapshotId;
use owt_core::Timestamp;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_git::GitCli;
use owt_git::GitSettings;
use owt_ports::BranchOrigin;
use owt_ports::CallerEnvironment;
use owt_ports::Git;
use owt_ports::Landing;
use owt_ports::SnapshotLabel;
use owt_ports::WorktreeRequest;
use owt_process::Cmd;
use owt_process::Output;
use owt_testkit::git_conformance::FIRST_FILES;
use owt_testkit::git_conformance::World;
use owt_testkit::landing_conformance::LandingWorld;
use tempfile::TempDir;

/// How a repository keeps its refs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefFormat {
    /// In files, as ever.
    Files,
    /// In tables (git 2.45 and newer).
    Tables,
}

/// One test's machine.
pub(crate) struct Sandbox {
    pub(crate) dir: TempDir,
    pub(crate) git: GitCli,
}

impl Sandbox {
    /// With a repository at `app`, its first commit made.
    pub(crate) fn new() -> Self {
        Self::with(&["init", "-q", "-b", "main", "app"])
    }

    /// The repository is made by these arguments of git, run in `home`; it must appear at `app`.
    pub(crate) fn with(init: &[&str]) -> Self {
        let sandbox = Self::empty();
        sandbox.run(&sandbox.home(), init);
        for (path, content) in FIRST_FILES {
            sandbox.write(&sandbox.root().join(path), content);
        }
        sandbox.commit(&sandbox.root());
        sandbox
    }

    /// With a repository whose refs are kept in this format; `None` where this machine's git has only the one of old.
    #[expect(clippy::print_stdout, reason = "whoever reads the tests' output must know what was left out")]
    pub(crate) fn with_refs_in(format: RefFormat) -> Option<Self> {
        let option = match format {
            RefFormat::Files => return Some(Self::new()),
            RefFormat::Tables => "--ref-format=reftable",
        };
        let probe = Self::empty();
        let made = probe.try_run(&probe.home(), &["init", "-q", option, "probe"]);
        if !made.success() {
            println!("left out: this git keeps refs in files only ({})", made.stderr_utf8_lossy().trim());
            return None;
        }
        Some(Self::with(&["init", "-q", "-b", "main", option, "app"]))
    }

    /// Without a repository.
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = fs::canonicalize(dir.path()).unwrap();
        let config =
            "[user]\n\tname = Person\n\temail = person@example.org\n[protocol \"file\"]\n\tallow = always\n";
        fs::write(home.join(".gitconfig"), config).unwrap();
        let git = GitCli::new(settings(&home, "git".into()));
        Self { dir, git }
    }

    /// A git adapter of this machine with other settings.
    pub(crate) fn git_with(&self, change: impl FnOnce(&mut GitSettings)) -> GitCli {
        let mut settings = settings(self.home().as_path(), "git".into());
        change(&mut settings);
        GitCli::new(settings)
    }

    pub(crate) fn home(&self) -> AbsPath {
        AbsPath::new(fs::canonicalize(self.dir.path()).unwrap()).unwrap()
    }

    pub(crate) fn run(&self, dir: &AbsPath, args: &[&str]) -> String {
        let output = self.try_run(dir, args);
        assert!(output.success(), "git {args:?} in {dir}: {}", output.stderr_utf8_lossy());
        output.stdout_utf8_lossy().trim_end().to_owned()
    }

    pub(crate) fn try_run(&self, dir: &AbsPath, args: &[&str]) -> Output {
        Cmd::new("git")
            .env_base(environment(self.home().as_path()))
            .args(args.iter().copied())
            .current_dir(dir)
            .timeout(Duration::from_secs(60))
            .run()
            .unwrap()
    }

    /// The environment of a person here, with these variables more.
    pub(crate) fn caller(&self, more: &[(&str, &str)]) -> CallerEnvironment {
        let text = |text: OsString| text.into_string().unwrap();
        let own = environment(self.home().as_path()).into_iter();
        let own = own.map(|(name, value)| (text(name), text(value)));
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        CallerEnvironment::new(own.chain(more).collect())
    }

    pub(crate) fn repository(&self) -> Repository {
        self.git.discover(&self.root()).unwrap().repository
    }

    pub(crate) fn tip(&self, name: &str) -> ObjectId {
        self.git.resolve(&self.repository(), name).unwrap()
    }

    pub(crate) fn request(&self, name: &str) -> WorktreeRequest {
        WorktreeRequest {
            repository: self.repository(),
            path: self.outside().join(&name.replace('/', "-")),
            branch: branch(name),
            start: self.tip("main"),
            branch_origin: BranchOrigin::New,
        }
    }

    pub(crate) fn worktree(&self, name: &str) -> AbsPath {
        let request = self.request(name);
        self.git.add_worktree(&request).unwrap();
        request.path
    }

    pub(crate) fn link(&self, target: &str, path: &AbsPath) {
        symlink(target, path).unwrap();
    }

    /// `git status --porcelain` as a person sees it.
    pub(crate) fn status(&self, dir: &AbsPath) -> String {
        let text = self.run(dir, &["status", "--porcelain", "--untracked-files=all"]);
        text.trim_end().to_owned()
    }

    /// An executable file.
    pub(crate) fn script(&self, name: &str, text: &str) -> AbsPath {
        use std::os::unix::fs::PermissionsExt;
        let file = self.home().join(name);
        self.write(&file, text);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        file
    }
}

fn settings(home: &Path, program: OsString) -> GitSettings {
    let private = AbsPath::new(home).unwrap().join("private");
    GitSettings {
        program,
        environment: Some(environment(home)),
        scratch: private.join("scratch"),
        withheld_root: private.join("withheld"),
        patience: None,
    }
}

#[expect(clippy::disallowed_methods, reason = "where the tools of the machine are is known by PATH alone")]
fn environment(home: &Path) -> BTreeMap<OsString, OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let pairs: [(&str, OsString); 4] = [
        ("PATH", path),
        ("HOME", home.into()),
        ("XDG_CONFIG_HOME", home.join(".config").into()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
    ];
    pairs.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

pub(crate) fn branch(name: &str) -> BranchName {
    BranchName::new(name).unwrap()
}

pub(crate) fn id(number: u128) -> SnapshotId {
    SnapshotId::from_bits(number)
}

pub(crate) fn label(number: u128) -> SnapshotLabel {
    SnapshotLabel {
        id: id(number),
        workspace: "work".to_owned(),
        reason: "delete".to_owned(),
        at: Timestamp::from_millis(1_767_225_600_000),
    }
}

impl LandingWorld for Sandbox {
    fn landing(&self) -> &dyn Landing {
        &self.git
    }

    fn make_ref(&self, full_name: &str, at: &ObjectId) {
        self.run(&self.root(), &["update-ref", full_name, at.as_str()]);
    }

    fn detach(&self, checkout: &AbsPath) {
        self.run(checkout, &["checkout", "-q", "--detach"]);
    }
}

impl World for Sandbox {
    fn git(&self) -> &dyn Git {
        &self.git
    }

    fn root(&self) -> AbsPath {
        self.home().join("app")
    }

    fn outside(&self) -> AbsPath {
        self.home().join("work")
    }

    fn write(&self, file: &AbsPath, content: &str) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }

    fn read(&self, file: &AbsPath) -> Option<String> {
        fs::read_to_string(file).ok()
    }

    fn remove(&self, path: &AbsPath) {
        if path.as_path().is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    fn commit(&self, checkout: &AbsPath) -> ObjectId {
        self.run(checkout, &["add", "-A"]);
        self.run(checkout, &["commit", "-q", "-m", "work"]);
        ObjectId::new(self.run(checkout, &["rev-parse", "HEAD"])).unwrap()
    }

    fn commit_merge(&self, checkout: &AbsPath, others: &[ObjectId]) -> ObjectId {
        self.run(checkout, &["add", "-A"]);
        let tree = self.run(checkout, &["write-tree"]);
        let mut words = vec!["commit-tree", "-m", "merge", "-p", "HEAD"];
        words.extend(others.iter().flat_map(|other| ["-p", other.as_str()]));
        words.push(&tree);
        let merge = self.run(checkout, &words);
        self.run(checkout, &["reset", "-q", &merge]);
        ObjectId::new(merge).unwrap()
    }

    fn stage(&self, checkout: &AbsPath, path: &str) {
        self.run(checkout, &["add", "-f", "--", path]);
    }

    fn fetch(&self, remote: &str, branch: &BranchName, tip: &ObjectId) {
        let root = World::root(self);
        if !self.run(&root, &["remote"]).lines().any(|known| known == remote) {
            self.run(&root, &["remote", "add", remote, "/nowhere"]);
        }
        self.run(&root, &["update-ref", &format!("refs/remotes/{remote}/{branch}"), tip.as_str()]);
    }

    fn push(&self, remote: &str, branch: &BranchName, tip: &ObjectId) {
        let (root, there) = (World::root(self), self.outside().join(&format!("{remote}.git")));
        if !there.as_path().exists() {
            self.run(&root, &["init", "--quiet", "--bare", there.as_str()]);
            self.run(&root, &["remote", "set-url", remote, there.as_str()]);
        }
        self.run(&root, &["push", "--quiet", there.as_str(), &format!("{tip}:refs/heads/{branch}")]);
    }

    fn lock(&self, worktree: &AbsPath) {
        self.run(worktree, &["worktree", "lock", worktree.as_str()]);
    }

    fn leave_index_lock(&self, checkout: &AbsPath) {
        let git_dir = self.run(checkout, &["rev-parse", "--absolute-git-dir"]);
        fs::write(Path::new(&git_dir).join("index.lock"), "").unwrap();
    }

    fn begin_merge(&self, checkout: &AbsPath) {
        let tree = self.run(checkout, &["rev-parse", "HEAD^{tree}"]);
        let other = self.run(checkout, &["commit-tree", "-p", "HEAD", "-m", "other", &tree]);
        self.run(checkout, &["merge", "-q", "--no-commit", "--no-ff", &other]);
    }
}
