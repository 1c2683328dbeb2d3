//! Snapshots: the state of a checkout as a commit under `refs/owt/snapshots/`, taken without touching the
//! checkout, its index or the stash. Works on a copy of the index; the person's git identity is not used.

use std::path::Path;

use owt_core::AbsPath;
use owt_core::SnapshotId;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::GitError;
use owt_ports::Snapshot;
use owt_ports::SnapshotLabel;
use owt_ports::SnapshotRecord;

use crate::GitCli;
use crate::call::Answer;
use crate::call::Call;
use crate::call::WRITE;
use crate::index::Index;
use crate::index::IndexCopy;
use crate::index::Selection;
use crate::location;
use crate::location::Location;
use crate::snapshot_message::Message;
use crate::status;
use crate::status::Kind;
use crate::status::Listing;
use crate::status::Status;
use crate::withheld;

/// Where snapshots are.
const FOLDER: &str = "refs/owt/snapshots/";

/// Fields of one snapshot, each ended by NUL (a commit message cannot hold one).
const FORMAT: &str = "--format=%(refname)%00%(objectname)%00%(contents)%00";

/// A snapshot as the repository has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: SnapshotId,
    pub(crate) commit: ObjectId,
    pub(crate) message: Message,
}

/// Takes a snapshot; see [`owt_ports::Git::snapshot`].
pub(crate) fn take(
    client: &GitCli,
    worktree: &AbsPath,
    label: &SnapshotLabel,
) -> Result<Option<Snapshot>, GitError> {
    let location = location::locate(client, worktree)?;
    let top = location.require_worktree(worktree)?;
    if let Some(found) = find(client, &location.common_dir, label.id)? {
        return described(client, &found).map(Some);
    }
    let status = status::status(client, top, Listing::Everything)?;
    if status.entries.is_empty() {
        return Ok(None);
    }
    let taking = Taking { client, top, location: &location, status: &status, label };
    taking.take().map(Some)
}

/// A snapshot being taken.
struct Taking<'a> {
    client: &'a GitCli,
    top: &'a AbsPath,
    location: &'a Location,
    status: &'a Status,
    label: &'a SnapshotLabel,
}

impl Taking<'_> {
    fn take(&self) -> Result<Snapshot, GitError> {
        let selection = Selection::of_the_disk(self.top, &self.status.entries);
        if let Some(nested) = selection.nested.first() {
            return Err(GitError::NestedRepository { path: nested.path.to_string_lossy().into_owned() });
        }
        let folder = withheld::folder(&self.client.settings().withheld_root, self.label.id);
        withheld::clear(&folder)?;
        let secrets = selection.secret.iter().map(|entry| entry.path.as_os_str());
        withheld::keep(self.top, &folder, secrets)?;
        let (tree, index) = self.trees(&selection)?;
        let message = Message {
            workspace: self.label.workspace.clone(),
            reason: self.label.reason.clone(),
            taken_at: self.label.at,
            branch: self.location.branch().cloned(),
            head: self.status.head.clone(),
            index,
            changed_files: u32::try_from(self.status.entries.len()).unwrap_or(u32::MAX),
        };
        self.writer().write(tree.as_str(), message)
    }

    fn writer(&self) -> Writer<'_> {
        Writer { client: self.client, common_dir: &self.location.common_dir, label: self.label }
    }

    /// The working tree as a tree, and the index as a commit where it differs from HEAD.
    ///
    /// During an unfinished merge the index has no tree; the files with their conflict marks have.
    fn trees(&self, selection: &Selection<'_>) -> Result<(ObjectId, Option<ObjectId>), GitError> {
        let name = self.label.id.to_string();
        let copy = IndexCopy::of(&self.location.git_dir, &self.client.settings().scratch, &name)?;
        let file = copy.path();
        let index =
            Index { client: self.client, worktree: self.top, file: Some(Path::new(&file)), objects: None };
        index.put(selection.staged_secrets())?;
        let is = |wanted: fn(&Kind) -> bool| selection.allowed.iter().any(|entry| wanted(&entry.kind));
        let staged = is(|kind| matches!(kind, Kind::Tracked(tracked) if tracked.staged));
        let in_conflict = is(|kind| matches!(kind, Kind::Unmerged(_)));
        let keeps_index = staged && !in_conflict;
        let index_commit = match keeps_index {
            false => None,
            true => {
                let text = format!("Index of snapshot {}\n", self.label.id);
                let parents: Vec<&ObjectId> = self.status.head.iter().collect();
                Some(self.writer().commit_tree(index.write_tree()?.as_str(), &parents, text)?)
            }
        };
        index.take(selection.allowed_paths())?;
        Ok((index.write_tree()?, index_commit))
    }
}

