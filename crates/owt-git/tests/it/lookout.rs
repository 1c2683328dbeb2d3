//! The watch over worktrees: the suite that the fake passes too, what only a real system does, and any sequence of
//! changes after which what is kept must be what git says.

mod changes;
mod limits;

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;

use owt_core::vcs::LinesChanged;
use owt_git::GitLookout;
use owt_git::PersonalFiles;
use owt_ports::Git;
use owt_ports::Lookout;
use owt_ports::Mark;
use owt_ports::Outlook;
use owt_ports::Sighting;
use owt_testkit::git_conformance::World;
use owt_testkit::lookout_conformance::assert_conforms;

use crate::sandbox::RefFormat;
use crate::sandbox::Sandbox;
use crate::sandbox::branch;

/// After how many looks without a change there must be a mark.
const LOOKS: usize = 3;

/// How often what nobody touches any more may be outdated by what was written before.
const LATE_CLOSES: usize = 20;

/// A machine whose lookout is asked the way the engine asks it.
struct Tower {
    sandbox: Sandbox,
    lookout: GitLookout,
}

impl Tower {
    fn new() -> Self {
        Self::over(Sandbox::new())
    }

    fn over(sandbox: Sandbox) -> Self {
        let lookout = lookout_of(&sandbox);
        Self { sandbox, lookout }
    }

    fn outlook(&self, name: &str) -> Outlook {
        let request = self.sandbox.request(name);
        self.sandbox.git.add_worktree(&request).unwrap();
        Outlook { worktree: request.path, base: request.start, base_branch: Some(branch("main")) }
    }

    /// What git says.
    fn truth(&self, outlook: &Outlook) -> Option<owt_core::vcs::WorktreeFacts> {
        self.sandbox.git.facts(&outlook.worktree, &outlook.base, outlook.base_branch.as_ref()).ok()
    }

    fn is_at(&self, outlook: &Outlook, mark: Option<Mark>) -> bool {
        mark.is_some_and(|mark| self.lookout.unchanged(&[(outlook, mark)]) == [true])
    }

    /// What the engine would show: what is kept, if it still holds, else a look.
    fn shown(&self, outlook: &Outlook, kept: &mut Option<Sighting>) -> Option<owt_core::vcs::WorktreeFacts> {
        let holds = kept.as_ref().is_some_and(|seen| self.is_at(outlook, seen.mark));
        if !holds {
            *kept = self.lookout.look(outlook, kept.as_ref()).ok();
        }
        kept.as_ref().map(|seen| seen.facts.clone())
    }

    /// Looks until there is a mark.
    fn settled(&self, outlook: &Outlook) -> Sighting {
        let mut last = None;
        for _ in 0..LOOKS {
            let seen = self.lookout.look(outlook, last.as_ref()).unwrap();
            if seen.mark.is_some() {
                return seen;
            }
            last = Some(seen);
        }
        panic!("no mark after {LOOKS} looks at what nobody touches");
    }

    /// Looks until nothing changes any more: a process that another thread is just starting holds a file that we wrote
    /// open until its program runs, and only then it counts as closed.
    fn at_rest(&self, outlook: &Outlook) -> Sighting {
        let mut settled = std::iter::repeat_with(|| self.settled(outlook)).take(LATE_CLOSES);
        settled.find(|seen| self.is_at(outlook, seen.mark)).expect("it comes to rest")
    }

    /// Whether a change is noticed, and the look after it true.
    fn notices(&self, outlook: &Outlook, change: impl FnOnce()) -> bool {
        let seen = self.at_rest(outlook);
        change();
        let noticed = !self.is_at(outlook, seen.mark);
        let next = self.lookout.look(outlook, Some(&seen)).unwrap();
        assert_eq!(Some(next.facts), self.truth(outlook));
        noticed
    }
}

fn lookout_of(sandbox: &Sandbox) -> GitLookout {
    let home = sandbox.home();
    let files = [".gitconfig", ".config/git/config", ".config/git/ignore", ".config/git/attributes"];
    let personal =
        PersonalFiles { home: Some(home.clone()), files: files.map(|file| home.join(file)).to_vec() };
    GitLookout::new(std::sync::Arc::new(sandbox.git_with(|_| {})), personal)
}

#[test]
fn the_real_one_keeps_watch_as_the_port_says() {
    assert_conforms(|| {
        let sandbox = Sandbox::new();
        let lookout = lookout_of(&sandbox);
        (sandbox, lookout)
    });
}

#[test]
fn the_same_with_refs_in_tables() {
    if Sandbox::with_refs_in(RefFormat::Tables).is_some() {
        assert_conforms(|| {
            let sandbox = Sandbox::with_refs_in(RefFormat::Tables).unwrap();
            let lookout = lookout_of(&sandbox);
            (sandbox, lookout)
        });
    }
}

