//! What every way to a code host must do, real or fake: the one suite for [`Forge`].
#![expect(
    clippy::unwrap_used,
    reason = "a check's way of failing is to panic; the port's error is the message"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use owt_core::Timestamp;
use owt_core::pull_request::CheckState;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::Mergeability;
use owt_core::pull_request::PullRequestNumber;
use owt_core::pull_request::PullRequestState;
use owt_core::pull_request::Readiness;
use owt_core::pull_request::ReviewState;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_ports::CallerEnvironment;
use owt_ports::Forge;
use owt_ports::ForgeError;
use owt_ports::FoundPull;
use owt_ports::NewPull;
use owt_ports::News;
use owt_ports::WantedPull;
use owt_ports::WhichPull;

use crate::forge::FakeHost;
use crate::forge::HOST;
use crate::forge::TOKEN;
use crate::forge::new_pull;

/// A host under test, fresh.
pub trait ForgeHarness {
    /// The port.
    fn forge(&self) -> Arc<dyn Forge>;

    /// The host that it reaches.
    fn host(&self) -> &FakeHost;

    /// The caller's environment with this token; none: nobody is logged in.
    fn caller(&self, token: Option<&str>) -> CallerEnvironment;

    /// The time on the adapter's clock.
    fn now(&self) -> Timestamp;
}

/// Runs every demand, each on a host of its own.
pub fn check<H: ForgeHarness>(fresh: impl Fn() -> H) {
    for demand in [
        one_question_finds_all_that_is_there,
        a_new_one_is_as_it_was_asked_for,
        what_the_host_refuses_is_told_in_its_words,
        an_open_one_of_the_right_owner_stands_for_a_branch,
        news_are_told_once,
        nothing_is_asked_before_a_limit_ends,
        logins_are_told_apart,
    ] {
        demand(&fresh());
    }
}

/// A commit.
pub fn commit(number: u8) -> ObjectId {
    ObjectId::new(format!("{number:040x}")).unwrap()
}

/// A repository with a branch, and who is logged in there.
struct Scene<'a> {
    harness: &'a dyn ForgeHarness,
    repository: HostedRepository,
    caller: CallerEnvironment,
}

impl<'a> Scene<'a> {
    fn new(harness: &'a dyn ForgeHarness) -> Self {
        let repository = harness.host().add_repository("acme", "app");
        harness.host().set_branch("acme", "feat/x", &commit(7));
        Self { harness, repository, caller: harness.caller(Some(TOKEN)) }
    }

    fn new_pull(&self) -> NewPull {
        new_pull(&self.repository, "acme", "feat/x")
    }

    fn find(&self, which: &[WhichPull]) -> Result<Vec<FoundPull>, ForgeError> {
        let wanted = which
            .iter()
            .map(|which| WantedPull { repository: self.repository.clone(), which: which.clone() });
        self.harness.forge().find(&self.caller, HOST, &wanted.collect::<Vec<_>>())
    }
}

fn number(number: u64) -> WhichPull {
    WhichPull::Number(PullRequestNumber(number))
}

fn of_branch(owner: &str, branch: &str) -> WhichPull {
    WhichPull::OfBranch { owner: owner.to_owned(), branch: BranchName::new(branch).unwrap() }
}

fn one_question_finds_all_that_is_there(harness: &dyn ForgeHarness) {
    let scene = Scene::new(harness);
    scene.harness.forge().open(&scene.caller, &scene.new_pull()).unwrap();
    harness.host().change(1, |pull| {
        pull.review = ReviewState::ChangesRequested;
        pull.mergeability = Mergeability::Conflicting;
        pull.readiness = Readiness::Draft;
    });
    harness.host().check(1, CheckState::Failed);
    let gone = HostedRepository { name: "gone".to_owned(), ..scene.repository.clone() };
    let before = harness.host().requests().len();
    let mut wanted: Vec<WantedPull> =
        [number(1), number(99), of_branch("acme", "feat/x"), of_branch("acme", "none")]
            .map(|which| WantedPull { repository: scene.repository.clone(), which })
            .into();
    wanted.push(WantedPull { repository: gone, which: number(1) });
    let found = harness.forge().find(&scene.caller, HOST, &wanted).unwrap();
    let held = harness.host().pulls().remove(0).pull;
    assert_eq!((held.checks, held.review), (CheckState::Failed, ReviewState::ChangesRequested));
    let there = FoundPull::There(Box::new(held));
    assert_eq!(found, [there.clone(), FoundPull::None, there, FoundPull::None, FoundPull::NoRepository]);
    assert_eq!(harness.host().requests().len(), before + 1, "{:?}", harness.host().requests());
    assert_eq!(harness.forge().find(&scene.caller, HOST, &[]), Ok(Vec::new()));
    assert_eq!(harness.host().requests().len(), before + 1, "nothing to ask");
}

fn a_new_one_is_as_it_was_asked_for(harness: &dyn ForgeHarness) {
    let scene = Scene::new(harness);
    let new = NewPull { readiness: Readiness::Draft, ..scene.new_pull() };
    let opened = harness.forge().open(&scene.caller, &new).unwrap();
    let held = harness.host().pulls().remove(0);
    assert_eq!(opened, held.pull);
    assert_eq!((opened.head, opened.readiness), (commit(7), Readiness::Draft));
    assert_eq!((held.body, held.owner.as_str(), held.branch.as_str()), (new.body, "acme", "feat/x"));
}

