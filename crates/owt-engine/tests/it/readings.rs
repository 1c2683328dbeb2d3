//! Messages of which an agent's own record tells, sooner or later, that they were read: OpenCode's and Gemini CLI's, which have no
//! hooks of ours; and Claude Code's, whose hook tells it before anything is written down.

use std::time::Duration;

use owt_agents::AgentName;
use owt_agents::ConversationId;
use owt_agents::screen::ScreenView;
use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::attempt::Attempt;
use owt_core::attempt::DRAWING;
use owt_core::authority::Principal;
use owt_core::delivery::Delivery;
use owt_core::evidence::Activity;
use owt_core::workspace::Workspace;
use owt_engine::use_cases;
use owt_engine::use_cases::HookReport;
use owt_engine::use_cases::WantedSession;
use owt_ports::Clock;
use owt_ports::KeptConversation;
use owt_ports::Screen;
use owt_ports::StreamKind;
use owt_testkit::record_databases_conformance::Begun;
use owt_testkit::record_databases_conformance::RecordProgram;
use owt_testkit::sessions::Act;
use serde_json::json;

use crate::scene::Scene;
use crate::scene::some_request;

const TASK: &str = "Fix the login page";

const AT_REST: &str = include_str!("../../../owt-agents/tests/corpus/screens/opencode-idle.txt");

const CLAUDE_AT_REST: &str = include_str!("../../../owt-agents/tests/corpus/screens/claude-idle.txt");

const AT_WORK: &str = include_str!("../../../owt-agents/tests/corpus/screens/opencode-working-thinking.txt");

struct Opencode {
    scene: Scene,
    attempt: AttemptId,
}

impl Opencode {
    /// One that shows an empty box, and to which its task has just been typed.
    fn with_its_task_typed() -> Self {
        let (scene, attempt) = with_its_task_typed("opencode", AT_REST);
        let opencode = Self { scene, attempt };
        assert_eq!(opencode.doing(), (Activity::Working, "injected"));
        opencode
    }

    /// So many seconds later its terminal shows this.
    fn shows_after(&self, seconds: u64, capture: &str) {
        shows_after(&self.scene, self.attempt, seconds, capture);
    }

    /// It writes down now that it has read its task.
    fn reads(&self) {
        let database = AbsPath::new("/home/me/.local/share/opencode/opencode.db").unwrap();
        let records = &self.scene.world.databases;
        let (id, at) = (KeptConversation("ses_1".to_owned()), self.scene.world.clock.now());
        let folder = self.scene.rows::<Workspace>(StreamKind::Workspace).remove(0).spec.path;
        records.begin(&database, Begun { id: id.clone(), helps: None, folder: folder.clone(), at });
        let write = |kind: &str, data: serde_json::Value| {
            records.write(&database, &id, kind, &data.to_string());
        };
        write("session.created.1", json!({"info": {"id": "ses_1", "directory": folder.as_str()}}));
        let info = json!({"id": "msg_1", "role": "user", "time": {"created": at.as_millis()}});
        write("message.updated.1", json!({ "info": info }));
        let part = json!({"id": "prt_1", "messageID": "msg_1", "type": "text", "text": TASK});
        write("message.part.updated.1", json!({"part": part, "time": at.as_millis()}));
    }

    fn attempt(&self) -> Attempt {
        self.scene.rows(StreamKind::Attempt).remove(0)
    }

    /// What it does, and what is known of its task.
    fn doing(&self) -> (Activity, &'static str) {
        let delivery: Delivery = self.scene.rows(StreamKind::Delivery).remove(0);
        (self.attempt().doing.activity, delivery.word())
    }
}

/// An agent in a terminal that shows an empty box, and to which its task has just been typed.
fn with_its_task_typed(agent: &str, at_rest: &str) -> (Scene, AttemptId) {
    let scene = Scene::new();
    scene.world.programs.install(agent);
    let mut new = Scene::request(&scene.root(), TASK);
    new.agent.names = vec![agent.to_owned()];
    new.agent.session = WantedSession::Terminal;
    use_cases::begin_new_workspace(&scene.engine, &Principal::Person, some_request(), &new).unwrap();
    scene.settle();
    let attempt = scene.rows::<Attempt>(StreamKind::Attempt)[0].id;
    shows_after(&scene, attempt, 1, at_rest);
    (scene, attempt)
}

