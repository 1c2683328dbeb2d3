//! `owt usage`: what was used, by agent and by day, or by whatever is asked for.

use owt_api::AttemptUsage;
use owt_api::Usage;
use owt_api::UsageCounts;
use owt_core::counting::counted;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::span;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;
use crate::rendering::workspace_detail::dollars;
use crate::rendering::workspace_detail::thousands;

/// What nobody has said.
const UNSAID: &str = "-";

/// Before a sum of which parts are not known.
const AT_LEAST: &str = "≥";

const COUNTED: [Column; 10] = [
    Column { heading: "WORKSPACES", squeeze: Squeeze::Drop(1) },
    Column { heading: "DONE", squeeze: Squeeze::Never },
    Column { heading: "FAILED", squeeze: Squeeze::Never },
    Column { heading: "EXITED", squeeze: Squeeze::Drop(2) },
    Column { heading: "OPEN", squeeze: Squeeze::Drop(3) },
    Column { heading: "SESSIONS", squeeze: Squeeze::Drop(4) },
    Column { heading: "MESSAGES", squeeze: Squeeze::Drop(0) },
    Column { heading: "TIME", squeeze: Squeeze::Never },
    Column { heading: "TOKENS", squeeze: Squeeze::Never },
    Column { heading: "COST", squeeze: Squeeze::Never },
];

/// What belongs to a session, the last of what is counted: models and attempts have no more than that.
fn of_sessions<T: Clone>(counted: &[T; 10]) -> Vec<T> {
    let [.., sessions, _messages, time, tokens, cost] = counted;
    [sessions, time, tokens, cost].map(Clone::clone).to_vec()
}

/// By what there is a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum UsageTable {
    /// By agent.
    Agent,
    /// By the model of each session.
    Model,
    /// By workspace and its job, the dearest first.
    Workspace,
    /// By job, the dearest first.
    Job,
    /// By attempt: each session of a job, the dearest first.
    Attempt,
    /// By repository.
    Repository,
    /// By day.
    Day,
}

pub(crate) fn render(page: &Page, used: &Usage, by: Option<UsageTable>) -> String {
    if used.total == UsageCounts::default() {
        return format!("Nothing was used since {}.\n", one_line(&used.since));
    }
    let since = page.style.paint(Tone::Dim, &format!("since {}, by days of UTC", one_line(&used.since)));
    let tables = by.map_or_else(|| vec![UsageTable::Agent, UsageTable::Day], |by| vec![by]);
    let tables: Vec<String> = tables.into_iter().map(|by| table_by(page, used, by)).collect();
    let note = at_least(&used.total).map(|note| format!("\n{}\n", page.style.paint(Tone::Dim, &note)));
    format!("{since}\n\n{}{}", tables.join("\n"), note.unwrap_or_default())
}

fn table_by(page: &Page, used: &Usage, by: UsageTable) -> String {
    let unnamed = |name: &Option<String>| name.clone().unwrap_or_else(|| UNSAID.to_owned());
    let attempt = |it: &AttemptUsage| format!("{} #{}", it.workspace, it.number);
    let (heading, rows): (_, Vec<(String, &UsageCounts)>) = match by {
        UsageTable::Agent => {
            ("AGENT", used.by_agent.iter().map(|it| (it.agent.clone(), &it.counts)).collect())
        }
        UsageTable::Model => {
            ("MODEL", used.by_model.iter().map(|it| (unnamed(&it.model), &it.counts)).collect())
        }
        UsageTable::Workspace => {
            ("WORKSPACE", used.by_workspace.iter().map(|it| (it.workspace.clone(), &it.counts)).collect())
        }
        UsageTable::Job => ("JOB", used.by_job.iter().map(|it| (it.title.clone(), &it.counts)).collect()),
        UsageTable::Attempt => {
            ("ATTEMPT", used.by_attempt.iter().map(|it| (attempt(it), &it.counts)).collect())
        }
        UsageTable::Repository => {
            let rows = used.by_repository.iter().map(|it| (unnamed(&it.repository), &it.counts));
            ("REPOSITORY", rows.collect())
        }
        UsageTable::Day => ("DAY", used.by_day.iter().map(|it| (it.day.clone(), &it.counts)).collect()),
    };
    let is_of_sessions = matches!(by, UsageTable::Model | UsageTable::Attempt);
    let columns = if is_of_sessions { of_sessions(&COUNTED) } else { COUNTED.to_vec() };
    let first = Column { heading, squeeze: Squeeze::To(10) };
    let columns: Vec<Column> = std::iter::once(first).chain(columns).collect();
    let row = |tone, name: &str, counts: &UsageCounts| {
        let texts = texts(counts);
        let texts = if is_of_sessions { of_sessions(&texts) } else { texts.to_vec() };
        let name = Cell::new(tone, one_line(name));
        std::iter::once(name).chain(texts.into_iter().map(|text| Cell::new(tone, text))).collect()
    };
    let all = row(Tone::Strong, "all", &used.total);
    let rows = rows.iter().map(|(name, counts)| row(Tone::Plain, name, counts));
    table::render(page, &columns, &rows.chain([all]).collect::<Vec<Vec<Cell>>>())
}

/// What the mark before a sum means, and how much is missing.
fn at_least(total: &UsageCounts) -> Option<String> {
    let missing = [
        (total.tokens_partial, total.attempts_without_tokens, "tokens"),
        (total.cost_partial, total.attempts_without_cost, "cost"),
    ];
    let missing: Vec<String> = missing
        .into_iter()
        .filter(|(is_partial, ..)| *is_partial)
        .map(|(_, count, what)| format!("{} told no {what}", counted(count, "session", "sessions")))
        .collect();
    (!missing.is_empty()).then(|| format!("{AT_LEAST} at least: {}", missing.join(", ")))
}

fn texts(counts: &UsageCounts) -> [String; 10] {
    let sum = |is_partial: bool, sum: Option<String>| match (sum, is_partial) {
        (None, _) => UNSAID.to_owned(),
        (Some(sum), true) => format!("{AT_LEAST}{sum}"),
        (Some(sum), false) => sum,
    };
    let tokens = counts.tokens.map(|it| format!("{}+{}", thousands(it.input), thousands(it.output)));
    [
        counts.workspaces.to_string(),
        counts.jobs.done.to_string(),
        counts.jobs.failed.to_string(),
        counts.jobs.exited.to_string(),
        counts.jobs.open.to_string(),
        counts.attempts.to_string(),
        counts.deliveries.to_string(),
        span::duration(counts.running_s),
        sum(counts.tokens_partial, tokens),
        sum(counts.cost_partial, counts.cost().map(dollars)),
    ]
}
