//! Which agent, in which kind of session, with which permissions: decided before anything is made.

use std::collections::BTreeMap;

use owt_agents::ConversationId;
use owt_agents::Manifest;
use owt_agents::ModelName;
use owt_agents::catalog::ChoiceError;
use owt_agents::catalog::Detected;
use owt_agents::catalog::Surroundings;
use owt_agents::delivery::Wording;
use owt_agents::launch::Conversation;
use owt_agents::launch::LaunchError;
use owt_agents::launch::LaunchInputs;
use owt_agents::launch::LaunchPrompt;
use owt_agents::launch::LaunchSpec;
use owt_agents::launch::RepositoryExtras;
use owt_agents::launch::Stance;
use owt_agents::launch::plan;
use owt_agents::manifest::Commits;
use owt_agents::manifest::Pick;
use owt_core::AbsPath;
use owt_core::Permissions;
use owt_core::attempt::Committer;
use owt_core::delivery::Meaning;
use owt_core::job::PermissionChoice;
use owt_core::session::SessionKind;
use owt_ports::SessionError;

use crate::engine::Engine;
use crate::mentioned_agents::UnknownMention;
use crate::settings::BrokenSettings;
use crate::settings::Settings;
use crate::settings::TerminalBackend;
use crate::use_cases::NewRequest;
use crate::use_cases::PlanWish;
use crate::use_cases::WantedSession;
use crate::use_cases::WhenSeveral;
use crate::view::WorkspaceView;
use crate::workspace_settings::environment_of;

/// Why no agent can be started as wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// None found, or none of that name.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// The configuration chooses one that there is none of.
    #[error(transparent)]
    Configured(Box<UnknownMention>),
    /// Its program is not where the person says that it is.
    #[error("{display_name}'s program is not at {path}")]
    NotThere {
        /// The agent in sentences.
        display_name: String,
        /// Where it should be.
        path: AbsPath,
    },
    /// Several are installed, and nobody chose.
    #[error("several agents are installed: {}", installed.join(", "))]
    ChooseOne {
        /// Their names, the preferred one first.
        installed: Vec<String>,
    },
    /// It cannot, or cannot be held to, what is wanted.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// Before a terminal sits a person, who sees what is used.
    #[error("a limit on turns or money holds for sessions without a terminal only")]
    LimitsInTerminal,
    /// It never says what it costs, and there is a limit on that.
    #[error("{agent} does not say what it costs {session}: limits.budget cannot be held")]
    CostsUntold {
        /// The agent.
        agent: String,
        /// In which kind of session.
        session: &'static str,
    },
    /// The model's name cannot be a name.
    #[error(transparent)]
    Model(#[from] owt_agents::names::NameError),
}

/// An agent with how it is to be started.
#[derive(Debug, Clone)]
pub(crate) struct ChosenAgent {
    manifest: Manifest,
    pub(crate) session: SessionKind,
    pub(crate) permissions: PermissionChoice,
    pub(crate) committer: Committer,
    /// What it runs in instead of what is usual or was asked for, and why.
    pub(crate) instead: Option<String>,
    /// Whether it plans and changes nothing.
    pub(crate) plans: bool,
    /// Why it does not plan first, where its template says that it should.
    pub(crate) unplanned: Option<String>,
}

impl ChosenAgent {
    /// What is known of its program.
    pub(crate) const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        self.manifest.name.as_str()
    }
}

/// The agents whose programs are found from a caller's environment.
pub(crate) fn detected<'c>(
    engine: &Engine,
    settings: &'c Settings,
    environment: &BTreeMap<String, String>,
) -> Vec<Detected<'c>> {
    let home = environment.get("HOME").and_then(|home| AbsPath::new(home).ok());
    let configured = settings.configured_programs();
    let surroundings =
        Surroundings { home: home.as_ref(), owt: &engine.identity().program, configured: &configured };
    let search_path = environment.get("PATH").map_or("", String::as_str);
    settings
        .catalog
        .detect(surroundings, &|name, known| engine.ports().programs.find(name, search_path, known))
}

