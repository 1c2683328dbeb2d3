//! The machine protocols that we speak with agents: lines for their standard input, without the newline. Each program's
//! dialect has a file of its own. Must not know when lines are sent; what comes back is read by [`crate::events`].

mod acp;
mod claude_control;
mod codex_app_server;
mod demo;
mod opencode_serve;
mod pi_rpc;

use owt_core::AbsPath;
use owt_core::question::Reply;
use serde_json::Map;
use serde_json::Value;

use crate::events::AgentEvent;
use crate::manifest::OutputFormat;

pub(crate) use acp::PROMPT as ACP_PROMPT;
pub(crate) use acp::SESSION as ACP_SESSION;
pub(crate) use codex_app_server::THREAD as CODEX_THREAD;
pub(crate) use opencode_serve::PROMPT as OPENCODE_PROMPT;
pub(crate) use opencode_serve::SESSION as OPENCODE_SESSION;
pub(crate) use opencode_serve::prompt_of as opencode_prompt_of;
pub(crate) use pi_rpc::PROMPT as PI_PROMPT;

/// A machine protocol on standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// The Agent Client Protocol, version 1.
    Acp,
    /// Claude Code's control protocol (`--input-format stream-json --permission-prompt-tool stdio`), 2.1.197.
    ClaudeControl,
    /// `codex app-server`, 0.169.0.
    CodexAppServer,
    /// The demo agent's (`owt demo-agent --input jsonl`).
    Demo,
    /// `opencode serve`, 1.18.33, over the lines of `owt http-bridge`.
    OpencodeServe,
    /// Pi's RPC mode (`--mode rpc`), 0.74.2.
    PiRpc,
}

/// One frame, and the key that makes it unique within its attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The key; also the frame's own id where the protocol has one.
    pub key: String,
    /// The line.
    pub line: String,
}

/// What a program must know before it takes a prompt.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// The folder it works in.
    pub directory: &'a AbsPath,
    /// The conversation that it is to take up again, in its own words.
    pub resumes: Option<&'a str>,
    /// Further members, as the manifest has them for the permission level.
    pub members: &'a Map<String, Value>,
}

/// A prompt.
#[derive(Debug, Clone, Copy)]
pub struct PromptFrame<'a> {
    /// What the program repeats when it has read it: a UUID.
    pub id: &'a str,
    /// The program's own id of the conversation, as far as it has said it.
    pub conversation: Option<&'a str>,
    /// The text.
    pub text: &'a str,
    /// The model that the person asked for, where the protocol names it with each prompt.
    pub model: Option<&'a str>,
}

/// The wish that the turn that runs ends now; the conversation goes on.
#[derive(Debug, Clone, Copy)]
pub struct Interrupt<'a> {
    /// The frame's own id.
    pub key: &'a str,
    /// The program's own id of the conversation, as far as it has said it.
    pub conversation: Option<&'a str>,
    /// The program's own name of the turn, as far as it has said it.
    pub turn: Option<&'a str>,
    /// What it asks now: nobody will answer that any more.
    pub asks: &'a [&'a str],
}

/// The person's reason for a refusal.
#[derive(Debug, Clone, Copy)]
pub struct Reason<'a> {
    /// What makes it unique within its attempt.
    pub key: &'a str,
    /// The program's own id of the conversation, as far as it has said it.
    pub conversation: Option<&'a str>,
    /// The program's own name of the turn, as far as it has said it.
    pub turn: Option<&'a str>,
    /// The person's words.
    pub words: &'a str,
    /// Whether it was a question that they did not answer.
    pub is_question: bool,
}

/// How the reason for a refusal reaches the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReasonWay {
    /// In the answer itself.
    Answer,
    /// By this line into the turn that waits for the answer, before the answer.
    Turn(String),
    /// By a message of its own, when the turn is over.
    Message,
}

/// The protocol names the conversation with each prompt, and the program has not said it yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the program has not named its conversation yet")]
pub struct NoConversation;

/// The protocol names the turn in an interrupt, and the program has not said which one it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the program has not named the turn that it is in yet")]
pub struct NoTurn;

/// A request of an agent.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Its name, as the event gave it.
    pub request: &'a str,
    /// Its whole input; nothing where that is not known.
    pub input: &'a Value,
}

