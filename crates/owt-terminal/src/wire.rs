//! The protocol between a host and whoever talks to it.
//!
//! A unix stream socket, one JSON object a line. The client says [`Request::Hello`] first and is answered with
//! [`Message::Welcome`] or [`Message::Refused`]; after that each request gets one answer, in order, one request
//! at a time. A connection that asked to [`Request::Watch`] is told [`Message::Grew`] when a log has grown,
//! and reads the bytes from the log itself: a slow watcher costs the host nothing. A connection that asked to
//! [`Request::Attach`] turns into a terminal after [`Message::Attached`]: the host sends raw terminal bytes, the
//! client sends frames of one kind byte, a length (32 bits, big endian) and that many bytes ([`ViewerFrame`]).
//!
//! This room knows shapes; it must not know sockets.

use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::Timestamp;
use owt_core::look::Run;
use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_ports::InjectionKey;
use owt_ports::InjectionOutcome;
use owt_ports::Payload;
use owt_ports::Progress;
use owt_ports::Screen;
use serde::Deserialize;
use serde::Serialize;

/// The name that both sides say first.
pub(crate) const PROTOCOL: &str = "owt-host";

/// The version of everything below. Fields may be added within a version; readers ignore those they do not know.
pub(crate) const VERSION: u32 = 1;

/// The longest line that either side takes. A prompt of 2 MiB may double twice by escaping.
pub(crate) const MAX_LINE: usize = 16 * 1024 * 1024;

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Request {
    Hello {
        protocol: String,
        version: u32,
    },
    Probe,
    Inject {
        key: WireKey,
        payload: WirePayload,
    },
    Stop {
        reason: EndReason,
    },
    IdleClock {
        paused: bool,
    },
    Watch {
        output: u64,
        error: u64,
    },
    Screen,
    /// Every person's terminal that shows the session rings, and shows this line where it can. Unknown to older hosts.
    Ring {
        line: String,
    },
    /// How many people's terminals show the session. Unknown to older hosts.
    Onlookers,
    Attach {
        rows: u16,
        columns: u16,
        /// Left out by older clients.
        #[serde(default)]
        drawn: Drawn,
    },
}

/// What an attached terminal is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Drawn {
    /// The program's own bytes: the terminal is a pane of our tmux server, which keeps a person's from harm.
    #[default]
    ByProgram,
    /// Pictures that the host draws, for a person's own terminal.
    ByHost,
}

