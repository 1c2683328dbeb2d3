//! What lives below a process, and what it is at.

use std::time::Duration;

use owt_process::Stream;
use owt_process::Streams;
use owt_process::tree;
use owt_process::tree::Channels;
use owt_process::tree::Living;

use crate::conditions::HASTY;
use crate::conditions::number_in;
use crate::conditions::runs;
use crate::conditions::sh;
use crate::conditions::wait_until;

fn below(root: u32, pid: u32) -> Option<Living> {
    tree::living_below(root).unwrap().into_iter().find(|one| one.identity.pid == pid)
}

/// Below this process there are those of every other test, too, at times more than a look takes in.
fn below_us(pid: u32) -> Living {
    let mut found = None;
    wait_until("it is found", || {
        found = below(std::process::id(), pid);
        found.is_some()
    });
    found.unwrap()
}

#[test]
fn a_grandchild_is_found_with_its_words_its_age_and_what_it_uses() {
    let folder = tempfile::tempdir().unwrap();
    let script =
        "sh -c 'echo $$ > busy; while :; do :; done' & sh -c 'echo $$ > calm; exec sleep 1000' & wait";
    let mut child = sh(script).current_dir(folder.path()).spawn(Streams::default()).unwrap();
    let (busy, calm) = (number_in(&folder.path().join("busy")), number_in(&folder.path().join("calm")));
    let below_child = |pid| below(child.pid(), pid).unwrap();
    wait_until("the sleeper sleeps", || below_child(calm).words == ["sleep", "1000"]);
    wait_until("the busy one has used the processor", || {
        below_child(busy).processor_time >= Duration::from_millis(100)
    });
    wait_until("the calm one is older", || below_child(calm).age >= Duration::from_millis(50));
    let calm = below_us(calm);
    assert!(calm.processor_time < Duration::from_millis(100), "{calm:?}");
    assert!(calm.age >= Duration::from_millis(50) && calm.age < Duration::from_secs(120), "{calm:?}");
    assert_eq!(calm.parent, child.pid());
    let found = tree::living_below(child.pid()).unwrap();
    assert_eq!(
        found.iter().filter(|one| one.identity.pid == child.pid()).count(),
        0,
        "it is not below itself"
    );
    child.terminate_tree(&HASTY).unwrap();
    assert!(!runs(busy) && !runs(calm.identity.pid));
    assert!(tree::living_below(child.pid()).unwrap().is_empty());
}

#[test]
#[cfg(target_os = "linux")]
fn who_is_talked_with_is_told_from_who_only_writes() {
    let both = Streams { stdin: Stream::Piped, stdout: Stream::Piped, ..Streams::default() };
    let mut server = owt_process::Cmd::new("cat").spawn(both).unwrap();
    let one_way = Streams { stdout: Stream::Piped, ..Streams::default() };
    let mut writer = owt_process::Cmd::new("sleep").arg("1000").spawn(one_way).unwrap();
    let served = below_us(server.pid()).channels;
    assert!(served.are_held_by([writer.pid(), std::process::id()]), "{served:?}");
    assert!(!served.are_held_by([writer.pid()]));
    assert!(!below_us(writer.pid()).channels.are_held_by([std::process::id()]));
    assert!(served.are_those_of(&Channels::of(server.pid())));
    assert!(!served.are_those_of(&Channels::of(writer.pid())) && !served.are_those_of(&Channels::default()));
    assert!(!Channels::default().are_those_of(&Channels::default()), "nothing is known of either");
    server.terminate_tree(&HASTY).unwrap();
    writer.terminate_tree(&HASTY).unwrap();
}
