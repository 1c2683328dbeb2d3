//! What each built-in agent is started with.

use std::collections::BTreeMap;

use owt_agents::Catalog;
use owt_agents::ConversationId;
use owt_agents::Manifest;
use owt_agents::ModelName;
use owt_agents::delivery::PROVENANCE;
use owt_agents::delivery::Wording;
use owt_agents::launch::Conversation;
use owt_agents::launch::FoundExtras;
use owt_agents::launch::HandedOver;
use owt_agents::launch::HookState;
use owt_agents::launch::LaunchError;
use owt_agents::launch::LaunchInput;
use owt_agents::launch::LaunchInputs;
use owt_agents::launch::LaunchPrompt;
use owt_agents::launch::LaunchSpec;
use owt_agents::launch::MAX_ARGV_PROMPT_BYTES;
use owt_agents::launch::PromptRoute;
use owt_agents::launch::RepositoryExtras;
use owt_agents::launch::SettingsPlace;
use owt_agents::launch::Stance;
use owt_agents::launch::plan;
use owt_agents::manifest::Commits;
use owt_agents::manifest::CustomTool;
use owt_agents::manifest::LevelRule;
use owt_agents::shell_words;
use owt_core::AbsPath;
use owt_core::Permissions;
use owt_core::session::SessionKind;
use owt_core::text::Prompt;
use proptest::prelude::*;
use serde_json::Value;

const ID: &str = "bfe1fc6e-01b4-419d-af9f-97cd7fbd1850";

/// What stays the same in these tests.
struct Place {
    program: AbsPath,
    owt: AbsPath,
    workspace: AbsPath,
    main_root: AbsPath,
    folder: AbsPath,
    conversation: ConversationId,
    prompt: Prompt,
}

impl Place {
    fn new() -> Self {
        Self::with_prompt("do it")
    }

    fn with_prompt(prompt: &str) -> Self {
        let path = |text: &str| AbsPath::new(text).unwrap();
        Self {
            program: path("/bin/agent"),
            owt: path("/opt/o w t/owt"),
            workspace: path("/w/tree"),
            main_root: path("/w/ma\"in"),
            folder: path("/run/att"),
            conversation: ConversationId::new(ID).unwrap(),
            prompt: Prompt::new(prompt).unwrap(),
        }
    }

    fn inputs(&self, kind: SessionKind) -> LaunchInputs<'_> {
        LaunchInputs {
            kind,
            program: &self.program,
            owt: &self.owt,
            workspace: &self.workspace,
            main_root: &self.main_root,
            folder: &self.folder,
            conversation: Conversation::Fresh(&self.conversation),
            prompt: Some(LaunchPrompt { text: &self.prompt, wording: Wording::Message }),
            permissions: None,
            stance: Stance::Act,
            model: None,
            budget_micro_usd: None,
            extras: RepositoryExtras::ProgramAsks,
            context: None,
            preamble: None,
            by_file: None,
            own_words: None,
            handed_over: None,
        }
    }
}

fn agent(name: &str) -> Manifest {
    Catalog::built_in().get(name).unwrap().clone()
}

fn file(spec: &LaunchSpec, name: &str) -> String {
    spec.files.iter().find(|file| file.path.file_name() == name).unwrap().content.clone()
}

#[test]
fn claude_headless() {
    let place = Place::new();
    let spec = plan(&agent("claude"), &place.inputs(SessionKind::Headless)).unwrap();
    assert_eq!(
        spec.argv,
        [
            "/bin/agent",
            "-p",
            "--output-format",
            "stream-json",
            "--verbose",
            "--session-id",
            ID,
            "--permission-mode",
            "acceptEdits",
            "--settings",
            "/run/att/settings.json"
        ]
    );
    assert_eq!(spec.stdin, LaunchInput::File(AbsPath::new("/run/att/prompt.txt").unwrap()));
    assert_eq!(file(&spec, "prompt.txt"), "do it");
    assert_eq!(spec.prompt, PromptRoute::WithStart);
    assert_eq!(spec.first_frame, None);
    assert_eq!(spec.conversation, Some(place.conversation.clone()));
    assert_eq!((spec.permissions, spec.commits), (Some(Permissions::Edits), Commits::Owt));
    assert!(spec.environment.remove.contains(&"CLAUDECODE".to_owned()));
    assert_eq!(spec.hooks, HookState::InPlace);
}

#[test]
fn what_a_session_may_cost_is_told_to_a_program_that_keeps_to_it() {
    let place = Place::new();
    for (micro, told) in [(2_500_000, "2.5"), (10_000_000, "10"), (50_001, "0.050001")] {
        for kind in [SessionKind::Headless, SessionKind::Structured] {
            let resume = Conversation::Resume(&place.conversation);
            for conversation in [Conversation::Fresh(&place.conversation), resume] {
                let inputs =
                    LaunchInputs { budget_micro_usd: Some(micro), conversation, ..place.inputs(kind) };
                let argv = plan(&agent("claude"), &inputs).unwrap().argv;
                let at = argv.iter().position(|word| word == "--max-budget-usd").unwrap();
                assert_eq!(argv[at + 1], told, "{argv:?}");
            }
        }
    }
    let unlimited = plan(&agent("claude"), &place.inputs(SessionKind::Headless)).unwrap();
    assert!(!unlimited.argv.contains(&"--max-budget-usd".to_owned()));
}