/// Keeps the commits of a branch; see [`owt_ports::Git::keep`].
pub(crate) fn keep(
    client: &GitCli,
    repository: &Repository,
    label: &SnapshotLabel,
    branch: &BranchName,
    tip: &ObjectId,
) -> Result<Snapshot, GitError> {
    let common_dir = &repository.common_dir;
    if let Some(found) = find(client, common_dir, label.id)? {
        return described(client, &found);
    }
    crate::refs::resolve(client, common_dir, tip.as_str())?;
    let message = Message {
        workspace: label.workspace.clone(),
        reason: label.reason.clone(),
        taken_at: label.at,
        branch: Some(branch.clone()),
        head: Some(tip.clone()),
        index: None,
        changed_files: 0,
    };
    Writer { client, common_dir, label }.write(&format!("{tip}^{{tree}}"), message)
}

/// Writes a snapshot's commits and its ref.
struct Writer<'a> {
    client: &'a GitCli,
    common_dir: &'a AbsPath,
    label: &'a SnapshotLabel,
}

impl Writer<'_> {
    /// The commit on HEAD (and on the index's commit), then its ref.
    fn write(&self, tree: &str, message: Message) -> Result<Snapshot, GitError> {
        let parents: Vec<&ObjectId> = message.head.iter().chain(&message.index).collect();
        let commit = self.commit_tree(tree, &parents, message.to_text())?;
        self.publish(&commit)?;
        described(self.client, &Found { id: self.label.id, commit, message })
    }

    fn commit_tree(&self, tree: &str, parents: &[&ObjectId], text: String) -> Result<ObjectId, GitError> {
        let date = format!("@{} +0000", self.label.at.as_millis().div_euclid(1000).max(0));
        let answer = Call::in_repository(self.client, self.common_dir, "commit-tree")
            .args(["-c", "i18n.commitEncoding=UTF-8"])
            // A snapshot is nobody's word: no signature, and no identity that a person would have to have.
            .args(["commit-tree", "--no-gpg-sign", tree, "-F", "-"])
            .args(parents.iter().flat_map(|parent| ["-p", parent.as_str()]))
            .by_owt(&date)
            .input(text.into_bytes())
            .limit(WRITE)
            .succeed()?;
        ObjectId::new(answer.text()).map_err(|_| answer.strange())
    }

    fn publish(&self, commit: &ObjectId) -> Result<(), GitError> {
        let name = full_ref(self.label.id);
        let answer = Call::in_repository(self.client, self.common_dir, "update-ref")
            // The empty old value: it must not exist.
            .args(["update-ref", "-m", "owt: snapshot", name.as_str(), commit.as_str(), ""])
            .limit(WRITE)
            .answer()?;
        if answer.success() {
            return Ok(());
        }
        match find(self.client, self.common_dir, self.label.id)? {
            Some(other) => Err(GitError::RefMoved {
                name,
                expected: "(none)".to_owned(),
                found: other.commit.to_string(),
            }),
            None => Err(answer.failure()),
        }
    }
}

/// The ref of a snapshot.
pub(crate) fn full_ref(id: SnapshotId) -> String {
    format!("{FOLDER}{id}")
}

