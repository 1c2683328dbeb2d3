//! One project's install: its steps one after the other, until one fails.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use owt_core::environment::Command;
use owt_core::environment::InstallFailure;
use owt_core::environment::InstallFailureKind;
use owt_core::environment::Program;
use owt_core::environment::Project;
use owt_core::environment::RelPath;
use owt_ports::InstallProgress;
use owt_process::Cmd;
use owt_process::ExitOutcome;
use owt_process::Placement;
use owt_process::ProcessError;
use owt_process::find_program;

use super::Shared;
use super::leftover;
use super::step::Step;
use super::step::StepEnd;
use super::surroundings;

/// How many lines of a step's output go into the report of its failure, and how long each may be, in bytes.
const LAST_LINES: usize = 20;
const LONGEST_LINE: usize = 400;

/// Words of programs that had no room to write.
const NO_ROOM: &[&str] = &["No space left on device", "ENOSPC", "Disk quota exceeded", "EDQUOT"];

/// What corepack prints when it fails itself.
const COREPACK_FAILED: &[&str] = &["corepack.cjs", "nodejs/corepack"];

/// Less than this and a disk counts as full, in bytes.
const FULL_BELOW: u64 = 64 * 1024;

/// The commands of one folder being run.
pub(crate) struct Attempt<'a> {
    shared: &'a Shared<'a>,
    folder: RelPath,
    commands: &'a [Command],
    needs: &'a [String],
    /// The setting that names the commands, where one does.
    setting: Option<&'static str>,
    environment: BTreeMap<String, String>,
    mark: String,
    left_running: Cell<usize>,
}

/// How they ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// What failed, if anything did.
    pub(crate) failure: Option<InstallFailure>,
    /// How many processes outlived the commands that started them, and were ended.
    pub(crate) left_running: usize,
}

impl<'a> Attempt<'a> {
    pub(crate) fn of_project(shared: &'a Shared<'a>, index: usize, project: &'a Project) -> Self {
        Self { needs: &project.needs, ..Self::new(shared, index, project.folder.clone(), &project.install) }
    }

    pub(crate) fn of_setting(shared: &'a Shared<'a>, setting: &'static str, commands: &'a [Command]) -> Self {
        Self { setting: Some(setting), ..Self::new(shared, 0, RelPath::root(), commands) }
    }

    fn new(shared: &'a Shared<'a>, index: usize, folder: RelPath, commands: &'a [Command]) -> Self {
        let mark = format!("{}{index};", leftover::mark_of(&shared.plan.log));
        let mut environment = surroundings::of_install(&shared.plan.environment);
        environment.insert(leftover::MARK.to_owned(), mark.clone());
        Self {
            shared,
            folder,
            commands,
            needs: &[],
            setting: None,
            environment,
            mark,
            left_running: Cell::new(0),
        }
    }

    /// Runs them, one after the other, until one fails.
    pub(crate) fn run(&self) -> Ended {
        let begun = Instant::now();
        let failure = self.missing_tool().or_else(|| self.steps(begun));
        let folder = self.folder.clone();
        (self.shared.progress)(match &failure {
            Some(failure) => InstallProgress::Failed(failure.clone()),
            None => InstallProgress::Ready { folder, took: begun.elapsed() },
        });
        if let Some(failure) = &failure {
            self.shared.log(format!("[{failure}]\n").as_bytes());
        }
        Ended { failure, left_running: self.left_running.get() }
    }

    fn missing_tool(&self) -> Option<InstallFailure> {
        let path = self.environment.get("PATH").map(String::as_str).unwrap_or_default();
        let program = self.needs.iter().find(|name| find_program(name, path, &[]).is_none())?;
        let first = self.commands.first()?;
        Some(self.failure(first, tool_missing(program), Vec::new()))
    }

