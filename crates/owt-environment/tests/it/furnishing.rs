//! Private files on their way into a worktree.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use owt_core::environment::RelPath;
use owt_environment::WorktreeEnvironments;
use owt_ports::Adjusted;
use owt_ports::Environments;
use owt_ports::MOST_NAMED_FILES;
use owt_ports::Standing;

use crate::world::World;
use crate::world::untracked;
use crate::world::values;
use crate::world::write;

#[test]
fn files_come_with_their_modes_and_secrets_for_their_owner_alone() {
    let world = World::new();
    world.write_mode(".env", "A=1\n", 0o644);
    world.write_mode("web/.env.local", "B=2\n", 0o400);
    world.write_mode("bin/run.local", "#!/bin/sh\n", 0o755);
    let furnished = world.furnish(&[".env", "web/.env.local"], &["bin/run.local"]);
    assert_eq!((furnished.copied.len(), furnished.notices.len()), (3, 0), "{furnished:?}");
    assert_eq!(
        (world.mode(".env"), world.mode("web/.env.local"), world.mode("bin/run.local")),
        (0o600, 0o400, 0o755)
    );
    assert_eq!(world.read(".env"), "A=1\n");
    let source = fs::metadata(world.source.join("bin/run.local")).unwrap().modified().unwrap();
    assert_eq!(fs::metadata(world.worktree.join("bin/run.local")).unwrap().modified().unwrap(), source);
}

#[test]
fn a_private_script_stays_one_that_its_owner_can_run() {
    let world = World::new();
    world.write_mode("secrets/unlock.sh", "#!/bin/sh\n", 0o755);
    world.write_mode("secrets/key", "x\n", 0o664);
    world.furnish(&[], &["secrets/unlock.sh", "secrets/key"]);
    assert_eq!((world.mode("secrets/unlock.sh"), world.mode("secrets/key")), (0o700, 0o600));
}

#[test]
fn paths_and_placeholders_are_replaced_once() {
    let world = World::new();
    let source = world.source.as_str();
    world.write(
        ".env",
        &format!("DB={source}/db\nO={source}-other\nPORT={{{{ owt.port }}}}\nX={{{{ owt.prot }}}}\n"),
    );
    let furnished = world.furnish(&[".env"], &[]);
    let worktree = world.worktree.as_str();
    let expected = format!("DB={worktree}/db\nO={source}-other\nPORT=20010\nX={{{{ owt.prot }}}}\n");
    assert_eq!(world.read(".env"), expected);
    assert_eq!(furnished.copied[0].adjusted, Adjusted::Yes);
    assert!(furnished.notices[0].contains("{{ owt.prot }}"), "{:?}", furnished.notices);
}

#[test]
fn what_is_there_is_never_touched_and_a_second_time_changes_nothing() {
    let world = World::new();
    world.write(".env", "from the source\n");
    world.write(".env.local", "l\n");
    write(&world.worktree.join(".env"), b"of the worktree\n");
    // What a crash has left of a file.
    write(&world.worktree.join(".owt-partial"), b"half");
    let first = world.furnish(&[".env", ".env.local"], &[]);
    assert_eq!((first.copied.len(), first.kept), (1, 1));
    let second = world.furnish(&[".env", ".env.local"], &[]);
    assert_eq!((second.copied.len(), second.kept), (0, 2));
    assert_eq!(world.read(".env"), "of the worktree\n");
    assert!(!world.has(".owt-partial"));
}

#[test]
fn a_virtual_environment_is_never_copied_and_that_is_said() {
    let world = World::new();
    for path in [".venv/pyvenv.cfg", ".venv/bin/python", ".venv/lib/a/b.py", "web/notes.local"] {
        world.write(path, "x\n");
    }
    let furnished =
        world.furnish(&[], &[".venv/pyvenv.cfg", ".venv/bin/python", ".venv/lib/a/b.py", "web/notes.local"]);
    assert!(!world.has(".venv") && world.has("web/notes.local"));
    assert_eq!(furnished.notices, [".venv was left out: a virtual environment works only where it was made"]);
}

