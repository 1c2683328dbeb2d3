//! What every store must do, whatever it is made of: the one suite for [`EventStore`] and [`JobQueue`].
//!
//! Run on the database and on the fake, and later on whatever serves many machines. A check sees nothing but the
//! two ports; it starts from an empty store.
#![expect(
    clippy::unwrap_used,
    reason = "a check's way of failing is to panic; the store's error is the message"
)]

mod fixture;
mod journal;
mod outbox;
mod purge;
mod queue;
mod races;
mod rebuild;
mod rows;

use std::thread;

use owt_ports::EventStore;
use owt_ports::JobQueue;

/// A store under test: both ports over the same state.
pub trait Store: EventStore + JobQueue {}

impl<T: EventStore + JobQueue> Store for T {}

/// One named demand.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What must hold.
    pub name: &'static str,
    /// Panics when it does not.
    pub run: fn(&dyn Store),
}

macro_rules! checks {
    ($($module:ident: $($name:ident),+;)+) => {
        /// All demands.
        pub const CHECKS: &[Check] = &[$($(Check { name: stringify!($name), run: $module::$name }),+),+];
    };
}

checks! {
    journal: the_first_append_starts_a_stream, versions_and_sequences_ascend_by_one, a_wrong_expectation_is_a_conflict,
        a_new_stream_is_expected_at_zero, a_cause_works_once_in_a_stream, text_comes_back_as_it_was_written,
        an_append_without_events_is_refused, what_is_too_large_is_refused_whole, pages_join_without_a_gap,
        the_whole_history_of_a_thing_is_there, waiting_ends_at_once_when_there_is_more,
        waiting_ends_at_its_time_limit;
    rows: a_row_follows_its_stream, many_rows_are_loaded_at_once_in_the_order_of_their_streams, rows_are_asked_by_parent_and_life, rows_come_in_pages_oldest_first;
    outbox: effects_wait_in_order_until_they_are_done, the_last_word_on_an_effect_holds,
        a_refused_append_asks_for_nothing;
    rebuild: a_lost_projection_follows_from_the_events, a_row_of_another_version_is_refused,
        streams_are_listed_by_kind_in_pages, random_histories_fold_to_their_rows;
    purge: what_is_purged_is_gone_and_the_rest_stays, a_purge_goes_whole_or_not_at_all,
        what_has_something_left_to_do_is_not_purged, a_number_is_not_given_again_after_a_purge;
    queue: an_empty_queue_gives_nothing, a_job_is_claimed_with_a_lease, a_known_job_is_not_queued_twice,
        a_live_lease_is_exclusive, a_renewed_lease_outlives_its_first_end, an_expired_lease_is_taken_over,
        a_zombie_changes_nothing, an_expired_lease_nobody_took_is_good, a_finished_job_never_comes_back,
        a_job_that_is_taken_up_again_is_claimed_once_more,
        a_job_that_goes_on_later_is_due_then_and_can_be_called_off_and_taken_up,
        a_repeated_settlement_changes_nothing, a_retry_waits_for_its_time, higher_priority_then_first_come,
        only_a_waiting_job_is_withdrawn, a_withdrawn_job_may_come_again, a_runner_finds_what_it_holds,
        a_clock_that_jumps_ahead_takes_no_work_away, a_clock_that_jumps_back_is_put_right_by_a_renewal;
    races: two_appenders_and_one_wins, one_cause_from_two_sides_works_once, a_reader_never_sees_a_gap,
        waiting_ends_when_another_appends, every_job_is_claimed_by_one, a_late_claim_is_refused_by_its_stream,
        a_crash_between_finish_and_settle_is_made_good;
}

/// Runs every check on a store of its own.
///
/// # Panics
/// At the first check that fails; its thread has the check's name, so that the message says which.
pub fn assert_conforms<S: Store>(fresh: impl Fn() -> S) {
    for check in CHECKS {
        let store = fresh();
        thread::scope(|scope| {
            thread::Builder::new()
                .name(check.name.to_owned())
                .spawn_scoped(scope, || (check.run)(&store))
                .expect("the system has room for one more thread");
        });
    }
}