fn shows_after(scene: &Scene, attempt: AttemptId, seconds: u64, capture: &str) {
    scene.world.clock.advance(Duration::from_secs(seconds));
    let view = ScreenView::from_capture(capture);
    let (rows, title) = (view.rows().to_vec(), view.title().to_owned());
    let shown = Screen { rows, title, ..Screen::default() };
    scene.world.sessions_seen.act(attempt, vec![Act::Show(shown)]);
    scene.settle();
}

#[test]
fn who_has_read_its_task_and_draws_nothing_yet_is_at_work() {
    let opencode = Opencode::with_its_task_typed();
    opencode.shows_after(1, AT_REST);
    opencode.reads();
    for _ in 0..3 {
        opencode.shows_after(4, AT_REST);
        assert_eq!(opencode.doing(), (Activity::Working, "observed"));
    }
    opencode.shows_after(1, AT_WORK);
    opencode.shows_after(1, AT_REST);
    assert_eq!(opencode.doing(), (Activity::Idle, "observed"));
}

/// Its picture never changes again: somebody looks when the time is over.
#[test]
fn who_draws_nothing_at_all_is_idle_in_the_end() {
    let opencode = Opencode::with_its_task_typed();
    opencode.reads();
    opencode.shows_after(4, AT_REST);
    assert_eq!(opencode.doing(), (Activity::Working, "observed"));
    opencode.scene.world.clock.advance(DRAWING);
    opencode.scene.world.sessions_seen.pass_time();
    opencode.scene.settle();
    assert_eq!(opencode.doing(), (Activity::Idle, "observed"));
}

#[test]
fn a_message_that_was_called_uncertain_is_observed_when_the_record_has_it() {
    let opencode = Opencode::with_its_task_typed();
    opencode.shows_after(11, AT_REST);
    assert_eq!(opencode.doing(), (Activity::Idle, "uncertain"));
    opencode.scene.world.clock.advance(Duration::from_secs(2));
    opencode.reads();
    opencode.shows_after(1, AT_REST);
    assert_eq!(opencode.doing(), (Activity::Working, "observed"));
    opencode.shows_after(1, AT_WORK);
    opencode.shows_after(1, AT_REST);
    assert_eq!(opencode.doing(), (Activity::Idle, "observed"));
    assert_eq!(opencode.attempt().turn.messages, 1);
}

const GEMINI_AT_REST: &str = include_str!("../../../owt-agents/tests/corpus/screens/gemini-idle.txt");

/// Gemini CLI's record says when its model has answered, and not that the turn is over.
struct GeminiRecord<'a> {
    scene: &'a Scene,
    path: AbsPath,
}

impl<'a> GeminiRecord<'a> {
    fn of(scene: &'a Scene) -> Self {
        let attempt: Attempt = scene.rows(StreamKind::Attempt).remove(0);
        // It is told which one to begin.
        let conversation = ConversationId::from_bits(attempt.id.bits()).as_str().to_owned();
        let folder = scene.rows::<Workspace>(StreamKind::Workspace).remove(0).spec.path;
        let project = folder.file_name().to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let chats = format!("/home/me/.gemini/tmp/{project}/chats");
        let path = AbsPath::new(format!("{chats}/session-1-{}.jsonl", &conversation[..8])).unwrap();
        let record = Self { scene, path };
        record.write(&json!({"sessionId": conversation}));
        record
    }

    fn write(&self, line: &serde_json::Value) {
        self.scene.world.files_seen.append(&self.path, format!("{line}\n").as_bytes());
    }

    /// What it writes down of this now.
    fn writes(&self, kind: &str, content: &serde_json::Value) {
        let at = utc_text(self.scene.world.clock.now());
        self.write(&json!({"id": kind, "timestamp": at, "type": kind, "content": content}));
    }
}

