//! What a program gets, and what a launch refuses.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::thread;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_ports::SessionError;
use owt_ports::SessionPresence;
use owt_ports::Sessions;
use owt_ports::Stream;
use owt_terminal::LocalSessions;
use owt_testkit::sessions_conformance::SessionsHarness;

use crate::terminal_client::say;
use crate::terminal_client::talk;
use crate::world::World;
use crate::world::exists;
use crate::world::until;

const ODD: &[&str] = &["", " a  b ", "$(id)", "`id`", "'", "\"", "-x", "ü\n漢", ";", "a;", "#{pid}", "*"];

#[test]
fn arguments_environment_and_folder_arrive_exactly() {
    let world = World::new();
    for kind in world.kinds() {
        let script = r#"stty -onlcr 2>/dev/null; printf '<%s>' "$@"; pwd; exec env -0"#;
        let mut plan = world.plan(kind, &[&["/bin/sh", "-c", script, "sh"], ODD].concat());
        plan.environment.insert("GIT_DIR".to_owned(), "/kept\nas it is".to_owned());
        let listener = world.launch(&plan);
        assert_eq!(listener.await_end(), Exit::Code { code: 0 });

        let text = listener.text(Stream::Output);
        let arguments: String = ODD.iter().map(|word| format!("<{word}>")).collect();
        let (head, environment) = text
            .split_once('\n')
            .map_or(("", ""), |_| text.split_at(arguments.len() + world.directory().as_str().len() + 1));
        assert_eq!(head, format!("{arguments}{}\n", world.directory()));
        let got: BTreeMap<String, String> = environment
            .split_terminator('\0')
            .map(|variable| variable.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            // Made by the shell itself.
            .filter(|(name, _)| !["PWD", "OLDPWD", "SHLVL", "_"].contains(&name.as_str()))
            .collect();
        let mut wanted = plan.environment.clone();
        wanted.insert("OWT_ATTEMPT".to_owned(), plan.attempt.to_string());
        if kind == SessionKind::Tmux {
            wanted.insert("TERM".to_owned(), "tmux-256color".to_owned());
        }
        if kind == SessionKind::Pty {
            wanted.insert("TERM".to_owned(), "xterm-256color".to_owned());
        }
        assert_eq!(got, wanted, "{kind:?}");
    }
}

#[test]
fn twenty_launches_at_once_each_start_their_own() {
    let world = World::new();
    let kinds = world.kinds();
    let script = "printf \"$OWT_ATTEMPT\"; exec sleep 1000";
    let plans: Vec<_> = (0..20).map(|n| world.shell(kinds[n % kinds.len()], script)).collect();
    thread::scope(|scope| {
        for plan in &plans {
            let world = &world;
            scope.spawn(move || {
                let listener = world.launch(plan);
                listener.await_output(&plan.attempt.to_string());
            });
        }
    });
    let programs: BTreeSet<u32> = plans.iter().map(|plan| world.pids(plan.attempt).1).collect();
    assert_eq!(programs.len(), 20);
    let known: BTreeSet<AttemptId> = world.sessions.known().unwrap().into_iter().collect();
    assert_eq!(known, plans.iter().map(|plan| plan.attempt).collect());
    if kinds.contains(&SessionKind::Tmux) {
        let panes = world.tmux(&["list-panes", "-a", "-F", "#{pane_pid}"]);
        let hosts: BTreeSet<String> = plans
            .iter()
            .filter(|plan| plan.kind == SessionKind::Tmux)
            .map(|plan| world.pids(plan.attempt).0.to_string())
            .collect();
        assert_eq!(
            panes.lines().map(str::to_owned).collect::<BTreeSet<_>>(),
            hosts,
            "the pane is the host: no shell"
        );
    }
    thread::scope(|scope| {
        for plan in &plans {
            scope.spawn(|| world.sessions.stop(plan.attempt, EndReason::Requested).unwrap());
        }
    });
}

#[test]
fn a_title_is_shown_and_never_run() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let mark = world.path("owned");
    let mut plan = world.shell(SessionKind::Tmux, "printf ready; exec sleep 1000");
    plan.title = format!("fix #(touch '{mark}') #{{pid}};");
    world.launch(&plan).await_output("ready");
    let name = world.tmux(&["list-windows", "-a", "-F", "#{window_name}"]);
    assert!(name.starts_with("fix (touch"), "{name}");
    world.tmux(&["display-message", "-p", "#{T:status-left}"]);
    assert!(!exists(&mark));
}

#[test]
fn what_holds_secrets_is_closed_to_others() {
    let world = World::new();
    let plan = world.shell(SessionKind::Structured, "printf ready; exec sleep 1000");
    world.launch(&plan).await_output("ready");
    let mode = |path: &AbsPath| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for name in ["launch.json", "output.log", "error.log", "injections.jsonl", "host.json"] {
        assert_eq!(mode(&world.attempt_file(plan.attempt, name)), 0o600, "{name}");
    }
    assert_eq!(mode(&world.host_socket(plan.attempt)), 0o600);
    assert_eq!(mode(&world.paths.runtime_dir), 0o700);
    assert_eq!(mode(&world.attempt_file(plan.attempt, "..")), 0o700);
}

