//! Mistakes in manifests are told with their place.

use owt_agents::Catalog;
use owt_agents::Manifest;
use owt_agents::manifest::ManifestError;
use owt_agents::manifest::OutputFormat;
use owt_agents::manifest::check_tool;
use owt_core::session::SessionKind;

const GOOD: &str = r#"format = 1
name = "mine"
display_name = "Mine"
binary = "mine"
install_hint = "get it"
model_args = ["-m", "{model}"]

[modes.headless]
argv = ["run", "{permission_args}", "{model_args}"]
prompt = "stdin"
output = "text"
ready = "start"

[modes.headless.permissions]
default = "edits"
ask = { unsupported = "no" }
edits = { args = ["--edit"] }
bypass = { args = ["--yolo"] }

[screen]
prompt_box = { marker = "^>" }

[[screen.rules]]
name = "idle"
state = "ready"
prompt = "empty"
"#;

fn mistake(from: &str, to: &str) -> ManifestError {
    assert!(GOOD.contains(from), "{from}");
    Manifest::parse("m.toml", &GOOD.replacen(from, to, 1)).expect_err(to)
}

#[test]
fn a_small_manifest_is_enough() {
    let manifest = Manifest::parse("m.toml", GOOD).unwrap();
    assert_eq!(manifest.kinds().collect::<Vec<_>>(), [SessionKind::Headless]);
    assert_eq!(manifest.modes.headless.unwrap().output, OutputFormat::Text);
}

#[test]
fn mistakes_have_line_column_key_and_the_nearest_valid_word() {
    let cases = [
        ("prompt = \"stdin\"", "promt = \"stdin\"", 10, 1, "modes.headless.promt", Some("prompt")),
        ("prompt = \"stdin\"", "prompt = \"stdinn\"", 10, 10, "modes.headless.prompt", Some("stdin")),
        ("install_hint", "instal_hint", 5, 1, "instal_hint", Some("install_hint")),
        ("state = \"ready\"", "state = \"redy\"", 25, 9, "screen.rules.0.state", Some("ready")),
    ];
    for (from, to, line, column, key, nearest) in cases {
        let error = mistake(from, to);
        assert_eq!(
            (error.line, error.column, error.key.as_str(), error.nearest.as_deref()),
            (line, column, key, nearest),
            "{error}"
        );
        assert!(error.to_string().starts_with(&format!("m.toml:{line}:{column}: {key}: ")), "{error}");
    }
}

#[test]
fn wrong_types_and_broken_text_are_told_too() {
    let error = mistake("argv = [\"run\"", "argv = [7");
    assert_eq!((error.line, error.key.as_str()), (9, "modes.headless.argv.0"), "{error}");
    let error = mistake("name = \"mine\"", "name = \"Mine!\"");
    assert_eq!((error.line, error.key.as_str()), (2, "name"), "{error}");
    let error = mistake("\"{model}\"", "\"{modle}\"");
    assert!(error.to_string().contains("did you mean '{model}'?"), "{error}");
    assert_eq!((error.line, error.key.as_str()), (6, "model_args"), "{error}");
    let error = mistake("[modes.headless]", "[modes.headless");
    assert_eq!((error.line, error.key.as_str()), (8, ""), "{error}");
    let error = mistake("marker = \"^>\"", "marker = \"^(\"");
    assert_eq!((error.line, error.key.as_str()), (21, "screen.prompt_box.marker"), "{error}");
    let missing = mistake("binary = \"mine\"\n", "");
    assert!(missing.to_string().contains("missing key 'binary'"), "{missing}");
}