#[test]
fn claude_hooks_call_our_program_with_its_path_quoted() {
    let place = Place::new();
    let spec = plan(&agent("claude"), &place.inputs(SessionKind::Tmux)).unwrap();
    let settings: Value = serde_json::from_str(&file(&spec, "settings.json")).unwrap();
    let hooks = settings["hooks"].as_object().unwrap();
    for event in [
        "SessionStart",
        "UserPromptSubmit",
        "PreToolUse",
        "PostToolUse",
        "Notification",
        "Stop",
        "SubagentStop",
        "SessionEnd",
    ] {
        let command = hooks[event][0]["hooks"][0]["command"].as_str().unwrap();
        assert_eq!(command, format!("'/opt/o w t/owt' hook --agent claude --event {event}"));
        let words = ["/opt/o w t/owt", "hook", "--agent", "claude", "--event", event];
        assert_eq!(shell_words::split(command).unwrap(), words);
    }
    assert_eq!(settings.get("skipDangerousModePermissionPrompt"), None);
    let bypass = LaunchInputs { permissions: Some(Permissions::Bypass), ..place.inputs(SessionKind::Tmux) };
    let spec = plan(&agent("claude"), &bypass).unwrap();
    let settings: Value = serde_json::from_str(&file(&spec, "settings.json")).unwrap();
    assert_eq!(settings["skipDangerousModePermissionPrompt"], true);
    assert!(spec.argv.contains(&"--dangerously-skip-permissions".to_owned()));
}

#[test]
fn claude_structured_waits_for_its_first_answer() {
    let place = Place::with_prompt("/exit now");
    let spec = plan(&agent("claude"), &place.inputs(SessionKind::Structured)).unwrap();
    let with = |pair: [&str; 2]| spec.argv.windows(2).any(|words| words == pair);
    assert!(with(["--input-format", "stream-json"]) && with(["--permission-prompt-tool", "stdio"]));
    assert!(spec.argv.contains(&"--replay-user-messages".to_owned()));
    assert!(with(["--permission-mode", "default"]));
    assert_eq!(spec.stdin, LaunchInput::Open);
    assert!(spec.first_frame.unwrap().line.contains("initialize"));
    assert_eq!(spec.prompt, PromptRoute::Frame);
}

#[test]
fn claude_in_a_terminal_gets_its_prompt_pasted() {
    let place = Place::with_prompt("one\ntwo\x1b[201~\n");
    let spec = plan(&agent("claude"), &place.inputs(SessionKind::Tmux)).unwrap();
    assert_eq!(spec.stdin, LaunchInput::Terminal);
    assert_eq!(
        spec.prompt,
        PromptRoute::Paste { text: "one\ntwo\\x1b[201~".to_owned(), submit: "\r".to_owned() }
    );
    assert!(!spec.argv.iter().any(|word| word.contains("one")), "{:?}", spec.argv);
    assert!(spec.files.iter().all(|file| !file.content.contains("one\n")));
}

#[test]
fn what_a_repository_brings_along_is_kept_out_until_approved() {
    let place = Place::new();
    let spec = |name: &str, extras| {
        plan(&agent(name), &LaunchInputs { extras, ..place.inputs(SessionKind::Headless) }).unwrap()
    };
    let claude = spec("claude", RepositoryExtras::KeepOut);
    let kept = ["--strict-mcp-config", "--setting-sources", "user", "--add-dir", "/w/tree"];
    assert!(claude.argv.windows(kept.len()).any(|words| words == kept), "{:?}", claude.argv);
    let memory = "CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD";
    assert_eq!(claude.environment.set.get(memory).map(String::as_str), Some("1"));
    for extras in [RepositoryExtras::LetIn, RepositoryExtras::Nothing] {
        let open = spec("claude", extras);
        assert!(!open.argv.contains(&"--strict-mcp-config".to_owned()));
        assert!(!open.environment.set.contains_key(memory));
    }
    let asking = spec("claude", RepositoryExtras::ProgramAsks);
    assert!(!asking.environment.set.contains_key("CLAUDE_CODE_SANDBOXED"), "it would answer for the person");
    for (extras, level) in [(RepositoryExtras::KeepOut, "untrusted"), (RepositoryExtras::LetIn, "trusted")] {
        let codex = spec("codex", extras);
        let argument = codex.argv.iter().find(|word| word.starts_with("projects=")).unwrap();
        let table: toml::Table = argument.parse().unwrap();
        assert_eq!(table["projects"]["/w/ma\"in"]["trust_level"].as_str(), Some(level));
    }
    assert!(!spec("codex", RepositoryExtras::ProgramAsks).argv.iter().any(|word| word.contains("projects=")));
}

