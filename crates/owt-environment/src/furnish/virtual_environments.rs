//! Virtual environments of Python among the files that are to be copied: bound to the place where they were made, they
//! would lead each program of the worktree back to the main checkout.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::environment::RelPath;
use owt_ports::Untracked;

/// What Python (PEP 405) knows an environment by.
const MARK: &str = "pyvenv.cfg";

/// The files that lie in none, and the environments that the others lie in.
pub(crate) fn apart<'a>(source: &AbsPath, files: &'a [Untracked]) -> (Vec<&'a Untracked>, BTreeSet<RelPath>) {
    let mut known: BTreeMap<RelPath, Option<RelPath>> = BTreeMap::new();
    let mut found = BTreeSet::new();
    let outside = files.iter().filter(|file| {
        let around = file.path.parent().and_then(|folder| environment_of(source, &folder, &mut known));
        let is_outside = around.is_none();
        found.extend(around);
        is_outside
    });
    (outside.collect(), found)
}

/// The environment that a folder is or lies in. The checkout itself is none, whatever lies in it.
fn environment_of(
    source: &AbsPath,
    folder: &RelPath,
    known: &mut BTreeMap<RelPath, Option<RelPath>>,
) -> Option<RelPath> {
    if folder.is_root() {
        return None;
    }
    if let Some(answer) = known.get(folder) {
        return answer.clone();
    }
    let answer = match folder.within(source).join(MARK).is_file() {
        true => Some(folder.clone()),
        false => folder.parent().and_then(|above| environment_of(source, &above, known)),
    };
    known.insert(folder.clone(), answer.clone());
    answer
}
