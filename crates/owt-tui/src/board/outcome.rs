//! What deeds came to, as the person is told. It must not ask for anything by itself.

use owt_api as api;
use owt_core::counting::counted;

use super::Board;
use crate::event::Deed;
use crate::event::Done;
use crate::event::Request;
use crate::event::Ticket;
use crate::layer::Act;
use crate::layer::Choice;
use crate::layer::Item;
use crate::layer::Layer;
use crate::layer::Picker;
use crate::layer::Purpose;
use crate::layer::Writing;
use crate::status::Tone;
use crate::text::line;

type Lines = Vec<(Tone, String)>;

impl Board {
    pub(super) fn outcome(&mut self, ticket: Ticket, result: Result<Done, api::Problem>) -> Vec<Request> {
        let written =
            self.written.iter().position(|(of, _)| *of == ticket).map(|at| self.written.remove(at).1);
        if let Err(problem) = &result {
            match written {
                // Which of several agents is for the person to say.
                Some(Writing { purpose: Purpose::Task(wanted), editor, .. })
                    if problem.code == api::ErrorCode::ChooseAgent =>
                {
                    let task = Some(editor.text().trim().to_owned());
                    self.layers.push(choose_agent(problem, &api::NewWorkspace { task, ..*wanted }));
                    return Vec::new();
                }
                // What did not arrive is not lost.
                Some(writing) => self.layers.push(Layer::Write(writing)),
                None => {}
            }
        }
        let awaited = self.layers.iter().position(|layer| awaits(layer, ticket).is_some());
        match (result, awaited) {
            (Err(problem), Some(at)) => self.layers[at] = Layer::Choice(notice(&problem)),
            (Err(problem), None) => self.tell(&problem),
            (Ok(Done::Merged(merged)), Some(at)) => {
                let workspace = awaits(&self.layers[at], ticket).cloned().unwrap_or_default();
                self.layers[at] = Layer::Choice(ahead(&merged, workspace));
            }
            // The person did not wait for it.
            (Ok(Done::Merged(merged)), None) if merged.dry_run => {}
            (Ok(Done::Merged(merged)), None) if merged.outcome != api::MergeOutcome::Landed => {
                self.said = None;
                self.layers.push(Layer::Choice(not_landed(&merged)));
            }
            (Ok(Done::Started(started)), _) => self.started(&started),
            (Ok(done), _) => self.said = Some(said(&done)),
        }
        Vec::new()
    }

    /// What was started is selected as soon as it is on the list.
    fn started(&mut self, started: &[api::Created]) {
        let Some(first) = started.first() else { return };
        let id = &first.workspace.id;
        match self.rows.iter().any(|row| row.workspace.id == *id) {
            true => self.selected = Some(id.clone()),
            false => self.newest = Some(id.clone()),
        }
        let agent = first.workspace.agent.as_deref().unwrap_or("its agent");
        let notices = first.notices.iter().map(|notice| format!(" · {}", line(notice))).collect::<String>();
        self.said =
            Some((Tone::Good, format!("{} starts with {agent}{notices}", line(&first.workspace.name))));
    }
}

fn choose_agent(problem: &api::Problem, wanted: &api::NewWorkspace) -> Layer {
    let item = |agent: &String| {
        let wanted = api::NewWorkspace { agents: vec![agent.clone()], ..wanted.clone() };
        let act = Act::Do(Box::new(Deed::New(Box::new(wanted))), format!("starting {}", line(agent)));
        Item { text: line(agent), note: String::new(), words: line(agent), act }
    };
    Layer::Pick(Picker::new("Which agent?", problem.candidates.iter().map(item).collect()))
}

/// What a merge would do, and the way to do it.
fn ahead(merged: &api::Merged, workspace: api::Selector) -> Choice {
    let (name, request) =
        (line(&merged.name), api::MergeWorkspace { workspace, ..api::MergeWorkspace::default() });
    match merged.outcome {
        api::MergeOutcome::WouldLand => {
            let act = Act::Do(Box::new(Deed::Merge(request)), format!("landing {name}"));
            Choice::new(format!("Merge {name}?"), landing(merged)).way('y', "land it", act)
        }
        api::MergeOutcome::Conflicts => {
            let request = api::MergeWorkspace { leave_conflicts: true, ..request };
            let act = Act::Do(Box::new(Deed::Merge(request)), format!("beginning the merge in {name}"));
            not_landed(merged).way('c', "leave the conflicts in the workspace, for its agent to settle", act)
        }
        _ => not_landed(merged),
    }
}

fn awaits(layer: &Layer, ticket: Ticket) -> Option<&api::Selector> {
    match layer {
        Layer::Choice(Choice { awaits: Some((awaited, whose)), .. }) if *awaited == ticket => Some(whose),
        _ => None,
    }
}

