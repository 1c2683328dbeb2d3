//! Who makes a request (decision 8): the person, or the attempt whose host tree the peer's process lives in.

use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::AttemptId;
use owt_process::tree;
use owt_process::tree::ProcessIdentity;

use crate::Caller;
use crate::Service;

/// How often the peer's line is read until two readings agree. A parent that ends between two looks cuts the
/// line short; the next reading shows who inherited the process.
const READINGS: usize = 5;

/// The process at the other end of a connection, as it was when the connection came.
#[derive(Debug, Clone)]
pub(crate) enum Peer {
    /// Another user.
    Foreign {
        /// Their user id.
        uid: u32,
    },
    /// Ours, but it ended before we could see where it stands, or the system does not show it.
    Unseen,
    /// Ours: itself, its parent, and so on.
    Line(Vec<u32>),
}

impl Peer {
    /// Looks at the process that connected. `uid` and `pid` are the system's word (`SO_PEERCRED`).
    pub(crate) fn of(uid: u32, pid: Option<u32>) -> Self {
        if uid != rustix::process::geteuid().as_raw() {
            return Self::Foreign { uid };
        }
        pid.filter(|&pid| pid != 0).and_then(steady_line).map_or(Self::Unseen, Self::Line)
    }
}

fn steady_line(pid: u32) -> Option<Vec<u32>> {
    let mut before = line(pid)?;
    for _ in 0..READINGS {
        let now = line(pid)?;
        if now == before {
            return Some(now.into_iter().map(|process| process.pid).collect());
        }
        before = now;
    }
    None
}

fn line(pid: u32) -> Option<Vec<ProcessIdentity>> {
    let own = ProcessIdentity::of(pid).filter(|own| own.is_alive())?;
    let mut line = vec![own];
    line.extend(tree::ancestors(pid));
    Some(line)
}

/// Who asks. Blocking: the service is asked for hosts and credentials.
///
/// # Errors
/// `forbidden`, `bad_credential`.
pub(crate) fn caller(service: &dyn Service, peer: &Peer, bearer: Option<&str>) -> Result<Caller, Problem> {
    let line = match peer {
        Peer::Foreign { uid } => return Err(foreign(*uid)),
        Peer::Unseen => &[][..],
        Peer::Line(line) => line,
    };
    let inside = innermost(&service.hosts(), line);
    let bearer = bearer.map(|token| service.bearer(token)).transpose()?;
    match (inside, bearer) {
        (Some(inside), Some(bearer)) if inside != bearer => Err(Problem::new(
            ErrorCode::Forbidden,
            format!("a process of {inside} used the credential of another session"),
        )),
        (Some(attempt), _) | (None, Some(attempt)) => Ok(Caller::Attempt(attempt)),
        (None, None) => line
            .first()
            .map(|&pid| Caller::Person { pid: Some(pid) })
            .ok_or_else(|| Problem::new(ErrorCode::Forbidden, "the asking process cannot be seen")),
    }
}

fn innermost(hosts: &[(AttemptId, u32)], line: &[u32]) -> Option<AttemptId> {
    line.iter().find_map(|pid| hosts.iter().find(|(_, host)| host == pid).map(|&(attempt, _)| attempt))
}

/// Refuses what only a person may do where no server can be asked: a process that lives inside one of these hosts, or
/// that cannot be seen.
///
/// # Errors
/// `person_only`, `forbidden`.
pub fn require_person(hosts: &[(AttemptId, u32)], asker: u32, refusal: &str) -> Result<(), Problem> {
    let Some(line) = steady_line(asker) else {
        return Err(Problem::new(ErrorCode::Forbidden, "the asking process cannot be seen"));
    };
    innermost(hosts, &line).map_or(Ok(()), |_| {
        Err(Problem::new(ErrorCode::PersonOnly, refusal)
            .hint("ask the person to run it in their own terminal"))
    })
}

fn foreign(uid: u32) -> Problem {
    Problem::new(ErrorCode::Forbidden, format!("user {uid} may not use this server"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_host_wins() {
        let (outer, inner) = (AttemptId::from_bits(1), AttemptId::from_bits(2));
        let hosts = [(outer, 10), (inner, 20)];
        assert_eq!(innermost(&hosts, &[30, 20, 15, 10, 1]), Some(inner));
        assert_eq!(innermost(&hosts, &[15, 10, 1]), Some(outer));
        assert_eq!(innermost(&hosts, &[40, 1]), None);
    }

    #[test]
    fn without_a_server_a_process_inside_a_host_is_no_person() {
        let own = std::process::id();
        let code = |hosts: &[(AttemptId, u32)], asker| {
            require_person(hosts, asker, "no").map_err(|problem| problem.code)
        };
        let attempt = AttemptId::from_bits(1);
        assert_eq!(code(&[], own), Ok(()));
        assert_eq!(code(&[(attempt, own)], own), Err(ErrorCode::PersonOnly));
        let parent = tree::ancestors(own)[0].pid;
        assert_eq!(code(&[(attempt, parent)], own), Err(ErrorCode::PersonOnly));
        assert_eq!(code(&[], 5_000_000), Err(ErrorCode::Forbidden));
    }

    #[test]
    fn we_ourselves_have_a_line_and_a_dead_process_has_none() {
        let own = std::process::id();
        let uid = rustix::process::geteuid().as_raw();
        match Peer::of(uid, Some(own)) {
            Peer::Line(line) => assert_eq!(line[0], own),
            other => panic!("{other:?}"),
        }
        // Above the largest process id that Linux gives out (2^22, proc(5)).
        assert!(matches!(Peer::of(uid, Some(5_000_000)), Peer::Unseen));
        assert!(matches!(Peer::of(uid, None), Peer::Unseen));
        assert!(matches!(Peer::of(uid + 1, Some(own)), Peer::Foreign { .. }));
    }
}
