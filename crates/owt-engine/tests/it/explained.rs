//! `explain` on every state of every agent: what the real programs showed, printed and told by their hooks goes through the
//! engine, and the explanation names what it rests on.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use owt_agents::Catalog;
use owt_agents::Manifest;
use owt_agents::manifest::Binary;
use owt_agents::screen::ScreenState;
use owt_agents::screen::ScreenView;
use owt_agents::screen::classify;
use owt_core::AttemptId;
use owt_core::Permissions;
use owt_core::attempt::Attempt;
use owt_core::attempt::Says;
use owt_core::authority::Principal;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_engine::use_cases;
use owt_engine::use_cases::Explanation;
use owt_engine::use_cases::HookReport;
use owt_engine::use_cases::WantedSession;
use owt_ports::Clock;
use owt_ports::Screen;
use owt_ports::Stream;
use owt_ports::StreamKind;
use owt_testkit::sessions::Act;

use crate::scene::Scene;
use crate::scene::some_request;

#[path = "../../../owt-agents/tests/it/accuracy/recordings.rs"]
#[expect(dead_code, reason = "the accuracy of the rules rests on more of a recording than its pictures")]
mod recordings;

/// Longer than anything waits that a screen has to hold for.
const AFTERWARDS: Duration = Duration::from_secs(30);

/// All that a screen can say.
const STATES: [ScreenState; 8] = [
    ScreenState::Ready,
    ScreenState::Working,
    ScreenState::Retrying,
    ScreenState::Dialog,
    ScreenState::Permission,
    ScreenState::Question,
    ScreenState::Error,
    ScreenState::Exited,
];

/// What only the programs' own texts are known of: no recording shows it.
const NEVER_SEEN: [(&str, &str); 3] = [("codex", "question"), ("pi", "dialog"), ("pi", "retrying")];

/// It is scripted: nobody records it.
const SCRIPTED: &str = "demo";

/// One session of an agent.
struct Watched {
    scene: Scene,
    attempt: AttemptId,
    name: String,
}

impl Watched {
    fn begin(agent: &Manifest, session: WantedSession) -> Self {
        let scene = Scene::new();
        if let Binary::Named(name) = &agent.binary {
            scene.world.programs.install(name);
        }
        let mut new = Scene::request(&scene.root(), "Fix the login page");
        new.agent.names = vec![agent.name.as_str().to_owned()];
        // What runs as its own settings say takes no level.
        let kind = match session {
            WantedSession::Automated => SessionKind::Headless,
            WantedSession::Structured => SessionKind::Structured,
            _ => SessionKind::Tmux,
        };
        let managed = agent.mode(kind).is_some_and(|mode| mode.permissions.is_managed());
        new.agent.permissions = managed.then_some(Permissions::Bypass);
        new.agent.session = session;
        let begun =
            use_cases::begin_new_workspace(&scene.engine, &Principal::Person, some_request(), &new).unwrap();
        scene.settle();
        let attempt = scene.rows::<Attempt>(StreamKind::Attempt)[0].id;
        let name = scene.name(begun[0].0);
        scene.world.clock.advance(AFTERWARDS);
        Self { scene, attempt, name }
    }

    fn act(&self, act: Act) {
        self.scene.world.sessions_seen.act(self.attempt, vec![act]);
        self.scene.settle();
    }

    fn show(&self, view: &ScreenView) {
        self.act(Act::Show(Screen {
            rows: view.rows().to_vec(),
            title: view.title().to_owned(),
            ..Screen::default()
        }));
    }

    /// A hook of its reports this, after a while.
    fn hear(&self, agent: &Manifest, (event, payload): (&str, &str)) {
        self.scene.world.clock.advance(AFTERWARDS);
        let report = HookReport {
            agent: agent.name.clone(),
            event: event.to_owned(),
            attempt: self.attempt,
            at: self.scene.world.clock.now(),
            payload: payload.to_owned(),
            is_cut: false,
        };
        use_cases::hook(&self.scene.engine, some_request(), &report).unwrap();
        self.scene.settle();
    }

