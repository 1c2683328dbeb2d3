//! Where a branch goes, and which repository a pull request of it comes into.

use owt_core::pull_request::HostedRepository;
use owt_core::workspace::Worktree;
use owt_ports::Remote;
use owt_ports::RemoteList;

use super::PullError;
use crate::engine::Engine;

/// The remote that is the repository one has forked, by custom and by `gh`.
const UPSTREAM: &str = "upstream";

/// Where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    /// The remote that the branch is pushed to.
    pub(super) remote: Remote,
    /// The remotes by which one reads it, or the repository that the pull request comes into: what was fetched of them is known there.
    pub(super) known_by: Vec<String>,
    /// Whose branch it is there.
    pub(super) owner: String,
    /// The repository that the pull request comes into.
    pub(super) base: HostedRepository,
}

/// Where a workspace's branch goes. No remote is asked.
pub(super) fn destination(engine: &Engine, line: &Worktree) -> Result<Destination, PullError> {
    let list = engine.ports().remotes.remotes(&line.repository, &line.branch)?;
    let name = list.push.as_ref().ok_or_else(|| PullError::NoRemote(line.branch.clone()))?;
    // It may be an address, and that may hold a password: it is in no message.
    let push = list.named(name).ok_or_else(|| PullError::ByAddress(line.branch.clone()))?;
    let not_hosted = || PullError::NotHosted { remote: push.name.clone() };
    let [push_url] = push.push_urls.as_slice() else {
        return Err(PullError::SeveralAddresses { remote: push.name.clone() });
    };
    // What is pushed elsewhere on the way (`pushInsteadOf`, a mirror) is still of the repository that is read.
    let head = HostedRepository::of_url(push_url).or_else(|| HostedRepository::of_url(&push.url));
    let head = head.ok_or_else(not_hosted)?;
    let base = base(&list, &head.host)
        .or_else(|| HostedRepository::of_url(&push.url))
        .unwrap_or_else(|| head.clone());
    let is_known = |remote: &&Remote| {
        remote.name == push.name || HostedRepository::of_url(&remote.url).is_some_and(|it| it == base)
    };
    let known_by = list.all.iter().filter(is_known).map(|remote| remote.name.clone()).collect();
    Ok(Destination { remote: push.clone(), known_by, owner: head.owner, base })
}

/// What `gh repo set-default` was told, otherwise what is called upstream; at the same host, where the branch will be.
fn base(list: &RemoteList, host: &str) -> Option<HostedRepository> {
    let said = list.all.iter().find_map(resolved);
    let upstream = || list.named(UPSTREAM).and_then(|remote| HostedRepository::of_url(&remote.url));
    said.or_else(upstream).filter(|base| base.host == host)
}

fn resolved(remote: &Remote) -> Option<HostedRepository> {
    let own = HostedRepository::of_url(&remote.url)?;
    match remote.resolved.as_deref()? {
        "base" => Some(own),
        named => HostedRepository::of_url(&format!("https://{}/{named}", own.host)),
    }
}
