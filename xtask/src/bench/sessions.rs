//! Many sessions that live: what server and hosts take while nothing happens, and how long a hook takes.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use serde::Deserialize;

use super::Thoroughness;
use super::report::Aim;
use super::report::Report;
use super::report::Row;
use super::timing::beside;
use crate::failure::Failure;
use crate::rig::Rig;
use crate::rig::processes;
use crate::rig::processes::Memory;

const RESIDENT: &str = "pages of the program file count whole here, though server and hosts share them; what it takes \
                        in addition is the proportional number below";

/// How long idleness is looked at.
const IDLE: Duration = Duration::from_secs(60);

/// How long everything may take to come to rest before.
const SETTLE: Duration = Duration::from_secs(5);

/// One line of `owt list --json`, as far as it is needed here.
#[derive(Deserialize)]
struct Listed {
    session: Option<String>,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Listed>,
}

/// Measures with so many structured sessions of the demo agent.
pub(super) fn measure(rig: &Rig, thoroughness: Thoroughness, report: &mut Report) -> Result<(), Failure> {
    let count = thoroughness.sessions();
    let repository = rig.repository("sessions")?;
    let names: Vec<String> = (0..count).map(|number| format!("s{number}")).collect();
    for name in &names {
        let branch = format!("s/{name}");
        let options = ["--structured", "--agent", "demo", "--permissions", "edits", "--branch", &branch];
        rig.owt_in(&repository, &[&["new", "Add a greeting"], &options[..]].concat()).timed()?;
    }
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    rig.owt_in(&repository, &[&["wait", "--timeout", "120"], words.as_slice()].concat()).timed()?;
    rig.pause(SETTLE)?;
    idle(rig, count, report)?;
    memory(rig, count, report);
    hook(rig, &repository, thoroughness, report)?;
    for name in &names {
        rig.owt_in(&repository, &["stop", name]).timed()?;
    }
    Ok(())
}

/// The part of one core that server and hosts use while nothing happens.
fn idle(rig: &Rig, count: usize, report: &mut Report) -> Result<(), Failure> {
    let ours = [processes::of_command(&rig.root, "serve"), processes::of_command(&rig.root, "host")].concat();
    if cfg!(target_os = "linux") && ours.len() != count + 1 {
        return Err(Failure::new(format!(
            "{} processes live instead of a server and {count} hosts",
            ours.len()
        )));
    }
    let spent = || ours.iter().map(|&pid| (pid, processes::time(pid))).collect::<BTreeMap<_, _>>();
    let (before, began) = (spent(), Instant::now());
    rig.pause(IDLE)?;
    let (after, took) = (spent(), began.elapsed());
    let ran: Duration = after.iter().map(|(pid, time)| time.saturating_sub(before[pid])).sum();
    let share = (!ours.is_empty()).then(|| 100.0 * ran.as_secs_f64() / took.as_secs_f64());
    let what = format!("server and {count} hosts idle, of one core");
    report.add(Row::share(&what, share).aim(Aim::percent(0.3)));
    Ok(())
}

fn memory(rig: &Rig, count: usize, report: &mut Report) {
    let server: Vec<Memory> =
        processes::of_command(&rig.root, "serve").into_iter().filter_map(processes::memory).collect();
    let server = server.first().copied();
    let what = format!("server, resident, {count} sessions");
    let row = Row::memory(&what, server.map(|memory| memory.resident)).aim(Aim::mebibytes(30.0));
    report.add(row.because(RESIDENT));
    report.add(Row::memory("server, proportional", server.map(|memory| memory.proportional)));
    let mut hosts: Vec<Memory> =
        processes::of_command(&rig.root, "host").into_iter().filter_map(processes::memory).collect();
    hosts.sort_by_key(|memory| memory.resident);
    let host = hosts.get(hosts.len() / 2).copied();
    let aim = Aim::mebibytes(4.0);
    let row = Row::memory("a host, resident (the middle one)", host.map(|memory| memory.resident)).aim(aim);
    report.add(row.because(RESIDENT));
    report.add(Row::memory("a host, proportional", host.map(|memory| memory.proportional)).aim(aim));
}

/// A hook as a session calls it: with the session's own credential, to the live server.
fn hook(
    rig: &Rig,
    repository: &Path,
    thoroughness: Thoroughness,
    report: &mut Report,
) -> Result<(), Failure> {
    let list: List = serde_json::from_str(&rig.owt_in(repository, &["list", "--json"]).read()?)
        .map_err(|error| Failure::new(format!("owt list --json: {error}")))?;
    let session = list.data.into_iter().find_map(|listed| listed.session);
    let session = session.ok_or_else(|| Failure::new("no session lives"))?;
    let credential = rig.root.join("owt/data/agents").join(&session).join("credential");
    let token = std::fs::read_to_string(&credential).map_err(|error| Failure::at(&credential, error))?;
    let call = ["hook", "--agent", "demo", "--event", "SessionStart", r#"{"source":"startup"}"#];
    let hook = || {
        let hook = rig.owt_in(repository, &call).variable("OWT_ATTEMPT", &session);
        hook.variable("OWT_TOKEN", token.trim()).timed()
    };
    let floor = || rig.git(repository, &["--version"]).timed();
    let (hook, floor) = beside(thoroughness.runs(), hook, floor)?;
    report.add(Row::time("owt hook", &hook).beside("git --version", &floor).aim(Aim::millis(5.0)));
    Ok(())
}