    fn explain(&self) -> Explanation {
        use_cases::explain(&self.scene.engine, &Principal::Person, &self.scene.root(), &self.name).unwrap()
    }

    /// The status, its source, the piece that it rests on and by what that was read, and why in words.
    fn told(&self) -> String {
        let told = self.explain();
        let (decided, account) = (told.reasoning.decided(), &told.account);
        let at = account.deciding().expect("a status rests on a piece");
        let piece = account.pieces().nth(at).expect("it is one of the pieces");
        let by = match (&piece.reading, &piece.says) {
            (Some(reading), _) => format!("rule {} at {}", reading.rule, reading.parts.join(", ")),
            (None, Says::Ended { .. }) => "the end of its session".to_owned(),
            (None, Says::Launched) => "its start".to_owned(),
            (None, Says::Delivered) => "a message was put before it".to_owned(),
            (None, Says::Model(_)) => "its model".to_owned(),
            (None, Says::Seen(observation)) => {
                serde_json::to_value(observation).unwrap()["seen"].as_str().unwrap().to_owned()
            }
        };
        assert!(!decided.rule.in_words().is_empty());
        let judgement = &decided.judgement;
        let (status, rule) = (judgement.status.as_str(), decided.rule.as_str());
        let detail = judgement.detail.as_deref().map(|detail| format!("; {detail}")).unwrap_or_default();
        format!("{status} by {}: {rule}, {by}{detail}", judgement.source)
    }
}

/// A picture of each state that an agent's rules can tell, as its program drew it: of the recordings the first that is read so.
fn pictures() -> BTreeMap<(String, String), ScreenView> {
    let (catalog, mut found) = (&*CATALOG, BTreeMap::new());
    let mut keep = |manifest: &Manifest, view: ScreenView| {
        if let Some(state) = classify(manifest, &view).state {
            found.entry((manifest.name.as_str().to_owned(), word(state))).or_insert(view);
        }
    };
    for file in files("screens") {
        let agent = file.file_name().unwrap().to_str().unwrap().split('-').next().unwrap().to_owned();
        keep(catalog.get(&agent).unwrap(), ScreenView::from_capture(&fs::read_to_string(&file).unwrap()));
    }
    for recording in recordings::all() {
        let manifest = catalog.get(&recording.agent).unwrap();
        for picture in recording.pictures {
            if classify(manifest, &picture.view).state == Some(picture.state) {
                keep(manifest, picture.view);
            }
        }
    }
    found
}

fn files(folder: &str) -> BTreeSet<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../owt-agents/tests/corpus").join(folder);
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::built_in);

fn word(state: ScreenState) -> String {
    format!("{state:?}").to_lowercase()
}

