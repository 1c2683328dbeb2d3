//! What must be true: some of it after every step, the rest when everything has come to rest.

pub(super) mod deliveries;
mod folders;
pub(super) mod help;
mod journal;
mod leases;
mod notes;
mod outfits;
mod sessions;
mod statuses;

use owt_core::WorkspaceId;

use super::run::Run;

/// Of every step, before what it recorded counts.
pub(super) fn of_the_step(run: &mut Run) {
    outfits::commands_run_where_they_belong(run);
}

/// After every step.
pub(super) fn always(run: &Run) {
    sessions::none_is_started_twice(run);
    sessions::one_live_attempt_per_job(run);
    sessions::no_turn_counts_twice(run);
    outfits::no_two_share_a_port(run);
    outfits::no_agent_starts_before_its_folder_is_ready(run);
    deliveries::none_is_given_twice(run);
    super::landing::trains_bring_only_what_is_good(run);
    notes::none_is_told_twice(run);
    notes::none_is_pushed_where_it_may_not(run);
}

/// When nothing is on its way any more.
pub(super) fn at_rest(run: &Run) {
    journal::nothing_is_left_undone(run);
    journal::rows_and_outbox_are_their_events(run);
    sessions::record_and_world_agree(run);
    deliveries::none_is_lost(run);
    notes::whoever_works_knows_them(run);
    leases::only_running_jobs_hold_one(run);
    super::landing::each_has_ended(run);
    help::none_is_left_that_nobody_wants(run);
    help::what_was_settled_is_what_was_judged(run);
    folders::no_workspace_is_in_between(run);
    folders::branches_and_worktrees_are_those_of_the_record(run);
    folders::nothing_is_left_of_what_was_never_made(run);
    for (id, _) in run.ledger.workspaces.iter().filter(|(_, workspace)| folders::has_folder(workspace)) {
        folders::holds_its_work(run, *id);
    }
    statuses::are_true(run);
}

/// A workspace's folder holds what was last written there.
pub(super) fn holds_its_work(run: &Run, id: WorkspaceId) {
    folders::holds_its_work(run, id);
}
