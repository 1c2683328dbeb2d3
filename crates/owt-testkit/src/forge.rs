//! A code host in memory: its repositories and pull requests, and the fake of the port [`Forge`] over it. The scripted GitHub
//! ([`crate::github`]) tells of the very same host over HTTP.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::Timestamp;
use owt_core::pull_request::CheckState;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::Mergeability;
use owt_core::pull_request::PullRequest;
use owt_core::pull_request::PullRequestNumber;
use owt_core::pull_request::PullRequestState;
use owt_core::pull_request::Readiness;
use owt_core::pull_request::ReviewState;
use owt_core::vcs::ObjectId;
use owt_ports::CallerEnvironment;
use owt_ports::Forge;
use owt_ports::ForgeError;
use owt_ports::FoundPull;
use owt_ports::NewPull;
use owt_ports::News;
use owt_ports::NewsMark;
use owt_ports::WantedPull;
use owt_ports::WhichPull;

/// The host that there is.
pub const HOST: &str = "github.com";

/// The token that it accepts.
pub const TOKEN: &str = "ghp_scripted0123456789";

/// A pull request, and whose branch it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPull {
    /// The repository that it is in.
    pub repository: HostedRepository,
    /// Whose branch.
    pub owner: String,
    /// Which.
    pub branch: String,
    /// What its text is.
    pub body: String,
    /// It.
    pub pull: PullRequest,
}

#[derive(Debug, Default)]
struct State {
    repositories: Vec<HostedRepository>,
    pulls: Vec<HeldPull>,
    /// Where branches are, by their owner and name.
    branches: BTreeMap<(String, String), ObjectId>,
    limited_until: Option<Timestamp>,
    changes: u64,
    requests: Vec<String>,
    /// Whether it accepts no login any more.
    revoked: bool,
    /// The words with which the next new one is refused.
    refusal: Option<String>,
    /// The next request of this kind gets no answer.
    failing: Option<&'static str>,
    /// The bare repository that has the branches.
    bare: Option<PathBuf>,
}

impl State {
    fn tip(&self, owner: &str, branch: &str) -> Option<ObjectId> {
        let pushed = || {
            let text = std::fs::read_to_string(self.bare.as_ref()?.join("refs/heads").join(branch)).ok()?;
            ObjectId::new(text.trim()).ok()
        };
        self.branches.get(&(owner.to_owned(), branch.to_owned())).cloned().or_else(pushed)
    }
}

/// The host. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct FakeHost {
    state: Arc<Mutex<State>>,
}

impl FakeHost {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A repository on it.
    pub fn add_repository(&self, owner: &str, name: &str) -> HostedRepository {
        let repository =
            HostedRepository { host: HOST.to_owned(), owner: owner.to_owned(), name: name.to_owned() };
        self.lock().repositories.push(repository.clone());
        repository
    }

    /// Somebody has pushed a branch.
    pub fn set_branch(&self, owner: &str, branch: &str, tip: &ObjectId) {
        self.lock().branches.insert((owner.to_owned(), branch.to_owned()), tip.clone());
    }

    /// Branches are where this bare repository has them.
    pub fn has_branches_of(&self, bare: &Path) {
        self.lock().bare = Some(bare.to_owned());
    }

    /// Accepts no login any more.
    pub fn revoke(&self) {
        self.lock().revoked = true;
    }

    pub(crate) fn accepts(&self, token: &str) -> bool {
        token == TOKEN && !self.lock().revoked
    }

    /// Refuses the next new pull request in these words.
    pub fn refuse_next(&self, words: &str) {
        self.lock().refusal = Some(words.to_owned());
    }

    /// The next request of this kind (`find`, `open`, `news`) over the port gets no answer.
    pub fn fail_next(&self, what: &'static str) {
        self.lock().failing = Some(what);
    }

    /// Changes a pull request, as its people do; its number is known.
    pub fn change(&self, number: u64, change: impl FnOnce(&mut PullRequest)) {
        let mut state = self.lock();
        state.changes += 1;
        let found = state.pulls.iter_mut().find(|held| held.pull.number.0 == number);
        change(&mut found.expect("there is such a pull request").pull);
    }

    /// What checks say changes without a mark.
    pub fn check(&self, number: u64, checks: CheckState) {
        let mut state = self.lock();
        let found = state.pulls.iter_mut().find(|held| held.pull.number.0 == number);
        found.expect("there is such a pull request").pull.checks = checks;
    }

    /// It takes no requests before that; `None`: it does again.
    pub fn limit(&self, until: impl Into<Option<Timestamp>>) {
        self.lock().limited_until = until.into();
    }

    /// Every pull request.
    pub fn pulls(&self) -> Vec<HeldPull> {
        self.lock().pulls.clone()
    }

    /// The requests that came, each as one line.
    pub fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    fn fails(&self, what: &str) -> bool {
        self.lock().failing.take_if(|failing| *failing == what).is_some()
    }

    pub(crate) fn note(&self, request: String) {
        self.lock().requests.push(request);
    }

    pub(crate) fn limited_until(&self) -> Option<Timestamp> {
        self.lock().limited_until
    }

    pub(crate) fn mark(&self) -> String {
        format!("W/\"{}\"", self.lock().changes)
    }

    pub(crate) fn has(&self, repository: &HostedRepository) -> bool {
        self.lock().repositories.contains(repository)
    }

