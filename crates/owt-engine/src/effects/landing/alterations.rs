//! What checks do to the checkout that they run in: where one has changed it, those after it judge something else than what
//! would land.

use std::sync::Mutex;
use std::sync::PoisonError;

use owt_core::AbsPath;
use owt_core::landing::Refusal;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;
use owt_ports::Landing;

use super::Refusable;
use super::refusable;

/// Most files that are named.
const NAMED: usize = 10;

/// The watch over a checkout while checks run in it.
pub(super) struct Alterations<'a> {
    landing: &'a dyn Landing,
    root: &'a AbsPath,
    commit: &'a ObjectId,
    /// What git shows as changed although it has just written it (line ends, for one).
    before: Vec<String>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    running: Option<String>,
    /// What the first check that changed something has changed, or why that cannot be told.
    found: Option<Result<Altered, GitError>>,
}

struct Altered {
    by: String,
    files: Vec<String>,
}

impl<'a> Alterations<'a> {
    /// Begins, before the first check.
    pub(super) fn watch(
        landing: &'a dyn Landing,
        root: &'a AbsPath,
        commit: &'a ObjectId,
    ) -> Result<Self, GitError> {
        let before = landing.altered(root, commit)?;
        Ok(Self { landing, root, commit, before, seen: Mutex::default() })
    }

    /// A check begins: what is altered by now, the one before it has altered.
    pub(super) fn check_begins(&self, check: String) {
        self.look();
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).running = Some(check);
    }

    /// Whether something is altered, so that no further check needs to run.
    pub(super) fn is_altered(&self) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).found.is_some()
    }

    /// All have ended well: what is altered by now, the last one has altered.
    pub(super) fn checks_passed(&self) {
        self.look();
    }

    /// Why they say nothing of what would land, where that is so.
    pub(super) fn refusal(self, log: &AbsPath) -> Refusable<Option<Refusal>> {
        let seen = self.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        let altered = refusable(seen.found.transpose())?;
        Ok(altered.map(|altered| altered.map(|altered| altered.refusal(log))))
    }

    fn look(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(by), None) = (seen.running.clone(), &seen.found) else { return };
        seen.found = match self.landing.altered(self.root, self.commit) {
            Ok(files) => {
                let files: Vec<String> =
                    files.into_iter().filter(|file| !self.before.contains(file)).collect();
                (!files.is_empty()).then_some(Ok(Altered { by, files }))
            }
            Err(error) => Some(Err(error)),
        };
    }
}

impl Altered {
    fn refusal(self, log: &AbsPath) -> Refusal {
        let more = match self.files.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let files = self.files[..self.files.len().min(NAMED)].join(", ");
        let what = format!(
            "'{}' changed tracked files: {files}{more}; what lands is what was checked, so let it only look, and commit what it \
             would write",
            self.by
        );
        Refusal::ChecksFailed { what, last_lines: Vec::new(), log: log.clone() }
    }
}
