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
        2 => prop::sample::select(MOVES).prop_map(Change::MoveBranch),
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

/// How often two write at once. The fault that this is for showed itself within ten rounds.
const ROUNDS: usize = 60;

const CONTENTS: &[&str] = &["one\n", "two\n", "", "a longer content\n"];

/// Moves of the branch, from outside of its worktree.
const MOVES: &[&str] = &["main", "main~1", "feat/x~1", "elsewhere"];

/// A machine with some history: two commits on `main`, two on the branch, one elsewhere.
fn machine() -> (Tower, Outlook) {
    let tower = Tower::new();
    let outlook = tower.outlook("feat/x");
    let main = tower.sandbox.root();
    for (at, what) in [(&main, "main"), (&outlook.worktree, "work"), (&outlook.worktree, "more")] {
        tower.sandbox.write(&at.join("b.txt"), &format!("{what}\n"));
        tower.sandbox.commit(at);
    }
    tower.sandbox.run(&main, &["branch", "elsewhere", "feat/x~1"]);
    tower.sandbox.write(&tower.sandbox.home().join("rules"), "*.tmp\n");
    (tower, outlook)
}

/// Every change that there is, in an order in which most of them do something.
fn every_change() -> Vec<Change> {
    let writes = PATHS.iter().flat_map(|path| [0, 1, 3].map(|content| Change::Write(path, content)));
    let appended = PATHS
        .iter()
        .flat_map(|path| [Change::SameSize(path), Change::Append(path), Change::Mode(path, 0o755)]);
    let excluded = RULES.iter().map(|rules| Change::Exclude(rules));
    let rules = excluded.chain(RULES.iter().map(|rules| Change::PersonalIgnore(rules)));
    let git = GIT.iter().map(|args| Change::Git(args));
    let mut all: Vec<Change> = FOLDERS.iter().map(|folder| Change::MakeFolder(folder)).collect();
    all.extend(writes.chain(appended).chain(git.clone()));
    all.extend(IN_MAIN.iter().map(|args| Change::InMain(args)).chain(rules));
    // Now that the refs are packed, and once more with each of them in a file of its own.
    for _ in 0..2 {
        all.extend(MOVES.iter().map(|to| Change::MoveBranch(to)));
        all.push(Change::Git(&["checkout", "-q", "-f", "-B", "feat/x", "elsewhere"]));
    }
    all.extend([Change::Rename("deep", "other"), Change::Rename("a.txt", "deep"), Change::Link("new.txt")]);
    all.extend(git);
    all.extend(PATHS.iter().chain(FOLDERS).map(|path| Change::Delete(path)));
    all.extend([Change::Replaced, Change::Write("a.txt", 3), Change::Gone]);
    all
}

#[test]
fn after_every_single_change_what_is_kept_is_what_git_says() {
    let (tower, outlook) = machine();
    let walk = Walk { outlook, tower: &tower };
    let (mut kept, mut from_rest) = (None, 0);
    let all = every_change();
    for change in &all {
        walk.make(change);
        for _ in 0..4 {
            assert_eq!(tower.shown(&walk.outlook, &mut kept), tower.truth(&walk.outlook), "after {change:?}");
        }
        // Only then could the next one be missed.
        from_rest += usize::from(kept.as_ref().is_some_and(|seen| seen.mark.is_some()));
    }
    assert!(from_rest * 10 > all.len() * 9, "{from_rest} of {}", all.len());
}

/// A watch that a change has spent while the others were being put in place sees nothing more: no answer may rest
/// on it.
#[test]
fn what_is_written_while_git_is_asked_does_not_hide_what_is_written_later() {
    let (tower, outlook) = machine();
    let file = outlook.worktree.join("a.txt");
    let mut kept = None;
    for round in 0..ROUNDS {
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for content in CONTENTS.iter().cycle().take(round % 40) {
                    fs::write(&file, content).unwrap();
                }
            });
            while !writer.is_finished() {
                drop(tower.shown(&outlook, &mut kept));
            }
        });
        drop(tower.shown(&outlook, &mut kept));
        for content in [CONTENTS[0], CONTENTS[1]] {
            fs::write(&file, content).unwrap();
            let shown = tower.shown(&outlook, &mut kept);
            assert_eq!(shown, tower.truth(&outlook), "in round {round}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_is_what_git_says(steps in prop::collection::vec((change(), 1..5_usize), 1..40)) {
        let (tower, outlook) = machine();
        let walk = Walk { outlook, tower: &tower };
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
