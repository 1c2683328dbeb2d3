//! Making the commit that may land: by git itself, so that hooks, signing, merge drivers and attributes apply.

use owt_core::AbsPath;
use owt_core::landing::CandidateId;
use owt_core::landing::Favour;
use owt_core::landing::Method;
use owt_core::vcs::ObjectId;
use owt_ports::Candidate;
use owt_ports::CandidateRequest;
use owt_ports::Committing;
use owt_ports::GitError;

use super::DETACHED;
use super::STEADY;
use super::STRATEGY;
use super::conflicts;
use super::grafting::graft;
use super::hooks;
use super::place;
use super::place::Place;
use super::predict;
use super::without_merge_options;
use crate::GitCli;
use crate::call::Answer;
use crate::call::Call;
use crate::call::WRITE;
use crate::refs;

/// Makes it; see [`owt_ports::Landing::make_candidate`].
pub(super) fn make(client: &GitCli, request: &CandidateRequest) -> Result<Candidate, GitError> {
    let common_dir = &request.repository.common_dir;
    if let Some(commit) = kept(client, common_dir, request.id)? {
        return Ok(Candidate::Made { commit });
    }
    if refs::is_merged(client, common_dir, &request.tip, &request.onto)? {
        return Ok(Candidate::Nothing);
    }
    if predict::are_unrelated(client, common_dir, &request.onto, &request.tip)? {
        return Ok(Candidate::Unrelated);
    }
    place::sweep(client, common_dir, request.id)?;
    let start = match request.method {
        Method::Merge | Method::Squash => &request.onto,
        Method::Rebase => &request.tip,
    };
    let place = Place::make(client, common_dir, request.id, start)?;
    let made = Making { client, request, tree: place.tree(), hooks: hooks_path(&place, request)? };
    let made = made
        .make()
        .map_err(|error| hooks::name(error, Committing::Candidate(request.method), &request.hooks))?;
    if let Candidate::Made { commit } = &made {
        keep(client, common_dir, request.id, commit)?;
    }
    Ok(made)
}

/// Forgets it; see [`owt_ports::Landing::drop_candidate`].
pub(super) fn forget(client: &GitCli, common_dir: &AbsPath, id: CandidateId) -> Result<(), GitError> {
    place::sweep(client, common_dir, id)?;
    match kept(client, common_dir, id)? {
        None => Ok(()),
        Some(commit) => refs::delete_ref(client, common_dir, &full_ref(id), &commit)?.required().map(|_| ()),
    }
}

/// The ref that keeps a candidate reachable.
fn full_ref(id: CandidateId) -> String {
    format!("refs/owt/landings/{id}")
}

