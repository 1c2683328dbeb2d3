//! Every kind of fault, and that no text brings the reader down.

use owt_config::InvalidConfiguration;
use owt_config::Sources;
use owt_config::assemble;
use owt_config::declarations;
use proptest::prelude::*;

use crate::any_bytes;
use crate::of_repository;
use crate::of_user;
use crate::repository_file;
use crate::user_file;
use crate::variables;

/// The faults without the file's name.
fn lines<T>(result: Result<T, InvalidConfiguration>) -> Vec<String> {
    let Err(error) = result else { return Vec::new() };
    let short = |line: &str| line.split_once("config.toml:").map_or(line, |(_, rest)| rest).to_owned();
    error.to_string().lines().map(short).collect()
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let text = "\
permisions = 'ask'
permissions = 'bypas'
[worktre]
base_directory = '..'
[limits]
wall = 7
idle = '5 minutes'
[tools.mine]
binarry = 'x'
known_paths = ['a', 1]
";
    assert_eq!(
        lines(of_user(text)),
        [
            "1:1: permisions: unknown key; did you mean 'permissions'?",
            "2:15: permissions: 'bypas' is not a permission level (ask, edits, bypass); did you mean 'bypass'?",
            "3:2: worktre: unknown key; did you mean 'worktree'?",
            "6:8: limits.wall: expected a string (a span of time such as \"90s\", \"30m\" or \"1h30m\", or \"none\"), found integer",
            "7:8: limits.idle: '5 minutes' is not a span of time such as \"90s\", \"30m\" or \"1h30m\", or \"none\": \
             a span of time is written as numbers with units d, h, m, s, the largest first",
            "9:1: tools.mine.binarry: unknown key; did you mean 'tools.mine.binary'?",
            "10:15: tools.mine.known_paths: expected an array of strings (paths, absolute or \"~/...\"), found array",
        ]
    );
}

#[test]
fn a_key_in_the_wrong_table_is_shown_its_own() {
    assert_eq!(
        lines(of_user("base_directory = '..'")),
        ["1:1: base_directory: unknown key; did you mean 'worktree.base_directory'?"]
    );
    assert_eq!(lines(of_user("colour = 'red'")), ["1:1: colour: unknown key"]);
    assert_eq!(lines(of_user("worktree = 'here'")), ["1:1: worktree: expected a table, found string"]);
    assert_eq!(
        lines(of_user("[[tools]]\nbinary = 'x'")),
        ["1:3: tools: expected a table, found array of tables"]
    );
}

#[test]
fn one_setting_under_two_keys_is_refused() {
    assert_eq!(
        lines(of_user("agent = 'claude'\nai_tool = 'codex'")),
        ["2:1: ai_tool: says the same as 'agent' in the same file; keep one of them"]
    );
}

#[test]
fn text_that_is_no_toml_is_refused_with_its_place() {
    let found = lines(of_user("agent = 'claude'\nwall = = 1\n"));
    assert!(found.len() == 1 && found[0].starts_with("2:8: not valid TOML: "), "{found:?}");
    let found = lines(of_user("agent = 'a'\nagent = 'b'\n"));
    assert!(found.len() == 1 && found[0].starts_with("2:1: not valid TOML: duplicate key"), "{found:?}");
}

#[test]
fn a_repository_is_refused_tools_and_programs_once_each_with_the_reason() {
    let text = "[tools.evil]\nbinary = 'sh'\ncommand_template = 'x'\n[agents.claude]\npath = '/tmp/claude'\n";
    let found = lines(of_repository(text));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("/srv/shop/.worktreerc:1:2: tools: not in a repository's file: a tool is "));
    assert!(
        found[1]
            .starts_with("/srv/shop/.worktreerc:4:2: agents: not in a repository's file: it decides which")
    );
}

/// A file as people have it for the original (open-orchestrator 0.4 and 0.5).
#[test]
fn a_file_of_the_original_is_answered_line_by_line() {
    let text = "\
theme = 'dark'
tool_token_budget = 8000
recall_enabled = true
[worktree]
base_directory = '../'
auto_cleanup_days = 14
[tmux]
default_layout = 'single'
ai_tool = 'claude'
mouse_mode = true
[environment]
copy_env_file = true
[backend]
mode = 'herdr'
herdr_session = 'default'
[agno]
enabled = true
[droid]
default_auto_level = 'low'
skip_permissions_unsafe = false
[tools.mine]
task_via_args = true
";
    let error = of_user(text).unwrap_err();
    assert!(!error.to_string().contains("unknown"), "{error}");
    let keys: Vec<&str> = error.problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "tool_token_budget",
            "recall_enabled",
            "worktree.auto_cleanup_days",
            "tmux.default_layout",
            "tmux.ai_tool",
            "tmux.mouse_mode",
            "environment.copy_env_file",
            "backend.mode",
            "backend.herdr_session",
            "agno",
            "droid.default_auto_level",
            "droid.skip_permissions_unsafe",
            "tools.mine.task_via_args",
        ]
    );
    let says = |key: &str| error.problems.iter().find(|problem| problem.key == key).unwrap().kind.to_string();
    assert!(says("tmux.ai_tool").contains("here it is 'agent'"));
    assert!(says("backend.mode").contains("here it is 'session.backend'"));
    assert!(says("environment.copy_env_file").contains("always come along"));
}

