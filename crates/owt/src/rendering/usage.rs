//! `owt usage`: what was used, by agent and by day, or by whatever is asked for.

use owt_api::AttemptUsage;
use owt_api::Usage;
use owt_api::UsageCounts;
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
    let plain = |name: &str, counts: &UsageCounts| row(Tone::Plain, one_line(name), counts);
    let unnamed = |name: &Option<String>| name.clone().unwrap_or_else(|| UNSAID.to_owned());
    let total = || row(Tone::Strong, "all".to_owned(), &used.total);
    let table = |heading, rows: Vec<Vec<Cell>>| {
        let first = Column { heading, squeeze: Squeeze::To(10) };
        let columns: Vec<Column> = std::iter::once(first).chain(COUNTED).collect();
        table::render(page, &columns, &rows)
    };
    let since = page.style.paint(Tone::Dim, &format!("since {}, by days of UTC", one_line(&used.since)));
    let of = |by: UsageTable| match by {
        UsageTable::Agent => {
            let rows = used.by_agent.iter().map(|it| plain(&it.agent, &it.counts));
            table("AGENT", rows.chain([total()]).collect())
        }
        UsageTable::Model => {
            table("MODEL", used.by_model.iter().map(|it| plain(&unnamed(&it.model), &it.counts)).collect())
        }
        UsageTable::Workspace => {
            let rows = used.by_workspace.iter().map(|it| plain(&it.workspace, &it.counts));
            table("WORKSPACE", rows.chain([total()]).collect())
        }
        UsageTable::Job => {
            let rows = used.by_job.iter().map(|it| plain(&it.title, &it.counts));
            table("JOB", rows.chain([total()]).collect())
        }
        UsageTable::Attempt => {
            let name = |it: &AttemptUsage| format!("{} #{}", it.workspace, it.number);
            table("ATTEMPT", used.by_attempt.iter().map(|it| plain(&name(it), &it.counts)).collect())
        }
        UsageTable::Repository => {
            let rows = used.by_repository.iter().map(|it| plain(&unnamed(&it.repository), &it.counts));
            table("REPOSITORY", rows.chain([total()]).collect())
        }
        UsageTable::Day => table("DAY", used.by_day.iter().map(|it| plain(&it.day, &it.counts)).collect()),
    };
    let tables = by.map_or_else(|| vec![UsageTable::Agent, UsageTable::Day], |by| vec![by]);
    let tables: Vec<String> = tables.into_iter().map(of).collect();
    format!("{since}\n\n{}", tables.join("\n"))
}

fn row(tone: Tone, name: String, counts: &UsageCounts) -> Vec<Cell> {
    let tokens = counts.tokens.map_or_else(
        || UNSAID.to_owned(),
        |tokens| format!("{}+{}", thousands(tokens.input), thousands(tokens.output)),
    );
    let cost = counts.cost().map_or_else(|| UNSAID.to_owned(), dollars);
    let texts = [
        counts.workspaces.to_string(),
        counts.jobs.done.to_string(),
        counts.jobs.failed.to_string(),
        counts.jobs.exited.to_string(),
        counts.jobs.open.to_string(),
        counts.attempts.to_string(),
        counts.deliveries.to_string(),
        span::duration(counts.running_s),
        tokens,
        cost,
    ];
    std::iter::once(Cell::new(tone, name)).chain(texts.map(|text| Cell::new(tone, text))).collect()
}