fn kept(client: &GitCli, common_dir: &AbsPath, id: CandidateId) -> Result<Option<ObjectId>, GitError> {
    match refs::resolve(client, common_dir, &full_ref(id)) {
        Ok(commit) => Ok(Some(commit)),
        Err(GitError::UnknownRevision { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn keep(client: &GitCli, common_dir: &AbsPath, id: CandidateId, commit: &ObjectId) -> Result<(), GitError> {
    Call::in_repository(client, common_dir, "update-ref")
        .args(["update-ref", full_ref(id).as_str(), commit.as_str(), ""])
        .limit(WRITE)
        .succeed()
        .map(|_| ())
}

fn hooks_path(place: &Place, request: &CandidateRequest) -> Result<String, GitError> {
    match request.hooks.as_slice() {
        [] => Ok("/dev/null".to_owned()),
        hooks => place.put_hooks(hooks).map(|folder| folder.to_string()),
    }
}

/// A candidate in the making.
struct Making<'a> {
    client: &'a GitCli,
    request: &'a CandidateRequest,
    tree: AbsPath,
    /// The value of `core.hooksPath`.
    hooks: String,
}

impl<'a> Making<'a> {
    fn make(&self) -> Result<Candidate, GitError> {
        match self.request.method {
            Method::Merge => match &self.request.settled {
                None => match &self.request.beyond {
                    None => self.merge(),
                    Some(fork) => self.merge_beyond(fork),
                },
                Some(settled) => self.merge_as_settled(settled),
            },
            Method::Squash => self.squash(),
            Method::Rebase => self.rebase(),
        }
    }

    fn merge(&self) -> Result<Candidate, GitError> {
        let answer = self
            .call("merge")
            .args(["merge", "--quiet", "--no-ff", "--no-squash", "--commit", "--no-edit", "--no-autostash"])
            .args(["--cleanup=whitespace", STRATEGY, "-m", self.message().as_str()])
            .args(self.favour())
            .arg(self.request.tip.as_str())
            .answer()?;
        self.ended(&answer)
    }

    /// git merges what was made on the fork, and its tree is that of a merge with both as parents.
    fn merge_beyond(&self, fork: &ObjectId) -> Result<Candidate, GitError> {
        let Self { client, request, .. } = self;
        let graft = graft(client, &request.repository.common_dir, &request.tip, fork, None)?;
        let answer = self
            .call("merge")
            .args(["merge", "--quiet", "--no-ff", "--no-squash", "--no-commit", "--no-autostash", STRATEGY])
            .args(self.favour())
            .arg(graft.as_str())
            .answer()?;
        if !answer.success() {
            return self.stopped(&answer);
        }
        let tree = self.call("write-tree").arg("write-tree").succeed()?;
        let tree = ObjectId::new(tree.text()).map_err(|_| tree.strange())?;
        self.call("reset").args(["reset", "--quiet", "--hard"]).succeed()?;
        self.merge_as_settled(&tree)
    }

    /// The tree is somebody's; parents, message and signing are those of any merge.
    fn merge_as_settled(&self, settled: &ObjectId) -> Result<Candidate, GitError> {
        self.call("merge")
            .args(["merge", "--quiet", "--no-ff", "--no-commit", "--no-autostash", "--strategy=ours"])
            .arg(self.request.tip.as_str())
            .succeed()?;
        self.call("read-tree").args(["read-tree", settled.as_str()]).succeed()?;
        let answer = self.commit()?;
        self.ended(&answer)
    }

    fn squash(&self) -> Result<Candidate, GitError> {
        let answer = self
            .call("merge")
            // `--ff`: where `merge.ff` is set, a squash is a contradiction to git.
            .args(["merge", "--quiet", "--squash", "--ff", "--no-autostash", STRATEGY])
            .args(self.favour())
            .arg(self.request.tip.as_str())
            .answer()?;
        if !answer.success() {
            return self.stopped(&answer);
        }
        // Whatever the configuration ignores: a submodule's commit is work.
        let staged =
            self.call("diff").args(["diff", "--cached", "--quiet", "--ignore-submodules=none"]).answer()?;
        if staged.success() {
            return Ok(Candidate::Nothing);
        }
        let answer = self.commit()?;
        self.ended(&answer)
    }

    fn commit(&self) -> Result<Answer, GitError> {
        self.call("commit")
            .args(["commit", "--quiet", "--cleanup=whitespace", "-m", self.message().as_str()])
            .answer()
    }

    fn rebase(&self) -> Result<Candidate, GitError> {
        let answer = self
            .call("rebase")
            // It would move other branches, too.
            .args([
                "rebase",
                "--quiet",
                "--no-update-refs",
                "--no-autostash",
                "--no-rebase-merges",
                "--empty=drop",
                STRATEGY,
            ])
            .args(self.favour())
            .arg(self.request.onto.as_str())
            .answer()?;
        self.ended(&answer)
    }

    /// The branch is "theirs" here: for a merge, and for the commits that a rebase picks.
    fn favour(&self) -> Option<&'static str> {
        self.request.favour.map(|favour| match favour {
            Favour::Workspace => "-Xtheirs",
            Favour::Target => "-Xours",
        })
    }

    /// A hook adds its lines behind the last one.
    fn message(&self) -> String {
        format!("{}\n", self.request.message.trim_end())
    }

    /// With the hooks that were looked at, and nobody to ask.
    fn call(&self, operation: &'static str) -> Call<'a> {
        without_merge_options(Call::in_checkout(self.client, &self.tree, operation), DETACHED)
            .args(STEADY)
            .args(["-c", &format!("core.hooksPath={}", self.hooks)])
            // An identity that git guesses from the machine's name is nobody's.
            .args(["-c", "user.useConfigOnly=true", "-c", "i18n.commitEncoding=UTF-8"])
            // Hooks ask git with patterns.
            .env("GIT_LITERAL_PATHSPECS", "0")
            .limit(self.request.limit)
            .without_terminal()
    }

    fn ended(&self, answer: &Answer) -> Result<Candidate, GitError> {
        if !answer.success() {
            return self.stopped(answer);
        }
        let head = self.call("rev-parse").args(["rev-parse", "--verify", "-q", "HEAD"]).succeed()?;
        let commit = ObjectId::new(head.text()).map_err(|_| head.strange())?;
        // Every commit of a rebase may have been there already.
        if commit == self.request.onto { Ok(Candidate::Nothing) } else { Ok(Candidate::Made { commit }) }
    }

    /// Stopped by conflicts, or by a hook, a signing program, git itself: those have words.
    fn stopped(&self, answer: &Answer) -> Result<Candidate, GitError> {
        let conflicts = conflicts::in_checkout(self.client, &self.tree)?;
        if conflicts.is_empty() { Err(answer.failure()) } else { Ok(Candidate::Conflicts(conflicts)) }
    }
}
