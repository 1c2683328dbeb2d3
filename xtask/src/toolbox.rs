//! The programs that tests need and a fresh machine may lack: found, installed where that is ours to do, or
//! named together with the command that installs them.

use std::path::Path;

use crate::failure::Failure;
use crate::program;
use crate::program::Program;

/// A tool that can be used, or why not and what to do.
pub(crate) enum Tool {
    Here,
    Missing { advice: String },
}

/// tmux; installed through apt-get when we are root and it is missing.
pub(crate) fn tmux() -> Result<Tool, Failure> {
    if program::find("tmux").is_some() {
        return Ok(Tool::Here);
    }
    match package_manager() {
        Some(PackageManager::Apt { may_install: true }) => {
            install_with_apt("tmux")?;
            Ok(Tool::Here)
        }
        Some(PackageManager::Apt { may_install: false }) => Ok(missing("sudo apt-get install -y tmux")),
        Some(PackageManager::Brew) => Ok(missing("brew install tmux")),
        None => Ok(missing("install tmux 3.2 or newer")),
    }
}

fn missing(command: &str) -> Tool {
    Tool::Missing { advice: format!("tmux is missing: {command}") }
}

enum PackageManager {
    Apt { may_install: bool },
    Brew,
}

fn package_manager() -> Option<PackageManager> {
    if program::find("apt-get").is_some() {
        let user = Program::new("id").arg("-u").read();
        return Some(PackageManager::Apt { may_install: user.is_ok_and(|id| id.trim() == "0") });
    }
    program::find("brew").map(|_| PackageManager::Brew)
}

/// Package lists of a fresh machine may be empty or old: they are fetched when the first try fails.
fn install_with_apt(package: &str) -> Result<(), Failure> {
    let apt = |arguments: &[&str]| {
        let quiet = Program::new("apt-get").arg("-qq").args(arguments);
        quiet.variable("DEBIAN_FRONTEND", "noninteractive").directory(Path::new("/")).run()
    };
    let install = || apt(&["install", "-y", "--no-install-recommends", package]);
    install().or_else(|_| apt(&["update"]).and_then(|()| install()))
}
