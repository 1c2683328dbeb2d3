//! What the pinned agents find in a home: the settings of a person who has used each of them before, whose provider is
//! the scripted model, and who wants no telemetry, no updates and no offers.
//!
//! It must not know how the programs got there.

use std::fs;
use std::io;

use serde_json::json;

use super::SealedHome;

/// A key that no provider would take.
const DUMMY_KEY: &str = "sk-scripted-0123456789abcdefghij";

/// The model's name for the agents that want one.
const MODEL: &str = "scripted-1";

/// Writes the settings of all of them, for the model at `base_url`.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn settle_all(home: &mut SealedHome, base_url: &str) -> io::Result<()> {
    settle_claude(home, base_url)?;
    settle_codex(home, base_url)?;
    settle_opencode(home, base_url)?;
    settle_gemini(home, base_url)?;
    settle_pi(home, base_url)?;
    settle_droid(home, base_url)?;
    settle_qwen(home, base_url)?;
    settle_copilot(home, base_url);
    settle_kilo(home, base_url)?;
    settle_vibe(home, base_url)
}

/// Claude Code after its first run; the key's last 20 characters are what it remembers of an approved one.
fn settle_claude(home: &mut SealedHome, base_url: &str) -> io::Result<()> {
    let approved = &DUMMY_KEY[DUMMY_KEY.len() - 20..];
    let state = json!({
        "hasCompletedOnboarding": true,
        "theme": "dark",
        "customApiKeyResponses": {"approved": [approved], "rejected": []},
    });
    fs::write(home.folder().join(".claude.json"), state.to_string())?;
    let variables = [
        ("ANTHROPIC_BASE_URL", base_url),
        ("ANTHROPIC_API_KEY", DUMMY_KEY),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
        ("DISABLE_TELEMETRY", "1"),
        ("DISABLE_ERROR_REPORTING", "1"),
        ("DISABLE_AUTOUPDATER", "1"),
        ("CLAUDE_CODE_MAX_RETRIES", "2"),
        ("IS_SANDBOX", "1"),
    ];
    variables.into_iter().for_each(|(name, value)| home.set(name, value));
    Ok(())
}

/// Codex with a provider of its own, its offers of newer models answered, and what asks other hosts switched off.
fn settle_codex(home: &mut SealedHome, base_url: &str) -> io::Result<()> {
    let folder = home.folder().join(".codex");
    fs::create_dir_all(&folder)?;
    let settings = format!(
        r#"model = "gpt-5.5"
model_provider = "scripted"
check_for_update_on_startup = false

[model_providers.scripted]
name = "scripted"
base_url = "{base_url}/v1"
wire_api = "responses"
env_key = "SCRIPTED_MODEL_KEY"
request_max_retries = 2
stream_max_retries = 2

[features]
apps = false
plugins = false

[analytics]
enabled = false

[otel]
exporter = "none"

[notice.model_migrations]
"gpt-5.5" = "gpt-6-sol"
"#
    );
    home.set("SCRIPTED_MODEL_KEY", DUMMY_KEY);
    fs::write(folder.join("config.toml"), settings)
}

fn set(home: &mut SealedHome, variables: &[(&str, &str)]) {
    variables.iter().for_each(|(name, value)| home.set(*name, *value));
}

/// Writes a settings file below the home, its folders with it.
fn write(home: &SealedHome, path: &str, settings: &serde_json::Value) -> io::Result<()> {
    let path = home.folder().join(path);
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, settings.to_string())
}

/// OpenCode with a provider of its own that speaks Chat Completions.
fn settle_opencode(home: &mut SealedHome, base_url: &str) -> io::Result<()> {
    set(home, &[("OPENCODE_DISABLE_AUTOUPDATE", "1"), ("OPENCODE_DISABLE_MODELS_FETCH", "1")]);
    write(home, ".config/opencode/opencode.json", &provider_of_opencode(base_url))
}

/// The settings of OpenCode and its descendants.
fn provider_of_opencode(base_url: &str) -> serde_json::Value {
    let model = json!({"name": MODEL, "limit": {"context": 200_000, "output": 8000}, "cost": {"input": 3, "output": 15}});
    let provider = json!({
        "npm": "@ai-sdk/openai-compatible", "name": "Scripted", "models": { MODEL: model },
        "options": {"baseURL": format!("{base_url}/v1"), "apiKey": DUMMY_KEY},
    });
    let model = format!("scripted/{MODEL}");
    json!({
        "model": model, "small_model": model, "provider": {"scripted": provider}, "enabled_providers": ["scripted"],
        "autoupdate": false, "share": "disabled",
    })
}

/// Gemini CLI with a key; a named model saves it the question which one to take.
fn settle_gemini(home: &mut SealedHome, base_url: &str) -> io::Result<()> {
    let variables = [
        ("GEMINI_API_KEY", DUMMY_KEY),
        ("GOOGLE_GEMINI_BASE_URL", base_url),
        ("GEMINI_TELEMETRY_ENABLED", "false"),
    ];
    set(home, &variables);
    let settings = json!({
        "security": {"auth": {"selectedType": "gemini-api-key"}}, "privacy": {"usageStatisticsEnabled": false},
        "general": {"enableAutoUpdate": false}, "model": {"name": "gemini-2.5-pro"},
    });
    write(home, ".gemini/settings.json", &settings)
}

