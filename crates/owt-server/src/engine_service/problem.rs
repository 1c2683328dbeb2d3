//! The one place where the engine's errors get their code and their hint.

use owt_agents::catalog::ChoiceError;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::authority::Denied;
use owt_core::branch_naming::NamingError;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_engine::AgentError;
use owt_engine::BrokenSettings;
use owt_engine::NoRoom;
use owt_engine::TemplateError;
use owt_engine::use_cases::AnswerError;
use owt_engine::use_cases::ApprovalError;
use owt_engine::use_cases::AttachError;
use owt_engine::use_cases::CleanupError;
use owt_engine::use_cases::CommonError;
use owt_engine::use_cases::DeleteError;
use owt_engine::use_cases::DiffError;
use owt_engine::use_cases::HookError;
use owt_engine::use_cases::LandingBy;
use owt_engine::use_cases::ListError;
use owt_engine::use_cases::LogError;
use owt_engine::use_cases::NewError;
use owt_engine::use_cases::NoteError;
use owt_engine::use_cases::RestoreError;
use owt_engine::use_cases::ResumeError;
use owt_engine::use_cases::ScreenError;
use owt_engine::use_cases::SelectError;
use owt_engine::use_cases::SendError;
use owt_engine::use_cases::StopError;
use owt_engine::use_cases::UpkeepError;
use owt_ports::FileError;
use owt_ports::GitError;
use owt_ports::SessionError;
use owt_ports::StoreError;

use super::asks::how_to_answer;

/// What to do with a repository inside of a workspace.
const NESTED: &str =
    "in a submodule, commit and push; move any other repository out of the workspace; then try again";

/// What to do where git was ended.
const TIMED_OUT: &str =
    "a hook of the repository may hang: run it by hand, or give it longer (worktree.hook_limit)";
/// Hints that several errors share.
const FREE_SPACE: &str =
    "free some space; what was begun is then finished or taken back: look with owt list, then try again";

pub(super) fn store(error: &StoreError) -> Problem {
    let message = error.to_string();
    match error {
        StoreError::NoSpace => Problem::new(ErrorCode::NoSpace, message).hint(FREE_SPACE),
        StoreError::ReadOnly { .. } => Problem::new(ErrorCode::HomeNotWritable, message)
            .hint("set OWT_HOME to a folder that you can write to"),
        StoreError::TooLarge { .. } => Problem::new(ErrorCode::LimitReached, message),
        StoreError::Busy { path } => Problem::new(ErrorCode::DatabaseLocked, message)
            .hint(format!("end the program that holds it and try again; find it with: fuser {path}")),
        StoreError::Corrupt { .. } => Problem::new(ErrorCode::DatabaseDamaged, message)
            .hint("see how it is, and which backups there are: owt db health"),
        _ => Problem::new(ErrorCode::Database, message),
    }
}

pub(super) fn upkeep(error: &UpkeepError) -> Problem {
    match error {
        UpkeepError::Denied(error) => denied(*error),
        UpkeepError::Store(error) => store(error),
    }
}

pub(super) fn denied(denied: Denied) -> Problem {
    let message = denied.to_string();
    match denied {
        Denied::PersonOnly => Problem::new(ErrorCode::PersonOnly, message)
            .hint("ask the person to run it in their own terminal"),
        Denied::OutOfScope => Problem::new(ErrorCode::Forbidden, message),
        Denied::WiderPermissions => Problem::new(ErrorCode::Forbidden, message)
            .hint("leave out --permissions, or ask the person to start it"),
    }
}

fn common(error: &CommonError) -> Problem {
    match error {
        CommonError::Denied(reason) => denied(*reason),
        CommonError::Store(error) => store(error),
    }
}

pub(super) fn settings(error: &BrokenSettings) -> Problem {
    let problem = Problem::new(ErrorCode::BadConfiguration, error.message.clone());
    match &error.hint {
        Some(hint) => problem.hint(hint.clone()),
        None => problem,
    }
}