#[test]
fn a_slip_in_a_table_that_the_original_has_too_is_shown_what_was_meant() {
    assert_eq!(
        lines(of_user("[tmux]\nlayot = 'agent'")),
        ["2:1: tmux.layot: unknown key; did you mean 'tmux.layout'?"]
    );
    let old = lines(of_user("[tmux]\nmouse_mode = true\npane_count = 2"));
    assert!(old.len() == 2 && old.iter().all(|line| line.contains("a setting of the original")), "{old:?}");
}

#[test]
fn faults_of_all_layers_come_together_in_order() {
    let environment = variables(&[("OWT_THEME", "dusk"), ("CLAUDE_BIN", "claude")]);
    let found = lines(assemble(&Sources {
        user: Some(&user_file("x = 1")),
        repository: Some(&repository_file("y = 1")),
        variables: Some(&environment),
        flags: &[owt_config::FlagValue { key: "agent", flag: "--agent", text: "Claude Code".to_owned() }],
    }));
    let starts = [
        "1:1: x: ",
        "/srv/shop/.worktreerc:1:1: y: ",
        "CLAUDE_BIN: agents.claude.path: ",
        "OWT_THEME: theme: ",
        "--agent: agent: ",
    ];
    assert_eq!(found.len(), starts.len(), "{found:?}");
    for (line, start) in found.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

/// A slip in a word is answered with the word, and with the variable or flag that it stands in.
#[test]
fn a_misspelt_word_in_a_variable_or_flag_is_answered_with_its_name_and_the_nearest_word() {
    for declaration in declarations() {
        let (Some(variable), Some(word)) = (declaration.variable, declaration.words.first()) else {
            continue;
        };
        let slip = format!("{word}x");
        let meant = format!("did you mean '{word}'?");
        let environment = variables(&[(variable, &slip)]);
        let in_variable =
            lines(assemble(&Sources { variables: Some(&environment), ..Sources::default() })).join("\n");
        let flags = [owt_config::FlagValue { key: declaration.key, flag: "--it", text: slip }];
        let in_flag = lines(assemble(&Sources { flags: &flags, ..Sources::default() })).join("\n");
        for (said, place) in [(in_variable, variable), (in_flag, "--it")] {
            assert!(said.starts_with(&format!("{place}: {}: ", declaration.key)), "{said}");
            assert!(said.ends_with(&meant), "{said}");
        }
    }
}

#[test]
fn escape_sequences_of_a_file_do_not_reach_the_terminal() {
    let error =
        of_repository("\"\\u001b[2Jx\" = 1\nagent = \"\\u001b]0;title\\u0007\"").unwrap_err().to_string();
    assert!(!error.contains('\u{1b}') && !error.contains('\u{7}'), "{error:?}");
    assert_eq!(error.lines().count(), 2);
}

/// Texts that look like configuration: real keys and values, put together wrongly.
fn nearly_toml() -> impl Strategy<Value = String> {
    let keys: Vec<String> = declarations()
        .flat_map(|declaration| std::iter::once(declaration.key).chain(declaration.key.split('.')))
        .chain(["tmux", "sync", "mine", "é", "\"a.b\""])
        .map(|key| key.replace("<name>", "mine"))
        .collect();
    let value = prop_oneof![
        Just("'ask'"),
        Just("\"2h\""),
        Just("17"),
        Just("true"),
        Just("['x']"),
        Just("[1]"),
        Just("{}"),
        Just("{ binary = 'x', y.z = 1 }"),
        Just("1979-05-27"),
        Just("nan"),
        Just("'''\n'''"),
        Just("'"),
    ];
    let line = (prop::sample::select(keys), value, 0..4u8).prop_map(|(key, value, form)| match form {
        0 => format!("[{key}]"),
        1 => format!("[[{key}]]"),
        _ => format!("{key} = {value}"),
    });
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_text_panics(text in prop_oneof![".*", "[\\[\\]{}=.'\"a-z0-9\n#, ]{0,200}", nearly_toml()]) {
        any_bytes::configuration(text.as_bytes());
    }

    #[test]
    fn no_variable_panics(value in ".*") {
        for declaration in declarations() {
            if let Some(name) = declaration.variable {
                let environment = variables(&[(name, &value)]);
                let _ = assemble(&Sources { variables: Some(&environment), ..Sources::default() });
            }
        }
    }
}