#[test]
fn a_link_out_of_the_checkout_is_left_out() {
    let world = World::new();
    write(&world.home.join("secret"), b"s");
    symlink("../secret", world.source.join(".env")).unwrap();
    symlink(world.home.join("secret").as_path(), world.source.join(".env.abs")).unwrap();
    let furnished = world.furnish(&[".env", ".env.abs"], &[]);
    assert_eq!(furnished.copied, []);
    assert!(
        furnished.left_out[0].starts_with(".env was left out: it is a symbolic link out of"),
        "{furnished:?}"
    );
    assert!(!world.has(".env") && !world.has(".env.abs"));
}

#[test]
fn a_link_inside_the_checkout_leads_to_the_same_place_of_the_worktree() {
    let world = World::new();
    world.write("config/dev", "d");
    symlink("config/dev", world.source.join(".env")).unwrap();
    symlink(world.source.join("config/dev").as_path(), world.source.join(".env.abs")).unwrap();
    world.furnish(&[".env", ".env.abs"], &[]);
    assert_eq!(fs::read_link(world.worktree.join(".env")).unwrap(), Path::new("config/dev"));
    assert_eq!(
        fs::read_link(world.worktree.join(".env.abs")).unwrap(),
        world.worktree.join("config/dev").as_path()
    );
}

#[test]
fn no_link_is_followed_on_either_side() {
    let world = World::new();
    write(&world.home.join("elsewhere/.env"), b"s");
    symlink("../elsewhere", world.source.join("linked")).unwrap();
    world.write("web/.env", "w\n");
    fs::create_dir_all(world.home.join("outside")).unwrap();
    symlink("../outside", world.worktree.join("web")).unwrap();
    let furnished = world.furnish(&["linked/.env", "web/.env"], &[]);
    assert_eq!(furnished.copied, []);
    assert_eq!(furnished.left_out.len(), 2, "{furnished:?}");
    assert_eq!(fs::read_dir(world.home.join("outside")).unwrap().count(), 0);
}

#[test]
fn what_is_no_file_is_left_out_and_does_not_hold_us_up() {
    let world = World::new();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        world.source.join(".env").as_path(),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    fs::create_dir_all(world.source.join(".env.d")).unwrap();
    let furnished = world.furnish(&[".env", ".env.d", ".env.gone"], &[]);
    assert_eq!((furnished.copied.len(), furnished.left_out.len()), (0, 3), "{furnished:?}");
}

