//! Whether the hooks of an agent in a terminal report: some programs skip hooks without a word, and then its statuses rest
//! on other evidence. In other sessions the program's own stream tells all of it.

use owt_agents::Manifest;
use owt_core::attempt::HookStanding;
use owt_core::attempt::HooksTell;

use crate::engine::Engine;
use crate::view::WorkspaceView;
use crate::workspace_settings::settings_of;

/// The event by whose name programs tell the beginning of a turn.
const BEGINNING: &str = "UserPromptSubmit";

/// How the hooks of a running session stand; `None` where there are none, or nothing rests on them.
pub(crate) fn hooks_heard(engine: &Engine, view: &WorkspaceView) -> Option<HookStanding> {
    let (_, attempt) = view.running()?;
    let (_, job) = view.job.as_ref()?;
    if !attempt.spec.session.is_terminal() {
        return None;
    }
    let settings =
        settings_of(engine.ports(), engine.home(), (view.id, view.workspace.spec.source())).ok()?;
    let tell = hooks_tell(settings.catalog.get(&job.spec.agent).ok()?)?;
    Some(attempt.hook_standing(tell, engine.ports().clock.now()))
}

/// What the hooks of an agent tell of every turn; `None` where it has none.
pub(crate) fn hooks_tell(manifest: &Manifest) -> Option<HooksTell> {
    manifest.hooks.format?;
    let begins = manifest.hooks.events.iter().any(|event| event == BEGINNING);
    Some(if begins { HooksTell::Beginnings } else { HooksTell::Ends })
}
