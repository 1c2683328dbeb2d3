//! The demo agent decides rightly: tables and whole conversations.

use std::io;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread::JoinHandle;

use owt_agents::events::AgentEvent;
use owt_agents::events::Parser;
use owt_agents::events::Start;
use owt_agents::events::TurnOutcome;
use owt_agents::manifest::OutputFormat;
use owt_agents::protocol::Answer;
use owt_agents::protocol::PromptFrame;
use owt_agents::protocol::Protocol;
use owt_agents::protocol::Request;
use owt_core::Permissions;
use owt_core::question::Reply;
use tempfile::TempDir;

use super::*;
use crate::demo_agent::Beginning;
use crate::demo_agent::Conversation;
use crate::demo_agent::Hooks;
use crate::demo_agent::Liberty;
use crate::demo_agent::Pace;
use crate::demo_agent::sample::git;
use crate::demo_agent::sample::repository;

/// How long an agent may be silent before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// An agent at work on another thread, and both ends of its streams.
struct Live {
    folder: TempDir,
    input: Option<UnixStream>,
    output: UnixStream,
    parser: Parser,
    seen: Vec<AgentEvent>,
    code: Arc<Mutex<Option<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    fn start(input: Input, liberty: Liberty) -> Self {
        let (folder, place) = repository();
        let (theirs, ours) = UnixStream::pair().unwrap();
        let (output, out) = UnixStream::pair().unwrap();
        output.set_read_timeout(Some(PATIENCE)).unwrap();
        let code = Arc::new(Mutex::new(None));
        let told = Arc::clone(&code);
        let conversation = Conversation {
            id: "c-1".to_owned(),
            beginning: Beginning::Fresh,
            model: None,
            liberty,
            pace: Pace::read(Some("0"), "x").unwrap(),
            hooks: Hooks::default(),
            place,
        };
        let live = move || {
            let hearing = Hearing::new(theirs.into(), &[]).unwrap();
            let mut face = Machine::new(input, hearing, Box::new(out)).unwrap();
            *told.lock().unwrap() = Some(conversation.live(&mut face).unwrap());
        };
        let thread = std::thread::Builder::new().name("demo agent".to_owned()).spawn(live).unwrap();
        Self {
            folder,
            input: Some(ours),
            output,
            parser: Parser::new(OutputFormat::DemoJsonl, Start::Fresh),
            seen: Vec::new(),
            code,
            thread: Some(thread),
        }
    }

    fn structured(liberty: Liberty) -> Self {
        Self::start(Input::Frames(Frames::default()), liberty)
    }

    fn prompt(&mut self, id: &str, text: &str) {
        let line = Protocol::Demo.prompt(&PromptFrame { id, conversation: None, text, model: None }).unwrap();
        self.tell(&line);
    }

    fn answer(&mut self, request: &str, answer: &Answer) {
        self.tell(&Protocol::Demo.answer(&Request { request, input: &Value::Null }, answer));
    }