pub(super) fn git(error: &GitError) -> Problem {
    let message = error.to_string();
    match error {
        GitError::NotARepository { .. } => Problem::new(ErrorCode::NotARepository, message)
            .hint("run it inside a git repository, name one with -C DIR, or use --no-git for a plain folder"),
        GitError::DubiousOwnership { dir } => Problem::new(ErrorCode::GitUnusable, message)
            .hint(format!("if you trust it: git config --global --add safe.directory {dir}")),
        GitError::UnknownRevision { .. } => Problem::new(ErrorCode::UnknownBase, message),
        GitError::BranchTaken(branch) => Problem::new(ErrorCode::BranchTaken, message)
            .hint(format!("choose another name with --branch, or take it as it is: owt create {branch}")),
        GitError::RefConflict { existing, .. } => {
            Problem::new(ErrorCode::RefConflict, message).hint(format!(
                "git keeps branches as files and folders: choose a name that does not clash with {existing}"
            ))
        }
        GitError::CheckedOutElsewhere { .. } => Problem::new(ErrorCode::BranchCheckedOut, message)
            .hint("choose another branch, or work in that checkout"),
        GitError::PathTaken(_) => Problem::new(ErrorCode::PathTaken, message)
            .hint("move it away, or choose another name with --branch"),
        GitError::RefMoved { .. } => Problem::new(ErrorCode::GitBusy, message)
            .hint("somebody moved it meanwhile: look, then try again"),
        GitError::Busy { .. } | GitError::Unfinished { .. } => Problem::new(ErrorCode::GitBusy, message)
            .hint("finish, commit or abort that first, then try again"),
        GitError::NoSpace(_) => Problem::new(ErrorCode::NoSpace, message).hint(FREE_SPACE),
        GitError::NestedRepository { .. } => Problem::new(ErrorCode::UnsavedWork, message).hint(NESTED),
        GitError::Unusable(_) => Problem::new(ErrorCode::GitUnusable, message),
        GitError::TimedOut { .. } => Problem::new(ErrorCode::TimedOut, message).hint(TIMED_OUT),
        GitError::TooLarge { .. } | GitError::Failed { .. } | GitError::Crashed => {
            Problem::new(ErrorCode::GitFailed, message)
        }
    }
}

fn session(error: &SessionError) -> Problem {
    let message = error.to_string();
    match error {
        SessionError::Unusable(_) => Problem::new(ErrorCode::TmuxUnusable, message)
            .hint("install tmux (apt install tmux, brew install tmux), or start the agent with --pty"),
        SessionError::SocketPathTooLong { .. } => Problem::new(ErrorCode::SocketPathTooLong, message)
            .hint("set OWT_HOME or XDG_RUNTIME_DIR to a shorter path"),
        SessionError::NoSpace(_) => Problem::new(ErrorCode::NoSpace, message).hint(FREE_SPACE),
        SessionError::NotRunning(_) => Problem::new(ErrorCode::NoSession, message),
        SessionError::Failed { .. } | SessionError::Crashed => Problem::new(ErrorCode::Internal, message),
    }
}

fn file(error: &FileError) -> Problem {
    let message = error.to_string();
    match error {
        FileError::NoSpace { .. } => Problem::new(ErrorCode::NoSpace, message).hint(FREE_SPACE),
        FileError::Io { .. } | FileError::Busy { .. } | FileError::Crashed => {
            Problem::new(ErrorCode::HomeNotWritable, message)
                .hint("set OWT_HOME to a folder that you can write to")
        }
    }
}

