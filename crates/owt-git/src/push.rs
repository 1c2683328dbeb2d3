//! The remotes as the configuration has them, and pushing to one of them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::CallerEnvironment;
use owt_ports::GitError;
use owt_ports::Known;
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

/// The repository itself, where a remote could be named.
const OWN: &str = ".";

/// What keeps git, ssh and whatever they ask for credentials from asking a person: nobody sees a question of the server's, and a
/// window that opens by itself could be anybody's. What needs no answer (a helper, an agent with keys) works.
const SILENT: &[(&str, &str)] = &[
    // Set to nothing, it keeps git from `core.askPass` and `SSH_ASKPASS`, too (gitcredentials(7)).
    ("GIT_ASKPASS", ""),
    ("SSH_ASKPASS", ""),
    ("SSH_ASKPASS_REQUIRE", "never"),
    // Git Credential Manager, docs/environment.md.
    ("GCM_INTERACTIVE", "never"),
];

/// The variables and the setting by which a person says which ssh git starts.
const SSH: &[&str] = &["GIT_SSH_COMMAND", "GIT_SSH"];
const SSH_SETTING: &str = "core.sshCommand";

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

    /// git with the caller's environment, as they would start it.
    fn as_caller(&self, caller: &CallerEnvironment) -> GitCli {
        let environment = caller.variables().iter().map(|(name, value)| (name.into(), value.into()));
        let environment: BTreeMap<OsString, OsString> = environment.collect();
        GitCli::new(GitSettings { environment: Some(environment), ..self.git.settings().clone() })
    }
}

impl Remotes for GitRemotes {
    fn remotes(&self, repository: &Repository, branch: &BranchName) -> Result<RemoteList, GitError> {
        remotes(&self.git, &repository.common_dir, branch)
    }

    fn heads(
        &self,
        repository: &Repository,
        remote: &Remote,
        caller: &CallerEnvironment,
    ) -> Result<BTreeMap<BranchName, ObjectId>, GitError> {
        heads(&self.as_caller(caller), &repository.common_dir, remote)
    }

    fn push(&self, repository: &Repository, push: &Push, caller: &CallerEnvironment) -> Result<(), GitError> {
        push_as(&self.as_caller(caller), &repository.common_dir, push)
    }

    fn beyond(
        &self,
        repository: &Repository,
        tip: &ObjectId,
        known: &Known,
        most: usize,
    ) -> Result<Vec<ObjectId>, GitError> {
        beyond(&self.git, &repository.common_dir, tip, known, most)
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

    fn messages(&self, repository: &Repository, commits: &[ObjectId]) -> Result<Vec<String>, GitError> {
        messages(&self.git, &repository.common_dir, commits)
    }
}

fn messages(client: &GitCli, common_dir: &AbsPath, commits: &[ObjectId]) -> Result<Vec<String>, GitError> {
    // Without any `log` would tell of HEAD.
    if commits.is_empty() {
        return Ok(Vec::new());
    }
    let named: String = commits.iter().map(|commit| format!("{commit}\n")).collect();
    let answer = Call::in_repository(client, common_dir, "log")
        .args([
            "log",
            "--no-walk=unsorted",
            "--no-show-signature",
            "--encoding=UTF-8",
            "--format=tformat:%B",
            "-z",
        ])
        .args(["--stdin", "--"])
        .input(named.into_bytes())
        .succeed()?;
    let text = String::from_utf8_lossy(answer.bytes()).into_owned();
    let messages: Vec<String> = text.split_terminator('\0').map(str::to_owned).collect();
    if messages.len() == commits.len() { Ok(messages) } else { Err(answer.strange()) }
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

    /// git-push(1): `branch.*.pushRemote`, `remote.pushDefault`, `branch.*.remote`, `origin`; and where there is but one, that. What
    /// was said holds, be it a remote or not; a branch that follows one of its own repository (`.`) says nothing of remotes.
    fn push(&self) -> Option<String> {
        let said = [&self.of_branch, &self.push_default, &self.followed];
        let said = said.into_iter().flatten().find(|name| *name != OWN).cloned();
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
            url: urls(client, common_dir, &["get-url"], name)?.into_iter().next().unwrap_or_default(),
            push_urls: urls(client, common_dir, &["get-url", "--push", "--all"], name)?,
            resolved: said.resolved.get(name).cloned(),
        });
    }
    Ok(RemoteList { all, push: said.push() })
}

fn urls(client: &GitCli, common_dir: &AbsPath, words: &[&str], name: &str) -> Result<Vec<String>, GitError> {
    let answer = Call::in_repository(client, common_dir, "remote").arg("remote").args(words.iter().copied());
    let answer = answer.args(["--", name]).succeed()?;
    Ok(answer.text().lines().map(str::to_owned).collect())
}

