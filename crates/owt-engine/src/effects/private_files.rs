//! Which files of the main checkout come along into a worktree although git does not track them, and what becomes of
//! those that must not: a file that git would show there could get into a commit. Copies nothing.

use std::collections::BTreeMap;

use owt_agents::Manifest;
use owt_agents::manifest::HandOverRule;
use owt_agents::manifest::InstructionFile;
use owt_core::AbsPath;
use owt_core::briefing::ContextChoice;
use owt_core::briefing::INSTRUCTION_FILES;
use owt_core::briefing::MAX_INSTRUCTION_FILES;
use owt_core::counting::counted;
use owt_core::environment::AGENT_FILE_PATTERNS;
use owt_core::environment::AGENT_FOLDER_PATTERNS;
use owt_core::environment::Furnishing;
use owt_core::environment::IncludeRules;
use owt_core::environment::NESTED_AGENT_FILES;
use owt_core::environment::Project;
use owt_core::environment::RelPath;
use owt_core::environment::is_in_environment_folder;
use owt_core::environment::is_record_of_an_agent;
use owt_core::environment::pattern_of;
use owt_core::session::SessionKind;
use owt_ports::Git;
use owt_ports::GitError;
use owt_ports::Standing;
use owt_ports::Untracked;

use crate::briefing::can_be_told;

/// What can be done for files that do not come along.
const ADVICE: &str =
    "git does not ignore it, and it could get into a commit (name it in .gitignore or .git/info/exclude)";

/// What the agent can be told of files that do not come along.
#[derive(Debug)]
pub(super) struct Listener {
    words: Words,
    /// What it reads besides [`INSTRUCTION_FILES`].
    instructions: Vec<InstructionFile>,
    /// Settings of which something can go along outside of the worktree.
    hand_over: HandOverRule,
}

/// What becomes of the words of instructions that do not come along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    /// The agent is told them.
    Told,
    /// It has no channel for them, or is to be told its task alone.
    Lost,
}

/// The files, none of them twice.
#[derive(Debug)]
pub(super) struct Found {
    /// Those with variables, and agents' at the root.
    pub(super) usual: Vec<Untracked>,
    /// Those in agents' folders, and instructions beside the code that they are about.
    pub(super) agents: Vec<Untracked>,
    /// Those that the repository names.
    pub(super) named: Vec<Untracked>,
}

impl Listener {
    /// Nobody knows which agent it is.
    pub(super) fn unknown() -> Self {
        Self { words: Words::Lost, instructions: Vec::new(), hand_over: HandOverRule::default() }
    }

    /// An agent in a session of this kind, that begins with this task.
    pub(super) fn of(
        manifest: &Manifest,
        session: SessionKind,
        context: ContextChoice,
        task: Option<&str>,
    ) -> Self {
        let words = if can_be_told(manifest, session, context, task) { Words::Told } else { Words::Lost };
        let (instructions, hand_over) =
            (manifest.modes.instructions.clone(), manifest.guard.hand_over.clone());
        Self { words, instructions, hand_over }
    }

    /// What of a file with settings goes along, in words.
    fn takes_of(&self, file: &RelPath) -> Option<&'static str> {
        let name = file.to_str()?;
        match self.hand_over.servers.as_deref() == Some(name) {
            true => Some("the servers in it are"),
            false if self.hand_over.settings.iter().any(|known| known == name) => {
                Some("its rules of permission and variables are")
            }
            false => None,
        }
    }

    fn reads(&self, file: &RelPath) -> bool {
        let is_everyones = file.to_str().is_some_and(|name| INSTRUCTION_FILES.contains(&name));
        is_everyones || (self.words == Words::Told && self.instructions.iter().any(|own| own.covers(file)))
    }
}

/// Looks for them in the first checkout, and whether git would show them in the second.
pub(super) fn found(
    git: &dyn Git,
    (source, worktree): (&AbsPath, &AbsPath),
    projects: &[Project],
    listener: &Listener,
    rules: &IncludeRules,
) -> Result<Found, GitError> {
    let mut usual = IncludeRules::environment_files(projects).patterns;
    usual.extend(AGENT_FILE_PATTERNS.iter().map(|&pattern| pattern.to_owned()));
    let mut usual = git.untracked(source, worktree, &usual)?;
    // A pattern for files names all that is in a folder of that name, too (gitglossary(7), pathspec).
    usual.retain(|file| !is_in_environment_folder(&file.path));
    let mut agents: Vec<String> = AGENT_FOLDER_PATTERNS.iter().map(|&pattern| pattern.to_owned()).collect();
    agents.extend(listener.instructions.iter().filter_map(InstructionFile::pattern));
    let nested = git.ignored_files(source, NESTED_AGENT_FILES)?;
    agents.extend(nested.iter().filter_map(pattern_of));
    let mut agents = git.untracked(source, worktree, &agents)?;
    agents.retain(|file| !is_record_of_an_agent(&file.path) && !usual.contains(file));
    let mut named = git.untracked(source, worktree, &rules.patterns)?;
    named.retain(|file| !usual.contains(file) && !agents.contains(file));
    Ok(Found { usual, agents, named })
}