pub(super) fn failure(failure: &Failure) -> Problem {
    let code = match failure.kind {
        FailureKind::BranchTaken => ErrorCode::BranchTaken,
        FailureKind::RefConflict => ErrorCode::RefConflict,
        FailureKind::BranchCheckedOut => ErrorCode::BranchCheckedOut,
        FailureKind::PathTaken => ErrorCode::PathTaken,
        FailureKind::Busy => ErrorCode::GitBusy,
        FailureKind::NoSpace => ErrorCode::NoSpace,
        FailureKind::ProgramMissing => ErrorCode::AgentMissing,
        FailureKind::TmuxUnusable => ErrorCode::TmuxUnusable,
        FailureKind::SocketPathTooLong => ErrorCode::SocketPathTooLong,
        FailureKind::Unsupported => ErrorCode::Unsupported,
        FailureKind::TimedOut => ErrorCode::TimedOut,
        FailureKind::Git => ErrorCode::GitFailed,
        FailureKind::Lost | FailureKind::Session | FailureKind::Internal => ErrorCode::Internal,
    };
    let problem = Problem::new(code, failure.message.clone());
    match failure.kind {
        FailureKind::NoSpace => problem.hint(FREE_SPACE),
        FailureKind::TmuxUnusable => problem.hint("install tmux, or start the agent with --pty"),
        FailureKind::BranchTaken | FailureKind::RefConflict => {
            problem.hint("choose another name with --branch")
        }
        FailureKind::BranchCheckedOut => problem.hint("choose another branch, or work in that checkout"),
        FailureKind::PathTaken => problem.hint("move it away, or choose another name with --branch"),
        FailureKind::Busy => problem.hint("finish, commit or abort that first, then try again"),
        FailureKind::ProgramMissing => {
            problem.hint("owt agents shows what is installed, and how to install it")
        }
        FailureKind::SocketPathTooLong => problem.hint("set OWT_HOME or XDG_RUNTIME_DIR to a shorter path"),
        FailureKind::Unsupported => problem.hint("owt agents shows what each agent can be held to"),
        FailureKind::TimedOut => problem.hint(TIMED_OUT),
        FailureKind::Git => problem.hint("settle what is said there, then try again"),
        FailureKind::Lost | FailureKind::Session | FailureKind::Internal => {
            problem.hint("owt doctor looks for what is broken; the server's log lies in its data folder")
        }
    }
}

pub(super) fn select(error: &SelectError) -> Problem {
    let message = error.to_string();
    match error {
        SelectError::NotFound { near, .. } if near.is_empty() => Problem::new(ErrorCode::NotFound, message)
            .hint("owt list shows what is there, owt restore what was removed"),
        SelectError::NotFound { near, .. } => {
            Problem::new(ErrorCode::NotFound, message).hint(format!("there is: {}", near.join(", ")))
        }
        SelectError::Removed { name } => {
            Problem::new(ErrorCode::NotFound, message).hint(format!("bring it back: owt restore {name}"))
        }
        SelectError::Ambiguous { candidates, .. } => Problem::new(ErrorCode::Ambiguous, message)
            .hint(match candidates.iter().find(|candidate| candidate.starts_with('/')) {
                Some(folder) => format!(
                    "name it by its folder, or say where its repository is with -C: owt show {folder}"
                ),
                None => "say more of the name".to_owned(),
            })
            .candidates(candidates.clone()),
        SelectError::Git(error) => git(error),
        SelectError::Common(error) => common(error),
    }
}

pub(super) fn list(error: &ListError) -> Problem {
    match error {
        ListError::Git(error @ GitError::NotARepository { .. }) => {
            let problem = git(error);
            problem.hint("run it inside a git repository, or list everything with --all-repos")
        }
        ListError::Git(error) => git(error),
        ListError::Common(error) => common(error),
    }
}

fn agent(error: &AgentError) -> Problem {
    let message = error.to_string();
    match error {
        AgentError::Choice(ChoiceError::Unknown(unknown)) => Problem::new(ErrorCode::UnknownAgent, message)
            .hint("owt agents shows which are known; [tools.NAME] in your configuration adds one")
            .candidates(unknown.known.iter().map(ToString::to_string)),
        AgentError::Configured(mention) => Problem::new(ErrorCode::UnknownAgent, message)
            .hint("mend it there, or name one with --agent; owt agents shows which are known")
            .candidates(mention.unknown.known.iter().map(ToString::to_string)),
        AgentError::Choice(ChoiceError::NotInstalled { display_name, install_hint, .. }) => {
            Problem::new(ErrorCode::AgentMissing, format!("{display_name} is not installed"))
                .hint(install_hint.clone())
        }
        AgentError::NotThere { .. } => Problem::new(ErrorCode::AgentMissing, message)
            .hint("the path is given by [agents.NAME] path in your configuration, or by CLAUDE_BIN"),
        AgentError::Choice(ChoiceError::NoneInstalled { .. }) => Problem::new(ErrorCode::NoAgents, message)
            .hint("install one, or try the built-in one: --agent demo"),
        AgentError::ChooseOne { installed } => Problem::new(ErrorCode::ChooseAgent, message)
            .hint("choose with --agent NAME, or set `agent` in your configuration")
            .candidates(installed.clone()),
        AgentError::Launch(_) => Problem::new(ErrorCode::Unsupported, message)
            .hint("owt agents shows what each agent can be held to"),
        AgentError::LimitsInTerminal => Problem::new(ErrorCode::Usage, message)
            .hint("add --headless or --structured, or leave the limit out"),
        AgentError::CostsUntold { .. } => Problem::new(ErrorCode::Unsupported, message)
            .hint("start it in a terminal, take another agent, or set limits.budget to \"none\" in your configuration"),
        AgentError::Model(_) => Problem::new(ErrorCode::Usage, message),
    }
}

