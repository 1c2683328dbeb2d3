//! The one suite, on the real thing.

use owt_testkit::sessions_conformance::CHECKS;

use crate::world::World;

#[test]
fn local_sessions_conform() {
    let world = World::new();
    for check in CHECKS {
        println!("{}", check.name);
        (check.run)(&world);
    }
}