/// As programs write it.
fn utc_text(at: Timestamp) -> String {
    let (year, month, day) = at.utc_date();
    let of_day = at.as_millis().rem_euclid(24 * 60 * 60 * 1000);
    let (hours, minutes, seconds) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60);
    format!("{year}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z", of_day % 1000)
}

#[test]
fn an_answer_in_the_record_is_work_that_no_picture_has_shown() {
    let (scene, attempt) = with_its_task_typed("gemini", GEMINI_AT_REST);
    let record = GeminiRecord::of(&scene);
    let doing = || scene.rows::<Attempt>(StreamKind::Attempt).remove(0).doing.activity;
    scene.world.clock.advance(Duration::from_secs(1));
    record.writes("user", &json!([{"text": TASK}]));
    shows_after(&scene, attempt, 4, GEMINI_AT_REST);
    assert_eq!((doing(), told(&scene)), (Activity::Working, "observed"));
    record.writes("gemini", &json!("Done."));
    shows_after(&scene, attempt, 1, GEMINI_AT_REST);
    assert_eq!(doing(), Activity::Idle);
}

/// Claude Code in a terminal, to which its task was typed, and whose hook tells that it has read it.
fn claude_with_its_task_read() -> (Scene, AttemptId) {
    let (scene, attempt) = with_its_task_typed("claude", CLAUDE_AT_REST);
    assert_eq!(told(&scene), "injected");
    scene.world.clock.advance(Duration::from_secs(1));
    let report = HookReport {
        agent: AgentName::new("claude").unwrap(),
        event: "UserPromptSubmit".to_owned(),
        attempt,
        at: scene.world.clock.now(),
        payload: json!({"session_id": CONVERSATION, "hook_event_name": "UserPromptSubmit", "prompt": TASK})
            .to_string(),
        is_cut: false,
    };
    use_cases::hook(&scene.engine, some_request(), &report).unwrap();
    scene.settle();
    assert_eq!(told(&scene), "observed");
    (scene, attempt)
}

const CONVERSATION: &str = "c3256ebb-acd8-468f-bab7-afbcc853dc10";

const AFTER_ALL_OF_THIS: &str = "2100-01-01T00:00:00.000Z";

fn told(scene: &Scene) -> &'static str {
    scene.rows::<Delivery>(StreamKind::Delivery).remove(0).word()
}

/// Claude writes down that it has its task.
fn claude_writes_it_down(scene: &Scene) {
    let folder = scene.rows::<Workspace>(StreamKind::Workspace).remove(0).spec.path;
    let slug: String =
        folder.as_str().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let record = AbsPath::new(format!("/home/me/.claude/projects/{slug}/{CONVERSATION}.jsonl")).unwrap();
    let line = json!({
        "type": "user", "uuid": "u1", "timestamp": AFTER_ALL_OF_THIS,
        "message": {"role": "user", "content": TASK},
    });
    scene.world.files_seen.append(&record, format!("{line}\n").as_bytes());
}

#[test]
fn who_is_killed_after_its_hook_and_before_it_wrote_anything_down_may_have_lost_the_message() {
    let (scene, attempt) = claude_with_its_task_read();
    scene.world.sessions_seen.kill_host(attempt);
    scene.settle();
    assert_eq!(told(&scene), "uncertain");
}

#[test]
fn who_is_killed_after_it_wrote_the_message_down_has_it() {
    let (scene, attempt) = claude_with_its_task_read();
    claude_writes_it_down(&scene);
    scene.world.sessions_seen.kill_host(attempt);
    scene.settle();
    assert_eq!(told(&scene), "observed");
}

/// The server was gone, too: the next one looks.
#[test]
fn a_message_is_doubted_when_nobody_heard_of_the_end() {
    let (mut scene, attempt) = claude_with_its_task_read();
    scene.world.sessions_seen.kill_host(attempt);
    scene.restart_server();
    assert_eq!(told(&scene), "uncertain");
}
