//! Projects are found.

use owt_core::environment::Ecosystem;
use owt_ports::Listing;
use owt_ports::Survey;
use owt_ports::SurveyRequest;

use super::Scene;
use super::rel;

const MANIFEST: &str = r#"{"name":"app","dependencies":{"a":"1"}}"#;

fn survey(scene: &Scene<'_>, listing: Listing) -> Survey {
    let search_path = scene.world.search_path();
    scene.port.survey(&SurveyRequest { root: scene.source.clone(), listing, search_path }).unwrap()
}

pub(super) fn a_checkout_without_manifests_has_no_project(scene: &Scene<'_>) {
    scene.write("README.md", "read me");
    assert_eq!(survey(scene, Listing::Walk), Survey::default());
    assert_eq!(survey(scene, Listing::Files(vec![rel("README.md")])), Survey::default());
}

pub(super) fn a_project_is_where_its_manifest_is(scene: &Scene<'_>) {
    scene.write("web/package.json", MANIFEST);
    for listing in [Listing::Walk, Listing::Files(vec![rel("tracked"), rel("web/package.json")])] {
        let found = survey(scene, listing).projects;
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0].folder, found[0].ecosystem), (&rel("web"), Ecosystem::Node));
        assert!(!found[0].install.is_empty());
    }
}

pub(super) fn what_is_not_listed_is_not_looked_at(scene: &Scene<'_>) {
    scene.write("web/package.json", MANIFEST);
    assert_eq!(survey(scene, Listing::Files(vec![rel("tracked")])), Survey::default());
}
