//! What a repository brings along that runs code (MCP servers, hooks, agent settings), and what the person has
//! approved of it: once per content, never by an agent (decisions 9 and 10).

use std::collections::BTreeMap;

use owt_agents::launch::RepositoryExtras;
use owt_core::AbsPath;
use owt_core::session::SessionKind;
use owt_ports::FileError;
use owt_ports::PrivateFiles;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::home::Home;
use crate::ports::Ports;

/// Files of a checkout that agents start programs from, relative to its root.
const BROUGHT_ALONG: &[&str] = &[
    ".mcp.json",
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".codex/config.toml",
    ".codex/hooks.json",
    ".gemini/settings.json",
    ".opencode/opencode.json",
    "opencode.json",
    ".factory/settings.json",
];

/// The person's answer to one content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It may run.
    Allowed,
    /// It may not.
    Denied,
}

/// The answers, by digest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Answers {
    verdicts: BTreeMap<String, Verdict>,
}

/// What a repository brings along now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Brought {
    /// SHA-256 over names and contents, in hexadecimal.
    pub(crate) digest: String,
    /// The files that are there.
    pub(crate) files: Vec<String>,
}

impl Answers {
    /// Reads the answers; a damaged file counts as no answer at all (fails closed).
    pub(crate) fn load(files: &dyn PrivateFiles, home: &Home) -> Self {
        let bytes = files.read(&home.approvals()).ok().flatten().unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Writes them.
    pub(crate) fn save(&self, files: &dyn PrivateFiles, home: &Home) -> Result<(), FileError> {
        let bytes = serde_json::to_vec_pretty(self).expect("a map of strings is always JSON");
        files.write(&home.approvals(), &bytes)
    }

    /// The answer to a content.
    pub(crate) fn verdict(&self, digest: &str) -> Option<Verdict> {
        self.verdicts.get(digest).copied()
    }

    /// Notes an answer.
    pub(crate) fn note(&mut self, digest: String, verdict: Verdict) {
        self.verdicts.insert(digest, verdict);
    }
}

/// Looks at what lies in a checkout; `None` when there is nothing that runs code.
pub(crate) fn brought_along(files: &dyn PrivateFiles, checkout: &AbsPath) -> Option<Brought> {
    let mut hash = Sha256::new();
    let mut found = Vec::new();
    for name in BROUGHT_ALONG {
        let Ok(Some(bytes)) = files.read(&checkout.join(name)) else { continue };
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
        found.push((*name).to_owned());
    }
    let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    (!found.is_empty()).then_some(Brought { digest, files: found })
}

/// How an attempt treats what its repository brings along. In a terminal the program asks its person itself.
pub(crate) fn extras(
    ports: &Ports,
    home: &Home,
    checkout: &AbsPath,
    session: SessionKind,
) -> RepositoryExtras {
    if session.is_terminal() {
        return RepositoryExtras::AskedByProgram;
    }
    let answers = Answers::load(ports.files.as_ref(), home);
    match brought_along(ports.files.as_ref(), checkout) {
        Some(brought) if answers.verdict(&brought.digest) == Some(Verdict::Allowed) => {
            RepositoryExtras::LetIn
        }
        _ => RepositoryExtras::KeepOut,
    }
}