fn template(error: &TemplateError) -> Problem {
    match error {
        TemplateError::Unknown { nearest, known, .. } => {
            let hint = match nearest {
                Some(nearest) => format!("did you mean '{nearest}'?"),
                None => "one of your own: templates/NAME.toml beside your configuration".to_owned(),
            };
            Problem::new(ErrorCode::UnknownTemplate, error.to_string()).hint(hint).candidates(known.clone())
        }
        TemplateError::Broken(broken) => settings(broken),
    }
}

fn naming(error: &NamingError) -> Problem {
    let message = error.to_string();
    match error {
        NamingError::Empty => Problem::new(ErrorCode::EmptyTask, message).hint("say what the agent is to do"),
        NamingError::NoUsableWord => {
            Problem::new(ErrorCode::NoUsableWord, message).hint("use words, or name the branch with --branch")
        }
        NamingError::Invalid(_) => Problem::new(ErrorCode::BadBranchName, message),
    }
}

pub(super) fn new_workspace(error: &NewError) -> Problem {
    let message = error.to_string();
    match error {
        NewError::EmptyTask => Problem::new(ErrorCode::EmptyTask, message)
            .hint("say what the agent is to do, or name a branch with --branch"),
        NewError::Naming(error) => naming(error),
        NewError::NoCommits(_) => Problem::new(ErrorCode::NoCommits, message)
            .hint("make a first commit: git commit --allow-empty -m 'Start'"),
        NewError::DetachedHead => {
            Problem::new(ErrorCode::DetachedHead, message).hint("say where to start: --base main")
        }
        NewError::UnknownBase(_) => {
            Problem::new(ErrorCode::UnknownBase, message).hint("git branch --all shows the branches")
        }
        NewError::SeveralRemotes { candidates, .. } => Problem::new(ErrorCode::AmbiguousBase, message).hint(
            format!("say which: --base {}", candidates.first().map_or("REMOTE/BRANCH", String::as_str)),
        ),
        NewError::DraftElsewhere { .. } => Problem::new(ErrorCode::FlagConflict, message).hint(
            "leave out --with-changes, or start where you stand: a new branch, without --base and --template",
        ),
        NewError::BareInPlace(_) => {
            Problem::new(ErrorCode::FlagConflict, message).hint("leave out --in-place")
        }
        NewError::OwnBranch(_) => Problem::new(ErrorCode::BranchTaken, message)
            .hint("choose another name with --branch, or leave it out: the task names one"),
        NewError::InPlaceBusy { name, .. } => Problem::new(ErrorCode::InPlaceBusy, message)
            .hint(format!("finish it first: owt delete {name}, or work in a worktree")),
        NewError::RivalsInPlace => Problem::new(ErrorCode::FlagConflict, message)
            .hint("rivals need a worktree each: leave out --in-place"),
        NewError::Agent(error) => agent(error),
        NewError::Settings(error) => settings(error),
        NewError::Parent(error) => select(error),
        NewError::Template(error) => template(error),
        NewError::Git(error) => git(error),
        NewError::Session(error) => session(error),
        NewError::NoRoom(error) => no_room(error),
        NewError::File(error) => file(error),
        NewError::Failed(reason) => failure(reason),
        NewError::NeverBegan { name, failure: reason } => Problem {
            hint: Some(format!(
                "'{name}' stays with what was installed and set up there: mend it, then owt resume {name}; or take it away with: \
                 owt delete {name}"
            )),
            ..failure(reason)
        },
        NewError::CalledOff { name } => Problem::new(ErrorCode::NoSession, message).hint(format!(
            "let it begin after all with: owt resume {name}; or take it away with: owt delete {name}"
        )),
        NewError::TooSlow => Problem::new(ErrorCode::TimedOut, message).hint("owt list shows how it goes on"),
        NewError::Common(error) => common(error),
    }
}

