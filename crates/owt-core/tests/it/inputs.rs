//! Inputs out of a small world: few ids, so that those of different things meet.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::JobId;
use owt_core::Permissions;
use owt_core::RepositoryId;
use owt_core::RequestId;
use owt_core::SnapshotId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::agent_failure::AgentFailure;
use owt_core::agent_failure::AgentFailureKind;
use owt_core::attempt::AttemptInput;
use owt_core::attempt::AttemptSpec;
use owt_core::attempt::Committer;
use owt_core::attempt::Ending;
use owt_core::attempt::Handover;
use owt_core::attempt::Launched;
use owt_core::attempt::Release;
use owt_core::attempt::RunningTurn;
use owt_core::attempt::Verdict;
use owt_core::briefing::ContextChoice;
use owt_core::delivery::DeliveryInput;
use owt_core::delivery::DeliverySpec;
use owt_core::delivery::Injection;
use owt_core::delivery::Meaning;
use owt_core::delivery::Sender;
use owt_core::delivery::SessionEnd;
use owt_core::edits::EditedFile;
use owt_core::evidence::Activity;
use owt_core::evidence::Ask;
use owt_core::evidence::Evidence;
use owt_core::evidence::FinalWord;
use owt_core::evidence::Helper;
use owt_core::evidence::Observation;
use owt_core::evidence::ReportId;
use owt_core::evidence::Source;
use owt_core::evidence::Usage;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::job::Beforehand;
use owt_core::job::Creator;
use owt_core::job::JobInput;
use owt_core::job::JobLimits;
use owt_core::job::JobSpec;
use owt_core::job::LastTurn;
use owt_core::job::Order;
use owt_core::job::PermissionChoice;
use owt_core::job::Resumption;
use owt_core::job::Terms;
use owt_core::landing::WhenConflicting;
use owt_core::question::Question;
use owt_core::retry::RetryPolicy;
use owt_core::session::Allowance;
use owt_core::session::Channel;
use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_core::session::SessionLimits;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_core::workspace::Base;
use owt_core::workspace::BranchFate;
use owt_core::workspace::Ground;
use owt_core::workspace::Removal;
use owt_core::workspace::RemovalReport;
use owt_core::workspace::Successor;
use owt_core::workspace::Sync;
use owt_core::workspace::SyncEnd;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::WorkspaceName;
use owt_core::workspace::WorkspaceSpec;
use owt_core::workspace::Worktree;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::from_bits(1);
pub(crate) const JOB: JobId = JobId::from_bits(2);
pub(crate) const ATTEMPT: AttemptId = AttemptId::from_bits(3);
pub(crate) const DELIVERY: DeliveryId = DeliveryId::from_bits(4);

fn failure() -> Failure {
    Failure::new(FailureKind::Git, "it did not work")
}

fn attempt_id() -> impl Strategy<Value = AttemptId> {
    (3u128..6).prop_map(AttemptId::from_bits)
}

fn delivery_id() -> impl Strategy<Value = DeliveryId> {
    (4u128..7).prop_map(DeliveryId::from_bits)
}

fn job_id() -> impl Strategy<Value = JobId> {
    (10u128..13).prop_map(JobId::from_bits)
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (0i64..60_000).prop_map(Timestamp::from_millis)
}

fn end_reason() -> impl Strategy<Value = EndReason> {
    prop_oneof![
        Just(EndReason::Requested),
        Just(EndReason::WallLimit),
        Just(EndReason::IdleLimit),
        Just(EndReason::LogFull),
    ]
}

/// Every way in which a program can end.
pub(crate) fn exit() -> impl Strategy<Value = Exit> {
    prop_oneof![
        (0i32..3).prop_map(|code| Exit::Code { code }),
        Just(Exit::Signal { signal: 9 }),
        end_reason().prop_map(|reason| Exit::Ended { reason }),
        Just(Exit::NotStarted { errno: 2 }),
    ]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Succeeded),
        Just(Verdict::Exited),
        Just(Verdict::Failed { message: "exit code 1".to_owned() }),
        Just(Verdict::Stopped),
        Just(Verdict::Lost),
        Just(Verdict::NotStarted { failure: failure() }),
    ]
}

fn session_kind() -> impl Strategy<Value = SessionKind> {
    prop_oneof![
        Just(SessionKind::Headless),
        Just(SessionKind::Structured),
        Just(SessionKind::Tmux),
        Just(SessionKind::Pty)
    ]
}

fn committer() -> impl Strategy<Value = Committer> {
    prop_oneof![Just(Committer::Agent), Just(Committer::Us)]
}

