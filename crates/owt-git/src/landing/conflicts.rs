//! What git says of paths that it cannot merge: as the index of a checkout has them, and as `merge-tree` prints them.

use std::collections::BTreeMap;

use owt_core::AbsPath;
use owt_core::landing::Conflict;
use owt_core::landing::ConflictKind;
use owt_core::landing::Sides;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Call;

/// Paths with the sides that have a version of them, by their bytes.
pub(super) type Unmerged = BTreeMap<Vec<u8>, Sides>;

/// The unmerged paths of a checkout; those of the target are "ours" there.
pub(super) fn in_checkout(client: &GitCli, checkout: &AbsPath) -> Result<Vec<Conflict>, GitError> {
    let answer =
        Call::in_checkout(client, checkout, "ls-files").args(["ls-files", "--unmerged", "-z"]).succeed()?;
    let mut unmerged = Unmerged::new();
    for line in answer.records() {
        note(&mut unmerged, line).ok_or_else(|| answer.strange())?;
    }
    Ok(named(unmerged, &BTreeMap::new()))
}

/// Takes in one line of `<mode> <object> <stage>\t<path>` (git-ls-files(1), "--unmerged").
pub(super) fn note(unmerged: &mut Unmerged, line: &[u8]) -> Option<()> {
    let tab = line.iter().position(|&byte| byte == b'\t')?;
    let (meta, path) = (&line[..tab], &line[tab + 1..]);
    let sides = unmerged.entry(path.to_vec()).or_default();
    match meta.last()? {
        b'1' => sides.base = true,
        b'2' => sides.target = true,
        b'3' => sides.branch = true,
        _ => return None,
    }
    Some(())
}

/// Conflicts by path; `told` says more about some of them than their sides do.
pub(super) fn named(unmerged: Unmerged, told: &BTreeMap<Vec<u8>, ConflictKind>) -> Vec<Conflict> {
    let all = unmerged.into_iter().map(|(path, sides)| {
        let kind = match (ConflictKind::of_sides(sides), told.get(&path)) {
            (own, None | Some(ConflictKind::Content)) => own,
            (_, Some(told)) => *told,
        };
        Conflict { path: String::from_utf8_lossy(&path).into_owned(), kind, sides }
    });
    all.collect()
}

/// What a message of merge-ort is about, by its short name (merge-ort.c, `type_short_descriptions`, git 2.47);
/// `None`: it tells of no conflict.
pub(super) fn kind_of(short: &str) -> Option<ConflictKind> {
    let about = short.strip_prefix("CONFLICT (")?.trim_end_matches(')');
    Some(match about {
        "contents" => ConflictKind::Content,
        "binary" => ConflictKind::Binary,
        "file/directory" => ConflictKind::FileFolder,
        "modify/delete" => ConflictKind::ModifyDelete,
        "distinct modes" => ConflictKind::Types,
        about if about.starts_with("submodule") => ConflictKind::Submodule,
        about if about.contains("rename") => ConflictKind::Rename,
        _ => ConflictKind::Other,
    })
}
