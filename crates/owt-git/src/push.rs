//! The remotes as the configuration has them, and pushing to one of them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::CallerEnvironment;
use owt_ports::GitError;
use owt_ports::Push;
use owt_ports::Remote;
use owt_ports::RemoteList;
use owt_ports::Remotes;

use crate::GitCli;
use crate::GitSettings;
use crate::call::Call;

/// How long a remote may take to receive a branch.
const PUSH: Duration = Duration::from_secs(1800);

/// The settings that say which remotes there are, and which one a push goes to (git-config(1), `branch.<name>.pushRemote`).
const SETTINGS: &str =
    r"^(remote\..*\.(url|pushurl|gh-resolved)|remote\.pushdefault|branch\..*\.(pushremote|remote))$";

/// The remote that git takes where nothing says otherwise.
const DEFAULT: &str = "origin";

/// The remotes by the same git.
#[derive(Debug, Clone)]
pub struct GitRemotes {
    git: Arc<GitCli>,
}

impl GitRemotes {
    /// Nothing is asked yet.
    pub const fn new(git: Arc<GitCli>) -> Self {
        Self { git }
    }
}

impl Remotes for GitRemotes {
    fn remotes(&self, repository: &Repository, branch: &BranchName) -> Result<RemoteList, GitError> {
        remotes(&self.git, &repository.common_dir, branch)
    }

    fn push(&self, repository: &Repository, push: &Push, caller: &CallerEnvironment) -> Result<(), GitError> {
        let environment = caller.variables().iter().map(|(name, value)| (name.into(), value.into()));
        let environment: BTreeMap<OsString, OsString> = environment.collect();
        let as_caller = GitSettings { environment: Some(environment), ..self.git.settings().clone() };
        push_as(&GitCli::new(as_caller), &repository.common_dir, push)
    }

    fn subjects(
        &self,
        repository: &Repository,
        base: &ObjectId,
        tip: &ObjectId,
        most: usize,
    ) -> Result<Vec<String>, GitError> {
        let answer = Call::in_repository(&self.git, &repository.common_dir, "log")
            .args([
                "log",
                "--no-merges",
                "--no-show-signature",
                "--format=%s",
                &format!("--max-count={most}"),
            ])
            .args([format!("{base}..{tip}"), "--".to_owned()])
            .succeed()?;
        let mut subjects: Vec<String> = answer.text().lines().map(str::to_owned).collect();
        subjects.reverse();
        Ok(subjects)
    }
}

/// What the settings say, by remote.
#[derive(Debug, Default)]
struct Said {
    names: Vec<String>,
    resolved: BTreeMap<String, String>,
    of_branch: Option<String>,
    push_default: Option<String>,
    followed: Option<String>,
}

impl Said {
    /// Entries of `git config --null`: the key, a line break, the value. The last one of a key holds.
    fn parse(text: &str, branch: &BranchName) -> Self {
        let mut said = Self::default();
        for (key, value) in text.split('\0').filter_map(|entry| entry.split_once('\n')) {
            if let Some((of, word)) = key.strip_prefix("branch.").and_then(|rest| rest.rsplit_once('.')) {
                match word {
                    _ if of != branch.as_str() => {}
                    "pushremote" => said.of_branch = Some(value.to_owned()),
                    _ => said.followed = Some(value.to_owned()),
                }
            } else if key == "remote.pushdefault" {
                said.push_default = Some(value.to_owned());
            } else if let Some((name, word)) =
                key.strip_prefix("remote.").and_then(|rest| rest.rsplit_once('.'))
            {
                match word {
                    "gh-resolved" => drop(said.resolved.insert(name.to_owned(), value.to_owned())),
                    _ if said.names.iter().any(|known| known == name) => {}
                    _ => said.names.push(name.to_owned()),
                }
            }
        }
        said
    }

    /// git-push(1): `branch.*.pushRemote`, `remote.pushDefault`, `branch.*.remote`, `origin`; and where there is but one, that.
    fn push(&self) -> Option<String> {
        let is_there = |name: &String| self.names.contains(name);
        let said = [&self.of_branch, &self.push_default, &self.followed];
        let said = said.into_iter().flatten().find(|name| is_there(name)).cloned();
        said.or_else(|| match self.names.as_slice() {
            [only] => Some(only.clone()),
            names => names.iter().find(|name| *name == DEFAULT).cloned(),
        })
    }
}

fn remotes(client: &GitCli, common_dir: &AbsPath, branch: &BranchName) -> Result<RemoteList, GitError> {
    let answer = Call::in_repository(client, common_dir, "config")
        .args(["config", "--null", "--get-regexp", SETTINGS])
        .answer()?;
    let said = match answer.code() {
        Some(0) => Said::parse(&answer.text(), branch),
        // Nothing of the kind is set.
        Some(1) => return Ok(RemoteList::default()),
        _ => return Err(answer.failure()),
    };
    let mut all = Vec::new();
    for name in &said.names {
        all.push(Remote {
            name: name.clone(),
            url: url(client, common_dir, &["get-url"], name)?,
            push_url: url(client, common_dir, &["get-url", "--push"], name)?,
            resolved: said.resolved.get(name).cloned(),
        });
    }
    Ok(RemoteList { all, push: said.push() })
}

fn url(client: &GitCli, common_dir: &AbsPath, words: &[&str], name: &str) -> Result<String, GitError> {
    let answer = Call::in_repository(client, common_dir, "remote").arg("remote").args(words.iter().copied());
    let answer = answer.args(["--", name]).succeed()?;
    Ok(answer.text().lines().next().unwrap_or_default().to_owned())
}

fn push_as(client: &GitCli, common_dir: &AbsPath, push: &Push) -> Result<(), GitError> {
    Call::in_repository(client, common_dir, "push")
        .args(["push", "--quiet", "--no-follow-tags", "--recurse-submodules=no"])
        .args(["--", &push.remote])
        // Without a plus: what is there and not in it stays.
        .arg(format!("{}:{}", push.tip, push.branch.full_ref()))
        .limit(PUSH)
        // It may start ssh, which would ask on a terminal.
        .without_terminal()
        .succeed()
        .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push_of(text: &str) -> Option<String> {
        Said::parse(text, &BranchName::new("feat/x").unwrap()).push()
    }

    #[test]
    fn a_branch_goes_where_git_would_push_it() {
        let two = "remote.origin.url\n/a\0remote.fork.url\n/b\0";
        for (more, expected) in [
            ("", Some("origin")),
            ("branch.feat/x.remote\nfork\0", Some("fork")),
            ("branch.feat/y.remote\nfork\0", Some("origin")),
            ("branch.feat/x.remote\n.\0", Some("origin")),
            ("remote.pushdefault\nfork\0branch.feat/x.remote\norigin\0", Some("fork")),
            ("remote.pushdefault\nfork\0branch.feat/x.pushremote\norigin\0", Some("origin")),
            ("remote.pushdefault\ngone\0", Some("origin")),
        ] {
            assert_eq!(push_of(&format!("{two}{more}")).as_deref(), expected, "{more}");
        }
        assert_eq!(push_of("remote.upstream.url\n/a\0").as_deref(), Some("upstream"));
        assert_eq!(push_of("remote.a.url\n/a\0remote.b.url\n/b\0"), None);
        assert_eq!(push_of(""), None);
    }
}