#[test]
fn what_goes_along_of_the_persons_settings_joins_those_of_the_session() {
    let place = Place::new();
    let as_it_is = |text: &str| text.to_owned();
    let mut handed = HandedOver::default();
    let settings = r#"{"permissions": {"allow": ["Bash(make:*)"], "defaultMode": "bypassPermissions"},
        "env": {"DB": "x", "DISABLE_AUTOUPDATER": "0", "CLAUDECODE": "1"}, "hooks": {"Stop": []}}"#;
    handed.add_settings(SettingsPlace::Checkout, settings.as_bytes(), &as_it_is).unwrap();
    handed.add_servers(br#"{"mcpServers": {"db": {"command": "serve"}}}"#, &as_it_is).unwrap();
    let start = |name: &str, handed_over| {
        let inputs = place.inputs(SessionKind::Headless);
        let permissions = Some(Permissions::Bypass);
        let inputs = LaunchInputs { handed_over, permissions, extras: RepositoryExtras::LetIn, ..inputs };
        plan(&agent(name), &inputs).unwrap()
    };
    let json = |spec: &LaunchSpec, name: &str| -> Value { serde_json::from_str(&file(spec, name)).unwrap() };
    let with = start("claude", Some(&handed));
    let words = ["--mcp-config", "/run/att/servers.json", "--settings", "/run/att/settings.json"];
    assert!(with.argv.windows(words.len()).any(|found| found == words), "{:?}", with.argv);
    assert_eq!(json(&with, "servers.json")["mcpServers"]["db"]["command"], "serve");
    let mut expected = json(&start("claude", None), "settings.json");
    assert!(expected["hooks"]["Stop"][0].is_object() && expected["permissions"].is_null());
    expected["permissions"] = serde_json::json!({"allow": ["Bash(make:*)"]});
    expected["env"] = serde_json::json!({"DB": "x"});
    assert_eq!(json(&with, "settings.json"), expected);
    let without = start("claude", None);
    assert!(!without.argv.contains(&"--mcp-config".to_owned()), "{:?}", without.argv);
}

#[test]
fn what_was_found_decides_about_a_repositorys_extras() {
    let decide = |name: &str, kind, found| RepositoryExtras::decide(&agent(name), kind, found);
    for name in ["claude", "codex", "gemini", "opencode", "pi", "droid"] {
        let manifest = agent(name);
        assert!(!manifest.guard.brings.is_empty(), "{name}");
        assert_eq!(decide(name, SessionKind::Headless, FoundExtras::None), RepositoryExtras::Nothing);
        assert_eq!(decide(name, SessionKind::Headless, FoundExtras::Unapproved), RepositoryExtras::KeepOut);
        assert_eq!(decide(name, SessionKind::Tmux, FoundExtras::Approved), RepositoryExtras::LetIn);
    }
    let in_terminal = |name| decide(name, SessionKind::Tmux, FoundExtras::Unapproved);
    assert_eq!(in_terminal("claude"), RepositoryExtras::KeepOut);
    assert_eq!(in_terminal("codex"), RepositoryExtras::ProgramAsks);
    let place = Place::new();
    let inputs = LaunchInputs {
        permissions: Some(Permissions::Bypass),
        extras: RepositoryExtras::KeepOut,
        ..place.inputs(SessionKind::Headless)
    };
    for name in ["pi", "droid"] {
        assert!(matches!(plan(&agent(name), &inputs), Err(LaunchError::Extras { .. })), "{name}");
    }
    for name in ["copilot", "kilo", "qwen", "vibe"] {
        let inputs = LaunchInputs { kind: SessionKind::Structured, ..inputs };
        assert!(matches!(plan(&agent(name), &inputs), Err(LaunchError::Extras { .. })), "{name}");
    }
    let kept_out = plan(&agent("opencode"), &inputs).unwrap();
    assert_eq!(
        kept_out.environment.set.get("OPENCODE_DISABLE_PROJECT_CONFIG").map(String::as_str),
        Some("1")
    );
}

/// Each event has its command, and the hash that lets Codex run it.
#[track_caller]
fn assert_codex_hooks(argument: &str) {
    let table: toml::Table = toml::from_str(argument).unwrap();
    let hooks = table["hooks"].as_table().unwrap();
    let states = hooks["state"].as_table().unwrap();
    assert_eq!((hooks.len(), states.len()), (9, 8), "{argument}");
    let stop = &hooks["Stop"][0]["hooks"][0];
    let words = "'/opt/o w t/owt' hook --agent codex --event Stop";
    assert_eq!((stop["command"].as_str(), stop["timeout"].as_integer()), (Some(words), Some(3)));
    let state = &states["/<session-flags>/config.toml:stop:0:0"]["trusted_hash"];
    assert!(state.as_str().unwrap().starts_with("sha256:"), "{state}");
}