pub(super) fn no_session(message: String, name: &str) -> Problem {
    Problem::new(ErrorCode::NoSession, message).hint(format!("owt show {name} tells how it ended"))
}

pub(super) fn send(error: &SendError) -> Problem {
    let message = error.to_string();
    match error {
        SendError::Select(error) => select(error),
        SendError::List(error) => list(error),
        SendError::NoSession { name } => Problem::new(ErrorCode::NoSession, message).hint(format!(
            "take it up again with these words: owt resume {name} \"...\"; owt show {name} tells how it ended"
        )),
        SendError::OnePromptOnly { .. } => Problem::new(ErrorCode::NoSession, message)
            .hint("start it with --structured or in a terminal to send it more than one message"),
        SendError::HeldBack { name } => Problem::new(ErrorCode::Forbidden, message).hint(format!(
            "leave it where that agent may look: owt note \"...\"; a person may: owt send {name}"
        )),
        SendError::KeyTaken { .. } => Problem::new(ErrorCode::Usage, message)
            .hint("each message has a key of its own; only the same message may be sent again under one"),
        SendError::File(error) => file(error),
    }
}

pub(super) fn answer(error: &AnswerError) -> Problem {
    let message = error.to_string();
    match error {
        AnswerError::Select(error) => select(error),
        AnswerError::NothingAsked { name } => Problem::new(ErrorCode::NotFound, message)
            .hint(format!("tell it something with: owt send {name} \"...\"")),
        AnswerError::NoLongerAsked { name } => {
            Problem::new(ErrorCode::NotFound, message).hint(format!("see what it asks now: owt show {name}"))
        }
        AnswerError::AsksOnTerminal { name } => {
            Problem::new(ErrorCode::Unsupported, message).hint(format!("answer there: owt attach {name}"))
        }
        AnswerError::NeedsWords { name, questions } | AnswerError::Misfit { name, questions, .. } => {
            Problem::new(ErrorCode::Usage, message).hint(how_to_answer(name, questions))
        }
        AnswerError::NeedsDecision { name } => Problem::new(ErrorCode::Usage, message)
            .hint(format!("owt answer {name} allow, or: owt answer {name} deny -m WHY")),
        AnswerError::Session(error) => session(error),
        AnswerError::Settings(error) => settings(error),
        AnswerError::File(error) => file(error),
    }
}

pub(super) fn screen(error: &ScreenError) -> Problem {
    let message = error.to_string();
    match error {
        ScreenError::Select(error) => select(error),
        ScreenError::NoSession { name } => no_session(message, name),
        ScreenError::NoTerminal { name } => {
            Problem::new(ErrorCode::NoTerminal, message).hint(format!("read what it says: owt logs {name}"))
        }
        ScreenError::Session(error) => session(error),
    }
}

pub(super) fn logs(error: &LogError) -> Problem {
    let message = error.to_string();
    match error {
        LogError::Select(error) => select(error),
        LogError::NoAttempt { .. } | LogError::NotStarted { .. } => {
            Problem::new(ErrorCode::NotFound, message)
        }
        LogError::NothingRan { name, .. } => {
            Problem::new(ErrorCode::NotFound, message).hint(format!("owt show {name} tells how it stands"))
        }
        LogError::Session(error) => session(error),
    }
}

pub(super) fn diff(error: &DiffError) -> Problem {
    let message = error.to_string();
    match error {
        DiffError::Select(error) => select(error),
        DiffError::NoGit { name } => Problem::new(ErrorCode::NotARepository, message)
            .hint(format!("owt show {name} says where it lies")),
        DiffError::NotThere { name, .. } => {
            Problem::new(ErrorCode::NotFound, message).hint(format!("owt show {name} tells how far it is"))
        }
        DiffError::NothingLeft { name, .. } => {
            Problem::new(ErrorCode::NotFound, message).hint(format!("take its entry away: owt delete {name}"))
        }
        DiffError::Git(error) => git(error),
    }
}

pub(super) fn stop(error: &StopError) -> Problem {
    match error {
        StopError::Select(error) => select(error),
        StopError::TooSlow => Problem::new(ErrorCode::TimedOut, error.to_string()),
    }
}