/// The agents to use for a request, each checked to the last argument. What sessions need is looked for on `search_path`.
pub(crate) fn choose_agents(
    engine: &Engine,
    settings: &Settings,
    new: &NewRequest,
    search_path: &str,
) -> Result<Vec<ChosenAgent>, AgentError> {
    let detected = detected(engine, settings, &new.environment);
    let named: Vec<Option<&str>> = match (new.agent.names.as_slice(), &settings.agent) {
        ([], Some(configured)) => match settings.unknown_choice() {
            Some(unknown) => return Err(AgentError::Configured(Box::new(unknown))),
            None => vec![Some(configured.value.as_str())],
        },
        ([], None) => vec![None],
        (names, _) => names.iter().map(|name| Some(name.as_str())).collect(),
    };
    named
        .into_iter()
        .map(|name| {
            let found =
                settings.catalog.choose(&detected, name).map_err(|error| not_found(settings, error))?;
            if name.is_none() && new.agent.when_several == WhenSeveral::Ask {
                refuse_to_guess(&detected)?;
            }
            prepare(engine, settings, new, &found, search_path)
        })
        .collect()
}

/// A program that the person named is missing there, whatever else is installed.
fn not_found(settings: &Settings, error: ChoiceError) -> AgentError {
    let ChoiceError::NotInstalled { agent, display_name, .. } = &error else { return error.into() };
    match settings.configured_programs().get(agent) {
        Some(path) => AgentError::NotThere { display_name: display_name.clone(), path: path.clone() },
        None => error.into(),
    }
}

