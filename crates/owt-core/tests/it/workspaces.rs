//! A workspace under any sequence of inputs.

use owt_core::effect::Effect;
use owt_core::workspace::BranchFate;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use proptest::prelude::*;

use crate::inputs::workspace_inputs;
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

    #[test]
    fn a_repeated_input_changes_nothing(inputs in workspace_inputs()) {
        for (second, stride) in walk::<Workspace>(inputs).iter().enumerate() {
            let (step, _) = repeated(stride, second);
            prop_assert!(step.is_nothing(), "{stride:?} again: {step:?}");
        }
    }
}
