//! The person's editor, as `$VISUAL` or `$EDITOR` names it. It must not know what is edited.

use owt_agents::shell_words;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_config::Environment;
use owt_process::Cmd;
use owt_process::Placement;

/// What starts the editor; what it edits is still to be added. It shares the terminal.
pub(crate) fn command(environment: &Environment) -> Result<Cmd, Problem> {
    let named = environment.get("VISUAL").or_else(|| environment.get("EDITOR")).unwrap_or("vi");
    let wrong = |why: String| Problem::new(ErrorCode::Usage, format!("$VISUAL or $EDITOR {why}"));
    let mut words =
        shell_words::split(named).map_err(|error| wrong(format!("cannot be read: {error}")))?.into_iter();
    let program = words.next().ok_or_else(|| wrong("names no program".to_owned()))?;
    Ok(Cmd::new(program).args(words).placement(Placement::ParentGroup))
}
