//! One workspace as a row of the board: what is said of it, in words. It must not know where on the screen it stands.

use jiff::Timestamp;
use owt_api::Cost;
use owt_api::PendingQuestion;
use owt_api::Status;
use owt_api::Workspace;

use crate::section::Section;
use crate::section::turn_failed;
use crate::status::Tone;
use crate::text::line;
use crate::wording;

/// A name is moved in so many times at most: there must be room for it.
const DEPTH: usize = 3;

/// A workspace with its place on the board.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) workspace: Workspace,
    pub(crate) section: Section,
    since: Option<Timestamp>,
    /// Made once: the screen is drawn more often than a workspace changes.
    said: Said,
}

/// A row's words, harmless.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    name: String,
    label: String,
    agent: String,
    lines: String,
    changes: String,
    cost: String,
    summary: (Tone, String),
    landing: Option<String>,
}

impl Row {
    pub(crate) fn of(workspace: Workspace) -> Self {
        let since = workspace.status_since.parse().ok();
        let section = Section::of(&workspace);
        let cost = workspace.used.cost().filter(|cost| cost.usd >= 0.005).map(dollars);
        let name = line(&workspace.name);
        let said = Said {
            label: name.clone(),
            name,
            agent: agent(&workspace),
            lines: wording::lines(&workspace.standing),
            changes: wording::changes(&workspace.standing),
            cost: cost.unwrap_or_default(),
            summary: summary(&workspace, section),
            landing: workspace.landing.as_ref().map(wording::landing),
        };
        Self { section, since, said, workspace }
    }

    /// Of which repository it is: to be told where there are others.
    pub(crate) fn of_repository(&mut self, name: &str) {
        self.said.name = format!("{}/{}", line(name), self.said.name);
        self.said.label = self.said.name.clone();
    }

    /// So far below the row of whoever began it.
    pub(crate) fn below(mut self, depth: usize) -> Self {
        if let Some(more) = depth.checked_sub(1) {
            self.said.label = format!("{}└ {}", "  ".repeat(more.min(DEPTH)), self.said.name);
        }
        self
    }

    /// Where it stands among the others: what has waited longest on the person first; what is over, newest first.
    pub(crate) fn rank(&self) -> (Section, i64, &str) {
        let since = self.since.map_or(i64::MAX, Timestamp::as_second);
        let since = if self.section == Section::Background { since.saturating_neg() } else { since };
        (self.section, since, &self.workspace.name)
    }

    /// Its name; where others on the board are of other repositories, after that of its own.
    pub(crate) fn name(&self) -> &str {
        &self.said.name
    }

    /// Its name, moved in below whoever began it.
    pub(crate) fn label(&self) -> &str {
        &self.said.label
    }

    /// The agent with its model.
    pub(crate) fn agent(&self) -> &str {
        &self.said.agent
    }

    /// `+120 -7`: lines that its work has added and removed.
    pub(crate) fn lines(&self) -> &str {
        &self.said.lines
    }

    /// `↑2 ~1 ↓3`: commits of its own, changed files, commits of its base that are not here.
    pub(crate) fn changes(&self) -> &str {
        &self.said.changes
    }

    pub(crate) fn cost(&self) -> &str {
        &self.said.cost
    }

    /// What matters most about it now.
    pub(crate) fn summary(&self) -> (Tone, &str) {
        (self.said.summary.0, &self.said.summary.1)
    }

    /// How far its landing is, whoever has asked for it.
    pub(crate) fn landing(&self) -> Option<&str> {
        self.said.landing.as_deref()
    }

    /// How long it is as it is.
    pub(crate) fn age(&self, now: Timestamp) -> String {
        self.since.map(|since| span(now.as_second() - since.as_second())).unwrap_or_default()
    }

    /// What it asks now, where that is answered here.
    pub(crate) fn asks(&self) -> Option<&PendingQuestion> {
        self.workspace.pending.first()
    }

    /// Whether its session has no terminal of its own, and asks here.
    pub(crate) fn is_structured(&self) -> bool {
        self.workspace.backend.as_deref() == Some("structured")
    }

    pub(crate) fn has_terminal(&self) -> bool {
        self.workspace.session.is_some() && self.workspace.backend.as_deref() != Some("headless")
    }

