//! The one suite for notifiers, on the real ways: programs that write down what they are told, a receiver.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use owt_core::notice::Channel;
use owt_ports::BodyForm;
use owt_ports::Notifier;
use owt_ports::NotifyError;
use owt_ports::Way;
use owt_testkit::notifier_conformance;
use owt_testkit::notifier_conformance::NotifierHarness;
use owt_testkit::notifier_conformance::telling;
use owt_testkit::receiver::Receiver;
use owt_testkit::sessions::FakeSessions;

use crate::webhooks::notifier;
use crate::webhooks::webhook;

struct Person {
    folder: tempfile::TempDir,
    notifier: Arc<dyn Notifier>,
    sessions: FakeSessions,
    receiver: Receiver,
    refusing: Receiver,
}

fn script(path: &Path, text: &str) -> String {
    fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

impl Person {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        script(
            &path.join("notify-send"),
            &format!("printf '%s|' \"$@\" >> {0}/desktop; echo >> {0}/desktop", path.display()),
        );
        let (notifier, sessions) = notifier(path.to_str().unwrap());
        Self {
            folder,
            notifier: Arc::new(notifier),
            sessions,
            receiver: Receiver::answering("HTTP/1.1 200 OK"),
            refusing: Receiver::answering("HTTP/1.1 403 No"),
        }
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn script(&self, name: &str, text: &str) -> Way {
        Way::Command(vec![script(&self.folder.path().join(name), text), "argument".to_owned()])
    }
}

impl NotifierHarness for Person {
    fn notifier(&self) -> Arc<dyn Notifier> {
        self.notifier.clone()
    }

    fn way(&self, channel: Channel) -> Option<Way> {
        let folder = self.folder.path().display();
        Some(match channel {
            Channel::Bell => Way::Bell,
            Channel::Desktop => Way::Desktop,
            Channel::Command => self.script(
                "tell-me",
                &format!("echo \"$1 $OWT_NOTICE $OWT_NOTICE_TEXT\" >> {folder}/told; cat >> {folder}/facts"),
            ),
            Channel::Webhook => webhook(&self.receiver.url, BodyForm::Facts, None),
        })
    }

    fn broken(&self, channel: Channel) -> Option<Way> {
        match channel {
            Channel::Bell | Channel::Desktop => None,
            Channel::Command => Some(self.script("fail", "echo it is closed >&2; exit 3")),
            Channel::Webhook => Some(webhook(&self.refusing.url, BodyForm::Facts, None)),
        }
    }

    fn arrived(&self, channel: Channel) -> Vec<String> {
        match channel {
            Channel::Bell => self.sessions.rung(),
            Channel::Desktop => self.lines("desktop"),
            Channel::Command => self.lines("told"),
            Channel::Webhook => self.receiver.received().into_iter().map(|it| it.body).collect(),
        }
    }
}

#[test]
fn the_real_ways_tell_their_person() {
    let person = Person::new();
    notifier_conformance::check(&person);
    let facts: serde_json::Value = serde_json::from_str(&person.lines("facts")[0]).unwrap();
    assert_eq!(facts["event"], "needs_person");
    assert!(person.lines("told")[0].starts_with("argument needs_person auth-jwt needs you: Bash"));
}

#[test]
fn the_desktop_gets_arguments_and_no_mark_up() {
    let person = Person::new();
    let told = owt_ports::Telling { title: Some("<b>Sign & go".to_owned()), ..telling("--help") };
    person.notifier.tell(&Way::Desktop, &told).unwrap();
    let shown = person.lines("desktop");
    assert_eq!(
        shown,
        [
            "--app-name=owt|--category=im.received|--urgency=normal|--|auth-jwt needs you: --help|&lt;b&gt;Sign &amp; go|"
        ]
    );
}

#[test]
fn a_desktop_without_its_program_says_what_to_install() {
    let (notifier, _) = notifier("/nowhere");
    let error = notifier.tell(&Way::Desktop, &telling("x")).unwrap_err();
    assert!(
        matches!(&error, NotifyError::Unavailable(why) if why.contains("notify-send is not installed")),
        "{error}"
    );
}

#[test]
fn a_command_that_fails_says_why_and_one_that_is_not_there_too() {
    let person = Person::new();
    let failed = person.notifier.tell(&person.broken(Channel::Command).unwrap(), &telling("x")).unwrap_err();
    assert!(failed.to_string().contains("it is closed"), "{failed}");
    let missing = Way::Command(vec!["/nowhere/tell-me".to_owned()]);
    assert!(person.notifier.tell(&missing, &telling("x")).is_err());
}
