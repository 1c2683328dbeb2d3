//! Deaf to signals: what makes a supervisor escalate.

use owt_process::Child;
use owt_process::ExitOutcome;
use owt_process::Streams;
use owt_testkit::scripted_agent::Personality;
use owt_testkit::scripted_agent::SignalName;
use owt_testkit::scripted_agent::Step;
use rustix::process::Pid;
use rustix::process::Signal;

use super::stage::Stage;

fn started(stage: &Stage) -> (Child, Pid) {
    let child = stage.command(&["-p", "go"]).spawn(Streams::default()).unwrap();
    let pid = Pid::from_raw(i32::try_from(child.pid()).unwrap()).unwrap();
    (child, pid)
}

/// Opening a named pipe for writing waits for the reader: the agent is in its turn then.
fn until_it_waits(pipe: &std::path::Path) -> std::fs::File {
    std::fs::OpenOptions::new().write(true).open(pipe).unwrap()
}

#[test]
fn what_is_ignored_does_nothing_and_sigkill_still_does() {
    let ignored_signals = vec![SignalName::Int, SignalName::Term, SignalName::Hup];
    let on_prompt = vec![Step::WaitFor("one".into()), Step::WaitFor("two".into()), Step::Exit(3)];
    let stage = Stage::with(&Personality { ignored_signals, on_prompt, ..Personality::default() });
    let (one, two) = (stage.pipe("one"), stage.pipe("two"));
    let (mut child, pid) = started(&stage);
    let waiting = until_it_waits(&one);
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        rustix::process::kill_process(pid, signal).unwrap();
    }
    drop(waiting);
    let waiting = until_it_waits(&two);
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
    assert_eq!(child.wait().unwrap(), ExitOutcome::Signal(9));
    drop(waiting);
}

#[test]
fn a_stalled_one_ends_at_a_polite_request() {
    let stage = Stage::doing(&[Step::WaitFor("one".into()), Step::Stall]);
    let one = stage.pipe("one");
    let (mut child, pid) = started(&stage);
    drop(until_it_waits(&one));
    rustix::process::kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap(), ExitOutcome::Signal(15));
}