    /// Everything by which it can be found.
    pub(crate) fn words(&self) -> String {
        let it = &self.workspace;
        let wish = &it.assignment;
        let name = Some(&self.said.name);
        let parts = [name, wish.title.as_ref(), it.branch.as_ref(), wish.task.as_ref(), it.agent.as_ref()];
        parts.into_iter().flatten().map(|part| line(part)).collect::<Vec<_>>().join(" ")
    }
}

fn agent(it: &Workspace) -> String {
    let said = |text: &Option<String>| text.as_deref().map(line).unwrap_or_default();
    format!("{} {}", said(&it.agent), said(&it.model)).trim().to_owned()
}

fn summary(it: &Workspace, section: Section) -> (Tone, String) {
    let detail = it.status_detail.as_deref().map(line).filter(|detail| !detail.is_empty());
    let title = it.assignment.title.as_deref().or(it.assignment.task.as_deref());
    let title = title.map(line).unwrap_or_default();
    if let Some(asked) = it.pending.first() {
        return (Tone::Warn, asked_in_short(asked));
    }
    if let Some(landing) = &it.landing {
        return (Tone::Active, wording::landing(landing));
    }
    if let Some(detail) = detail.filter(|_| is_worth_saying(section, it)) {
        return (if it.status == Status::Failed { Tone::Bad } else { Tone::Warn }, detail);
    }
    if let Some((first, others)) = it.standing.unmerged_files.split_first() {
        let others = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        return (Tone::Warn, format!("a merge has left conflicts in {}{others} · {title}", line(first)));
    }
    if let Some(conflicts) = wording::conflicts(it) {
        return (Tone::Warn, format!("{conflicts} · {title}"));
    }
    match &it.failure {
        Some(failure) if turn_failed(it) => {
            (Tone::Bad, format!("its turn failed: {}", line(&failure.message)))
        }
        _ if section == Section::NeedsYou && it.status == Status::Idle => {
            (Tone::Warn, format!("at rest, and nothing has changed · {title}"))
        }
        _ => match in_the_way(it) {
            Some(what) => (Tone::Warn, format!("[{what}] {title}")),
            None => (Tone::Plain, title),
        },
    }
}

/// Whether the server's own words on its status come before its title.
fn is_worth_saying(section: Section, it: &Workspace) -> bool {
    section == Section::NeedsYou
        || it.failure.as_ref().is_some_and(|failure| failure.next.at.is_some())
        || it.outfit.install == "running"
        || it.outfit.setup == "running"
}

/// What it has to do without, and what is to be warned of.
fn in_the_way(it: &Workspace) -> Option<String> {
    let outfit = match (it.outfit.install.as_str(), it.outfit.setup.as_str()) {
        ("failed", _) => Some("packages not installed"),
        (_, "failed") => Some("not set up"),
        (_, "unapproved") => Some("not set up: owt approvals"),
        ("running", _) => Some("installing packages"),
        (_, "running") => Some("being set up"),
        _ => it.standing.stranded.as_deref().and_then(wording::stranded),
    };
    let warned = it.used.attention.warnings.first().map(|warning| match warning.kind.as_str() {
        "no_output" => "no output for long".to_owned(),
        "long_running" => "at work for long".to_owned(),
        "near_time_limit" => "near its time limit".to_owned(),
        "near_turn_limit" => "near its turn limit".to_owned(),
        "near_budget" => "near the end of its budget".to_owned(),
        other => line(other),
    });
    outfit.map(str::to_owned).or(warned)
}

/// What is asked, in one line.
pub(crate) fn asked_in_short(asked: &PendingQuestion) -> String {
    match asked.questions.as_slice() {
        [] if asked.tool.is_empty() => line(&asked.summary),
        [] => format!("{}: {}", line(&asked.tool), line(&asked.summary)),
        questions => questions.iter().map(|question| line(&question.text)).collect::<Vec<_>>().join(" · "),
    }
}

/// A number of seconds, short. Below a minute it is all the same: nothing on the board moves each second.
pub(crate) fn span(seconds: i64) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    match seconds {
        ..MINUTE => "now".to_owned(),
        MINUTE..HOUR => format!("{}m", seconds / MINUTE),
        HOUR..DAY => format!("{}h", seconds / HOUR),
        DAY.. => format!("{}d", seconds / DAY),
    }
}

/// `$0.25`, `$12`; `~$1.20` where it is an estimate.
pub(crate) fn dollars(cost: Cost) -> String {
    let (about, amount) = (if cost.is_estimated { "~" } else { "" }, cost.usd);
    if amount < 100.0 { format!("{about}${amount:.2}") } else { format!("{about}${amount:.0}") }
}