#[test]
fn a_main_checkout_is_watched_too() {
    let tower = Tower::new();
    let root = tower.sandbox.root();
    let base = tower.sandbox.tip("main");
    let outlook = Outlook { worktree: root.clone(), base, base_branch: None };
    assert!(tower.notices(&outlook, || tower.sandbox.write(&root.join("a.txt"), "two\n")));
    assert!(tower.notices(&outlook, || drop(tower.sandbox.commit(&root))));
    assert!(tower.notices(&outlook, || drop(tower.sandbox.run(&root, &["switch", "-q", "-c", "other"]))));
}

#[test]
fn what_git_is_told_outside_of_the_worktree_counts() {
    let tower = Tower::new();
    let outlook = tower.outlook("feat/x");
    let sandbox = &tower.sandbox;
    let home = sandbox.home();
    sandbox.write(&outlook.worktree.join("note.tmp"), "new\n");
    // None of these files is there before.
    assert!(tower.notices(&outlook, || sandbox.write(&home.join(".config/git/ignore"), "*.tmp\n")));
    assert!(tower.notices(&outlook, || sandbox.write(&home.join(".config/git/ignore"), "*.bak\n")));
    let config = "[include]\n\tpath = more\n[user]\n\tname = Person\n\temail = p@example.org\n";
    assert!(tower.notices(&outlook, || sandbox.write(&home.join(".gitconfig"), config)));
    let more = "[core]\n\texcludesFile = ~/elsewhere\n";
    assert!(tower.notices(&outlook, || sandbox.write(&home.join("more"), more)));
    assert!(tower.notices(&outlook, || sandbox.write(&home.join("elsewhere"), "note.*\n")));
    assert!(tower.notices(&outlook, || sandbox.remove(&home.join("elsewhere"))));
    let shared = ["config", "core.excludesFile", "/nowhere"];
    assert!(tower.notices(&outlook, || drop(sandbox.run(&sandbox.root(), &shared))));
}

#[test]
fn settings_of_one_worktree_count() {
    let tower = Tower::new();
    let (one, other) = (tower.outlook("feat/x"), tower.outlook("feat/y"));
    let sandbox = &tower.sandbox;
    sandbox.run(&one.worktree, &["config", "extensions.worktreeConfig", "true"]);
    for outlook in [&one, &other] {
        sandbox.write(&outlook.worktree.join("note.tmp"), "new\n");
        let ignore = sandbox.home().join("ignore");
        let name = ["config", "--worktree", "core.excludesFile", "~/ignore"];
        assert!(tower.notices(outlook, || drop(sandbox.run(&outlook.worktree, &name))));
        assert!(tower.notices(outlook, || sandbox.write(&ignore, "*.tmp\n")));
        assert!(tower.notices(outlook, || sandbox.remove(&ignore)));
    }
}

#[test]
fn looking_leaves_the_index_as_it_is() {
    let tower = Tower::new();
    let outlook = tower.outlook("feat/x");
    let sandbox = &tower.sandbox;
    sandbox.write(&outlook.worktree.join("fresh.txt"), "more\n");
    sandbox.run(&outlook.worktree, &["add", "fresh.txt"]);
    let file = std::fs::File::options().write(true).open(outlook.worktree.join("a.txt")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000)).unwrap();
    let index = sandbox.run(&outlook.worktree, &["rev-parse", "--git-path", "index"]);
    let index = || (std::fs::read(&index).unwrap(), std::fs::metadata(&index).unwrap().ino());
    let before = index();
    let lines = tower.truth(&outlook).unwrap().lines;
    assert_eq!(lines, Some(LinesChanged { added: 1, removed: 0 }));
    assert_eq!(tower.lookout.look(&outlook, None).unwrap().facts.lines, lines);
    assert!(index() == before);
}

/// What git would say of them.
#[test]
fn new_files_count_as_they_will_once_git_knows_them() {
    let tower = Tower::new();
    let outlook = tower.outlook("feat/x");
    let (sandbox, at) = (&tower.sandbox, &outlook.worktree);
    let far = format!("{}\0late\n", "text\n".repeat(2000));
    let texts = [
        ("whole", "one\ntwo\n"),
        ("unended", "one\ntwo"),
        ("empty", ""),
        ("a line end", "\n"),
        ("dos", "one\r\ntwo\r\n"),
        ("deep/er/one", "one\n"),
        ("no text", "one\0\n"),
        ("late", far.as_str()),
        (":(top)", "one\n"),
        ("x.log", "ignored\n"),
    ];
    texts.iter().for_each(|(name, text)| sandbox.write(&at.join(name), text));
    std::os::unix::fs::symlink("nowhere\nat all", at.join("link").as_path()).unwrap();
    let lines = || tower.truth(&outlook).unwrap().lines;
    let before = lines();
    assert_eq!(tower.lookout.look(&outlook, None).unwrap().facts.lines, before);
    sandbox.run(at, &["add", "-A"]);
    assert_eq!(before, lines());
    assert_eq!(before.map(|lines| lines.added), Some(11 + 2001));
}

