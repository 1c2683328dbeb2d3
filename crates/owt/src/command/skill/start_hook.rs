//! The hook for sessions that the person starts themselves, as one of the things that are installed: in their own settings of
//! Claude Code only. What stands in its way is told and holds up nothing else.

use owt_agents::shell_words;

use super::Deed;
use super::Place;
use super::Planned;
use super::Target;
use super::unusable;
use crate::failure::Failure;
use crate::skill::Standing;
use crate::skill::disk;
use crate::skill::disk::Found;
use crate::skill::start_hook;
pub(super) use crate::skill::start_hook::NAME;

/// What is to be done about it; nothing in a repository, whose settings everybody has who works there.
pub(super) fn planned(target: &Target, deed: fn(Standing) -> Deed) -> Result<Option<Planned>, Failure> {
    if target.place != Place::User {
        return Ok(None);
    }
    let path = target.file(start_hook::PATH)?;
    let found = disk::look(path.as_path()).map_err(|error| unusable(path.as_str(), &error))?;
    let seen = match &found {
        Found::Nothing => start_hook::standing(None),
        Found::File(bytes) => start_hook::standing(Some(bytes)),
        Found::Other => Ok(Standing::Foreign),
    };
    let planned = |state, action, left, becomes| {
        let path = path.to_string();
        Planned { name: NAME, path, state, action, tracked: false, left, found: found.clone(), becomes }
    };
    let by_hand = |why: &str| {
        let show = shell_words::join(&["owt", "skill", "show", NAME].map(str::to_owned));
        Some(format!("{why}; to put the hook in yourself: {show}"))
    };
    let leave = |why: &str| planned(Standing::Foreign, Deed::Leave, by_hand(why), None);
    let state = match seen {
        Ok(Standing::Foreign) => return Ok(Some(leave("it is a symbolic link, or no file"))),
        Ok(state) => state,
        Err(error) => return Ok(Some(leave(&error.to_string()))),
    };
    let becomes = match (deed(state), &found) {
        (Deed::Remove, Found::File(bytes)) => start_hook::without_hook(bytes),
        (Deed::Leave, _) | (Deed::Remove, _) => Ok(None),
        (_, Found::File(bytes)) => start_hook::with_hook(Some(bytes)).map(Some),
        (_, _) => start_hook::with_hook(None).map(Some),
    };
    Ok(Some(match becomes {
        Ok(becomes) => planned(state, deed(state), None, becomes),
        Err(error) => leave(&error.to_string()),
    }))
}
