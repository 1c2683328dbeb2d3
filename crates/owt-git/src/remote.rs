//! What was last fetched of remotes: branches to begin a local one from, and how far one is ahead. Asks a remote only where
//! that is what is asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::RemoteBranch;
use owt_ports::GitError;
use owt_ports::Upstream;

use crate::GitCli;
use crate::call::Call;
use crate::call::WRITE;
use crate::refs;
use crate::refs::exactly;

/// How long a remote may take to say what is new.
const FETCH: Duration = Duration::from_secs(600);

/// Where remote-tracking branches are.
const TRACKING: &str = "refs/remotes/";

/// The settings that say which ref follows which branch of which remote, and which remote is meant among several.
const SETTINGS: &str = r"^(remote\..*\.fetch|checkout\.defaultremote)$";

/// What the settings say.
#[derive(Debug, Default)]
struct Remotes {
    /// Each remote's rules of fetching, in their order.
    rules: BTreeMap<String, Vec<String>>,
    /// The one that is meant when several have a branch.
    preferred: Option<String>,
}

impl Remotes {
    /// Entries of `git config --null`: the key, a line break, the value.
    fn parse(text: &str) -> Self {
        let mut remotes = Self::default();
        for (key, value) in text.split('\0').filter_map(|entry| entry.split_once('\n')) {
            if let Some(remote) = key.strip_prefix("remote.").and_then(|key| key.strip_suffix(".fetch")) {
                remotes.rules.entry(remote.to_owned()).or_default().push(value.to_owned());
            } else {
                remotes.preferred = Some(value.to_owned());
            }
        }
        remotes
    }

    /// The remotes that could have a branch, each with the ref that follows it.
    fn tracking(&self, full_ref: &str) -> Vec<(String, String)> {
        let of = |rules: &Vec<String>| rules.iter().find_map(|rule| followed_by(rule, full_ref));
        let all = self.rules.iter().filter_map(|(remote, rules)| Some((remote.clone(), of(rules)?)));
        all.filter(|(_, tracking)| tracking.starts_with(TRACKING)).collect()
    }
}

/// The ref that a rule of fetching (`+refs/heads/*:refs/remotes/origin/*`) has follow a branch of the remote's.
fn followed_by(rule: &str, full_ref: &str) -> Option<String> {
    let (source, destination) = rule.strip_prefix('+').unwrap_or(rule).split_once(':')?;
    match source.split_once('*') {
        Some((before, after)) => {
            let middle = full_ref.strip_prefix(before)?.strip_suffix(after)?;
            Some(destination.replacen('*', middle, 1))
        }
        None => (source == full_ref).then(|| destination.to_owned()),
    }
}

/// See [`owt_ports::Git::remote_branches`].
pub(crate) fn remote_branches(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
) -> Result<Vec<RemoteBranch>, GitError> {
    let answer = Call::in_repository(client, common_dir, "config")
        .args(["config", "--null", "--get-regexp", SETTINGS])
        .answer()?;
    let remotes = match answer.code() {
        Some(0) => Remotes::parse(&answer.text()),
        // Nothing of the kind is set.
        Some(1) => return Ok(Vec::new()),
        _ => return Err(answer.failure()),
    };
    let tracking = remotes.tracking(&branch.full_ref());
    if tracking.is_empty() {
        return Ok(Vec::new());
    }
    let tips = tips(client, common_dir, &tracking)?;
    let found: Vec<RemoteBranch> = tracking
        .into_iter()
        .filter_map(|(remote, tracking)| {
            let tip = tips.get(&tracking)?.clone();
            Some(RemoteBranch { remote, tracking, tip })
        })
        .collect();
    let preferred = found.iter().find(|branch| Some(&branch.remote) == remotes.preferred.as_ref());
    Ok(preferred.map_or_else(|| found.clone(), |branch| vec![branch.clone()]))
}

fn tips(
    client: &GitCli,
    common_dir: &AbsPath,
    tracking: &[(String, String)],
) -> Result<BTreeMap<String, ObjectId>, GitError> {
    let answer = Call::in_repository(client, common_dir, "for-each-ref")
        .args(["for-each-ref", "--format=%(objectname) %(refname)"])
        .args(tracking.iter().map(|(_, name)| exactly(name)))
        .succeed()?;
    let text = answer.text();
    let named = text.lines().filter_map(|line| line.split_once(' '));
    Ok(named.filter_map(|(oid, name)| Some((name.to_owned(), ObjectId::new(oid).ok()?))).collect())
}

