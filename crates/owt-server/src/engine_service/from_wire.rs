//! Requests as they come, checked into domain values.

use std::str::FromStr;
use std::time::Duration;

use owt_agents::AgentName;
use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::AbsPath;
use owt_core::Permissions;
use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::briefing::ContextChoice;
use owt_core::delivery::Meaning;
use owt_core::notebook::NoteText;
use owt_core::notebook::NoteTextError;
use owt_core::session::Allowance;
use owt_core::text::Prompt;
use owt_core::text::PromptError;
use owt_core::vcs::BranchName;
use owt_core::workspace::Packages;
use owt_engine::checkup;
use owt_engine::use_cases::AgentWish;
use owt_engine::use_cases::Branching;
use owt_engine::use_cases::Decision;
use owt_engine::use_cases::LineWish;
use owt_engine::use_cases::NewRequest;
use owt_engine::use_cases::Place;
use owt_engine::use_cases::PlanWish;
use owt_engine::use_cases::Purge;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::SettlerWish;
use owt_engine::use_cases::Unwanted;
use owt_engine::use_cases::WantedSession;
use owt_engine::use_cases::WhenSeveral;
use owt_engine::use_cases::WhileBusy;
use owt_engine::use_cases::WorkWish;

/// The longest title, in characters.
const MAX_TITLE: usize = 200;

pub(super) fn folder(cwd: &str) -> Result<AbsPath, Problem> {
    AbsPath::new(cwd).map_err(|error| Problem::new(ErrorCode::Usage, error.to_string()))
}

pub(super) const fn resolve(dry_run: bool) -> Resolve {
    if dry_run { Resolve::Preview } else { Resolve::Do }
}

pub(super) const fn decision(decision: api::Decision) -> Decision {
    match decision {
        api::Decision::Allow => Decision::Allow,
        api::Decision::Deny => Decision::Deny,
    }
}

pub(super) fn agent_name(name: &str) -> Result<AgentName, Problem> {
    AgentName::new(name).map_err(|error| Problem::new(ErrorCode::Usage, error.to_string()))
}

/// A sender's own id of a message.
pub(super) fn key(text: &str) -> Result<RequestId, Problem> {
    RequestId::from_str(text).map_err(|error| {
        Problem::new(ErrorCode::Usage, error.to_string())
            .hint("leave it out, or make a fresh one for each message")
    })
}

pub(super) fn prompt(text: &str) -> Result<Prompt, Problem> {
    Prompt::new(text).map_err(|error| match error {
        PromptError::Empty => Problem::new(ErrorCode::EmptyTask, "the text is empty")
            .hint("say what the agent is to do, or pass a file with --prompt-file"),
        PromptError::Nul(_) => Problem::new(ErrorCode::BadPrompt, error.to_string())
            .hint("a NUL byte cannot be delivered to any agent: take it out"),
        PromptError::TooLarge(_) => Problem::new(ErrorCode::BadPrompt, error.to_string())
            .hint("put the material into a file of the repository and name it in the task"),
    })
}

pub(super) fn note_text(text: &str) -> Result<NoteText, Problem> {
    NoteText::new(text).map_err(|error| match error {
        NoteTextError::Empty => Problem::new(ErrorCode::Usage, error.to_string())
            .hint("owt note \"The users table has a verified_at column now\""),
        NoteTextError::Nul => Problem::new(ErrorCode::BadPrompt, error.to_string())
            .hint("a NUL byte cannot be delivered to any agent: take it out"),
        NoteTextError::TooLong(_) => Problem::new(ErrorCode::BadPrompt, error.to_string())
            .hint("put the material into a file of the repository and name it in the note"),
    })
}

pub(super) const fn unwanted(which: api::UnwantedNotes) -> Unwanted {
    match which {
        api::UnwantedNotes::One(number) => Unwanted::One(number),
        api::UnwantedNotes::All => Unwanted::All(None),
        api::UnwantedNotes::UpTo(number) => Unwanted::All(Some(number)),
    }
}