/// A call that reaches a remote, and asks nobody.
fn silent<'a>(
    client: &'a GitCli,
    common_dir: &AbsPath,
    operation: &'static str,
) -> Result<Call<'a>, GitError> {
    let call = Call::in_repository(client, common_dir, operation).limit(PUSH).without_terminal();
    let call = SILENT.iter().fold(call, |call, (name, value)| call.env(name, *value));
    Ok(match has_own_ssh(client, common_dir)? {
        true => call,
        false => call.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
    })
}

/// Whether the person has said by which ssh; theirs is taken as it is, and has no terminal to ask on.
fn has_own_ssh(client: &GitCli, common_dir: &AbsPath) -> Result<bool, GitError> {
    let environment = client.settings().environment.as_ref();
    let is_set = |name: &&str| environment.is_some_and(|all| all.contains_key(OsStr::new(name)));
    if SSH.iter().any(is_set) {
        return Ok(true);
    }
    let asked = Call::in_repository(client, common_dir, "config").args(["config", "--get", SSH_SETTING]);
    Ok(asked.answer()?.success())
}

fn heads(
    client: &GitCli,
    common_dir: &AbsPath,
    remote: &Remote,
) -> Result<BTreeMap<BranchName, ObjectId>, GitError> {
    let answer = silent(client, common_dir, "ls-remote")?
        .args(["ls-remote", "--quiet", "--heads", "--"])
        // By its name it would be where it is read from.
        .args(remote.push_urls.first())
        .succeed()?;
    let text = answer.text();
    let head = |line: &str| {
        let (oid, name) = line.split_once('\t')?;
        let branch = BranchName::new(name.strip_prefix("refs/heads/")?).ok()?;
        Some((branch, ObjectId::new(oid).ok()?))
    };
    Ok(text.lines().filter_map(head).collect())
}

fn push_as(client: &GitCli, common_dir: &AbsPath, push: &Push) -> Result<(), GitError> {
    let name = push.branch.full_ref();
    if let Some(from) = &push.from {
        goes_on(client, common_dir, push, from)?;
    }
    let from = push.from.as_ref().map(ObjectId::as_str).unwrap_or_default();
    silent(client, common_dir, "push")?
        .args(["push", "--quiet", "--no-follow-tags", "--recurse-submodules=no"])
        // Alone it would push over what is there; that it goes on from there is known by now, and that it still is there is what
        // this says. Nothing: it must not be there.
        .arg(format!("--force-with-lease={name}:{from}"))
        .args(["--", &push.remote])
        .arg(format!("{}:{name}", push.tip))
        .succeed()
        .map(|_| ())
}

/// What is there and not in what comes would be lost.
fn goes_on(client: &GitCli, common_dir: &AbsPath, push: &Push, from: &ObjectId) -> Result<(), GitError> {
    let answer = Call::in_repository(client, common_dir, "merge-base")
        .args(["merge-base", "--is-ancestor", from.as_str(), push.tip.as_str()])
        .answer()?;
    if answer.success() {
        return Ok(());
    }
    // 1: it does not; 128: we have no such commit.
    let Push { remote, branch, .. } = push;
    let message = format!("{branch} at '{remote}' has commits that are not in it (non-fast-forward)");
    Err(GitError::Failed { operation: "push".to_owned(), message })
}

fn beyond(
    client: &GitCli,
    common_dir: &AbsPath,
    tip: &ObjectId,
    known: &Known,
    most: usize,
) -> Result<Vec<ObjectId>, GitError> {
    let mut words: Vec<String> = vec![format!("--max-count={most}"), "--ignore-missing".to_owned()];
    words.extend([tip.to_string(), "--not".to_owned()]);
    for remote in &known.fetched {
        words.extend(known.but.iter().map(|branch| format!("--exclude=refs/remotes/{remote}/{branch}")));
        words.push(format!("--glob=refs/remotes/{remote}/*"));
    }
    // A list of any length.
    let commits: String = known.commits.iter().map(|commit| format!("^{commit}\n")).collect();
    let answer = Call::in_repository(client, common_dir, "rev-list")
        .arg("rev-list")
        .args(words)
        .arg("--stdin")
        .input(commits.into_bytes())
        .succeed()?;
    let oid = |line: &str| ObjectId::new(line).map_err(|_| answer.strange());
    answer.text().lines().map(oid).collect()
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
            // It is where `git push` would go, and no remote.
            ("remote.pushdefault\nhttps://example.com/a\0", Some("https://example.com/a")),
            ("branch.feat/x.pushremote\ngone\0", Some("gone")),
        ] {
            assert_eq!(push_of(&format!("{two}{more}")).as_deref(), expected, "{more}");
        }
        assert_eq!(push_of("remote.upstream.url\n/a\0").as_deref(), Some("upstream"));
        assert_eq!(push_of("remote.a.url\n/a\0remote.b.url\n/b\0"), None);
        assert_eq!(push_of(""), None);
    }
}