#[test]
fn codex_headless_and_its_levels() {
    let place = Place::new();
    let spec = |permissions, stance| {
        let inputs = LaunchInputs { permissions, stance, ..place.inputs(SessionKind::Headless) };
        plan(&agent("codex"), &inputs)
    };
    let edits = spec(None, Stance::Act).unwrap();
    let hooks = edits.argv[edits.argv.len() - 2].clone();
    assert_eq!(
        edits.argv,
        [
            "/bin/agent",
            "exec",
            "--json",
            "--color",
            "never",
            "--skip-git-repo-check",
            "--sandbox",
            "workspace-write",
            "-c",
            &hooks,
            "-"
        ]
    );
    assert_codex_hooks(&hooks);
    assert_eq!((edits.permissions, edits.commits), (Some(Permissions::Edits), Commits::Owt));
    assert_eq!(edits.conversation, None);
    let bypass = spec(Some(Permissions::Bypass), Stance::Act).unwrap();
    assert_eq!(bypass.commits, Commits::Agent);
    assert!(bypass.argv.contains(&"--dangerously-bypass-approvals-and-sandbox".to_owned()));
    assert!(matches!(
        spec(Some(Permissions::Ask), Stance::Act),
        Err(LaunchError::Permissions { level: Permissions::Ask, supported, .. })
            if supported == [Permissions::Edits, Permissions::Bypass]
    ));
    let planned = spec(None, Stance::Plan).unwrap();
    assert!(
        planned.argv.contains(&"read-only".to_owned())
            && !planned.argv.contains(&"workspace-write".to_owned())
    );
}

#[test]
fn conversations_are_taken_up_again() {
    let place = Place::new();
    let spec = |name: &str, kind| {
        let conversation = Conversation::Resume(&place.conversation);
        plan(&agent(name), &LaunchInputs { conversation, ..place.inputs(kind) }).unwrap()
    };
    let claude = spec("claude", SessionKind::Tmux);
    assert_eq!(claude.argv[1..3], ["--resume", ID]);
    assert!(!claude.argv.contains(&"--session-id".to_owned()));
    let codex = spec("codex", SessionKind::Headless);
    assert_eq!(codex.argv[codex.argv.len() - 2..], [ID, "-"]);
    assert!(codex.argv.contains(&"resume".to_owned()));
    assert_eq!(codex.conversation, Some(place.conversation.clone()));
    let tool = Manifest::from_tool("mytool", &CustomTool::default()).unwrap();
    let conversation = Conversation::Resume(&place.conversation);
    let refused = plan(&tool, &LaunchInputs { conversation, ..place.inputs(SessionKind::Tmux) });
    assert!(matches!(refused, Err(LaunchError::Resume { .. })));
}

#[test]
fn what_cannot_be_done_is_refused_with_what_can() {
    let place = Place::new();
    let refusal = |name: &str, inputs: LaunchInputs<'_>| plan(&agent(name), &inputs).unwrap_err().to_string();
    assert_eq!(
        refusal("droid", place.inputs(SessionKind::Structured)),
        "droid cannot be started by a machine protocol; it can headless, in a terminal"
    );
    let ask = LaunchInputs { permissions: Some(Permissions::Ask), ..place.inputs(SessionKind::Headless) };
    assert_eq!(
        refusal("claude", ask),
        "claude cannot enforce 'ask' headless: nobody can be asked in a headless session: use a terminal, or a \
         structured session; it can edits, bypass"
    );
    assert_eq!(
        refusal("pi", place.inputs(SessionKind::Headless)),
        "pi enforces no permissions headless: ask for 'bypass' if that is meant"
    );
    let planned = LaunchInputs {
        stance: Stance::Plan,
        permissions: Some(Permissions::Bypass),
        ..place.inputs(SessionKind::Tmux)
    };
    assert!(refusal("droid", planned).contains("cannot be held to planning"));
    let silent = LaunchInputs { prompt: None, ..place.inputs(SessionKind::Headless) };
    assert!(matches!(plan(&agent("claude"), &silent), Err(LaunchError::PromptMissing { .. })));
    let silent = LaunchInputs { prompt: None, ..place.inputs(SessionKind::Tmux) };
    assert_eq!(plan(&agent("claude"), &silent).unwrap().prompt, PromptRoute::None);
}

#[test]
fn a_model_is_passed_on_or_refused() {
    let place = Place::new();
    let model = ModelName::new("claude-opus-4-8[1m]").unwrap();
    let inputs = LaunchInputs { model: Some(&model), ..place.inputs(SessionKind::Headless) };
    let spec = plan(&agent("claude"), &inputs).unwrap();
    assert!(spec.argv.windows(2).any(|words| words == ["--model", "claude-opus-4-8[1m]"]));
    let tool = Manifest::from_tool("mytool", &headless_tool("{binary}")).unwrap();
    assert!(matches!(plan(&tool, &inputs), Err(LaunchError::Model(_))));
}