pub(super) fn new_workspace(new: api::NewWorkspace) -> Result<NewRequest, Problem> {
    Ok(NewRequest {
        folder: folder(&new.cwd)?,
        work: WorkWish {
            task: new.task.as_deref().map(prompt).transpose()?,
            meaning: if new.as_command { Meaning::Command } else { Meaning::Words },
            title: new.title.as_deref().map(title).transpose()?,
            template: new.template,
            parents: new.from,
        },
        place: match new.place {
            api::Place::Worktree => Place::Worktree,
            api::Place::InPlace => Place::InPlace,
            api::Place::Folder => Place::Folder,
        },
        line: LineWish {
            branch: new.branch.as_deref().map(branch).transpose()?,
            branching: if new.adopt_branch { Branching::Adopt } else { Branching::New },
            base: new.base,
            prefix: new.prefix,
            with_changes: new.with_changes,
        },
        packages: if new.no_deps { Packages::LeftOut } else { Packages::AsConfigured },
        agent: AgentWish {
            names: new.agents,
            when_several: if new.ask_agent { WhenSeveral::Ask } else { WhenSeveral::Prefer },
            model: new.model,
            plan: if new.plan_mode { PlanWish::Plan } else { PlanWish::Work },
            context: new.no_context.then_some(ContextChoice::Off),
            session: session(new.mode),
            permissions: new.permissions.as_deref().map(permissions).transpose()?,
            allowance: Allowance { turns: new.max_turns, cost_micro_usd: new.budget_micro_usd },
        },
        environment: new.environment,
        role: None,
        resolve: resolve(new.dry_run),
    })
}

/// Who settles what conflicts: `off` is nobody, whatever is configured.
pub(super) fn settler(resolve: Option<&str>) -> SettlerWish {
    match resolve {
        None => SettlerWish::AsConfigured,
        Some("off") => SettlerWish::Nobody,
        Some(name) => SettlerWish::Agent(name.to_owned()),
    }
}

fn title(text: &str) -> Result<String, Problem> {
    let clean = text.trim();
    let fits = !clean.is_empty() && clean.chars().count() <= MAX_TITLE && !clean.contains(char::is_control);
    fits.then(|| clean.to_owned()).ok_or_else(|| {
        let message = format!("a title is one line of 1 to {MAX_TITLE} characters");
        Problem::new(ErrorCode::Usage, message)
    })
}

fn branch(name: &str) -> Result<BranchName, Problem> {
    BranchName::new(name).map_err(|error| {
        Problem::new(ErrorCode::BadBranchName, error.to_string())
            .hint("git help check-ref-format has the rules")
    })
}

fn permissions(word: &str) -> Result<Permissions, Problem> {
    word.parse().map_err(|error: owt_core::permission::UnknownPermissions| {
        Problem::new(ErrorCode::Usage, error.to_string())
    })
}

/// Which old records are to go.
pub(super) fn purge(request: &api::PurgeDatabase) -> Result<Purge, Problem> {
    let workspace = |id: &String| {
        id.parse::<WorkspaceId>().map_err(|_| {
            Problem::new(ErrorCode::Usage, format!("'{id}' is not the id of a workspace"))
                .hint("owt db purge --dry-run --json says which there are")
        })
    };
    let named = request.named.iter().map(workspace).collect::<Result<_, _>>()?;
    Ok(Purge { age: Duration::from_secs(u64::from(request.days) * 86_400), named })
}

/// What a finding is known by.
/// A folder that says nothing is none: the rest of the checkup does without.
pub(super) fn wanted_of_checkup(request: api::Checkup) -> checkup::Wanted {
    let place = |name: api::FindingName| checkup::Place { code: name.code, subject: name.subject };
    checkup::Wanted {
        places: request.mend.into_iter().map(place).collect(),
        asked_in: request.cwd.and_then(|cwd| AbsPath::new(cwd).ok()),
    }
}

pub(super) const fn session(mode: api::Mode) -> WantedSession {
    match mode {
        api::Mode::Default => WantedSession::Terminal,
        api::Mode::Tmux => WantedSession::InTmux,
        api::Mode::Pty => WantedSession::OnPty,
        api::Mode::Headless => WantedSession::Automated,
        api::Mode::Structured => WantedSession::Structured,
    }
}

pub(super) const fn busy(interrupt: bool) -> WhileBusy {
    if interrupt { WhileBusy::Interrupt } else { WhileBusy::Refuse }
}
