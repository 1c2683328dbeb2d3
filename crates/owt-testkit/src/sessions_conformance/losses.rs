//! What is left when a host dies without a word.

use owt_core::session::EndReason;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::Payload;
use owt_ports::SessionError;
use owt_ports::SessionPresence;
use owt_ports::Stream;

use super::Scene;
use super::Script;
use super::SessionsHarness;

pub(super) fn a_killed_host_is_lost_and_never_started_again(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let plan = scene.plan(Script::Wait);
        scene.sessions.launch(&plan).unwrap();
        let listener = scene.listen(plan.attempt, 0);
        listener.await_output("ready");
        harness.kill_host(plan.attempt);
        listener.await_loss();
        let later = harness.sessions();
        assert_eq!(later.probe(plan.attempt), Ok(SessionPresence::Lost));
        assert_eq!(later.launch(&plan), Ok(SessionPresence::Lost));
        let key = InjectionKey::Frame("r1".to_owned());
        let injection = Injection { key, payload: Payload::Line("{}".to_owned()) };
        let refused = later.inject(plan.attempt, &injection);
        assert_eq!(refused, Err(SessionError::NotRunning(plan.attempt)));
        assert_eq!(later.stop(plan.attempt, EndReason::Requested), Ok(SessionPresence::Lost));
        let log = later.read_log(plan.attempt, Stream::Output, 0, 100).unwrap();
        assert_eq!(log.bytes, b"ready");
        scene.listen(plan.attempt, 0).await_loss();
        assert_eq!(later.forget(plan.attempt), Ok(()));
        assert_eq!(later.probe(plan.attempt), Ok(SessionPresence::Never));
    }
}
