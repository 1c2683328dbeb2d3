//! What agents' hooks report.

use std::time::Duration;

use owt_agents::AgentName;
use owt_agents::hook::HookFormat;
use owt_agents::hook::HookReport as Parsed;
use owt_agents::hook::HookSignal;
use owt_agents::hook::parse;
use owt_core::AttemptId;
use owt_core::RequestId;
use owt_core::Timestamp;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::evidence::Activity;
use owt_core::evidence::Evidence;
use owt_core::evidence::FinalWord;
use owt_core::evidence::Helper;
use owt_core::evidence::Observation;
use owt_core::evidence::ReportId;
use owt_core::evidence::Source;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;
use sha2::Digest;
use sha2::Sha256;

use crate::before_agent::message_read;
use crate::engine::Engine;
use crate::observer::MOST_ASKED;
use crate::observer::OpenTool;
use crate::observer::edited;

/// How long before its session counts as begun a program may report.
const EARLY: Duration = Duration::from_secs(60);

/// One report, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookReport {
    /// The agent, by its name in the manifests.
    pub agent: AgentName,
    /// The program's own name of the event.
    pub event: String,
    /// The attempt, whose credential was checked.
    pub attempt: AttemptId,
    /// When.
    pub at: Timestamp,
    /// What the program gave to the hook; of what was too large to be passed on, how it begins.
    pub payload: String,
    /// Whether it was too large.
    pub is_cut: bool,
}

impl HookReport {
    /// Its name: a report that comes again (sent, not answered in time, spooled) has the same.
    fn id(&self) -> ReportId {
        let mut digest = Sha256::new();
        for part in [self.agent.as_str(), &self.event, &self.payload] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(digest.finalize());
        ReportId { at: self.at, digest: u64::from_le_bytes([a, b, c, d, e, f, g, h]) }
    }
}

