//! What is started, and where its worktree lies.

use serde_json::Value;

use crate::agents::install_script;
use crate::project::Project;
use crate::sealed::Sealed;

/// What `owt new` would make.
#[track_caller]
fn would_be(project: &Project<'_>, options: &[&str]) -> Value {
    project.data(&[&["new", "Mend prices", "--branch", "mend", "--dry-run"], options].concat())
}

#[test]
fn the_agent_is_the_configured_one() {
    let sealed = Sealed::new().with_tool("first", "").with_tool("second", "");
    let project = sealed.repository("app");
    for agent in ["second", "first"] {
        project.write(".worktreerc.toml", &format!("agent = \"{agent}\"\n"));
        assert_eq!(would_be(&project, &[])["agent"], agent);
    }
}

#[test]
fn an_agent_has_the_configured_permissions() {
    let sealed = Sealed::new();
    let project = sealed.repository("app");
    for level in ["edits", "ask"] {
        project.write(".worktreerc.toml", &format!("permissions = \"{level}\"\n"));
        assert_eq!(would_be(&project, &["--agent", "demo"])["permissions"], level);
    }
}

#[test]
fn worktrees_lie_where_the_configuration_says() {
    let sealed = Sealed::new();
    let project = sealed.repository("app");
    sealed.configure("[worktree]\nbase_directory = \"../trees\"\n");
    let made = project.data(&["create", "mend", "--agent", "demo", "--headless", "--permissions", "edits"]);
    assert_eq!(made["path"], sealed.work().join("trees/app-mend").display().to_string());
    assert!(sealed.work().join("trees/app-mend/README.md").exists());
}

#[test]
fn worktrees_do_not_lie_in_a_checkout_and_that_is_told() {
    let sealed = Sealed::new();
    let project = sealed.repository("app");
    sealed.configure("[worktree]\nbase_directory = \"deep/trees\"\n");
    let words = ["create", "mend", "--agent", "demo", "--headless", "--permissions", "edits"];
    let planned = project.data(&[&words[..], &["--dry-run"]].concat());
    let made = project.data(&words);
    for made in [planned, made] {
        let path = made["path"].as_str().unwrap();
        assert!(path.starts_with(sealed.owt_home().to_str().unwrap()), "{made:#}");
        let notices = made["notices"].to_string();
        let (folder, _) = path.rsplit_once('/').unwrap();
        assert!(notices.contains("worktree.base_directory") && notices.contains(folder), "{made:#}");
    }
    assert!(!project.root.join("deep").exists());
}

#[test]
fn worktrees_are_called_as_the_configuration_says() {
    let sealed = Sealed::new();
    let project = sealed.repository("app");
    sealed.configure("[worktree]\nnaming_pattern = \"{branch}.of.{project}\"\n");
    let planned = would_be(&project, &["--agent", "demo"]);
    assert_eq!(planned["path"], sealed.work().join("mend.of.app").display().to_string());
}

#[test]
fn sessions_live_in_the_configured_backend_and_another_is_refused() {
    let sealed = Sealed::new();
    let project = sealed.repository("app");
    sealed.configure("[session]\nbackend = \"tmux\"\n");
    assert_eq!(would_be(&project, &["--agent", "demo"])["backend"], "tmux");
    project.write(".worktreerc.toml", "[session]\nbackend = \"screen\"\n");
    let refused =
        project.refused(&["new", "Mend prices", "--agent", "demo", "--dry-run"], 2, "bad_configuration");
    assert!(refused["message"].as_str().unwrap().contains("session.backend: 'screen'"), "{refused}");
}

/// The agent of this name, as `owt agents` tells it.
#[track_caller]
pub(super) fn agent(project: &Project<'_>, name: &str) -> Value {
    let known = project.data(&["agents"]);
    let found = known.as_array().unwrap().iter().find(|agent| agent["name"] == name);
    found.cloned().unwrap_or_default()
}

#[test]
fn a_manifest_of_the_configured_folder_is_an_agent() {
    let sealed = Sealed::new();
    let project = sealed.repository("app");
    let folder = sealed.root().join("descriptions");
    project.beside(&folder).write("mine.toml", MANIFEST);
    assert_eq!(agent(&project, "mine"), Value::Null);
    sealed.configure(&format!("[agents]\nmanifests = \"{}\"\n", folder.display()));
    let mine = agent(&project, "mine");
    assert_eq!((&mine["display_name"], &mine["origin"]), (&"My own".into(), &"user".into()), "{mine}");
}

const MANIFEST: &str = r#"
format = 1
name = "mine"
display_name = "My own"
binary = "mine"
install_hint = "write it"

[hooks]
off = "it has none"

[modes.tmux]
argv = []
prompt = "paste"
output = "terminal"
ready = "quiet"
"#;

#[test]
fn an_agents_program_is_the_configured_one() {
    let sealed = Sealed::new();
    let project = sealed.repository("app");
    install_script(&sealed, "codex", "");
    install_script(&sealed, "codex-next", "");
    let path = |name: &str| sealed.bin().join(name).display().to_string();
    assert_eq!(agent(&project, "codex")["path"], path("codex"));
    sealed.configure(&format!("[agents.codex]\npath = \"{}\"\n", path("codex-next")));
    assert_eq!(agent(&project, "codex")["path"], path("codex-next"));
}

#[test]
fn keys_for_models_are_shown_by_name_and_their_values_go_nowhere() {
    let sealed = Sealed::new()
        .with("ANTHROPIC_API_KEY", "sk-very-secret")
        .with("CODEX_API_KEY", "")
        .with("SOMETHING_API_KEY", "sk-very-secret");
    install_script(&sealed, "claude", "");
    install_script(&sealed, "codex", "");
    let project = sealed.repository("app");
    assert_eq!(agent(&project, "claude")["model_keys"], serde_json::json!(["ANTHROPIC_API_KEY"]));
    assert_eq!(agent(&project, "codex")["model_keys"], serde_json::json!([]));
    let told = project.owt(&["agents", "-vv"]);
    assert!(
        told.stdout.contains("Keys for models in this environment: ANTHROPIC_API_KEY (claude"),
        "{told:#?}"
    );
    let json = project.owt(&["agents", "--json"]);
    for text in [&told.stdout, &told.stderr, &json.stdout, &json.stderr, &sealed.server_log()] {
        assert!(!text.contains("very-secret"), "{text}");
    }
}
