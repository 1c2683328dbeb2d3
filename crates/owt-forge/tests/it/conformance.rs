//! The one suite for code hosts, over HTTPS with a token and over a program that stands in for `gh`.

use std::sync::Arc;

use owt_core::Timestamp;
use owt_forge::GitHub;
use owt_ports::CallerEnvironment;
use owt_ports::Clock as _;
use owt_ports::Forge;
use owt_ports::ForgeError;
use owt_ports::News;
use owt_testkit::clock::VirtualClock;
use owt_testkit::forge::FakeHost;
use owt_testkit::forge::HOST;
use owt_testkit::forge_conformance::ForgeHarness;
use owt_testkit::forge_conformance::check;
use owt_testkit::forge_conformance::environment;
use owt_testkit::github::ScriptedGitHub;
use owt_testkit::github::install_stand_in_gh;
use tempfile::TempDir;

struct Scripted {
    server: ScriptedGitHub,
    clock: VirtualClock,
    forge: Arc<GitHub>,
    /// A `PATH` with the stand-in; `None`: there is no gh.
    programs: Option<TempDir>,
}

impl Scripted {
    fn new(programs: Option<TempDir>) -> Self {
        let clock = VirtualClock::default();
        let forge = Arc::new(GitHub::new(Arc::new(clock.clone())));
        Self { server: ScriptedGitHub::start(FakeHost::default()), clock, forge, programs }
    }

    fn over_gh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        install_stand_in_gh(&folder.path().join("gh"));
        Self::new(Some(folder))
    }
}

impl ForgeHarness for Scripted {
    fn forge(&self) -> Arc<dyn Forge> {
        self.forge.clone()
    }

    fn host(&self) -> &FakeHost {
        &self.server.host
    }

    fn caller(&self, token: Option<&str>) -> CallerEnvironment {
        let url = self.server.url.as_str();
        let path = self.programs.as_ref().map(|folder| format!("{}:/usr/bin:/bin", folder.path().display()));
        let mut variables = match &path {
            // What gh is logged in with is none of the variables of tokens: only gh can use it.
            Some(path) => vec![("PATH", path.as_str()), ("SCRIPTED_GITHUB", url)],
            None => vec![("PATH", "/nowhere"), ("GITHUB_API_URL", url)],
        };
        let name = if path.is_some() { "STAND_IN_LOGIN" } else { "GH_TOKEN" };
        variables.extend(token.map(|token| (name, token)));
        environment(&variables)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

#[test]
fn github_over_https_is_such_a_host() {
    check(|| Scripted::new(None));
}

#[test]
fn github_over_gh_is_such_a_host() {
    check(Scripted::over_gh);
}

#[test]
fn after_a_limit_has_ended_it_is_asked_again() {
    let scripted = Scripted::new(None);
    let repository = scripted.host().add_repository("acme", "app");
    let caller = scripted.caller(Some(owt_testkit::forge::TOKEN));
    let span = std::time::Duration::from_secs(600);
    scripted.host().limit(scripted.now().plus(span));
    assert!(matches!(scripted.forge.news(&caller, &repository, None), Err(ForgeError::Limited { .. })));
    scripted.host().limit(None);
    assert!(
        matches!(scripted.forge.news(&caller, &repository, None), Err(ForgeError::Limited { .. })),
        "too early"
    );
    assert_eq!(scripted.host().requests().len(), 1, "it was not asked");
    scripted.clock.advance(span);
    assert!(matches!(scripted.forge.news(&caller, &repository, None), Ok(News::Something(_))));
}

#[test]
fn a_host_that_is_away_is_told_without_its_token() {
    let caller = environment(&[
        ("PATH", "/nowhere"),
        ("GH_TOKEN", "ghp_secret"),
        ("GITHUB_API_URL", "http://127.0.0.1:1"),
    ]);
    let forge = GitHub::new(Arc::new(VirtualClock::default()));
    let repository = FakeHost::default().add_repository("acme", "app");
    let error = forge.news(&caller, &repository, None).unwrap_err();
    assert!(matches!(&error, ForgeError::Unreachable { host, .. } if host == HOST), "{error}");
    assert!(!format!("{error} {error:?}").contains("ghp_secret"), "{error:?}");
}