fn headless_tool(template: &str) -> CustomTool {
    CustomTool {
        command_template: Some(template.to_owned()),
        supports_headless: true,
        ..CustomTool::default()
    }
}

#[test]
fn a_custom_tool_runs_as_its_template_says() {
    let place = Place::with_prompt("fix {{worktree}} $(x) 'y'\nnow");
    let tool =
        Manifest::from_tool("claw", &headless_tool("{binary} run {{task}} {{worktree}} --json")).unwrap();
    let spec = plan(&tool, &place.inputs(SessionKind::Headless)).unwrap();
    assert_eq!(spec.argv, ["/bin/agent", "run", "fix {{worktree}} $(x) 'y'\nnow", "/w/tree", "--json"]);
    assert_eq!((spec.stdin.clone(), spec.permissions), (LaunchInput::Nothing, None));
    assert!(spec.files.is_empty());
    assert!(matches!(spec.hooks, HookState::Off(_)));
    let asked = LaunchInputs { permissions: Some(Permissions::Edits), ..place.inputs(SessionKind::Headless) };
    assert!(matches!(plan(&tool, &asked), Err(LaunchError::Unmanaged { level: Permissions::Edits, .. })));
    let by_file = Manifest::from_tool("claw", &headless_tool("{binary} --file {prompt_file}")).unwrap();
    let spec = plan(&by_file, &place.inputs(SessionKind::Headless)).unwrap();
    assert_eq!(spec.argv, ["/bin/agent", "--file", "/run/att/prompt.txt"]);
    assert_eq!(spec.stdin, LaunchInput::Nothing);
    let flagged = CustomTool { prompt_flag: Some("-p".to_owned()), ..headless_tool("{binary}") };
    let flagged = Manifest::from_tool("claw", &flagged).unwrap();
    let spec = plan(&flagged, &place.inputs(SessionKind::Headless)).unwrap();
    assert_eq!(spec.argv[1..], ["-p", "fix {{worktree}} $(x) 'y'\nnow"]);
    let planner = CustomTool {
        supports_plan_mode: true,
        plan_args: vec!["--plan".to_owned()],
        ..headless_tool("{binary} go")
    };
    let planner = Manifest::from_tool("claw", &planner).unwrap();
    let inputs = LaunchInputs { stance: Stance::Plan, ..place.inputs(SessionKind::Headless) };
    assert_eq!(plan(&planner, &inputs).unwrap().argv, ["/bin/agent", "--plan", "go"]);
    assert!(matches!(plan(&tool, &inputs), Err(LaunchError::Plan { .. })));
}

#[test]
fn arguments_carry_short_prompts_only() {
    let tool = Manifest::from_tool("claw", &headless_tool("{binary} {{task}}")).unwrap();
    let long = Place::with_prompt(&"x".repeat(MAX_ARGV_PROMPT_BYTES + 1));
    assert!(matches!(
        plan(&tool, &long.inputs(SessionKind::Headless)),
        Err(LaunchError::PromptTooLong { bytes, limit: MAX_ARGV_PROMPT_BYTES, .. })
            if bytes == MAX_ARGV_PROMPT_BYTES + 1
    ));
    let option = Place::with_prompt("--version");
    let spec = plan(&tool, &option.inputs(SessionKind::Headless)).unwrap();
    assert!(spec.argv[1].starts_with(PROVENANCE));
    let mut inputs = option.inputs(SessionKind::Headless);
    inputs.prompt = Some(LaunchPrompt { text: &option.prompt, wording: Wording::Command });
    assert!(matches!(plan(&tool, &inputs), Err(LaunchError::PromptLooksLikeOption(_))));
}