fn attempt_spec() -> impl Strategy<Value = AttemptSpec> {
    (session_kind(), option::of(delivery_id()), committer(), 1u64..4).prop_map(
        |(session, delivery, committer, token)| AttemptSpec {
            job: JOB,
            workspace: WORKSPACE,
            number: 1,
            token,
            session,
            delivery,
            committer,
            resumes: None,
            home: (session == SessionKind::Pty).then_some(SessionKind::Structured),
            allowance: Allowance {
                turns: (token == 2).then_some(1),
                cost_micro_usd: (token == 3).then_some(5),
            },
        },
    )
}

fn activity() -> impl Strategy<Value = Activity> {
    prop_oneof![
        Just(Activity::Starting),
        Just(Activity::Working),
        Just(Activity::Idle),
        Just(Activity::Idle),
        Just(Activity::WaitingPermission),
        Just(Activity::Blocked { advice: "log in".to_owned() }),
    ]
}

fn request() -> impl Strategy<Value = String> {
    (1u8..3).prop_map(|number| format!("r{number}"))
}

fn observation() -> impl Strategy<Value = Observation> {
    let permission = |request| Ask::permission(request, "edit".to_owned(), String::new(), "{}".to_owned());
    let question =
        |request| Ask::question(request, vec![Question::plain("Why?".to_owned())], "{}".to_owned());
    let word = option::of(any::<bool>()).prop_map(|failed| {
        let word = failed.map(|failed| FinalWord { failed, text: "that is all".to_owned(), kind: None });
        Observation::TurnEnded { word }
    });
    prop_oneof![
        Just(Observation::Conversation { id: "c1".to_owned(), model: None }),
        delivery_id().prop_map(|delivery| Observation::PromptRead { delivery }),
        activity().prop_map(|activity| Observation::Doing { activity }),
        request().prop_map(move |request| Observation::Asks { ask: permission(request) }),
        request().prop_map(move |request| Observation::Asks { ask: question(request) }),
        request().prop_map(|request| Observation::AskSettled { request }),
        word,
        vec(Just(Helper { id: "h1".to_owned(), task: "look".to_owned() }), 0..2)
            .prop_map(|helpers| Observation::Helpers { helpers }),
        vec("[ab]", 1..3).prop_map(|told| {
            let workspace = AbsPath::new("/w").expect("it is absolute");
            let files = told.iter().filter_map(|told| EditedFile::seen_from(&workspace, told)).collect();
            Observation::Edited { files }
        }),
        (0u64..3).prop_map(|output_tokens| Observation::Used {
            usage: Usage { output_tokens, ..Usage::default() }
        }),
    ]
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let source = prop_oneof![
        Just(Source::Protocol),
        Just(Source::Hook),
        Just(Source::Transcript),
        Just(Source::Screen)
    ];
    let held = prop_oneof![Just(0u64), 0u64..5_000];
    (observation(), source, moment(), option::of(1u64..40), held).prop_map(
        |(observation, source, at, place, held_ms)| Evidence {
            observation,
            source,
            at,
            place,
            held_ms,
            reading: None,
            about: None,
        },
    )
}

/// What a hook reports; few names, so that some come again.
fn reported() -> impl Strategy<Value = AttemptInput> {
    (moment(), 0u64..3, vec(observation(), 1..4)).prop_map(|(at, digest, seen)| {
        let evidence = |observation| Evidence {
            observation,
            source: Source::Hook,
            at,
            place: None,
            held_ms: 0,
            reading: None,
            about: None,
        };
        let seen = seen.into_iter().map(evidence).collect();
        AttemptInput::Reported { report: ReportId { at, digest }, seen }
    })
}

fn launched() -> impl Strategy<Value = Result<Launched, Failure>> {
    let ok = (moment(), option::of(delivery_id()))
        .prop_map(|(at, carried)| Ok(Launched { host_pid: 77, at, carried }));
    prop_oneof![5 => ok, 1 => Just(Err(failure()))]
}

