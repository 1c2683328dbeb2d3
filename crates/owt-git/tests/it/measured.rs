//! How long the operations take beside plain git. Not a check: run with
//! `cargo test --release -p owt-git --test it measured -- --ignored --nocapture`.

use std::time::Duration;
use std::time::Instant;

use owt_ports::Git;
use owt_testkit::git_conformance::World;

use crate::sandbox::Sandbox;
use crate::sandbox::branch;
use crate::sandbox::label;

const ROUNDS: u32 = 15;

/// The median of some rounds.
fn median(mut round: impl FnMut(u32)) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|number| {
            let start = Instant::now();
            round(number);
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

#[expect(clippy::print_stdout, reason = "the table is what this is for")]
fn line(what: &str, ours: Duration, floor: Duration) {
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    println!("{what:<44} {:>8.1} ms   plain git {:>8.1} ms", millis(ours), millis(floor));
}

#[test]
#[ignore = "a measurement, not a check"]
fn beside_plain_git() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    for number in 0..2000 {
        let file = root.join(&format!("src/{}/{number}.txt", number % 50));
        sandbox.write(&file, &format!("{number}\n").repeat(200));
    }
    let start = sandbox.commit(&root);
    sandbox.run(&root, &["status"]);
    let git = &sandbox.git;

    let floor = median(|_| drop(sandbox.run(&root, &["rev-parse", "--git-common-dir"])));
    line("discover, main checkout", median(|_| drop(git.discover(&root).unwrap())), floor);

    let plain = median(|number| {
        let path = sandbox.home().join(&format!("plain-{number}"));
        let name = format!("plain-{number}");
        sandbox.run(&root, &["worktree", "add", "-q", "-b", &name, path.as_str(), start.as_str()]);
    });
    let mut requests = Vec::new();
    for number in 0..ROUNDS {
        requests.push(sandbox.request(&format!("feat/{number}")));
    }
    let mut next = requests.iter();
    line("add_worktree, 2,000 files", median(|_| git.add_worktree(next.next().unwrap()).unwrap()), plain);

    let path = requests[0].path.clone();
    let floor = median(|_| drop(sandbox.run(&path, &["rev-parse", "--git-common-dir"])));
    line("discover, linked worktree", median(|_| drop(git.discover(&path).unwrap())), floor);

    for number in 0..20 {
        sandbox.write(&path.join(&format!("src/3/{}.txt", number * 50 + 3)), "changed\n");
    }
    let main = branch("main");
    let floor = median(|_| drop(sandbox.run(&path, &["--no-optional-locks", "status", "--porcelain=v2"])));
    line("facts, 20 files dirty", median(|_| drop(git.facts(&path, &start, Some(&main)).unwrap())), floor);

    let floor = median(|_| drop(sandbox.run(&path, &["stash", "create"])));
    let taken = median(|number| {
        sandbox.write(&path.join("src/3/3.txt"), &format!("changed {number}\n"));
        git.snapshot(&path, &label(u128::from(number) + 1)).unwrap().unwrap();
    });
    line("snapshot, 20 files dirty (git stash create)", taken, floor);

    let mut ids = 100..;
    let trashed = median(|_| {
        let id = crate::sandbox::id(ids.next().unwrap());
        let trashed = git.trash_worktree(&requests[0].repository, &path, id).unwrap().unwrap();
        git.untrash_worktree(&requests[0].repository, &trashed, &path, &requests[0].branch).unwrap();
    });
    line("trash and back", trashed, Duration::ZERO);
}
