//! The ways to the person: how they go, and trying them.

use owt_core::authority::Action;
use owt_core::authority::Denied;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::notice::Channel;
use owt_core::notice::NoticeKind;
use owt_core::notice::TellingRules;
use owt_core::status::Status;
use owt_ports::NotifyError;
use owt_ports::Telling;
use owt_ports::Way;

use crate::engine::Engine;
use crate::herald::ChannelHealth;
use crate::settings::BrokenSettings;

/// Why the ways cannot be looked at or tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotifyWaysError {
    /// Only a person may.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The configuration.
    #[error(transparent)]
    Settings(#[from] BrokenSettings),
    /// A way that is to be tried leads nowhere yet.
    #[error("no {} is configured", .0.as_str())]
    NotConfigured(Channel),
}

/// What is to be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// Nothing.
    Nothing,
    /// Every way that is switched on.
    All,
    /// This one, switched on or not.
    One(Channel),
}

/// A way, and how it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelReport {
    /// Which.
    pub channel: Channel,
    /// Whether the person has switched it on.
    pub on: bool,
    /// How it has gone since the server started.
    pub health: ChannelHealth,
    /// How it went now, where it was tried.
    pub tried: Option<Result<(), NotifyError>>,
}

/// Every way, those that are to be tried first gone.
///
/// # Errors
/// [`NotifyWaysError`]; nothing was tried then.
pub fn notify_ways(
    engine: &Engine,
    asker: &Principal,
    trial: Trial,
) -> Result<(TellingRules, Vec<ChannelReport>), NotifyWaysError> {
    authorise(asker, Action::ControlServer)?;
    let settings = engine.ports().settings.attention()?;
    let is_on = |channel: Channel| settings.ways.iter().find(|way| way.channel() == channel);
    let mut health = engine.letters().health();
    let mut reports = Vec::new();
    for channel in Channel::ALL {
        let way = match (trial, is_on(channel)) {
            (Trial::All, on) => on.cloned(),
            (Trial::One(wanted), on) if wanted == channel => match (on.cloned(), channel) {
                (Some(way), _) => Some(way),
                (None, Channel::Bell) => Some(Way::Bell),
                (None, Channel::Desktop) => Some(Way::Desktop),
                (None, Channel::Command | Channel::Webhook) => {
                    return Err(NotifyWaysError::NotConfigured(channel));
                }
            },
            (Trial::One(_) | Trial::Nothing, _) => None,
        };
        let health = health.remove(&channel).unwrap_or_default();
        let tried = way.map(|way| engine.ports().notifier.tell(&way, &trial_telling(engine)));
        reports.push(ChannelReport { channel, on: is_on(channel).is_some(), health, tried });
    }
    Ok((settings.rules, reports))
}

/// What a person is told who tries.
fn trial_telling(engine: &Engine) -> Telling {
    let data = engine.identity().data.as_str().to_owned();
    Telling {
        kind: NoticeKind::Warning,
        number: 0,
        at: engine.ports().clock.now(),
        name: "owt notify --test".to_owned(),
        workspace: String::new(),
        path: data,
        repository: None,
        branch: None,
        agent: None,
        title: Some("you are told what your agents need by this way".to_owned()),
        status: Status::Working,
        detail: Some("this is how you are told".to_owned()),
    }
}