/// Anything that can be told to an attempt.
fn attempt_input() -> impl Strategy<Value = AttemptInput> {
    let release = prop_oneof![Just(Release::Refused), Just(Release::Settled), Just(Release::Uncertain)];
    prop_oneof![
        1 => attempt_spec().prop_map(|spec| AttemptInput::Begin { id: ATTEMPT, spec }),
        2 => delivery_id().prop_map(|delivery| AttemptInput::Carrying { delivery }),
        3 => launched().prop_map(|result| AttemptInput::Launched { result }),
        12 => evidence().prop_map(|evidence| AttemptInput::Seen { evidence }),
        4 => reported(),
        5 => delivery_id().prop_map(|delivery| AttemptInput::Assign { delivery, meaning: Meaning::Words }),
        4 => delivery_id().prop_map(|delivery| AttemptInput::Delivered { delivery }),
        3 => (delivery_id(), release)
            .prop_map(|(delivery, release)| AttemptInput::Released { delivery, release }),
        1 => end_reason().prop_map(|reason| AttemptInput::Stop { reason }),
        2 => (1u128..4).prop_map(|bits| AttemptInput::Interrupt { request: RequestId::from_bits(bits) }),
        2 => handover().prop_map(|handover| AttemptInput::HandOver { handover }),
        1 => (exit(), moment()).prop_map(|(exit, at)| AttemptInput::Ended { exit, at }),
        1 => Just(AttemptInput::Lost),
        2 => option::of(Just(failure())).prop_map(|failure| AttemptInput::Committed { failure }),
    ]
}

fn handover() -> impl Strategy<Value = Handover> {
    let turn =
        prop_oneof![Just(RunningTurn::Finished), Just(RunningTurn::Interrupted), Just(RunningTurn::CutOff)];
    (session_kind(), turn).prop_map(|(kind, turn)| Handover {
        channel: Channel { kind, home: None },
        turn,
        message: None,
    })
}

fn resumption() -> impl Strategy<Value = Resumption> {
    let beforehand = prop_oneof![Just(Beforehand::Nothing), Just(Beforehand::Equip)];
    let conversation = option::weighted(0.8, Just("c-1".to_owned()));
    (option::weighted(0.7, attempt_id()), conversation, option::of(session_kind()), beforehand).prop_map(
        |(after, conversation, kind, beforehand)| Resumption {
            after,
            conversation,
            message: None,
            channel: kind.map(|kind| Channel { kind, home: None }),
            beforehand,
            turn: LastTurn::Over,
        },
    )
}

fn delivery_spec() -> DeliverySpec {
    DeliverySpec {
        workspace: WORKSPACE,
        text: AbsPath::new("/owt/messages/x.txt").unwrap(),
        bytes: 5,
        digest: None,
        preview: "do it".to_owned(),
        sender: Sender::Person,
        meaning: Meaning::Words,
    }
}

fn injection() -> impl Strategy<Value = Injection> {
    prop_oneof![
        3 => Just(Injection::Done),
        1 => Just(Injection::Unknown),
        2 => Just(Injection::NeedsOneLine),
        2 => Just(Injection::LineTaken),
        1 => Just(Injection::NoSession),
        1 => Just(Injection::Impossible { failure: failure() }),
    ]
}

/// Anything that can be told to a delivery.
fn delivery_input() -> impl Strategy<Value = DeliveryInput> {
    let end = prop_oneof![Just(SessionEnd::Well), Just(SessionEnd::Otherwise)];
    prop_oneof![
        1 => Just(DeliveryInput::Create { id: DELIVERY, spec: delivery_spec() }),
        2 => Just(DeliveryInput::MustWait { reason: "the agent is working".to_owned() }),
        6 => attempt_id().prop_map(|attempt| DeliveryInput::Assigned { attempt }),
        1 => attempt_id().prop_map(|attempt| DeliveryInput::Carried { attempt }),
        6 => (attempt_id(), injection())
            .prop_map(|(attempt, injection)| DeliveryInput::Injection { attempt, injection }),
        3 => attempt_id().prop_map(|attempt| DeliveryInput::Read { attempt, source: Source::Hook }),
        2 => attempt_id().prop_map(|attempt| DeliveryInput::Unconfirmed { attempt }),
        2 => attempt_id().prop_map(|attempt| DeliveryInput::Unrecorded { attempt }),
        1 => Just(DeliveryInput::NoSession { reason: "it never started".to_owned() }),
        2 => (attempt_id(), end).prop_map(|(attempt, end)| DeliveryInput::SessionEnded { attempt, end }),
    ]
}

fn job_spec() -> impl Strategy<Value = JobSpec> {
    (vec(job_id(), 0..3), session_kind(), committer(), 0u32..3).prop_map(
        |(depends_on, session, committer, attempts)| JobSpec {
            workspace: WORKSPACE,
            title: "a job".to_owned(),
            task: None,
            delivery: Some(DELIVERY),
            agent: "demo".to_owned(),
            model: None,
            session,
            permissions: PermissionChoice::Level(Permissions::Edits),
            plan_mode: false,
            manner: None,
            parents: Vec::new(),
            context: ContextChoice::Full,
            order: Order { depends_on, priority: 0 },
            terms: Terms {
                scope: Vec::new(),
                limits: JobLimits {
                    session: SessionLimits { wall: None, idle: None },
                    attempts: 1,
                    allowance: Allowance::default(),
                },
                checks: Vec::new(),
                retry: RetryPolicy { attempts, delay: Duration::from_secs(1), max_wait: None },
            },
            creator: Creator::Person,
            committer,
        },
    )
}