    fn tell(&mut self, line: &str) {
        self.input.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Reads on until an event fits; returns what it gives. Later events stay to be looked for, since several can
    /// come in one read.
    fn until<T>(&mut self, fits: impl Fn(&AgentEvent) -> Option<T>) -> T {
        let mut portion = [0; 4096];
        loop {
            let fitting = self.seen.iter().enumerate().find_map(|(at, event)| Some((at, fits(event)?)));
            if let Some((at, found)) = fitting {
                self.seen.drain(..=at);
                return found;
            }
            let read = match self.output.read(&mut portion) {
                // A signal that another test of this process sent itself.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.unwrap(),
            };
            assert!(read > 0, "the agent has ended; it said {:?}", self.seen);
            self.seen.extend(self.parser.feed(&portion[..read]));
        }
    }

    /// Its exit code and everything that it still said.
    fn finish(mut self) -> (u8, Vec<AgentEvent>, TempDir) {
        self.input = None;
        let mut rest = Vec::new();
        self.output.read_to_end(&mut rest).unwrap();
        self.seen.extend(self.parser.feed(&rest));
        self.seen.extend(self.parser.finish());
        self.thread.take().unwrap().join().unwrap();
        assert_eq!(self.parser.unknown_lines(), 0, "every line is understood");
        let code = self.code.lock().unwrap().unwrap();
        (code, self.seen, self.folder)
    }
}

const EDITS: Liberty = Liberty::Act(Permissions::Edits);

fn turn_end(event: &AgentEvent) -> Option<(TurnOutcome, String)> {
    match event {
        AgentEvent::TurnEnded { outcome, text, .. } => Some((*outcome, text.clone().unwrap_or_default())),
        _ => None,
    }
}

fn headless(prompt: &str) -> (u8, Vec<AgentEvent>, TempDir) {
    let mut live = Live::start(Input::Whole { taken: false }, EDITS);
    live.input.as_mut().unwrap().write_all(prompt.as_bytes()).unwrap();
    live.finish()
}

#[test]
fn a_headless_run_reads_its_prompt_works_and_ends() {
    let (code, events, folder) = headless("Add a greeting");
    assert_eq!(code, 0);
    let AgentEvent::SessionStarted { conversation, model, directory } = &events[0] else {
        panic!("it names its conversation first: {events:?}");
    };
    assert_eq!(conversation.as_ref().unwrap().as_str(), "c-1");
    assert_eq!(model.as_deref(), Some("demo-1"));
    assert_eq!(directory.as_deref(), folder.path().to_str());
    assert_eq!(events[1], AgentEvent::PromptEchoed { id: None, text: "Add a greeting".to_owned() });
    assert_eq!(events[2], AgentEvent::TurnStarted);
    let calls = events.iter().filter(|event| matches!(event, AgentEvent::ToolCall { .. })).count();
    let results = events.iter().filter(|event| matches!(event, AgentEvent::ToolResult { .. })).count();
    assert_eq!((calls, results), (5, 5));
    let Some(AgentEvent::TurnEnded { outcome, spent, .. }) = events.last() else { panic!("{events:?}") };
    assert_eq!(*outcome, TurnOutcome::Completed);
    assert!(spent.usage.unwrap().output > 0);
    assert_eq!(git(folder.path(), &["log", "-1", "--format=%s"]), "Add a greeting");
}

#[test]
fn headless_failures_and_crashes_have_their_exit_codes() {
    let (code, events, _) = headless("x [[demo:fail=overloaded]]");
    assert_eq!(code, 1);
    let outcome = events.iter().find_map(turn_end).unwrap().0;
    assert_eq!(outcome, TurnOutcome::Failed(ErrorClass::Overloaded));
    assert!(
        events.iter().any(|event| matches!(event, AgentEvent::Error { class: ErrorClass::Overloaded, .. }))
    );
    let (code, events, _) = headless("x [[demo:crash=9]]");
    assert_eq!((code, events.iter().find_map(turn_end)), (9, None));
    let (code, events, _) = headless("x [[demo:ask]]");
    assert_eq!(code, 0);
    assert!(events.iter().find_map(turn_end).unwrap().1.starts_with("I was not allowed to go on"));
    assert_eq!(headless("  \n").0, 1);
}

#[test]
fn a_structured_conversation_takes_prompts_and_answers_until_its_input_ends() {
    let mut live = Live::structured(Liberty::Act(Permissions::Ask));
    let hello = Protocol::Demo.first_frame();
    live.tell(&hello.line);
    let answered = live.until(|event| match event {
        AgentEvent::Answered { request, error } => Some((request.clone(), error.clone())),
        _ => None,
    });
    assert_eq!(answered, (hello.key, None));
    live.prompt("p-1", "Add a greeting");
    let echoed = live.until(|event| match event {
        AgentEvent::PromptEchoed { id, .. } => id.clone(),
        _ => None,
    });
    assert_eq!(echoed, "p-1");
    for _ in 0..2 {
        let request = live.until(|event| match event {
            AgentEvent::PermissionRequest { request, .. } => Some(request.clone()),
            _ => None,
        });
        live.answer("another", &Answer::Deny { reason: "too late".to_owned() });
        live.answer(&request, &Answer::Allow);
    }
    assert_eq!(live.until(turn_end).0, TurnOutcome::Completed);
    live.prompt("p-2", "And another [[demo:question]]");
    let request = live.until(|event| match event {
        AgentEvent::Question { request, .. } => Some(request.clone()),
        _ => None,
    });
    let answers = vec![Reply { question: String::new(), words: vec!["long".to_owned()] }];
    live.answer(&request, &Answer::Choices { answers });
    let request = live.until(|event| match event {
        AgentEvent::PermissionRequest { request, .. } => Some(request.clone()),
        _ => None,
    });
    live.answer(&request, &Answer::Deny { reason: "not that".to_owned() });
    let (outcome, text) = live.until(turn_end);
    assert_eq!((outcome, text.as_str()), (TurnOutcome::Completed, "I was not allowed to go on: not that"));
    let (code, _, folder) = live.finish();
    assert_eq!(code, 0);
    assert_eq!(git(folder.path(), &["rev-list", "--count", "HEAD"]), "2");
}

const INTERRUPT: &str = r#"{"type":"interrupt","request_id":"i-1"}"#;

#[test]
fn an_interrupt_ends_the_turn_and_not_the_conversation() {
    let mut live = Live::structured(EDITS);
    live.prompt("p-1", "x [[demo:stall]]");
    live.until(|event| matches!(event, AgentEvent::ToolResult { .. }).then_some(()));
    live.tell(INTERRUPT);
    assert_eq!(live.until(turn_end).0, TurnOutcome::Interrupted);
    live.prompt("p-2", "Add a greeting");
    assert_eq!(live.until(turn_end).0, TurnOutcome::Completed);
    assert_eq!(live.finish().0, 0);
}

#[test]
fn whoever_asks_nobody_gets_no() {
    let mut live = Live::structured(Liberty::Act(Permissions::Ask));
    live.prompt("p-1", "Add a greeting");
    live.until(|event| matches!(event, AgentEvent::PermissionRequest { .. }).then_some(()));
    let (code, events, folder) = live.finish();
    assert_eq!(code, 0);
    assert_eq!(
        events.iter().find_map(turn_end).unwrap().1,
        "I was not allowed to go on: whoever could answer has gone"
    );
    assert_eq!(git(folder.path(), &["status", "--porcelain"]), "");
}

#[test]
fn what_is_no_frame_is_answered_with_an_error() {
    let mut live = Live::structured(EDITS);
    live.tell("nonsense");
    let class = live.until(|event| match event {
        AgentEvent::Error { class, .. } => Some(*class),
        _ => None,
    });
    assert_eq!(class, ErrorClass::InvalidRequest);
    assert_eq!(live.finish().0, 0);
}
