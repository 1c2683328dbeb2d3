//! How the repository is worked with: its commands, its packages, and what of the machine is this workspace's alone.

use std::fmt::Write as _;

use super::MAX_PROJECTS;
use super::inert;
use crate::environment::Lease;

/// How one project of the repository is installed, tested and run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectCommands {
    /// Its folder in the repository; empty for the root.
    pub folder: String,
    /// What installs its packages, as it is typed, in order.
    pub install: Vec<String>,
    /// Its tests, as they are typed.
    pub test: Option<String>,
    /// Its development server, as it is typed.
    pub run: Option<String>,
}

/// How far the packages of the projects are when the agent starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PackageState {
    /// They are there, or none are needed.
    #[default]
    There,
    /// Nobody installs them.
    LeftOut,
    /// They are being installed meanwhile.
    UnderWay {
        /// The file with the output.
        log: String,
    },
    /// Some could not be installed.
    Failed {
        /// What failed, and how.
        failures: Vec<String>,
        /// The file with the output.
        log: String,
    },
}

/// What there is to work with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// The projects of the repository.
    pub projects: Vec<ProjectCommands>,
    /// Its ports and names.
    pub lease: Option<Lease>,
    /// Its packages.
    pub packages: PackageState,
    /// Folders of submodules that are empty.
    pub empty_submodules: Vec<String>,
}

impl Surroundings {
    /// Writes the section, if there is anything to say.
    pub(super) fn write(&self, text: &mut String) {
        let lines = self.lines();
        if !lines.is_empty() {
            text.push_str("\n## This repository\n");
        }
        for line in lines {
            let _infallible = writeln!(text, "- {line}");
        }
    }

    /// What there is to say, a sentence each.
    pub(super) fn lines(&self) -> Vec<String> {
        let lines = self.commands().into_iter().chain(self.leased()).chain(self.installs());
        lines.chain(self.without_submodules()).collect()
    }

    fn without_submodules(&self) -> Option<String> {
        let (first, more) = self.empty_submodules.split_at(self.empty_submodules.len().min(MAX_PROJECTS));
        let named: Vec<String> = first.iter().map(|path| format!("`{}`", inert(path))).collect();
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        (!named.is_empty()).then(|| {
            format!(
                "Submodules that are empty here: {}{more}. `git submodule update --init --recursive` gets them from their remotes.",
                named.join(", ")
            )
        })
    }

    fn commands(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for project in self.projects.iter().take(MAX_PROJECTS) {
            for (what, command) in [("Tests", &project.test), ("Development server", &project.run)] {
                if let Some(command) = command {
                    lines.push(format!("{what}{}: `{}`", project.place(), inert(command)));
                }
            }
        }
        lines
    }

    fn leased(&self) -> Vec<String> {
        let Some(lease) = &self.lease else { return Vec::new() };
        let (first, last) = (lease.ports.base(), lease.ports.ports().last().unwrap_or_default());
        vec![
            format!(
                "Ports {first} to {last} are yours alone (`OWT_PORT`, `OWT_PORT_1` to `OWT_PORT_9`): let servers listen there."
            ),
            format!(
                "Containers and databases have names of yours: `COMPOSE_PROJECT_NAME` is `{}`, and `OWT_DATABASE_SUFFIX` \
                 (`{}`) ends a database's name, so that no other workspace uses the same.",
                inert(lease.compose_project.as_str()),
                inert(lease.database_suffix.as_str())
            ),
        ]
    }

    fn installs(&self) -> Vec<String> {
        match &self.packages {
            PackageState::There => Vec::new(),
            PackageState::LeftOut => {
                let known = self.projects.iter().take(MAX_PROJECTS).filter(|it| !it.install.is_empty());
                let one = |project: &ProjectCommands| {
                    let commands: Vec<String> =
                        project.install.iter().map(|command| format!("`{}`", inert(command))).collect();
                    format!(
                        "Packages{} are not installed here. They are with: {}",
                        project.place(),
                        commands.join(", then ")
                    )
                };
                known.map(one).collect()
            }
            PackageState::UnderWay { log } => vec![format!(
                "Packages are being installed while you work: before you run anything, wait for that. Its output: `{}`",
                inert(log)
            )],
            PackageState::Failed { failures, log } => {
                let mut lines = vec![format!(
                    "Packages could not be installed (`OWT_INSTALL` is `failed`). The output is in `{}` (`OWT_INSTALL_LOG`).",
                    inert(log)
                )];
                let failed = failures.iter().take(MAX_PROJECTS);
                lines.extend(failed.map(|failure| format!("This failed: `{}`", inert(failure))));
                lines
            }
        }
    }
}

impl ProjectCommands {
    fn place(&self) -> String {
        match self.folder.as_str() {
            "" => String::new(),
            folder => format!(" (in `{}`)", inert(folder)),
        }
    }
}
