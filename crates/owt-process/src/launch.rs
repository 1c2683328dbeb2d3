//! From a description to a started process: the program is found, everything is checked, and the system's
//! errors are sorted into ours.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child as StdChild;
use std::process::Command;
use std::time::Duration;

use rustix::fs::Access;
use rustix::io::Errno;

use crate::Cmd;
use crate::Placement;
use crate::ProcessError;
use crate::Streams;
use crate::programs::first_on_path;
use crate::trace::SpawnRecord;
use crate::tree::offspring;

/// How often a program that is being written at this moment (ETXTBSY) is tried again, and the first pause,
/// which doubles. Another thread's fork holds a just closed file open until its exec.
const BUSY_TRIES: u32 = 6;
const BUSY_PAUSE: Duration = Duration::from_millis(2);

/// Starts the process.
pub(crate) fn start(cmd: &Cmd, streams: Streams) -> Result<(StdChild, SpawnRecord), ProcessError> {
    let mut record = SpawnRecord::begin(cmd);
    match try_start(cmd, streams) {
        Ok(child) => {
            record.started(child.id());
            Ok((child, record))
        }
        Err(error) => {
            record.resolve(&format!("not started: {error}"));
            Err(error)
        }
    }
}

fn try_start(cmd: &Cmd, streams: Streams) -> Result<StdChild, ProcessError> {
    let mut command = prepare(cmd, &cmd.placement)?;
    command.stdin(streams.stdin).stdout(streams.stdout).stderr(streams.stderr);
    spawn_unless_busy(&mut command).map_err(|error| sorted(cmd, Path::new(command.get_program()), error))
}

/// Replaces this process; returns only when that failed.
pub(crate) fn replace(cmd: &Cmd) -> ProcessError {
    use std::os::unix::process::CommandExt;

    let record = SpawnRecord::begin(cmd);
    match prepare(cmd, &Placement::ParentGroup) {
        Ok(mut command) => {
            record.resolve("replacing this process");
            sorted(cmd, Path::new(&command.get_program().to_owned()), command.exec())
        }
        Err(error) => {
            record.resolve(&format!("not started: {error}"));
            error
        }
    }
}

fn prepare(cmd: &Cmd, placement: &Placement) -> Result<Command, ProcessError> {
    let environment = cmd.environment().resolve();
    refuse_nul(cmd, &environment)?;
    let path = environment.get(OsStr::new("PATH")).map(AsRef::as_ref);
    let program = located(cmd.program(), path)?;
    #[expect(clippy::disallowed_methods, reason = "this is the one place that starts a process")]
    let mut command = Command::new(program);
    command.args(cmd.arguments()).env_clear().envs(environment);
    if let Some(directory) = cmd.directory() {
        command.current_dir(directory);
    }
    placement.apply(&mut command);
    Ok(command)
}

/// The file to execute: an absolute path as it is, a bare name from the child's search path.
fn located(program: &OsStr, search_path: Option<&OsStr>) -> Result<PathBuf, ProcessError> {
    let shown = || program.to_string_lossy().into_owned();
    if Path::new(program).is_absolute() {
        return Ok(program.into());
    }
    if program.as_bytes().contains(&b'/') {
        return Err(ProcessError::RelativeProgram { program: shown() });
    }
    let folders = || {
        let entries = search_path.unwrap_or_default().as_bytes().split(|byte| *byte == b':');
        entries.map(|entry| Path::new(OsStr::from_bytes(entry))).filter(|entry| entry.is_absolute())
    };
    first_on_path(Path::new(program), folders()).ok_or_else(|| {
        match folders().map(|folder| folder.join(program)).find(|path| path.is_file()) {
            Some(_) => {
                ProcessError::NotExecutable { program: shown(), reason: "permission denied".to_owned() }
            }
            None => ProcessError::NotFound { program: shown() },
        }
    })
}

fn refuse_nul(cmd: &Cmd, environment: &BTreeMap<OsString, OsString>) -> Result<(), ProcessError> {
    let has_nul = |text: &OsStr| text.as_bytes().contains(&0);
    let refused = |place: String| Err(ProcessError::NulByte { place });
    if has_nul(cmd.program()) {
        return refused("the program's name".to_owned());
    }
    if let Some(index) = cmd.arguments().position(has_nul) {
        return refused(format!("argument {}", index + 1));
    }
    if cmd.directory().is_some_and(|directory| has_nul(directory.as_os_str())) {
        return refused("the working directory".to_owned());
    }
    match environment.iter().find(|(name, value)| has_nul(name) || has_nul(value)) {
        Some((name, _)) => refused(format!("variable {}", name.to_string_lossy().replace('\0', "\\0"))),
        None => Ok(()),
    }
}

fn spawn_unless_busy(command: &mut Command) -> io::Result<StdChild> {
    let mut pause = BUSY_PAUSE;
    for _ in 1..BUSY_TRIES {
        match offspring::spawned(command) {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => wait_for_writer(pause),
            other => return other,
        }
        pause *= 2;
    }
    offspring::spawned(command)
}

#[expect(clippy::disallowed_methods, reason = "no event tells that nobody has a program open for writing")]
fn wait_for_writer(pause: Duration) {
    std::thread::sleep(pause);
}

fn sorted(cmd: &Cmd, program: &Path, error: io::Error) -> ProcessError {
    let shown = || cmd.program().to_string_lossy().into_owned();
    let not_executable = |reason: String| ProcessError::NotExecutable { program: shown(), reason };
    if let Some(unusable) = unusable_directory(cmd) {
        return unusable;
    }
    match Errno::from_io_error(&error) {
        Some(Errno::NOTTY | Errno::PERM) if matches!(cmd.placement, Placement::OwnTerminal(_)) => {
            ProcessError::Io { command: cmd.label_text(), operation: "taking the terminal", source: error }
        }
        Some(Errno::NOENT) if program.exists() => not_executable("its interpreter is missing".to_owned()),
        Some(Errno::NOENT | Errno::NOTDIR) => ProcessError::NotFound { program: shown() },
        Some(Errno::ACCESS | Errno::PERM | Errno::NOEXEC | Errno::ISDIR) => not_executable(error.to_string()),
        Some(Errno::TOOBIG) => ProcessError::TooLong { program: shown() },
        Some(Errno::NOMEM | Errno::AGAIN | Errno::MFILE | Errno::NFILE) => {
            ProcessError::Resources { command: cmd.label_text(), source: error }
        }
        _ => ProcessError::Io { command: cmd.label_text(), operation: "starting", source: error },
    }
}

/// The system reports a bad directory with the same codes as a bad program, so it is asked separately.
fn unusable_directory(cmd: &Cmd) -> Option<ProcessError> {
    let path = cmd.directory()?;
    let reason = match path.metadata() {
        Err(error) => error.to_string(),
        Ok(meta) if !meta.is_dir() => "not a directory".to_owned(),
        Ok(_) => rustix::fs::access(path, Access::EXEC_OK).err()?.to_string(),
    };
    Some(ProcessError::WorkingDirectory { path: path.to_owned(), reason })
}
