//! Starting and ending an attempt's session.

use std::collections::BTreeMap;
use std::sync::Arc;

use owt_agents::ConversationId;
use owt_agents::ModelName;
use owt_agents::catalog::Surroundings;
use owt_agents::launch::CONTEXT_FILE;
use owt_agents::launch::Conversation;
use owt_agents::launch::FilePurpose;
use owt_agents::launch::LaunchFile;
use owt_agents::launch::LaunchInput;
use owt_agents::launch::LaunchInputs;
use owt_agents::launch::LaunchPrompt;
use owt_agents::launch::LaunchSpec;
use owt_agents::launch::PromptRoute;
use owt_agents::launch::Stance;
use owt_agents::launch::plan;
use owt_agents::protocol::Frame;
use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::Permissions;
use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptInput;
use owt_core::attempt::AttemptPhase;
use owt_core::attempt::Launched;
use owt_core::attempt::NotesChannel;
use owt_core::attempt::NotesTold;
use owt_core::briefing::Briefing;
use owt_core::briefing::ContextChoice;
use owt_core::briefing::Notes;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryInput;
use owt_core::delivery::Meaning;
use owt_core::effect::Message;
use owt_core::environment::InstallState;
use owt_core::environment::Lease;
use owt_core::environment::SetupState;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::job::Creator;
use owt_core::job::Job;
use owt_core::job::PermissionChoice;
use owt_core::notebook::Notebook;
use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_core::text::Prompt;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::Payload;
use owt_ports::SessionError;
use owt_ports::SessionInput;
use owt_ports::SessionPlan;
use owt_ports::SessionPresence;
use owt_ports::StoreError;
use owt_ports::WindowPlan;

use super::Outcome;
use super::file_failure;
use super::hooks::of_its_own;
use super::required;
use super::session_failure;
use super::stream_id;
use crate::agent_choice::wording;
use crate::approvals::extras;
use crate::board::Task;
use crate::briefing::briefing;
use crate::briefing::instructions;
use crate::briefing::own_words;
use crate::briefing::results;
use crate::dispatcher::Dispatcher;
use crate::engine::Identity;
use crate::entity::from_json;
use crate::handing_over::Handing;
use crate::handing_over::approved;
use crate::handing_over::record;
use crate::handing_over::recorded;
use crate::home::Home;
use crate::notes::at_start;
use crate::notes::copies;
use crate::notes::message_of;
use crate::observer::Observers;
use crate::panes::window;
use crate::ports::Ports;
use crate::records::Records;
use crate::settings::Settings;

/// The records around an attempt.
pub(super) struct Scene {
    pub(super) id: AttemptId,
    pub(super) attempt: Attempt,
    pub(super) job: Job,
    pub(super) workspace: Workspace,
}

/// A launch with everything written that it needs.
struct Prepared {
    plan: SessionPlan,
    carried: Option<DeliveryId>,
    first_frame: Option<Frame>,
    notes: Option<NotesTold>,
}

/// What came of a launch.
enum Launch {
    /// The session was asked to start, and did or did not.
    Made(Result<Launched, Failure>),
    /// It could not even be asked.
    NotPrepared(Failure),
}

/// Whether an attempt has its session.
enum Started {
    /// It has, or never will.
    Now(Result<Launched, Failure>),
    /// It has one, and what it was started with cannot be told now.
    CannotTell(Failure),
}

/// A workspace that is being removed ends the sessions that it finds and takes its folder away: nothing is to be
/// started there any more.
fn still_wanted(workspace: &Workspace) -> Result<(), Failure> {
    match workspace.phase {
        Phase::Ready => Ok(()),
        _ => Err(Failure::new(FailureKind::Lost, "its workspace was removed before it could start")),
    }
}

/// The id that a program repeats when it has read a message: the delivery's bits as a UUID.
pub(crate) fn echo_id(delivery: DeliveryId) -> String {
    ConversationId::from_bits(delivery.bits()).as_str().to_owned()
}

