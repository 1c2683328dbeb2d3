//! What of the person's own agent settings goes along with a session: read from their checkout when it starts, and kept
//! beside its files, so that these can be told from others later whatever has become of the settings.

use owt_agents::Manifest;
use owt_agents::launch::FilePurpose;
use owt_agents::launch::HandedOver;
use owt_agents::launch::LaunchFile;
use owt_agents::launch::RepositoryExtras;
use owt_agents::launch::SettingsPlace;
use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::workspace::Ground;
use owt_core::workspace::Workspace;
use owt_ports::FileError;
use owt_ports::PrivateFiles;
use owt_ports::StoreError;

use crate::home::Home;
use crate::moved_text::MovedText;

/// The record of what went along, in an attempt's folder.
const RECORD: &str = "handed-over.json";

/// Whether a session is being started, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handing {
    /// It starts now.
    Now,
    /// It was started before.
    Before,
}

/// The file that says what goes along.
pub(crate) fn record(home: &Home, attempt: AttemptId, handed: &HandedOver) -> LaunchFile {
    let content = serde_json::to_string(handed).expect("texts and JSON are always JSON");
    LaunchFile { path: place(home, attempt), content, purpose: FilePurpose::Words }
}

fn place(home: &Home, attempt: AttemptId) -> AbsPath {
    home.attempt(attempt).join(RECORD)
}

/// What went along with a session that was started.
///
/// # Errors
/// [`StoreError::Crashed`] when the process died at this point.
pub(crate) fn recorded(
    files: &dyn PrivateFiles,
    home: &Home,
    attempt: AttemptId,
) -> Result<Option<HandedOver>, StoreError> {
    let found = read(files, &place(home, attempt))?;
    Ok(found.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// What goes along now: nothing that the person has not approved.
///
/// # Errors
/// [`StoreError::Crashed`] when the process died at this point.
pub(crate) fn approved(
    files: &dyn PrivateFiles,
    manifest: &Manifest,
    workspace: &Workspace,
    extras: RepositoryExtras,
) -> Result<Option<HandedOver>, StoreError> {
    let (Ground::Worktree(line), Some(furnishing)) = (&workspace.spec.ground, &workspace.outfit.furnishing)
    else {
        return Ok(None);
    };
    if furnishing.handed_over.is_empty() || extras != RepositoryExtras::LetIn {
        return Ok(None);
    }
    let moved = MovedText::into(workspace, line);
    let adjust = |text: &str| moved.of(text);
    let rule = &manifest.guard.hand_over;
    let mut handed = HandedOver::default();
    let goes_along = |file: &String| furnishing.handed_over.contains(file);
    for file in &rule.settings {
        let (place, root) = match goes_along(file) {
            true => (SettingsPlace::Checkout, line.repository.source()),
            false => (SettingsPlace::Worktree, &workspace.spec.path),
        };
        let Some(bytes) = read(files, &root.join(file))? else { continue };
        if let Err(error) = handed.add_settings(place, &bytes, &adjust) {
            tracing::warn!(%file, %error, "settings of the person's do not go along");
        }
    }
    if let Some(file) = rule.servers.as_ref().filter(|file| goes_along(file))
        && let Some(bytes) = read(files, &line.repository.source().join(file))?
        && let Err(error) = handed.add_servers(&bytes, &adjust)
    {
        tracing::warn!(%file, %error, "servers of the person's do not go along");
    }
    Ok((!handed.is_empty()).then_some(handed))
}

/// What cannot be read safely does not go along.
fn read(files: &dyn PrivateFiles, path: &AbsPath) -> Result<Option<Vec<u8>>, StoreError> {
    match files.read(path) {
        Ok(found) => Ok(found),
        Err(FileError::Crashed) => Err(StoreError::Crashed),
        Err(error) => {
            tracing::warn!(%path, %error, "settings of the person's do not go along");
            Ok(None)
        }
    }
}
