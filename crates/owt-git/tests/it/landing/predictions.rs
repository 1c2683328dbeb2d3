//! The prediction is what git then does: on histories that are made up, with renames, modes, folders that become files,
//! and merges both ways.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::Landing as _;
use owt_ports::Prediction;
use owt_testkit::git_conformance::World as _;

use super::Stage;
use crate::sandbox::Sandbox;

/// How many histories; a failing one is named by its seed.
const SEEDS: u64 = 20;

/// Numbers that follow from a seed (xorshift64*).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }

    fn path(&mut self) -> String {
        let folder = ["", "d/", "d/e/"][usize::try_from(self.below(3)).unwrap()];
        format!("{folder}f{}", self.below(4))
    }
}

/// One change to a working tree; what does not fit is left out.
fn change(dice: &mut Dice, root: &AbsPath) {
    let path = root.join(&dice.path()).as_path().to_owned();
    let kind = dice.below(10);
    let lines: Vec<String> =
        fs::read_to_string(&path).unwrap_or_default().lines().map(str::to_owned).collect();
    match kind {
        0 => drop(fs::remove_file(&path)),
        1 | 2 => {
            let to = root.join(&dice.path()).as_path().to_owned();
            let _ = fs::create_dir_all(to.parent().unwrap());
            drop(fs::rename(&path, &to));
        }
        3 => drop(fs::set_permissions(&path, fs::Permissions::from_mode(0o755))),
        4 => {
            let _ = fs::remove_dir_all(root.join("d").as_path());
            drop(fs::write(root.join("d").as_path(), "a file now\n"));
        }
        _ => {
            let _ = fs::create_dir_all(path.parent().unwrap());
            let mut lines =
                if lines.is_empty() { (0..12).map(|n| format!("line {n}")).collect() } else { lines };
            let at = usize::try_from(dice.below(12)).unwrap().min(lines.len() - 1);
            lines[at] = format!("changed {}", dice.below(3));
            drop(fs::write(&path, lines.join("\n") + "\n"));
        }
    }
}

pub(super) fn work(dice: &mut Dice, sandbox: &Sandbox, root: &AbsPath) {
    for _ in 0..=dice.below(3) {
        change(dice, root);
    }
    sandbox.run(root, &["add", "-A"]);
    sandbox.run(root, &["commit", "-q", "--allow-empty", "-m", "work"]);
}

/// Merges another branch as a person who takes their own side would: criss-cross when both do.
pub(super) fn cross(sandbox: &Sandbox, root: &AbsPath, other: &str) {
    if !sandbox.try_run(root, &["merge", "-q", "--no-edit", "-Xours", other]).success() {
        sandbox.run(root, &["merge", "--abort"]);
    }
}

/// What `git merge` does, in a worktree that is thrown away: the tree, or the paths that it cannot merge.
pub(super) fn merged(stage: &Stage, target: &ObjectId, tip: &ObjectId) -> Result<String, Vec<String>> {
    let (sandbox, path) = (&stage.sandbox, stage.sandbox.home().join("truth"));
    sandbox.run(&sandbox.root(), &["worktree", "add", "-q", "--detach", path.as_str(), target.as_str()]);
    let merged = sandbox.try_run(&path, &["merge", "-q", "--no-ff", "--no-edit", tip.as_str()]).success();
    let truth = if merged {
        Ok(sandbox.run(&path, &["rev-parse", "HEAD^{tree}"]))
    } else {
        let names = sandbox.run(&path, &["diff", "--name-only", "--diff-filter=U"]);
        Err(names.lines().map(str::to_owned).collect())
    };
    sandbox.run(&sandbox.root(), &["worktree", "remove", "--force", path.as_str()]);
    truth
}

#[test]
fn the_prediction_is_what_git_does() {
    let (mut clean, mut conflicts) = (0, 0);
    for seed in 0..SEEDS {
        let stage = Stage::new();
        let (sandbox, dice) = (&stage.sandbox, &mut Dice::new(seed));
        let other = sandbox.worktree("other");
        work(dice, sandbox, &other);
        sandbox.run(&stage.feat, &["merge", "-q", "other"]);
        for _ in 0..=dice.below(3) {
            work(dice, sandbox, &other);
            work(dice, sandbox, &stage.feat);
            if dice.below(3) == 0 {
                let (one, two) = (sandbox.tip("other"), sandbox.tip("feat"));
                cross(sandbox, &other, two.as_str());
                cross(sandbox, &stage.feat, one.as_str());
            }
        }
        let (target, tip) = (sandbox.tip("other"), sandbox.tip("feat"));
        let objects = || sandbox.run(&sandbox.root(), &["count-objects", "-v"]);
        let before = objects();
        let predicted = sandbox.git.predict(&sandbox.repository(), &target, &tip).unwrap();
        assert_eq!(objects(), before, "seed {seed}: nothing is written into the repository");
        let predicted = match predicted {
            Prediction::Contained => continue,
            Prediction::Clean { tree } => Ok(tree.to_string()),
            Prediction::Conflicts(all) => Err(all.into_iter().map(|it| it.path).collect::<Vec<_>>()),
            Prediction::Unrelated => panic!("seed {seed}: they have a commit in common"),
        };
        assert_eq!(predicted, merged(&stage, &target, &tip), "seed {seed}");
        *(if predicted.is_ok() { &mut clean } else { &mut conflicts }) += 1;
    }
    assert!(clean > 3 && conflicts > 3, "the histories are too much alike: {clean} clean, {conflicts} not");
}