#[test]
fn a_flood_of_files_is_left_out_with_numbers_and_advice() {
    let world = World::new();
    world.write(".env", "A=1\n");
    let names: Vec<String> = (0..=MOST_NAMED_FILES).map(|number| format!("data/{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let furnished = world.furnish(&[".env"], &names);
    assert_eq!(furnished.copied.len(), 1, "what always goes along still does");
    assert!(furnished.left_out[0].contains("5001 files (at most 5000 are copied)"), "{furnished:?}");
    assert!(furnished.left_out[0].contains("data (5001 files)"), "{furnished:?}");
}

#[test]
fn a_flood_in_the_folders_of_agents_keeps_nothing_else_out() {
    let world = World::new();
    world.write(".env.local", "A=1\n");
    world.write(".opencode/agent/a.md", "x\n");
    let mut plan = world.plan(&[], &[".env.local"], &[]);
    plan.agents = vec![untracked(".opencode/agent/a.md")];
    let furnished = WorktreeEnvironments.furnish(&plan).unwrap();
    assert_eq!((furnished.copied.len(), furnished.notices.len()), (2, 0), "{furnished:?}");
    let world = World::new();
    world.write(".env.local", "A=1\n");
    let many = (0..=MOST_NAMED_FILES).map(|number| untracked(&format!(".opencode/cache/{number}")));
    let plan = owt_ports::FurnishPlan { agents: many.collect(), ..world.plan(&[], &[".env.local"], &[]) };
    let furnished = WorktreeEnvironments.furnish(&plan).unwrap();
    assert_eq!(furnished.copied.len(), 1, "what is named still goes along: {furnished:?}");
    assert!(
        furnished.left_out[0].starts_with("the agents' own folders have 5001 files (at most"),
        "{furnished:?}"
    );
}

#[test]
fn a_flood_of_bytes_is_left_out_too() {
    let world = World::new();
    world.write("dump", "");
    fs::File::options().write(true).open(world.source.join("dump")).unwrap().set_len(600 << 20).unwrap();
    let furnished = world.furnish(&[], &["dump"]);
    assert_eq!(furnished.copied, []);
    assert!(furnished.left_out[0].contains("1 file of 600 MiB together (at most 512 MiB"), "{furnished:?}");
}

#[test]
fn what_cannot_be_rewritten_is_copied_as_it_is_and_told() {
    let world = World::new();
    let large = format!("{}\n", world.source).repeat(200_000);
    world.write("large.local", &large);
    let binary = [b"SQLite\0".as_slice(), world.source.as_str().as_bytes(), b"/db\0"].concat();
    write(&world.source.join("data.local"), &binary);
    write(&world.source.join("plain.local"), b"a\0b");
    let name = RelPath::new(OsStr::from_bytes(b"caf\xe9.local")).unwrap();
    fs::write(name.within(&world.source), "x").unwrap();
    let mut plan = world.plan(&[], &["large.local", "data.local", "plain.local"], &[]);
    plan.named.push(owt_ports::Untracked { path: name.clone(), standing: Standing::Ignored });
    let furnished = WorktreeEnvironments.furnish(&plan).unwrap();
    assert!(furnished.copied.iter().all(|file| file.adjusted == Adjusted::No) && furnished.copied.len() == 4);
    assert_eq!(world.read("large.local"), large);
    assert_eq!(fs::read(world.worktree.join("data.local")).unwrap(), binary);
    assert_eq!(fs::read(name.within(&world.worktree)).unwrap(), b"x");
    let source = &world.source;
    assert_eq!(
        furnished.notices,
        [
            format!("large.local still names {source}: it is too large, and its paths were not changed"),
            format!("data.local still names {source}: it is no text, and its paths were not changed"),
        ]
    );
}

#[test]
fn a_byte_that_is_no_text_keeps_nothing_else_from_being_changed() {
    let world = World::new();
    let env = |root: &str, port: &str| {
        [b"# caf\xe9\nPORT=".as_slice(), port.as_bytes(), b"\nDATA=", root.as_bytes(), b"/data\xff\n"]
            .concat()
    };
    write(&world.source.join(".env"), &env(world.source.as_str(), "{{ owt.port }}"));
    let furnished = world.furnish(&[".env"], &[]);
    assert_eq!(furnished.copied[0].adjusted, Adjusted::Yes);
    let written = fs::read(world.worktree.join(".env")).unwrap();
    let port = values().lease.ports.base().to_string();
    assert_eq!(written, env(world.worktree.as_str(), &port));
}

#[test]
fn the_name_that_the_person_has_for_the_checkout_is_known_too() {
    let world = World::new();
    let link = world.home.join("by-link");
    symlink(world.source.as_path(), link.as_path()).unwrap();
    let real = fs::canonicalize(&world.source).unwrap();
    world.write("web/index.html", "x\n");
    world.write(
        ".env",
        &format!("A={link}/a\nB={}/b\nC={}/c\nD={link}-other\n", world.source, real.display()),
    );
    for asked_in in [&link, &link.join("web")] {
        let plan = world.plan(&[".env"], &[], &[]);
        let plan = owt_ports::FurnishPlan { asked_in: Some(asked_in.clone()), ..plan };
        WorktreeEnvironments.furnish(&plan).unwrap();
        let there = &world.worktree;
        assert_eq!(world.read(".env"), format!("A={there}/a\nB={there}/b\nC={there}/c\nD={link}-other\n"));
        fs::remove_file(there.join(".env")).unwrap();
    }
}

#[test]
fn a_file_that_git_would_show_is_told() {
    let world = World::new();
    world.write(".env", "A=1\n");
    let mut plan = world.plan(&[], &[], &[]);
    plan.usual.push(owt_ports::Untracked { standing: Standing::Shown, ..untracked(".env") });
    let furnished = WorktreeEnvironments.furnish(&plan).unwrap();
    assert_eq!(furnished.copied.len(), 1);
    assert!(furnished.notices[0].contains("git shows it"), "{furnished:?}");
}