pub(super) fn resume(error: &ResumeError) -> Problem {
    let message = error.to_string();
    let cannot = |hint: String| Problem::new(ErrorCode::CannotResume, message.clone()).hint(hint);
    let anew = "start it anew beside what it left: owt new \"the task\" --base BRANCH";
    match error {
        ResumeError::Select(error) => select(error),
        ResumeError::NotReady { name, .. } => cannot(format!("owt show {name} tells how it stands")),
        ResumeError::Away { name, absence } => cannot(absence.remedy(name)),
        ResumeError::OnePromptOnly { name } => {
            cannot(format!("owt wait {name}, then owt resume {name} \"...\""))
        }
        ResumeError::NeverRan { name } => cannot(format!("owt show {name} tells why")),
        ResumeError::NoConversation { .. } | ResumeError::Forgets { .. } => cannot(anew.to_owned()),
        ResumeError::Unable { .. } => Problem::new(ErrorCode::Unsupported, message).hint(anew),
        ResumeError::TooYoung { name, wait, .. } => {
            let seconds = wait.as_secs().saturating_add(1);
            cannot(format!("try again in {seconds} seconds: owt resume {name}"))
        }
        ResumeError::TooEarly { name, .. } => {
            cannot(format!("give it a task first, or try again in a moment; owt show {name}"))
        }
        ResumeError::Working { name } => Problem::new(ErrorCode::AgentWorking, message).hint(format!(
            "its session changes between two turns: owt wait {name}, or end the turn with --interrupt"
        )),
        ResumeError::TurnGoesOn { name } => {
            Problem::new(ErrorCode::AgentWorking, message).hint(format!("wait for it: owt wait {name}"))
        }
        ResumeError::Done { name } => {
            cannot(format!("say what to do next: owt resume {name} \"and now ...\""))
        }
        ResumeError::OtherBranch { branch, .. } => {
            cannot(format!("switch back to it first: git switch {branch}"))
        }
        ResumeError::Settings(error) => settings(error),
        ResumeError::Git(error) => git(error),
        ResumeError::Session(error) => session(error),
        ResumeError::File(error) => file(error),
        ResumeError::Failed(reason) => Problem { message, ..failure(reason) },
        ResumeError::TooSlow => Problem::new(ErrorCode::TimedOut, message),
    }
}

pub(super) fn delete(error: &DeleteError) -> Problem {
    let message = error.to_string();
    match error {
        DeleteError::Select(error) => select(error),
        DeleteError::UnsavedWork { name, .. } => Problem::new(ErrorCode::UnsavedWork, message).hint(format!(
            "owt delete --force {name} removes it and keeps a snapshot (owt restore brings it back)"
        )),
        DeleteError::CannotTell { .. } => Problem::new(ErrorCode::GitFailed, message),
        DeleteError::Nested { .. } => Problem::new(ErrorCode::UnsavedWork, message).hint(NESTED),
        DeleteError::NoRepository { path, .. } => Problem::new(ErrorCode::UnsavedWork, message).hint(format!(
            "bring the repository back (if you moved it: owt doctor --fix in the place where it is now), or let the \
             workspace be forgotten (what lies in its folder stays): owt delete --force {path}"
        )),
        DeleteError::Landing { by: LandingBy::Queue, .. } => Problem::new(ErrorCode::GitBusy, message)
            .hint("wait until it has landed, or call the train off first: owt queue --cancel"),
        DeleteError::Landing { by: LandingBy::Itself, name } => Problem::new(ErrorCode::GitBusy, message)
            .hint(format!("wait until it has ended (owt show {name} says how far it is), then try again")),
        DeleteError::InBetween { .. } => {
            Problem::new(ErrorCode::GitBusy, message).hint("wait a moment, then try again")
        }
        DeleteError::Failed { failure: reason, .. } => Problem { message, ..failure(reason) },
        DeleteError::TooSlow => Problem::new(ErrorCode::TimedOut, message),
    }
}