fn what_the_host_refuses_is_told_in_its_words(harness: &dyn ForgeHarness) {
    let scene = Scene::new(harness);
    harness.forge().open(&scene.caller, &scene.new_pull()).unwrap();
    let again = harness.forge().open(&scene.caller, &scene.new_pull());
    let words = "A pull request already exists for acme:feat/x.";
    assert!(matches!(&again, Err(ForgeError::Refused { message, .. }) if message == words), "{again:?}");
    let elsewhere = HostedRepository { name: "gone".to_owned(), ..scene.repository.clone() };
    let nowhere = harness.forge().open(&scene.caller, &NewPull { repository: elsewhere, ..scene.new_pull() });
    assert!(matches!(nowhere, Err(ForgeError::NotFound { .. })), "{nowhere:?}");
}

fn an_open_one_of_the_right_owner_stands_for_a_branch(harness: &dyn ForgeHarness) {
    let scene = Scene::new(harness);
    harness.forge().open(&scene.caller, &scene.new_pull()).unwrap();
    harness.host().change(1, |pull| pull.state = PullRequestState::Closed);
    harness.host().set_branch("fork", "feat/x", &commit(8));
    let theirs = NewPull { owner: "fork".to_owned(), ..scene.new_pull() };
    harness.forge().open(&scene.caller, &theirs).unwrap();
    let of = |owner| match scene.find(&[of_branch(owner, "feat/x")]).unwrap().remove(0) {
        FoundPull::There(pull) => (pull.number.0, pull.state),
        other => panic!("{other:?}"),
    };
    assert_eq!(of("acme"), (1, PullRequestState::Closed), "there is no other");
    assert_eq!(of("fork"), (2, PullRequestState::Open));
    harness.forge().open(&scene.caller, &scene.new_pull()).unwrap();
    harness.host().change(3, |pull| pull.state = PullRequestState::Merged);
    assert_eq!(of("acme"), (3, PullRequestState::Merged), "the newest");
    harness.host().change(1, |pull| pull.state = PullRequestState::Open);
    assert_eq!(of("acme"), (1, PullRequestState::Open), "an open one before newer ones");
}

fn news_are_told_once(harness: &dyn ForgeHarness) {
    let scene = Scene::new(harness);
    let news = |mark: Option<&owt_ports::NewsMark>| {
        harness.forge().news(&scene.caller, &scene.repository, mark).unwrap()
    };
    let News::Something(Some(first)) = news(None) else { panic!("nothing is known yet") };
    assert_eq!(news(Some(&first)), News::Nothing);
    harness.forge().open(&scene.caller, &scene.new_pull()).unwrap();
    let News::Something(Some(second)) = news(Some(&first)) else { panic!("one was made") };
    assert_eq!(news(Some(&second)), News::Nothing);
    harness.host().change(1, |pull| pull.state = PullRequestState::Merged);
    assert!(matches!(news(Some(&second)), News::Something(_)));
}

fn nothing_is_asked_before_a_limit_ends(harness: &dyn ForgeHarness) {
    let scene = Scene::new(harness);
    // Hosts count in whole seconds.
    let seconds = harness.now().as_millis() / 1000 + 600;
    let until = Timestamp::from_millis(seconds * 1000);
    harness.host().limit(until);
    let limited = ForgeError::Limited { host: HOST.to_owned(), until };
    assert_eq!(scene.find(&[number(1)]), Err(limited.clone()));
    let asked = harness.host().requests().len();
    assert_eq!(scene.find(&[number(1)]), Err(limited.clone()));
    assert_eq!(harness.forge().open(&scene.caller, &scene.new_pull()), Err(limited.clone()));
    assert_eq!(harness.forge().news(&scene.caller, &scene.repository, None), Err(limited));
    assert_eq!(harness.host().requests().len(), asked, "{:?}", harness.host().requests());
    assert!(until.since(harness.now()) > Duration::from_secs(1));
}

fn logins_are_told_apart(harness: &dyn ForgeHarness) {
    let scene = Scene::new(harness);
    let ask = |token| {
        let wanted = WantedPull { repository: scene.repository.clone(), which: number(1) };
        harness.forge().find(&harness.caller(token), HOST, &[wanted])
    };
    assert_eq!(ask(None), Err(ForgeError::NoAccess { host: HOST.to_owned() }));
    assert_eq!(harness.host().requests(), Vec::<String>::new(), "without a login nobody is asked");
    let wrong = ask(Some("ghp_wrong_secret"));
    assert_eq!(wrong, Err(ForgeError::Unauthorised { host: HOST.to_owned() }));
    assert!(!format!("{wrong:?} {:?}", harness.caller(Some(TOKEN))).contains("ghp_"), "{wrong:?}");
}

/// An environment of these variables.
pub fn environment(variables: &[(&str, &str)]) -> CallerEnvironment {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    CallerEnvironment::new(variables.collect::<BTreeMap<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::FakeForge;

    struct Fake {
        host: FakeHost,
    }

    impl ForgeHarness for Fake {
        fn forge(&self) -> Arc<dyn Forge> {
            Arc::new(FakeForge::new(self.host.clone(), self.now()))
        }

        fn host(&self) -> &FakeHost {
            &self.host
        }

        fn caller(&self, token: Option<&str>) -> CallerEnvironment {
            environment(&token.map(|token| ("GH_TOKEN", token)).into_iter().collect::<Vec<_>>())
        }

        fn now(&self) -> Timestamp {
            crate::clock::START
        }
    }

    #[test]
    fn the_fake_is_such_a_host() {
        check(|| Fake { host: FakeHost::default() });
    }
}
