//! Whether a server that answers is one to work with. Pure.

use owt_api::Build;
use owt_api::Handshake;

/// What we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The protocol we speak.
    pub protocol: u32,
    /// Our version, `major.minor.patch`.
    pub version: String,
    /// Our build.
    pub build: Build,
}

/// What to do about a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Work with it.
    Use,
    /// It is older: it drains, and ours takes its place.
    Replace,
    /// It is newer and speaks another protocol: only its own client can talk to it.
    Newer,
}

/// Compares a server with us. With the same protocol a newer server serves us; an older one is replaced, so that
/// what was just installed or built is what runs.
pub fn judge(ours: &Own, theirs: &Handshake) -> Verdict {
    let age = |version: &str, build: Build| (numbers(version), build);
    match theirs.protocol.cmp(&ours.protocol) {
        std::cmp::Ordering::Greater => Verdict::Newer,
        std::cmp::Ordering::Less => Verdict::Replace,
        std::cmp::Ordering::Equal if age(&theirs.version, theirs.build) < age(&ours.version, ours.build) => {
            Verdict::Replace
        }
        std::cmp::Ordering::Equal => Verdict::Use,
    }
}

/// A version's numbers; what is no number counts as zero.
fn numbers(version: &str) -> [u64; 3] {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    let mut parts = release.split('.').map(|part| part.parse().unwrap_or(0));
    [0; 3].map(|zero| parts.next().unwrap_or(zero))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_is_replaced_newer_is_used_and_another_protocol_decides_alone() {
        let ours = Own { protocol: 3, version: "1.2.0".to_owned(), build: Build(50) };
        for (protocol, version, build, expected) in [
            (3, "1.2.0", 50, Verdict::Use),
            (3, "1.2.0", 49, Verdict::Replace),
            (3, "1.2.0", 51, Verdict::Use),
            (3, "1.10.0", 1, Verdict::Use),
            (3, "1.1.9", 99, Verdict::Replace),
            (3, "1.2.0-rc1", 50, Verdict::Use),
            (3, "strange", 99, Verdict::Replace),
            (2, "9.9.9", 99, Verdict::Replace),
            (4, "0.0.1", 1, Verdict::Newer),
        ] {
            let theirs = Handshake { protocol, version: version.to_owned(), build: Build(build), pid: 1 };
            assert_eq!(judge(&ours, &theirs), expected, "{theirs:?}");
        }
    }
}
