//! The real agent programs, pinned, from the package registry, and what they need to run without an account.

use std::fs;
use std::fs::File;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use owt_process::Cmd;
use serde_json::Value;
use serde_json::json;

use super::SealedHome;
use super::Unavailable;
use super::built::build_folder;

/// Names the folder where the agents are kept; without it, `agents` in the target folder.
const FOLDER_VARIABLE: &str = "OWT_TEST_AGENTS";

/// How long the package manager may take: the two are 640 MB.
const INSTALL_LIMIT: Duration = Duration::from_secs(420);

/// How long a fresh program may take to name its version.
const VERSION_LIMIT: Duration = Duration::from_secs(60);

/// A key that no provider would take.
const DUMMY_KEY: &str = "sk-scripted-0123456789abcdefghij";

/// An agent program of one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinnedAgent {
    /// Its npm package.
    pub package: &'static str,
    /// Its exact version.
    pub version: &'static str,
    /// The program.
    pub program: &'static str,
}

/// Claude Code.
pub const CLAUDE: PinnedAgent =
    PinnedAgent { package: "@anthropic-ai/claude-code", version: "2.1.197", program: "claude" };

/// Codex.
pub const CODEX: PinnedAgent = PinnedAgent { package: "@openai/codex", version: "0.169.0", program: "codex" };

const PINNED: [PinnedAgent; 2] = [CLAUDE, CODEX];

impl PinnedAgent {
    fn folder(self, prefix: &Path) -> PathBuf {
        prefix.join("node_modules").join(self.package)
    }

    /// Where its program is, below an installation's folder.
    pub fn path(self, prefix: &Path) -> PathBuf {
        prefix.join("node_modules/.bin").join(self.program)
    }

    /// Whether this very version is unpacked; its program may still not run.
    fn is_unpacked(self, prefix: &Path) -> bool {
        let text = fs::read_to_string(self.folder(prefix).join("package.json")).unwrap_or_default();
        let package: Value = serde_json::from_str(&text).unwrap_or_default();
        package["version"] == self.version && self.path(prefix).exists()
    }

    fn names_its_version(self, prefix: &Path) -> bool {
        let said = Cmd::new(self.path(prefix)).arg("--version").timeout(VERSION_LIMIT).run();
        said.is_ok_and(|output| output.success() && output.stdout_utf8_lossy().contains(self.version))
    }
}

/// An installation of the pinned agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealAgents {
    prefix: PathBuf,
}

/// Installs the pinned agents into a folder with npm, telling what it does; does nothing where they are. Several
/// processes may call it at once: one installs, the others wait.
///
/// # Errors
/// Why they cannot be had: no npm, no registry, a program that does not start here.
pub fn install(prefix: &Path, tell: &mut dyn FnMut(&str)) -> Result<RealAgents, Unavailable> {
    let failed =
        |what: &str, error: io::Error| Unavailable::because(format!("{what} {}: {error}", prefix.display()));
    fs::create_dir_all(prefix).map_err(|error| failed("cannot make", error))?;
    let marker = prefix.join("installed");
    let lock = File::create(prefix.join("lock")).map_err(|error| failed("cannot write to", error))?;
    lock.lock().map_err(|error| failed("cannot lock", error))?;
    let pinned = PINNED.map(|agent| format!("{}@{}", agent.package, agent.version)).join("\n");
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == pinned) && all_unpacked(prefix) {
        return Ok(RealAgents { prefix: prefix.to_owned() });
    }
    tell(&format!("installing {} into {}", pinned.replace('\n', " and "), prefix.display()));
    run_npm(prefix)?;
    PINNED.iter().try_for_each(|agent| check(*agent, prefix))?;
    fs::write(marker, pinned).map_err(|error| failed("cannot write to", error))?;
    Ok(RealAgents { prefix: prefix.to_owned() })
}

fn all_unpacked(prefix: &Path) -> bool {
    PINNED.iter().all(|agent| agent.is_unpacked(prefix))
}

fn run_npm(prefix: &Path) -> Result<(), Unavailable> {
    Cmd::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"])
        // Each test process asks anew: without a network npm's own pauses would be minutes each time.
        .args([
            "--fetch-retries=2",
            "--fetch-retry-mintimeout=1000",
            "--fetch-retry-maxtimeout=5000",
            "--prefix",
        ])
        .arg(prefix)
        .args(PINNED.map(|agent| format!("{}@{}", agent.package, agent.version)))
        .current_dir(prefix)
        .timeout(INSTALL_LIMIT)
        .run_checked()
        .map_err(|error| Unavailable::because(format!("the agents cannot be installed: {error}")))?;
    Ok(())
}

/// The program runs. Where npm was told to run no install scripts, Claude Code's own is run here: it links the
/// native program into place.
fn check(agent: PinnedAgent, prefix: &Path) -> Result<(), Unavailable> {
    let script = agent.folder(prefix).join("install.cjs");
    if !agent.names_its_version(prefix) && script.is_file() {
        let _judged_below = Cmd::new("node").arg(script).current_dir(agent.folder(prefix)).run();
    }
    if agent.is_unpacked(prefix) && agent.names_its_version(prefix) {
        return Ok(());
    }
    Err(Unavailable::because(format!(
        "{} {} was installed but does not run here",
        agent.program, agent.version
    )))
}

/// Where the agents are kept: `$OWT_TEST_AGENTS`, else `agents` in the target folder.
///
/// # Errors
/// When the running test does not know its own path.
pub fn agents_folder() -> Result<PathBuf, Unavailable> {
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration to take it from")]
    let given = std::env::var_os(FOLDER_VARIABLE);
    if let Some(folder) = given.filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let profile = build_folder()?;
    Ok(profile.parent().unwrap_or(&profile).join("agents"))
}

/// The pinned agents, installed on first need; the same answer for the rest of the process.
///
/// # Errors
/// Why they cannot be had.
pub fn real_agents() -> Result<&'static RealAgents, Unavailable> {
    static INSTALLED: OnceLock<Result<RealAgents, Unavailable>> = OnceLock::new();
    #[expect(clippy::print_stderr, reason = "who runs the tests should know what takes so long")]
    let installed = INSTALLED.get_or_init(|| install(&agents_folder()?, &mut |text| eprintln!("{text}")));
    installed.as_ref().map_err(Clone::clone)
}

impl RealAgents {
    /// The path of an agent's program.
    pub fn program(&self, agent: PinnedAgent) -> PathBuf {
        agent.path(&self.prefix)
    }

    /// Puts the agents on a home's `PATH`, with the settings of a person who has used them before and whose
    /// provider is the model at `base_url`. Telemetry and updates are off.
    ///
    /// # Errors
    /// When a file or link cannot be made.
    pub fn settle_into(&self, home: &mut SealedHome, base_url: &str) -> io::Result<()> {
        for agent in PINNED {
            home.add_program(agent.program, &self.program(agent))?;
        }
        settle_claude(home, base_url)?;
        settle_codex(home, base_url)
    }
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