    fn steps(&self, begun: Instant) -> Option<InstallFailure> {
        let deadline =
            begun.checked_add(self.shared.plan.limit).unwrap_or_else(|| begun + Duration::from_secs(86_400));
        let of = self.commands.len();
        self.commands.iter().enumerate().find_map(|(index, command)| {
            if (self.shared.cancelled)() {
                return Some(self.failure(command, InstallFailureKind::Cancelled, Vec::new()));
            }
            let folder = self.folder.clone();
            let step = command.to_string();
            self.shared.log(format!("[{folder}: {step}]\n").as_bytes());
            (self.shared.progress)(InstallProgress::Step { folder, step, number: index + 1, of });
            self.step(command, deadline)
        })
    }

    fn step(&self, command: &Command, deadline: Instant) -> Option<InstallFailure> {
        let tail = RefCell::new(Tail::default());
        let running = RefCell::new(None);
        let step = Step {
            cmd: self.cmd(command),
            mark: &self.mark,
            deadline,
            cancelled: self.shared.cancelled,
            started: &|process| {
                running.replace(Some(process));
                self.shared.change_record(|record| record.processes.push(process));
            },
            output: &|bytes| {
                self.shared.log(bytes);
                tail.borrow_mut().add(bytes);
            },
        };
        let ended = step.run();
        let ended = ended.map(|(end, left)| {
            self.left_running.set(self.left_running.get() + left);
            end
        });
        if let Some(process) = running.take() {
            self.shared.change_record(|record| record.processes.retain(|other| *other != process));
        }
        let tail = tail.take();
        let kind = self.kind(command, ended, &tail)?;
        let lines = tail.lines();
        let kind = not_fetched(command, &kind, &lines).unwrap_or(kind);
        Some(self.failure(command, kind, lines))
    }

    fn program(&self, command: &Command) -> PathBuf {
        match &command.program {
            Program::OnPath(name) => PathBuf::from(name),
            Program::InFolder(path) => self.folder.within(&self.shared.plan.root).join(path.as_path()),
        }
    }

    fn cmd(&self, command: &Command) -> Cmd {
        let folder = self.folder.within(&self.shared.plan.root);
        Cmd::new(self.program(command))
            .args(command.arguments.iter().cloned())
            .env_base(self.environment.clone())
            .envs(surroundings::of_command(command).iter().copied())
            .envs(command.variables.clone())
            .current_dir(folder)
            .placement(Placement::OwnSession)
    }

    fn kind(
        &self,
        command: &Command,
        ended: Result<StepEnd, ProcessError>,
        tail: &Tail,
    ) -> Option<InstallFailureKind> {
        let kind = match ended {
            Ok(StepEnd::Exited(outcome)) if outcome.success() => return None,
            Ok(StepEnd::Exited(_)) if self.is_out_of_room(tail) => InstallFailureKind::DiskFull,
            Ok(StepEnd::Exited(ExitOutcome::Code(code))) => InstallFailureKind::Exit { code },
            Ok(StepEnd::Exited(ExitOutcome::Signal(number))) => InstallFailureKind::Signal { number },
            Ok(StepEnd::TimedOut) => {
                InstallFailureKind::TimedOut { seconds: self.shared.plan.limit.as_secs() }
            }
            Ok(StepEnd::Cancelled) => InstallFailureKind::Cancelled,
            Err(ProcessError::NotFound { program }) => {
                self.script_missing(command).unwrap_or_else(|| tool_missing(&program))
            }
            Err(ProcessError::NoSpace { .. }) => InstallFailureKind::DiskFull,
            Err(error) => InstallFailureKind::System { message: error.to_string() },
        };
        Some(kind)
    }

    /// What a setting names by a path is a script of the person's or the repository's, and nobody can install it.
    fn script_missing(&self, command: &Command) -> Option<InstallFailureKind> {
        let (setting, program) = (self.setting?, self.program(command));
        if !program.is_absolute() {
            return None;
        }
        let path = program.display().to_string();
        Some(InstallFailureKind::ScriptMissing { path, setting: setting.to_owned() })
    }

