//! The commands, one file each: arguments (their doc comments are the help) and what they do with them. A
//! command asks the server and shows the answer; it must not know git, terminals or files of the product.

pub(crate) mod agents;
mod answer;
mod approvals;
mod attach;
mod branch;
mod cleanup;
mod completions;
mod config;
mod conflicts;
mod create;
mod critic;
pub(crate) mod dashboard;
pub(crate) mod db;
mod delete;
mod demo;
mod demo_agent;
mod diff;
mod doctor;
mod explain;
pub(crate) mod hook;
mod host;
mod host_attach;
mod http_bridge;
mod interrupt;
mod launch;
mod list;
mod logs;
pub(crate) mod man;
mod merge;
mod new;
mod note;
mod notify;
mod pane;
mod person;
mod popup;
mod pr;
mod queue;
mod restore;
mod resume;
mod send;
mod serve;
mod server;
mod session_context;
mod ship;
mod show;
mod skill;
mod status;
mod statusline;
mod stop;
mod sync;
mod undo;
mod usage;
mod version;
mod wait;
mod watch;

use clap::Subcommand;

use crate::context::Call;
use crate::context::Records;
use crate::failure::Failure;

/// What is asked of us.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Dashboard(dashboard::DashboardArgs),
    #[command(visible_alias = "n")]
    New(new::NewArgs),
    Create(create::CreateArgs),
    Branch(branch::BranchArgs),
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    Status(status::StatusArgs),
    Statusline(statusline::StatuslineArgs),
    Show(show::ShowArgs),
    Explain(explain::ExplainArgs),
    Attach(attach::AttachArgs),
    #[command(visible_alias = "s")]
    Switch(attach::AttachArgs),
    Send(send::SendArgs),
    Note(note::NoteArgs),
    Answer(answer::AnswerArgs),
    Wait(wait::WaitArgs),
    Logs(logs::LogsArgs),
    Diff(diff::DiffArgs),
    Interrupt(interrupt::InterruptArgs),
    Stop(stop::StopArgs),
    Resume(resume::ResumeArgs),
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
    #[command(visible_alias = "m")]
    Merge(merge::MergeArgs),
    Conflicts(conflicts::ConflictsArgs),
    Queue(queue::QueueArgs),
    Ship(ship::ShipArgs),
    Critic(critic::CriticArgs),
    Pr(pr::PrArgs),
    Sync(sync::SyncArgs),
    Undo(undo::UndoArgs),
    Restore(restore::RestoreArgs),
    Cleanup(cleanup::CleanupArgs),
    Agents(agents::AgentsArgs),
    Approvals(approvals::ApprovalsArgs),
    Usage(usage::UsageArgs),
    Notify(notify::NotifyArgs),
    Serve(serve::ServeArgs),
    Server(server::ServerArgs),
    Config(config::ConfigArgs),
    Skill(skill::SkillArgs),
    Db(db::DbArgs),
    Doctor(doctor::DoctorArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    Demo(demo::DemoArgs),
    Version(version::VersionArgs),
    #[command(hide = true)]
    Hook(hook::HookArgs),
    /// Tell a session that the person started in a worktree where it is.
    #[command(hide = true)]
    SessionContext,
    #[command(hide = true)]
    Host(host::HostArgs),
    #[command(hide = true)]
    HostAttach(host_attach::HostAttachArgs),
    #[command(hide = true)]
    HttpBridge(http_bridge::HttpBridgeArgs),
    #[command(hide = true)]
    Pane(pane::PaneArgs),
    #[command(hide = true)]
    Popup(popup::PopupArgs),
    #[command(hide = true)]
    DemoAgent(demo_agent::DemoAgentArgs),
}

impl Default for Command {
    fn default() -> Self {
        Self::Dashboard(dashboard::DashboardArgs::default())
    }
}

