//! What a person does about a workspace that waits for them: it depends on how its session lives.

use owt_agents::shell_words;
use owt_api::Missing;
use owt_api::Status;
use owt_api::Workspace;

use owt_tui::text::one_line;

/// Where the person stands as they read what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standpoint {
    /// In the workspace's repository: its name is enough.
    Inside,
    /// Elsewhere.
    Outside,
}

impl Standpoint {
    /// How a command about a workspace begins here.
    fn owt(self, workspace: &Workspace) -> String {
        match self {
            Self::Inside => "owt".to_owned(),
            Self::Outside => format!("owt -C {}", shell_words::quote(&one_line(&workspace.repository))),
        }
    }
}

/// One line, or `None` where nobody is waited for.
pub(crate) fn of(workspace: &Workspace, standpoint: Standpoint) -> Option<String> {
    let name = one_line(&workspace.name);
    let owt = standpoint.owt(workspace);
    match workspace.standing.missing {
        None => {}
        Some(Missing::Repository) => {
            let path = one_line(&workspace.path);
            return Some(format!(
                "'{name}' has no repository any more (if you moved it: owt doctor --fix there); to forget it: owt delete \
                 --force {path}"
            ));
        }
        Some(Missing::Folder | Missing::Replaced) => {
            return Some(format!(
                "'{name}' has no folder any more: {owt} delete --force {name}, and {owt} restore {name} makes it anew"
            ));
        }
    }
    let in_terminal = matches!(workspace.backend.as_deref(), Some("tmux" | "pty"));
    Some(match (workspace.status, in_terminal) {
        (Status::WaitingPermission, true) => format!("'{name}' asks for permission: {owt} attach {name}"),
        (Status::WaitingPermission, false) => {
            format!("'{name}' asks for permission: {owt} show {name}, {owt} answer {name} allow|deny")
        }
        (Status::WaitingInput, true) => format!("'{name}' asks a question: {owt} attach {name}"),
        (Status::WaitingInput, false) => {
            format!("'{name}' asks a question: {owt} show {name}, {owt} answer {name} -m \"...\"")
        }
        (Status::Blocked, true) => format!("'{name}' needs you: {owt} attach {name}"),
        (Status::Blocked, false) => format!("'{name}' needs you: {owt} show {name}"),
        _ => return None,
    })
}

/// What an agent has to do without until its session is taken up again, or its work until somebody says where it lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lacking {
    /// Packages could not be installed.
    Packages,
    /// The commands that set the worktree up failed.
    Setup,
    /// They wait for the person.
    Approval,
    /// The branch that its work would land in is gone.
    Target,
    /// That has no commit in common with its own.
    CommonGround,
}

/// What a workspace lacks, the gravest first.
pub(crate) fn lacking(workspace: &Workspace) -> Option<Lacking> {
    match (workspace.outfit.install.as_str(), workspace.outfit.setup.as_str()) {
        ("failed", _) => Some(Lacking::Packages),
        (_, "failed") => Some(Lacking::Setup),
        (_, "unapproved") => Some(Lacking::Approval),
        _ => match workspace.standing.stranded.as_deref() {
            Some("target_gone") => Some(Lacking::Target),
            Some("unrelated") => Some(Lacking::CommonGround),
            _ => None,
        },
    }
}

impl Lacking {
    /// In a few words.
    pub(crate) const fn short(self) -> &'static str {
        match self {
            Self::Packages => "packages not installed",
            Self::Setup | Self::Approval => "not set up",
            Self::Target => "stranded: its target is gone",
            Self::CommonGround => "stranded: unrelated to its target",
        }
    }

    /// One line.
    pub(crate) fn what_to_do(self, workspace: &Workspace, standpoint: Standpoint) -> String {
        let name = one_line(&workspace.name);
        let owt = standpoint.owt(workspace);
        let go_on = go_on(workspace, &owt);
        let target = workspace.standing.base.as_deref().map(one_line).unwrap_or_default();
        match self {
            Self::Packages => format!(
                "'{name}' has no packages: {owt} logs {name} --install says why; once mended: {go_on}"
            ),
            Self::Setup => {
                format!("'{name}' is not set up: {owt} logs {name} --setup says why; once mended: {go_on}")
            }
            Self::Approval => format!(
                "'{name}' is not set up, because worktree.setup is not approved as it is: {owt} approvals, {owt} approvals \
                 allow CONTENT, then {go_on}"
            ),
            Self::Target => format!(
                "'{name}' is stranded, because {target} is gone; land it in another: {owt} merge {name} --into BRANCH"
            ),
            Self::CommonGround => format!(
                "'{name}' is stranded, because it has no commit in common with {target}; land it in another: {owt} merge {name} \
                 --into BRANCH"
            ),
        }
    }
}

