//! Pull requests of workspaces' branches: made, linked, looked at, and what they leave behind once they are merged. The only
//! use-cases that speak with somebody outside of the machine; nothing else waits for one of these.

mod cleanup;
mod create;
mod destination;
mod error;
mod going;
mod link;
mod outgoing;
mod record;
mod ship;
mod status;
mod unlink;
mod words;

pub use cleanup::PullCleanup;
pub use cleanup::PullCleanupItem;
pub use cleanup::PullCleanupOutcome;
pub use cleanup::clean_up_pull_requests;
pub use create::CreatePull;
pub use create::CreatedPull;
pub use create::PullEnd;
pub use create::create_pull_request;
pub use error::PullError;
pub use link::LinkPull;
pub use link::link_pull_request;
pub(crate) use record::record_pull_request;
pub use ship::OfferEnd;
pub use ship::Offered;
pub use ship::ShipEnd;
pub(super) use ship::goal;
pub use ship::ship;
pub use status::PullLine;
pub use status::PullStanding;
pub use status::ReadPulls;
pub use status::WhichPulls;
pub use status::pull_requests;
pub use unlink::UnlinkPull;
pub use unlink::unlink_pull_request;
