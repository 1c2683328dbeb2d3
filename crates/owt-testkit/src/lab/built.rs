//! Finds the programs of this crate from any other crate's tests.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use owt_process::Cmd;

use super::Unavailable;

/// How long a build may take.
const BUILD_LIMIT: Duration = Duration::from_secs(600);

/// The path of `scripted-agent` or `scripted-model`. A test run of the whole workspace has built it; one of a
/// single crate builds it here, once.
///
/// # Errors
/// When it is not there and cannot be built.
pub fn built_program(name: &str) -> Result<PathBuf, Unavailable> {
    let folder = build_folder()?;
    let program = folder.join(name);
    if !program.is_file() {
        build(name, &folder)?;
    }
    Ok(program)
}

/// The folder of the running profile: `target/debug` for a test in `target/debug/deps`.
pub(super) fn build_folder() -> Result<PathBuf, Unavailable> {
    let running = std::env::current_exe().map_err(|error| Unavailable::because(error.to_string()))?;
    let folder = running.parent().unwrap_or(&running);
    let is_below = folder.ends_with("deps") || folder.ends_with("examples");
    Ok(if is_below { folder.parent().unwrap_or(folder) } else { folder }.to_owned())
}

fn build(name: &str, folder: &Path) -> Result<(), Unavailable> {
    let target = folder.parent().unwrap_or(folder);
    Cmd::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "owt-testkit", "--bin", name])
        .env("CARGO_TARGET_DIR", target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .timeout(BUILD_LIMIT)
        .run_checked()
        .map_err(|error| Unavailable::because(format!("{name} cannot be built: {error}")))?;
    Ok(())
}
