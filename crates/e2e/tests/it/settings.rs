//! Each setting has an effect that somebody can see, and here stands which test shows it: a key that is declared,
//! read and documented, but does nothing, would pass every other test.

mod disk;
mod limits;
mod tools;
mod workspaces;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Each setting, and the test that fails when the setting does nothing, as `crate::test_function`.
const SHOWN_BY: &[(&str, &str)] = &[
    ("agent", "e2e::the_agent_is_the_configured_one"),
    ("permissions", "e2e::an_agent_has_the_configured_permissions"),
    ("context", "e2e::switched_off_it_is_told_its_task_and_nothing_else"),
    ("background", "owt::without_a_theme_the_background_that_the_person_names_decides"),
    ("theme", "owt::the_theme_is_the_flags_the_environments_or_the_configurations"),
    ("worktree.base_directory", "e2e::worktrees_lie_where_the_configuration_says"),
    ("worktree.naming_pattern", "e2e::worktrees_are_called_as_the_configuration_says"),
    ("worktree.install", "e2e::packages_are_installed_when_the_configuration_says"),
    ("worktree.ports", "e2e::what_comes_back_has_its_ports_again_unless_another_has_them_now"),
    ("worktree.min_free_space", "e2e::work_begins_only_where_there_is_room"),
    ("worktree.disk_budget", "e2e::a_repository_stays_within_its_budget"),
    ("cleanup.idle", "e2e::what_is_idle_is_said_by_the_configuration"),
    ("cleanup.trash_age", "e2e::trash_leaves_by_the_configured_age_and_size"),
    ("cleanup.trash_size", "e2e::trash_leaves_by_the_configured_age_and_size"),
    (
        "cleanup.snapshot_age",
        "e2e::snapshots_of_what_landed_go_by_age_and_size_and_what_landed_nowhere_stays",
    ),
    (
        "cleanup.snapshot_size",
        "e2e::snapshots_of_what_landed_go_by_age_and_size_and_what_landed_nowhere_stays",
    ),
    ("worktree.install_limit", "e2e::an_install_that_hangs_is_ended_at_its_limit"),
    ("worktree.hook_limit", "e2e::a_teardown_that_fails_or_hangs_does_not_hold_a_delete_up"),
    ("worktree.setup", "e2e::the_persons_own_setup_and_teardown_run_around_the_agents_work"),
    ("worktree.teardown", "e2e::the_persons_own_setup_and_teardown_run_around_the_agents_work"),
    ("critic.enabled", "e2e::the_person_says_how_much_rules_weigh_and_may_switch_it_off"),
    ("critic.max_file", "e2e::a_repository_neither_switches_it_off_nor_lets_secrets_pass"),
    ("critic.deny", "e2e::the_rules_are_those_of_the_target_and_never_those_of_the_work"),
    ("critic.warn", "e2e::the_person_says_how_much_rules_weigh_and_may_switch_it_off"),
    ("critic.note", "e2e::a_repository_neither_switches_it_off_nor_lets_secrets_pass"),
    ("critic.ignore", "e2e::a_repository_neither_switches_it_off_nor_lets_secrets_pass"),
    ("critic.scope", "e2e::the_rules_are_those_of_the_target_and_never_those_of_the_work"),
    ("landing.checks", "e2e::checks_run_on_what_lands_once_approved_and_not_twice_on_one_tree"),
    ("landing.check_limit", "e2e::checks_that_hang_are_ended"),
    ("landing.message", "e2e::the_message_is_the_persons_or_as_the_configuration_says"),
    ("landing.review.agent", "e2e::who_says_yes_to_all_is_told_what_it_thinks"),
    ("landing.review.score", "e2e::below_the_configured_score_it_is_doubt"),
    ("landing.review.required", "e2e::without_an_opinion_that_is_required_nothing_lands"),
    ("landing.review.limit", "e2e::one_that_does_not_come_in_time_is_told_and_it_lands"),
    ("landing.pull_request", "e2e::what_is_shipped_goes_by_a_pull_request_where_the_person_has_it_so"),
    ("landing.resolve", "e2e::where_it_is_configured_nobody_has_to_say_it"),
    ("landing.tell_conflicts", "e2e::where_it_is_switched_off_nobody_is_told"),
    ("landing.concurrency", "e2e::candidates_are_checked_at_once_as_configured"),
    ("landing.retries", "e2e::a_check_that_fails_is_run_again_as_configured_and_counted"),
    ("session.backend", "e2e::sessions_live_in_the_configured_backend_and_another_is_refused"),
    ("tmux.layout", "e2e::an_attached_person_sees_the_whole_layout_and_it_ends_with_the_session"),
    ("tmux.alt_keys", "e2e::alt_keys_are_the_agents_unless_the_person_says_otherwise"),
    (
        "tmux.panes.<name>.command",
        "e2e::an_attached_person_sees_the_whole_layout_and_it_ends_with_the_session",
    ),
    ("tmux.panes.<name>.split", "e2e::an_attached_person_sees_the_whole_layout_and_it_ends_with_the_session"),
    ("tmux.panes.<name>.size", "e2e::an_attached_person_sees_the_whole_layout_and_it_ends_with_the_session"),
    ("limits.wall", "e2e::a_session_without_a_terminal_ends_at_its_limits"),
    ("limits.idle", "e2e::a_session_without_a_terminal_ends_at_its_limits"),
    ("limits.terminal_wall", "e2e::a_session_in_a_terminal_ends_at_its_limits"),
    ("limits.terminal_idle", "e2e::a_session_in_a_terminal_ends_at_its_limits"),
    ("limits.turns", "e2e::a_session_has_no_more_turns_than_it_may"),
    ("limits.budget", "e2e::a_session_ends_when_it_has_cost_what_it_may"),
    ("retry.attempts", "e2e::nothing_goes_on_by_itself_where_the_person_does_not_want_it"),
    ("retry.delay", "e2e::a_crash_is_tried_again_after_the_configured_pause"),
    ("retry.max_wait", "e2e::a_limit_that_ends_too_late_is_not_waited_for"),
    ("server.idle_exit", "owt::it_ends_by_itself_when_nobody_needs_it"),
    ("database.max_size", "e2e::health_fails_at_the_configured_thresholds"),
    ("database.max_log", "e2e::health_fails_at_the_configured_thresholds"),
    ("database.max_backup_age", "e2e::health_fails_at_the_configured_thresholds"),
    ("notify.events", "e2e::a_command_is_told_once_of_each_cause_and_not_again_by_the_next_server"),
    ("notify.bell", "e2e::without_the_bell_nobody_is_rung"),
    ("notify.desktop", "e2e::the_desktop_is_told_by_its_own_program"),
    ("notify.command", "e2e::a_command_is_told_once_of_each_cause_and_not_again_by_the_next_server"),
    ("notify.webhook", "e2e::a_webhook_gets_a_signed_body_and_slack_a_text"),
    ("notify.webhook_form", "e2e::a_webhook_gets_a_signed_body_and_slack_a_text"),
    ("notify.webhook_secret", "e2e::a_webhook_gets_a_signed_body_and_slack_a_text"),
    ("notify.quiet_hours", "e2e::in_quiet_hours_nobody_is_told"),
    ("warnings.no_output", "e2e::an_agent_that_is_silent_or_at_work_for_long_is_warned_of"),
    ("warnings.running", "e2e::an_agent_that_is_silent_or_at_work_for_long_is_warned_of"),
    ("warnings.limits", "e2e::an_agent_that_comes_near_its_limits_is_warned_of"),
    ("board.keys.<name>", "e2e::the_board_has_the_persons_own_keys_and_a_verb_that_is_none_is_told"),
    (
        "usage.prices.<name>",
        "e2e::what_no_agent_says_of_its_costs_is_estimated_by_the_persons_prices_and_marked",
    ),
    ("agents.manifests", "e2e::a_manifest_of_the_configured_folder_is_an_agent"),
    ("agents.<name>.path", "e2e::an_agents_program_is_the_configured_one"),
    ("tools.<name>.binary", "e2e::a_tool_is_found_by_its_binary_or_at_its_known_paths"),
    ("tools.<name>.command_template", "e2e::a_tool_is_started_as_its_table_says"),
    ("tools.<name>.prompt_flag", "e2e::a_tool_is_started_as_its_table_says"),
    ("tools.<name>.supports_hooks", "e2e::a_tool_has_the_hooks_that_its_table_says"),
    ("tools.<name>.supports_headless", "e2e::a_tool_can_do_what_its_table_says"),
    ("tools.<name>.supports_plan_mode", "e2e::a_tool_can_do_what_its_table_says"),
    ("tools.<name>.plan_args", "e2e::a_tool_is_started_as_its_table_says"),
    ("tools.<name>.install_hint", "e2e::a_missing_tool_is_answered_with_its_own_hint"),
    ("tools.<name>.known_paths", "e2e::a_tool_is_found_by_its_binary_or_at_its_known_paths"),
];

