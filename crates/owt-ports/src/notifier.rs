//! Telling a person something: the ways, and what is told.

use std::fmt;
use std::time::Duration;

use owt_core::Timestamp;
use owt_core::notice::Channel;
use owt_core::notice::NoticeKind;
use owt_core::status::Status;

/// Why a person could not be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// This way does not exist here: a program is missing, a secret cannot be read.
    #[error("{0}")]
    Unavailable(String),
    /// It failed, and would fail again.
    #[error("{0}")]
    Failed(String),
    /// It failed, and may go well in a while: the network is away, the receiver is overloaded.
    #[error("{0}")]
    NotNow(String),
    /// It took longer than it may.
    #[error("it took longer than {} s", .0.as_secs())]
    TimedOut(Duration),
}

impl NotifyError {
    /// Whether another try is worth it.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::NotNow(_))
    }
}

/// A secret that no message and no log may show.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// These bytes.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes, for whoever signs with them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A way to a person, with all that is needed to go it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The terminals at which they look at sessions of ours.
    Bell,
    /// Their desktop.
    Desktop,
    /// A program of theirs.
    Command(Vec<String>),
    /// An address.
    Webhook(Webhook),
    /// One that is configured and cannot be gone.
    Broken {
        /// Which.
        channel: Channel,
        /// Why.
        why: String,
    },
}

impl Way {
    /// Which channel it is.
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Bell => Channel::Bell,
            Self::Desktop => Channel::Desktop,
            Self::Command(_) => Channel::Command,
            Self::Webhook(_) => Channel::Webhook,
            Self::Broken { channel, .. } => *channel,
        }
    }
}

/// An address that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// `http://` or `https://`. As secret as a password: those of chat services carry their credential.
    pub url: Secret,
    /// The body's form.
    pub form: BodyForm,
    /// What the body is signed with.
    pub secret: Option<Secret>,
}

/// The form of a webhook's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BodyForm {
    /// Every fact as a field.
    Facts,
    /// What Slack's incoming webhooks take, and whoever speaks like them.
    Slack,
}

/// What a person is told. Everything in it is one line without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// What it is about.
    pub kind: NoticeKind,
    /// Its number among those of its workspace; 0 for one that only tries a way.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// The workspace's name.
    pub name: String,
    /// Its id.
    pub workspace: String,
    /// Its folder.
    pub path: String,
    /// Its repository's root; `None` in a plain folder.
    pub repository: Option<String>,
    /// Its branch.
    pub branch: Option<String>,
    /// Its agent.
    pub agent: Option<String>,
    /// What its job is called.
    pub title: Option<String>,
    /// What the agent is doing.
    pub status: Status,
    /// What the person should know.
    pub detail: Option<String>,
}

impl Telling {
    /// It in one line: which workspace, and what.
    pub fn headline(&self) -> String {
        let name = &self.name;
        match (self.kind, &self.detail) {
            (NoticeKind::NeedsPerson, Some(detail)) => format!("{name} needs you: {detail}"),
            (NoticeKind::NeedsPerson, None) => format!("{name} needs you"),
            (NoticeKind::Done, _) => format!("{name} is done"),
            (NoticeKind::Failed, Some(detail)) => format!("{name} has failed: {detail}"),
            (NoticeKind::Failed, None) => format!("{name} has failed"),
            (NoticeKind::Warning, detail) => {
                format!("{name}: {}", detail.as_deref().unwrap_or("something is not as it should be"))
            }
            (NoticeKind::Status, _) => format!("{name}: {}", self.status.as_str().replace('_', " ")),
        }
    }
}

/// Ways to a person.
pub trait Notifier: Send + Sync {
    /// Tells it by this way, within a few seconds or not at all. Nothing that goes wrong on the way harms us.
    ///
    /// # Errors
    /// [`NotifyError`]; no message shows a secret.
    fn tell(&self, way: &Way, telling: &Telling) -> Result<(), NotifyError>;
}
