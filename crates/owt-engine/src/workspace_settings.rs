//! The configuration that a workspace is under: what the files say now, and over them what the person's variables said when
//! they asked for it.

use std::collections::BTreeMap;

use owt_core::AbsPath;
use owt_core::WorkspaceId;
use owt_ports::PrivateFiles;

use crate::home::Home;
use crate::ports::Ports;
use crate::settings::BrokenSettings;
use crate::settings::Settings;

/// The environment that the agents of a workspace start with; `None` where it is gone or cannot be read.
pub(crate) fn environment_of(
    files: &dyn PrivateFiles,
    home: &Home,
    id: WorkspaceId,
) -> Option<BTreeMap<String, String>> {
    let path = home.environment(id);
    match files.read(&path) {
        Ok(bytes) => bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()),
        Err(error) => {
            tracing::warn!(%path, %error, "what the person's variables said of settings is not known");
            None
        }
    }
}

/// The settings of a workspace, by the place where its repository keeps its own.
///
/// # Errors
/// [`BrokenSettings`].
pub(crate) fn settings_of(
    ports: &Ports,
    home: &Home,
    (id, source): (WorkspaceId, Option<&AbsPath>),
) -> Result<Settings, BrokenSettings> {
    let environment = environment_of(&*ports.files, home, id);
    ports.settings.settings(source, environment.as_ref())
}