/// An error as the person reads it.
pub(super) fn notice(problem: &api::Problem) -> Choice {
    let mut lines: Lines = problem.message.lines().map(|line| (Tone::Bad, line.to_owned())).collect();
    lines.extend(problem.candidates.iter().map(|candidate| (Tone::Plain, format!("  {candidate}"))));
    lines.extend(problem.hint.iter().map(|hint| (Tone::Active, format!("hint: {hint}"))));
    Choice::new("That did not work".to_owned(), lines)
}

fn landing(merged: &api::Merged) -> Lines {
    let target = line(&merged.target);
    let commits = counted(merged.commits, "commit", "commits");
    let mut lines = vec![(Tone::Good, format!("{commits} would land in {target}, without a conflict."))];
    let before: String = merged.before_sha.chars().take(10).collect();
    lines.push((Tone::Dim, format!("{target} is at {before}.")));
    if let Some(checkout) = &merged.checkout {
        lines.push((Tone::Plain, format!("The checkout in {} goes along.", line(checkout))));
    }
    if let Some(deleted) = &merged.deleted {
        let branch = if deleted.branch_deleted { " and its branch" } else { "" };
        lines.push((Tone::Plain, format!("Then the workspace{branch} goes; owt restore brings it back.")));
        if deleted.changed_files > 0 {
            let files = counted(deleted.changed_files, "uncommitted file does", "uncommitted files do");
            lines.push((Tone::Warn, format!("{files} not land: kept in a snapshot.")));
        }
    }
    if let Some(why) = &merged.not_deleted {
        lines.push((Tone::Warn, format!("The workspace stays: {}", line(why))));
    }
    lines
}

fn not_landed(merged: &api::Merged) -> Choice {
    let target = line(&merged.target);
    let mut lines: Lines = Vec::new();
    match merged.outcome {
        api::MergeOutcome::TargetKept => {
            let at = merged.checkout.as_deref().map(line).unwrap_or_default();
            lines.push((Tone::Bad, format!("{target} is checked out in {at} with something in the way:")));
            let why = merged.in_the_way.as_deref().unwrap_or_default();
            lines.extend(why.lines().map(|line| (Tone::Plain, format!("  {line}"))));
            lines.push((Tone::Active, "hint: commit or put away what is there, then once more".to_owned()));
        }
        api::MergeOutcome::Denied => {
            lines.push((Tone::Bad, format!("The critic denies that it lands in {target}:")));
            let findings = merged.review.iter().flat_map(|review| &review.findings);
            lines.extend(findings.map(|finding| {
                let path =
                    finding.path.as_deref().map(|path| format!("{}: ", line(path))).unwrap_or_default();
                (Tone::Plain, format!("  {}  {path}{}", finding.severity, line(&finding.what)))
            }));
        }
        _ => {
            let conflicts = counted(merged.conflicts.len() as u64, "conflict", "conflicts");
            lines.push((Tone::Bad, format!("It does not agree with {target}: {conflicts}.")));
            let words = |conflict: &api::MergeConflict| format!("  {}: {}", conflict.path, conflict.what);
            lines.extend(merged.conflicts.iter().map(|conflict| (Tone::Plain, words(conflict))));
            if merged.outcome == api::MergeOutcome::ConflictsLeft {
                let what = "The merge is begun in the workspace: let its agent settle it there and commit, then merge.";
                lines.push((Tone::Active, what.to_owned()));
            }
        }
    }
    Choice::new(format!("Merge {}: nothing has landed", line(&merged.name)), lines)
}

/// What is said of a deed that went well. A delivery claims no more than was observed.
fn said(done: &Done) -> (Tone, String) {
    match done {
        Done::Answered(name) => (Tone::Good, format!("{} was answered", line(name))),
        Done::Stopped(stopped) => match (stopped.was_running, stopped.called_off) {
            (true, _) => (Tone::Good, format!("the session of {} has ended", line(&stopped.name))),
            (false, true) => (Tone::Good, format!("the session of {} is called off", line(&stopped.name))),
            (false, false) => (Tone::Warn, format!("{} had no running session", line(&stopped.name))),
        },
        Done::Merged(merged) => {
            let commits = counted(merged.commits, "commit", "commits");
            (Tone::Good, format!("{} has landed in {} ({commits})", line(&merged.name), line(&merged.target)))
        }
        Done::Dismissed(name) => (Tone::Good, format!("{} is taken as seen", line(name))),
        Done::Sent(deliveries) => sent(deliveries),
        Done::Started(started) => (Tone::Good, counted(started.len() as u64, "agent starts", "agents start")),
    }
}

fn sent(deliveries: &[api::Delivery]) -> (Tone, String) {
    let words = |it: &api::Delivery| {
        let why = it.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        line(&format!("{}: {}{why}", it.workspace, it.state))
    };
    let bad = deliveries.iter().any(|it| matches!(it.state.as_str(), "failed" | "uncertain" | "not_sent"));
    let told = deliveries.iter().map(words).collect::<Vec<_>>().join(", ");
    (if bad { Tone::Warn } else { Tone::Good }, format!("message · {told}"))
}
