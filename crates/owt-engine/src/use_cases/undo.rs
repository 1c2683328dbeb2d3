//! Taking back what was done last in a repository: a landing, with the workspaces that went with it, or a deletion.

mod listing;

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::effect::Message;
use owt_core::landing::Arrival;
use owt_core::landing::Irrevocable;
use owt_core::landing::Landing;
use owt_core::landing::LandingInput;
use owt_core::landing::LandingPhase;
use owt_core::train::Standing;
use owt_core::train::Train;
use owt_core::train::TrainInput;
use owt_core::train::TrainPhase;
use owt_core::vcs::BranchName;
use owt_core::vcs::Repository;
use owt_ports::StoreError;

use super::CommonError;
use super::Resolve;
use super::RestoreError;
use super::SelectError;
use super::begin_restore;
use super::restore::await_restored;
use super::restore::view_of;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::view::WorkspaceView;

use listing::Course;
use listing::Moved;

pub use listing::MoveOf;
pub use listing::Obstacle;
pub use listing::UndoKind;
pub use listing::Undoable;
pub use listing::undoable;

/// How long it may take to move a target back.
const MAX_UNDO: Duration = Duration::from_secs(15 * 60);

/// What is to be taken back.
#[derive(Debug, Clone)]
pub struct UndoRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// Only if it is this that was done last, by the id that a preview told.
    pub only: Option<String>,
    /// Whether it is done.
    pub resolve: Resolve,
}

/// What was taken back, or would be.
#[derive(Debug, Clone)]
pub struct Undone {
    /// What.
    pub what: Undoable,
    /// The checkout that went along with the target.
    pub checkout: Option<AbsPath>,
    /// The workspaces that are there again.
    pub restored: Vec<WorkspaceView>,
    /// Those that are not, and why.
    pub not_restored: Vec<RestoreError>,
}

/// Why nothing was taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoError {
    /// In which repository?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// Nothing was done that could be.
    #[error("nothing was landed or deleted here that could be taken back")]
    Nothing,
    /// Something else was done meanwhile.
    #[error("{wanted} is not what was done last any more")]
    NotTheLast {
        /// What was asked for.
        wanted: String,
    },
    /// What has landed stays.
    #[error("what has landed of {} stays in {}", workspaces.join(", "), arrival.target)]
    Stays {
        /// Whose work.
        workspaces: Vec<String>,
        /// The move.
        arrival: Box<Arrival>,
        /// Why.
        why: Irrevocable,
    },
    /// The train that landed it has not ended.
    #[error("the queue is still landing in {target}")]
    UnderWay {
        /// There.
        target: BranchName,
    },
    /// A workspace that went with it is on its way.
    #[error("{} is being removed or brought back just now", .0.join(", "))]
    InBetween(Vec<String>),
    /// A workspace would not come back.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// It takes too long.
    #[error("it was not taken back within {} minutes; it goes on", MAX_UNDO.as_secs() / 60)]
    TooSlow,
}

impl From<StoreError> for UndoError {
    fn from(error: StoreError) -> Self {
        Self::Select(SelectError::Common(CommonError::Store(error)))
    }
}

/// Takes back what was done last, or says what that would be.
///
/// # Errors
/// [`UndoError`]; nothing was touched, except for `TooSlow`.
pub fn undo(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    undo: &UndoRequest,
) -> Result<Undone, UndoError> {
    let what = begin_undo(engine, asker, request, undo)?;
    let undone = |what| Undone { what, checkout: None, restored: Vec::new(), not_restored: Vec::new() };
    if undo.resolve == Resolve::Preview {
        let views = what.comes_back.iter().map(|id| view_of(engine, *id)).collect::<Result<_, _>>()?;
        return Ok(Undone { restored: views, ..undone(what) });
    }
    let checkout = match &what.kind {
        UndoKind::Deletion => None,
        UndoKind::Landing { by, arrival } => await_taken_back(engine, *by, (&what, arrival), request)?,
    };
    let mut undone = Undone { checkout, ..undone(what) };
    for id in undone.what.comes_back.clone() {
        let name = view_of(engine, id)?.name().to_owned();
        let back = await_restored(engine, id, &name, request);
        match back.and_then(|()| view_of(engine, id)) {
            Ok(view) => undone.restored.push(view),
            Err(error) => undone.not_restored.push(error),
        }
    }
    Ok(undone)
}