impl Command {
    /// Does it. What serves sessions takes no context: the folder that a person stands in may be missing there.
    pub(crate) fn run(self, call: Call) -> Result<(), Failure> {
        match self {
            Self::Dashboard(args) => dashboard::run(&args, &call.begin(Records::Command)?),
            Self::New(args) => new::run(&args, &call.begin(Records::Command)?),
            Self::Create(args) => create::run(args, &call.begin(Records::Command)?),
            Self::Branch(args) => branch::run(args, &call.begin(Records::Command)?),
            Self::List(args) => list::run(&args, &call.begin(Records::Command)?),
            Self::Status(args) => status::run(&args, &call.begin(Records::Command)?),
            Self::Statusline(args) => statusline::run(&args, &call.begin(Records::Command)?),
            Self::Show(args) => show::run(&args, &call.begin(Records::Command)?),
            Self::Explain(args) => explain::run(&args, &call.begin(Records::Command)?),
            Self::Usage(args) => usage::run(&args, &call.begin(Records::Command)?),
            Self::Attach(args) | Self::Switch(args) => attach::run(&args, &call.begin(Records::Command)?),
            Self::Send(args) => send::run(&args, &call.begin(Records::Command)?),
            Self::Note(args) => note::run(&args, &call.begin(Records::Command)?),
            Self::Answer(args) => answer::run(&args, &call.begin(Records::Command)?),
            Self::Notify(args) => notify::run(&args, &call.begin(Records::Command)?),
            Self::Wait(args) => wait::run(&args, &call.begin(Records::Command)?),
            Self::Logs(args) => logs::run(&args, &call.begin(Records::Command)?),
            Self::Diff(args) => diff::run(&args, &call.begin(Records::Command)?),
            Self::Interrupt(args) => interrupt::run(&args, &call.begin(Records::Command)?),
            Self::Stop(args) => stop::run(&args, &call.begin(Records::Command)?),
            Self::Resume(args) => resume::run(&args, &call.begin(Records::Command)?),
            Self::Delete(args) => delete::run(&args, &call.begin(Records::Command)?),
            Self::Merge(args) => merge::run(&args, &call.begin(Records::Command)?),
            Self::Queue(args) => queue::run(&args, &call.begin(Records::Command)?),
            Self::Conflicts(args) => conflicts::run(&args, &call.begin(Records::Command)?),
            Self::Ship(args) => ship::run(&args, &call.begin(Records::Command)?),
            Self::Pr(args) => pr::run(&args, &call.begin(Records::Command)?),
            Self::Critic(args) => critic::run(&args, &call.begin(Records::Command)?),
            Self::Sync(args) => sync::run(&args, &call.begin(Records::Command)?),
            Self::Undo(args) => undo::run(&args, &call.begin(Records::Command)?),
            Self::Restore(args) => restore::run(&args, &call.begin(Records::Command)?),
            Self::Cleanup(args) => cleanup::run(&args, &call.begin(Records::Command)?),
            Self::Agents(args) => agents::run(&args, &call.begin(Records::Command)?),
            Self::Approvals(args) => approvals::run(&args, &call.begin(Records::Command)?),
            Self::Serve(args) => serve::run(&args, &call.begin(Records::Own)?),
            Self::Server(args) => server::run(&args, &call.begin(Records::Command)?),
            Self::Db(args) => db::run(&args, &call.begin(Records::Command)?),
            Self::Doctor(args) => doctor::run(&args, &call.begin(Records::Command)?),
            Self::Config(args) => config::run(&args, &call.begin(Records::Command)?),
            Self::Skill(args) => skill::run(&args, &call.begin(Records::Command)?),
            Self::Completions(args) => completions::run(&args, &call.begin(Records::Command)?),
            Self::Man(args) => man::run(&args, &call.begin(Records::Command)?),
            Self::Demo(args) => demo::run(&args, &call.begin(Records::Command)?),
            Self::Version(args) => version::run(&args, &call.begin(Records::Command)?),
            Self::Hook(args) => {
                hook::run(&args, &call.environment);
                Ok(())
            }
            Self::SessionContext => {
                session_context::run(&call.environment);
                Ok(())
            }
            Self::Host(args) => host::run(&args),
            Self::HostAttach(args) => host_attach::run(&args),
            Self::HttpBridge(args) => http_bridge::run(&args, &call.environment),
            Self::Pane(args) => pane::run(&args),
            Self::Popup(args) => popup::run(&args),
            Self::DemoAgent(args) => demo_agent::run(&args, &call.begin(Records::Command)?),
        }
    }
}
