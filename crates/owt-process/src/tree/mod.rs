//! Families of processes: who descends from whom, and how to end all of them. Knows processes by number and
//! start time; must not know what they are for.

mod ending;
mod family;
mod identity;
mod living;
pub(crate) mod offspring;
mod place;
#[cfg(target_os = "linux")]
mod proc_living;
#[cfg(target_os = "linux")]
mod proc_table;
#[cfg(any(not(target_os = "linux"), test))]
mod ps_living;
#[cfg(any(not(target_os = "linux"), test))]
mod ps_table;
mod subreaper;
mod table;

pub use ending::EndError;
pub use ending::end_descendants;
pub(crate) use ending::end_group;
pub use ending::end_tree;
pub use family::ancestors;
pub use family::descendants;
pub use identity::ProcessIdentity;
pub use living::Channels;
pub use living::Living;
pub use living::living_below;
pub use place::works_in;
pub use subreaper::become_subreaper;
pub use subreaper::reap_adopted;