/// Starts and ends sessions, and knows the words that an agent is spoken to in.
pub(crate) struct SessionEffects {
    pub(crate) ports: Ports,
    pub(crate) home: Home,
    pub(crate) identity: Identity,
    pub(crate) records: Records,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) observers: Arc<Observers>,
}

impl SessionEffects {
    pub(super) fn scene(&self, id: AttemptId) -> Result<Scene, StoreError> {
        let attempt: Attempt = required(self.records.load(id)?, "an attempt")?;
        let job: Job = required(self.records.load(attempt.spec.job)?, "a job")?;
        let workspace: Workspace = required(self.records.load(attempt.spec.workspace)?, "a workspace")?;
        Ok(Scene { id, attempt, job, workspace })
    }

    pub(super) fn launch_session(&self, task: &Task) -> Result<Outcome, StoreError> {
        let scene = self.scene(stream_id(task)?)?;
        let id = scene.id;
        if scene.attempt.phase != AttemptPhase::Launching {
            return Ok(Outcome::Settled);
        }
        let result = match self.start(&scene, task.correlation)? {
            Started::Now(result) => result,
            Started::CannotTell(failure) => {
                return Ok(Outcome::Later(format!("the session of {id} is there: {failure}")));
            }
        };
        let started = result.is_ok();
        self.dispatcher.outcome(
            Message::Attempt { id, input: AttemptInput::Launched { result } },
            task.id,
            task.correlation,
        )?;
        if started {
            self.observers.watch(id)?;
            self.end_if_unwanted(scene.attempt.spec.workspace, id)?;
        }
        Ok(Outcome::Taken)
    }

    fn start(&self, scene: &Scene, correlation: RequestId) -> Result<Started, StoreError> {
        let refused = match still_wanted(&scene.workspace) {
            Ok(()) => match self.launch(scene, correlation)? {
                Launch::Made(result) => return Ok(Started::Now(result)),
                Launch::NotPrepared(failure) => failure,
            },
            Err(failure) => failure,
        };
        // A try before a crash may have started it, whatever stands in the way of another one now.
        match self.ports.sessions.probe(scene.id) {
            Ok(SessionPresence::Never) => Ok(Started::Now(Err(refused))),
            Ok(_) if still_wanted(&scene.workspace).is_ok() => Ok(Started::CannotTell(refused)),
            Ok(_) => match self.launch(scene, correlation)? {
                Launch::Made(result) => Ok(Started::Now(result)),
                Launch::NotPrepared(failure) => Ok(Started::CannotTell(failure)),
            },
            Err(error) => Ok(Started::CannotTell(session_failure(&error)?)),
        }
    }

    /// A removal that began while the session was being started may have looked for sessions before this one was
    /// there.
    fn end_if_unwanted(&self, workspace: WorkspaceId, id: AttemptId) -> Result<(), StoreError> {
        let workspace: Workspace = required(self.records.load(workspace)?, "a workspace")?;
        if still_wanted(&workspace).is_err()
            && let Err(error) = self.ports.sessions.stop(id, EndReason::Requested)
        {
            let failure = session_failure(&error)?;
            tracing::warn!(attempt = %id, %failure, "the session of a removed workspace could not be ended");
        }
        Ok(())
    }

    /// What goes in with the start is recorded before: a session that ends before its start is recorded has got it.
    fn launch(&self, scene: &Scene, correlation: RequestId) -> Result<Launch, StoreError> {
        match self.prepare_launch(scene)? {
            Ok(mut prepared) => {
                self.look_at_ports(scene, &mut prepared.plan, correlation)?;
                if let Some(notes) = prepared.notes {
                    let input = AttemptInput::Briefed { notes };
                    self.dispatcher.dispatch(Message::Attempt { id: scene.id, input }, correlation)?;
                    self.withdraw_what_is_told(scene, notes, correlation)?;
                }
                if let Some(delivery) = prepared.carried {
                    let input = AttemptInput::Carrying { delivery };
                    self.dispatcher.dispatch(Message::Attempt { id: scene.id, input }, correlation)?;
                }
                self.launch_prepared(scene, prepared).map(Launch::Made)
            }
            Err(failure) => Ok(Launch::NotPrepared(failure)),
        }
    }