/// What a host says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Message {
    Welcome {
        protocol: String,
        version: u32,
        attempt: AttemptId,
    },
    Refused {
        fault: Fault,
    },
    Running {
        host_pid: u32,
        program_pid: u32,
        started_at: Timestamp,
    },
    Injection {
        outcome: WireOutcome,
    },
    Screen {
        screen: WireScreen,
        /// How its rows look, where it was asked for. Left out by older hosts.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        looks: Vec<Vec<Run>>,
    },
    Watching,
    /// So many terminals rang.
    Rang {
        terminals: usize,
    },
    /// So many terminals show the session.
    Onlookers {
        terminals: usize,
    },
    Attached,
    /// The logs reach to these offsets now.
    Grew {
        output: u64,
        error: u64,
    },
    Ended {
        exit: Exit,
        at: Timestamp,
    },
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fault {
    pub(crate) code: FaultCode,
    pub(crate) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultCode {
    UnsupportedProtocol,
    BadRequest,
    NoTerminal,
    NoInput,
    Ending,
    Storage,
    Busy,
    /// A code of a newer host.
    #[serde(other)]
    Unknown,
}

impl Fault {
    pub(crate) fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WireKey {
    Delivery(DeliveryId),
    Frame(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WirePayload {
    Line(String),
    Paste { text: String, submit: String },
    Keys(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WireOutcome {
    Injected,
    AlreadyInjected,
    Uncertain,
    NeedsBracketedPaste,
    LineTaken,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct WireScreen {
    pub(crate) rows: Vec<String>,
    pub(crate) title: String,
    pub(crate) bracketed_paste: bool,
    pub(crate) alternate: bool,
    pub(crate) cursor: (u16, u16),
    /// Left out by older hosts.
    #[serde(default)]
    pub(crate) progress: WireProgress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WireProgress {
    #[default]
    Nothing,
    Busy,
    Failed,
    Paused,
}

/// What an attached terminal sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ViewerFrame {
    /// Bytes of the person's terminal.
    Input(Vec<u8>),
    /// Its size now.
    Size { rows: u16, columns: u16 },
    /// So many lines further back, or on where it is negative, in what has scrolled away.
    Scroll { lines: i16 },
}

impl ViewerFrame {
    /// The most bytes that one frame carries.
    pub(crate) const LIMIT: usize = 64 * 1024;
    const HEADER: usize = 5;

    pub(crate) fn encode(&self) -> Vec<u8> {
        let (kind, body) = match self {
            Self::Input(bytes) => (0, bytes.clone()),
            Self::Size { rows, columns } => (1, [rows.to_be_bytes(), columns.to_be_bytes()].concat()),
            Self::Scroll { lines } => (2, lines.to_be_bytes().to_vec()),
        };
        let length = u32::try_from(body.len()).expect("a frame is made from one read of at most 64 KiB");
        [&[kind], length.to_be_bytes().as_slice(), &body].concat()
    }

    /// Takes the first whole frame from `bytes`: the frame and how many bytes it was; `None` when it is not
    /// whole yet.
    ///
    /// # Errors
    /// A fault for what is no frame.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Option<(Self, usize)>, Fault> {
        let Some(header) = bytes.first_chunk::<{ Self::HEADER }>() else { return Ok(None) };
        let [kind, length @ ..] = *header;
        let length = u32::from_be_bytes(length) as usize;
        if length > Self::LIMIT {
            return Err(Fault::new(FaultCode::BadRequest, "a terminal frame is too long"));
        }
        let Some(body) = bytes.get(Self::HEADER..Self::HEADER + length) else { return Ok(None) };
        let frame = match (kind, body) {
            (0, input) => Self::Input(input.to_vec()),
            (1, &[a, b, c, d]) => {
                Self::Size { rows: u16::from_be_bytes([a, b]), columns: u16::from_be_bytes([c, d]) }
            }
            (2, &[a, b]) => Self::Scroll { lines: i16::from_be_bytes([a, b]) },
            _ => return Err(Fault::new(FaultCode::BadRequest, "a terminal frame of unknown kind")),
        };
        Ok(Some((frame, Self::HEADER + length)))
    }
}

/// One message as a line.
pub(crate) fn line<T: Serialize>(message: &T) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(message).expect("messages are plain data with text keys");
    bytes.push(b'\n');
    bytes
}

impl From<&InjectionKey> for WireKey {
    fn from(key: &InjectionKey) -> Self {
        match key {
            InjectionKey::Delivery(id) => Self::Delivery(*id),
            InjectionKey::Frame(name) => Self::Frame(name.clone()),
        }
    }
}

impl From<WireKey> for InjectionKey {
    fn from(key: WireKey) -> Self {
        match key {
            WireKey::Delivery(id) => Self::Delivery(id),
            WireKey::Frame(name) => Self::Frame(name),
        }
    }
}

impl From<&Payload> for WirePayload {
    fn from(payload: &Payload) -> Self {
        match payload {
            Payload::Line(line) => Self::Line(line.clone()),
            Payload::Paste { text, submit } => Self::Paste { text: text.clone(), submit: submit.clone() },
            Payload::Keys(keys) => Self::Keys(keys.clone()),
        }
    }
}

impl From<WireOutcome> for InjectionOutcome {
    fn from(outcome: WireOutcome) -> Self {
        match outcome {
            WireOutcome::Injected => Self::Injected,
            WireOutcome::AlreadyInjected => Self::AlreadyInjected,
            WireOutcome::Uncertain => Self::Uncertain,
            WireOutcome::NeedsBracketedPaste => Self::NeedsBracketedPaste,
            WireOutcome::LineTaken => Self::LineTaken,
        }
    }
}

impl From<WireScreen> for Screen {
    fn from(screen: WireScreen) -> Self {
        let WireScreen { rows, title, bracketed_paste, alternate, cursor, progress } = screen;
        let progress = match progress {
            WireProgress::Nothing => Progress::Nothing,
            WireProgress::Busy => Progress::Busy,
            WireProgress::Failed => Progress::Failed,
            WireProgress::Paused => Progress::Paused,
        };
        Self { rows, title, bracketed_paste, alternate, cursor, progress, looks: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn frames_come_back_whole_however_they_are_cut(input: Vec<u8>, rows: u16, columns: u16, lines: i16, cut in 0usize..80) {
            let sent = [ViewerFrame::Input(input), ViewerFrame::Size { rows, columns }, ViewerFrame::Scroll { lines }];
            let bytes = sent.iter().flat_map(ViewerFrame::encode).collect::<Vec<_>>();
            let (mut buffer, mut got) = (Vec::new(), Vec::new());
            for part in [&bytes[..cut.min(bytes.len())], &bytes[cut.min(bytes.len())..]] {
                buffer.extend_from_slice(part);
                while let Some((frame, length)) = ViewerFrame::decode(&buffer).unwrap() {
                    got.push(frame);
                    buffer.drain(..length);
                }
            }
            prop_assert_eq!(got, sent);
        }

        #[test]
        fn decoding_never_panics(bytes: Vec<u8>) {
            let _ = ViewerFrame::decode(&bytes);
        }
    }

    #[test]
    fn the_lines_of_version_one_stay_as_they_are() {
        let hello = Request::Hello { protocol: PROTOCOL.to_owned(), version: VERSION };
        assert_eq!(line(&hello), b"{\"type\":\"hello\",\"protocol\":\"owt-host\",\"version\":1}\n");
        let key = WireKey::Frame("r7".to_owned());
        let inject = Request::Inject { key, payload: WirePayload::Line("{}".to_owned()) };
        let text = String::from_utf8(line(&inject)).unwrap();
        assert_eq!(text, "{\"type\":\"inject\",\"key\":{\"frame\":\"r7\"},\"payload\":{\"line\":\"{}\"}}\n");
    }

    #[test]
    fn unknown_fields_and_fault_codes_of_a_newer_host_are_readable() {
        let text = r#"{"type":"refused","fault":{"code":"too_warm","message":"m","more":1},"x":2}"#;
        let message: Message = serde_json::from_str(text).unwrap();
        assert_eq!(message, Message::Refused { fault: Fault::new(FaultCode::Unknown, "m") });
    }
}