#[test]
fn gaps_that_a_launch_would_fall_into_are_found_before() {
    let cases = [
        ("format = 1", "format = 2", "format", "format 1 only"),
        (
            "\"{permission_args}\", ",
            "",
            "modes.headless.argv",
            "'{permission_args}' is defined but has no place",
        ),
        (", \"{model_args}\"", "", "modes.headless.argv", "'{model_args}' is defined but has no place"),
        ("prompt = \"stdin\"", "prompt = \"argv\"", "modes.headless.argv", "'{prompt}' belongs into it"),
        (
            "prompt = \"stdin\"",
            "prompt = \"paste\"",
            "modes.headless.prompt",
            "cannot get its prompt this way",
        ),
        ("output = \"text\"", "output = \"terminal\"", "modes.headless.output", "'terminal' is for tmux"),
        ("ready = \"start\"", "ready = \"screen\"", "modes.headless.ready", "does not fit"),
        ("default = \"edits\"", "default = \"ask\"", "modes.headless.permissions.default", "not supported"),
        (
            "default = \"edits\"",
            "default = \"bypass\"",
            "modes.headless.permissions.default",
            "never a default",
        ),
        ("ask = { unsupported = \"no\" }\n", "", "modes.headless.permissions", "'ask' is missing"),
        ("\"{model}\"]", "\"{prompt}\"]", "model_args", "'{prompt}' has no value here"),
        ("prompt_box = { marker = \"^>\" }", "", "screen.rules.0", "screen.prompt_box is missing"),
        ("prompt = \"empty\"", "", "screen.rules.0", "would hold for any screen"),
        ("marker = \"^>\"", "marker = \"^>\", found_by = \"floor\"", "screen.rules.0", "'floor' is missing"),
        ("[screen]", "[hooks]\nscript = \"x\"\n\n[screen]", "hooks.delivery", "belong to 'settings-file'"),
        (
            "[screen]",
            "[hooks]\ndelivery = \"settings-file\"\nformat = \"claude\"\n\n[screen]",
            "hooks.delivery",
            "needs 'args'",
        ),
    ];
    for (from, to, key, message) in cases {
        let error = mistake(from, to);
        assert_eq!(error.key, key, "{error}");
        assert!(error.message.contains(message), "{error}");
        assert!(error.line > 0 && error.column > 0);
    }
}

#[test]
fn what_stands_before_a_program_that_serves_http_is_checked() {
    const SERVES: &str = r#"format = 1
name = "mine"
display_name = "Mine"
binary = "mine"
install_hint = "make mine"

[modes.structured]
argv = ["serve"]
prompt = "protocol"
output = "opencode-serve"
ready = "answer"
bridge = { events = "/event", user = "mine", password_variable = "MINE_PASSWORD" }
"#;
    let parsed = |from: &str, to: &str| {
        assert!(SERVES.contains(from));
        Manifest::parse("m.toml", &SERVES.replace(from, to))
    };
    parsed("mine", "mine").unwrap();
    for (from, to, message) in [
        ("\"/event\"", "\"event\"", "'events': it must be a path"),
        ("\"/event\"", "\"//example.org/\"", "'events': it must be a path"),
        ("\"/event\"", "\"/a@b\"", "'events': it must be a path"),
        ("user = ", "leave_out = [\"--x\"], user = ", "'leave_out': it must consist"),
        ("user = \"mine\"", "user = \"a:b@c\"", "'user': it must consist"),
        ("\"MINE_PASSWORD\"", "\"A=B\"", "'password_variable': it must be the name"),
        ("\"MINE_PASSWORD\"", "\"1A\"", "'password_variable': it must be the name"),
        ("\"opencode-serve\"", "\"acp\"", "is talked with over one"),
        ("bridge =", "#", "comes over a bridge"),
    ] {
        let error = parsed(from, to).unwrap_err();
        assert_eq!(error.key, "modes.structured.bridge", "{error}");
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn a_level_is_either_enforced_or_unsupported() {
    let both = mistake("ask = { unsupported = \"no\" }", "ask = { unsupported = \"no\", args = [] }");
    assert!(both.message.contains("exactly one of"), "{both}");
    assert_eq!(both.line, 16);
}

#[test]
fn a_tools_table_is_checked_with_its_place() {
    let tool = check_tool("config.toml", "binary = \"x\"\nsupports_headless = true\n").unwrap();
    assert!(tool.supports_headless);
    let error = check_tool("config.toml", "binary = \"x\"\ncomand_template = \"{binary}\"\n").unwrap_err();
    assert_eq!((error.line, error.column), (2, 1));
    assert_eq!(error.nearest.as_deref(), Some("command_template"));
}

#[test]
fn versions_that_were_seen_are_recognised() {
    let catalog = Catalog::built_in();
    assert!(catalog.get("claude").unwrap().has_seen("2.1.197 (Claude Code)"));
    assert!(catalog.get("codex").unwrap().has_seen("codex-cli 0.169.0"));
    assert!(!catalog.get("codex").unwrap().has_seen("codex-cli 0.170.0"));
}