#[test]
fn the_environment_that_a_session_was_started_with_goes_with_its_end() {
    let world = World::new();
    for kind in world.kinds() {
        let mut plan = world.shell(kind, "printf ready; exec sleep 1000");
        plan.environment.insert("SECRET".to_owned(), "swordfish".to_owned());
        let listener = world.launch(&plan);
        listener.await_output("ready");
        let file = world.attempt_file(plan.attempt, "launch.json");
        assert!(std::fs::read_to_string(&file).unwrap().contains("swordfish"), "{kind:?}");
        world.sessions.stop(plan.attempt, EndReason::Requested).unwrap();
        // The host is the one who removes it, after it has said how the session ended.
        until("its launch file to be gone", || !exists(&file));
        assert!(matches!(world.sessions.probe(plan.attempt), Ok(SessionPresence::Ended { .. })), "{kind:?}");
    }
}

#[test]
fn a_launch_broken_off_before_a_host_came_never_happened() {
    let world = World::new();
    let go = world.path("go");
    let plan = world.shell(SessionKind::Headless, &format!("while ! [ -e '{go}' ]; do sleep 0.05; done"));
    let listener = world.launch(&plan);
    let launch = std::fs::read(world.attempt_file(plan.attempt, "launch.json")).unwrap();
    std::fs::write(&go, "").unwrap();
    listener.await_end();
    world.sessions.forget(plan.attempt).unwrap();

    // As if the server had died after writing the launch file.
    let folder = world.attempt_file(plan.attempt, "");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    let file = world.attempt_file(plan.attempt, "launch.json");
    std::fs::write(&file, launch).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(world.sessions.probe(plan.attempt), Ok(SessionPresence::Never));
    assert!(!exists(&file), "a host that comes late finds nothing to start");
    assert_eq!(world.launch(&plan).await_end(), Exit::Code { code: 0 });
}

#[test]
fn a_socket_path_too_long_is_refused_before_anything_is_made() {
    let world = World::new();
    let mut paths = world.paths.clone();
    paths.runtime_dir = world.path(&"long".repeat(30));
    let sessions = LocalSessions::new(paths.clone(), world.tuning);
    let plan = world.shell(SessionKind::Headless, "true");
    assert!(matches!(sessions.launch(&plan), Err(SessionError::SocketPathTooLong { .. })));
    assert!(matches!(
        sessions.require(SessionKind::Headless, ""),
        Err(SessionError::SocketPathTooLong { .. })
    ));
    assert!(!exists(&paths.runtime_dir));
}

#[test]
fn without_tmux_a_terminal_session_is_refused_with_a_hint_and_leaves_no_trace() {
    let world = World::new();
    let mut paths = world.paths.clone();
    paths.tmux_program = None;
    let sessions = LocalSessions::new(paths, world.tuning);
    let plan = world.shell(SessionKind::Tmux, "true");
    let refused = sessions.launch(&plan);
    assert!(matches!(&refused, Err(SessionError::Unusable(hint)) if hint.contains("install")), "{refused:?}");
    assert_eq!(sessions.probe(plan.attempt), Ok(SessionPresence::Never));
    assert_eq!(sessions.require(SessionKind::Structured, ""), Ok(()));
}

#[test]
fn a_runtime_folder_that_others_may_enter_is_refused() {
    let world = World::new();
    std::fs::create_dir(&world.paths.runtime_dir).unwrap();
    std::fs::set_permissions(&world.paths.runtime_dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    let plan = world.shell(SessionKind::Headless, "true");
    assert!(matches!(world.sessions.launch(&plan), Err(SessionError::Failed { .. })));
}

#[test]
fn a_missing_folder_or_a_text_file_as_program_is_recorded_as_not_started() {
    let world = World::new();
    let text = world.file("no program");
    for (program, directory, errno) in [("/bin/true", "/nonexistent", 2), (text.as_str(), "/", 13)] {
        let mut plan = world.plan(SessionKind::Headless, &[program]);
        plan.directory = AbsPath::new(directory).unwrap();
        let presence = world.sessions.launch(&plan).unwrap();
        let exit = Exit::NotStarted { errno };
        assert!(
            matches!(presence, SessionPresence::Ended { exit: found, .. } if found == exit),
            "{presence:?}"
        );
    }
}

#[test]
fn an_unknown_protocol_is_refused_clearly_and_nonsense_harms_nobody() {
    let world = World::new();
    let plan = world.shell(SessionKind::Headless, "printf ready; exec sleep 1000");
    let listener = world.launch(&plan);
    listener.await_output("ready");
    let socket = world.host_socket(plan.attempt);
    for hello in [
        r#"{"type":"hello","protocol":"owt-host","version":2}"#,
        r#"{"type":"hello","protocol":"else","version":1}"#,
    ] {
        let answer = say(&mut talk(&socket), hello);
        assert!(answer.contains("unsupported_protocol") && answer.contains("owt-host version 1"), "{answer}");
    }
    for nonsense in ["", "{}", "GET / HTTP/1.1", r#"{"type":"stop","reason":"requested"}"#] {
        let answer = say(&mut talk(&socket), nonsense);
        assert!(answer.contains("bad_request"), "{nonsense}: {answer}");
    }
    assert!(matches!(world.sessions.probe(plan.attempt), Ok(SessionPresence::Running { .. })));
}

#[test]
fn more_connections_than_a_host_takes_do_not_end_it() {
    let world = World::new();
    let plan = world.shell(SessionKind::Headless, "printf ready; exec sleep 1000");
    world.launch(&plan).await_output("ready");
    let socket = world.host_socket(plan.attempt);
    let crowd: Vec<_> = (0..100).map(|_| Arc::new(talk(&socket))).collect();
    drop(crowd);
    assert!(matches!(world.sessions.probe(plan.attempt), Ok(SessionPresence::Running { .. })));
}
