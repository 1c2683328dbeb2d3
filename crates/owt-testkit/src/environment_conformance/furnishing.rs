//! Private files come along.

use owt_ports::Adjusted;
use owt_ports::Furnished;
use owt_ports::MOST_NAMED_FILES;
use owt_ports::Standing;

use super::Scene;

fn furnish(scene: &Scene<'_>, usual: &[&str], named: &[&str]) -> Furnished {
    scene.port.furnish(&scene.plan(usual, named)).unwrap()
}

pub(super) fn private_files_come_along(scene: &Scene<'_>) {
    scene.write(".env", "A=1\n");
    scene.write("config/local.toml", "b = 2\n");
    let furnished = furnish(scene, &[".env"], &["config/local.toml"]);
    assert_eq!((furnished.copied.len(), furnished.kept, furnished.notices.len()), (2, 0, 0));
    assert!(furnished.copied.iter().all(|file| file.adjusted == Adjusted::No));
    assert_eq!(scene.arrived(".env").as_deref(), Some("A=1\n"));
    assert_eq!(scene.arrived("config/local.toml").as_deref(), Some("b = 2\n"));
}

pub(super) fn paths_and_placeholders_are_replaced(scene: &Scene<'_>) {
    let (source, worktree) = (&scene.source, &scene.worktree);
    scene.write(".env", &format!("D={source}/db {source}2\nP={{{{ owt.port_2 }}}}\nX={{{{ owt.x }}}}\n"));
    let furnished = furnish(scene, &[".env"], &[]);
    let expected = format!("D={worktree}/db {source}2\nP=20012\nX={{{{ owt.x }}}}\n");
    assert_eq!(scene.arrived(".env"), Some(expected));
    assert_eq!((furnished.copied[0].adjusted, furnished.notices.len()), (Adjusted::Yes, 1));
    assert!(furnished.notices[0].contains("{{ owt.x }}"));
}

pub(super) fn what_is_there_stays_and_twice_is_once(scene: &Scene<'_>) {
    scene.write(".env", "of the source");
    scene.write(".env.local", "new");
    scene.world.write(&scene.worktree.join(".env"), "of the worktree");
    let first = furnish(scene, &[".env", ".env.local"], &[]);
    assert_eq!((first.copied.len(), first.kept), (1, 1));
    let second = furnish(scene, &[".env", ".env.local"], &[]);
    assert_eq!((second.copied.len(), second.kept, second.notices.len()), (0, 2, 0));
    assert_eq!(scene.arrived(".env").as_deref(), Some("of the worktree"));
}

pub(super) fn what_leads_out_or_is_gone_is_left_out(scene: &Scene<'_>) {
    scene.world.lead_out(&scene.source.join(".env"));
    let furnished = furnish(scene, &[".env", ".env.gone"], &[]);
    assert_eq!((furnished.copied.len(), furnished.kept, furnished.left_out.len()), (0, 0, 2));
    assert_eq!(scene.arrived(".env"), None);
}

pub(super) fn too_many_named_files_are_left_out(scene: &Scene<'_>) {
    scene.write(".env", "A=1");
    scene.write("data/0", "0");
    let names: Vec<String> = (0..=MOST_NAMED_FILES).map(|number| format!("data/{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let furnished = furnish(scene, &[".env"], &names);
    assert_eq!((furnished.copied.len(), furnished.left_out.len()), (1, 1));
    assert!(furnished.left_out[0].contains(&names.len().to_string()));
    assert_eq!(scene.arrived("data/0"), None);
}

pub(super) fn what_git_would_show_is_told(scene: &Scene<'_>) {
    scene.write(".env", "A=1");
    let mut plan = scene.plan(&[".env"], &[]);
    plan.usual[0].standing = Standing::Shown;
    let furnished = scene.port.furnish(&plan).unwrap();
    assert_eq!((furnished.copied.len(), furnished.notices.len()), (1, 1));
}