#[test]
fn every_state_that_a_screen_can_say_is_explained_by_its_rule_and_its_part() {
    let pictures = pictures();
    let mut table = Vec::new();
    let mut never_seen = BTreeSet::new();
    for manifest in CATALOG.manifests().iter().filter(|it| it.name.as_str() != SCRIPTED) {
        let states = STATES.iter().filter(|state| manifest.screen.can_tell(**state));
        for state in states.copied() {
            let agent = manifest.name.as_str();
            let state = word(state);
            let Some(view) = pictures.get(&(agent.to_owned(), state.clone())) else {
                never_seen.insert((agent, state));
                continue;
            };
            let watched = Watched::begin(manifest, WantedSession::Terminal);
            watched.show(view);
            // What was held back is looked at again.
            watched.scene.world.clock.advance(AFTERWARDS);
            watched.scene.engine.reconcile().unwrap();
            watched.scene.settle();
            table.push(format!("{agent} {state}: {}", watched.told()));
        }
    }
    let expected: BTreeSet<_> =
        NEVER_SEEN.iter().map(|(agent, state)| (*agent, (*state).to_owned())).collect();
    assert_eq!(never_seen, expected, "a state that nothing shows is no state that can be explained");
    insta::assert_snapshot!(table.join("\n"), @r#"
    claude ready: idle by screen: newest_evidence, rule idle at prompt
    claude working: working by screen: newest_evidence, rule interruptible at below-prompt
    claude retrying: working by screen: newest_evidence, rule retrying at last-block
    claude dialog: blocked by screen: newest_evidence, rule api-key at whole; attach and say whether Claude Code may use the API key of the environment; it remembers the answer
    claude permission: waiting_permission by screen: newest_evidence, rule permission at whole, bottom:4
    claude question: waiting_input by screen: newest_evidence, rule question at bottom:4
    claude error: idle by screen: newest_evidence, rule failed-turn at last-blocks:2, last-block
    claude exited: starting by process: newest_evidence, its start
    pi ready: idle by screen: newest_evidence, rule idle at below-prompt
    pi working: working by screen: newest_evidence, rule spinner at last-block
    pi error: idle by screen: newest_evidence, rule failed-turn at last-block
    droid ready: idle by screen: newest_evidence, rule idle at below-prompt
    droid working: working by screen: newest_evidence, rule interruptible at whole
    droid dialog: blocked by screen: newest_evidence, rule login at whole; attach and log in, or run `droid` once and log in there, or set FACTORY_API_KEY
    droid permission: waiting_permission by screen: newest_evidence, rule permission at whole
    droid question: waiting_input by screen: newest_evidence, rule question at bottom:4, whole
    droid error: idle by screen: newest_evidence, rule failed-turn at last-blocks:5
    droid exited: starting by process: newest_evidence, its start
    opencode ready: idle by screen: newest_evidence, rule idle at prompt
    opencode working: working by screen: newest_evidence, rule interruptible at below-prompt
    opencode retrying: working by screen: newest_evidence, rule retrying at below-prompt
    opencode permission: waiting_permission by screen: newest_evidence, rule permission at whole; git add hello.txt && git commit -q -m 'Add hello'
    opencode question: waiting_input by screen: newest_evidence, rule question at bottom:4
    opencode exited: starting by process: newest_evidence, its start
    codex ready: idle by screen: newest_evidence, rule idle at below-prompt
    codex working: working by screen: newest_evidence, rule words-streaming at last-block
    codex retrying: working by screen: newest_evidence, rule retrying at last-block
    codex dialog: blocked by screen: newest_evidence, rule trust at whole; attach and say whether Codex may trust this repository; it asks once per main checkout
    codex permission: waiting_permission by screen: newest_evidence, rule permission at whole
    codex error: idle by screen: newest_evidence, rule failed-turn at last-block
    codex exited: starting by process: newest_evidence, its start
    gemini ready: idle by screen: newest_evidence, rule idle at prompt
    gemini working: working by screen: newest_evidence, rule interruptible at whole
    gemini dialog: blocked by screen: newest_evidence, rule trust at whole; attach and say whether Gemini CLI may trust this folder; trusting the folder above asks once for all below it
    gemini permission: waiting_permission by screen: newest_evidence, rule permission-title at title; Shell git add hello.txt && git commit -q -m 'Add hello'
    gemini question: waiting_input by screen: newest_evidence, rule question at whole, title
    gemini error: idle by screen: newest_evidence, rule failed-turn at last-blocks:2
    gemini exited: starting by process: newest_evidence, its start
    "#);
}

/// What the real programs print, and how they leave.
const STREAMS: [(&str, i32); 12] = [
    ("claude-edit.jsonl", 0),
    ("claude-fail-err429.jsonl", 1),
    ("codex-edit.jsonl", 0),
    ("codex-fail-err401.jsonl", 1),
    ("droid-edit.jsonl", 0),
    ("droid-fail-err429.jsonl", 1),
    ("gemini-edit.jsonl", 0),
    ("gemini-fail-err401.jsonl", 1),
    ("opencode-edit.jsonl", 0),
    ("opencode-err401.jsonl", 1),
    ("pi-resume.jsonl", 0),
    ("pi-fail-err529.jsonl", 0),
];

/// The lines that a program printed.
fn printed(file: &str) -> Vec<String> {
    let path = files("transcripts").into_iter().find(|path| path.ends_with(file)).unwrap();
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.starts_with(r#"{"DIR""#)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn every_state_that_an_event_stream_tells_is_explained() {
    let mut table = Vec::new();
    for (file, code) in STREAMS {
        let agent = CATALOG.get(file.split('-').next().unwrap()).unwrap();
        let watched = Watched::begin(agent, WantedSession::Automated);
        let mut told = vec![watched.told()];
        let (last, rest) =
            printed(file).split_last().map(|(last, rest)| (last.clone(), rest.concat())).unwrap();
        for part in [rest, last] {
            watched.act(Act::Print(Stream::Output, part.into_bytes()));
            told.push(watched.told());
        }
        watched.act(Act::End(Exit::Code { code }));
        told.push(watched.told());
        told.dedup();
        table.push(format!("{file}\n  {}", told.join("\n  ")));
    }
    insta::assert_snapshot!(table.join("\n"), @r#"
    claude-edit.jsonl
      working by process: newest_evidence, its start
      done by final_word: session_ended, the end of its session
    claude-fail-err429.jsonl
      working by process: newest_evidence, its start
      starting by job: job_paused, the end of its session; rate limited; goes on by itself at 00:00 UTC
    codex-edit.jsonl
      working by process: newest_evidence, its start
      done by final_word: session_ended, the end of its session
    codex-fail-err401.jsonl
      working by process: newest_evidence, its start
      failed by process: session_ended, the end of its session; unexpected status 401 Unauthorized: invalid x-api-key, url: http://127.0.0.1:8399/s/err401/v1/responses
    droid-edit.jsonl
      working by process: newest_evidence, its start
      done by final_word: session_ended, the end of its session
    droid-fail-err429.jsonl
      working by process: newest_evidence, its start
      starting by job: job_paused, the end of its session; rate limited; goes on by itself at 00:00 UTC
    gemini-edit.jsonl
      working by process: newest_evidence, its start
      done by final_word: session_ended, the end of its session
    gemini-fail-err401.jsonl
      working by process: newest_evidence, its start
      failed by process: session_ended, the end of its session; [API Error: {"error":{"code":401,"message":"invalid x-api-key","status":"UNAUTHENTICATED"}}]
    opencode-edit.jsonl
      working by process: newest_evidence, its start
      done by final_word: session_ended, the end of its session
    opencode-err401.jsonl
      working by process: newest_evidence, its start
      failed by process: session_ended, the end of its session; invalid x-api-key
    pi-resume.jsonl
      working by process: newest_evidence, its start
      done by final_word: session_ended, the end of its session
    pi-fail-err529.jsonl
      working by process: newest_evidence, its start
      starting by job: job_paused, the end of its session; its provider is overloaded; goes on by itself at 00:00 UTC
    "#);
}

#[test]
fn every_state_that_a_machine_protocol_tells_is_explained() {
    let mut table = Vec::new();
    for (agent, file) in [("claude", "claude-control.jsonl"), ("codex", "codex-appserver.jsonl")] {
        let watched = Watched::begin(CATALOG.get(agent).unwrap(), WantedSession::Structured);
        let mut told = BTreeSet::from([watched.told()]);
        for line in printed(file) {
            watched.act(Act::Print(Stream::Output, line.into_bytes()));
            told.insert(watched.told());
        }
        let told: Vec<String> = told.into_iter().collect();
        table.push(format!("{agent}\n  {}", told.join("\n  ")));
    }
    insta::assert_snapshot!(table.join("\n"), @r#"
    claude
      idle by protocol: newest_evidence, turn_ended
      starting by process: newest_evidence, its start
      waiting_permission by protocol: newest_evidence, asks; Bash: touch touched.txt
      waiting_permission by protocol: newest_evidence, asks; Write: /home/dev/agent-work/claude4-wt/w.txt
      working by delivery: newest_evidence, a message was put before it
      working by protocol: newest_evidence, doing
    codex
      idle by protocol: newest_evidence, turn_ended
      starting by process: newest_evidence, its start
      waiting_permission by protocol: newest_evidence, asks; command_execution: /bin/bash -lc 'touch touched.txt'
      waiting_permission by protocol: newest_evidence, asks; file_change: /home/dev/agent-work/codex5-wt/w.txt
      working by delivery: newest_evidence, a message was put before it
      working by protocol: newest_evidence, ask_settled
      working by protocol: newest_evidence, doing
    "#);
}

/// Payloads as the agents' documents and recordings have them.
const HOOKS: [(&str, &str); 4] = [
    ("UserPromptSubmit", r#"{"session_id":"c","prompt":"Fix the login page"}"#),
    (
        "PermissionRequest",
        r#"{"session_id":"c","tool_name":"Bash","tool_use_id":"t","tool_input":{"command":"make"}}"#,
    ),
    (
        "PostToolUse",
        r#"{"session_id":"c","tool_name":"Bash","tool_use_id":"t","tool_input":{"command":"make"}}"#,
    ),
    STOP,
];

const STOP: (&str, &str) = ("Stop", r#"{"session_id":"c","last_assistant_message":"Fixed."}"#);

/// The agents that have a terminal: an adapter for a machine protocol has none.
fn with_a_terminal() -> impl Iterator<Item = &'static Manifest> {
    CATALOG.manifests().iter().filter(|manifest| manifest.mode(SessionKind::Tmux).is_some())
}

#[test]
fn every_state_that_a_hook_tells_is_explained() {
    let mut table = Vec::new();
    for manifest in with_a_terminal() {
        let events = &manifest.hooks.events;
        let told_of = HOOKS.iter().filter(|(event, _)| events.iter().any(|known| known == event));
        let watched = Watched::begin(manifest, WantedSession::Terminal);
        if events.iter().any(|known| known == STOP.0) {
            // At rest after its start it is given its task.
            watched.hear(manifest, STOP);
        }
        for heard in told_of {
            watched.hear(manifest, *heard);
            table.push(format!("{} {}: {}", manifest.name, heard.0, watched.told()));
        }
    }
    insta::assert_snapshot!(table.join("\n"), @r#"
    claude UserPromptSubmit: working by delivery: newest_evidence, a message was put before it
    claude PermissionRequest: waiting_permission by hook: newest_evidence, doing; Bash: make
    claude PostToolUse: working by hook: newest_evidence, doing
    claude Stop: idle by hook: newest_evidence, turn_ended
    pi UserPromptSubmit: working by delivery: newest_evidence, a message was put before it
    pi PostToolUse: working by delivery: newest_evidence, a message was put before it
    pi Stop: idle by hook: newest_evidence, turn_ended
    droid UserPromptSubmit: working by delivery: newest_evidence, a message was put before it
    droid PostToolUse: working by delivery: newest_evidence, a message was put before it
    droid Stop: idle by hook: newest_evidence, turn_ended
    codex UserPromptSubmit: working by delivery: newest_evidence, a message was put before it
    codex PermissionRequest: waiting_permission by hook: newest_evidence, doing; Bash: make
    codex PostToolUse: working by hook: newest_evidence, doing
    codex Stop: idle by hook: newest_evidence, turn_ended
    demo UserPromptSubmit: working by delivery: newest_evidence, a message was put before it
    demo Stop: idle by hook: newest_evidence, turn_ended
    "#);
}

/// An end is told whatever was seen before, of every agent.
#[test]
fn every_end_of_a_terminal_is_explained() {
    let mut table = BTreeMap::<String, BTreeSet<String>>::new();
    for manifest in with_a_terminal() {
        for exit in [Exit::Code { code: 0 }, Exit::Code { code: 3 }, Exit::Signal { signal: 9 }] {
            let watched = Watched::begin(manifest, WantedSession::Terminal);
            watched.act(Act::End(exit));
            table
                .entry(format!("{exit:?}: {}", watched.told()))
                .or_default()
                .insert(manifest.name.to_string());
        }
    }
    let agents = with_a_terminal().count();
    assert!(table.values().all(|of| of.len() == agents), "{table:#?}");
    insta::assert_snapshot!(table.into_keys().collect::<Vec<_>>().join("\n"), @r#"
    Code { code: 0 }: exited by process: session_ended, the end of its session
    Code { code: 3 }: failed by process: session_ended, the end of its session; exit code 3
    Signal { signal: 9 }: failed by process: session_ended, the end of its session; ended by signal 9
    "#);
}
