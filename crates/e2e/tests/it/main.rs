//! The real binary in sealed homes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]
#![expect(clippy::print_stdout, reason = "why a test was skipped, and the server's log of one that failed")]

mod agents;
mod bad_input;
mod branch_left;
mod caches;
mod channels;
mod checkout;
mod cleaning;
mod conflicts;
mod context;
mod crashes;
mod database;
mod day_again;
mod deliveries;
mod delivery_runs;
mod diff;
mod disks;
mod doctor;
mod evidence;
mod failures;
mod folder_gone;
mod hooks_of_worktrees;
mod installs_that_fail;
mod isolation;
mod landing;
mod layouts;
mod lost_database;
mod main_job;
mod mounts;
mod notes;
mod notifications;
mod patience;
mod person;
mod places;
mod principals;
mod processes;
mod project;
mod prompts;
mod purging;
mod questions;
mod ran;
mod ready_to_work;
mod real_agents;
mod real_projects;
mod records;
mod review;
mod sealed;
mod settings;
mod skill;
mod templates;
mod terminal;
mod terminals_alike;
mod without_tmux;
mod words;
