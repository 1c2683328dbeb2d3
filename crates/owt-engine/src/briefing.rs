//! What an agent is told besides its task, made of its records.

use owt_core::attempt::Committer;
use owt_core::briefing::Briefing;
use owt_core::briefing::CommitsBy;
use owt_core::briefing::ContextChoice;
use owt_core::briefing::Line;
use owt_core::briefing::Standing;
use owt_core::briefing::Wanted;
use owt_core::job::Job;
use owt_core::workspace::Ground;
use owt_core::workspace::Workspace;
use owt_core::workspace::Worktree;

/// The text for a job's agent; `None` where that is switched off.
pub(crate) fn briefing(job: &Job, workspace: &Workspace) -> Option<String> {
    let spec = &job.spec;
    if spec.context == ContextChoice::Off {
        return None;
    }
    let wanted = match &spec.task {
        _ if spec.plan_mode => Wanted::Plan,
        Some(task) => Wanted::Work { task },
        None => Wanted::Nothing,
    };
    let commits = match spec.committer {
        Committer::Agent => CommitsBy::Agent,
        Committer::Us => CommitsBy::Owt,
    };
    let standing = standing(&workspace.spec.ground);
    Some(Briefing { wanted, standing, commits, projects: Vec::new(), port: None, environment: None }.text())
}

fn standing(ground: &Ground) -> Standing {
    let line = |line: &Worktree| Line {
        branch: line.branch.to_string(),
        base: line.base.label.clone(),
        commit: line.base.sha.short().to_owned(),
    };
    match ground {
        Ground::Worktree(own) => Standing::Worktree(line(own)),
        Ground::InPlace { line: own, .. } => Standing::Checkout(line(own)),
        Ground::Folder => Standing::Folder,
    }
}
