//! A landing: the way of finished work into its target branch.

mod conflict;
mod way;

pub use conflict::Conflict;
pub use conflict::ConflictKind;
pub use conflict::Sides;
pub use way::CandidateId;
pub use way::Favour;
pub use way::Method;
