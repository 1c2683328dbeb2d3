//! Many sessions at work: what server and hosts use to follow them, and how soon a change is seen meanwhile.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use serde::Deserialize;
use serde_json::json;

use super::Thoroughness;
use super::changes;
use super::company::Watch;
use super::company::Way;
use super::company::begin;
use super::report::Aim;
use super::report::Report;
use super::report::Row;
use super::timing::Sample;
use crate::failure::Failure;
use crate::rig::Rig;
use crate::rig::processes;

/// How long they are looked at.
const SPAN: Duration = Duration::from_secs(30);

/// How long everything may take to come to an even pace before.
const SETTLE: Duration = Duration::from_secs(5);

/// Between two lines of a session that speaks a protocol.
const SAYS_EVERY: Duration = Duration::from_millis(500);

/// Between two pictures of one on a terminal.
const DRAWS_EVERY: Duration = Duration::from_millis(100);

/// For how long they have something to do: longer than all of this takes.
const WORK: Duration = Duration::from_secs(900);

/// How many changes are looked at meanwhile.
const CHANGES: usize = 20;

#[derive(Deserialize)]
struct Listed {
    status: String,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Listed>,
}

/// Measures with so many sessions at work.
pub(super) fn measure(rig: &Rig, thoroughness: Thoroughness, report: &mut Report) -> Result<(), Failure> {
    let count = thoroughness.busy();
    let repository = begin_all(rig, count)?;
    let what = format!("following {count} busy sessions, of one core");
    let (server, hosts) = used(rig)?;
    report.add(Row::share(&format!("server, {what}"), server).aim(Aim::percent(10.0)));
    report.add(Row::share(&format!("{count} hosts together, {what}"), hosts));
    all_work(rig, &repository, count)?;
    with_a_watch(rig, &repository, count, report)?;
    all_work(rig, &repository, count)
}

/// So many sessions at work, at an even pace; their repository.
pub(super) fn begin_all(rig: &Rig, count: usize) -> Result<PathBuf, Failure> {
    let repository = rig.repository("busy")?;
    let says = script(
        rig,
        "says",
        SAYS_EVERY,
        &json!({"say": "I look at the next file, and then at the one after it."}),
    )?;
    let draws = script(
        rig,
        "draws",
        DRAWS_EVERY,
        &json!({"print": "\u{2023} one more line of what a tool printed\n"}),
    )?;
    for number in 0..count {
        let (way, script) = if number % 2 == 0 { (Way::Structured, &says) } else { (Way::Terminal, &draws) };
        begin(rig, &repository, &format!("b-{number}"), way, Some(script))?;
    }
    rig.pause(SETTLE)?;
    Ok(repository)
}

/// The same while a list of them is watched, and how soon that says what has changed.
fn with_a_watch(rig: &Rig, repository: &Path, count: usize, report: &mut Report) -> Result<(), Failure> {
    let beside = rig.repository("beside")?;
    begin(rig, &beside, "beside", Way::Structured, None)?;
    let watched = Watch::begin(rig, repository)?;
    let (server, _) = used(rig)?;
    report.add(Row::share(&format!("the same while a list of the {count} is watched"), server));
    drop(watched);
    let watch = Watch::begin(rig, &beside)?;
    let spans = (0..CHANGES)
        .map(|_| changes::one_of_many(rig, &beside, &watch, "beside"))
        .collect::<Result<Vec<_>, _>>()?;
    let what = format!("from a question to a list that says so, {count} busy sessions");
    report.add(Row::wait(&what, &Sample::of(spans)).aim(Aim::millis(500.0)));
    Ok(())
}

/// What an agent does with its prompt, over and over.
fn script(rig: &Rig, name: &str, every: Duration, step: &serde_json::Value) -> Result<PathBuf, Failure> {
    let pause = json!({"pause_ms": every.as_millis()});
    let times = WORK.as_millis() / every.as_millis();
    let steps: Vec<_> = (0..times).flat_map(|_| [step.clone(), pause.clone()]).collect();
    let path = rig.root.join(format!("{name}.json"));
    let text = json!({ "on_prompt": steps }).to_string();
    fs::write(&path, text).map_err(|error| Failure::at(&path, error))?;
    Ok(path)
}

/// What the server and all hosts used of one core, in percent; `None` where that cannot be seen.
fn used(rig: &Rig) -> Result<(Option<f64>, Option<f64>), Failure> {
    let pids = |word| processes::of_command(&rig.root, word);
    let (server, hosts) = (pids("serve"), pids("host"));
    let sum = |pids: &[u32]| pids.iter().map(|&pid| processes::used(pid)).sum::<Duration>();
    let (before, began) = ((sum(&server), sum(&hosts)), Instant::now());
    rig.pause(SPAN)?;
    let (after, took) = ((sum(&server), sum(&hosts)), began.elapsed());
    let share = |pids: &[u32], before: Duration, after: Duration| {
        let ran = after.saturating_sub(before).as_secs_f64();
        (!pids.is_empty()).then(|| 100.0 * ran / took.as_secs_f64())
    };
    Ok((share(&server, before.0, after.0), share(&hosts, before.1, after.1)))
}

/// What was measured were busy sessions only if all of them are known to be.
pub(super) fn all_work(rig: &Rig, repository: &Path, count: usize) -> Result<(), Failure> {
    let list: List = serde_json::from_str(&rig.owt_in(repository, &["list", "--json"]).read()?)
        .map_err(|error| Failure::new(format!("owt list --json: {error}")))?;
    match list.data.iter().filter(|listed| listed.status == "working").count() {
        working if working == count => Ok(()),
        working => Err(Failure::new(format!("{working} of {count} sessions work"))),
    }
}
