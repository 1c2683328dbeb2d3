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

use super::SealedHome;
use super::Unavailable;
use super::built::build_folder;
use super::settings::settle_all;
use super::virtual_environment;

/// Names the folder where the agents are kept; without it, `agents` in the target folder.
const FOLDER_VARIABLE: &str = "OWT_TEST_AGENTS";

/// How long the package manager may take for one folder: the first two agents are 640 MB.
pub(super) const INSTALL_LIMIT: Duration = Duration::from_secs(420);

/// How long a fresh program may take to name its version.
const VERSION_LIMIT: Duration = Duration::from_secs(60);

/// An agent program of one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinnedAgent {
    /// Where its package comes from.
    pub registry: Registry,
    /// Its package.
    pub package: &'static str,
    /// Its exact version.
    pub version: &'static str,
    /// The program.
    pub program: &'static str,
    /// Where the program lies in its package, where npm is told of no program to link.
    unlinked: Option<&'static str>,
    /// Another program of its own, which lies beside it.
    beside: Option<&'static str>,
    /// What it is asked for to see that it runs, where it names no version.
    asked_for: Option<&'static str>,
}

impl PinnedAgent {
    const fn of(package: &'static str, version: &'static str, program: &'static str) -> Self {
        Self {
            registry: Registry::Npm,
            package,
            version,
            program,
            unlinked: None,
            beside: None,
            asked_for: None,
        }
    }
}

/// Where an agent's package comes from, and with it how it is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registry {
    /// npm.
    Npm,
    /// The Python Package Index: into a virtual environment of its own.
    PyPi,
}

/// Claude Code.
pub const CLAUDE: PinnedAgent = PinnedAgent::of("@anthropic-ai/claude-code", "2.1.197", "claude");

/// Codex.
pub const CODEX: PinnedAgent = PinnedAgent::of("@openai/codex", "0.169.0", "codex");

/// The agents that the tests cannot do without, in one folder.
const PINNED: [PinnedAgent; 2] = [CLAUDE, CODEX];

/// OpenCode.
pub const OPENCODE: PinnedAgent = PinnedAgent::of("opencode-ai", "1.18.33", "opencode");

/// Gemini CLI.
pub const GEMINI: PinnedAgent = PinnedAgent::of("@google/gemini-cli", "0.61.0", "gemini");

/// Pi.
pub const PI: PinnedAgent = PinnedAgent::of("@earendil-works/pi-coding-agent", "0.74.2", "pi");

/// Droid.
pub const DROID: PinnedAgent = PinnedAgent::of("droid", "0.215.0", "droid");

/// Qwen Code.
pub const QWEN: PinnedAgent = PinnedAgent::of("@qwen-code/qwen-code", "0.15.10", "qwen");

/// GitHub Copilot CLI, with a provider of the person's own.
pub const COPILOT: PinnedAgent = PinnedAgent::of("@github/copilot", "1.0.102", "copilot");

/// Kilo Code, for the one platform of this package: `@kilocode/cli`, which chooses it, fails to install.
pub const KILO: PinnedAgent =
    PinnedAgent { unlinked: Some("bin/kilo"), ..PinnedAgent::of("@kilocode/cli-linux-x64", "7.7.9", "kilo") };

/// Mistral Vibe, whose `vibe-acp` lies beside `vibe`.
pub const VIBE: PinnedAgent = PinnedAgent {
    registry: Registry::PyPi,
    beside: Some("vibe-acp"),
    ..PinnedAgent::of("mistral-vibe", "3.0.2", "vibe")
};

/// Codex's adapter for the Agent Client Protocol, with a Codex of its own.
pub const CODEX_ACP: PinnedAgent = PinnedAgent {
    asked_for: Some("--help"),
    ..PinnedAgent::of("@zed-industries/codex-acp", "0.16.0", "codex-acp")
};

/// The agents of which any may be missing, each in a folder of its own below the first two's.
const OTHERS: [PinnedAgent; 9] = [OPENCODE, GEMINI, PI, DROID, QWEN, COPILOT, KILO, VIBE, CODEX_ACP];

impl PinnedAgent {
    fn folder(self, prefix: &Path) -> PathBuf {
        prefix.join("node_modules").join(self.package)
    }

    /// Where its program is, below an installation's folder.
    pub fn path(self, prefix: &Path) -> PathBuf {
        match (self.registry, self.unlinked) {
            (Registry::PyPi, _) => prefix.join("bin").join(self.program),
            (Registry::Npm, Some(path)) => self.folder(prefix).join(path),
            (Registry::Npm, None) => prefix.join("node_modules/.bin").join(self.program),
        }
    }

    /// Whether this very version is unpacked; its program may still not run.
    fn is_unpacked(self, prefix: &Path) -> bool {
        // A virtual environment's program names its version when it is asked, and the marker says which was installed.
        if self.registry == Registry::PyPi {
            return self.path(prefix).exists();
        }
        let text = fs::read_to_string(self.folder(prefix).join("package.json")).unwrap_or_default();
        let package: Value = serde_json::from_str(&text).unwrap_or_default();
        package["version"] == self.version && self.path(prefix).exists()
    }

