//! What keeping watch over worktrees must do for the engine: the one suite for [`Lookout`], run on the real one and
//! on the fake, each beside the [`Git`](owt_ports::Git) that it must agree with.
#![expect(
    clippy::unwrap_used,
    reason = "a check's way of failing is to panic; the port's error is the message"
)]

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::Repository;
use owt_core::vcs::WorktreeFacts;
use owt_ports::BranchOrigin;
use owt_ports::Found;
use owt_ports::Lookout;
use owt_ports::Mark;
use owt_ports::Outlook;
use owt_ports::Sighting;
use owt_ports::WorktreeRequest;

use crate::git_conformance::World;

/// After how many looks without a change there must be a mark.
const LOOKS: usize = 3;

/// How often a mark may be outdated after a change although nobody touches anything any more: a process that another
/// thread is just starting holds a file that we wrote open until its program runs, and only then it counts as closed.
const LATE_CLOSES: usize = 20;

/// One demand on a world and the lookout over it.
type Check = fn(&Scene<'_>);

const CHECKS: &[(&str, Check)] = &[
    ("what_nobody_touched_is_unchanged", what_nobody_touched_is_unchanged),
    ("whatever_changes_is_seen", whatever_changes_is_seen),
    ("a_change_of_one_is_none_of_another", a_change_of_one_is_none_of_another),
    ("ignored_files_are_no_change_of_the_facts", ignored_files_are_no_change_of_the_facts),
    ("what_was_left_is_not_known", what_was_left_is_not_known),
    ("a_lost_folder_is_not_as_it_was", a_lost_folder_is_not_as_it_was),
    ("what_lies_at_its_place_is_told", what_lies_at_its_place_is_told),
    ("two_outlooks_on_one_worktree_are_both_true", two_outlooks_on_one_worktree_are_both_true),
];

/// Runs every check in a world of its own.
///
/// # Panics
/// When a check fails; its name is printed before it runs.
pub fn assert_conforms<W: World, L: Lookout>(fresh: impl Fn() -> (W, L)) {
    for (name, check) in CHECKS {
        let (world, lookout) = fresh();
        let thread = std::thread::Builder::new().name((*name).to_owned());
        std::thread::scope(|scope| {
            let scene = Scene { world: &world, lookout: &lookout };
            let run = thread.spawn_scoped(scope, move || check(&scene)).expect("room for one more thread");
            assert!(run.join().is_ok(), "not as the port says: {name}");
        });
    }
}

struct Scene<'a> {
    world: &'a dyn World,
    lookout: &'a dyn Lookout,
}

impl Scene<'_> {
    /// A new worktree on a branch of this name, seen against `main`.
    fn outlook(&self, name: &str) -> Outlook {
        let git = self.world.git();
        let repository = git.discover(&self.world.root()).unwrap().repository;
        let base = git.resolve(&repository, "main").unwrap();
        let path = self.world.outside().join(&name.replace('/', "-"));
        let request = WorktreeRequest {
            repository,
            path: path.clone(),
            branch: BranchName::new(name).unwrap(),
            start: base.clone(),
            branch_origin: BranchOrigin::New,
        };
        git.add_worktree(&request).unwrap();
        Outlook { worktree: path, base, base_branch: Some(BranchName::new("main").unwrap()) }
    }

    fn truth(&self, outlook: &Outlook) -> WorktreeFacts {
        self.world.git().facts(&outlook.worktree, &outlook.base, outlook.base_branch.as_ref()).unwrap()
    }

    /// Looks until there is a mark.
    fn settled(&self, outlook: &Outlook, mut last: Option<Sighting>) -> (Sighting, Mark) {
        for _ in 0..LOOKS {
            let seen = self.lookout.look(outlook, last.as_ref()).unwrap();
            assert_eq!(seen.facts, self.truth(outlook));
            if let Some(mark) = seen.mark {
                return (seen, mark);
            }
            last = Some(seen);
        }
        panic!("no mark after {LOOKS} looks at what nobody touches");
    }

    /// Looks until nothing changes any more.
    fn at_rest(&self, outlook: &Outlook, mut last: Option<Sighting>, after: &str) -> (Sighting, Mark) {
        for _ in 0..LATE_CLOSES {
            let (seen, mark) = self.settled(outlook, last);
            if self.is_at(outlook, mark) {
                return (seen, mark);
            }
            last = Some(seen);
        }
        panic!("no rest after {after}");
    }

    fn is_at(&self, outlook: &Outlook, mark: Mark) -> bool {
        self.lookout.unchanged(&[(outlook, mark)]) == [true]
    }
}

fn what_nobody_touched_is_unchanged(scene: &Scene<'_>) {
    let outlook = scene.outlook("feat/x");
    let (seen, mark) = scene.settled(&outlook, None);
    assert!(scene.is_at(&outlook, mark));
    // Asking git, by whomever, is no change.
    scene.truth(&outlook);
    assert!(scene.is_at(&outlook, mark));
    assert_eq!(scene.lookout.look(&outlook, Some(&seen)), Ok(seen));
}