impl Request<'_> {
    /// The id of a JSON-RPC request, which is named by its id as JSON: it may be a number or a text.
    fn id(&self) -> Value {
        serde_json::from_str(self.request).unwrap_or_else(|_| self.request.into())
    }
}

/// The answer to a request of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The tool may be used as asked.
    Allow,
    /// It may not; the model reads why, where the program passes it on.
    Deny {
        /// Why.
        reason: String,
    },
    /// The person's words for each question, in order.
    Choices {
        /// One for each question.
        answers: Vec<Reply>,
    },
    /// Nobody here can answer this kind of request.
    Unsupported,
}

/// The first frame's key.
pub(crate) const INITIALIZE: &str = "owt-initialize";

impl Protocol {
    /// The protocol that goes with an output format, if any.
    pub fn of(format: OutputFormat) -> Option<Self> {
        match format {
            OutputFormat::ClaudeStreamJson => Some(Self::ClaudeControl),
            OutputFormat::Acp => Some(Self::Acp),
            OutputFormat::CodexAppServer => Some(Self::CodexAppServer),
            OutputFormat::DemoJsonl => Some(Self::Demo),
            OutputFormat::OpencodeServe => Some(Self::OpencodeServe),
            OutputFormat::PiRpc => Some(Self::PiRpc),
            _ => None,
        }
    }

    /// What is said first.
    pub fn first_frame(self) -> Frame {
        let line = match self {
            Self::Acp => acp::initialize(INITIALIZE),
            Self::ClaudeControl => claude_control::initialize(INITIALIZE),
            Self::CodexAppServer => codex_app_server::initialize(INITIALIZE),
            Self::Demo => demo::hello(INITIALIZE),
            Self::OpencodeServe => opencode_serve::health(INITIALIZE),
            Self::PiRpc => pi_rpc::get_state(INITIALIZE),
        };
        Frame { key: INITIALIZE.to_owned(), line }
    }

    /// What is said next, when something that opens the conversation was answered.
    pub fn follow_up(self, event: &AgentEvent, opening: &Opening<'_>) -> Vec<Frame> {
        match (self, event) {
            (Self::CodexAppServer, AgentEvent::Answered { request, error: None })
                if request == INITIALIZE =>
            {
                codex_app_server::open(opening)
            }
            (Self::Acp, AgentEvent::Answered { request, error: None }) if request == INITIALIZE => {
                acp::open(opening)
            }
            (Self::OpencodeServe, AgentEvent::Answered { request, error: None }) if request == INITIALIZE => {
                opencode_serve::open(opening)
            }
            _ => Vec::new(),
        }
    }

    /// Whether this answer decides about the opening: the program takes prompts from then on, or, with an error, never
    /// will.
    pub fn is_opened_by(self, request: &str, error: Option<&str>) -> bool {
        let last = match self {
            Self::ClaudeControl | Self::Demo | Self::PiRpc => INITIALIZE,
            Self::Acp => acp::SESSION,
            Self::CodexAppServer => codex_app_server::THREAD,
            Self::OpencodeServe => opencode_serve::SESSION,
        };
        request == last || (request == INITIALIZE && error.is_some())
    }

    /// Whether the conversation to take up again is named in the protocol, not on the command line.
    pub fn names_the_conversation(self) -> bool {
        matches!(self, Self::Acp | Self::CodexAppServer | Self::OpencodeServe)
    }

    /// Whether the frame that opens the conversation takes further members, whichever of its kinds it is.
    pub fn takes_opening_members(self) -> bool {
        matches!(self, Self::Acp | Self::CodexAppServer)
    }

    /// Whether the model is named in the protocol, with each prompt.
    pub fn names_the_model(self) -> bool {
        matches!(self, Self::OpencodeServe)
    }

    /// Whether it is HTTP, and its lines are those of a bridge before the program.
    pub fn needs_a_bridge(self) -> bool {
        matches!(self, Self::OpencodeServe)
    }

