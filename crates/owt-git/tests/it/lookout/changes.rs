//! Any sequence of changes, of the worktree, by git, in the repository and outside: after each, what is kept must be
//! what git says now. No waiting: what was done before the question must be seen by it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use owt_core::AbsPath;
use owt_ports::Outlook;
use owt_ports::Sighting;
use owt_testkit::git_conformance::World;
use proptest::prelude::*;

use super::Tower;

#[derive(Debug, Clone)]
enum Change {
    Nothing,
    Write(&'static str, u8),
    SameSize(&'static str),
    Append(&'static str),
    Delete(&'static str),
    Rename(&'static str, &'static str),
    Mode(&'static str, u32),
    MakeFolder(&'static str),
    Link(&'static str),
    Git(&'static [&'static str]),
    InMain(&'static [&'static str]),
    MoveBranch(&'static str),
    Exclude(&'static str),
    PersonalIgnore(&'static str),
    Replaced,
    Gone,
}

const PATHS: &[&str] = &[
    "a.txt",
    "b.txt",
    "new.txt",
    "deep/a.txt",
    "deep/er/b.txt",
    "other/c.txt",
    "x.log",
    "ignored/cache",
    "ignored/deep/cache",
    "build/out",
    "build/keep/in",
    ".gitignore",
    "deep/.gitignore",
];

const FOLDERS: &[&str] = &["deep", "deep/er", "other", "ignored", "build", "build/keep", "empty/and/deep"];

const RULES: &[&str] = &["", "build/\n", "*.txt\n", "deep/\n!deep/er\n", "/other\n", "*.log\nignored/\n"];

/// What an agent does in its worktree. Some of it fails, as it may: then nothing has changed.
const GIT: &[&[&str]] = &[
    &["add", "-A"],
    &["add", "-f", "build/keep/in"],
    &["add", "-f", "ignored/cache"],
    &["rm", "-q", "--cached", "a.txt"],
    &["commit", "-q", "-m", "work"],
    &["commit", "-q", "-a", "--allow-empty", "-m", "more"],
    &["commit", "-q", "--amend", "--allow-empty", "-m", "again"],
    &["reset", "-q", "--hard", "HEAD~1"],
    &["reset", "-q", "HEAD"],
    &["reset", "-q", "--soft", "HEAD~1"],
    &["checkout", "-q", "--detach"],
    &["checkout", "-q", "-B", "feat/x"],
    &["checkout", "-q", "-B", "other/branch"],
    &["stash", "-q", "-u"],
    &["stash", "pop", "-q"],
    &["clean", "-qfd"],
    &["mv", "a.txt", "deep"],
    &["update-index", "--refresh"],
    &["update-index", "--assume-unchanged", "a.txt"],
    &["update-index", "--no-assume-unchanged", "a.txt"],
    &["status"],
    &["merge", "-q", "main", "-m", "merged"],
    &["rebase", "-q", "main"],
    &["rebase", "--abort"],
];

/// What a person does in the repository.
const IN_MAIN: &[&[&str]] = &[
    &["commit", "-q", "--allow-empty", "-m", "main"],
    &["reset", "-q", "--hard", "HEAD~1"],
    &["pack-refs", "--all"],
    &["gc", "-q", "--prune=now"],
    &["branch", "-f", "elsewhere", "main"],
    &["branch", "-m", "main", "renamed"],
    &["branch", "-m", "renamed", "main"],
    &["config", "core.fileMode", "false"],
    &["config", "core.fileMode", "true"],
    &["config", "core.excludesFile", "~/rules"],
    &["config", "--unset", "core.excludesFile"],
    &["worktree", "prune"],
    &["replace", "--graft", "main"],
    &["replace", "-d", "main"],
];

fn change() -> impl Strategy<Value = Change> {
    let path = || prop::sample::select(PATHS);
    let rule = || prop::sample::select(RULES);
    prop_oneof![
        1 => Just(Change::Nothing),
        6 => (path(), 0..4_u8).prop_map(|(path, content)| Change::Write(path, content)),
        2 => path().prop_map(Change::SameSize),
        2 => path().prop_map(Change::Append),
        2 => path().prop_map(Change::Delete),
        1 => prop::sample::select(FOLDERS).prop_map(Change::Delete),
        2 => (path(), path()).prop_map(|(from, to)| Change::Rename(from, to)),
        1 => (prop::sample::select(FOLDERS), prop::sample::select(FOLDERS))
            .prop_map(|(from, to)| Change::Rename(from, to)),
        2 => (path(), prop::sample::select(&[0o600, 0o644, 0o755][..]))
            .prop_map(|(path, mode)| Change::Mode(path, mode)),
        1 => prop::sample::select(FOLDERS).prop_map(Change::MakeFolder),
        1 => path().prop_map(Change::Link),
        10 => prop::sample::select(GIT).prop_map(Change::Git),
        4 => prop::sample::select(IN_MAIN).prop_map(Change::InMain),
        2 => prop::sample::select(&["main", "main~1", "feat/x~1", "elsewhere"][..]).prop_map(Change::MoveBranch),
        1 => rule().prop_map(Change::Exclude),
        1 => rule().prop_map(Change::PersonalIgnore),
        1 => Just(Change::Replaced),
        1 => Just(Change::Gone),
    ]
}

struct Walk<'a> {
    tower: &'a Tower,
    outlook: Outlook,
}

impl Walk<'_> {
    /// Does it; what cannot be done is not done.
    fn make(&self, change: &Change) {
        let sandbox = &self.tower.sandbox;
        let (root, main) = (&self.outlook.worktree, sandbox.root());
        let at = |path: &str| root.join(path);
        let write = |file: &AbsPath, content: &str| {
            let made = file.parent().is_some_and(|folder| fs::create_dir_all(folder).is_ok());
            drop(made.then(|| fs::write(file, content)));
        };
        match change {
            Change::Nothing => {}
            Change::Write(path, content) => {
                let content = if path.ends_with(".gitignore") {
                    RULES[usize::from(*content)]
                } else {
                    CONTENTS[usize::from(*content)]
                };
                write(&at(path), content);
            }
            Change::SameSize(path) => {
                if let Ok(bytes) = fs::read(at(path)) {
                    drop(fs::write(at(path), bytes.iter().map(|byte| byte ^ 1).collect::<Vec<_>>()));
                }
            }
            Change::Append(path) => {
                if let Ok(text) = fs::read_to_string(at(path)) {
                    write(&at(path), &format!("{text}more\n"));
                }
            }
            Change::Delete(path) => {
                drop(fs::remove_file(at(path)));
                drop(fs::remove_dir_all(at(path)));
            }
            Change::Rename(from, to) => drop(fs::rename(at(from), at(to))),
            Change::Mode(path, mode) => {
                drop(fs::set_permissions(at(path), fs::Permissions::from_mode(*mode)));
            }
            Change::MakeFolder(path) => drop(fs::create_dir_all(at(path))),
            Change::Link(path) => drop(std::os::unix::fs::symlink("a.txt", at(path))),
            Change::Git(args) if root.as_path().exists() => drop(sandbox.try_run(root, args)),
            Change::Git(_) => {}
            Change::InMain(args) => drop(sandbox.try_run(&main, args)),
            Change::MoveBranch(to) => drop(sandbox.try_run(&main, &["update-ref", "refs/heads/feat/x", to])),
            Change::Exclude(rules) => write(&main.join(".git/info/exclude"), rules),
            Change::PersonalIgnore(rules) => {
                write(&sandbox.home().join("rules"), rules);
                write(&sandbox.home().join(".config/git/ignore"), rules);
            }
            Change::Replaced => {
                let copy = sandbox.home().join("copy");
                drop(fs::remove_dir_all(&copy));
                drop(fs::rename(root, &copy));
                drop(sandbox.try_run(&main, &["worktree", "prune"]));
                drop(sandbox.try_run(&main, &["worktree", "add", "-f", "-q", root.as_str(), "feat/x"]));
            }
            Change::Gone => {
                drop(fs::remove_dir_all(root));
            }
        }
    }
}

const CONTENTS: &[&str] = &["one\n", "two\n", "", "a longer content\n"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_is_what_git_says(steps in prop::collection::vec((change(), 1..4_usize), 1..40)) {
        let tower = Tower::new();
        let walk = Walk { outlook: tower.outlook("feat/x"), tower: &tower };
        let mut kept: Option<Sighting> = None;
        for (change, questions) in &steps {
            walk.make(change);
            for _ in 0..*questions {
                let shown = tower.shown(&walk.outlook, &mut kept);
                prop_assert_eq!(shown, tower.truth(&walk.outlook), "after {:?}", change);
            }
        }
    }
}
