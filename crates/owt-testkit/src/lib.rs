//! Fakes of every port, the scripted agent, the scripted model server, the sealed test environment.

pub mod checkout_witness;
pub mod clock;
pub mod crash;
pub mod delivery_count;
pub mod environment;
pub mod environment_conformance;
pub mod files;
pub mod files_conformance;
pub mod git;
pub mod git_conformance;
pub mod lab;
pub mod landing_conformance;
pub mod lookout_conformance;
pub mod model;
pub mod notifier;
pub mod notifier_conformance;
pub mod radar_conformance;
pub mod receiver;
pub mod record_databases;
pub mod record_databases_conformance;
pub mod scripted_agent;
pub mod sessions;
pub mod sessions_conformance;
pub mod simulation;
pub mod store;
pub mod store_conformance;
