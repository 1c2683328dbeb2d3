//! What makes a folder ready: ports of one's own, and no agent before it is done.

use owt_core::environment::Installs;
use owt_core::machine::Machine;
use owt_core::workspace::Phase;
use owt_testkit::environment::BegunCommand;

use crate::simulation::run::Run;
use crate::simulation::settings::CHECK;
use crate::simulation::settings::TEARDOWN;

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

/// An attempt's workspace was furnished before, and what is installed first has ended. What failed is tried again
/// between two attempts.
pub(super) fn no_agent_starts_before_its_folder_is_ready(run: &Run) {
    for (id, attempt) in &run.ledger.attempts {
        let Some(workspace) = run.ledger.workspaces.get(&attempt.spec.workspace) else { continue };
        let furnishing = workspace.outfit.furnishing.as_ref();
        let furnishing =
            furnishing.unwrap_or_else(|| panic!("{id} began in a folder that was not furnished"));
        let first = furnishing.install == Installs::First;
        let begins = attempt.is_live() && first;
        assert!(!(begins && workspace.outfit.is_under_way()), "{id} began during the install");
    }
}

/// Whatever was begun in a step was begun in a workspace's own folder, never in the person's checkout. Nothing is
/// installed or set up in a workspace that is being removed or is removed; only then is one taken down.
pub(super) fn commands_run_where_they_belong(run: &mut Run) {
    let begun = run.world.environments_seen.begun(run.commands_seen);
    run.commands_seen += begun.len();
    for BegunCommand { root, command } in begun {
        assert_ne!(root, run.world.repository.root, "{command} in the person's checkout");
        if command.arguments.iter().any(|word| word == CHECK) {
            assert!(
                root.as_str().starts_with("/owt/landing/"),
                "{command} in {root}, and not where work lands"
            );
            continue;
        }
        let here = run.ledger.workspace_at(&root).map(|id| &run.ledger.workspaces[&id]);
        let here = here.unwrap_or_else(|| panic!("{command} in {root}, where no workspace is"));
        let is_teardown = command.arguments.iter().any(|word| word == TEARDOWN);
        let belongs = match here.phase {
            Phase::Ready => !is_teardown,
            Phase::Removing { .. } => is_teardown,
            _ => false,
        };
        assert!(belongs, "{command} in {root}, which was {:?}", here.phase);
    }
}
