//! The commands, one file each: arguments (their doc comments are the help) and what they do with them. A
//! command asks the server and shows the answer; it must not know git, terminals or files of the product.

mod agents;
mod answer;
mod approvals;
mod attach;
mod branch;
mod create;
mod delete;
mod demo;
mod demo_agent;
mod hook;
mod host;
mod host_attach;
mod launch;
mod list;
mod logs;
mod new;
mod restore;
mod send;
mod serve;
mod server;
mod show;
mod status;
mod stop;
mod version;
mod wait;

use clap::Subcommand;

use crate::context::Context;
use crate::context::Records;
use crate::failure::Failure;

/// What is asked of us.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(visible_alias = "n")]
    New(new::NewArgs),
    Create(create::CreateArgs),
    Branch(branch::BranchArgs),
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    Status(status::StatusArgs),
    Show(show::ShowArgs),
    Attach(attach::AttachArgs),
    #[command(visible_alias = "s")]
    Switch(attach::AttachArgs),
    Send(send::SendArgs),
    Answer(answer::AnswerArgs),
    Wait(wait::WaitArgs),
    Logs(logs::LogsArgs),
    Stop(stop::StopArgs),
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
    Restore(restore::RestoreArgs),
    Agents(agents::AgentsArgs),
    Approvals(approvals::ApprovalsArgs),
    Serve(serve::ServeArgs),
    Server(server::ServerArgs),
    Demo(demo::DemoArgs),
    Version(version::VersionArgs),
    #[command(hide = true)]
    Hook(hook::HookArgs),
    #[command(hide = true)]
    Host(host::HostArgs),
    #[command(hide = true)]
    HostAttach(host_attach::HostAttachArgs),
    #[command(hide = true)]
    DemoAgent(demo_agent::DemoAgentArgs),
}

impl Command {
    /// Whose log records it writes.
    pub(crate) const fn records(&self) -> Records {
        match self {
            Self::Serve(_) | Self::Host(_) | Self::HostAttach(_) => Records::Own,
            _ => Records::Command,
        }
    }

    /// Does it.
    pub(crate) fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::New(args) => new::run(&args, context),
            Self::Create(args) => create::run(args, context),
            Self::Branch(args) => branch::run(args, context),
            Self::List(args) => list::run(&args, context),
            Self::Status(args) => status::run(&args, context),
            Self::Show(args) => show::run(&args, context),
            Self::Attach(args) | Self::Switch(args) => attach::run(&args, context),
            Self::Send(args) => send::run(&args, context),
            Self::Answer(args) => answer::run(&args, context),
            Self::Wait(args) => wait::run(&args, context),
            Self::Logs(args) => logs::run(&args, context),
            Self::Stop(args) => stop::run(&args, context),
            Self::Delete(args) => delete::run(&args, context),
            Self::Restore(args) => restore::run(&args, context),
            Self::Agents(args) => agents::run(&args, context),
            Self::Approvals(args) => approvals::run(&args, context),
            Self::Serve(args) => serve::run(&args, context),
            Self::Server(args) => server::run(&args, context),
            Self::Demo(args) => demo::run(&args, context),
            Self::Version(args) => version::run(&args, context),
            Self::Hook(args) => hook::run(&args, context),
            Self::Host(args) => host::run(&args),
            Self::HostAttach(args) => host_attach::run(&args),
            Self::DemoAgent(args) => demo_agent::run(&args, context),
        }
    }
}
