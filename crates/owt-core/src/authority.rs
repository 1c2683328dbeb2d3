//! Who may do what (decision 8). A guard against mistakes and prompt injection, not against hostile code of the
//! same user: that needs a sandbox.

use crate::AttemptId;
use crate::Permissions;
use crate::RepositoryId;
use crate::job::PermissionChoice;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The person.
    Person,
    /// The agent of an attempt, or anything below it.
    Attempt(AttemptScope),
}

/// What an attempt's agent is confined to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptScope {
    /// The attempt.
    pub attempt: AttemptId,
    /// Its repository; `None` in a plain folder.
    pub repository: Option<RepositoryId>,
    /// What it may do itself.
    pub permissions: PermissionChoice,
}

/// Whose work an action touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// The caller's own workspace, or one that it created.
    Own,
    /// Another one of the same repository.
    SameRepository,
    /// One of another repository.
    Elsewhere,
}

/// Something that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Look at workspaces, logs, snapshots.
    Read(Ownership),
    /// Make a workspace with this permission level in this repository.
    Create(PermissionChoice, Ownership),
    /// Work in the person's own checkout.
    CreateInPlace,
    /// Send a message.
    Send(Ownership),
    /// Give an agent a command of its own program, which asks nobody.
    GiveCommand,
    /// Leave a note for whoever works in this repository.
    Note(Ownership),
    /// Take such a note out.
    RemoveNote(Ownership),
    /// End a session.
    Stop(Ownership),
    /// Remove a workspace with nothing unsaved in it.
    Delete(Ownership),
    /// Remove a workspace with unsaved work.
    DeleteForced,
    /// Bring work into its target branch.
    Land,
    /// Push a branch, and speak at a code host with the person's login.
    Publish,
    /// Bring something back.
    Restore,
    /// Answer what an agent asks, approve what a repository brings along.
    Approve,
    /// Take over a terminal.
    Attach,
    /// End or replace the server.
    ControlServer,
    /// Decide what is no longer needed.
    CleanUp,
}

/// Why an action is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Only the person may.
    #[error("only a person may do this, and this request comes from inside an agent's session")]
    PersonOnly,
    /// It is outside what this session sees.
    #[error("this is outside what this agent's session may see or touch")]
    OutOfScope,
    /// It asks for more than the caller has.
    #[error(
        "a session cannot give another more permissions than its own; one of a tool that owt does not manage can give 'ask'"
    )]
    WiderPermissions,
}

/// Whether a principal may do something.
///
/// # Errors
/// [`Denied`] with the reason.
pub fn authorise(principal: &Principal, action: Action) -> Result<(), Denied> {
    let Principal::Attempt(scope) = principal else {
        return Ok(());
    };
    match action {
        Action::Read(Ownership::Elsewhere) | Action::Send(Ownership::Elsewhere) => Err(Denied::OutOfScope),
        Action::Create(_, Ownership::Elsewhere) => Err(Denied::OutOfScope),
        Action::Note(Ownership::Elsewhere) | Action::RemoveNote(Ownership::Elsewhere) => {
            Err(Denied::OutOfScope)
        }
        Action::RemoveNote(Ownership::SameRepository) => Err(Denied::PersonOnly),
        Action::Read(_) | Action::Send(_) | Action::Note(_) | Action::RemoveNote(Ownership::Own) => Ok(()),
        Action::Create(wanted, _) if wider(wanted, scope.permissions) => Err(Denied::WiderPermissions),
        Action::Create(..) => Ok(()),
        Action::Stop(Ownership::Own) | Action::Delete(Ownership::Own) => Ok(()),
        Action::Stop(_) | Action::Delete(_) => Err(Denied::OutOfScope),
        Action::CreateInPlace
        | Action::GiveCommand
        | Action::DeleteForced
        | Action::Land
        | Action::Publish
        | Action::Restore
        | Action::Approve
        | Action::Attach
        | Action::ControlServer
        | Action::CleanUp => Err(Denied::PersonOnly),
    }
}

