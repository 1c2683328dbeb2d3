//! Pull requests and their checks at code hosts: GitHub, github.com and Enterprise.
//!
//! - `dialect` is GitHub's language, pure: questions as text, answers as values or typed errors.
//! - `exchange` is one request and its answer, however they travel: by [`gh`] (its login is its own affair) or by [`https`]
//!   with a token of the caller's environment. `access` says which.
//! - `limits` remembers what a host has said of its limits; before their end nobody asks it.
//!
//! This room must not know workspaces, git or what a pull request is for. A token is in no message, log or command line.
//! Where a host's behaviour is relied upon, its documentation is named (docs.github.com, REST API version 2022-11-28).

mod access;
mod dialect;
mod exchange;
mod gh;
mod https;
mod limits;

use std::sync::Arc;

use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::PullRequest;
use owt_ports::CallerEnvironment;
use owt_ports::Clock;
use owt_ports::Forge;
use owt_ports::ForgeError;
use owt_ports::FoundPull;
use owt_ports::NewPull;
use owt_ports::News;
use owt_ports::NewsMark;
use owt_ports::WantedPull;

use dialect::AT_ONCE;
use dialect::Status;
use exchange::Answer;
use exchange::Question;
use https::Client;
use limits::Limits;

/// GitHub, as the caller of each request reaches it.
pub struct GitHub {
    client: Client,
    limits: Limits,
}

impl GitHub {
    /// Nothing is asked yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { client: Client::default(), limits: Limits::new(clock) }
    }

    /// Asks, unless the host has said that it does not want to be asked now.
    fn ask(&self, caller: &CallerEnvironment, host: &str, question: &Question) -> Result<Answer, ForgeError> {
        self.limits.require(host)?;
        let answer = access::way(caller, host, &self.client)?.ask(host, question)?;
        self.limits.note(host, &answer)?;
        Ok(answer)
    }

    fn find_some(
        &self,
        caller: &CallerEnvironment,
        host: &str,
        wanted: &[WantedPull],
    ) -> Result<Vec<FoundPull>, ForgeError> {
        let asked = dialect::search(wanted);
        let answer = self.ask(caller, host, &Question::graphql(&asked))?;
        match dialect::status(host, &answer)? {
            Status::Done => dialect::found(host, wanted, &answer),
            Status::Unchanged => Err(dialect::strange(host, "it answered 304 to a question")),
        }
    }
}

impl Forge for GitHub {
    fn find(
        &self,
        caller: &CallerEnvironment,
        host: &str,
        wanted: &[WantedPull],
    ) -> Result<Vec<FoundPull>, ForgeError> {
        let mut found = Vec::new();
        for some in wanted.chunks(AT_ONCE) {
            found.extend(self.find_some(caller, host, some)?);
        }
        Ok(found)
    }

    fn open(&self, caller: &CallerEnvironment, new: &NewPull) -> Result<PullRequest, ForgeError> {
        let host = new.repository.host.as_str();
        let path = format!("repos/{}/pulls", new.repository);
        let answer = self.ask(caller, host, &Question::post(path, dialect::new_pull(new)))?;
        match dialect::status(host, &answer)? {
            Status::Done => dialect::opened(host, &answer),
            Status::Unchanged => Err(dialect::strange(host, "it answered 304 to a new pull request")),
        }
    }

    fn news(
        &self,
        caller: &CallerEnvironment,
        repository: &HostedRepository,
        since: Option<&NewsMark>,
    ) -> Result<News, ForgeError> {
        // The newest change of any of them changes this page, and with it its mark.
        let path = format!("repos/{repository}/pulls?state=all&sort=updated&direction=desc&per_page=1");
        let answer = self.ask(caller, &repository.host, &Question::get(path, since.cloned()))?;
        Ok(match dialect::status(&repository.host, &answer)? {
            Status::Unchanged => News::Nothing,
            Status::Done => News::Something(answer.header("etag").map(|mark| NewsMark(mark.to_owned()))),
        })
    }
}