/// Pi with a provider of its own that speaks Chat Completions.
fn settle_pi(home: &mut SealedHome, base_url: &str) -> io::Result<()> {
    set(
        home,
        &[
            ("PI_OFFLINE", "1"),
            ("PI_SKIP_VERSION_CHECK", "1"),
            ("PI_TELEMETRY", "0"),
            ("SCRIPTED_MODEL_KEY", DUMMY_KEY),
        ],
    );
    let model = json!({
        "id": MODEL, "name": MODEL, "contextWindow": 200_000, "maxTokens": 8000, "input": ["text"], "reasoning": false,
        "cost": {"input": 3, "output": 15, "cacheRead": 0, "cacheWrite": 0},
    });
    let provider = json!({
        "baseUrl": format!("{base_url}/v1"), "api": "openai-completions", "apiKey": "SCRIPTED_MODEL_KEY", "models": [model],
    });
    write(home, ".pi/agent/models.json", &json!({"providers": {"scripted": provider}}))?;
    write(home, ".pi/agent/settings.json", &json!({"defaultProvider": "scripted", "defaultModel": MODEL}))
}

/// Droid without Factory's servers, with a model of the person's own, all folders below the home's parent trusted.
fn settle_droid(home: &mut SealedHome, base_url: &str) -> io::Result<()> {
    let variables = [
        ("FACTORY_API_KEY", "fk-scripted"),
        ("FACTORY_AIRGAP_ENABLED", "1"),
        ("FACTORY_DROID_AUTO_UPDATE_ENABLED", "false"),
    ];
    set(home, &variables);
    let model = json!({
        "model": MODEL, "id": "custom:Scripted-0", "index": 0, "displayName": "Scripted", "apiKey": DUMMY_KEY,
        "baseUrl": format!("{base_url}/v1"), "provider": "generic-chat-completion-api", "maxOutputTokens": 8000,
    });
    let folder = home.folder();
    let around = folder.ancestors().nth(2).unwrap_or(&folder);
    let settings = json!({
        "customModels": [model], "cloudSessionSync": false, "logoAnimation": "off",
        "sessionDefaultSettings": {"model": "custom:Scripted-0"},
        "trustedFolders": { around.to_string_lossy(): {"trustedAt": "2026-01-01T00:00:00.000Z"} },
    });
    write(home, ".factory/settings.json", &settings)
}

/// Qwen Code with a provider that speaks Chat Completions; its variables are in its own settings, since others know their
/// names too.
fn settle_qwen(home: &SealedHome, base_url: &str) -> io::Result<()> {
    let variables = json!({"OPENAI_API_KEY": DUMMY_KEY, "OPENAI_BASE_URL": format!("{base_url}/v1")});
    let settings = json!({
        "env": variables, "model": {"name": MODEL}, "security": {"auth": {"selectedType": "openai"}},
        "privacy": {"usageStatisticsEnabled": false}, "general": {"enableAutoUpdate": false},
    });
    write(home, ".qwen/settings.json", &settings)
}

/// GitHub Copilot CLI without GitHub, with a provider of its own that speaks Chat Completions.
fn settle_copilot(home: &mut SealedHome, base_url: &str) {
    home.set("COPILOT_PROVIDER_BASE_URL", format!("{base_url}/v1"));
    let variables = [
        ("COPILOT_PROVIDER_API_KEY", DUMMY_KEY),
        ("COPILOT_MODEL", MODEL),
        ("COPILOT_OFFLINE", "true"),
        ("COPILOT_AUTO_UPDATE", "false"),
    ];
    set(home, &variables);
}

/// Kilo Code, which descends from OpenCode, with a provider of its own that speaks Chat Completions.
fn settle_kilo(home: &mut SealedHome, base_url: &str) -> io::Result<()> {
    let variables = [
        ("KILO_DISABLE_AUTOUPDATE", "1"),
        ("KILO_DISABLE_MODELS_FETCH", "1"),
        ("KILO_DISABLE_SESSION_INGEST", "1"),
        ("KILO_TELEMETRY_LEVEL", "off"),
    ];
    set(home, &variables);
    write(home, ".config/kilo/kilo.json", &provider_of_opencode(base_url))
}

/// Mistral Vibe with a provider of its own that speaks Chat Completions.
fn settle_vibe(home: &mut SealedHome, base_url: &str) -> io::Result<()> {
    let folder = home.folder().join(".vibe");
    fs::create_dir_all(&folder)?;
    let settings = format!(
        r#"active_model = "{MODEL}"
enable_telemetry = false
enable_update_checks = false
enable_notifications = false

[[providers]]
name = "scripted"
api_base = "{base_url}/v1"
api_key_env_var = "SCRIPTED_MODEL_KEY"

[[models]]
name = "{MODEL}"
alias = "{MODEL}"
provider = "scripted"
"#
    );
    home.set("SCRIPTED_MODEL_KEY", DUMMY_KEY);
    fs::write(folder.join("config.toml"), settings)
}