/// How an attempt may have failed.
fn ending() -> impl Strategy<Value = Ending> {
    let kind = prop_oneof![
        Just(AgentFailureKind::Overload),
        Just(AgentFailureKind::Auth),
        option::of(0i64..100_000_000)
            .prop_map(|ms| AgentFailureKind::RateLimit { resets_at: ms.map(Timestamp::from_millis) }),
    ];
    let failure = kind.prop_map(|kind| AgentFailure { kind, message: "no".to_owned() });
    let conversation = option::weighted(0.9, Just("c-1".to_owned()));
    (option::weighted(0.9, failure), conversation, prop::bool::weighted(0.9)).prop_map(
        |(failure, conversation, message_read)| Ending { failure, conversation, message_read, channel: None },
    )
}

/// Anything that can be told to a job.
fn job_input() -> impl Strategy<Value = JobInput> {
    prop_oneof![
        2 => job_spec().prop_map(|spec| JobInput::Create { id: JOB, spec: Box::new(spec) }),
        4 => Just(JobInput::WorkspaceReady),
        1 => Just(JobInput::WorkspaceFailed { failure: failure() }),
        5 => (job_id(), prop::bool::weighted(0.9))
            .prop_map(|(job, success)| JobInput::DependencyEnded { job, success }),
        1 => Just(JobInput::Enqueued),
        4 => (attempt_id(), 0u64..5).prop_map(|(attempt, token)| JobInput::Claimed { attempt, token }),
        4 => (attempt_id(), 0u64..5, verdict(), option::weighted(0.2, resumption()), ending())
            .prop_map(|(attempt, token, verdict, next, ending)| {
                let goes_on = next.map(|next| Box::new(Resumption { after: Some(attempt), ..next }));
                JobInput::AttemptEnded { attempt, token, verdict, goes_on, ending }
            }),
        4 => attempt_id().prop_map(|after| JobInput::RetryPlanned {
            resumption: Resumption {
                after: Some(after),
                conversation: Some("c-1".to_owned()),
                message: None,
                channel: None,
                beforehand: Beforehand::Nothing,
                turn: LastTurn::Over,
            },
        }),
        1 => Just(JobInput::Cancel),
        1 => Just(JobInput::WorkspaceRemoved),
        2 => resumption().prop_map(|resumption| JobInput::Resume { resumption }),
    ]
}

fn removal() -> impl Strategy<Value = Removal> {
    let fate = prop_oneof![Just(BranchFate::Keep), Just(BranchFate::Delete)];
    (1u128..4, fate).prop_map(|(bits, branch)| Removal {
        snapshot: SnapshotId::from_bits(bits),
        branch,
        landed: None,
    })
}

fn emptied() -> impl Strategy<Value = Result<RemovalReport, Failure>> {
    let report = any::<bool>().prop_map(|known| {
        let head = known.then(|| ObjectId::new("a".repeat(40)).unwrap());
        Ok(RemovalReport { head, ..RemovalReport::default() })
    });
    prop_oneof![4 => report, 1 => Just(Err(failure()))]
}

/// The branch `x`, made from `parent`.
fn line() -> Worktree {
    let branch = |name: &str| BranchName::new(name).unwrap();
    let repository = Repository {
        id: RepositoryId::from_bits(1),
        common_dir: AbsPath::new("/r/.git").unwrap(),
        root: AbsPath::new("/r").unwrap(),
        name: "r".to_owned(),
        stand_in: None,
    };
    let sha = ObjectId::new("e".repeat(40)).unwrap();
    let base = Base { label: "parent".to_owned(), branch: Some(branch("parent")), sha };
    Worktree { repository, branch: branch("x"), adopted: false, follows: None, base, carry: None }
}

fn workspace_spec() -> WorkspaceSpec {
    WorkspaceSpec {
        name: WorkspaceName::new("x"),
        path: AbsPath::new("/w/x").unwrap(),
        ground: Ground::Worktree(line()),
        job: JOB,
        packages: owt_core::workspace::Packages::default(),
        settles: None,
        reviews: None,
    }
}

fn conflicts() -> impl Strategy<Value = WorkspaceInput> {
    (2..4_u128, vec(prop_oneof![Just("a"), Just("b")], 1..3)).prop_map(|(other, files)| {
        WorkspaceInput::Conflicts {
            other: WorkspaceId::from_bits(other),
            name: WorkspaceName::new("other"),
            files: files.into_iter().map(str::to_owned).collect(),
        }
    })
}

