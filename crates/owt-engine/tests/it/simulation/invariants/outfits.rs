//! What makes a folder ready: ports of one's own, and no agent before it is done.

use owt_core::environment::Installs;
use owt_core::machine::Machine;

use crate::simulation::run::Run;

/// Live workspaces have no port in common.
pub(super) fn no_two_share_a_port(run: &Run) {
    let live = run.ledger.workspaces.values().filter(|workspace| workspace.is_live());
    let leases: Vec<_> = live.filter_map(|workspace| workspace.outfit.lease.as_ref()).collect();
    for (at, one) in leases.iter().enumerate() {
        for other in &leases[at + 1..] {
            assert!(!one.ports.overlaps(other.ports), "{} and {}", one.ports, other.ports);
        }
    }
}

/// An attempt's workspace was furnished before, and what is installed first has ended.
pub(super) fn no_agent_starts_before_its_folder_is_ready(run: &Run) {
    for (id, attempt) in &run.ledger.attempts {
        let Some(workspace) = run.ledger.workspaces.get(&attempt.spec.workspace) else { continue };
        let furnishing = workspace.outfit.furnishing.as_ref();
        let furnishing =
            furnishing.unwrap_or_else(|| panic!("{id} began in a folder that was not furnished"));
        let first = furnishing.install == Installs::First;
        assert!(!(first && workspace.outfit.is_under_way()), "{id} began during the install");
    }
}

/// What was installed last was installed in a workspace's own folder, never in the person's checkout.
pub(super) fn only_worktrees_are_installed_in(run: &Run) {
    let own: Vec<_> = run.ledger.workspaces.values().map(|workspace| &workspace.spec.path).collect();
    let seen = &run.world.environments_seen;
    for folder in seen.installs().into_iter().chain(seen.hooks()) {
        assert!(own.contains(&&folder) && folder != run.world.repository.root, "installed in {folder}");
    }
}
