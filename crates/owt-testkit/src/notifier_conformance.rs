//! What every notifier must do, real or fake: the one suite for [`Notifier`].
#![expect(
    clippy::unwrap_used,
    reason = "a check's way of failing is to panic; the port's error is the message"
)]

use std::sync::Arc;

use owt_core::Timestamp;
use owt_core::notice::Channel;
use owt_core::notice::NoticeKind;
use owt_core::status::Status;
use owt_ports::Notifier;
use owt_ports::NotifyError;
use owt_ports::Telling;
use owt_ports::Way;

/// A person under test.
pub trait NotifierHarness {
    /// The port.
    fn notifier(&self) -> Arc<dyn Notifier>;

    /// A way that leads to them; `None` where there is none here.
    fn way(&self, channel: Channel) -> Option<Way>;

    /// The same way, broken: whatever is told does not arrive.
    fn broken(&self, channel: Channel) -> Option<Way>;

    /// Everything that arrived by this way, as text.
    fn arrived(&self, channel: Channel) -> Vec<String>;
}

/// Something to tell.
pub fn telling(detail: &str) -> Telling {
    Telling {
        kind: NoticeKind::NeedsPerson,
        number: 7,
        at: Timestamp::from_millis(1_767_225_600_000),
        name: "auth-jwt".to_owned(),
        workspace: "ws_00000000000000000000000001".to_owned(),
        path: "/home/me/app-auth-jwt".to_owned(),
        repository: Some("/home/me/app".to_owned()),
        branch: Some("auth-jwt".to_owned()),
        agent: Some("claude".to_owned()),
        title: Some("Sign tokens".to_owned()),
        status: Status::WaitingPermission,
        detail: Some(detail.to_owned()),
    }
}

/// Runs every demand.
pub fn check(harness: &dyn NotifierHarness) {
    for channel in Channel::ALL {
        it_arrives_once_and_names_the_workspace(harness, channel);
        what_does_not_arrive_is_an_error(harness, channel);
    }
    a_way_that_cannot_be_gone_says_why(harness);
}

fn it_arrives_once_and_names_the_workspace(harness: &dyn NotifierHarness, channel: Channel) {
    let Some(way) = harness.way(channel) else { return };
    let before = harness.arrived(channel).len();
    // Letters that mean something to shells, mark-up, JSON and terminals.
    let detail = "Bash: rm -rf \"$HOME\" `id` & <b>x</b> 'y' \\ é";
    harness.notifier().tell(&way, &telling(detail)).unwrap();
    let arrived = harness.arrived(channel);
    assert_eq!(arrived.len(), before + 1, "{channel:?}: {arrived:?}");
    let last = arrived.last().unwrap();
    assert!(last.contains("auth-jwt") && last.contains("rm -rf"), "{channel:?}: {last}");
    assert!(last.contains("$HOME") && last.contains("`id`"), "{channel:?} expanded it: {last}");
}

fn what_does_not_arrive_is_an_error(harness: &dyn NotifierHarness, channel: Channel) {
    let Some(way) = harness.broken(channel) else { return };
    let before = harness.arrived(channel);
    let told = harness.notifier().tell(&way, &telling("x"));
    assert!(told.is_err(), "{channel:?}");
    assert_eq!(harness.arrived(channel), before, "{channel:?}");
}

fn a_way_that_cannot_be_gone_says_why(harness: &dyn NotifierHarness) {
    let why = "the secret cannot be read".to_owned();
    let way = Way::Broken { channel: Channel::Webhook, why: why.clone() };
    assert_eq!(harness.notifier().tell(&way, &telling("x")), Err(NotifyError::Unavailable(why)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifier::FakeNotifier;

    struct Fake {
        notifier: FakeNotifier,
    }

    impl NotifierHarness for Fake {
        fn notifier(&self) -> Arc<dyn Notifier> {
            Arc::new(self.notifier.clone())
        }

        fn way(&self, channel: Channel) -> Option<Way> {
            match channel {
                Channel::Bell => Some(Way::Bell),
                Channel::Desktop => Some(Way::Desktop),
                Channel::Command => Some(Way::Command(vec!["tell-me".to_owned()])),
                Channel::Webhook => None,
            }
        }

        fn broken(&self, channel: Channel) -> Option<Way> {
            self.notifier.break_way(channel, NotifyError::Failed("it is away".to_owned()));
            self.way(channel)
        }

        fn arrived(&self, channel: Channel) -> Vec<String> {
            let told = self.notifier.told().into_iter().filter(|(by, _)| *by == channel);
            told.map(|(_, telling)| telling.headline()).collect()
        }
    }

    #[test]
    fn the_fake_tells_its_person() {
        check(&Fake { notifier: FakeNotifier::default() });
    }
}
