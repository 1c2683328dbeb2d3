//! What a person does about a workspace that waits for them: it depends on how its session lives.

use owt_api::Missing;
use owt_api::Status;
use owt_api::Workspace;

use crate::rendering::plain::one_line;

/// One line, or `None` where nobody is waited for.
pub(crate) fn of(workspace: &Workspace) -> Option<String> {
    let name = one_line(&workspace.name);
    match workspace.standing.missing {
        None => {}
        Some(Missing::Repository) => {
            let path = one_line(&workspace.path);
            return Some(format!(
                "'{name}' has no repository any more; to forget it: owt delete --force {path}"
            ));
        }
        Some(Missing::Folder | Missing::Replaced) => {
            return Some(format!(
                "'{name}' has no folder any more: owt delete {name}, and owt restore {name} makes it anew"
            ));
        }
    }
    let in_terminal = matches!(workspace.backend.as_deref(), Some("tmux" | "pty"));
    Some(match (workspace.status, in_terminal) {
        (Status::WaitingPermission, true) => format!("'{name}' asks for permission: owt attach {name}"),
        (Status::WaitingPermission, false) => {
            format!("'{name}' asks for permission: owt show {name}, owt answer {name} allow|deny")
        }
        (Status::WaitingInput, true) => format!("'{name}' asks a question: owt attach {name}"),
        (Status::WaitingInput, false) => {
            format!("'{name}' asks a question: owt show {name}, owt send {name} \"...\"")
        }
        (Status::Blocked, true) => format!("'{name}' needs you: owt attach {name}"),
        (Status::Blocked, false) => format!("'{name}' needs you: owt show {name}"),
        _ => return None,
    })
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
            of(&Workspace { standing, ..waiting(Status::Blocked, "tmux") })
        };
        assert!(
            without(Missing::Folder)
                .unwrap()
                .ends_with("owt delete auth, and owt restore auth makes it anew")
        );
        assert!(without(Missing::Repository).unwrap().ends_with("owt delete --force /p"));
    }

    #[test]
    fn only_a_session_with_a_terminal_is_answered_there() {
        let step = |status, backend| of(&waiting(status, backend)).unwrap_or_default();
        assert!(step(Status::WaitingPermission, "tmux").ends_with("owt attach auth"));
        assert!(step(Status::WaitingPermission, "structured").ends_with("owt answer auth allow|deny"));
        assert!(step(Status::WaitingInput, "tmux").ends_with("owt attach auth"));
        assert!(step(Status::WaitingInput, "structured").ends_with("owt send auth \"...\""));
        assert!(!step(Status::Blocked, "headless").contains("attach"));
        assert_eq!(step(Status::Working, "tmux"), "");
    }
}