fn whatever_changes_is_seen(scene: &Scene<'_>) {
    let world = scene.world;
    let outlook = scene.outlook("feat/x");
    let file = |path: &str| outlook.worktree.join(path);
    let root = world.root();
    let changes: &[(&str, &dyn Fn())] = &[
        ("a file", &|| world.write(&file("a.txt"), "two\n")),
        ("a new file", &|| world.write(&file("new.txt"), "new\n")),
        ("a new file in a new folder", &|| world.write(&file("deep/er/new.txt"), "new\n")),
        ("another one there", &|| world.write(&file("deep/er/newer.txt"), "new\n")),
        ("the index", &|| world.stage(&outlook.worktree, "new.txt")),
        ("a lost file", &|| world.remove(&file("b.txt"))),
        ("a commit", &|| drop(world.commit(&outlook.worktree))),
        ("a lost folder", &|| world.remove(&file("deep"))),
        ("the base branch", &|| {
            world.write(&root.join("b.txt"), "two\n");
            world.commit(&root);
        }),
        ("an ignored file that is tracked now", &|| {
            world.write(&file("x.log"), "one\n");
            world.stage(&outlook.worktree, "x.log");
        }),
    ];
    let (mut seen, mut mark) = scene.settled(&outlook, None);
    for (what, change) in changes {
        change();
        assert!(!scene.is_at(&outlook, mark), "{what}");
        (seen, mark) = scene.at_rest(&outlook, Some(seen), what);
    }
}

fn a_change_of_one_is_none_of_another(scene: &Scene<'_>) {
    let outlooks = ["feat/x", "feat/y", "z"].map(|name| scene.outlook(name));
    let marks = outlooks.each_ref().map(|outlook| scene.settled(outlook, None).1);
    scene.world.write(&outlooks[1].worktree.join("a.txt"), "two\n");
    let seen: Vec<(&Outlook, Mark)> = outlooks.iter().zip(marks).collect();
    assert_eq!(scene.lookout.unchanged(&seen), [true, false, true]);
}

fn ignored_files_are_no_change_of_the_facts(scene: &Scene<'_>) {
    let outlook = scene.outlook("feat/x");
    scene.world.write(&outlook.worktree.join("ignored/deep/cache"), "one");
    let (seen, mark) = scene.settled(&outlook, None);
    scene.world.write(&outlook.worktree.join("ignored/deep/cache"), "two");
    scene.world.write(&outlook.worktree.join("ignored/new"), "two");
    assert!(scene.is_at(&outlook, mark), "nobody watches what git does not look at");
    scene.world.write(&outlook.worktree.join("x.log"), "two");
    assert_eq!(scene.settled(&outlook, Some(seen.clone())).0.facts, seen.facts);
}

fn what_was_left_is_not_known(scene: &Scene<'_>) {
    let outlook = scene.outlook("feat/x");
    scene.lookout.leave(&outlook);
    let (_, mark) = scene.settled(&outlook, None);
    scene.lookout.leave(&outlook);
    assert!(!scene.is_at(&outlook, mark));
    let (_, mark) = scene.settled(&outlook, None);
    assert!(scene.is_at(&outlook, mark));
}

fn a_lost_folder_is_not_as_it_was(scene: &Scene<'_>) {
    let outlook = scene.outlook("feat/x");
    let (seen, mark) = scene.settled(&outlook, None);
    scene.world.remove(&outlook.worktree);
    assert!(!scene.is_at(&outlook, mark));
    assert!(scene.lookout.look(&outlook, Some(&seen)).is_err());
    assert!(!scene.is_at(&outlook, mark));
}

fn what_lies_at_its_place_is_told(scene: &Scene<'_>) {
    let outlook = scene.outlook("feat/x");
    let repository = scene.world.git().discover(&scene.world.root()).unwrap().repository;
    let found = |place: &AbsPath| scene.lookout.find(Some(&repository), place);
    assert_eq!(found(&outlook.worktree), Found::Folder);
    assert_eq!(found(&repository.root), Found::Folder, "the main checkout");
    assert_eq!(scene.lookout.find(None, &outlook.worktree), Found::Folder);
    scene.world.remove(&outlook.worktree);
    assert_eq!(found(&outlook.worktree), Found::Nothing);
    assert_eq!(scene.lookout.find(None, &outlook.worktree), Found::Nothing);
    let other = scene.world.outside().join("plain");
    scene.world.write(&other.join("a.txt"), "of somebody else\n");
    assert_eq!(found(&other), Found::Another);
    assert_eq!(scene.lookout.find(None, &other), Found::Folder);
    let common_dir = repository.common_dir.join("gone");
    let gone = Repository { id: owt_core::RepositoryId::from_bits(7), common_dir, ..repository };
    assert_eq!(scene.lookout.find(Some(&gone), &other), Found::NoRepository);
}

/// Whether each can be watched is the lookout's business.
fn two_outlooks_on_one_worktree_are_both_true(scene: &Scene<'_>) {
    let one = scene.outlook("feat/x");
    let other = Outlook { base_branch: None, ..one.clone() };
    let path = |name: &str| AbsPath::new(one.worktree.join(name)).unwrap();
    let mut last = [None, None];
    for round in 0..LOOKS * 2 {
        for (outlook, last) in [&one, &other].into_iter().zip(&mut last) {
            let known: Option<Sighting> = last.take();
            let mark = known.as_ref().and_then(|seen| seen.mark);
            let fresh = scene.truth(outlook);
            if let (Some(mark), Some(known)) = (mark, &known)
                && scene.is_at(outlook, mark)
            {
                assert_eq!(known.facts, fresh);
            }
            let seen = scene.lookout.look(outlook, known.as_ref()).unwrap();
            assert_eq!(seen.facts, fresh);
            *last = Some(seen);
        }
        scene.world.write(&path(&format!("new/{round}.txt")), "new\n");
    }
}
