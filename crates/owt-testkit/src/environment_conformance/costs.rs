//! What a worktree costs, and which ports are taken.

use owt_core::environment::PortBlock;
use owt_ports::Effort;
use owt_ports::Footprint;

use super::Scene;
use super::rel;

pub(super) fn what_is_not_there_costs_nothing(scene: &Scene<'_>) {
    let gone = scene.world.home().join("gone");
    assert_eq!(scene.port.footprint(&gone, Effort::Whatever), Ok(Footprint::default()));
}

pub(super) fn files_cost_what_they_hold(scene: &Scene<'_>) {
    let before = exclusive(scene);
    scene.world.write(&scene.worktree.join("target/large"), &"0123456789".repeat(100_000));
    let after = exclusive(scene);
    assert!((1_000_000..4_000_000).contains(&(after - before)), "{before} {after}");
}

fn exclusive(scene: &Scene<'_>) -> u64 {
    scene.port.footprint(&scene.worktree, Effort::Whatever).unwrap().exclusive
}

pub(super) fn a_cache_is_dropped_and_nothing_else_is(scene: &Scene<'_>) {
    let path = |path: &str| scene.worktree.join(path);
    scene.world.write(&path("Cargo.toml"), "x");
    scene.world.write(&path("target/debug/app"), "x");
    scene.world.write(&path("uploads/picture"), "x");
    let ignored = [rel("target"), rel("uploads"), rel("gone/target")];
    let found = scene.port.build_caches(&scene.worktree, &ignored).unwrap();
    assert!(
        matches!(&found[..], [cache] if cache.folder == rel("target") && cache.exclusive > 0),
        "{found:?}"
    );
    let drop = |folder| scene.port.drop_cache(&scene.worktree, &rel(folder));
    assert_eq!((drop("target"), drop("target"), drop("gone/target")), (Ok(()), Ok(()), Ok(())));
    assert!(drop("uploads").is_err());
    assert_eq!(scene.world.read(&path("target/debug/app")), None);
    assert!(scene.world.read(&path("uploads/picture")).is_some());
    assert_eq!(scene.port.build_caches(&scene.worktree, &ignored), Ok(Vec::new()));
}

pub(super) fn a_disk_has_room_wherever_on_it_one_looks(scene: &Scene<'_>) {
    assert!(scene.port.free_space(&scene.worktree).unwrap() > 0);
    assert!(scene.port.free_space(&scene.worktree.join("not/there/yet")).unwrap() > 0);
}

pub(super) fn a_port_is_busy_while_something_listens(scene: &Scene<'_>) {
    let (port, listener) = scene.world.listen();
    let block = PortBlock::new(port).unwrap();
    assert!(scene.port.busy_ports(block).contains(&port));
    drop(listener);
    assert!(!scene.port.busy_ports(block).contains(&port));
}