/// What it follows lands, or comes back.
fn follow() -> impl Strategy<Value = WorkspaceInput> {
    let branch = |name: &str| BranchName::new(name).unwrap();
    let successor = move |(of, target)| Successor {
        of: WorkspaceId::from_bits(of),
        branch: branch("parent"),
        target: branch(target),
        fork: ObjectId::new("d".repeat(40)).unwrap(),
        remade: None,
    };
    prop_oneof![
        (2..4_u128, prop_oneof![Just("main"), Just("parent"), Just("x")])
            .prop_map(move |of| WorkspaceInput::FollowOn { successor: successor(of) }),
        (2..4_u128).prop_map(|of| WorkspaceInput::FollowAgain { of: WorkspaceId::from_bits(of) }),
    ]
}

fn sync() -> impl Strategy<Value = WorkspaceInput> {
    let commit = |digit: &str| ObjectId::new(digit.repeat(40)).unwrap();
    prop_oneof![Just("a"), Just("b")].prop_map(move |source| WorkspaceInput::Sync {
        sync: Sync {
            source: commit(source),
            name: "main".to_owned(),
            before: commit("c"),
            conflicts: WhenConflicting::Stop,
            settler: None,
            fork: None,
        },
    })
}

fn synced() -> impl Strategy<Value = WorkspaceInput> {
    let end = prop_oneof![Just(SyncEnd::UpToDate), Just(SyncEnd::Failed { failure: failure() })];
    end.prop_map(|end| WorkspaceInput::Synced { end })
}

/// Anything that can be told to a workspace.
fn workspace_input() -> impl Strategy<Value = WorkspaceInput> {
    prop_oneof![
        1 => Just(WorkspaceInput::Request { id: WORKSPACE, spec: Box::new(workspace_spec()) }),
        4 => option::weighted(0.2, Just(failure()))
            .prop_map(|failure| WorkspaceInput::Prepared { failure }),
        1 => Just(WorkspaceInput::JobNeverStarted { failure: failure() }),
        1 => Just(WorkspaceInput::Discarded),
        3 => removal().prop_map(|removal| WorkspaceInput::Remove { removal }),
        4 => emptied().prop_map(|result| WorkspaceInput::Emptied { result }),
        4 => any::<bool>().prop_map(|gone| WorkspaceInput::BranchSettled { gone }),
        2 => Just(WorkspaceInput::Restore),
        2 => sync(),
        2 => synced(),
        3 => option::of(Just(failure())).prop_map(|failure| WorkspaceInput::Restored { failure }),
        2 => any::<bool>().prop_map(|present| WorkspaceInput::Found { present }),
        2 => conflicts(),
        2 => follow(),
    ]
}

/// A whole life: it begins, and mostly is started; then anything may come.
pub(crate) fn attempt_inputs() -> impl Strategy<Value = Vec<AttemptInput>> {
    (attempt_spec(), option::weighted(0.9, launched()), vec(attempt_input(), 0..80)).prop_map(
        |(spec, launched, rest)| {
            let begin = AttemptInput::Begin { id: ATTEMPT, spec };
            let launched = launched.map(|result| AttemptInput::Launched { result });
            std::iter::once(begin).chain(launched).chain(rest).collect()
        },
    )
}

/// A message is accepted; then anything may come.
pub(crate) fn delivery_inputs() -> impl Strategy<Value = Vec<DeliveryInput>> {
    vec(delivery_input(), 0..60).prop_map(|rest| {
        let create = DeliveryInput::Create { id: DELIVERY, spec: delivery_spec() };
        std::iter::once(create).chain(rest).collect()
    })
}

/// A job is asked for; then anything may come.
pub(crate) fn job_inputs() -> impl Strategy<Value = Vec<JobInput>> {
    (job_spec(), vec(job_input(), 0..60)).prop_map(|(spec, rest)| {
        let create = JobInput::Create { id: JOB, spec: Box::new(spec) };
        std::iter::once(create).chain(rest).collect()
    })
}

/// A workspace is asked for, and mostly made; then anything may come.
pub(crate) fn workspace_inputs() -> impl Strategy<Value = Vec<WorkspaceInput>> {
    (option::weighted(0.1, Just(failure())), vec(workspace_input(), 0..60)).prop_map(|(failure, rest)| {
        let request = WorkspaceInput::Request { id: WORKSPACE, spec: Box::new(workspace_spec()) };
        [request, WorkspaceInput::Prepared { failure }].into_iter().chain(rest).collect()
    })
}
