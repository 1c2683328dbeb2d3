//! What a repository brings along that runs code (MCP servers, hooks, agent settings), and what the person has
//! approved of it: once per content, never by an agent (decisions 9 and 10).

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_agents::Catalog;
use owt_agents::Manifest;
use owt_agents::launch::FoundExtras;
use owt_agents::launch::RepositoryExtras;
use owt_core::AbsPath;
use owt_core::environment::HookMoment;
use owt_core::session::SessionKind;
use owt_ports::FileError;
use owt_ports::Git;
use owt_ports::HookFile;
use owt_ports::HookFileKind;
use owt_ports::HookPlace;
use owt_ports::PrivateFiles;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::home::Home;
use crate::hook_scripts::scripts;
use crate::ports::Ports;
use crate::settings::Hook;
use crate::settings::Settings;

/// Most files that are looked at; with more, nothing can be approved.
const MAX_FILES: usize = 2000;
/// Deepest folder below a name that is looked into.
const MAX_DEPTH: usize = 12;

/// The part of a repository's configuration that wants commands run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandsOf {
    /// A hook of its worktrees.
    Hook(HookMoment),
    /// The checks of what lands.
    Checks,
}

impl CommandsOf {
    /// The setting, as it is written.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Hook(moment) => moment.setting(),
            Self::Checks => "landing.checks",
        }
    }
}

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
    /// The commands of the configuration, as one would type them.
    pub(crate) commands: Vec<String>,
    /// What wants these commands run.
    pub(crate) commands_of: Option<CommandsOf>,
    /// The files that are there.
    pub(crate) files: Vec<String>,
    /// What is in them, as far as it is shown.
    pub(crate) contents: Vec<ShownFile>,
}

/// A file as it is shown to the person before they answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownFile {
    /// Its path in the checkout.
    pub path: String,
    /// What is in it, from its beginning.
    pub text: String,
    /// Whether that is all of it.
    pub extent: Extent,
}

/// How much of a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Its beginning.
    Beginning,
}

/// The most of one content that is shown, in bytes.
const SHOWN_BYTES: usize = 64 * 1024;

