//! The radar says what git then does: on every pair of made-up histories with renames, folders that move, modes, merges
//! both ways, attributes and work that is not committed; and writes nothing where it does not belong.

use std::fs;
use std::sync::Arc;

use owt_core::AbsPath;
use owt_core::radar::Clash;
use owt_core::radar::Meeting;
use owt_core::radar::Standing;
use owt_core::radar::Verdict;
use owt_core::vcs::ObjectId;
use owt_git::GitRadar;
use owt_ports::Radar as _;
use owt_testkit::checkout_witness::CheckoutWitness;
use owt_testkit::git_conformance::World as _;

use super::Stage;
use super::predictions::Dice;
use super::predictions::cross;
use super::predictions::merged;
use super::predictions::work;
use crate::sandbox::Sandbox;

/// How many histories; a failing one is named by its seed.
const SEEDS: u64 = 12;

pub(crate) fn radar_of(sandbox: &Sandbox) -> GitRadar {
    GitRadar::new(Arc::new(sandbox.git_with(|_| ())))
}

fn stand(radar: &GitRadar, sandbox: &Sandbox, worktree: &AbsPath) -> Standing {
    radar.stand(&sandbox.repository(), worktree).unwrap().unwrap()
}

/// What git does with two commits, in the words of the radar.
fn truth(stage: &Stage, a: &ObjectId, b: &ObjectId) -> Vec<String> {
    merged(stage, a, b).err().unwrap_or_default()
}

fn paths(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Clean => Vec::new(),
        Verdict::Conflicts(all) => all.iter().map(|clash| clash.conflict.path.clone()).collect(),
        other => panic!("neither clean nor a conflict: {other:?}"),
    }
}

/// Branches with a common past, some of them crossed.
fn history(stage: &Stage, dice: &mut Dice) -> Vec<AbsPath> {
    let sandbox = &stage.sandbox;
    let first = sandbox.worktree("b0");
    for _ in 0..3 {
        work(dice, sandbox, &first);
    }
    if dice.below(3) == 0 {
        sandbox.write(&first.join(".gitattributes"), "*1 -merge\n*2 merge=union\n");
        sandbox.commit(&first);
    }
    let mut all = vec![first.clone()];
    for name in ["b1", "b2", "b3", "b4"] {
        let path = sandbox.worktree(name);
        sandbox.run(&path, &["merge", "-q", "--ff-only", "b0"]);
        all.push(path);
    }
    for path in &all {
        for _ in 0..=dice.below(2) {
            work(dice, sandbox, path);
        }
    }
    if dice.below(2) == 0 {
        let (one, two) = (sandbox.tip("b1"), sandbox.tip("b2"));
        cross(sandbox, &all[1], two.as_str());
        cross(sandbox, &all[2], one.as_str());
        work(dice, sandbox, &all[1]);
        work(dice, sandbox, &all[2]);
    }
    all
}

fn assert_all_pairs_are_told(stage: &Stage, radar: &GitRadar, names: &[&str], seed: u64) -> (u32, u32) {
    let sandbox = &stage.sandbox;
    let tips: Vec<ObjectId> = names.iter().map(|name| sandbox.tip(name)).collect();
    let mut asked = Vec::new();
    for a in &tips {
        for b in tips.iter().filter(|b| *b != a) {
            let standing = |id: &ObjectId| Standing::committed(id.clone());
            asked.push(Meeting { a: standing(a), b: standing(b) });
        }
    }
    let told = radar.compare(&sandbox.repository(), &asked).unwrap();
    let (mut clean, mut conflicts) = (0, 0);
    for (meeting, verdict) in asked.iter().zip(&told) {
        let (a, b) = (&meeting.a.head, &meeting.b.head);
        assert_eq!(paths(verdict), truth(stage, a, b), "seed {seed}: {b} into {a}");
        *(if *verdict == Verdict::Clean { &mut clean } else { &mut conflicts }) += 1;
    }
    (clean, conflicts)
}