pub(super) fn restore(error: &RestoreError) -> Problem {
    let message = error.to_string();
    match error {
        RestoreError::Select(error) => select(error),
        RestoreError::Failed { failure: reason, .. } => {
            let problem = Problem { message, ..failure(reason) };
            match reason.kind {
                FailureKind::BranchTaken | FailureKind::RefConflict | FailureKind::PathTaken => problem.hint(
                    "it comes back to its own branch and folder: move aside what is there, then try again",
                ),
                _ => problem,
            }
        }
        RestoreError::NameTaken { .. } => {
            Problem::new(ErrorCode::PathTaken, message).hint("delete or finish that one first")
        }
        RestoreError::NotRemoved { name, absence } => {
            Problem::new(ErrorCode::NotFound, message).hint(match absence {
                Some(absence) => absence.remedy(name),
                None => format!("nothing of it has to come back: owt show {name}"),
            })
        }
        RestoreError::OnlySnapshot { id, commit } => {
            let problem = Problem::new(ErrorCode::Unsupported, message);
            // No two snapshots end alike, so no branch is in the way.
            let id = id.to_string();
            let branch = format!("rescued-{}", &id[id.len().saturating_sub(8)..]);
            match commit {
                Some(commit) => problem.hint(format!(
                    "its content in a workspace: owt create {branch} --base {commit}; or only as a branch: git branch {branch} \
                     {commit}"
                )),
                None => problem,
            }
        }
        RestoreError::TooSlow => Problem::new(ErrorCode::TimedOut, message),
    }
}

pub(super) fn cleanup(error: &CleanupError) -> Problem {
    match error {
        CleanupError::Git(error @ GitError::NotARepository { .. }) => {
            let problem = git(error);
            problem.hint("run it inside a git repository, or clean up everything with --all-repos")
        }
        CleanupError::Git(error) => git(error),
        CleanupError::Settings(error) => settings(error),
        CleanupError::Common(error) => common(error),
    }
}

fn no_room(error: &NoRoom) -> Problem {
    let message = error.to_string();
    match error {
        NoRoom::Disk { .. } => Problem::new(ErrorCode::NoSpace, message)
            .hint("nothing was done: free some space (owt cleanup shows what could go), or ask for less there"),
        NoRoom::Budget { .. } => Problem::new(ErrorCode::OverBudget, message)
            .hint("nothing was done: owt cleanup shows what could go, or give it more there"),
        NoRoom::CannotTell(_) => Problem::new(ErrorCode::NoSpace, message).hint(
            "nothing was done: mend that, or do without: worktree.min_free_space and worktree.disk_budget take \"none\"",
        ),
        NoRoom::Store(error) => store(error),
    }
}

pub(super) fn attach(error: &AttachError) -> Problem {
    let message = error.to_string();
    match error {
        AttachError::Select(error) => select(error),
        AttachError::NoSession { name } => no_session(message, name),
        AttachError::NoTerminal(error) => match resume(error) {
            working if working.code == ErrorCode::AgentWorking => working,
            problem => Problem { message, ..problem },
        },
        AttachError::Session(error) => session(error),
    }
}

pub(super) fn hook(error: &HookError) -> Problem {
    match error {
        HookError::Store(error) => store(error),
        HookError::Settings(error) => settings(error),
        HookError::TooEarly => Problem::new(ErrorCode::NoSession, error.to_string()),
        HookError::NoHooks(_) | HookError::Payload(_) => Problem::new(ErrorCode::Usage, error.to_string()),
    }
}

pub(super) fn note(error: &NoteError) -> Problem {
    let message = error.to_string();
    match error {
        NoteError::Git(error) => git(error),
        NoteError::Common(error) => common(error),
        NoteError::Full(_) | NoteError::FullOfAgents(_) => Problem::new(ErrorCode::LimitReached, message)
            .hint(
                "the person can take out what is no longer needed: owt note --remove N, or owt note --clear",
            ),
        NoteError::Unknown(_) => {
            Problem::new(ErrorCode::NotFound, message).hint("see the numbers: owt note --list")
        }
    }
}

pub(super) fn approval(error: &ApprovalError) -> Problem {
    match error {
        ApprovalError::Denied(reason) => denied(*reason),
        ApprovalError::Git(error) => git(error),
        ApprovalError::Settings(error) => settings(error),
        ApprovalError::UnknownDigest(_) => {
            Problem::new(ErrorCode::NotFound, error.to_string()).hint("owt approvals list shows the digests")
        }
        ApprovalError::File(error) => file(error),
    }
}
