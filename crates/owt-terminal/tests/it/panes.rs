//! What stands beside an agent in its window, in a real tmux, with a person who splits, moves and closes panes.

use owt_core::AttemptId;
use owt_core::pane::Pane;
use owt_core::pane::PanePercent;
use owt_core::pane::PanePlace;
use owt_core::pane::PaneProgram;
use owt_core::pane::PaneStart;
use owt_core::session::EndReason;
use owt_core::session::SessionKind;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::InjectionOutcome;
use owt_ports::Payload;
use owt_ports::SessionPlan;
use owt_ports::Sessions;
use owt_testkit::sessions_conformance::SessionsHarness;

use crate::world::World;
use crate::world::is_alive;
use crate::world::kill;
use crate::world::until;

const AGENT: &str = r"stty raw -echo; printf '\033[?2004hready'; exec cat";

fn pane(world: &World, script: &str, start: PaneStart, place: PanePlace) -> Pane {
    let argv = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
    let variables = [("OWN".to_owned(), "own".to_owned())].into();
    Pane { programs: vec![PaneProgram { argv, directory: world.directory(), variables }], start, place }
}

/// An agent with these panes beside it.
fn window(world: &World, panes: Vec<Pane>) -> SessionPlan {
    let mut plan = world.shell(SessionKind::Tmux, AGENT);
    plan.environment.insert("OWT_TOKEN".to_owned(), "secret".to_owned());
    plan.window.environment =
        [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("TERM", "xterm-kitty"), ("MINE", "mine")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
    plan.window.panes = panes;
    world.launch(&plan).await_output("ready");
    plan
}

fn target(world: &World, attempt: AttemptId) -> String {
    world.sessions.attach_plan(attempt, None).unwrap().argv.pop().unwrap() + ":"
}

/// What each pane of the window shows.
fn shown(world: &World, target: &str) -> Vec<String> {
    let ids = world.tmux(&["list-panes", "-t", target, "-F", "#{pane_id}"]);
    ids.lines().map(|id| world.tmux(&["capture-pane", "-p", "-t", id])).collect()
}

fn says(world: &World, target: &str, text: &str) {
    until(text, || shown(world, target).iter().any(|pane| pane.contains(text)));
}

fn paste(world: &World, plan: &SessionPlan, text: &str) {
    let payload = Payload::Paste { text: text.to_owned(), submit: "\r".to_owned() };
    let injection = Injection { key: InjectionKey::Frame(text.to_owned()), payload };
    assert_eq!(world.sessions.inject(plan.attempt, &injection), Ok(InjectionOutcome::Injected));
}

#[test]
fn panes_stand_beside_the_agent_and_end_with_the_session() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let shell = "trap '' HUP; echo \"pid $$ $MINE $OWN ${OWT_TOKEN-none} $TERM\"; while read -r line; do echo \"got $line\"; done";
    let panes = vec![
        pane(&world, shell, PaneStart::Once, PanePlace::Next),
        pane(&world, "echo beside; sleep 1000", PaneStart::AtOnce, PanePlace::Next),
        pane(
            &world,
            "echo right; sleep 1000",
            PaneStart::AtOnce,
            PanePlace::Right(PanePercent::new(20).unwrap()),
        ),
    ];
    let plan = window(&world, panes);
    let target = target(&world, plan.attempt);
    for text in ["ready", "mine own none", "beside", "right"] {
        says(&world, &target, text);
    }
    let all = shown(&world, &target).concat();
    assert!(!all.contains("xterm-kitty") && !all.contains("secret"), "{all}");
    let pid = all.split("pid ").nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap();
    assert!(is_alive(pid));
    // The agent's pane is the active one and keeps most of the room.
    let active =
        world.tmux(&["display-message", "-p", "-t", &target, "#{@owt_agent} #{pane_width} #{pane_height}"]);
    let sizes: Vec<u16> = active.split_whitespace().map(|word| word.parse().unwrap()).collect();
    assert!(sizes[0] == 1 && sizes[1] > 150 && sizes[2] > 30, "{active}");
    // Attaching again makes no more of them, and what a person closes stays closed.
    world.tmux(&["kill-pane", "-t", &format!("{target}.{{bottom-right}}")]);
    world.sessions.attach_plan(plan.attempt, None).unwrap();
    assert_eq!(world.tmux(&["list-panes", "-t", &target, "-F", "x"]).lines().count(), 3);
    world.sessions.stop(plan.attempt, EndReason::Requested).unwrap();
    until("the panes' programs to end", || !is_alive(pid));
    until("the window to close", || {
        !world.tmux(&["list-sessions", "-F", "#{session_name}"]).contains("owt-")
    });
}