/// A session that runs is left alone by `resume`; and an agent that does one task and ends has to be told another.
fn go_on(workspace: &Workspace, owt: &str) -> String {
    let name = one_line(&workspace.name);
    let is_one_task = workspace.backend.as_deref() == Some("headless");
    match workspace.status {
        Status::Done if is_one_task => format!("{owt} resume {name} \"...\""),
        Status::Done | Status::Failed | Status::Exited => format!("{owt} resume {name}"),
        _ => format!("{owt} stop {name}, {owt} resume {name}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn waiting(status: Status, backend: &str) -> Workspace {
        serde_json::from_value(json!({
            "id": "ws_1", "name": "auth", "path": "/p", "repository": "/r", "kind": "worktree",
            "backend": backend, "status": status, "status_since": "", "status_source": "hook",
            "conflicts_with": [], "created_at": "", "updated_at": "",
        }))
        .unwrap()
    }

    #[test]
    fn what_is_missing_is_not_attached_to() {
        let without = |missing| {
            let standing = owt_api::Standing { missing: Some(missing), ..owt_api::Standing::default() };
            of(&Workspace { standing, ..waiting(Status::Blocked, "tmux") }, Standpoint::Inside)
        };
        assert!(
            without(Missing::Folder)
                .unwrap()
                .ends_with("owt delete --force auth, and owt restore auth makes it anew")
        );
        assert!(without(Missing::Repository).unwrap().ends_with("owt delete --force /p"));
    }

    #[test]
    fn what_is_lacking_is_said_with_the_way_on() {
        let with = |install: &str, setup: &str| {
            let mut workspace = waiting(Status::Exited, "headless");
            workspace.outfit.install = install.to_owned();
            workspace.outfit.setup = setup.to_owned();
            workspace
        };
        assert_eq!(lacking(&with("done", "done")), None);
        assert_eq!(lacking(&with("failed", "unapproved")), Some(Lacking::Packages));
        let waits = with("done", "unapproved");
        let said = lacking(&waits).unwrap().what_to_do(&waits, Standpoint::Inside);
        assert!(said.contains("owt approvals allow") && said.ends_with("then owt resume auth"), "{said}");
        let done = Workspace { status: Status::Done, ..waits.clone() };
        let said = lacking(&done).unwrap().what_to_do(&done, Standpoint::Inside);
        assert!(said.ends_with("owt resume auth \"...\""), "{said}");
        let works = Workspace { status: Status::Working, ..waits };
        assert!(
            lacking(&works)
                .unwrap()
                .what_to_do(&works, Standpoint::Inside)
                .ends_with("owt stop auth, owt resume auth")
        );
    }

    #[test]
    fn only_a_session_with_a_terminal_is_answered_there() {
        let step = |status, backend| of(&waiting(status, backend), Standpoint::Inside).unwrap_or_default();
        assert!(step(Status::WaitingPermission, "tmux").ends_with("owt attach auth"));
        assert!(step(Status::WaitingPermission, "structured").ends_with("owt answer auth allow|deny"));
        assert!(step(Status::WaitingInput, "tmux").ends_with("owt attach auth"));
        assert!(step(Status::WaitingInput, "structured").ends_with("owt answer auth -m \"...\""));
        assert!(!step(Status::Blocked, "headless").contains("attach"));
        assert_eq!(step(Status::Working, "tmux"), "");
    }
    #[test]
    fn from_elsewhere_each_command_says_where() {
        let elsewhere =
            Workspace { repository: "/my repos/app".to_owned(), ..waiting(Status::WaitingPermission, "") };
        let step = of(&elsewhere, Standpoint::Outside).unwrap();
        assert_eq!(
            step,
            "'auth' asks for permission: owt -C '/my repos/app' show auth, owt -C '/my repos/app' answer auth allow|deny"
        );
    }
}
