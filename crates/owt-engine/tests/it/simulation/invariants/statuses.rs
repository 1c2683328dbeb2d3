//! Statuses: at rest, what a list shows is what the world is.

use owt_core::attempt::Attempt;
use owt_core::job::Job;
use owt_core::job::JobOutcome;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_core::status::Status;
use owt_core::status::judge;
use owt_core::workspace::Phase;
use owt_ports::SessionPresence;
use owt_ports::Sessions;
use owt_testkit::simulation::Actor;
use owt_testkit::simulation::Busy;

use super::leases::waits_for_another;
use crate::simulation::run::Run;
use crate::simulation::settings::PLAIN;

pub(super) fn are_true(run: &Run) {
    for workspace in run.ledger.workspaces.values() {
        if workspace.phase != Phase::Ready || workspace.missing {
            continue;
        }
        let job = run.ledger.jobs.get(&workspace.spec.job);
        let newest = job.and_then(Job::newest_attempt).and_then(|id| run.ledger.attempts.get(&id));
        let judgement = judge(workspace, job, newest);
        let Some(attempt) = newest else {
            // It waits for another job; or it was called off before its agent was started, and may have been taken up since
            // and found that the other job did not succeed.
            let expected = match job.and_then(Job::outcome) {
                None if job.is_some_and(|job| waits_for_another(run, job)) => Status::Starting,
                Some(JobOutcome::NeverStarted { .. }) => Status::Failed,
                _ => Status::Exited,
            };
            assert_eq!(judgement.status, expected, "{}: {job:?}", workspace.spec.name);
            continue;
        };
        let possible = possible(run, attempt);
        let status = judgement.status;
        assert!(possible.contains(&status), "{} is called {status:?}, and is {possible:?}", attempt.id);
    }
}

/// What an attempt may be called, from what the world knows of it.
fn possible(run: &Run, attempt: &Attempt) -> Vec<Status> {
    let presence = run.world.sessions_seen.probe(attempt.id).unwrap();
    match presence {
        SessionPresence::Running { .. } => {
            let actor = run.world.stage.actor(attempt.id).expect("whoever lives was cast");
            let plain = run.ledger.jobs[&attempt.spec.job].spec.agent == PLAIN;
            alive(&actor, plain)
        }
        SessionPresence::Ended { exit: Exit::Code { code: 0 }, .. } => match attempt.spec.session {
            // It leaves with 0 only when its one turn has ended well.
            // Stopped while the configuration is broken, its last word is not understood.
            SessionKind::Headless if attempt.stopping.is_some() => vec![Status::Done, Status::Exited],
            SessionKind::Headless => vec![Status::Done],
            _ => vec![Status::Done, Status::Exited, Status::Failed],
        },
        SessionPresence::Ended { exit: Exit::Ended { .. }, .. } => {
            vec![Status::Exited, Status::Failed, Status::Done]
        }
        // Stopped before it could start, and then it could not.
        SessionPresence::Ended { exit: Exit::NotStarted { .. }, .. } | SessionPresence::Never
            if attempt.stopping.is_some() =>
        {
            vec![Status::Exited]
        }
        SessionPresence::Ended { .. } | SessionPresence::Lost | SessionPresence::Never => {
            vec![Status::Failed]
        }
    }
}

fn alive(actor: &Actor, plain: bool) -> Vec<Status> {
    match &actor.busy {
        Busy::Starting => vec![Status::Starting],
        // A headless program takes no further prompt: until its turn it is called working.
        Busy::Idle if actor.kind == SessionKind::Headless => vec![Status::Working],
        Busy::Idle => vec![Status::Idle],
        // Of a program without rules only its stillness is known.
        Busy::Working(_) if plain && actor.kind.is_terminal() => vec![Status::Working, Status::Idle],
        Busy::Working(_) => vec![Status::Working],
        Busy::Asking(..) => vec![Status::WaitingPermission],
    }
}