#[test]
fn each_setting_has_an_effect_that_a_test_shows() {
    let shown_by: BTreeMap<&str, &str> = SHOWN_BY.iter().copied().collect();
    assert_eq!(shown_by.len(), SHOWN_BY.len(), "a setting stands twice in SHOWN_BY");
    for declaration in owt_config::declarations() {
        let key = declaration.key;
        let test = shown_by.get(key).unwrap_or_else(|| {
            panic!(
                "nothing shows that the setting '{key}' does anything. Write a test that sets it to a value that is \
                 not the default, runs the real owt and sees what has changed (the ones in \
                 crates/e2e/tests/it/settings/ are short), and add the line (\"{key}\", \"CRATE::TEST_FUNCTION\") to \
                 SHOWN_BY in {}",
                file!()
            )
        });
        assert!(
            is_test(test),
            "'{key}' is shown by '{test}', says SHOWN_BY in {}: there is no such test",
            file!()
        );
    }
    let declared = |key: &str| owt_config::declarations().any(|declaration| declaration.key == key);
    let gone: Vec<&str> = shown_by.into_keys().filter(|key| !declared(key)).collect();
    assert!(gone.is_empty(), "settings that there are no more stand in SHOWN_BY: {gone:?}");
}

/// Whether `crate::function` is a test in this tree.
fn is_test(name: &str) -> bool {
    let Some((package, function)) = name.split_once("::") else { return false };
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    has_test(&crates.join(package), &format!("fn {function}()"))
}

fn has_test(folder: &Path, head: &str) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.into_iter().any(|path| match path.extension() {
        _ if path.is_dir() => has_test(&path, head),
        Some(extension) if extension == "rs" => marks_test(&fs::read_to_string(&path).unwrap(), head),
        _ => false,
    })
}

/// Whether a text defines this function under `#[test]`, other attributes in between or not.
fn marks_test(text: &str, head: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_marked = |index: usize| {
        let above = lines[..index].iter().rev();
        above
            .take_while(|line| line.starts_with("#[") || line.starts_with("//"))
            .any(|line| *line == "#[test]")
    };
    (0..lines.len()).any(|index| lines[index].starts_with(head) && is_marked(index))
}

#[test]
fn a_name_that_is_no_test_shows_nothing() {
    assert!(is_test("e2e::a_name_that_is_no_test_shows_nothing"));
    assert!(!is_test("e2e::marks_test") && !is_test("e2e::nonsense") && !is_test("nonsense::is_test"));
}