#[test]
fn the_radar_says_of_all_pairs_what_git_does() {
    let (mut clean, mut conflicts) = (0, 0);
    for seed in 100..100 + SEEDS {
        let stage = Stage::new();
        let dice = &mut Dice::new(seed);
        let all = history(&stage, dice);
        let radar = radar_of(&stage.sandbox);
        let names = ["b0", "b1", "b2", "b3", "b4"];
        let told = assert_all_pairs_are_told(&stage, &radar, &names, seed);
        // What was kept from before must be as good.
        work(dice, &stage.sandbox, &all[3]);
        assert_all_pairs_are_told(&stage, &radar, &names[2..], seed);
        clean += told.0;
        conflicts += told.1;
    }
    assert!(clean > 20 && conflicts > 20, "the histories are too much alike: {clean} clean, {conflicts} not");
}

/// A text of few lines that are much alike, changed here and there, with or without a newline at its end.
fn text_of(dice: &mut Dice) -> String {
    let mut lines: Vec<&str> = vec!["a", "b", "c", "a", "d", "e", "b", "f", "g", "a"];
    for _ in 0..=dice.below(3) {
        let at = usize::try_from(dice.below(10)).unwrap().min(lines.len() - 1);
        let line = ["a", "b", "x", "y"][usize::try_from(dice.below(4)).unwrap()];
        match dice.below(4) {
            0 if lines.len() > 2 => drop(lines.remove(at)),
            1 => lines.insert(at, line),
            _ => lines[at] = line,
        }
    }
    lines.join("\n") + if dice.below(6) == 0 { "" } else { "\n" }
}

