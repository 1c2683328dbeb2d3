//! What the radar asks git: many things in one process each.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;
use owt_ports::Prediction;

use super::ancestry::Ancestry;
use super::changes;
use super::changes::Changes;
use super::hunks;
use super::hunks::Hunks;
use crate::GitCli;
use crate::call::Call;
use crate::landing;
use crate::throw_away::ThrowAway;

/// More paths than this are not named one by one: git looks at all.
const MOST_PATHS: usize = 300;

/// git on one repository, with what stands in its worktrees.
pub(super) struct Asking<'a> {
    pub(super) client: &'a GitCli,
    pub(super) common_dir: &'a AbsPath,
    /// Where merges are written.
    pub(super) objects: &'a ThrowAway,
}

impl<'a> Asking<'a> {
    fn call(&self, operation: &'static str) -> Call<'a> {
        self.objects.of(Call::in_repository(self.client, self.common_dir, operation).tree_work())
    }

    /// The walk over what these heads do not all have; `None` where they have nothing in common, or too much lies between.
    pub(super) fn ancestry(&self, heads: &BTreeSet<&ObjectId>) -> Result<Option<Ancestry>, GitError> {
        let heads: Vec<&str> = heads.iter().map(|head| head.as_str()).collect();
        let answer =
            self.call("merge-base").args(["merge-base", "--octopus"]).args(heads.iter().copied()).answer()?;
        let Some(common) = answer.success().then(|| answer.text()) else { return Ok(None) };
        let common = ObjectId::new(common).map_err(|_| answer.strange())?;
        let answer = self
            .call("rev-list")
            .args(["rev-list", "--topo-order", "--parents"])
            .args(heads)
            .args(["--not", common.as_str()])
            .succeed()?;
        Ok(Ancestry::read(&answer.text(), common))
    }

    /// What each of these states changed since a commit.
    pub(super) fn changes(&self, wanted: &[(ObjectId, ObjectId)]) -> Result<Vec<Changes>, GitError> {
        let states: Vec<ObjectId> = wanted.iter().map(|(_, state)| state.clone()).collect();
        let answer = self
            .call("diff-tree")
            .args(["diff-tree", "--stdin", "--always", "-r", "--raw", "-z", "--no-renames", "--full-index"])
            .args(["--no-ext-diff", "--ignore-submodules=none"])
            .input(questions(wanted))
            .succeed()?;
        changes::read(answer.bytes(), &states).ok_or_else(|| answer.strange())
    }

    /// The lines that changed at some paths, as a merge tells them (merge-ort.c, `merge_3way`: histogram, without the
    /// heuristic for indents; git 2.47).
    pub(super) fn hunks(
        &self,
        wanted: &[(ObjectId, ObjectId)],
        paths: &BTreeSet<&[u8]>,
    ) -> Result<Hunks, GitError> {
        let call = self
            .call("diff-tree")
            .args(["diff-tree", "--stdin", "-r", "-p", "-U1", "--no-renames", "--full-index"])
            .args(["--diff-algorithm=histogram", "--no-indent-heuristic", "--inter-hunk-context=0"])
            .args([
                "--diff-filter=M",
                "--no-ext-diff",
                "--no-textconv",
                "--no-color",
                "--ignore-submodules=all",
            ])
            .input(questions(wanted));
        let call = match paths.len() <= MOST_PATHS {
            true => call.arg("--").args(paths.iter().map(|path| os_string(path))),
            false => call,
        };
        let answer = call.succeed()?;
        hunks::read(answer.bytes()).ok_or_else(|| answer.strange())
    }

    /// Whether a merge of texts could be anything but git's own, whatever the tree says: another default driver, another
    /// algorithm, attributes of the person's.
    pub(super) fn is_plain(&self, paths: &BTreeSet<&[u8]>) -> Result<bool, GitError> {
        let set = self
            .call("config")
            .args(["config", "--get-regexp", r"^(merge\.(renormalize|default)|diff\.algorithm)$"])
            .answer()?;
        if set.code() != Some(1) {
            return Ok(false);
        }
        let mut list = Vec::new();
        for path in paths {
            list.extend_from_slice(path);
            list.push(0);
        }
        // Without a checkout, only the person's own and the machine's are read here.
        let answer =
            self.call("check-attr").args(["check-attr", "-z", "--stdin", "merge"]).input(list).succeed()?;
        let values = answer.bytes().split(|&byte| byte == 0).skip(2).step_by(3);
        Ok(values.into_iter().all(|value| value == b"unspecified"))
    }

    /// Whether a commit's own attributes say how something is merged.
    pub(super) fn has_merge_attributes(&self, commit: &ObjectId) -> Result<bool, GitError> {
        let answer = self
            .call("grep")
            .args(["grep", "-q", "-I", "-w", "-E", "-e", "merge|binary"])
            .args([commit.as_str(), "--", ":(glob)**/.gitattributes"])
            .env("GIT_LITERAL_PATHSPECS", "0")
            .answer()?;
        match answer.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(answer.failure()),
        }
    }

    /// What git says of merging these, all in one process; none when it broke off.
    pub(super) fn merges(
        &self,
        wanted: &[(&ObjectId, &ObjectId)],
    ) -> Result<Option<Vec<Prediction>>, GitError> {
        let lines: String = wanted.iter().map(|(a, b)| format!("{a} {b}\n")).collect();
        let answer = self
            .call("merge-tree")
            .args(["merge-tree", "--stdin", "-z", "--messages"])
            .input(lines.into_bytes())
            .answer()?;
        if !answer.success() {
            return Ok(None);
        }
        let mut fields = answer.bytes().split(|&byte| byte == 0);
        let mut all = Vec::new();
        for (a, _) in wanted {
            // How it ended is told by what follows.
            let ended = fields.next().filter(|status| matches!(*status, b"0" | b"1"));
            let read = ended.and_then(|_| landing::read_merge(&mut fields, a));
            all.push(read.ok_or_else(|| answer.strange())?);
        }
        Ok(Some(all))
    }

    /// What git says of merging two as if the first were checked out, attributes of its tree included.
    pub(super) fn merge(&self, a: &ObjectId, b: &ObjectId) -> Result<Option<Prediction>, GitError> {
        let answer = self
            .call("merge-tree")
            .arg(format!("--attr-source={a}"))
            .args(["merge-tree", "--write-tree", "-z", "--messages", a.as_str(), b.as_str()])
            .answer()?;
        match answer.code() {
            Some(0 | 1) => {
                let mut fields = answer.bytes().split(|&byte| byte == 0);
                landing::read_merge(&mut fields, a).map(Some).ok_or_else(|| answer.strange())
            }
            _ if self.are_unrelated(a, b)? => Ok(None),
            _ => Err(answer.failure()),
        }
    }

    fn are_unrelated(&self, a: &ObjectId, b: &ObjectId) -> Result<bool, GitError> {
        let answer = self.call("merge-base").args(["merge-base", a.as_str(), b.as_str()]).answer()?;
        Ok(answer.code() == Some(1))
    }
}

/// Each state with what it is compared with.
fn questions(wanted: &[(ObjectId, ObjectId)]) -> Vec<u8> {
    wanted.iter().map(|(base, state)| format!("{state} {base}\n")).collect::<String>().into_bytes()
}

fn os_string(bytes: &[u8]) -> OsString {
    OsStr::from_bytes(bytes).to_owned()
}
