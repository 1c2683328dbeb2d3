//! An agent of the Python Package Index, in a virtual environment of its own.
//!
//! It must not touch what the developer has installed for Python.

use std::path::Path;

use owt_process::Cmd;

use super::PinnedAgent;
use super::Unavailable;
use super::agents::INSTALL_LIMIT;

/// Names that a fitting Python may have on the search path, the likeliest first.
const PYTHONS: [&str; 5] = ["python3.13", "python3.12", "python3.14", "python3", "python"];

/// Succeeds where Python is new enough: Mistral Vibe 3.0.2 needs 3.12 (its metadata).
const IS_NEW_ENOUGH: &str = "import sys, venv; sys.exit(sys.version_info < (3, 12))";

/// Makes the environment in `folder` and installs the agent's very version into it.
///
/// # Errors
/// Why it cannot be had: no fitting Python, no registry.
pub(super) fn install(agent: PinnedAgent, folder: &Path) -> Result<(), Unavailable> {
    let python = PYTHONS.into_iter().find(|python| runs_fitting(python)).ok_or_else(|| {
        Unavailable::because(format!("{} needs Python 3.12 or later on the search path", agent.program))
    })?;
    let package = format!("{}=={}", agent.package, agent.version);
    let because = |error| Unavailable::because(format!("{package} cannot be installed: {error}"));
    Cmd::new(python)
        .args(["-m", "venv"])
        .arg(folder)
        .current_dir(folder)
        .timeout(INSTALL_LIMIT)
        .run_checked()
        .map_err(because)?;
    Cmd::new(folder.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", &package])
        .current_dir(folder)
        .timeout(INSTALL_LIMIT)
        .run_checked()
        .map_err(because)?;
    Ok(())
}

/// A name may be there and run nothing: a version manager's, of a version that was not chosen.
fn runs_fitting(python: &str) -> bool {
    Cmd::new(python).args(["-c", IS_NEW_ENOUGH]).run().is_ok_and(|output| output.success())
}
