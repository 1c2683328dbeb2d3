//! A text of the person's own checkout as it would stand in a worktree: with its paths, ports and names.

use owt_core::environment::MovedPaths;
use owt_core::environment::TemplateValues;
use owt_core::workspace::Workspace;
use owt_core::workspace::Worktree;

/// What becomes of such texts in a workspace.
#[derive(Debug)]
pub(crate) struct MovedText {
    moved: MovedPaths,
    values: Option<TemplateValues>,
}

impl MovedText {
    /// From the main checkout of the workspace's repository.
    pub(crate) fn into(workspace: &Workspace, line: &Worktree) -> Self {
        let (checkout, worktree) = (line.repository.source(), &workspace.spec.path);
        let lease = workspace.outfit.lease.clone();
        Self {
            moved: MovedPaths::new([checkout.clone()], worktree.clone()),
            values: lease.map(|lease| TemplateValues { name: workspace.spec.name.clone(), lease }),
        }
    }

    /// The text there.
    pub(crate) fn of(&self, text: &str) -> String {
        let filled = self.values.as_ref().map(|values| values.render(text).text);
        self.moved.apply(filled.as_deref().unwrap_or(text))
    }
}