    fn names_its_version(self, prefix: &Path) -> bool {
        let asked_for = self.asked_for.unwrap_or("--version");
        let command = Cmd::new(self.path(prefix)).arg(asked_for).timeout(VERSION_LIMIT);
        // GitHub Copilot CLI unpacks itself into the cache first: not the developer's.
        let said = command.env("HOME", prefix).env("XDG_CACHE_HOME", prefix.join(".cache")).run();
        // Pi 0.74.2 says it on standard error.
        said.is_ok_and(|output| {
            let said = output.stdout_utf8_lossy() + output.stderr_utf8_lossy();
            output.success() && (self.asked_for.is_some() || said.contains(self.version))
        })
    }
}

/// An installation of the pinned agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealAgents {
    prefix: PathBuf,
    /// Those that this machine cannot have.
    missing: Vec<(PinnedAgent, Unavailable)>,
}

/// Installs the pinned agents into a folder with npm and pip, telling what it does; does nothing where they are. Several
/// processes may call it at once: one installs, the others wait.
///
/// # Errors
/// Why Claude Code and Codex cannot be had: no npm, no registry, a program that does not start here. Of the others each
/// may be missing: [`RealAgents::require`].
pub fn install(prefix: &Path, tell: &mut dyn FnMut(&str)) -> Result<RealAgents, Unavailable> {
    fs::create_dir_all(prefix).map_err(|error| failed("cannot make", prefix, &error))?;
    let lock =
        File::create(prefix.join("lock")).map_err(|error| failed("cannot write to", prefix, &error))?;
    lock.lock().map_err(|error| failed("cannot lock", prefix, &error))?;
    install_together(&PINNED, prefix, tell)?;
    let missing = OTHERS.into_iter().filter_map(|agent| {
        let reason = install_together(&[agent], &own_folder(agent, prefix), tell).err()?;
        tell(&format!("{} {} is left out: {reason}", agent.program, agent.version));
        Some((agent, reason))
    });
    Ok(RealAgents { missing: missing.collect(), prefix: prefix.to_owned() })
}

fn failed(what: &str, folder: &Path, error: &io::Error) -> Unavailable {
    Unavailable::because(format!("{what} {}: {error}", folder.display()))
}

fn own_folder(agent: PinnedAgent, prefix: &Path) -> PathBuf {
    if PINNED.contains(&agent) { prefix.to_owned() } else { prefix.join(agent.program) }
}

/// Installs these, of one registry, into one folder: what npm is not told of, it removes.
fn install_together(
    agents: &[PinnedAgent],
    folder: &Path,
    tell: &mut dyn FnMut(&str),
) -> Result<(), Unavailable> {
    fs::create_dir_all(folder).map_err(|error| failed("cannot make", folder, &error))?;
    let marker = folder.join("installed");
    let packages: Vec<String> =
        agents.iter().map(|agent| format!("{}@{}", agent.package, agent.version)).collect();
    let pinned = packages.join("\n");
    let unpacked = agents.iter().all(|agent| agent.is_unpacked(folder));
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == pinned) && unpacked {
        return Ok(());
    }
    tell(&format!("installing {} into {}", packages.join(" and "), folder.display()));
    match agents.iter().find(|agent| agent.registry == Registry::PyPi) {
        Some(agent) => virtual_environment::install(*agent, folder)?,
        None => run_npm(&packages, folder)?,
    }
    agents.iter().try_for_each(|agent| check(*agent, folder))?;
    fs::write(marker, pinned).map_err(|error| failed("cannot write to", folder, &error))
}

fn run_npm(packages: &[String], folder: &Path) -> Result<(), Unavailable> {
    Cmd::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", "--prefix"])
        .arg(folder)
        .args(packages)
        .current_dir(folder)
        .timeout(INSTALL_LIMIT)
        .run_checked()
        .map_err(|error| {
            Unavailable::because(format!("{} cannot be installed: {error}", packages.join(" and ")))
        })?;
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
        agent.path(&own_folder(agent, &self.prefix))
    }

    /// Whether an agent is here.
    ///
    /// # Errors
    /// Why it is not.
    pub fn require(&self, agent: PinnedAgent) -> Result<(), Unavailable> {
        let missing = self.missing.iter().find(|(missing, _)| *missing == agent);
        missing.map_or(Ok(()), |(_, reason)| Err(reason.clone()))
    }

    /// Puts the agents on a home's `PATH`, with the settings of a person who has used them before and whose
    /// provider is the model at `base_url`. Telemetry and updates are off.
    ///
    /// # Errors
    /// When a file or link cannot be made.
    pub fn settle_into(&self, home: &mut SealedHome, base_url: &str) -> io::Result<()> {
        for agent in PINNED.into_iter().chain(OTHERS) {
            if self.require(agent).is_ok() {
                let program = self.program(agent);
                home.add_program(agent.program, &program)?;
                let beside = agent.beside.map(|name| home.add_program(name, &program.with_file_name(name)));
                beside.transpose()?;
            }
        }
        settle_all(home, base_url)
    }
}
