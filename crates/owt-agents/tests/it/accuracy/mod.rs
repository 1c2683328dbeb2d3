//! How often the screen rules are right about recorded screens: every picture of every recording, judged by the code
//! that judges live ones.

pub(crate) mod matrix;
pub(crate) mod page;
pub(crate) mod recordings;

use matrix::Matrix;
use owt_agents::Catalog;
use recordings::Recording;

/// The verdicts of the built-in rules on recordings.
pub(crate) fn judge<'a>(recordings: &'a [Recording], catalog: &'a Catalog) -> Vec<Matrix<'a>> {
    let of = |recording: &'a Recording| Matrix::of(recording, catalog.get(&recording.agent).unwrap());
    recordings.iter().map(of).collect()
}
