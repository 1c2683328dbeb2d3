//! Submodules of a worktree, checked out from what another checkout of the repository has: without a network.
//!
//! git gives each worktree repositories of its own for its submodules (gitsubmodules(7)), and clones them. A clone of a
//! folder links its objects and shares nothing that changes, so that neither side can harm the other.

use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::environment::LackingSubmodule;
use owt_core::environment::RelPath;
use owt_core::environment::Submodules;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Call;
use crate::location;

/// How deep submodules have submodules.
const DEEPEST: usize = 8;

/// The mode of a submodule's entry in the index.
const GITLINK: &str = "160000 ";

/// What the other checkout's repository has of its own, for ours to know: such commits are not lost with ours.
const THEIRS: [&str; 3] = [
    "+refs/remotes/*:refs/remotes/*",
    "+refs/heads/*:refs/remotes/owt-source/heads/*",
    "+HEAD:refs/remotes/owt-source/HEAD",
];

/// A submodule of a checkout.
struct Module {
    name: String,
    path: RelPath,
}

/// See [`owt_ports::Git::bring_submodules`].
pub(crate) fn bring(client: &GitCli, source: &AbsPath, worktree: &AbsPath) -> Result<Submodules, GitError> {
    let mut found = Submodules::default();
    bring_below(client, (source, worktree), "", DEEPEST, &mut found)?;
    Ok(found)
}

fn bring_below(
    client: &GitCli,
    (source, worktree): (&AbsPath, &AbsPath),
    prefix: &str,
    depth: usize,
    found: &mut Submodules,
) -> Result<(), GitError> {
    for module in modules(client, worktree)? {
        let told = format!("{prefix}{}", module.path);
        let (theirs, ours) = (source.join(&module.path.to_string()), worktree.join(&module.path.to_string()));
        match bring_one(client, worktree, &module, (&theirs, &ours)) {
            Ok(()) => found.brought.push(told.clone()),
            Err(why) => {
                found.lacking.push(LackingSubmodule { path: told, why });
                continue;
            }
        }
        if depth > 0 {
            bring_below(client, (&theirs, &ours), &format!("{told}/"), depth - 1, found)?;
        }
    }
    Ok(())
}

/// The submodules that a checkout's commit has, as `.gitmodules` names them.
fn modules(client: &GitCli, worktree: &AbsPath) -> Result<Vec<Module>, GitError> {
    if !worktree.join(".gitmodules").as_path().is_file() {
        return Ok(Vec::new());
    }
    let answer = Call::in_checkout(client, worktree, "config")
        .args(["config", "--null", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$"])
        .answer()?;
    let text = match answer.code() {
        Some(0) => answer.text(),
        Some(1) => return Ok(Vec::new()),
        _ => return Err(answer.failure()),
    };
    let named: Vec<Module> = text.split('\0').filter_map(module).collect();
    let linked = gitlinks(client, worktree, &named)?;
    Ok(named.into_iter().filter(|module| linked.contains(&module.path.to_string())).collect())
}

/// `submodule.NAME.path`, a line break, the path. One that leads out of the checkout is none.
fn module(entry: &str) -> Option<Module> {
    let (key, path) = entry.split_once('\n')?;
    let name = key.strip_prefix("submodule.")?.strip_suffix(".path")?;
    Some(Module { name: name.to_owned(), path: RelPath::new(path).ok()? })
}

fn gitlinks(client: &GitCli, worktree: &AbsPath, named: &[Module]) -> Result<BTreeSet<String>, GitError> {
    if named.is_empty() {
        return Ok(BTreeSet::new());
    }
    let answer = Call::in_checkout(client, worktree, "ls-files")
        .args(["ls-files", "--stage", "-z", "--"])
        .args(named.iter().map(|module| module.path.to_string()))
        .succeed()?;
    let text = answer.text();
    let links = text.split('\0').filter(|entry| entry.starts_with(GITLINK));
    Ok(links.filter_map(|entry| Some(entry.split_once('\t')?.1.to_owned())).collect())
}

/// Checks one out; what an earlier try has begun is finished, and one that is there is left. The error is in words.
fn bring_one(
    client: &GitCli,
    worktree: &AbsPath,
    module: &Module,
    (theirs, ours): (&AbsPath, &AbsPath),
) -> Result<(), String> {
    let there =
        repository_of(client, theirs).ok_or_else(|| "your checkout has not got it either".to_owned())?;
    let words = |error: GitError| error.to_string();
    if !is_checked_out(client, ours) {
        check_out(client, worktree, module, &there).map_err(words)?;
    }
    let url = |dir| setting(client, dir, "remote.origin.url");
    if url(ours).as_deref() == Some(there.as_str())
        && let Some(real) = url(theirs)
    {
        know_what_they_know(client, ours, &there).map_err(words)?;
        let set = Call::in_checkout(client, ours, "config").args(["config", "remote.origin.url", &real]);
        set.succeed().map_err(words)?;
    }
    Ok(())
}

/// The repository of the submodule that is checked out in a folder, if one is: else it would be that of the folder around.
fn repository_of(client: &GitCli, dir: &AbsPath) -> Option<AbsPath> {
    dir.join(".git").as_path().symlink_metadata().ok()?;
    let location = location::locate(client, dir).ok()?;
    (location.worktree.as_ref() == Some(dir)).then_some(location.common_dir)
}

/// git writes the index last.
fn is_checked_out(client: &GitCli, dir: &AbsPath) -> bool {
    let is_begun = dir.join(".git").as_path().symlink_metadata().is_ok();
    is_begun && location::locate(client, dir).is_ok_and(|at| at.git_dir.join("index").as_path().is_file())
}

/// git's own way, from a folder instead of the address that is configured. `--checkout`: no command that somebody has
/// configured for updating it is run.
fn check_out(client: &GitCli, worktree: &AbsPath, module: &Module, from: &AbsPath) -> Result<(), GitError> {
    Call::in_checkout(client, worktree, "submodule update")
        // Since 2.38.1 submodules come from folders only where that is said; this one is the person's own.
        .args(["-c", "protocol.file.allow=always", "-c", "clone.defaultRemoteName=origin"])
        .args(["submodule", "--quiet", "update", "--checkout", "--no-recommend-shallow", "--"])
        .arg(module.path.to_string())
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", format!("submodule.{}.url", module.name))
        .env("GIT_CONFIG_VALUE_0", from.as_str())
        .tree_work()
        .succeed()
        .map(|_| ())
}

fn know_what_they_know(client: &GitCli, ours: &AbsPath, from: &AbsPath) -> Result<(), GitError> {
    Call::in_checkout(client, ours, "fetch")
        .args(["fetch", "--quiet", "--prune", "--no-write-fetch-head", "--no-recurse-submodules"])
        .arg(from.as_str())
        .args(THEIRS)
        .tree_work()
        .succeed()
        .map(|_| ())
}

fn setting(client: &GitCli, dir: &AbsPath, key: &str) -> Option<String> {
    let answer = Call::in_checkout(client, dir, "config").args(["config", "--get", key]).answer().ok()?;
    answer.success().then(|| answer.text().trim_end().to_owned())
}
