//! A workspace under any sequence of inputs.

use owt_core::AbsPath;
use owt_core::RepositoryId;
use owt_core::effect::Effect;
use owt_core::machine::Machine as _;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_core::workspace::Base;
use owt_core::workspace::BranchFate;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::WorkspaceSpec;
use owt_core::workspace::Worktree;
use proptest::prelude::*;

use crate::inputs::workspace_inputs;
use crate::walk::fold;
use crate::walk::moment;
use crate::walk::repeated;
use crate::walk::walk;

proptest! {
    #[test]
    fn what_was_taken_back_stays_away(inputs in workspace_inputs()) {
        for stride in walk::<Workspace>(inputs) {
            if let Some(Phase::Discarded { .. }) = stride.before.as_ref().map(|workspace| &workspace.phase) {
                prop_assert!(stride.step.is_nothing(), "{stride:?}");
            }
        }
    }

    /// Whenever it is in between, somebody is at it: each such phase begins with the effect that ends it.
    #[test]
    fn nothing_is_in_between_without_an_effect(inputs in workspace_inputs()) {
        for stride in walk::<Workspace>(inputs) {
            let phase = |workspace: &Option<Workspace>| workspace.as_ref().map(|it| it.phase.clone());
            let (before, after) = (phase(&stride.before), phase(&stride.after));
            if before == after {
                continue;
            }
            let wanted = match after {
                Some(Phase::Preparing) => Effect::PrepareWorkspace,
                Some(Phase::Discarding { .. }) => Effect::DiscardWorkspace,
                Some(Phase::Removing { report: None, .. }) => Effect::RemoveWorkspace,
                Some(Phase::Removing { report: Some(_), .. }) => Effect::DeleteBranch,
                Some(Phase::Restoring { .. }) => Effect::RestoreWorkspace,
                _ => continue,
            };
            prop_assert!(stride.step.effects.contains(&wanted), "{stride:?}");
        }
    }

    /// A branch is deleted only as asked, and only after the record says where it pointed.
    #[test]
    fn a_branch_goes_only_as_asked_and_after_it_is_written_down(inputs in workspace_inputs()) {
        for stride in walk::<Workspace>(inputs) {
            if stride.step.effects.contains(&Effect::DeleteBranch) {
                let after = stride.after.as_ref().map(|workspace| workspace.phase.clone());
                let Some(Phase::Removing { removal, report: Some(report) }) = after else {
                    return Err(TestCaseError::fail(format!("{stride:?}")));
                };
                prop_assert_eq!(removal.branch, BranchFate::Delete);
                prop_assert!(report.head.is_some());
            }
        }
    }

    /// A folder that somebody works in goes only when that is asked for: what its job's failure takes back is what
    /// was never handed out.
    #[test]
    fn only_a_request_removes(inputs in workspace_inputs()) {
        for stride in walk::<Workspace>(inputs) {
            if stride.step.effects.contains(&Effect::RemoveWorkspace) {
                let asked = matches!(stride.input, WorkspaceInput::Remove { .. });
                prop_assert!(asked, "{stride:?}");
            }
        }
    }

    /// Whatever becomes of it, it is where its repository is.
    #[test]
    fn it_goes_where_its_repository_goes(inputs in workspace_inputs(), moves in any::<bool>()) {
        let walked = walk::<Workspace>(inputs);
        let Some(workspace) = walked.last().and_then(|stride| stride.after.clone()) else { return Ok(()) };
        let at = |root: &str| Repository {
            id: RepositoryId::from_bits(if root == "/old" { 1 } else { 2 }),
            common_dir: AbsPath::new(format!("{root}/.git")).unwrap(),
            root: AbsPath::new(root).unwrap(),
            name: root[1..].to_owned(),
            stand_in: None,
        };
        let branch = BranchName::new("x").unwrap();
        let base = Base { label: "main".to_owned(), branch: None, sha: ObjectId::new("a".repeat(40)).unwrap() };
        let line = Worktree { repository: at("/old"), branch, adopted: false, follows: None, base, carry: None };
        let mut workspace = Workspace { spec: WorkspaceSpec { ground: Ground::Worktree(line), ..workspace.spec }, ..workspace };
        workspace.spec.path = AbsPath::new(if moves { "/old/trees/x" } else { "/w/x" }).unwrap();
        let input = WorkspaceInput::RepositoryMoved { to: at("/new") };
        let step = Workspace::step(Some(&workspace), &input, moment(0));
        let may_move = matches!(workspace.phase, Phase::Ready | Phase::Removed { .. });
        prop_assert_eq!(step.is_nothing(), !may_move);
        let after = fold(Some(&workspace), &step, moment(0)).unwrap();
        if may_move {
            prop_assert_eq!(after.spec.repository(), Some(&at("/new")));
            prop_assert_eq!(after.spec.path.as_str(), if moves { "/new/trees/x" } else { "/w/x" });
            prop_assert!(Workspace::step(Some(&after), &input, moment(0)).is_nothing());
        }
    }

    /// One at a time, each begun with the effect that ends it; what has ended says what came of it until the next.
    #[test]
    fn what_is_to_come_in_comes_one_after_the_other(inputs in workspace_inputs()) {
        for stride in walk::<Workspace>(inputs) {
            let syncing = |workspace: &Option<Workspace>| workspace.as_ref().and_then(|it| it.syncing().cloned());
            let (before, after) = (syncing(&stride.before), syncing(&stride.after));
            let begins = stride.step.effects.contains(&Effect::SyncWorkspace);
            prop_assert_eq!(begins, before.is_none() && after.is_some(), "{:?}", stride);
            if let (Some(one), Some(other)) = (&before, &after) {
                prop_assert_eq!(one, other);
            }
            if before.is_some() && after.is_none() {
                let ended = matches!(stride.input, WorkspaceInput::Synced { .. });
                prop_assert!(ended && stride.after.unwrap().last_sync.unwrap().end.is_some());
            }
        }
    }

    /// Who is told of a conflict was never told of it before, and works in a folder.
    #[test]
    fn of_a_conflict_is_told_once(inputs in workspace_inputs()) {
        let mut told = Vec::new();
        for stride in walk::<Workspace>(inputs) {
            let WorkspaceInput::Conflicts { other, .. } = &stride.input else { continue };
            for effect in &stride.step.effects {
                let Effect::TellConflict { files, .. } = effect else { continue };
                let phase = stride.before.as_ref().map(|workspace| workspace.phase.clone());
                prop_assert_eq!(phase, Some(Phase::Ready));
                for file in files {
                    prop_assert!(!told.contains(&(*other, file.clone())), "{stride:?}");
                    told.push((*other, file.clone()));
                }
            }
        }
    }

    /// Of what it has followed it follows one after the other, and each again when that comes back, the last first.
    #[test]
    fn what_it_followed_is_followed_again_as_it_was(inputs in workspace_inputs()) {
        for stride in walk::<Workspace>(inputs) {
            let (Some(before), Some(after)) = (&stride.before, &stride.after) else { continue };
            let base = |workspace: &Workspace| workspace.spec.line().map(|line| line.base.clone());
            match &stride.input {
                WorkspaceInput::FollowOn { successor } if !stride.step.is_nothing() => {
                    let last = after.stood_on.last().unwrap();
                    prop_assert_eq!((Some(last.base.clone()), last.workspace), (base(before), successor.of));
                    let base = base(after).unwrap();
                    prop_assert_eq!((base.branch, base.sha), (Some(successor.target.clone()), successor.fork.clone()));
                    prop_assert_ne!(&after.spec.line().unwrap().branch, &successor.target);
                }
                WorkspaceInput::FollowAgain { .. } if !stride.step.is_nothing() => {
                    let last = before.stood_on.last().unwrap();
                    prop_assert_eq!(base(after), Some(last.base.clone()));
                    prop_assert_eq!(after.stood_on.len() + 1, before.stood_on.len());
                }
                _ => prop_assert_eq!((base(before), &before.stood_on), (base(after), &after.stood_on)),
            }
        }
    }

    #[test]
    fn a_repeated_input_changes_nothing(inputs in workspace_inputs()) {
        for (second, stride) in walk::<Workspace>(inputs).iter().enumerate() {
            let (step, _) = repeated(stride, second);
            prop_assert!(step.is_nothing(), "{stride:?} again: {step:?}");
        }
    }
}