fn wider(wanted: PermissionChoice, own: PermissionChoice) -> bool {
    asked_for(wanted) > given_by(own)
}

/// Nothing is known of what an unmanaged tool asks for: to start one is as much as to let it do everything. Only a
/// person can, or a session to which a person gave everything.
const fn asked_for(wanted: PermissionChoice) -> Permissions {
    match wanted {
        PermissionChoice::Level(level) => level,
        PermissionChoice::Unmanaged => Permissions::Bypass,
    }
}

/// Nobody gave an unmanaged tool a level: the person who started it let its own command line decide what *it* may do,
/// and said nothing of others. It can pass on the least.
const fn given_by(own: PermissionChoice) -> Permissions {
    match own {
        PermissionChoice::Level(level) => level,
        PermissionChoice::Unmanaged => Permissions::Ask,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(permissions: PermissionChoice) -> Principal {
        Principal::Attempt(AttemptScope { attempt: AttemptId::from_bits(1), repository: None, permissions })
    }

    #[test]
    fn an_agent_never_gets_what_only_a_person_may() {
        let agent = agent(PermissionChoice::Level(Permissions::Bypass));
        for action in [
            Action::CreateInPlace,
            Action::GiveCommand,
            Action::DeleteForced,
            Action::Land,
            Action::Publish,
            Action::Restore,
            Action::Approve,
            Action::Attach,
            Action::ControlServer,
            Action::RemoveNote(Ownership::SameRepository),
            Action::CleanUp,
        ] {
            assert_eq!(authorise(&agent, action), Err(Denied::PersonOnly), "{action:?}");
            assert_eq!(authorise(&Principal::Person, action), Ok(()), "{action:?}");
        }
    }

    #[test]
    fn a_child_never_gets_more_than_its_creator() {
        let asking = agent(PermissionChoice::Level(Permissions::Ask));
        let bypass = PermissionChoice::Level(Permissions::Bypass);
        assert_eq!(
            authorise(&asking, Action::Create(bypass, Ownership::SameRepository)),
            Err(Denied::WiderPermissions)
        );
        assert_eq!(
            authorise(&asking, Action::Create(PermissionChoice::Unmanaged, Ownership::SameRepository)),
            Err(Denied::WiderPermissions)
        );
        assert_eq!(authorise(&agent(bypass), Action::Create(bypass, Ownership::Own)), Ok(()));
        assert_eq!(
            authorise(&agent(bypass), Action::Create(bypass, Ownership::Elsewhere)),
            Err(Denied::OutOfScope)
        );
    }

    #[test]
    fn an_unmanaged_tool_asks_for_everything_and_can_give_the_least() {
        const ASK: PermissionChoice = PermissionChoice::Level(Permissions::Ask);
        const EDITS: PermissionChoice = PermissionChoice::Level(Permissions::Edits);
        const BYPASS: PermissionChoice = PermissionChoice::Level(Permissions::Bypass);
        const UNMANAGED: PermissionChoice = PermissionChoice::Unmanaged;
        let table: [(PermissionChoice, &[PermissionChoice]); 4] = [
            (ASK, &[ASK]),
            (EDITS, &[ASK, EDITS]),
            (BYPASS, &[ASK, EDITS, BYPASS, UNMANAGED]),
            (UNMANAGED, &[ASK]),
        ];
        for (own, given) in table {
            for wanted in [ASK, EDITS, BYPASS, UNMANAGED] {
                let action = Action::Create(wanted, Ownership::SameRepository);
                let allowed = authorise(&agent(own), action);
                let expected = if given.contains(&wanted) { Ok(()) } else { Err(Denied::WiderPermissions) };
                assert_eq!(allowed, expected, "{own:?} starts {wanted:?}");
                assert_eq!(authorise(&Principal::Person, action), Ok(()));
            }
        }
    }
}