/// Agent, session, level or plan, words of its command line, variable.
#[test]
fn each_level_comes_to_what_the_program_enforces() {
    use Permissions::Ask;
    use Permissions::Bypass;
    use Permissions::Edits;
    use SessionKind::Headless;
    use SessionKind::Structured;
    use SessionKind::Tmux;
    let place = Place::new();
    let cases: [(&str, SessionKind, Permissions, &[&str], Commits); 13] = [
        ("gemini", Headless, Edits, &["--approval-mode", "auto_edit"], Commits::Owt),
        ("gemini", Headless, Bypass, &["--approval-mode", "yolo"], Commits::Owt),
        ("gemini", Tmux, Ask, &["--approval-mode", "default"], Commits::Agent),
        ("gemini", Tmux, Edits, &["--approval-mode", "auto_edit"], Commits::Agent),
        ("opencode", Headless, Edits, &["run", "--format", "json"], Commits::Owt),
        ("opencode", Headless, Bypass, &["--auto"], Commits::Agent),
        ("opencode", Tmux, Ask, &[], Commits::Agent),
        ("opencode", Tmux, Bypass, &["--auto"], Commits::Agent),
        ("droid", Headless, Edits, &["--auto", "low", "--remove-tools", "Execute"], Commits::Owt),
        ("droid", Headless, Bypass, &["--skip-permissions-unsafe"], Commits::Agent),
        ("droid", Tmux, Bypass, &["--auto", "high"], Commits::Agent),
        ("pi", Headless, Bypass, &["--print", "--mode", "json"], Commits::Agent),
        ("pi", Tmux, Bypass, &["--extension", "/run/att/owt-hooks.js"], Commits::Agent),
    ];
    let over_acp: [(&str, SessionKind, Permissions, &[&str], Commits); 6] = [
        ("qwen", Structured, Ask, &["--acp", "--approval-mode", "default"], Commits::Agent),
        ("qwen", Structured, Edits, &["--acp", "--approval-mode", "auto-edit"], Commits::Agent),
        ("qwen", Structured, Bypass, &["--acp", "--approval-mode", "yolo"], Commits::Agent),
        ("copilot", Structured, Ask, &["--acp", "--no-auto-update"], Commits::Agent),
        ("copilot", Structured, Edits, &["--allow-tool", "write"], Commits::Agent),
        ("copilot", Structured, Bypass, &["--allow-all"], Commits::Agent),
    ];
    for (name, kind, level, words, commits) in cases.into_iter().chain(over_acp) {
        let inputs = LaunchInputs { permissions: Some(level), ..place.inputs(kind) };
        let spec = plan(&agent(name), &inputs).unwrap();
        let has = words.is_empty() || spec.argv.windows(words.len()).any(|run| run == words);
        assert!(has, "{name} {kind:?} {level}: {:?}", spec.argv);
        assert_eq!(spec.commits, commits, "{name} {kind:?} {level}");
    }
}

#[test]
fn mistral_vibe_is_another_program_over_its_protocol_and_is_held_to_its_level_by_variables() {
    let place = Place::new();
    let told = |permissions, stance| {
        let inputs = LaunchInputs { permissions, stance, ..place.inputs(SessionKind::Structured) };
        let spec = plan(&agent("vibe"), &inputs).unwrap();
        assert_eq!(spec.argv, ["/bin/vibe-acp"], "it lies beside the agent's own");
        spec.environment.set
    };
    let mode = |level| told(Some(level), Stance::Act)["VIBE_DEFAULT_AGENT"].clone();
    assert_eq!(Permissions::ALL.map(mode), ["ask", "accept-edits", "auto-approve"]);
    let planning = told(Some(Permissions::Bypass), Stance::Plan);
    assert_eq!(planning["VIBE_DEFAULT_AGENT"], "ask");
    let tools: Vec<String> = serde_json::from_str(&planning["VIBE_ENABLED_TOOLS"]).unwrap();
    assert!(!tools.iter().any(|tool| ["bash", "write_file", "edit"].contains(&tool.as_str())), "{tools:?}");
    let in_terminal = plan(&agent("vibe"), &place.inputs(SessionKind::Tmux)).unwrap();
    assert_eq!(in_terminal.argv, ["/bin/agent"]);
}

#[test]
fn opencode_is_held_to_its_level_by_a_variable_that_no_configuration_file_outweighs() {
    let place = Place::new();
    let told = |kind, permissions: Option<Permissions>, stance| {
        let inputs = LaunchInputs { permissions, stance, ..place.inputs(kind) };
        let spec = plan(&agent("opencode"), &inputs).unwrap();
        spec.environment
            .set
            .get("OPENCODE_PERMISSION")
            .map(|text| serde_json::from_str::<Value>(text).unwrap())
    };
    let edits = told(SessionKind::Headless, Some(Permissions::Edits), Stance::Act).unwrap();
    assert_eq!((&edits["edit"], &edits["bash"]), (&"allow".into(), &"deny".into()));
    let nobody_is_asked = |told: &Value| told.as_object().unwrap().values().all(|rule| rule != "ask");
    assert!(nobody_is_asked(&edits));
    let ask = told(SessionKind::Tmux, Some(Permissions::Ask), Stance::Act).unwrap();
    assert!(ask.as_object().unwrap().values().all(|rule| rule == "ask"));
    let planned = told(SessionKind::Headless, None, Stance::Plan).unwrap();
    assert_eq!((&planned["edit"], &planned["bash"]), (&"deny".into(), &"deny".into()));
    assert_eq!(told(SessionKind::Headless, Some(Permissions::Bypass), Stance::Act), None);
}

