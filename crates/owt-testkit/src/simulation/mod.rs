//! The small world around the engine in a simulated run: installed programs, a post that holds what sessions tell
//! until somebody delivers it, and agents that act when they are told to. It must not know the engine: who does
//! what next is the scheduler's business.

mod actor;
mod post;
mod programs;
mod stage;

pub use actor::Actor;
pub use actor::Announcement;
pub use actor::Busy;
pub use actor::Deed;
pub use actor::Heard;
pub use actor::Move;
pub use post::PostOffice;
pub use post::PostedSessions;
pub use programs::FakePrograms;
pub use stage::Stage;