    /// Messages with notes that the agent is told with its start, and that wait for it from the session before.
    fn withdraw_what_is_told(
        &self,
        scene: &Scene,
        told: NotesTold,
        correlation: RequestId,
    ) -> Result<(), StoreError> {
        let repository = scene.workspace.spec.repository().map(|repository| repository.id);
        let (NotesChannel::Briefing, Some(repository)) = (told.channel, repository) else { return Ok(()) };
        let Some(book) = self.records.load::<Notebook>(repository)? else { return Ok(()) };
        for note in book.notes.iter().filter(|note| note.number <= told.up_to) {
            let first = message_of(repository, note, scene.attempt.spec.workspace);
            for message in copies(&self.records, first)?.into_iter().filter(Delivery::waits) {
                let reason = "the agent is told it with its start".to_owned();
                let input = DeliveryInput::NoSession { reason };
                self.dispatcher.dispatch(Message::Delivery { id: message.id, input }, correlation)?;
            }
        }
        Ok(())
    }

    /// Tells the agent and the person when somebody else has begun to listen on a port of the lease. One that a session
    /// of this attempt may be listening on already is not somebody else's.
    fn look_at_ports(
        &self,
        scene: &Scene,
        plan: &mut SessionPlan,
        correlation: RequestId,
    ) -> Result<(), StoreError> {
        let Some(lease) = &scene.workspace.outfit.lease else { return Ok(()) };
        let ports = self.ports.environments.busy_ports(lease.ports);
        if ports.is_empty() || !matches!(self.ports.sessions.probe(scene.id), Ok(SessionPresence::Never)) {
            return Ok(());
        }
        let numbers: Vec<String> = ports.iter().map(u16::to_string).collect();
        plan.environment.insert("OWT_PORTS_TAKEN".to_owned(), numbers.join(" "));
        let (id, input) = (scene.attempt.spec.workspace, WorkspaceInput::PortsTaken { ports });
        self.dispatcher.dispatch(Message::Workspace { id, input }, correlation)
    }

    fn launch_prepared(
        &self,
        scene: &Scene,
        prepared: Prepared,
    ) -> Result<Result<Launched, Failure>, StoreError> {
        let Prepared { plan, carried, first_frame, notes: _ } = prepared;
        let now = self.ports.clock.now();
        match self.ports.sessions.launch(&plan) {
            Ok(SessionPresence::Running { host_pid, started_at, .. }) => {
                if let Some(frame) = first_frame {
                    self.say_first(scene.id, frame)?;
                }
                Ok(Ok(Launched { host_pid, at: started_at, carried }))
            }
            Ok(SessionPresence::Ended { exit: Exit::NotStarted { errno }, .. }) => Ok(Err(Failure::new(
                FailureKind::ProgramMissing,
                format!("{} could not be started (system error {errno})", plan.argv[0]),
            ))),
            Ok(SessionPresence::Ended { .. } | SessionPresence::Lost) => {
                Ok(Ok(Launched { host_pid: 0, at: now, carried }))
            }
            Ok(SessionPresence::Never) => {
                Ok(Err(Failure::new(FailureKind::Session, "the session left no trace of a start")))
            }
            Err(error) => Ok(Err(session_failure(&error)?)),
        }
    }

