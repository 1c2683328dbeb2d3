//! Jobs that wait for another one's work, made as flows make them: with messages of their own.

use owt_core::JobId;
use owt_core::Permissions;
use owt_core::WorkspaceId;
use owt_core::attempt::Committer;
use owt_core::briefing::ContextChoice;
use owt_core::effect::Message;
use owt_core::job::Creator;
use owt_core::job::JobInput;
use owt_core::job::JobLimits;
use owt_core::job::JobSpec;
use owt_core::job::Order;
use owt_core::job::PermissionChoice;
use owt_core::job::Terms;
use owt_core::session::Allowance;
use owt_core::session::SessionKind;
use owt_core::session::SessionLimits;
use owt_core::vcs::BranchName;
use owt_core::workspace::Base;
use owt_core::workspace::Ground;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::WorkspaceName;
use owt_core::workspace::WorkspaceSpec;
use owt_core::workspace::Worktree;
use owt_engine::Home;
use owt_ports::Git;
use owt_ports::PrivateFiles;

use super::run::Run;
use super::world::World;
use super::world::path;

impl Run {
    /// A demo agent that starts when some other job has ended well, in a workspace of its own.
    pub(super) fn ask_for_a_follow_up(&mut self) {
        let known: Vec<JobId> = self.ledger.jobs.keys().copied().collect();
        let Some(before) = self.choose(&known) else { return };
        let number = self.next_number();
        let workspace = WorkspaceId::from_bits(u128::MAX - u128::from(number));
        let job = JobId::from_bits(u128::MAX - u128::from(number));
        let environment = Home::new(World::data()).environment(workspace);
        let written = self.world.files.write(&environment, b"{\"HOME\":\"/home/me\",\"PATH\":\"/fake/bin\"}");
        self.note_answer(&format!("follow-up {number} of {before}: environment"), &written);
        if written.is_err() {
            return;
        }
        let spec = Box::new(job_after(before, workspace));
        let create = Message::Job { id: job, input: JobInput::Create { id: job, spec } };
        let spec = Box::new(self.worktree(job, number));
        let make =
            Message::Workspace { id: workspace, input: WorkspaceInput::Request { id: workspace, spec } };
        for message in [create, make] {
            let request = self.next_request();
            let taken = self.engine.dispatch(message, request);
            self.note_answer(&format!("follow-up {number} of {before}"), &taken);
            if taken.is_err() {
                // Whoever makes a workspace takes back what it wrote for one that is not recorded.
                let removed = self.world.files.remove(&Home::new(World::data()).workspace(workspace));
                return self.note_answer("its files go", &removed);
            }
        }
    }

    fn worktree(&self, job: JobId, number: u64) -> WorkspaceSpec {
        let branch = BranchName::new(format!("follow/{number}")).expect("a good name");
        let main = BranchName::new("main").expect("a good name");
        let (git, repository) = (&self.world.git_seen, &self.world.repository);
        let sha = git.resolve(repository, "main").expect("the person never deletes it");
        let base = Base { label: "main".to_owned(), branch: Some(main), sha };
        WorkspaceSpec {
            name: WorkspaceName::of_branch(&branch),
            path: path(&format!("/home/me/work/follow-{number}")),
            ground: Ground::Worktree(Worktree {
                repository: repository.clone(),
                branch,
                adopted: false,
                base,
                follows: None,
                carry: None,
            }),
            job,
            packages: owt_core::workspace::Packages::default(),
            settles: None,
            reviews: None,
        }
    }
}

fn job_after(before: JobId, workspace: WorkspaceId) -> JobSpec {
    JobSpec {
        workspace,
        title: "go on from there".to_owned(),
        task: None,
        delivery: None,
        agent: "demo".to_owned(),
        model: None,
        session: SessionKind::Structured,
        permissions: PermissionChoice::Level(Permissions::Edits),
        plan_mode: false,
        manner: None,
        parents: Vec::new(),
        context: ContextChoice::Full,
        order: Order { depends_on: vec![before], priority: 0 },
        terms: Terms {
            scope: Vec::new(),
            limits: JobLimits {
                session: SessionLimits { wall: None, idle: None },
                attempts: 1,
                allowance: Allowance::default(),
            },
            retry: owt_core::retry::RetryPolicy::default(),
            checks: Vec::new(),
        },
        creator: Creator::Person,
        committer: Committer::Agent,
    }
}
