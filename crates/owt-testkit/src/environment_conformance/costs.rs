//! What a worktree costs, and which ports are taken.

use owt_core::environment::PortBlock;

use super::Scene;

pub(super) fn what_is_not_there_costs_nothing(scene: &Scene<'_>) {
    assert_eq!(scene.port.exclusive_bytes(&scene.world.home().join("gone")), Ok(0));
}

pub(super) fn files_cost_what_they_hold(scene: &Scene<'_>) {
    let before = scene.port.exclusive_bytes(&scene.worktree).unwrap();
    scene.world.write(&scene.worktree.join("target/large"), &"0123456789".repeat(100_000));
    let after = scene.port.exclusive_bytes(&scene.worktree).unwrap();
    assert!((1_000_000..4_000_000).contains(&(after - before)), "{before} {after}");
}

pub(super) fn a_port_is_busy_while_something_listens(scene: &Scene<'_>) {
    let (port, listener) = scene.world.listen();
    let block = PortBlock::new(port).unwrap();
    assert!(scene.port.busy_ports(block).contains(&port));
    drop(listener);
    assert!(!scene.port.busy_ports(block).contains(&port));
}