    /// Begins a machine protocol. A program that ended meanwhile is told of by its end.
    fn say_first(&self, id: AttemptId, frame: Frame) -> Result<(), StoreError> {
        let injection = Injection { key: InjectionKey::Frame(frame.key), payload: Payload::Line(frame.line) };
        match self.ports.sessions.inject(id, &injection) {
            Err(SessionError::Crashed) => Err(StoreError::Crashed),
            Err(error) => {
                tracing::warn!(attempt = %id, %error, "the protocol's first frame was not taken");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Everything that must be there before the program starts, and the plan to start it with.
    fn prepare_launch(&self, scene: &Scene) -> Result<Result<Prepared, Failure>, StoreError> {
        let environment: BTreeMap<String, String> =
            match self.ports.files.read(&self.home.environment(scene.attempt.spec.workspace)) {
                Ok(Some(bytes)) => from_json(&String::from_utf8_lossy(&bytes))?,
                Ok(None) => {
                    return Ok(Err(Failure::new(FailureKind::Lost, "the session's environment is gone")));
                }
                Err(error) => return Ok(Err(file_failure(&error)?)),
            };
        let root = scene.workspace.spec.source();
        let settings = match self.ports.settings.settings(root, Some(&environment)) {
            Ok(settings) => settings,
            Err(broken) => return Ok(Err(Failure::new(FailureKind::Unsupported, broken.message))),
        };
        let book = self.notebook(scene)?;
        let launch = match self.launch_spec(scene, &settings, &environment, (book.as_ref(), Handing::Now))? {
            Ok(launch) => launch,
            Err(failure) => return Ok(Err(failure)),
        };
        for file in &launch.files {
            if let Err(error) = self.ports.files.write(&file.path, file.content.as_bytes()) {
                return Ok(Err(file_failure(&error)?));
            }
        }
        let credential = match self.credential(scene.id)? {
            Ok(credential) => credential,
            Err(failure) => return Ok(Err(failure)),
        };
        let carried = scene.attempt.spec.delivery.filter(|_| launch.prompt == PromptRoute::WithStart);
        let first_frame = launch.first_frame.clone();
        let notes = book.as_ref().map(|book| self.notes_told(scene, book, &launch));
        let window = self.window(scene, &settings, &environment);
        let plan = self.session_plan(scene, launch, environment, &credential, carried);
        let plan = SessionPlan { window, ..plan };
        Ok(Ok(Prepared { plan, carried, first_frame, notes }))
    }

    /// The files with our hooks that a session's program reads, as they should be. None where that cannot be told: its
    /// configuration or its message are gone, and with them what it could be measured by.
    pub(super) fn hook_files(&self, id: AttemptId) -> Result<Vec<LaunchFile>, StoreError> {
        let scene = self.scene(id)?;
        let environment: BTreeMap<String, String> =
            match self.ports.files.read(&self.home.environment(scene.attempt.spec.workspace)) {
                Ok(Some(bytes)) => from_json(&String::from_utf8_lossy(&bytes))?,
                Ok(None) => return Ok(Vec::new()),
                Err(error) => return file_failure(&error).map(|_| Vec::new()),
            };
        let root = scene.workspace.spec.source();
        let Ok(settings) = self.ports.settings.settings(root, Some(&environment)) else {
            return Ok(Vec::new());
        };
        // What it is told, the notes of others among it, is in no file with hooks.
        let Ok(launch) = self.launch_spec(&scene, &settings, &environment, (None, Handing::Before))? else {
            return Ok(Vec::new());
        };
        Ok(launch.files.into_iter().filter(|file| file.purpose == FilePurpose::Hooks).collect())
    }

    fn launch_spec(
        &self,
        scene: &Scene,
        settings: &Settings,
        environment: &BTreeMap<String, String>,
        (book, handing): (Option<&Notebook>, Handing),
    ) -> Result<Result<LaunchSpec, Failure>, StoreError> {
        let job = &scene.job.spec;
        let missing = |message: String| Ok(Err(Failure::new(FailureKind::ProgramMissing, message)));
        let manifest = match settings.catalog.get(&job.agent) {
            Ok(manifest) => manifest,
            Err(unknown) => return missing(unknown.to_string()),
        };
        let Some(program) = self.locate(settings, manifest, environment) else {
            return missing(format!("{} is not installed: {}", manifest.display_name, manifest.install_hint));
        };
        let delivery = scene.attempt.spec.delivery;
        let prompt = match delivery.map(|id| self.message(id)).transpose()? {
            Some(Err(failure)) => return Ok(Err(failure)),
            Some(Ok(found)) => Some(found),
            None => None,
        };
        let fresh = ConversationId::from_bits(scene.id.bits());
        let earlier = match scene.attempt.spec.resumes.as_deref().map(ConversationId::new).transpose() {
            Ok(earlier) => earlier,
            Err(error) => return Ok(Err(Failure::new(FailureKind::Unsupported, error.to_string()))),
        };
        let model = job.model.as_deref().and_then(|model| ModelName::new(model).ok());
        let path = &scene.workspace.spec.path;
        let main_root = scene.workspace.spec.source().unwrap_or(path);
        let checkouts = [path, main_root];
        let install_log = self.home.install_log(scene.attempt.spec.workspace);
        let notes = book.map(|book| at_start(book, known_at_start(scene, book), &scene.job));
        let extras =
            extras(&self.ports, &self.home, settings, (manifest, scene.attempt.spec.session), checkouts);
        let own_words = own_words(self.ports.files.as_ref(), manifest, environment, path, extras)?;
        let is_free = own_words.is_ok()
            && !manifest.modes.context_environment.keys().any(|name| environment.contains_key(name));
        let own = instructions(self.ports.files.as_ref(), &scene.workspace)?;
        let results = results(&self.records, &scene.job)?;
        let context =
            briefing(&scene.job, &scene.workspace, &install_log, own, results, notes.unwrap_or_default());
        let preamble = context.as_ref().map(Briefing::preamble);
        // Notes come as a message of their own then.
        let by_file = context.clone().map(|context| Briefing { notes: Notes::default(), ..context }.text());
        let context = context.filter(|_| is_free).map(|context| context.text());
        let files = self.ports.files.as_ref();
        let handed = match handing {
            Handing::Now => approved(files, manifest, &scene.workspace, extras)?,
            Handing::Before => recorded(files, &self.home, scene.id)?,
        };
        let inputs = LaunchInputs {
            kind: scene.attempt.spec.session,
            program: &program,
            owt: &self.identity.program,
            workspace: path,
            main_root,
            folder: &self.home.attempt(scene.id),
            conversation: earlier.as_ref().map_or(Conversation::Fresh(&fresh), Conversation::Resume),
            prompt: prompt.as_ref().map(|(text, meaning)| LaunchPrompt { text, wording: wording(*meaning) }),
            permissions: level(job.permissions),
            stance: if job.plan_mode { Stance::Plan } else { Stance::Act },
            model: model.as_ref(),
            budget_micro_usd: scene.attempt.spec.allowance.cost_micro_usd,
            extras,
            context: context.as_deref(),
            preamble: preamble.as_deref(),
            by_file: by_file.as_deref(),
            own_words: own_words.as_ref().ok().and_then(Option::as_deref),
            handed_over: handed.as_ref(),
        };
        let mut launch = match plan(manifest, &inputs) {
            Ok(launch) => launch,
            Err(error) => return Ok(Err(Failure::new(FailureKind::Unsupported, error.to_string()))),
        };
        launch.files.extend(handed.as_ref().map(|handed| record(&self.home, scene.id, handed)));
        Ok(Ok(launch))
    }

    /// The notes of the repository; `None` where there is none, or where the agent is told its task alone.
    fn notebook(&self, scene: &Scene) -> Result<Option<Notebook>, StoreError> {
        let repository = match (scene.workspace.spec.repository(), scene.job.spec.context) {
            (Some(repository), ContextChoice::Full) => repository.id,
            _ => return Ok(None),
        };
        let empty = || Notebook { repository, newest: 0, notes: Vec::new() };
        Ok(Some(self.records.load(repository)?.unwrap_or_else(empty)))
    }

    fn notes_told(&self, scene: &Scene, book: &Notebook, launch: &LaunchSpec) -> NotesTold {
        let file = self.home.attempt(scene.id).join(CONTEXT_FILE);
        let has_channel = launch.files.iter().any(|written| written.path == file);
        let channel = if has_channel { NotesChannel::Briefing } else { NotesChannel::Message };
        NotesTold { up_to: known_at_start(scene, book), channel }
    }

    fn locate(
        &self,
        settings: &Settings,
        manifest: &owt_agents::Manifest,
        environment: &BTreeMap<String, String>,
    ) -> Option<AbsPath> {
        let home = environment.get("HOME").and_then(|home| AbsPath::new(home).ok());
        let configured = settings.configured_programs();
        let surroundings =
            Surroundings { home: home.as_ref(), owt: &self.identity.program, configured: &configured };
        let search_path = environment.get("PATH").map_or("", String::as_str);
        let find = |name: &str, known: &[AbsPath]| self.ports.programs.find(name, search_path, known);
        settings.catalog.locate(manifest, surroundings, &find).map(|found| found.program)
    }

    /// A message's text and meaning.
    fn message(&self, id: DeliveryId) -> Result<Result<(Prompt, Meaning), Failure>, StoreError> {
        let delivery: Delivery = required(self.records.load(id)?, "a message")?;
        let gone = || Failure::new(FailureKind::Lost, "the message's text is gone");
        let text = match self.ports.files.read(&delivery.spec.text) {
            Ok(Some(bytes)) => Prompt::new(&String::from_utf8_lossy(&bytes)).map_err(|_| gone()),
            Ok(None) => Err(gone()),
            Err(error) => Err(file_failure(&error)?),
        };
        Ok(text.map(|text| (text, delivery.spec.meaning)))
    }

    /// The attempt's credential: made once, kept in a private file, revoked with it.
    fn credential(&self, id: AttemptId) -> Result<Result<String, Failure>, StoreError> {
        let path = self.home.credential(id);
        match self.ports.files.read(&path) {
            Ok(Some(bytes)) => return Ok(Ok(String::from_utf8_lossy(&bytes).into_owned())),
            Ok(None) => {}
            Err(error) => return Ok(Err(file_failure(&error)?)),
        }
        let credential = format!("{id}.{}", self.ports.entropy.secret());
        match self.ports.files.write(&path, credential.as_bytes()) {
            Ok(()) => Ok(Ok(credential)),
            Err(error) => Ok(Err(file_failure(&error)?)),
        }
    }

    fn session_plan(
        &self,
        scene: &Scene,
        launch: LaunchSpec,
        mut environment: BTreeMap<String, String>,
        credential: &str,
        carried: Option<DeliveryId>,
    ) -> SessionPlan {
        of_its_own(&scene.workspace, &mut environment);
        for name in &launch.environment.remove {
            environment.remove(name);
        }
        environment.extend(launch.environment.set);
        environment.extend(self.session_variables(scene, credential));
        let stdin = match launch.stdin {
            LaunchInput::Nothing => SessionInput::Nothing,
            LaunchInput::File(path) => SessionInput::File { path, delivery: carried },
            LaunchInput::Open => SessionInput::Open,
            LaunchInput::Terminal => SessionInput::Terminal,
        };
        SessionPlan {
            attempt: scene.id,
            kind: scene.attempt.spec.session,
            argv: launch.argv,
            environment,
            directory: scene.workspace.spec.path.clone(),
            stdin,
            limits: scene.job.spec.terms.limits.session,
            title: scene.workspace.spec.name.as_str().chars().filter(|c| !c.is_control()).collect(),
            window: WindowPlan::default(),
        }
    }

    /// What stands beside the agent, where there is a window for it.
    fn window(
        &self,
        scene: &Scene,
        settings: &Settings,
        environment: &BTreeMap<String, String>,
    ) -> WindowPlan {
        let is_persons = scene.job.spec.creator == Creator::Person;
        if scene.attempt.spec.session != SessionKind::Tmux || !is_persons {
            // What stands or opens there runs as the person. Of a session that an agent has begun, the environment is that agent's
            // word: its search path, what is loaded into each program, how much new agents may do.
            return WindowPlan::default();
        }
        let mut environment = environment.clone();
        of_its_own(&scene.workspace, &mut environment);
        environment.extend(self.session_variables(scene, ""));
        window((&settings.layout, settings.alt_keys), &scene.workspace, environment)
    }

    /// The variables of the command contract ("Environment of an agent's session").
    fn session_variables(&self, scene: &Scene, credential: &str) -> Vec<(String, String)> {
        let mut variables = vec![
            ("OWT_WORKTREE_NAME", scene.workspace.spec.name.to_string()),
            ("OWT_JOB_ID", scene.job.id.to_string()),
            ("OWT_ATTEMPT", scene.id.to_string()),
            ("OWT_SOCKET", self.identity.socket.to_string()),
            ("OWT_TOKEN", credential.to_owned()),
            ("PWD", scene.workspace.spec.path.to_string()),
        ];
        if matches!(scene.workspace.outfit.install, InstallState::Failed { .. }) {
            variables.push(("OWT_INSTALL", "failed".to_owned()));
            variables
                .push(("OWT_INSTALL_LOG", self.home.install_log(scene.attempt.spec.workspace).to_string()));
        }
        let setup = match scene.workspace.outfit.setup {
            SetupState::Failed { .. } => Some("failed"),
            SetupState::Unapproved => Some("unapproved"),
            _ => None,
        };
        if let Some(state) = setup {
            variables.push(("OWT_SETUP", state.to_owned()));
            variables.push(("OWT_SETUP_LOG", self.home.setup_log(scene.attempt.spec.workspace).to_string()));
        }
        if let Some(home) = &self.identity.home_variable {
            variables.push(("OWT_HOME", home.clone()));
        }
        if scene.attempt.spec.session.is_terminal() {
            variables.push(("TERM", "tmux-256color".to_owned()));
            variables.push(("COLORTERM", "truecolor".to_owned()));
        } else {
            variables.push(("OWT_AUTOMATED", "1".to_owned()));
        }
        let own = variables.into_iter().map(|(name, value)| (name.to_owned(), value));
        own.chain(scene.workspace.outfit.lease.iter().flat_map(Lease::variables)).collect()
    }

    fn is_launching(&self, id: AttemptId) -> Result<bool, StoreError> {
        let attempt = self.records.load::<Attempt>(id)?;
        Ok(attempt.is_some_and(|attempt| attempt.phase == AttemptPhase::Launching))
    }

    pub(super) fn stop_session(&self, task: &Task, reason: EndReason) -> Result<Outcome, StoreError> {
        let id: AttemptId = stream_id(task)?;
        let stopped = self.ports.sessions.stop(id, reason);
        if stopped.is_ok() {
            // Its last words are heard before its end is taken in.
            self.observers.watch(id)?;
        }
        let input = match stopped {
            Ok(_) if self.observers.is_watching(id) => return Ok(Outcome::Settled),
            Ok(SessionPresence::Ended { exit, at }) => AttemptInput::Ended { exit, at },
            Ok(SessionPresence::Never) if self.is_launching(id)? => {
                let failure = Failure::new(FailureKind::Lost, "it was ended before it could start");
                AttemptInput::Launched { result: Err(failure) }
            }
            Ok(SessionPresence::Lost | SessionPresence::Never) => AttemptInput::Lost,
            Ok(SessionPresence::Running { .. }) => return Ok(Outcome::Settled),
            Err(error) => {
                let failure = session_failure(&error)?;
                tracing::warn!(attempt = %id, %failure, "the session could not be ended");
                return Ok(Outcome::Settled);
            }
        };
        Ok(Outcome::told(Message::Attempt { id, input }))
    }
}

/// The level of a choice, as a launch wants it.
pub(crate) const fn level(choice: PermissionChoice) -> Option<Permissions> {
    match choice {
        PermissionChoice::Level(level) => Some(level),
        PermissionChoice::Unmanaged => None,
    }
}

/// The newest note that an agent is started with. A try after a crash tells the same ones: an earlier one may have been
/// the one that started it.
fn known_at_start(scene: &Scene, book: &Notebook) -> u64 {
    scene.attempt.notes.map_or(book.newest, |told| told.up_to)
}
