//! The person's own agents.

use crate::agents::install_script;
use crate::sealed::Sealed;

use super::workspaces::agent;

/// A home with one tool, whose program writes down its arguments, one a line.
fn with_tool(table: &str) -> Sealed {
    let sealed = Sealed::new();
    install_script(&sealed, "program", "printf '%s\\n' \"$@\" > \"$RECORD/arguments\"\n");
    sealed.configure(&format!("[tools.mine]\n{table}"));
    sealed
}

/// The arguments that the tool was started with for the task `Mend it`.
fn arguments(table: &str, options: &[&str]) -> Vec<String> {
    let sealed = with_tool(&format!("binary = \"program\"\nsupports_headless = true\n{table}"));
    let project = sealed.repository("app");
    let words = ["new", "Mend it", "--branch", "mend", "--agent", "mine", "--headless", "--no-context"];
    project.data(&[&words[..], options].concat());
    project.owt(&["wait", "mend"]).done();
    std::fs::read_to_string(sealed.record("arguments")).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_tool_is_started_as_its_table_says() {
    assert_eq!(arguments("command_template = \"{binary} run {{task}}\"\n", &[]), ["run", "Mend it"]);
    assert_eq!(arguments("prompt_flag = \"--say\"\n", &[]), ["--say", "Mend it"]);
    let planning = "supports_plan_mode = true\nplan_args = [\"--read-only\", \"yes\"]\n";
    assert_eq!(arguments(planning, &["--plan-mode"])[..2], ["--read-only", "yes"]);
}

#[test]
fn a_tool_can_do_what_its_table_says() {
    let words = |option| ["new", "Mend it", "--agent", "mine", option, "--dry-run"];
    let cannot = with_tool("binary = \"program\"\n");
    let project = cannot.repository("app");
    project.refused(&words("--headless"), 3, "unsupported");
    project.refused(&words("--plan-mode"), 3, "unsupported");
    let can = with_tool(
        "binary = \"program\"\nsupports_headless = true\nsupports_plan_mode = true\nplan_args = [\"--plan\"]\n",
    );
    let project = can.repository("app");
    assert_eq!(project.data(&words("--headless"))["backend"], "headless");
    assert_eq!(project.data(&words("--plan-mode"))["agent"], "mine");
}

#[test]
fn a_tool_has_the_hooks_that_its_table_says() {
    let hooks = |table: &str| {
        let sealed = with_tool(table);
        agent(&sealed.repository("app"), "mine")["hooks"].as_str().unwrap().to_owned()
    };
    assert!(hooks("supports_hooks = false\n").contains("the program has no hooks"));
    assert!(hooks("supports_hooks = true\n").contains("it may call 'owt hook'"));
}

#[test]
fn a_missing_tool_is_answered_with_its_own_hint() {
    let sealed = with_tool("binary = \"no-such-program\"\ninstall_hint = \"ask Ada for it\"\n");
    let project = sealed.repository("app");
    let missing = project.refused(&["new", "Mend it", "--agent", "mine", "--dry-run"], 5, "agent_missing");
    assert!(missing["hint"].as_str().unwrap().contains("ask Ada for it"), "{missing}");
}

#[test]
fn a_tool_is_found_by_its_binary_or_at_its_known_paths() {
    let path = |table: &str| {
        let sealed = with_tool(table);
        let found = agent(&sealed.repository("app"), "mine")["path"].clone();
        found.as_str().map(|path| path.strip_prefix(sealed.root().to_str().unwrap()).unwrap().to_owned())
    };
    assert_eq!(path(""), None);
    assert!(path("binary = \"program\"\n").is_some_and(|path| path.ends_with("/program")));
    let sealed = with_tool("");
    let elsewhere = sealed.root().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::rename(sealed.bin().join("program"), elsewhere.join("mine")).unwrap();
    sealed.configure(&format!("known_paths = [\"{}/mine\"]\n", elsewhere.display()));
    let found = agent(&sealed.repository("app"), "mine");
    assert_eq!(found["path"], elsewhere.join("mine").display().to_string());
}