/// The half of [`undo`] that does not wait: finds what was done last, and unless it is a preview records that it is to
/// be taken back.
///
/// # Errors
/// [`UndoError`]; nothing was touched.
pub fn begin_undo(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    undo: &UndoRequest,
) -> Result<Undoable, UndoError> {
    authorise(asker, Action::Land).map_err(SelectError::from)?;
    let repository = engine.ports().git.discover(&undo.folder).map_err(SelectError::Git)?.repository;
    if let (Resolve::Do, Some(begun)) = (undo.resolve, begun(engine, &repository, undo)?) {
        engine.take_up_effects()?;
        return Ok(begun);
    }
    // Nobody takes the name of a workspace that comes back between the look and the record.
    let naming = engine.naming();
    let what = chosen(engine, asker, undo)?;
    refuse_obstacle(&what)?;
    if undo.resolve == Resolve::Preview {
        return Ok(what);
    }
    match &what.kind {
        UndoKind::Landing { by, .. } => {
            let message = match *by {
                MoveOf::Landing(id) => Message::Landing { id, input: LandingInput::TakeBack },
                MoveOf::Train(id, nth) => Message::Train { id, input: TrainInput::TakeBack { nth } },
            };
            engine.dispatch(message, request)?;
        }
        UndoKind::Deletion => {
            drop(naming);
            begin_restore(engine, asker, request, &undo.folder, &what.id, undo.resolve)?;
        }
    }
    Ok(what)
}

/// What was done last.
fn chosen(engine: &Engine, asker: &Principal, undo: &UndoRequest) -> Result<Undoable, UndoError> {
    let last = undoable(engine, asker, &undo.folder)?.into_iter().next();
    match (last, &undo.only) {
        (None, None) => Err(UndoError::Nothing),
        (Some(last), only) if only.as_ref().is_none_or(|only| *only == last.id) => Ok(last),
        (_, only) => Err(UndoError::NotTheLast { wanted: only.clone().unwrap_or_default() }),
    }
}

/// What is being taken back already: who asks again (after a server that died, for one) joins that. One that is
/// named by its id may be back by now.
fn begun(
    engine: &Engine,
    repository: &Repository,
    undo: &UndoRequest,
) -> Result<Option<Undoable>, StoreError> {
    let is_meant = |moved: &Moved| match (&undo.only, moved.course) {
        (None, Course::GoesBack) => true,
        (Some(only), Course::GoesBack | Course::IsBack) => *only == moved.what.id,
        _ => false,
    };
    let found = listing::moves(engine, repository)?.into_iter().find(is_meant);
    Ok(found.map(|moved| moved.what))
}

fn refuse_obstacle(what: &Undoable) -> Result<(), UndoError> {
    let workspaces = what.workspaces.clone();
    match (&what.obstacle, &what.kind) {
        (None, _) => Ok(()),
        (Some(Obstacle::Stays(why)), UndoKind::Landing { arrival, .. }) => {
            Err(UndoError::Stays { workspaces, arrival: arrival.clone(), why: why.clone() })
        }
        (Some(Obstacle::UnderWay), UndoKind::Landing { arrival, .. }) => {
            Err(UndoError::UnderWay { target: arrival.target.clone() })
        }
        (Some(Obstacle::Stays(_) | Obstacle::UnderWay | Obstacle::InBetween), _) => {
            Err(UndoError::InBetween(workspaces))
        }
        (Some(Obstacle::NameTaken { name }), _) => Err(RestoreError::NameTaken { name: name.clone() }.into()),
    }
}

/// What a move came to that was to be taken back: the checkout that went along, or why it stays.
type WentBack = Result<Option<AbsPath>, Irrevocable>;

/// The checkout that went along.
fn await_taken_back(
    engine: &Engine,
    by: MoveOf,
    (what, arrival): (&Undoable, &Arrival),
    request: RequestId,
) -> Result<Option<AbsPath>, UndoError> {
    let stream = match by {
        MoveOf::Landing(id) => Landing::stream(id),
        MoveOf::Train(id, _) => Train::stream(id),
    };
    let probe = || {
        Ok(match by {
            MoveOf::Landing(id) => engine.records().load::<Landing>(id)?.and_then(landing_back),
            MoveOf::Train(id, nth) => {
                engine.records().load::<Train>(id)?.and_then(|train| train_back(train, nth))
            }
        })
    };
    let ended = engine.await_done(MAX_UNDO, &stream, request, probe)?;
    // Its workspaces were told to come back when it was taken back, in the same order.
    engine.in_order(|| ());
    ended.ok_or(UndoError::TooSlow)?.map_err(|why| UndoError::Stays {
        workspaces: what.workspaces.clone(),
        arrival: Box::new(arrival.clone()),
        why,
    })
}

fn landing_back(landing: Landing) -> Option<WentBack> {
    match (landing.phase, landing.stays) {
        (LandingPhase::TakenBack { checkout, .. }, _) => Some(Ok(checkout)),
        (LandingPhase::Landed { .. }, Some(why)) => Some(Err(why)),
        _ => None,
    }
}

fn train_back(mut train: Train, nth: usize) -> Option<WentBack> {
    if train.phase != TrainPhase::Ended || nth >= train.moves.len() {
        return None;
    }
    match train.moves.swap_remove(nth).standing {
        Standing::TakenBack { checkout } => Some(Ok(checkout)),
        Standing::Landed { stays } => stays.map(Err),
    }
}
