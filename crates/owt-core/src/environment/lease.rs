//! What one workspace has for itself for as long as it lives.

use serde::Deserialize;
use serde::Serialize;

use super::ComposeProject;
use super::DatabaseSuffix;
use super::PortBlock;
use crate::WorkspaceId;
use crate::workspace::WorkspaceName;

/// Ports and names of one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Its ports.
    pub ports: PortBlock,
    /// Its containers' project name.
    pub compose_project: ComposeProject,
    /// The end of its databases' names.
    pub database_suffix: DatabaseSuffix,
}

impl Lease {
    /// The lease of a workspace that got these ports.
    pub fn of(name: &WorkspaceName, id: WorkspaceId, ports: PortBlock) -> Self {
        Self {
            ports,
            compose_project: ComposeProject::of(name, id),
            database_suffix: DatabaseSuffix::of(name, id),
        }
    }

    /// The variables that sessions, installs and commands of the workspace get: `OWT_PORT`, `OWT_PORT_1` to
    /// `OWT_PORT_9`, `COMPOSE_PROJECT_NAME`, `OWT_DATABASE_SUFFIX`. `PORT` is left alone: many programs would take it,
    /// and not each of them the right way.
    pub fn variables(&self) -> Vec<(String, String)> {
        let name = |number: usize| match number {
            0 => "OWT_PORT".to_owned(),
            number => format!("OWT_PORT_{number}"),
        };
        let ports = self.ports.ports().enumerate().map(|(number, port)| (name(number), port.to_string()));
        let names = [
            ("COMPOSE_PROJECT_NAME".to_owned(), self.compose_project.to_string()),
            ("OWT_DATABASE_SUFFIX".to_owned(), self.database_suffix.to_string()),
        ];
        ports.chain(names).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_gets_ten_ports_and_two_names() {
        let block = PortBlock::new(20_010).unwrap();
        let lease = Lease::of(&WorkspaceName::new("add-login"), WorkspaceId::from_bits(1), block);
        let variables = lease.variables();
        assert_eq!(variables.len(), 12);
        assert_eq!(variables[0], ("OWT_PORT".to_owned(), "20010".to_owned()));
        assert_eq!(variables[9], ("OWT_PORT_9".to_owned(), "20019".to_owned()));
        assert_eq!(variables[10], ("COMPOSE_PROJECT_NAME".to_owned(), "add-login-000001".to_owned()));
        assert_eq!(variables[11], ("OWT_DATABASE_SUFFIX".to_owned(), "add_login_000001".to_owned()));
    }
}