/// Why a report was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// The agent has no hooks, as far as its manifest says.
    #[error("{0} has no hooks that report to us")]
    NoHooks(AgentName),
    /// The payload is not understood.
    #[error(transparent)]
    Payload(#[from] owt_agents::hook::HookError),
    /// The configuration.
    #[error(transparent)]
    Settings(#[from] crate::settings::BrokenSettings),
    /// Its session is still being started: what it says cannot be judged before that is recorded.
    #[error("the session has not begun yet")]
    TooEarly,
    /// The journal.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes in a report. One of an ended attempt completes its record at the most.
///
/// # Errors
/// [`HookError`].
pub fn hook(engine: &Engine, request: RequestId, report: &HookReport) -> Result<(), HookError> {
    let attempt = engine.records().load::<Attempt>(report.attempt)?;
    if attempt.as_ref().is_some_and(|attempt| attempt.phase == AttemptPhase::Launching) {
        return Err(HookError::TooEarly);
    }
    let settings = engine.ports().settings.settings(None, None)?;
    let format = settings
        .catalog
        .get(report.agent.as_str())
        .ok()
        .and_then(|manifest| manifest.hooks.format)
        .ok_or_else(|| HookError::NoHooks(report.agent.clone()))?;
    let parsed = understood(engine, format, report)?;
    let (now, began) = (engine.ports().clock.now(), attempt.as_ref().and_then(|it| it.started_at));
    let at = believable(report.at, began, now);
    let open = engine.observers().tools(report.attempt);
    let (mut seen, asked) = (Vec::new(), asked(&parsed.signal, &open));
    if let Some(conversation) = parsed.conversation {
        seen.push(Observation::Conversation { id: conversation.as_str().to_owned(), model: None });
    }
    if let Some(attempt) = attempt.as_ref().filter(|attempt| attempt.spec.session.is_terminal()) {
        note_tools(engine, attempt.id, &parsed.signal, at);
    }
    if attempt.is_some() && matches!(parsed.signal, HookSignal::TurnEnded { text: None, .. }) {
        engine.observers().end_by_record(report.attempt)?;
    }
    if !attempt.is_some_and(|attempt| reminds_of_question(&attempt, &parsed.signal)) {
        seen.extend(meaning(engine, report.attempt, parsed.signal)?);
    }
    if let Some(helpers) = parsed.helpers {
        let of_its = |helper: owt_agents::hook::Helper| Helper { id: helper.id, task: helper.task };
        seen.push(Observation::Helpers { helpers: helpers.into_iter().map(of_its).collect() });
    }
    if seen.is_empty() {
        return Ok(());
    }
    let evidence = |observation| {
        let about = if waits(&observation) { asked.clone() } else { None };
        Evidence { about, ..Evidence::now(observation, Source::Hook, at) }
    };
    let seen = seen.into_iter().map(evidence).collect();
    Ok(engine.observers().report_of_hook(report.attempt, report.id(), seen, request)?)
}

/// When something was reported: whoever holds a session's credential may name any moment, but none before the session began
/// (by more than [`EARLY`]) and none that is still to come.
fn believable(said: Timestamp, began: Option<Timestamp>, now: Timestamp) -> Timestamp {
    said.max(began.unwrap_or(now).minus(EARLY)).min(now)
}

/// What a report says. What nobody understands is counted, and the newest of it kept.
fn understood(engine: &Engine, format: HookFormat, report: &HookReport) -> Result<Parsed, HookError> {
    let strange = |why: &str| {
        let what = format!("{} ({why})", report.event);
        engine.observers().strange_report(report.attempt, what, &report.payload);
    };
    // One that was too large to be passed on still names its event: a turn whose last words are long is over too.
    let payload = match &report.payload {
        _ if report.is_cut => {
            strange("too large");
            "{}"
        }
        nothing if nothing.is_empty() => "{}",
        payload => payload,
    };
    let parsed = parse(format, &report.event, payload);
    match &parsed {
        Ok(Parsed { signal: HookSignal::Unknown { .. }, .. }) => strange("an unknown event"),
        Err(error) if !report.is_cut => strange(&error.to_string()),
        _ => {}
    }
    Ok(parsed?)
}

/// Which tools are in use, before what that says of the agent is weighed: with its rest all of them are put down. In other
/// sessions the event stream tells.
fn note_tools(engine: &Engine, attempt: AttemptId, signal: &HookSignal, at: Timestamp) {
    let observers = engine.observers();
    match signal {
        HookSignal::ToolStarting { call, tool, summary } => {
            let call = call.clone().unwrap_or_else(|| tool.clone());
            let (tool, summary) = (tool.clone(), summary.clone());
            observers.tool_opened(attempt, OpenTool { call, tool, summary, since: at });
        }
        HookSignal::ToolFinished { call, tool, .. } => {
            observers.tool_closed(attempt, call.as_deref().unwrap_or(tool));
        }
        _ => {}
    }
}

/// Whether this is what Claude Code (2.1.197) calls some seconds after each dialog that nobody has answered: it names all of them
/// permissions, and its own words at the time said that this one is a question.
fn reminds_of_question(attempt: &Attempt, signal: &HookSignal) -> bool {
    attempt.doing.activity == Activity::WaitingInput
        && matches!(signal, HookSignal::PermissionAsked { tool: None, .. })
}

/// What an agent asks for, in one line: what it is about to do, where that is known, and otherwise the words of the hook.
fn asked(signal: &HookSignal, open: &[OpenTool]) -> Option<String> {
    let (tool, message) = match signal {
        HookSignal::PermissionAsked { tool, .. } if let Some(words) = only_one(tool.as_deref(), open) => {
            return Some(words);
        }
        HookSignal::PermissionAsked { tool, message } => (tool.as_deref(), message),
        HookSignal::InputAsked { message } => (None, message),
        _ => return None,
    };
    let words: Vec<&str> =
        tool.into_iter().chain([message.as_str()]).filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(": ").chars().take(MOST_ASKED).collect())
}

/// The one tool that a permission can be asked for, and what it is used on.
fn only_one(tool: Option<&str>, open: &[OpenTool]) -> Option<String> {
    let mut meant = open.iter().filter(|one| tool.is_none_or(|tool| tool == one.tool));
    match (meant.next(), meant.next()) {
        (Some(one), None) if !one.summary.is_empty() => {
            Some(format!("{}: {}", one.tool, one.summary).chars().take(MOST_ASKED).collect())
        }
        _ => None,
    }
}

const fn waits(observation: &Observation) -> bool {
    matches!(
        observation,
        Observation::Doing { activity: Activity::WaitingPermission | Activity::WaitingInput }
    )
}

/// The files that a tool has changed, as the attempt's workspace sees them.
fn changed(engine: &Engine, id: AttemptId, files: &[String]) -> Result<Option<Observation>, StoreError> {
    if files.is_empty() {
        return Ok(None);
    }
    let Some(attempt) = engine.records().load::<Attempt>(id)? else { return Ok(None) };
    let workspace = engine.records().load::<Workspace>(attempt.spec.workspace)?;
    Ok(workspace.and_then(|workspace| edited(&workspace.spec.path, files)))
}

fn meaning(engine: &Engine, attempt: AttemptId, signal: HookSignal) -> Result<Vec<Observation>, StoreError> {
    let doing = |activity| Observation::Doing { activity };
    Ok(match signal {
        HookSignal::PromptSubmitted { prompt } => {
            let read = message_read(engine.ports(), engine.records(), attempt, &prompt)?;
            let read = read.map(|delivery| Observation::PromptRead { delivery });
            read.into_iter().chain([doing(Activity::Working)]).collect()
        }
        HookSignal::ToolStarting { .. } => vec![doing(Activity::Working)],
        HookSignal::ToolFinished { edits, .. } => {
            let changed = changed(engine, attempt, &edits)?;
            [doing(Activity::Working)].into_iter().chain(changed).collect()
        }
        HookSignal::PermissionAsked { .. } => vec![doing(Activity::WaitingPermission)],
        HookSignal::InputAsked { .. } => vec![doing(Activity::WaitingInput)],
        HookSignal::TurnEnded { text, prompts } => {
            let mut seen = Vec::new();
            for prompt in prompts {
                let read = message_read(engine.ports(), engine.records(), attempt, &prompt)?;
                seen.extend(read.map(|delivery| Observation::PromptRead { delivery }));
            }
            let word = text.map(|text| FinalWord::good(text.chars().take(2000).collect()));
            seen.push(Observation::TurnEnded { word });
            seen
        }
        HookSignal::TurnFailed { class, message } => {
            vec![Observation::TurnEnded { word: Some(FinalWord::bad(message, class.kind(None))) }]
        }
        HookSignal::SessionStarted { .. }
        | HookSignal::SubagentEnded
        | HookSignal::SessionEnded { .. }
        | HookSignal::Other { .. }
        | HookSignal::Unknown { .. } => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_of_the_time_of_its_session() {
        let at = Timestamp::from_millis;
        let (began, now) = (at(100_000), at(500_000));
        for (said, believed) in
            [(i64::MIN, 40_000), (39_999, 40_000), (99_000, 99_000), (400_000, 400_000), (i64::MAX, 500_000)]
        {
            assert_eq!(believable(at(said), Some(began), now), at(believed), "{said}");
        }
        // Of one whose clock went back since it began, and of one that never did.
        assert_eq!(believable(at(7), Some(began), at(8)), at(8));
        assert_eq!(believable(at(i64::MIN), None, now), at(440_000));
    }
}