#[test]
fn changes_of_one_text_that_touch_are_told_as_git_merges_them() {
    let (mut clean, mut conflicts) = (0, 0);
    for seed in 200..204 {
        let (stage, dice) = (Stage::new(), &mut Dice::new(seed));
        let sandbox = &stage.sandbox;
        sandbox.write(&stage.feat.join("text"), "a\nb\nc\na\nd\ne\nb\nf\ng\na\n");
        sandbox.commit(&stage.feat);
        let tip = |dice: &mut Dice| {
            sandbox.write(&stage.feat.join("text"), &text_of(dice));
            sandbox.run(&stage.feat, &["commit", "-q", "-a", "--allow-empty", "-m", "work"]);
            let tip = sandbox.tip("feat");
            sandbox.run(&stage.feat, &["reset", "-q", "--hard", "HEAD^"]);
            tip
        };
        let tips: Vec<ObjectId> = (0..14).map(|_| tip(dice)).collect();
        let standing = |at: usize| Standing::committed(tips[at].clone());
        let pairs = || (0..tips.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        let asked: Vec<Meeting> = pairs().map(|(a, b)| Meeting { a: standing(a), b: standing(b) }).collect();
        let told = radar_of(sandbox).compare(&sandbox.repository(), &asked).unwrap();
        for ((a, b), verdict) in pairs().zip(&told) {
            let merge = ["merge-tree", "--write-tree", "--name-only", tips[a].as_str(), tips[b].as_str()];
            let goes = sandbox.try_run(&stage.feat, &merge).success();
            assert_eq!(paths(verdict).is_empty(), goes, "seed {seed}: {} and {}", tips[a], tips[b]);
            let told_lines = |all: &[Clash]| all.iter().all(|clash| !clash.lines.is_empty());
            assert!(
                !matches!(verdict, Verdict::Conflicts(all) if !told_lines(all)),
                "seed {seed}: {verdict:?}"
            );
            *(if goes { &mut clean } else { &mut conflicts }) += 1;
        }
    }
    assert!(clean > 40 && conflicts > 40, "the texts are too much alike: {clean} clean, {conflicts} not");
}

#[test]
fn some_that_stand_at_one_commit_hide_nothing_from_the_others() {
    let stage = Stage::new();
    let sandbox = &stage.sandbox;
    let tip = |text: &str| {
        sandbox.write(&stage.feat.join("text"), text);
        sandbox.commit(&stage.feat);
        sandbox.tip("feat")
    };
    tip("as it was\n");
    // What git calls first depends on the ids: so there are several.
    let all: Vec<ObjectId> = (0..6)
        .map(|at| {
            let tip = tip(&format!("{at}\n"));
            sandbox.run(&stage.feat, &["reset", "-q", "--hard", "HEAD^"]);
            tip
        })
        .collect();
    let all: Vec<&ObjectId> = all.iter().chain(&all).collect();
    let pairs = || (0..all.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
    let standing = |at: usize| Standing::committed(all[at].clone());
    let asked: Vec<Meeting> = pairs().map(|(a, b)| Meeting { a: standing(a), b: standing(b) }).collect();
    let told = radar_of(sandbox).compare(&sandbox.repository(), &asked).unwrap();
    for ((a, b), verdict) in pairs().zip(&told) {
        assert_eq!(paths(verdict).is_empty(), all[a] == all[b], "{a} and {b}: {verdict:?}");
    }
}

#[test]
fn folders_that_move_are_seen() {
    let stage = Stage::new();
    let sandbox = &stage.sandbox;
    let write = |root: &AbsPath, path: &str, text: &str| {
        let file = root.join(path);
        fs::create_dir_all(file.as_path().parent().unwrap()).unwrap();
        sandbox.write(&file, text);
    };
    let lines = |name: &str| (0..20).map(|n| format!("{name} {n}\n")).collect::<String>();
    let first = sandbox.worktree("b0");
    for path in ["d/one", "d/two", "d/sub/three", "other/four"] {
        write(&first, path, &lines(path));
    }
    sandbox.commit(&first);
    let mut names = vec!["b0".to_owned()];
    let changes: &[&dyn Fn(&AbsPath)] = &[
        &|at| fs::rename(at.join("d").as_path(), at.join("e").as_path()).unwrap(),
        &|at| write(at, "d/new", "new\n"),
        &|at| write(at, "d/sub/new", "another\n"),
        &|at| fs::rename(at.join("d/sub").as_path(), at.join("sub").as_path()).unwrap(),
        &|at| {
            fs::create_dir(at.join("x").as_path()).unwrap();
            for folder in ["d", "other"] {
                fs::rename(at.join(folder).as_path(), at.join("x").join(folder).as_path()).unwrap();
            }
            for file in ["a.txt", "b.txt"] {
                let _ = fs::rename(at.join(file).as_path(), at.join("x").join(file).as_path());
            }
        },
        &|at| write(at, "top", "new at the top\n"),
        &|at| fs::rename(at.join("other/four").as_path(), at.join("d/four").as_path()).unwrap(),
        &|at| write(at, "e", "a file where a folder comes\n"),
        // The same as others did, and almost the same.
        &|at| write(at, "top", "new at the top\n"),
        &|at| write(at, "top", "other words at the top\n"),
        &|at| fs::remove_file(at.join("other/four").as_path()).unwrap(),
        &|at| fs::remove_file(at.join("other/four").as_path()).unwrap(),
        &|at| {
            fs::remove_file(at.join("other/four").as_path()).unwrap();
            write(at, "top", "new at the top\n");
        },
    ];
    for (number, change) in changes.iter().enumerate() {
        let name = format!("c{number}");
        let path = sandbox.worktree(&name);
        sandbox.run(&path, &["merge", "-q", "--ff-only", "b0"]);
        change(&path);
        sandbox.commit(&path);
        names.push(name);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (_, conflicts) = assert_all_pairs_are_told(&stage, &radar_of(sandbox), &names, 0);
    assert!(conflicts > 5, "{conflicts}");
}

#[test]
fn lines_are_told_as_both_sides_have_them_now() {
    let stage = Stage::new();
    let sandbox = &stage.sandbox;
    let lines = |changed: &[(usize, &str)]| {
        let line = |n: usize| changed.iter().find(|(at, _)| *at == n).map(|(_, text)| (*text).to_owned());
        (1..=30).map(|n| line(n).unwrap_or_else(|| format!("line {n}\n"))).collect::<String>()
    };
    let first = sandbox.worktree("b0");
    sandbox.write(&first.join("long"), &lines(&[]));
    sandbox.commit(&first);
    let (one, other) = (sandbox.worktree("one"), sandbox.worktree("other"));
    for path in [&one, &other] {
        sandbox.run(path, &["merge", "-q", "--ff-only", "b0"]);
    }
    sandbox.write(&one.join("long"), &lines(&[(2, "two\nand more\n"), (10, "ten\n"), (20, "twenty\n")]));
    sandbox.write(&other.join("long"), &lines(&[(11, ""), (29, "other\n"), (20, "zwanzig\n")]));
    let radar = radar_of(sandbox);
    let meeting = Meeting { a: stand(&radar, sandbox, &one), b: stand(&radar, sandbox, &other) };
    let told = radar.compare(&sandbox.repository(), &[meeting]).unwrap();
    let [Verdict::Conflicts(all)] = told.as_slice() else { panic!("{told:?}") };
    let lines: Vec<_> = all[0].lines.iter().map(|it| (it.a.to_string(), it.b.to_string())).collect();
    let expected = [("11", "10+"), ("21", "19")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!((all[0].conflict.path.as_str(), lines), ("long", expected.to_vec()));
}

#[test]
fn looking_writes_nothing_into_the_repository_or_a_checkout() {
    let stage = Stage::new();
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    sandbox.write(&stage.feat.join("a.txt"), "feat\n");
    sandbox.write(&stage.feat.join("new.txt"), "new\n");
    let witness = CheckoutWitness::of(&root);
    let objects = || sandbox.run(&root, &["count-objects", "-v"]);
    let (before, status) = (objects(), sandbox.status(&stage.feat));
    let radar = radar_of(sandbox);
    let meeting = Meeting { a: stand(&radar, sandbox, &root), b: stand(&radar, sandbox, &stage.feat) };
    radar.compare(&sandbox.repository(), &[meeting]).unwrap();
    assert_eq!((objects(), sandbox.status(&stage.feat)), (before, status));
    witness.assert_untouched(&[]);
}

#[test]
fn lines_of_work_without_a_common_past_are_told_and_keep_nobody_else() {
    let stage = Stage::new();
    let sandbox = &stage.sandbox;
    let (one, other) = (sandbox.worktree("one"), sandbox.worktree("other"));
    sandbox.write(&one.join("a.txt"), "of one\n");
    sandbox.write(&other.join("a.txt"), "of the other\n");
    let lone = sandbox.home().join("lone");
    sandbox.run(&sandbox.root(), &["worktree", "add", "-q", "--orphan", "-b", "lone", lone.as_str()]);
    sandbox.write(&lone.join("a.txt"), "lone\n");
    let radar = radar_of(sandbox);
    assert_eq!(radar.stand(&sandbox.repository(), &lone), Ok(None), "nothing stands there yet");
    sandbox.commit(&lone);
    let all = [&one, &other, &lone].map(|path| stand(&radar, sandbox, path));
    let meeting = |a: usize, b: usize| Meeting { a: all[a].clone(), b: all[b].clone() };
    let told = radar.compare(&sandbox.repository(), &[meeting(0, 2), meeting(0, 1), meeting(2, 1)]).unwrap();
    assert_eq!(told[0], Verdict::Unrelated);
    assert_eq!(paths(&told[1]), ["a.txt"]);
    assert_eq!(told[2], Verdict::Unrelated);
}
