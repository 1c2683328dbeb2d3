//! What a receiver gets, and what its answers mean.

use std::sync::Arc;

use owt_notify::LocalNotifier;
use owt_notify::signature;
use owt_ports::BodyForm;
use owt_ports::Notifier;
use owt_ports::NotifyError;
use owt_ports::Secret;
use owt_ports::Way;
use owt_ports::Webhook;
use owt_testkit::clock::VirtualClock;
use owt_testkit::crash::CrashPlan;
use owt_testkit::notifier_conformance::telling;
use owt_testkit::receiver::Receiver;
use owt_testkit::sessions::FakeSessions;
use owt_testkit::simulation::Stage;
use serde_json::Value;

const SECRET: &[u8] = b"hunter2-hunter2";

pub(crate) fn notifier(search_path: &str) -> (LocalNotifier, FakeSessions) {
    let clock = Arc::new(VirtualClock::default());
    let sessions = FakeSessions::new(clock, CrashPlan::never(), Stage::default().casting());
    (LocalNotifier::new(Arc::new(sessions.clone()), search_path.to_owned()), sessions)
}

pub(crate) fn webhook(url: &str, form: BodyForm, secret: Option<&[u8]>) -> Way {
    let secret = secret.map(|secret| Secret::new(secret.to_vec()));
    Way::Webhook(Webhook { url: Secret::new(url.as_bytes().to_vec()), form, secret })
}

fn tell(way: &Way) -> Result<(), NotifyError> {
    notifier("").0.tell(way, &telling("Bash: rm -rf <x>"))
}

#[test]
fn the_body_has_every_fact_and_a_signature_over_itself_and_its_time() {
    let receiver = Receiver::answering("HTTP/1.1 204 No Content");
    tell(&webhook(&receiver.url, BodyForm::Facts, Some(SECRET))).unwrap();
    let [received] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
    assert_eq!(received.line, "POST /hook HTTP/1.1");
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(received.header("owt-event"), Some("needs_person"));
    assert_eq!(received.header("owt-delivery"), Some("ws_00000000000000000000000001-7"));
    assert!(received.header("user-agent").unwrap().starts_with("owt/"));
    let timestamp = received.header("owt-timestamp").unwrap();
    assert_eq!(timestamp, "1767225600");
    let expected = signature(SECRET, timestamp.parse().unwrap(), received.body.as_bytes());
    assert_eq!(received.header("owt-signature"), Some(expected.as_str()));
    let facts: Value = serde_json::from_str(&received.body).unwrap();
    for (key, expected) in [
        ("version", Value::from(1)),
        ("event", "needs_person".into()),
        ("number", 7.into()),
        ("at", "2026-01-01T00:00:00.000Z".into()),
        ("text", "auth-jwt needs you: Bash: rm -rf <x>".into()),
        ("name", "auth-jwt".into()),
        ("path", "/home/me/app-auth-jwt".into()),
        ("repository", "/home/me/app".into()),
        ("branch", "auth-jwt".into()),
        ("agent", "claude".into()),
        ("title", "Sign tokens".into()),
        ("status", "waiting_permission".into()),
        ("detail", "Bash: rm -rf <x>".into()),
    ] {
        assert_eq!(facts[key], expected, "{key}");
    }
}

#[test]
fn slack_gets_a_text_whose_signs_are_written_out() {
    let receiver = Receiver::answering("HTTP/1.1 200 OK");
    tell(&webhook(&receiver.url, BodyForm::Slack, None)).unwrap();
    let [received] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
    let body: Value = serde_json::from_str(&received.body).unwrap();
    let text = "auth-jwt needs you: Bash: rm -rf &lt;x&gt;\n> Sign tokens";
    assert_eq!(body, serde_json::json!({ "text": text }));
    assert_eq!(received.header("owt-signature"), None);
}

#[test]
fn what_may_pass_is_worth_another_try_and_what_will_not_is_none() {
    for (answer, passing) in [
        ("HTTP/1.1 500 Oh", true),
        ("HTTP/1.1 429 Too Many", true),
        ("HTTP/1.1 404 Not Found", false),
        ("HTTP/1.1 401 No", false),
    ] {
        let receiver = Receiver::answering(answer);
        let error = tell(&webhook(&receiver.url, BodyForm::Facts, Some(SECRET))).unwrap_err();
        assert_eq!(error.is_passing(), passing, "{answer}: {error}");
        assert_eq!(receiver.received().len(), 1, "{answer}");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let other = Receiver::answering("HTTP/1.1 200 OK");
    let answer: &'static str = format!("HTTP/1.1 307 There\r\nlocation: {}", other.url).leak();
    let receiver = Receiver::answering(answer);
    let error = tell(&webhook(&receiver.url, BodyForm::Facts, Some(SECRET))).unwrap_err();
    assert!(!error.is_passing() && error.to_string().contains("307"), "{error}");
    assert_eq!((receiver.received().len(), other.received().len()), (1, 0));
}

#[test]
fn no_error_and_no_debug_output_shows_a_secret() {
    let way = webhook("http://127.0.0.1:1/services/T0/hidden-token", BodyForm::Facts, Some(SECRET));
    let error = tell(&way).unwrap_err();
    assert!(error.is_passing(), "{error:?}");
    let all = format!("{error} {error:?} {way:?}");
    assert!(!all.contains("hidden-token") && !all.contains("hunter2"), "{all}");
    let nonsense = tell(&webhook("not an address hidden-token", BodyForm::Facts, None)).unwrap_err();
    assert!(!format!("{nonsense} {nonsense:?}").contains("hidden-token"), "{nonsense:?}");
}