fn prepare(
    engine: &Engine,
    settings: &Settings,
    new: &NewRequest,
    found: &Detected<'_>,
    search_path: &str,
) -> Result<ChosenAgent, AgentError> {
    let terminal = chosen_terminal(engine, settings, search_path);
    let kinds: &[SessionKind] = match new.agent.session {
        WantedSession::Terminal => &[terminal.kind],
        WantedSession::InTmux => &[SessionKind::Tmux],
        WantedSession::OnPty => &[SessionKind::Pty],
        WantedSession::Structured => &[SessionKind::Structured],
        WantedSession::Automated => &[SessionKind::Headless, SessionKind::Structured],
    };
    let mut first_error = None;
    for kind in kinds {
        match try_kind(engine, settings, new, found, *kind) {
            Ok(chosen) => {
                let not_headless =
                    first_error.map(|error| format!("structured, not headless: {}", reason(&error)));
                let not_tmux = terminal.not_tmux.filter(|_| new.agent.session == WantedSession::Terminal);
                return Ok(ChosenAgent { instead: not_headless.or(not_tmux), ..chosen });
            }
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    Err(first_error.expect("there is at least one kind to try"))
}

/// Where a terminal session lives.
struct ChosenTerminal {
    kind: SessionKind,
    /// Why not in tmux, where nobody chose.
    not_tmux: Option<String>,
}

/// The kind of session in which a person is shown the agent of a workspace, where nobody chose: by the variables, and on the
/// `PATH`, with which it was asked for.
pub(crate) fn kind_of_terminal(engine: &Engine, view: &WorkspaceView) -> Result<SessionKind, BrokenSettings> {
    let environment = environment_of(&*engine.ports().files, engine.home(), view.id);
    let settings = engine.ports().settings.settings(view.workspace.spec.source(), environment.as_ref())?;
    let search_path = environment.as_ref().and_then(|it| it.get("PATH")).map_or("", String::as_str);
    Ok(chosen_terminal(engine, &settings, search_path).kind)
}

/// Where nobody chose: tmux where it can be used, else a terminal of our own.
fn chosen_terminal(engine: &Engine, settings: &Settings, search_path: &str) -> ChosenTerminal {
    let kind = match settings.terminal {
        TerminalBackend::Tmux => SessionKind::Tmux,
        TerminalBackend::Pty => SessionKind::Pty,
        TerminalBackend::Auto => match engine.ports().sessions.require(SessionKind::Tmux, search_path) {
            Err(SessionError::Unusable(why)) => {
                let why = why.split([':', ';']).next().unwrap_or_default();
                let not_tmux = Some(format!("on a terminal of owt's own (pty), not in tmux: {why}"));
                return ChosenTerminal { kind: SessionKind::Pty, not_tmux };
            }
            // What else is wrong is said when the session is required.
            Ok(()) | Err(_) => SessionKind::Tmux,
        },
    };
    ChosenTerminal { kind, not_tmux: None }
}

/// In short, since it is said beside something that was done.
fn reason(error: &AgentError) -> String {
    let words = error.to_string();
    words.split([':', ';']).next().unwrap_or_default().to_owned()
}

/// A plan that only the template wants comes first where a person can agree to it, and where the agent can be held to it.
fn try_kind(
    engine: &Engine,
    settings: &Settings,
    new: &NewRequest,
    found: &Detected<'_>,
    kind: SessionKind,
) -> Result<ChosenAgent, AgentError> {
    let attempt = |stance| try_stance(engine, settings, new, found, (kind, stance));
    let work = |why: String| {
        let unplanned = Some(format!("no plan comes first: {why}"));
        attempt(Stance::Act).map(|chosen| ChosenAgent { unplanned, ..chosen })
    };
    match new.agent.plan {
        PlanWish::Work => attempt(Stance::Act),
        PlanWish::Plan => attempt(Stance::Plan),
        PlanWish::PlanWherePossible if kind == SessionKind::Headless => {
            work("there is nobody to agree to it in a headless session".to_owned())
        }
        PlanWish::PlanWherePossible => attempt(Stance::Plan).or_else(|error| work(reason(&error))),
    }
}

fn try_stance(
    engine: &Engine,
    settings: &Settings,
    new: &NewRequest,
    found: &Detected<'_>,
    (kind, stance): (SessionKind, Stance),
) -> Result<ChosenAgent, AgentError> {
    let wanted = wanted_level(settings, new.agent.permissions, found.manifest, kind);
    let model = new.agent.model.as_deref().map(ModelName::new).transpose()?;
    let here = &new.folder;
    let draft = LaunchInputs {
        kind,
        program: &found.program,
        owt: &engine.identity().program,
        workspace: here,
        main_root: here,
        folder: engine.home().data(),
        conversation: Conversation::Fresh(&ConversationId::from_bits(0)),
        prompt: new.work.task.as_ref().map(|text| LaunchPrompt { text, wording: wording(new.work.meaning) }),
        permissions: wanted,
        stance,
        model: model.as_ref(),
        budget_micro_usd: None,
        extras: RepositoryExtras::Nothing,
        context: None,
        preamble: None,
        by_file: None,
        own_words: None,
        handed_over: None,
    };
    let launch: LaunchSpec = plan(found.manifest, &draft)?;
    if kind.is_terminal() && !new.agent.allowance.is_unlimited() {
        return Err(AgentError::LimitsInTerminal);
    }
    let limited = settings.allowance.cost_micro_usd.is_some() && !kind.is_terminal();
    if limited && !found.manifest.mode(kind).is_some_and(|mode| mode.output.tells_costs()) {
        let session = if kind == SessionKind::Headless { "headless" } else { "over its machine protocol" };
        return Err(AgentError::CostsUntold { agent: found.manifest.display_name.clone(), session });
    }
    Ok(ChosenAgent {
        manifest: found.manifest.clone(),
        session: kind,
        permissions: launch.permissions.map_or(PermissionChoice::Unmanaged, PermissionChoice::Level),
        committer: committer(launch.commits),
        instead: None,
        plans: stance == Stance::Plan,
        unplanned: None,
    })
}

/// The level that is asked of a program: the request's, else the configuration's where the program's permissions
/// can be managed at all.
pub(crate) fn wanted_level(
    settings: &Settings,
    asked: Option<Permissions>,
    manifest: &Manifest,
    kind: SessionKind,
) -> Option<Permissions> {
    let managed = manifest.mode(kind).is_some_and(|mode| mode.permissions.is_managed());
    asked.or_else(|| managed.then_some(settings.permissions))
}

pub(crate) const fn committer(commits: Commits) -> Committer {
    match commits {
        Commits::Agent => Committer::Agent,
        Commits::Owt => Committer::Us,
    }
}

pub(crate) const fn wording(meaning: Meaning) -> Wording {
    match meaning {
        Meaning::Words | Meaning::Information => Wording::Message,
        Meaning::Command => Wording::Command,
    }
}

/// Where a person can be asked, several installed agents are a question; the preferred one is named first.
fn refuse_to_guess(detected: &[Detected<'_>]) -> Result<(), AgentError> {
    let automatic: Vec<String> = detected
        .iter()
        .filter(|found| found.manifest.pick == Pick::Automatic)
        .map(|found| found.manifest.name.as_str().to_owned())
        .collect();
    if automatic.len() > 1 { Err(AgentError::ChooseOne { installed: automatic }) } else { Ok(()) }
}
