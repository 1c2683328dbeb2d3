//! What a merge would come to, without a commit, a checkout, or an object in the repository.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use owt_core::AbsPath;
use owt_core::landing::Conflict;
use owt_core::landing::ConflictKind;
use owt_core::landing::Sides;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;
use owt_ports::Prediction;

use super::conflicts;
use super::conflicts::Unmerged;
use super::grafting::graft;
use crate::GitCli;
use crate::call::Answer;
use crate::call::Call;
use crate::index::IndexCopy;
use crate::refs;
use crate::throw_away::ThrowAway;

/// Predicts; see [`owt_ports::Landing::predict`].
pub(super) fn predict(
    client: &GitCli,
    common_dir: &AbsPath,
    (target, tip): (&ObjectId, &ObjectId),
    fork: Option<&ObjectId>,
) -> Result<Prediction, GitError> {
    if refs::is_merged(client, common_dir, tip, target)? {
        return Ok(Prediction::Contained);
    }
    let answer = merge_tree(client, common_dir, (target, tip), fork)?;
    match answer.code() {
        Some(0 | 1) => parse(answer.bytes(), target).ok_or_else(|| answer.strange()),
        _ if are_unrelated(client, common_dir, target, tip)? => Ok(Prediction::Unrelated),
        _ => Err(answer.failure()),
    }
}

/// Whether two commits have no commit in common.
pub(super) fn are_unrelated(
    client: &GitCli,
    common_dir: &AbsPath,
    one: &ObjectId,
    other: &ObjectId,
) -> Result<bool, GitError> {
    let answer = Call::in_repository(client, common_dir, "merge-base")
        .args(["merge-base", one.as_str(), other.as_str()])
        .answer()?;
    Ok(answer.code() == Some(1))
}

/// What it writes goes into a folder of a moment that stands before the repository's own objects.
fn merge_tree(
    client: &GitCli,
    common_dir: &AbsPath,
    (target, tip): (&ObjectId, &ObjectId),
    fork: Option<&ObjectId>,
) -> Result<Answer, GitError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = format!("predict-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = IndexCopy::empty(&client.settings().scratch, &name)?;
    let objects = ThrowAway::before(common_dir, folder.beside("objects"), [])?;
    let onto = match fork {
        Some(fork) => graft(client, common_dir, target, fork, Some(&objects))?,
        None => target.clone(),
    };
    let call = Call::in_repository(client, common_dir, "merge-tree")
        .args(["merge-tree", "--write-tree", "-z", "--messages", onto.as_str(), tip.as_str()])
        // What is made then is made where the target is checked out: drivers are those of its attributes (git 2.41 and
        // later; before, what a driver would settle is told as a conflict).
        .env("GIT_ATTR_SOURCE", target.as_str())
        .tree_work();
    objects.of(call).answer()
}

/// Reads what `merge-tree --write-tree -z --messages` prints (git-merge-tree(1), "OUTPUT").
pub(super) fn parse(bytes: &[u8], target: &ObjectId) -> Option<Prediction> {
    read(&mut bytes.split(|&byte| byte == 0), target)
}

/// Reads one merge, up to its end.
pub(crate) fn read<'a>(fields: &mut impl Iterator<Item = &'a [u8]>, target: &ObjectId) -> Option<Prediction> {
    let tree = ObjectId::new(String::from_utf8_lossy(fields.next()?)).ok()?;
    let mut unmerged = Unmerged::new();
    for line in fields.by_ref().take_while(|line| !line.is_empty()) {
        conflicts::note(&mut unmerged, line)?;
    }
    let told = messages(fields)?;
    let found = match (unmerged.is_empty(), told.is_empty()) {
        (true, true) => return Some(Prediction::Clean { tree }),
        // Folders that were divided, for one, are told and in no stage.
        (true, false) => told.iter().map(|(path, kind)| only_told(path, *kind)).collect(),
        (false, _) => conflicts::named(unmerged, &told),
    };
    // What is in the way of a folder gets the name of its side behind its own: in a checkout that is HEAD.
    let side = format!("~{target}");
    let named = |it: Conflict| Conflict { path: it.path.replace(&side, "~HEAD"), ..it };
    Some(Prediction::Conflicts(found.into_iter().map(named).collect()))
}

fn only_told(path: &[u8], kind: ConflictKind) -> Conflict {
    Conflict { path: String::from_utf8_lossy(path).into_owned(), kind, sides: Sides::default() }
}

/// The conflicts among the messages: each `<number of paths>`, the paths, a short type, a sentence.
fn messages<'a>(fields: &mut impl Iterator<Item = &'a [u8]>) -> Option<BTreeMap<Vec<u8>, ConflictKind>> {
    let mut told = BTreeMap::new();
    while let Some(count) = fields.next().filter(|field| !field.is_empty()) {
        let count: usize = std::str::from_utf8(count).ok()?.parse().ok()?;
        let paths: Vec<&[u8]> = fields.take(count).collect();
        let kind = conflicts::kind_of(std::str::from_utf8(fields.next()?).ok()?);
        fields.next()?;
        if let Some(kind) = kind {
            told.extend(paths.iter().map(|path| (path.to_vec(), kind)));
        }
    }
    Some(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0123456789012345678901234567890123456789";

    fn read(printed: &str) -> Option<Prediction> {
        parse(printed.as_bytes(), &ObjectId::new(TREE).unwrap())
    }

    #[test]
    fn conflicts_are_told_with_their_paths_kinds_and_sides() {
        let printed = format!(
            "{TREE}\0100644 {TREE} 1\tb.txt\0100644 {TREE} 2\tb.txt\0100644 {TREE} 2\ta\n\0\
             100644 {TREE} 3\ta\n\0\0\
             1\0clean\0Auto-merging\0Auto-merging clean\0\
             1\0b.txt\0CONFLICT (modify/delete)\0CONFLICT (modify/delete): ...\0\
             1\0a\n\0CONFLICT (contents)\0CONFLICT (add/add): ...\0"
        );
        let Some(Prediction::Conflicts(found)) = read(&printed) else { panic!("{printed}") };
        let found: Vec<_> = found.iter().map(|it| (it.path.as_str(), it.kind)).collect();
        assert_eq!(found, [("a\n", ConflictKind::BothAdded), ("b.txt", ConflictKind::ModifyDelete)]);
    }

    #[test]
    fn without_a_conflict_there_is_a_tree() {
        let tree = ObjectId::new(TREE).unwrap();
        let clean = Some(Prediction::Clean { tree });
        assert_eq!(read(&format!("{TREE}\0")), clean);
        assert_eq!(read(&format!("{TREE}\0\x001\0a\0Auto-merging\0words\0")), clean);
    }

    #[test]
    fn what_is_not_understood_is_no_answer() {
        for printed in ["", "no tree\0", "0123456789012345678901234567890123456789\0no line\0\0"] {
            assert_eq!(read(printed), None, "{printed:?}");
        }
    }
}