#[test]
fn lines_that_cannot_be_counted_leave_the_rest_known() {
    let sandbox = Sandbox::new();
    let program = sandbox.home().join("failing");
    sandbox.write(&program, "#!/bin/sh\ncase \" $* \" in *' diff-index '*) exit 9;; esac\nexec git \"$@\"\n");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let git = std::sync::Arc::new(sandbox.git_with(|settings| settings.program = program.as_str().into()));
    let tower = Tower::over(sandbox);
    let outlook = tower.outlook("feat/x");
    tower.sandbox.write(&outlook.worktree.join("b.txt"), "more\n");
    let known = (1, None);
    let told = git.facts(&outlook.worktree, &outlook.base, outlook.base_branch.as_ref()).unwrap();
    assert_eq!((told.dirty_files, told.lines), known);
    let lookout = GitLookout::new(git, PersonalFiles { home: None, files: Vec::new() });
    let told = lookout.look(&outlook, None).unwrap().facts;
    assert_eq!((told.dirty_files, told.lines), known);
}

#[test]
fn lines_are_counted_from_where_work_began_though_its_branch_is_behind_that() {
    let tower = Tower::new();
    let mut outlook = tower.outlook("feat/x");
    tower.sandbox.write(&outlook.worktree.join("theirs.txt"), "theirs\n");
    tower.sandbox.commit(&outlook.worktree);
    outlook.base = tower.sandbox.tip("feat/x");
    tower.sandbox.write(&outlook.worktree.join("a.txt"), "");
    tower.sandbox.write(&outlook.worktree.join("b.txt"), "own\n");
    tower.sandbox.run(&outlook.worktree, &["add", "b.txt"]);
    assert_eq!(tower.truth(&outlook).unwrap().lines.unwrap().added, 1);
}

#[test]
fn what_is_elsewhere_by_now_is_not_as_it_was() {
    let tower = Tower::new();
    let outlook = tower.outlook("feat/x");
    let folder = outlook.worktree.parent().unwrap();
    let aside = tower.sandbox.home().join("aside");
    // A folder above is renamed: nothing of the worktree itself changes.
    let seen = tower.settled(&outlook);
    std::fs::rename(&folder, &aside).unwrap();
    assert!(!tower.is_at(&outlook, seen.mark));
    assert!(tower.lookout.look(&outlook, Some(&seen)).is_err());
    std::fs::rename(&aside, &folder).unwrap();
    assert!(tower.notices(&outlook, || tower.sandbox.write(&outlook.worktree.join("a.txt"), "two\n")));
}

#[test]
fn a_commit_on_one_branch_is_no_change_for_its_neighbours() {
    let tower = Tower::new();
    let [one, other] = ["feat/x", "feat/y"].map(|name| tower.outlook(name));
    let seen = tower.settled(&other);
    assert!(tower.notices(&one, || {
        tower.sandbox.write(&one.worktree.join("a.txt"), "two\n");
        tower.sandbox.commit(&one.worktree);
    }));
    assert!(tower.is_at(&other, seen.mark));
    // The base branch is everybody's.
    assert!(tower.notices(&one, || drop(
        tower.sandbox.run(&tower.sandbox.root(), &["commit", "-q", "--allow-empty", "-m", "more"])
    )));
    assert!(!tower.is_at(&other, seen.mark));
}

#[test]
fn no_watch_is_left_of_what_is_left() {
    let tower = Tower::new();
    let outlooks = ["feat/x", "feat/y"].map(|name| tower.outlook(name));
    assert_eq!(tower.lookout.watches(), 0);
    for outlook in &outlooks {
        tower.sandbox.write(&outlook.worktree.join("deep/er/file"), "new\n");
        tower.settled(outlook);
    }
    assert!(tower.lookout.watches() > 10);
    // Folders that are gone, or ignored by now, need no watch.
    let before = tower.lookout.watches();
    tower.sandbox.write(&outlooks[0].worktree.join(".gitignore"), "deep/\n");
    tower.settled(&outlooks[0]);
    assert_eq!(tower.lookout.watches(), before - 2);
    outlooks.iter().for_each(|outlook| tower.lookout.leave(outlook));
    assert_eq!(tower.lookout.watches(), 0);
}

#[test]
fn a_folder_that_is_gone_takes_its_watches_along() {
    let tower = Tower::new();
    let outlook = tower.outlook("feat/x");
    let seen = tower.settled(&outlook);
    tower.sandbox.remove(&outlook.worktree);
    assert!(tower.lookout.look(&outlook, Some(&seen)).is_err());
    assert_eq!(tower.lookout.watches(), 0);
}

#[test]
fn a_packed_branch_that_is_deleted_is_gone_from_one_file_for_all() {
    let tower = Tower::new();
    let root = tower.sandbox.root();
    tower.sandbox.run(&root, &["branch", "base"]);
    let outlook = Outlook { base_branch: Some(branch("base")), ..tower.outlook("feat/x") };
    assert!(tower.notices(&outlook, || drop(tower.sandbox.run(&root, &["pack-refs", "--all"]))));
    assert!(
        tower.notices(&outlook, || drop(tower.sandbox.run(&root, &["update-ref", "-d", "refs/heads/base"])))
    );
}
