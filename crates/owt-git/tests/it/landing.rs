//! Landing on real git, where things go wrong: what it meets, and that the person's checkout, index, stash, ignored
//! files and refs are afterwards as they were, or as promised.

mod configuration;
mod hooks;
mod predictions;
pub(crate) mod radar;
mod returns;
mod sources;
mod targets;

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::LandingId;
use owt_core::landing::CandidateId;
use owt_core::landing::CandidateOf;
use owt_core::landing::Method;
use owt_core::vcs::ObjectId;
use owt_git::GitCli;
use owt_ports::Candidate;
use owt_ports::CandidateRequest;
use owt_ports::GitError;
use owt_ports::Landing as _;
use owt_ports::TargetMove;
use owt_ports::TargetMoved;
use owt_testkit::checkout_witness::CheckoutWitness;
use owt_testkit::git_conformance::World as _;

use crate::sandbox::Sandbox;
use crate::sandbox::branch;

/// A person's checkout with a draft, something staged, something put aside, and something ignored; and a branch `feat`
/// in a worktree of its own.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) feat: AbsPath,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::new();
        let root = sandbox.root();
        sandbox.write(&root.join("aside.txt"), "put aside\n");
        sandbox.run(&root, &["stash", "push", "--quiet", "--include-untracked"]);
        sandbox.write(&root.join("draft.txt"), "draft\n");
        sandbox.write(&root.join("staged.txt"), "staged\n");
        sandbox.stage(&root, "staged.txt");
        sandbox.write(&root.join("ignored/cache"), "cache\n");
        let feat = sandbox.worktree("feat");
        Self { sandbox, feat }
    }

    pub(crate) fn commit(&self, path: &str, content: &str) -> ObjectId {
        self.sandbox.write(&self.feat.join(path), content);
        self.sandbox.commit(&self.feat)
    }

    /// A commit on `main` that no checkout of the person has made.
    pub(crate) fn commit_on_main(&self, change: impl FnOnce(&AbsPath)) -> ObjectId {
        let (sandbox, path) = (&self.sandbox, self.sandbox.home().join("aside"));
        sandbox.run(&sandbox.root(), &["worktree", "add", "-q", "--detach", path.as_str(), "main"]);
        change(&path);
        let commit = sandbox.commit(&path);
        let file = sandbox.run(&sandbox.root(), &["rev-parse", "main"]);
        sandbox.run(&sandbox.root(), &["merge", "-q", "--ff-only", commit.as_str()]);
        assert_ne!(file, commit.as_str());
        sandbox.run(&sandbox.root(), &["worktree", "remove", "--force", path.as_str()]);
        commit
    }

    pub(crate) fn witness(&self) -> CheckoutWitness {
        CheckoutWitness::of(&self.sandbox.root())
    }

    pub(crate) fn request(&self, method: Method) -> CandidateRequest {
        CandidateRequest {
            id: CandidateId { of: CandidateOf::Landing(LandingId::from_bits(7)), round: 1 },
            repository: self.sandbox.repository(),
            onto: self.sandbox.tip("main"),
            tip: self.sandbox.tip("feat"),
            method,
            favour: None,
            settled: None,
            beyond: None,
            message: "Merge feat".to_owned(),
            hooks: Vec::new(),
            limit: Duration::from_secs(120),
        }
    }

    /// The candidate with the hooks that the repository has.
    pub(crate) fn with_hooks(&self, method: Method) -> Result<Candidate, GitError> {
        let mut request = self.request(method);
        request.hooks = self.sandbox.git.hooks(&request.repository, &request.onto).unwrap();
        self.sandbox.git.make_candidate(&request)
    }

    pub(crate) fn made(&self) -> ObjectId {
        match self.sandbox.git.make_candidate(&self.request(Method::Merge)).unwrap() {
            Candidate::Made { commit } => commit,
            other => panic!("no candidate: {other:?}"),
        }
    }

    pub(crate) fn move_to(&self, target: &str, to: &ObjectId) -> TargetMove {
        TargetMove {
            repository: self.sandbox.repository(),
            target: branch(target),
            from: self.sandbox.tip(target),
            to: to.clone(),
            reason: "owt: landed feat".to_owned(),
        }
    }

    pub(crate) fn land(&self, to: &ObjectId) -> Result<TargetMoved, GitError> {
        self.sandbox.git.move_target(&self.move_to("main", to))
    }

    /// The target went along, and what is the person's is as it was.
    #[track_caller]
    pub(crate) fn assert_landed(&self, to: &ObjectId) {
        let root = self.sandbox.root();
        assert_eq!(self.land(to), Ok(TargetMoved::Moved { checkout: Some(root.clone()) }));
        assert_eq!(self.sandbox.tip("main"), *to);
        let request = self.request(Method::Merge);
        self.sandbox.git.drop_candidate(&request.repository, request.id).unwrap();
        self.assert_persons_own();
    }

    /// The person's draft, what is staged, put aside and ignored.
    #[track_caller]
    pub(crate) fn assert_persons_own(&self) {
        let (sandbox, root) = (&self.sandbox, self.sandbox.root());
        assert_eq!(sandbox.status(&root), "A  staged.txt\n?? draft.txt");
        assert_eq!(sandbox.run(&root, &["stash", "list", "--format=%gd"]), "stash@{0}");
        for (path, text) in [("draft.txt", "draft\n"), ("ignored/cache", "cache\n")] {
            assert_eq!(sandbox.read(&root.join(path)).as_deref(), Some(text));
        }
    }

    /// Nothing of a candidate is left: no worktree, no ref, no file.
    #[track_caller]
    pub(crate) fn assert_nothing_left(&self) {
        let (sandbox, root) = (&self.sandbox, self.sandbox.root());
        let trees = sandbox.run(&root, &["worktree", "list", "--porcelain"]);
        assert_eq!(trees.lines().filter(|line| line.starts_with("worktree ")).count(), 2, "{trees}");
        assert_eq!(sandbox.run(&root, &["for-each-ref", "refs/owt"]), "");
        let folder = sandbox.home().join("private/scratch/landing");
        let left = std::fs::read_dir(folder.as_path()).map_or(0, Iterator::count);
        assert_eq!(left, 0, "in {folder}");
    }
}

/// git that waits this long at most.
pub(crate) fn impatient(stage: &Stage, patience: Duration) -> GitCli {
    stage.sandbox.git_with(|settings| settings.patience = Some(patience))
}
