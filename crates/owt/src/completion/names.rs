//! Names that an argument takes, each kind from where it lives: the server or its records, the person's files, git through
//! the composition root, our own definitions. Whatever cannot be had is simply not offered.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::sync::Arc;

use clap::Arg;
use clap_complete::CompletionCandidate;
use clap_complete::engine::ArgValueCompleter;
use clap_complete::engine::PathCompleter;
use clap_complete::engine::ValueCompleter;
use owt_api::ErrorCode;
use owt_api::ListApprovals;
use owt_api::ListNotes;
use owt_api::ListSnapshots;
use owt_api::ListWorkspaces;
use owt_api::Workspace;
use owt_config::Environment;
use owt_config::Places;
use owt_tui::text::one_line;

use crate::command::man;
use crate::composition;
use crate::composition::broken_database;
use crate::rendering::approvals;
use crate::skill::PIECES;

use super::line::Line;
use super::source::asked;
use super::source::context;

/// A kind of names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Names {
    /// Workspaces that are not named in the line yet.
    Workspaces,
    /// The workspace that a message is for: the first word, where no flag says who gets it.
    Recipients,
    /// Removed workspaces that can be brought back, and ids of their older snapshots.
    Snapshots,
    /// Digests of what the repository brings along.
    Contents,
    /// Our backups of the database, then files.
    Backups,
    /// Numbers of notes.
    Notes,
    /// Commands that have a manual page.
    Pages,
    /// Branches, those of remotes too, and tags.
    Revisions,
    /// Branches of the repository's own.
    Branches,
    /// Ways of working.
    Templates,
    /// Those that are built in. The person's own tools are known to a server only that has their configuration at hand.
    Agents,
    /// The skill and the slash commands.
    Pieces,
}

/// One kind of names, asked for in a line.
struct Asked {
    names: Names,
    line: Arc<Line>,
}

impl Names {
    /// Lets an argument know which names it takes.
    pub(super) fn put_on(self, argument: Arg, line: &Arc<Line>) -> Arg {
        argument.add(ArgValueCompleter::new(Asked { names: self, line: Arc::clone(line) }))
    }
}

impl ValueCompleter for Asked {
    fn complete(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        let mut found = self.found().unwrap_or_default();
        let begun = current.to_string_lossy();
        found.retain(|candidate| candidate.get_value().to_string_lossy().starts_with(&*begun));
        if let Names::Backups = self.names {
            found.extend(PathCompleter::any().complete(current));
        }
        found
    }
}

impl Asked {
    fn found(&self) -> Option<Vec<CompletionCandidate>> {
        let line = &self.line;
        match self.names {
            Names::Workspaces => workspaces(line),
            Names::Recipients if line.has("--all") || line.has("--working") => None,
            Names::Recipients if !line.plain.is_empty() => None,
            Names::Recipients => workspaces(line),
            Names::Snapshots => snapshots(line),
            Names::Contents => contents(line),
            Names::Backups => backups(),
            Names::Notes => notes(line),
            Names::Pages => Some(pages(line)),
            Names::Revisions => Some(named(composition::revision_names(context(line)?.folder()))),
            Names::Branches => Some(named(composition::branch_names(context(line)?.folder()))),
            Names::Templates => {
                let places = Places::of(&Environment::capture()).ok()?;
                Some(named(owt_config::template_names(&places.templates())))
            }
            Names::Agents => Some(agents()),
            Names::Pieces => {
                Some(named(PIECES.iter().map(|piece| piece.name.to_owned()).chain(["agents-md".to_owned()])))
            }
        }
    }
}

fn named(names: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// A name with what is said beside it, where the shell has room for that.
fn explained(name: impl Into<String>, help: &str) -> CompletionCandidate {
    CompletionCandidate::new(name.into())
        .help(Some(help).filter(|help| !help.is_empty()).map(|help| one_line(help).into()))
}

fn workspaces(line: &Line) -> Option<Vec<CompletionCandidate>> {
    let listed = asked(line, |source, cwd| {
        let list = |all_repos| ListWorkspaces { cwd: cwd.clone(), all_repos };
        match source.workspaces(list(false)) {
            // Outside of repositories a name is looked for in all of them.
            Err(problem) if problem.code == ErrorCode::NotARepository => source.workspaces(list(true)),
            listed => listed,
        }
    })?;
    let mut times: HashMap<&str, usize> = HashMap::new();
    listed.iter().for_each(|it| *times.entry(&it.name).or_default() += 1);
    let unnamed = listed.iter().filter(|it| !line.has(&it.name) && !line.has(&it.path));
    // A name that several repositories have says not which; a folder does.
    let word = |it: &Workspace| if times[it.name.as_str()] == 1 { it.name.clone() } else { it.path.clone() };
    Some(unnamed.map(|it| explained(word(it), it.assignment.title.as_deref().unwrap_or_default())).collect())
}

/// A name stands for the newest snapshot of it.
fn snapshots(line: &Line) -> Option<Vec<CompletionCandidate>> {
    let listed = asked(line, |source, cwd| source.snapshots(ListSnapshots { cwd }))?;
    let is_older = |at: usize| listed[..at].iter().any(|newer| newer.workspace == listed[at].workspace);
    let candidate = |(at, it): (usize, &owt_api::Restorable)| {
        let name = if is_older(at) { &it.id } else { &it.workspace };
        explained(name.clone(), &format!("{}, {}, {}", it.workspace, it.reason, it.taken_at))
    };
    Some(listed.iter().enumerate().map(candidate).collect())
}

fn contents(line: &Line) -> Option<Vec<CompletionCandidate>> {
    let listed = asked(line, |source, cwd| source.approvals(ListApprovals { cwd }))?;
    let help = |it: &owt_api::Approval| format!("{}: {}", it.state, approvals::what(it));
    Some(listed.iter().map(|it| explained(it.digest.clone(), &help(it))).collect())
}

fn backups() -> Option<Vec<CompletionCandidate>> {
    let places = Places::of(&Environment::capture()).ok()?;
    let found = broken_database::backups(&places.settled()).ok()?;
    Some(found.into_iter().map(|backup| explained(backup.path, &backup.taken_at)).collect())
}

fn notes(line: &Line) -> Option<Vec<CompletionCandidate>> {
    let found = asked(line, |source, cwd| {
        let mut found: Vec<owt_api::Note> = Vec::new();
        loop {
            let after = found.last().map_or(0, |note| note.number);
            let page = source.notes(ListNotes { cwd: cwd.clone(), after })?;
            let is_last = !page.more || page.notes.is_empty();
            found.extend(page.notes);
            if is_last {
                return Ok(found);
            }
        }
    })?;
    Some(found.into_iter().map(|note| explained(note.number.to_string(), &note.text)).collect())
}

fn pages(line: &Line) -> Vec<CompletionCandidate> {
    let commands = man::commands_below(&line.plain);
    commands.into_iter().map(|(name, about)| explained(name, &about)).collect()
}

fn agents() -> Vec<CompletionCandidate> {
    let built_in = owt_agents::Catalog::built_in();
    built_in.manifests().iter().map(|it| explained(it.name.to_string(), &it.display_name)).collect()
}
