//! What stands beside an agent in its window: the layout of the settings, made of what this workspace has.

use std::collections::BTreeMap;

use owt_core::AbsPath;
use owt_core::environment::Command;
use owt_core::environment::Program;
use owt_core::environment::Project;
use owt_core::pane::AltKeys;
use owt_core::pane::Beside;
use owt_core::pane::Layout;
use owt_core::pane::Pane;
use owt_core::pane::PanePlace;
use owt_core::pane::PaneProgram;
use owt_core::pane::PaneStart;
use owt_core::workspace::Workspace;
use owt_ports::WindowPlan;

/// Where the person's environment names no shell.
const PLAIN_SHELL: &str = "/bin/sh";

/// The variables by which a program in a session is known for its agent. A person's pane is the person's.
const OF_THE_AGENT: [&str; 5] = ["OWT_JOB_ID", "OWT_ATTEMPT", "OWT_SOCKET", "OWT_TOKEN", "OWT_AUTOMATED"];

/// The panes and keys of a workspace's window. `environment` is the person's, with what the workspace has for its own.
pub(crate) fn window(
    (layout, alt_keys): (&Layout, AltKeys),
    workspace: &Workspace,
    mut environment: BTreeMap<String, String>,
) -> WindowPlan {
    environment.retain(|name, _| !OF_THE_AGENT.contains(&name.as_str()));
    let panes = layout.beside.iter().map(|beside| pane(beside, workspace, &environment)).collect();
    WindowPlan { panes, environment, alt_keys }
}

fn pane(beside: &Beside, workspace: &Workspace, environment: &BTreeMap<String, String>) -> Pane {
    let folder = &workspace.spec.path;
    let here =
        |argv: Vec<String>| vec![PaneProgram { argv, directory: folder.clone(), variables: BTreeMap::new() }];
    match beside {
        Beside::Shell => {
            let programs = here(vec![shell(environment)]);
            Pane { programs, start: PaneStart::Once, place: PanePlace::Next }
        }
        Beside::Tests => {
            let furnishing = workspace.outfit.furnishing.iter();
            let programs = furnishing.flat_map(|furnishing| &furnishing.projects);
            let programs = programs.filter_map(|project| tests(project, folder)).collect();
            Pane { programs, start: PaneStart::WhenAsked, place: PanePlace::Next }
        }
        Beside::Own { argv, place } => {
            Pane { programs: here(argv.clone()), start: PaneStart::AtOnce, place: *place }
        }
    }
}

fn shell(environment: &BTreeMap<String, String>) -> String {
    let named = environment.get("SHELL").filter(|shell| shell.starts_with('/'));
    named.map_or_else(|| PLAIN_SHELL.to_owned(), String::clone)
}

fn tests(project: &Project, workspace: &AbsPath) -> Option<PaneProgram> {
    let Command { program, arguments, variables } = project.test.as_ref()?;
    let directory = match project.folder.is_root() {
        true => workspace.clone(),
        false => workspace.join(&project.folder.to_string()),
    };
    let program = match program {
        Program::OnPath(name) => name.clone(),
        Program::InFolder(path) => directory.join(&path.to_string()).to_string(),
    };
    let argv = [program].into_iter().chain(arguments.iter().cloned()).collect();
    Some(PaneProgram { argv, directory, variables: variables.clone() })
}

/// What is to be said where a session has no window for its layout.
pub(crate) fn without_window(layout: &Layout) -> Option<String> {
    (!layout.is_agent_alone())
        .then(|| "the panes of tmux.layout need tmux: this session shows the agent alone".to_owned())
}

#[cfg(test)]
mod tests {
    use owt_core::environment::Ecosystem;
    use owt_core::environment::Manager;
    use owt_core::environment::RelPath;

    use super::*;

    fn project(folder: &str, test: Option<Command>) -> Project {
        Project {
            folder: RelPath::new(folder).unwrap(),
            ecosystem: Ecosystem::Python,
            manager: Manager::Pip,
            reason: String::new(),
            install: Vec::new(),
            test,
            dev: None,
            needs: Vec::new(),
            installs_below: Vec::new(),
            discards: Vec::new(),
            notices: Vec::new(),
        }
    }

    #[test]
    fn tests_run_in_the_folder_of_their_project_with_its_own_program() {
        let workspace = AbsPath::new("/w").unwrap();
        let python = Program::InFolder(RelPath::new(".venv/bin/python").unwrap());
        let command = Command::of(python, ["-m", "pytest"]).with("A", "b");
        let made = tests(&project("web/api", Some(command)), &workspace).unwrap();
        assert_eq!(made.argv, ["/w/web/api/.venv/bin/python", "-m", "pytest"]);
        assert_eq!((made.directory.as_str(), made.variables["A"].as_str()), ("/w/web/api", "b"));
        assert_eq!(tests(&project("web/api", None), &workspace), None);
    }

    #[test]
    fn the_shell_is_the_persons_where_it_is_a_path() {
        let shell_of = |named: Option<&str>| {
            shell(&named.iter().map(|shell| ("SHELL".to_owned(), (*shell).to_owned())).collect())
        };
        assert_eq!(shell_of(Some("/usr/bin/fish")), "/usr/bin/fish");
        assert_eq!(
            (shell_of(Some("fish")), shell_of(None)),
            (PLAIN_SHELL.to_owned(), PLAIN_SHELL.to_owned())
        );
    }
}