#[test]
fn opencode_structured_is_behind_a_bridge_and_is_told_its_model_with_each_prompt() {
    let place = Place::new();
    let model = ModelName::new("lab/scripted-1").unwrap();
    let inputs = LaunchInputs { model: Some(&model), ..place.inputs(SessionKind::Structured) };
    let spec = plan(&agent("opencode"), &inputs).unwrap();
    let bridge =
        ["http-bridge", "--events", "/event", "--leave-out", "server.heartbeat", "--user", "opencode"];
    assert_eq!(spec.argv[0], place.owt.as_str());
    assert_eq!(spec.argv[1..8], bridge);
    let behind = ["--password-variable", "OPENCODE_SERVER_PASSWORD", "--", place.program.as_str()];
    assert_eq!(spec.argv[8..12], behind);
    assert_eq!(spec.argv[12..], ["serve", "--hostname", "127.0.0.1", "--port", "0"]);
    assert_eq!((spec.stdin, spec.prompt), (LaunchInput::Open, PromptRoute::Frame));
    assert!(spec.first_frame.unwrap().line.contains("/global/health"));
    assert_eq!(spec.environment.remove, ["OPENCODE_SERVER_USERNAME"]);
}

#[test]
fn droid_in_a_terminal_asks_whatever_the_persons_own_default_is() {
    let place = Place::new();
    let spec = plan(&agent("droid"), &place.inputs(SessionKind::Tmux)).unwrap();
    let settings: Value = serde_json::from_str(&file(&spec, "settings.json")).unwrap();
    assert_eq!(settings["sessionDefaultSettings"]["autonomyLevel"], "off");
    assert_eq!(settings["hooks"]["Stop"][0]["hooks"][0]["timeout"], 10);
    assert_eq!(spec.argv[1..], ["--settings", "/run/att/settings.json"]);
}

#[test]
fn pi_gets_a_script_with_our_command_in_it() {
    let place = Place::new();
    let inputs =
        LaunchInputs { permissions: Some(Permissions::Bypass), ..place.inputs(SessionKind::Headless) };
    let spec = plan(&agent("pi"), &inputs).unwrap();
    let script = file(&spec, "owt-hooks.js");
    let words = r#"= ["/opt/o w t/owt","hook","--agent","pi","--event"];"#;
    assert!(script.contains(words), "{script}");
    let told: Vec<String> = agent("pi").hooks.events;
    assert!(told.iter().all(|event| script.contains(&format!("\"{event}\""))), "{script}");
}

#[test]
fn the_demo_agent_is_told_its_hooks_one_by_one() {
    let place = Place::new();
    let spec = plan(&agent("demo"), &place.inputs(SessionKind::Structured)).unwrap();
    let hooks: Vec<Vec<String>> = spec
        .argv
        .windows(2)
        .filter(|words| words[0] == "--hook")
        .map(|words| serde_json::from_str(&words[1]).unwrap())
        .collect();
    let events: BTreeMap<&str, &[String]> =
        hooks.iter().map(|words| (words[5].as_str(), &words[..5])).collect();
    assert_eq!(
        events.keys().copied().collect::<Vec<_>>(),
        ["SessionEnd", "SessionStart", "Stop", "StopFailure", "UserPromptSubmit"]
    );
    assert_eq!(events["Stop"], ["/opt/o w t/owt", "hook", "--agent", "demo", "--event"]);
}

#[test]
fn every_agent_mode_and_level_has_a_plan_or_a_reason() {
    let place = Place::new();
    for manifest in Catalog::built_in().manifests() {
        for kind in manifest.kinds() {
            let mode = manifest.mode(kind).unwrap();
            for level in Permissions::ALL {
                let inputs = LaunchInputs { permissions: Some(level), ..place.inputs(kind) };
                let supported = matches!(mode.permissions.rule(level), Some(LevelRule::Supported { .. }));
                assert_eq!(plan(manifest, &inputs).is_ok(), supported, "{} {kind:?} {level}", manifest.name);
            }
        }
    }
}

proptest! {
    #[test]
    fn no_launch_leaks_the_prompt_or_takes_it_for_a_template(text in "\\PC*|(.|\n|\\{prompt\\}|\\{session_id\\}|-)*") {
        let Ok(prompt) = Prompt::new(&text) else { return Ok(()) };
        let place = Place { prompt, ..Place::new() };
        let usual = Place::new();
        for name in ["claude", "codex", "demo", "droid", "gemini", "opencode", "pi"] {
            let manifest = agent(name);
            let bypass = |place: &Place| {
                let permissions = Some(Permissions::Bypass);
                plan(&manifest, &LaunchInputs { permissions, ..place.inputs(SessionKind::Headless) }).unwrap()
            };
            let (spec, other) = (bypass(&place), bypass(&usual));
            prop_assert_eq!(&spec.argv, &other.argv, "the command line does not depend on the prompt");
            prop_assert!(file(&spec, "prompt.txt").ends_with(place.prompt.as_str()));
        }
    }
}