    pub(crate) fn held(&self, repository: &HostedRepository) -> Vec<HeldPull> {
        self.lock().pulls.iter().filter(|held| held.repository == *repository).cloned().collect()
    }

    /// Makes one, as the host would; otherwise its words.
    pub(crate) fn make(&self, new: &NewPull) -> Result<HeldPull, String> {
        let mut state = self.lock();
        if let Some(words) = state.refusal.take() {
            return Err(words);
        }
        let (owner, branch) = (new.owner.clone(), new.branch.to_string());
        let is_it =
            |held: &&HeldPull| held.pull.is_open() && (&held.owner, &held.branch) == (&owner, &branch);
        if state.pulls.iter().any(|held| is_it(&held)) {
            return Err(format!("A pull request already exists for {owner}:{branch}."));
        }
        let Some(head) = state.tip(&owner, &branch) else {
            return Err("head is invalid".to_owned());
        };
        let number = state.pulls.len() as u64 + 1;
        let held = HeldPull {
            repository: new.repository.clone(),
            owner,
            branch,
            body: new.body.clone(),
            pull: PullRequest {
                number: PullRequestNumber(number),
                url: format!("https://{HOST}/{}/pull/{number}", new.repository),
                title: PullRequest::kept_title(&new.title),
                state: PullRequestState::Open,
                readiness: new.readiness,
                head,
                base: new.base.to_string(),
                checks: CheckState::None,
                review: ReviewState::None,
                mergeability: Mergeability::Unknown,
            },
        };
        state.pulls.push(held.clone());
        state.changes += 1;
        Ok(held)
    }
}

/// The fake of the port [`Forge`] over a host.
#[derive(Debug, Clone)]
pub struct FakeForge {
    host: FakeHost,
    now: Timestamp,
}

impl FakeForge {
    /// Reaches this host; the time never changes.
    pub const fn new(host: FakeHost, now: Timestamp) -> Self {
        Self { host, now }
    }

    fn enter(&self, caller: &CallerEnvironment, host: &str, what: &str) -> Result<(), ForgeError> {
        if let Some(until) = self.host.limited_until().filter(|until| *until > self.now) {
            return Err(ForgeError::Limited { host: host.to_owned(), until });
        }
        match caller.get("GH_TOKEN") {
            None => Err(ForgeError::NoAccess { host: host.to_owned() }),
            Some(_) if host != HOST => {
                Err(ForgeError::Unreachable { host: host.to_owned(), why: "it is not found".to_owned() })
            }
            Some(_) if self.host.fails(what) => {
                Err(ForgeError::Unreachable { host: host.to_owned(), why: "no connection".to_owned() })
            }
            Some(token) => {
                self.host.note(what.to_owned());
                match self.host.accepts(token) {
                    true => Ok(()),
                    false => Err(ForgeError::Unauthorised { host: host.to_owned() }),
                }
            }
        }
    }

    fn one(&self, wanted: &WantedPull) -> FoundPull {
        if !self.host.has(&wanted.repository) {
            return FoundPull::NoRepository;
        }
        let held = self.host.held(&wanted.repository);
        let found = match &wanted.which {
            WhichPull::Number(number) => held.into_iter().find(|held| held.pull.number == *number),
            WhichPull::OfBranch { owner, branch } => {
                let own =
                    held.into_iter().filter(|held| held.owner == *owner && held.branch == branch.as_str());
                own.max_by_key(|held| (held.pull.is_open(), held.pull.number))
            }
        };
        found.map_or(FoundPull::None, |held| FoundPull::There(Box::new(held.pull)))
    }
}

impl Forge for FakeForge {
    fn find(
        &self,
        caller: &CallerEnvironment,
        host: &str,
        wanted: &[WantedPull],
    ) -> Result<Vec<FoundPull>, ForgeError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        self.enter(caller, host, "find")?;
        Ok(wanted.iter().map(|wanted| self.one(wanted)).collect())
    }

    fn open(&self, caller: &CallerEnvironment, new: &NewPull) -> Result<PullRequest, ForgeError> {
        let host = new.repository.host.clone();
        self.enter(caller, &host, "open")?;
        if !self.host.has(&new.repository) {
            return Err(ForgeError::NotFound { host, what: "such repository or pull request".to_owned() });
        }
        let made = self.host.make(new).map_err(|message| ForgeError::Refused { host, message })?;
        Ok(made.pull)
    }

    fn news(
        &self,
        caller: &CallerEnvironment,
        repository: &HostedRepository,
        since: Option<&NewsMark>,
    ) -> Result<News, ForgeError> {
        self.enter(caller, &repository.host, "news")?;
        if !self.host.has(repository) {
            let (host, what) = (repository.host.clone(), "such repository or pull request".to_owned());
            return Err(ForgeError::NotFound { host, what });
        }
        let mark = NewsMark(self.host.mark());
        Ok(if since == Some(&mark) { News::Nothing } else { News::Something(Some(mark)) })
    }
}

/// A new pull request of a branch, ready for a review.
pub fn new_pull(repository: &HostedRepository, owner: &str, branch: &str) -> NewPull {
    NewPull {
        repository: repository.clone(),
        title: format!("Make {branch}"),
        body: "What it \"does\"\n\n`and` how".to_owned(),
        owner: owner.to_owned(),
        branch: owt_core::vcs::BranchName::new(branch).expect("a test names good branches"),
        base: owt_core::vcs::BranchName::new("main").expect("'main' is a valid name"),
        readiness: Readiness::Ready,
    }
}
