//! Settings of the simulated person: the built-in agents, one that is helped with commits, one that nothing is
//! known of; and a configuration file that can be broken for a while.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use owt_agents::Catalog;
use owt_agents::manifest::CustomTool;
use owt_core::AbsPath;
use owt_core::Permissions;
use owt_core::briefing::ContextChoice;
use owt_core::briefing::Template;
use owt_core::critic::Policy;
use owt_core::environment::Command;
use owt_core::environment::PortRange;
use owt_core::landing::Goal;
use owt_core::pane::AltKeys;
use owt_core::pane::Beside;
use owt_core::pane::Layout;
use owt_core::retention::Retention;
use owt_core::retry::RetryPolicy;
use owt_core::session::Allowance;
use owt_core::session::SessionLimits;
use owt_engine::AttentionSettings;
use owt_engine::BeforeLanding;
use owt_engine::BrokenSettings;
use owt_engine::ConflictNews;
use owt_engine::DiskRules;
use owt_engine::Hook;
use owt_engine::HookSource;
use owt_engine::LandingRules;
use owt_engine::OpinionSettings;
use owt_engine::Settings;
use owt_engine::SettingsSource;
use owt_engine::TemplateError;
use owt_engine::TerminalBackend;
use owt_engine::use_cases::Need;

/// The demo agent, committed for at the end of each turn, with a channel for what it is told besides its task.
pub(crate) const HELPED: &str = "helped";
/// A terminal program without rules, hooks or a protocol.
pub(crate) const PLAIN: &str = "plain";

/// The word of the command that takes a worktree down.
pub(crate) const TEARDOWN: &str = "teardown";

/// The word of the command that checks what is to land.
pub(crate) const CHECK: &str = "check";

/// What the disk may be used for, unless the person says otherwise.
pub(crate) const DISK: DiskRules = DiskRules {
    min_free: Some(200_000_000),
    budget: None,
    idle: Some(Duration::from_secs(14 * 86_400)),
    trash: Retention { age: Some(Duration::from_secs(30 * 86_400)), bytes: Some(20_000_000_000) },
    snapshots: Retention { age: None, bytes: None },
};

/// What runs have: their time is short, and trash expires all the same.
const HASTY: DiskRules = DiskRules {
    trash: Retention { age: Some(Duration::from_secs(60)), bytes: Some(20_000_000_000) },
    snapshots: Retention { age: None, bytes: None },
    ..DISK
};

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let demo = Catalog::built_in_text("demo").expect("the demo agent is built in");
    let helped = demo
        .replace("name = \"demo\"", &format!("name = \"{HELPED}\""))
        .replace("[\"--permissions\", \"edits\"] }", "[\"--permissions\", \"edits\"], commits = \"owt\" }")
        .replace("\"{hook_args}\"]", "\"{context_args}\", \"{hook_args}\"]")
        .replace("[modes]\n", "[modes]\ncontext_args = [\"--context\", \"{context_file}\"]\n");
    let plain = CustomTool { supports_headless: true, ..CustomTool::default() };
    let catalog = Catalog::built_in()
        .with_overrides(&[("helped.toml".to_owned(), helped)])
        .and_then(|catalog| catalog.with_tools(&[(PLAIN.to_owned(), plain)].into()))
        .expect("the agents of the simulation are well described");
    Settings {
        base_directory: "../work".to_owned(),
        naming_pattern: "{project}-{branch}".to_owned(),
        install: owt_core::environment::Installs::First,
        disk: HASTY,
        ports: PortRange::DEFAULT,
        install_limit: Duration::from_secs(60),
        setup: Some(always("setup")),
        teardown: Some(always(TEARDOWN)),
        own_setup: Some(always("setup")),
        own_teardown: Some(always(TEARDOWN)),
        hook_limit: Duration::from_secs(60),
        before_landing: BeforeLanding {
            conflict_news: ConflictNews::Told,
            resolver: Some("demo".to_owned()),
            opinion: Some(OpinionSettings {
                agent: "demo".to_owned(),
                threshold: 70,
                need: Need::Welcome,
                limit: Duration::from_secs(600),
            }),
            goal: Goal::Target,
        },
        agent: None,
        permissions: Permissions::Edits,
        context: ContextChoice::Full,
        automated_limits: SessionLimits {
            wall: Some(Duration::from_secs(2 * 3600)),
            idle: Some(Duration::from_secs(3600)),
        },
        allowance: Allowance::default(),
        retry: RetryPolicy {
            attempts: 1,
            // Less than three quiet rounds take: at rest no job waits.
            delay: Duration::from_secs(8),
            max_wait: Some(Duration::from_secs(3600)),
        },
        terminal: TerminalBackend::Auto,
        alt_keys: AltKeys::Agents,
        layout: Layout { beside: vec![Beside::Shell, Beside::Tests] },
        terminal_limits: SessionLimits { wall: None, idle: None },
        catalog,
        agent_paths: BTreeMap::new(),
        prices: BTreeMap::new(),
    }
});