#[test]
fn a_pane_runs_its_command_when_the_person_says_so_and_again() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let tests = pane(&world, "echo run >>runs; exit 3", PaneStart::WhenAsked, PanePlace::Next);
    let none = Pane { programs: Vec::new(), ..tests.clone() };
    let plan = window(&world, vec![tests, none]);
    let target = target(&world, plan.attempt);
    says(&world, &target, "Enter runs it, q closes this");
    says(&world, &target, "no command was found");
    let runs = || std::fs::read_to_string(world.directory().join("runs")).unwrap_or_default();
    assert_eq!(runs(), "", "nothing runs by itself");
    let id = |text: &str| {
        let ids = world.tmux(&["list-panes", "-t", &target, "-F", "#{pane_id}"]);
        let shows = |id: &&str| world.tmux(&["capture-pane", "-p", "-t", id]).contains(text);
        ids.lines().find(shows).unwrap().to_owned()
    };
    let pane = id("Enter runs it,");
    for round in 1..=2 {
        world.tmux(&["send-keys", "-t", &pane, "Enter"]);
        until("the command to have run", || runs().lines().count() == round);
        until("its end to be told", || {
            let text = world.tmux(&["capture-pane", "-p", "-t", &pane]);
            text.matches("ended with code 3; Enter runs it again").count() == round
        });
    }
    world.tmux(&["send-keys", "-t", &pane, "q", "Enter"]);
    until("the pane to close", || world.tmux(&["list-panes", "-t", &target, "-F", "x"]).lines().count() == 2);
    assert_eq!(runs().lines().count(), 2);
}

#[test]
fn whatever_a_person_does_with_panes_the_agent_gets_what_is_for_it() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let other =
        || pane(&world, "stty raw -echo; echo other; exec cat >>other", PaneStart::AtOnce, PanePlace::Next);
    let plan = window(&world, vec![other()]);
    let target = target(&world, plan.attempt);
    says(&world, &target, "other");
    let agent = world.tmux(&["display-message", "-p", "-t", &target, "#{pane_id}"]);
    let gets = |text: &str| {
        paste(&world, &plan, text);
        until("the agent to have it", || {
            world.sessions.screen(plan.attempt).unwrap().rows.concat().contains(text)
        });
    };
    // They go to the other pane, swap the two, split, zoom, and give the agent's pane a window of its own.
    world.tmux(&["last-pane", "-t", &target]);
    gets("one");
    world.tmux(&["swap-pane", "-d", "-s", &agent, "-t", &format!("{target}.{{bottom}}")]);
    gets("two");
    world.tmux(&["split-window", "-t", &target, "sleep", "1000"]);
    world.tmux(&["resize-pane", "-Z", "-t", &target]);
    gets("three");
    world.tmux(&["break-pane", "-d", "-s", &agent]);
    gets("four");
    assert!(
        !world.directory().join("other").as_path().exists()
            || std::fs::read(world.directory().join("other").as_path()).unwrap().is_empty()
    );
    // They close it: the agent works on, and whoever attaches sees it again, beside what else is there.
    let (host, _) = world.pids(plan.attempt);
    world.tmux(&["kill-pane", "-t", &agent]);
    gets("five");
    assert_eq!(world.pids(plan.attempt).0, host);
    world.sessions.attach_plan(plan.attempt, None).unwrap();
    says(&world, &target, "five");
    says(&world, &target, "other");
    // tmux itself is killed: the window comes back with all of its panes.
    kill(world.tmux_server_pid());
    gets("six");
    world.sessions.attach_plan(plan.attempt, None).unwrap();
    says(&world, &target, "six");
    says(&world, &target, "other");
    assert_eq!(world.pids(plan.attempt).0, host);
    // A killed host takes the panes along, too.
    kill(host);
    until("the window to close", || {
        !world.tmux(&["list-sessions", "-F", "#{session_name}"]).contains("owt-")
    });
}
