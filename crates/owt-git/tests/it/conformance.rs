//! The suite that the fake passes too, on every kind of repository.

use owt_testkit::git_conformance::assert_conforms;

use crate::sandbox::RefFormat;
use crate::sandbox::Sandbox;

#[test]
fn real_git_does_what_the_port_says() {
    assert_conforms(Sandbox::new);
}

#[test]
fn a_repository_with_its_refs_in_tables_is_the_same() {
    if Sandbox::with_refs_in(RefFormat::Tables).is_some() {
        assert_conforms(|| Sandbox::with_refs_in(RefFormat::Tables).unwrap());
    }
}

#[test]
fn remotes_by_real_git_are_as_the_port_says() {
    owt_testkit::remotes_conformance::assert_conforms(|| {
        let sandbox = Sandbox::new();
        let git = std::sync::Arc::new(sandbox.git_with(|_| {}));
        let caller = sandbox.caller(&[]);
        (sandbox, owt_git::GitRemotes::new(git), caller)
    });
}

#[test]
fn real_git_lands_as_the_port_says() {
    owt_testkit::landing_conformance::assert_conforms(Sandbox::new);
}

#[test]
fn a_repository_with_its_refs_in_tables_lands_the_same() {
    if Sandbox::with_refs_in(RefFormat::Tables).is_some() {
        owt_testkit::landing_conformance::assert_conforms(|| {
            Sandbox::with_refs_in(RefFormat::Tables).unwrap()
        });
    }
}

#[test]
fn the_radar_over_real_git_is_as_the_port_says() {
    owt_testkit::radar_conformance::assert_conforms(|| {
        let sandbox = Sandbox::new();
        let radar = crate::landing::radar::radar_of(&sandbox);
        (sandbox, radar)
    });
}
