//! A repository whose remote is one of GitHub's by its address, and a bare one beside it in truth; and the scripted GitHub.

use owt_testkit::forge::FakeHost;
use owt_testkit::forge::TOKEN;
use owt_testkit::github::ScriptedGitHub;

use crate::landing::finish;
use crate::project::Project;
use crate::sealed::Sealed;

/// The address of the remote.
pub(super) const ADDRESS: &str = "https://github.com/acme/app.git";

/// All of it.
pub(super) struct Scene {
    pub(super) sealed: Sealed,
    pub(super) host: FakeHost,
}

impl Scene {
    /// With a token in the person's environment.
    pub(super) fn new() -> Self {
        Self::with(|sealed, url| sealed.with("GITHUB_API_URL", url).with("GH_TOKEN", TOKEN))
    }

    /// With whatever leads to the server at this address.
    pub(super) fn with(way: impl FnOnce(Sealed, &str) -> Sealed) -> Self {
        let server = ScriptedGitHub::start(FakeHost::default());
        server.host.add_repository("acme", "app");
        Self { sealed: way(Sealed::with_worker(), &server.url), host: server.host }
    }

    /// The repository, with a remote.
    pub(super) fn repository(&self) -> Project<'_> {
        let app = self.sealed.repository("app");
        let bare = self.sealed.work().join("there.git");
        app.git(&["init", "-q", "--bare", "-b", "main", bare.to_str().unwrap()]);
        app.git(&["remote", "add", "origin", ADDRESS]);
        app.git(&["config", &format!("url.{}.pushInsteadOf", bare.display()), ADDRESS]);
        app.git(&["push", "-q", "origin", "main"]);
        self.host.has_branches_of(&bare);
        app
    }

    /// The same with a workspace whose agent has committed `made.txt` and ended.
    pub(super) fn finished(&self, branch: &str) -> Project<'_> {
        let app = self.repository();
        finish(&app, branch);
        app
    }

    /// Where a branch of the remote is; empty: it is not there.
    pub(super) fn there(&self, branch: &str) -> String {
        let bare = self.sealed.at(self.sealed.work().join("there.git"));
        bare.git(&["for-each-ref", "--format=%(objectname)", &format!("refs/heads/{branch}")])
    }

    /// No secret is in what the server wrote down.
    pub(super) fn assert_no_token_in_logs(&self) {
        let data = self.sealed.owt_home().join("data");
        for entry in std::fs::read_dir(data).unwrap().flatten().filter(|entry| entry.path().is_file()) {
            let bytes = std::fs::read(entry.path()).unwrap();
            let has_it = bytes.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes());
            assert!(!has_it, "the token is in {}", entry.path().display());
        }
    }
}