    fn is_out_of_room(&self, tail: &Tail) -> bool {
        let free = rustix::fs::statvfs(self.shared.plan.root.as_path())
            .map_or(u64::MAX, |space| space.f_bavail.saturating_mul(space.f_frsize));
        free < FULL_BELOW || tail.lines().iter().any(|line| NO_ROOM.iter().any(|words| line.contains(words)))
    }

    fn failure(
        &self,
        command: &Command,
        kind: InstallFailureKind,
        last_lines: Vec<String>,
    ) -> InstallFailure {
        InstallFailure { folder: self.folder.clone(), step: command.to_string(), kind, last_lines }
    }
}

/// Corepack's own failure to fetch a program, as opposed to that program's: the machine does not have the program. Its
/// own failures end with a stack of its one script (corepack 0.34).
fn not_fetched(
    command: &Command,
    kind: &InstallFailureKind,
    last_lines: &[String],
) -> Option<InstallFailureKind> {
    let program = surroundings::manager_of(command).filter(|_| surroundings::is_by_corepack(command))?;
    let is_its_own = last_lines.iter().any(|line| COREPACK_FAILED.iter().any(|words| line.contains(words)));
    (matches!(kind, InstallFailureKind::Exit { .. }) && is_its_own).then(|| tool_missing(program))
}

fn tool_missing(program: &str) -> InstallFailureKind {
    let name = program.rsplit('/').next().unwrap_or(program);
    let from = match name {
        "uv" => "https://docs.astral.sh/uv/getting-started/installation",
        "poetry" => "https://python-poetry.org/docs/#installation",
        "pipenv" => "https://pipenv.pypa.io/en/latest/installation.html",
        "python" | "python3" => "https://www.python.org/downloads",
        "bun" => "https://bun.sh/docs/installation",
        "pnpm" => "https://pnpm.io/installation",
        "yarn" => "https://yarnpkg.com/getting-started/install",
        "npm" | "node" | "corepack" => "https://nodejs.org/en/download",
        "cargo" => "https://rustup.rs",
        "go" => "https://go.dev/doc/install",
        "composer" => "https://getcomposer.org/download",
        "php" => "https://www.php.net/downloads",
        _ => "your package manager",
    };
    let hint = format!("install {name} ({from}), or start without installing (--no-deps)");
    InstallFailureKind::ToolMissing { program: name.to_owned(), hint }
}

/// The last lines of an output.
#[derive(Debug, Default)]
struct Tail {
    lines: VecDeque<Vec<u8>>,
    /// Whether the newest line has no end yet.
    is_open: bool,
}

impl Tail {
    fn add(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n' || *byte == b'\r') {
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            match self.lines.back_mut().filter(|_| self.is_open) {
                Some(open) => open
                    .extend_from_slice(&text[..text.len().min(LONGEST_LINE - open.len().min(LONGEST_LINE))]),
                None if text.is_empty() => {}
                None => self.lines.push_back(text[..text.len().min(LONGEST_LINE)].to_vec()),
            }
            self.is_open = !part.ends_with(b"\n") && !part.ends_with(b"\r") && !self.lines.is_empty();
            if self.lines.len() > LAST_LINES {
                self.lines.pop_front();
            }
        }
    }

    /// As text that no terminal obeys.
    fn lines(&self) -> Vec<String> {
        let visible = |line: &Vec<u8>| -> String {
            let text = String::from_utf8_lossy(line);
            text.trim_end()
                .chars()
                .map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c })
                .collect()
        };
        self.lines.iter().map(visible).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_twenty_lines_however_they_come() {
        let mut tail = Tail::default();
        for number in 0..30 {
            tail.add(b"li");
            tail.add(format!("ne {number}\n\n").as_bytes());
        }
        tail.add(b"no \x1b[31mend");
        let lines = tail.lines();
        assert_eq!(lines.len(), LAST_LINES);
        assert_eq!((lines[0].as_str(), lines[19].as_str()), ("line 11", "no \u{fffd}[31mend"));
        tail.add(&[b'x'; 10_000]);
        assert_eq!(tail.lines()[19].chars().count(), LONGEST_LINE);
    }
}