/// Files with what is in them, until there is no more room.
fn shown(found: &[(String, Vec<u8>)]) -> Vec<ShownFile> {
    let mut room = SHOWN_BYTES;
    let mut one = |(path, bytes): &(String, Vec<u8>)| {
        let part = &bytes[..bytes.len().min(room)];
        room -= part.len();
        let extent = if part.len() == bytes.len() { Extent::Whole } else { Extent::Beginning };
        ShownFile { path: path.clone(), text: String::from_utf8_lossy(part).into_owned(), extent }
    };
    found.iter().map(&mut one).collect()
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

/// The names of everything that some known agent would run or obey, relative to a checkout.
pub(crate) fn names_of(catalog: &Catalog) -> BTreeSet<String> {
    catalog.manifests().iter().flat_map(|manifest| manifest.guard.brings.iter().cloned()).collect()
}

/// Looks at what lies in a checkout under these names; `None` when there is nothing.
pub(crate) fn brought_along(
    files: &dyn PrivateFiles,
    checkout: &AbsPath,
    names: &BTreeSet<String>,
) -> Option<Brought> {
    let mut found = Vec::new();
    for name in names {
        collect(files, checkout, name, 0, &mut found);
    }
    let (digest, contents) = (digest(&found), shown(&found));
    let files = found.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    (!files.is_empty()).then_some(Brought {
        digest,
        commands: Vec::new(),
        commands_of: None,
        files,
        contents,
    })
}

/// The commands of a hook with the scripts in the checkout that they start: one that says the same and starts a
/// changed script is not what was approved.
pub(crate) fn brought_by_hook(
    files: &dyn PrivateFiles,
    git: &dyn Git,
    checkout: &AbsPath,
    moment: HookMoment,
    hook: &Hook,
) -> Brought {
    let scripts = scripts(files, git, checkout, &hook.commands);
    let commands: Vec<String> = hook.commands.iter().map(ToString::to_string).collect();
    let said = commands.iter().map(|command| (moment.setting().to_owned(), command.clone().into_bytes()));
    let found: Vec<(String, Vec<u8>)> = said.chain(scripts.iter().cloned()).collect();
    let contents = shown(&scripts);
    let files = scripts.into_iter().map(|(name, _)| name).collect();
    Brought { digest: digest(&found), commands, commands_of: Some(CommandsOf::Hook(moment)), files, contents }
}

/// The checks of a target, by their commands alone: what they start is what is to land, and is what they are for.
pub(crate) fn brought_by_checks(checks: &Hook) -> Brought {
    let wanted = CommandsOf::Checks;
    let commands: Vec<String> = checks.commands.iter().map(ToString::to_string).collect();
    let found: Vec<(String, Vec<u8>)> =
        commands.iter().map(|command| (wanted.setting().to_owned(), command.clone().into_bytes())).collect();
    let (files, contents) = (Vec::new(), Vec::new());
    Brought { digest: digest(&found), commands, commands_of: Some(wanted), files, contents }
}

/// The hooks that a commit of a landing runs, with all that lies beside them.
pub(crate) fn brought_by_git_hooks(hooks: &[HookFile]) -> Brought {
    let named = |hook: &HookFile| {
        let path = match hook.place {
            HookPlace::Inside => hook.path.as_path().display().to_string(),
            HookPlace::Around => format!("../{}", hook.path.as_path().display()),
        };
        match hook.kind {
            HookFileKind::Program => format!("hooks/{path}"),
            HookFileKind::Plain => format!("hooks/{path} (read by them)"),
        }
    };
    let found: Vec<(String, Vec<u8>)> =
        hooks.iter().map(|hook| (named(hook), hook.content.clone())).collect();
    let (digest, contents) = (digest(&found), shown(&found));
    let files = found.into_iter().map(|(name, _)| name).collect();
    Brought { digest, commands: Vec::new(), commands_of: None, files, contents }
}

fn digest(found: &[(String, Vec<u8>)]) -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in found {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files at or below a name. What cannot be read counts with its error, so that it is never approved unseen.
fn collect(
    files: &dyn PrivateFiles,
    checkout: &AbsPath,
    name: &str,
    depth: usize,
    found: &mut Vec<(String, Vec<u8>)>,
) {
    if found.len() >= MAX_FILES || depth > MAX_DEPTH {
        return;
    }
    let path = checkout.join(name);
    match files.read(&path) {
        Ok(Some(bytes)) => found.push((name.to_owned(), bytes)),
        Ok(None) => {}
        Err(error) => match files.list(&path) {
            Ok(below) => {
                for part in below {
                    collect(files, checkout, &format!("{name}/{part}"), depth + 1, found);
                }
            }
            Err(_) => found.push((name.to_owned(), error.to_string().into_bytes())),
        },
    }
}

/// How an attempt treats what its repository brings along, in the workspace and in the main checkout.
pub(crate) fn extras(
    ports: &Ports,
    home: &Home,
    settings: &Settings,
    (manifest, session): (&Manifest, SessionKind),
    checkouts: [&AbsPath; 2],
) -> RepositoryExtras {
    let own: BTreeSet<String> = manifest.guard.brings.iter().cloned().collect();
    let files = ports.files.as_ref();
    let relevant: Vec<&AbsPath> =
        checkouts.into_iter().filter(|checkout| brought_along(files, checkout, &own).is_some()).collect();
    let answers = Answers::load(files, home);
    let names = names_of(&settings.catalog);
    let allowed = |checkout: &&AbsPath| {
        brought_along(files, checkout, &names).is_some_and(|brought| {
            brought.files.len() < MAX_FILES && answers.verdict(&brought.digest) == Some(Verdict::Allowed)
        })
    };
    let found = match relevant.as_slice() {
        [] => FoundExtras::None,
        some if some.iter().all(allowed) => FoundExtras::Approved,
        _ => FoundExtras::Unapproved,
    };
    RepositoryExtras::decide(manifest, session, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_has_an_end() {
        let files = [("a", 10), ("b", SHOWN_BYTES), ("c", 1)];
        let files = files.map(|(name, length)| (name.to_owned(), vec![b'x'; length]));
        let shown = shown(&files);
        let lengths: Vec<usize> = shown.iter().map(|file| file.text.len()).collect();
        assert_eq!(lengths, [10, SHOWN_BYTES - 10, 0]);
        let extents: Vec<Extent> = shown.iter().map(|file| file.extent).collect();
        assert_eq!(extents, [Extent::Whole, Extent::Beginning, Extent::Beginning]);
    }
}