/// Only what git does not show may go into a worktree: anything else would appear in its status, and sooner or later
/// in a commit.
pub(super) fn hidden(
    files: Vec<Untracked>,
    listener: &Listener,
    furnishing: &mut Furnishing,
) -> Vec<Untracked> {
    let (hidden, shown): (Vec<Untracked>, Vec<Untracked>) =
        files.into_iter().partition(|file| file.standing == Standing::Ignored);
    let mut in_folders: BTreeMap<&str, usize> = BTreeMap::new();
    for Untracked { path, .. } in shown {
        if let Some(what) = listener.takes_of(&path) {
            furnishing.notices.push(format!(
                "{path} was left out, and {what} handed to the agent once you approve it (owt approvals): {ADVICE}"
            ));
            furnishing.handed_over.push(path.to_string());
            furnishing.left_out.push(path.to_string());
            continue;
        }
        let has_room = furnishing.told.len() < MAX_INSTRUCTION_FILES;
        let instead = match listener.words {
            _ if !listener.reads(&path) => "",
            Words::Told if has_room => ", and the agent is told its words instead",
            Words::Told => ", and there are too many to tell the agent its words",
            Words::Lost => ", and this agent cannot be told its words",
        };
        if let (true, Some(folder)) = (instead.is_empty(), agents_folder(&path)) {
            *in_folders.entry(folder).or_default() += 1;
            continue;
        }
        let path = path.to_string();
        furnishing.notices.push(format!("{path} was left out{instead}: {ADVICE}"));
        let is_told = listener.words == Words::Told && has_room && !instead.is_empty();
        let place = if is_told { &mut furnishing.told } else { &mut furnishing.left_out };
        place.push(path);
    }
    for (folder, count) in in_folders {
        let files = counted(count, "file", "files");
        furnishing.notices.push(format!("{folder} ({files}) was left out: {ADVICE}"));
        furnishing.left_out.push(folder.to_owned());
    }
    hidden
}

/// The folder of an agent's that a file lies in.
fn agents_folder(file: &RelPath) -> Option<&'static str> {
    let folders = AGENT_FOLDER_PATTERNS.iter().map(|pattern| pattern.trim_start_matches('/'));
    folders.into_iter().find(|folder| file.as_path().starts_with(folder))
}

#[cfg(test)]
mod tests {
    use owt_agents::Catalog;

    use super::*;

    fn shown(name: &str) -> Untracked {
        Untracked { path: RelPath::new(name).unwrap(), standing: Standing::Shown }
    }

    fn listener(agent: &str, context: ContextChoice) -> Listener {
        Listener::of(Catalog::built_in().get(agent).unwrap(), SessionKind::Headless, context, Some("x"))
    }

    #[test]
    fn words_are_promised_only_to_an_agent_that_can_be_told_them() {
        let said = |listener: &Listener, name: &str| {
            let mut furnishing = Furnishing::default();
            assert_eq!(hidden(vec![shown(name)], listener, &mut furnishing), []);
            (furnishing.notices.remove(0), furnishing.told)
        };
        let claude = listener("claude", ContextChoice::Full);
        let silent = listener("claude", ContextChoice::Off);
        for (listener, file, words, told) in [
            (&claude, "AGENTS.md", "left out, and the agent is told its words instead:", true),
            (&claude, "CLAUDE.local.md", "left out, and the agent is told its words instead:", true),
            (&claude, ".claude/rules/web/style.md", "and the agent is told its words instead:", true),
            (&claude, ".claude/rules/check.sh", ".claude/rules (1 file) was left out: git", false),
            (&claude, "GEMINI.md", "GEMINI.md was left out: git", false),
            (
                &claude,
                ".claude/settings.json",
                "left out, and its rules of permission and variables are",
                false,
            ),
            (&silent, ".mcp.json", ".mcp.json was left out, and the servers in it are handed", false),
            (&claude, "opencode.json", "opencode.json was left out: git", false),
            (&silent, "AGENTS.md", "left out, and this agent cannot be told its words:", false),
            (&silent, "CLAUDE.local.md", "CLAUDE.local.md was left out: git", false),
            (&Listener::unknown(), ".env", ".env was left out: git", false),
        ] {
            let (notice, in_place) = said(listener, file);
            assert!(notice.contains(words), "{file}: {notice}");
            assert_eq!(in_place == [file], told, "{file}: {in_place:?}");
        }
        let gemini = listener("gemini", ContextChoice::Full);
        assert_eq!(said(&gemini, "GEMINI.md").1, ["GEMINI.md"]);
    }

    #[test]
    fn a_folder_of_files_is_one_line() {
        let mut furnishing = Furnishing::default();
        let files = (0..30).map(|number| shown(&format!(".claude/skills/a/{number}.md"))).collect();
        assert_eq!(hidden(files, &listener("claude", ContextChoice::Full), &mut furnishing), []);
        assert_eq!(furnishing.notices.len(), 1);
        assert!(furnishing.notices[0].starts_with(".claude/skills (30 files) was left out: git"));
    }
}
