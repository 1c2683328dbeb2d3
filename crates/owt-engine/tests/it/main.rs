//! The engine over fake ports: simulated runs, who may do what, what a wait waits for.
#![expect(clippy::unwrap_used, reason = "what a test sets up must work, or the test has failed")]

mod broken_off;
mod children;
mod coming_back;
mod explained;
mod hooks;
mod landing;
mod lists;
mod old_records;
mod principals;
mod pull_requests;
mod readings;
mod resuming;
mod scene;
mod screens;
mod silence;
mod simulation;
mod stacked;
mod telling;
mod tidying;
