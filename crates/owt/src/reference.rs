//! `docs/commands.md`, made from the definition of the command line, so that the page cannot say anything else.

use std::fs;
use std::path::Path;

use clap::Arg;
use clap::Command;
use clap::CommandFactory;

use crate::command_line::CommandLine;

const HEAD: &str = "\
# Commands

This page is made from the program's own definition (`crates/owt/src/reference.rs`); a test fails when the two differ.
`owt help COMMAND` says the same on a terminal. What a command prints with `--json` is in [json.md](json.md).

A workspace is named by its name, its branch, its folder (`.`, `./x`, `../x`, `/x`), or any unique abbreviation of the
words of its name: `auth-jwt` finds `add-user-authentication-jwt`. Several matches are an error that lists them.

Data goes to standard output; progress, notes, hints and errors go to standard error. On a terminal tables are cut to
its width; in a pipe nothing is. `owt delete` and `owt cleanup` ask on a terminal and need `--yes` elsewhere.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | the words of the call do not fit |
| 3 | refused for safety; the message says what would be lost and how to go on |
| 4 | waiting on a person |
| 5 | not found |
| 124 | time ran out |
| 130 | interrupted (Ctrl-C); the message says what goes on without the command |

| variable | meaning |
|---|---|
| `OWT_HOME` | a folder for everything that owt keeps: configuration, data, server |
| `OWT_THEME` | as `--theme`; `theme` in the configuration file is asked last |
| `OWT_BACKGROUND` | your terminal's background (`#1a1b2e`), by which the theme `auto` goes without asking; `background` in the configuration file is asked next |
| `NO_COLOR` | no colours, unless `--color always` |
| `OWT_WORKTREE_NAME`, `OWT_JOB_ID`, `OWT_ATTEMPT`, `OWT_SOCKET`, `OWT_TOKEN`, `OWT_AUTOMATED` | set for agents in their sessions |
";

/// The whole page.
fn page() -> String {
    let mut program = CommandLine::command();
    program.build();
    let commands: Vec<&Command> = shown(&program).collect();
    let mut text = HEAD.to_owned();
    text.push_str("\n| command | what it does |\n|---|---|\n");
    for command in &commands {
        let name = command.get_name();
        text.push_str(&format!("| [`owt {name}`](#owt-{name}){} | {} |\n", aliases(command), about(command)));
    }
    text.push_str("\n## Flags of every command\n\n");
    text.push_str(&table(program.get_arguments().filter(|arg| arg.is_global_set())));
    for command in commands {
        text.push_str(&section(command, "##", "owt"));
    }
    text
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help")
}

fn section(command: &Command, heading: &str, before: &str) -> String {
    let name = format!("{before} {}", command.get_name());
    let mut text = format!("\n{heading} {name}\n\n");
    let about = command.get_long_about().map_or_else(|| about(command), |long| prose(&long.to_string()));
    text.push_str(&format!("{about}{}\n", if about.ends_with('.') { "" } else { "." }));
    let usage = command.clone().render_usage().to_string();
    text.push_str(&format!("\n```\n{}\n```\n", usage.trim_start_matches("Usage: ")));
    let own = table(command.get_arguments().filter(|arg| !arg.is_global_set()));
    if !own.is_empty() {
        text.push_str(&format!("\n{own}"));
    }
    if let Some(examples) = command.get_after_help() {
        text.push_str(&format!("\n```\n{examples}\n```\n"));
    }
    for below in shown(command) {
        text.push_str(&section(below, &format!("{heading}#"), &name));
    }
    text
}

fn about(command: &Command) -> String {
    cell(&command.get_about().expect("every command says what it does").to_string())
}

fn aliases(command: &Command) -> String {
    command.get_visible_aliases().map(|alias| format!(", `{alias}`")).collect()
}

/// The arguments as a table; nothing when there are none.
fn table<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let told =
        arguments.filter(|arg| !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version"));
    let rows: String = told.map(row).collect();
    if rows.is_empty() { rows } else { format!("| argument | meaning |\n|---|---|\n{rows}") }
}

fn row(arg: &Arg) -> String {
    let mut meaning = cell(&arg.get_help().expect("every argument says what it means").to_string());
    if takes_value(arg) {
        let values: Vec<String> =
            arg.get_possible_values().iter().map(|value| code(value.get_name())).collect();
        if !values.is_empty() {
            meaning.push_str(&format!("; one of {}", values.join(", ")));
        }
        let defaults: Vec<&str> =
            arg.get_default_values().iter().filter_map(|value| value.to_str()).collect();
        if !defaults.is_empty() {
            meaning.push_str(&format!("; {} when absent", code(&defaults.join(","))));
        }
    }
    format!("| {} | {meaning} |\n", names(arg))
}

fn takes_value(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}

/// All that the argument can be written as.
fn names(arg: &Arg) -> String {
    let value = arg.get_value_names().filter(|_| takes_value(arg)).map(|names| names.join(" "));
    let Some(long) = arg.get_long() else {
        let value = value.unwrap_or_default();
        return code(&arg.get_short().map_or(value.clone(), |short| format!("-{short} {value}")));
    };
    let short = arg.get_short().map(|short| code(&format!("-{short}")));
    let others = arg.get_visible_aliases().unwrap_or_default();
    let longs = std::iter::once(long).chain(others).map(|long| match &value {
        Some(value) => code(&format!("--{long} {value}")),
        None => code(&format!("--{long}")),
    });
    short.into_iter().chain(longs).collect::<Vec<_>>().join(", ")
}

fn code(text: &str) -> String {
    // A bar ends a cell even inside of code, and some names have brackets for the usage line.
    format!("`{}`", text.replace('|', "\\|").replace("] [", " "))
}

/// Text in a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// Text in paragraphs: what clap keeps on one line stays on one.
fn prose(text: &str) -> String {
    text.trim().to_owned()
}

#[test]
fn the_page_says_what_the_program_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    let (written, made) = (fs::read_to_string(&path).unwrap_or_default(), page());
    if written != made {
        let (_, fresh) =
            tempfile::Builder::new().prefix("commands-").suffix(".md").tempfile().unwrap().keep().unwrap();
        fs::write(&fresh, made).unwrap();
        panic!("docs/commands.md is out of date: cp {} {}", fresh.display(), path.display());
    }
}

#[test]
fn the_page_of_json_names_every_command() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json.md");
    let page = fs::read_to_string(&path).unwrap();
    for command in shown(&CommandLine::command()) {
        let name = format!("owt {}", command.get_name());
        let told = |line: &str| line.starts_with("## ") && line.contains(&name);
        assert!(
            page.lines().any(told) || page.contains(&format!("`{name}")),
            "docs/json.md is silent about {name}"
        );
    }
}

#[test]
fn every_command_has_examples_and_every_flag_an_explanation() {
    let mut program = CommandLine::command();
    program.build();
    for command in shown(&program) {
        let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let call = format!("owt {}", command.get_name());
        assert!(examples.contains(&call) || command.get_name() == "switch", "{call} has no example");
        for arg in command.get_arguments() {
            assert!(arg.get_help().is_some(), "{call} {} is not explained", arg.get_id());
        }
    }
}