/// A command of the person's own that ends well.
fn always(word: &str) -> Hook {
    Hook { commands: vec![Command::new("true", [word])], source: HookSource::Person }
}

/// The configuration file.
#[derive(Debug, Default)]
pub(crate) struct ConfigurationFile {
    broken: AtomicBool,
    opinions_are_required: AtomicBool,
    disk: Mutex<Option<DiskRules>>,
    attention: Mutex<AttentionSettings>,
}

impl ConfigurationFile {
    /// The person makes a mistake in it.
    pub(crate) fn break_it(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    /// Nothing is to land without an opinion where one is asked for.
    pub(crate) fn require_opinions(&self) {
        self.opinions_are_required.store(true, Ordering::SeqCst);
    }

    /// The person says what the disk may be used for.
    pub(crate) fn allot(&self, disk: DiskRules) {
        *self.disk.lock().unwrap() = Some(disk);
    }

    /// The person says what they want to be told.
    pub(crate) fn attend(&self, attention: AttentionSettings) {
        *self.attention.lock().unwrap() = attention;
    }

    /// The person finds the mistake.
    pub(crate) fn mend(&self) {
        self.broken.store(false, Ordering::SeqCst);
    }
}

impl SettingsSource for ConfigurationFile {
    fn settings(
        &self,
        _repository_root: Option<&AbsPath>,
        _environment: Option<&BTreeMap<String, String>>,
    ) -> Result<Settings, BrokenSettings> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(BrokenSettings { message: "config.toml:1:1: expected a key".to_owned(), hint: None });
        }
        let disk = self.disk.lock().unwrap().unwrap_or(HASTY);
        let mut settings = Settings { disk, ..SETTINGS.clone() };
        if let Some(opinion) = &mut settings.before_landing.opinion
            && self.opinions_are_required.load(Ordering::SeqCst)
        {
            opinion.need = Need::Required;
        }
        Ok(settings)
    }

    fn is_setting(&self, _variable: &str) -> bool {
        false
    }

    fn repository_files(&self) -> &'static [&'static str] {
        &["rules"]
    }

    fn landing(&self, _root: &AbsPath, _files: &[(String, Vec<u8>)]) -> Result<LandingRules, BrokenSettings> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(BrokenSettings { message: "config.toml:1:1: expected a key".to_owned(), hint: None });
        }
        Ok(LandingRules {
            critic: Some(Policy::default()),
            checks: Some(Hook { commands: vec![Command::new("check", [CHECK])], source: HookSource::Person }),
            check_limit: Duration::from_secs(60),
            concurrency: 2,
            retries: 0,
            message: "{subject}".to_owned(),
        })
    }

    fn attention(&self) -> Result<AttentionSettings, BrokenSettings> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(BrokenSettings { message: "config.toml:1:1: expected a key".to_owned(), hint: None });
        }
        Ok(self.attention.lock().unwrap().clone())
    }

    fn template(&self, name: &str) -> Result<Template, TemplateError> {
        let found = Template::built_in().into_iter().find(|template| template.name().as_str() == name);
        let unknown = || TemplateError::Unknown { name: name.to_owned(), nearest: None, known: Vec::new() };
        found.ok_or_else(unknown)
    }
}