#[test]
fn what_it_is_told_besides_its_task_goes_by_its_own_channel_and_never_into_the_prompt() {
    let place = Place::new();
    let told = "On `feat/x`.\nSay \"so\".\n";
    let path = "/run/att/context.md";
    let with = |name: &str, kind, context| {
        plan(&agent(name), &LaunchInputs { context, ..place.inputs(kind) }).unwrap()
    };
    for kind in [SessionKind::Headless, SessionKind::Structured, SessionKind::Tmux] {
        let claude = with("claude", kind, Some(told));
        let pair = ["--append-system-prompt-file", path];
        assert!(claude.argv.windows(2).any(|words| words == pair), "{:?}", claude.argv);
        assert_eq!(file(&claude, "context.md"), told);
        let silent = with("claude", kind, None);
        assert!(!silent.argv.iter().any(|word| word.contains("system-prompt")), "{:?}", silent.argv);
        assert_eq!((claude.prompt, claude.stdin), (silent.prompt, silent.stdin));
    }
    for kind in [SessionKind::Headless, SessionKind::Tmux] {
        let codex = with("codex", kind, Some(told));
        let line = codex.argv.iter().find(|word| word.starts_with("developer_instructions=")).unwrap();
        let table: toml::Table = line.parse().unwrap();
        assert_eq!(table["developer_instructions"].as_str(), Some(told));
        let silent = with("codex", kind, None);
        assert!(!silent.argv.iter().any(|word| word.contains("developer_instructions")));
        assert_eq!((codex.prompt, codex.stdin), (silent.prompt, silent.stdin));
    }
    let opencode = with("opencode", SessionKind::Headless, Some(told));
    assert_eq!(
        opencode.environment.set["OPENCODE_CONFIG_CONTENT"],
        format!(r#"{{"instructions":["{path}"]}}"#)
    );
    let silent = with("opencode", SessionKind::Headless, None);
    assert!(!silent.environment.set.contains_key("OPENCODE_CONFIG_CONTENT"));
    let demo = with("demo", SessionKind::Headless, Some(told));
    assert_eq!(demo, with("demo", SessionKind::Headless, None), "it has no channel, so it is told nothing");
}

#[test]
fn words_of_the_persons_own_come_first_where_ours_take_their_place() {
    let place = Place::new();
    let with = |name: &str| {
        let context = Some("From owt.\n");
        let permissions = Some(Permissions::Bypass);
        let inputs = place.inputs(SessionKind::Headless);
        plan(&agent(name), &LaunchInputs { context, own_words: Some("Be brief.\n"), permissions, ..inputs })
            .unwrap()
    };
    let codex = with("codex");
    let line = codex.argv.iter().find(|word| word.starts_with("developer_instructions=")).unwrap();
    let table: toml::Table = line.parse().unwrap();
    assert_eq!(table["developer_instructions"].as_str(), Some("Be brief.\n\nFrom owt.\n"));
    let pi = with("pi");
    let at = pi.argv.iter().position(|word| word == "--append-system-prompt").unwrap();
    let all = pi.files.iter().find(|file| file.path.as_str() == pi.argv[at + 1]).unwrap();
    assert_eq!(all.content, "Be brief.\n\nFrom owt.\n");
    for spec in [codex, pi] {
        assert_eq!(file(&spec, "context.md"), "From owt.\n", "ours is kept apart, to be shown");
    }
}

#[test]
fn without_a_channel_it_is_told_in_front_of_its_task_and_only_there() {
    let place = Place::new();
    let before = "[owt] You are here.\n\n";
    let with = |name: &str, kind, more: &dyn Fn(&mut LaunchInputs<'_>)| {
        let permissions = Some(Permissions::Bypass);
        let mut inputs = LaunchInputs { preamble: Some(before), permissions, ..place.inputs(kind) };
        more(&mut inputs);
        plan(&agent(name), &inputs).unwrap()
    };
    let told = |spec: &LaunchSpec| spec.files.iter().any(|file| file.path.as_str().ends_with("/preamble.md"));
    let headless = SessionKind::Headless;
    let gemini = with("gemini", headless, &|_| {});
    assert_eq!(file(&gemini, "preamble.md"), before);
    assert_eq!(file(&gemini, "prompt.txt"), format!("{before}{}", place.prompt.as_str()));
    let claude = with("claude", headless, &|inputs| inputs.context = Some("At length.\n"));
    assert!(!told(&claude) && file(&claude, "prompt.txt") == place.prompt.as_str(), "it has a channel");
    assert!(told(&with("claude", headless, &|_| {})), "its channel is taken");
    assert!(!told(&with("demo", headless, &|_| {})), "it wants none");
    let resumes = ConversationId::from_bits(7);
    let again = plan(
        &agent("gemini"),
        &LaunchInputs {
            preamble: Some(before),
            permissions: Some(Permissions::Bypass),
            conversation: Conversation::Resume(&resumes),
            ..place.inputs(headless)
        },
    );
    assert!(!told(&again.unwrap()), "it was told when the conversation began");
}