/// The snapshots of a repository, newest first.
pub(crate) fn list(
    client: &GitCli,
    repository: &Repository,
    limit: usize,
) -> Result<Vec<SnapshotRecord>, GitError> {
    // To git, 0 is no limit, and a count is an int of C.
    if limit == 0 {
        return Ok(Vec::new());
    }
    let limit = i32::try_from(limit).unwrap_or(i32::MAX);
    let answer = Call::in_repository(client, &repository.common_dir, "for-each-ref")
        .args(["for-each-ref", &format!("--count={limit}"), "--sort=-refname", "--sort=-committerdate"])
        .args([FORMAT, FOLDER])
        .succeed()?;
    let mut records: Vec<SnapshotRecord> = parse(&answer).into_iter().map(record).collect();
    // git sorts by whole seconds.
    records.sort_by_key(|record| std::cmp::Reverse(record.taken_at));
    Ok(records)
}

/// One snapshot; `None` when there is none of this id.
pub(crate) fn find(client: &GitCli, common_dir: &AbsPath, id: SnapshotId) -> Result<Option<Found>, GitError> {
    let answer = Call::in_repository(client, common_dir, "for-each-ref")
        .args(["for-each-ref", FORMAT, full_ref(id).as_str()])
        .succeed()?;
    Ok(parse(&answer).into_iter().find(|found| found.id == id))
}

/// What git holds for one alone; see [`owt_ports::Git::snapshot_bytes`].
pub(crate) fn bytes(client: &GitCli, repository: &Repository, id: SnapshotId) -> Result<u64, GitError> {
    let Some(found) = find(client, &repository.common_dir, id)? else { return Ok(0) };
    let answer = Call::in_repository(client, &repository.common_dir, "rev-list")
        .args(["rev-list", "--objects", "--disk-usage", found.commit.as_str()])
        .args(["--not", "--branches", "--tags", "--remotes"])
        .succeed()?;
    answer.text().trim().parse().map_err(|_| answer.strange())
}

/// Forgets one for good; see [`owt_ports::Git::drop_snapshot`]. The private files go first: of a ref that is gone nobody
/// would look for them.
pub(crate) fn forget(client: &GitCli, repository: &Repository, id: SnapshotId) -> Result<(), GitError> {
    withheld::clear(&withheld::folder(&client.settings().withheld_root, id))?;
    let Some(found) = find(client, &repository.common_dir, id)? else { return Ok(()) };
    Call::in_repository(client, &repository.common_dir, "update-ref")
        .args(["update-ref", "-d", full_ref(id).as_str(), found.commit.as_str()])
        .limit(WRITE)
        .succeed()
        .map(|_| ())
}

/// What is under our folder and not ours is passed over.
fn parse(answer: &Answer) -> Vec<Found> {
    let fields: Vec<&[u8]> = answer.bytes().split(|&byte| byte == 0).collect();
    fields.chunks_exact(3).filter_map(found).collect()
}

fn found(fields: &[&[u8]]) -> Option<Found> {
    let text = |at: usize| std::str::from_utf8(fields[at]).ok();
    let id = text(0)?.trim_start_matches('\n').strip_prefix(FOLDER)?.parse().ok()?;
    Some(Found { id, commit: ObjectId::new(text(1)?).ok()?, message: Message::parse(text(2)?)? })
}

fn record(found: Found) -> SnapshotRecord {
    SnapshotRecord {
        id: found.id,
        commit: found.commit,
        head: found.message.head,
        branch: found.message.branch,
        workspace: found.message.workspace,
        taken_at: found.message.taken_at,
        reason: found.message.reason,
    }
}

/// A snapshot with what was withheld from it.
fn described(client: &GitCli, found: &Found) -> Result<Snapshot, GitError> {
    let folder = withheld::folder(&client.settings().withheld_root, found.id);
    let kept = withheld::list(&folder)?;
    Ok(Snapshot {
        id: found.id,
        commit: found.commit.clone(),
        changed_files: found.message.changed_files,
        withheld_in: kept.is_some().then_some(folder),
        withheld: kept.unwrap_or_default().iter().map(|path| path.to_string_lossy().into_owned()).collect(),
    })
}