/// See [`owt_ports::Git::track_branch`].
pub(crate) fn track_branch(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
    from: &RemoteBranch,
) -> Result<(), GitError> {
    refs::make_branch(client, common_dir, branch, &from.tip)?;
    // git's own way, which heeds `branch.autoSetupRebase`.
    Call::in_repository(client, common_dir, "branch")
        .args(["branch", "--quiet", &format!("--set-upstream-to={}", from.tracking)])
        .args(["--", branch.as_str()])
        .limit(WRITE)
        .succeed()
        .map(|_| ())
}

/// See [`owt_ports::Git::untrack_branch`].
pub(crate) fn untrack_branch(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
    from: &RemoteBranch,
) -> Result<(), GitError> {
    refs::delete_branch(client, common_dir, branch, &from.tip)?;
    let answer = Call::in_repository(client, common_dir, "config")
        .args(["config", "--local", "--remove-section", &format!("branch.{branch}")])
        .limit(WRITE)
        .answer()?;
    match answer.success() || answer.failure().to_string().contains("no such section") {
        true => Ok(()),
        false => Err(answer.failure()),
    }
}

/// See [`owt_ports::Git::upstream`].
pub(crate) fn upstream(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
) -> Result<Option<Upstream>, GitError> {
    let answer = Call::in_repository(client, common_dir, "for-each-ref")
        .args(["for-each-ref", UPSTREAM])
        .arg(exactly(&branch.full_ref()))
        .succeed()?;
    let text = answer.text();
    let Some(standing) = Standing::parse(text.trim_end()) else { return Ok(None) };
    let tips = tips(client, common_dir, &[(String::new(), standing.full_ref.to_owned())])?;
    Ok(tips.into_values().next().map(|tip| standing.upstream(tip)))
}

/// How `git for-each-ref` says what a branch follows.
const UPSTREAM: &str =
    "--format=%(upstream)%00%(upstream:lstrip=2)%00%(upstream:remotename)%00%(upstream:track,nobracket)";

/// How a branch stands to what it follows, as git says it.
struct Standing<'a> {
    full_ref: &'a str,
    name: &'a str,
    remote: &'a str,
    /// `ahead 1, behind 2`, either alone, or nothing where both are the same.
    track: &'a str,
}

impl<'a> Standing<'a> {
    /// Reads it; `None`: the branch follows nothing, or what is gone.
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split('\0');
        let mut next = || parts.next();
        let found = Self { full_ref: next()?, name: next()?, remote: next()?, track: next()? };
        (!found.name.is_empty() && found.track != "gone").then_some(found)
    }

    fn upstream(&self, tip: ObjectId) -> Upstream {
        let number = |word: &str| {
            let mut parts = self.track.split(", ");
            parts.find_map(|part| part.strip_prefix(word)?.trim().parse().ok())
        };
        Upstream {
            name: self.name.to_owned(),
            remote: (!matches!(self.remote, "" | ".")).then(|| self.remote.to_owned()),
            tip,
            ahead: number("ahead").unwrap_or(0),
            behind: number("behind").unwrap_or(0),
        }
    }
}

/// See [`owt_ports::Git::fetch`].
pub(crate) fn fetch(client: &GitCli, common_dir: &AbsPath, remote: &str) -> Result<(), GitError> {
    Call::in_repository(client, common_dir, "fetch")
        .args([
            "fetch",
            "--quiet",
            "--no-write-fetch-head",
            "--no-tags",
            "--no-prune",
            "--no-recurse-submodules",
        ])
        .args(["--", remote])
        .limit(FETCH)
        // It may start ssh, which would ask on a terminal.
        .without_terminal()
        .succeed()
        .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_fetching_say_what_follows_a_branch() {
        for (rule, expected) in [
            ("+refs/heads/*:refs/remotes/origin/*", Some("refs/remotes/origin/feat/x")),
            ("refs/heads/feat/*:refs/remotes/me/*", Some("refs/remotes/me/x")),
            ("refs/heads/feat/x:refs/remotes/one", Some("refs/remotes/one")),
            ("refs/heads/main:refs/remotes/origin/main", None),
            ("^refs/heads/feat/*", None),
            ("refs/heads/*", None),
        ] {
            assert_eq!(followed_by(rule, "refs/heads/feat/x").as_deref(), expected, "{rule}");
        }
    }

    #[test]
    fn settings_are_read_by_remote() {
        let text = "remote.a.b.fetch\n+refs/heads/*:refs/remotes/a.b/*\0remote.mirror.fetch\n+refs/*:refs/*\0\
                    checkout.defaultremote\na.b\0";
        let remotes = Remotes::parse(text);
        assert_eq!(remotes.preferred.as_deref(), Some("a.b"));
        let tracking = remotes.tracking("refs/heads/x");
        assert_eq!(tracking, [("a.b".to_owned(), "refs/remotes/a.b/x".to_owned())]);
    }
}
