//! How soon a change is to be seen: from the moment before an agent asks for something until a list that is watched
//! says that it needs a person.

use std::fs;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use super::company::Watch;
use super::company::Way;
use super::company::begin;
use super::report::Aim;
use super::report::Report;
use super::report::Row;
use super::timing::Sample;
use crate::failure::Failure;
use crate::program::Program;
use crate::rig::Rig;

/// What a person who is needed may not know longer (the aim of needs-a-person).
const AIM_MILLIS: f64 = 500.0;

/// Measures among so many sessions at rest, half of them of each kind.
pub(super) fn measure(rig: &Rig, sessions: usize, report: &mut Report) -> Result<(), Failure> {
    let repository = rig.repository("changes")?;
    let ways = [("c-structured", Way::Structured), ("c-terminal", Way::Terminal)];
    for number in 0..sessions {
        let (prefix, way) = ways[number % ways.len()];
        begin(rig, &repository, &format!("{prefix}-{}", number / ways.len()), way, None)?;
    }
    let watch = Watch::begin(rig, &repository)?;
    for ((prefix, _), words) in ways.iter().zip(["over the machine protocol", "on a terminal"]) {
        let spans = (0..sessions / ways.len())
            .map(|number| one(rig, &repository, &watch, &format!("{prefix}-{number}")))
            .collect::<Result<Vec<_>, _>>()?;
        let what = format!("from a question {words} to a list that says so, {sessions} sessions");
        report.add(Row::wait(&what, &Sample::of(spans)).aim(Aim::millis(AIM_MILLIS)));
    }
    drop(watch);
    stop_all(rig, &repository, sessions, &ways)
}

/// Lets one agent come to its question; how long it took until that was told.
fn one(rig: &Rig, repository: &Path, watch: &Watch, name: &str) -> Result<Duration, Failure> {
    let gate = rig.root.join(format!("gate-{name}"));
    Program::new("mkfifo").arg(&gate).run()?;
    let prompt = format!(
        r#"Ask [[script:[{{"wait_for":"{}"}},{{"ask":{{"tool":"Bash","input":{{"command":"ls"}}}}}}]]]"#,
        gate.display()
    );
    rig.owt_in(repository, &["send", name, "--wait", "--timeout", "50s", &prompt]).timed()?;
    watch.calm();
    let asked = Instant::now();
    // Opening it waits for the agent, which stands before it already.
    fs::write(&gate, "go").map_err(|error| Failure::at(&gate, error))?;
    let told = watch.until(name, "waiting_permission")?;
    fs::remove_file(&gate).map_err(|error| Failure::at(&gate, error))?;
    Ok(told.saturating_duration_since(asked))
}

/// The same, and the agent is ready for the next. On a terminal only the person can answer.
pub(super) fn one_of_many(
    rig: &Rig,
    repository: &Path,
    watch: &Watch,
    name: &str,
) -> Result<Duration, Failure> {
    let span = one(rig, repository, watch, name)?;
    rig.owt_in(repository, &["answer", name, "deny"]).timed()?;
    watch.until(name, "idle")?;
    Ok(span)
}

fn stop_all(rig: &Rig, repository: &Path, sessions: usize, ways: &[(&str, Way)]) -> Result<(), Failure> {
    for number in 0..sessions {
        let name = format!("{}-{}", ways[number % ways.len()].0, number / ways.len());
        rig.owt_in(repository, &["stop", &name]).timed()?;
    }
    Ok(())
}