    /// A prompt.
    ///
    /// # Errors
    /// [`NoConversation`] before the program has said which one it is in.
    pub fn prompt(self, prompt: &PromptFrame<'_>) -> Result<String, NoConversation> {
        match self {
            Self::Acp => {
                let session = prompt.conversation.ok_or(NoConversation)?;
                Ok(acp::prompt(prompt.id, session, prompt.text))
            }
            Self::ClaudeControl => Ok(claude_control::prompt(prompt.id, prompt.text)),
            Self::CodexAppServer => {
                let thread = prompt.conversation.ok_or(NoConversation)?;
                Ok(codex_app_server::prompt(prompt.id, thread, prompt.text))
            }
            Self::Demo => Ok(demo::prompt(prompt.id, prompt.text)),
            Self::OpencodeServe => {
                Ok(opencode_serve::prompt(prompt, prompt.conversation.ok_or(NoConversation)?))
            }
            Self::PiRpc => Ok(pi_rpc::prompt(prompt.id, prompt.text)),
        }
    }

    /// How the reason for a refusal reaches the model.
    pub fn reason(self, reason: &Reason<'_>) -> ReasonWay {
        match (self, reason.conversation.zip(reason.turn)) {
            (Self::ClaudeControl | Self::Demo, _) => ReasonWay::Answer,
            (Self::OpencodeServe, _) if !reason.is_question => ReasonWay::Answer,
            (Self::CodexAppServer, Some((thread, turn))) => {
                ReasonWay::Turn(codex_app_server::steer(reason.key, thread, turn, reason.words))
            }
            (Self::PiRpc, _) => ReasonWay::Turn(pi_rpc::steer(reason.key, reason.words)),
            (Self::Acp | Self::CodexAppServer | Self::OpencodeServe, _) => ReasonWay::Message,
        }
    }

    /// What ends the turn that runs, in order. What the program asks is taken back with it.
    ///
    /// # Errors
    /// [`NoTurn`] before the program has said which one it is in.
    pub fn interrupt(self, interrupt: &Interrupt<'_>) -> Result<Vec<String>, NoTurn> {
        let key = interrupt.key;
        match self {
            Self::Acp => Ok(acp::cancel(interrupt.conversation.ok_or(NoTurn)?, interrupt.asks)),
            Self::ClaudeControl => Ok(vec![claude_control::interrupt(key)]),
            Self::CodexAppServer => {
                let (thread, turn) = interrupt.conversation.zip(interrupt.turn).ok_or(NoTurn)?;
                Ok(vec![codex_app_server::interrupt(key, thread, turn)])
            }
            Self::Demo => Ok(vec![demo::interrupt(key)]),
            Self::OpencodeServe => {
                Ok(vec![opencode_serve::abort(key, interrupt.conversation.ok_or(NoTurn)?)])
            }
            Self::PiRpc => Ok(vec![pi_rpc::abort(key)]),
        }
    }

    /// The answer to a request.
    pub fn answer(self, request: &Request<'_>, answer: &Answer) -> String {
        match self {
            Self::Acp => acp::answer(request, answer),
            Self::ClaudeControl => claude_control::answer(request, answer),
            Self::CodexAppServer => codex_app_server::answer(request, answer),
            Self::Demo => demo::answer(request, answer),
            Self::OpencodeServe => opencode_serve::answer(request, answer),
            Self::PiRpc => pi_rpc::answer(request, answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_prompt_is_one_line_and_comes_back_whole(text in "(.|\n|\r|\"|\\\\|\u{2028}|\x1b)*") {
            let all = [
                Protocol::Acp,
                Protocol::ClaudeControl,
                Protocol::CodexAppServer,
                Protocol::Demo,
                Protocol::OpencodeServe,
                Protocol::PiRpc,
            ];
            for protocol in all {
                let frame = PromptFrame { id: "7", conversation: Some("c"), text: &text, model: None };
                let line = protocol.prompt(&frame).unwrap();
                prop_assert!(!line.contains('\n') && !line.contains('\r'));
                let value: Value = serde_json::from_str(&line).unwrap();
                let back = value
                    .pointer("/message/content/0/text")
                    .or_else(|| value.get("text").or_else(|| value.get("message")))
                    .or_else(|| value.pointer("/params/input/0/text"))
                    .or_else(|| value.pointer("/params/prompt/0/text"))
                    .or_else(|| value.pointer("/body/parts/0/text"));
                prop_assert_eq!(back.and_then(Value::as_str), Some(text.as_str()));
            }
        }
    }
}
