//! Finding installed programs: on a search path that the caller brings, never on ours by accident.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use owt_core::AbsPath;
use rustix::fs::Access;

use crate::Cmd;

/// How long a program has to print its version.
const VERSION_LIMIT: Duration = Duration::from_secs(2);

/// How much of a version's output is kept, in bytes.
const VERSION_CAP: usize = 64 * 1024;

/// The first executable file called `name`: an absolute path as it is, otherwise in `search_path` (the value of
/// `PATH`; empty and relative entries are skipped), then at each of `known_paths`. A relative path with a slash
/// is never found.
pub fn find_program(name: &str, search_path: &str, known_paths: &[AbsPath]) -> Option<AbsPath> {
    let on_path = || first_on_path(Path::new(name), search_path.split(':').map(Path::new));
    let found = if name.starts_with('/') {
        Some(PathBuf::from(name)).filter(|path| is_executable(path))
    } else {
        on_path()
    };
    let known =
        || known_paths.iter().map(AbsPath::as_path).find(|path| is_executable(path)).map(Path::to_owned);
    AbsPath::new(found.or_else(known)?).ok()
}

/// The first line that `program --version` prints (on standard output, else on standard error) within two
/// seconds, in this environment; `None` when it fails or says nothing.
pub fn program_version(program: &AbsPath, environment: &BTreeMap<String, String>) -> Option<String> {
    let output = Cmd::new(program.as_path())
        .arg("--version")
        .env_base(environment.clone())
        .current_dir("/")
        .timeout(VERSION_LIMIT)
        .output_cap(VERSION_CAP)
        .label(format!("{} --version", program.file_name()))
        .run()
        .ok()
        .filter(crate::Output::success)?;
    first_line(&output.stdout).or_else(|| first_line(&output.stderr))
}

fn first_line(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}

/// Looks for a bare name in the absolute folders of a search path.
pub(crate) fn first_on_path<'a>(name: &Path, mut folders: impl Iterator<Item = &'a Path>) -> Option<PathBuf> {
    let is_bare = name.components().count() == 1 && name.file_name() == Some(name.as_os_str());
    if !is_bare {
        return None;
    }
    folders.find_map(|folder| {
        let candidate = folder.join(name);
        (folder.is_absolute() && is_executable(&candidate)).then_some(candidate)
    })
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file()) && rustix::fs::access(path, Access::EXEC_OK).is_ok()
}
