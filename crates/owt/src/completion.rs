//! What a shell is told when Tab is pressed: commands, flags and names of agents from their one definition, names of
//! workspaces from the server that runs, names of templates from the person's files. A server that does not run is not
//! started for a key press.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::Arg;
use clap::Command;
use clap::CommandFactory;
use clap_complete::CompleteEnv;
use clap_complete::CompletionCandidate;
use clap_complete::engine::ArgValueCandidates;
use owt_api::ListWorkspaces;
use owt_config::Environment;
use owt_config::Places;

use crate::command_line::CommandLine;
use crate::command_line::Globals;
use crate::connect;
use crate::context::Call;
use crate::context::Records;
use crate::output::Output;

/// The variable by which a shell's script says that it asks, and which shell it is.
pub(crate) const ASKED_BY: &str = "OWT_COMPLETE";

/// How long a key press waits for a server's word: the person sits before a line that does not move.
const PATIENCE: Duration = Duration::from_millis(500);

/// Arguments that name a workspace that there is.
const WORKSPACE_ARGUMENTS: [&str; 2] = ["name", "names"];

/// Answers a shell, when it is one that asks.
pub(crate) fn answer(arguments: &[OsString], environment: &Environment) -> Option<ExitCode> {
    environment.get(ASKED_BY)?;
    let cwd = owt_config::environment::working_directory().ok();
    let answered = CompleteEnv::with_factory(definition)
        .var(ASKED_BY)
        .try_complete(arguments.iter().cloned(), cwd.as_ref().map(owt_core::AbsPath::as_path));
    match answered {
        Ok(true) => Some(ExitCode::SUCCESS),
        // The variable names no shell: then it is an ordinary command.
        Ok(false) => None,
        // There is nobody to tell: an error in the middle of a line that is being typed helps nobody.
        Err(_) => Some(ExitCode::FAILURE),
    }
}

/// The command line, with the names that are there now.
fn definition() -> Command {
    CommandLine::command().mut_subcommands(|command| command.mut_args(with_names))
}

fn with_names(argument: Arg) -> Arg {
    match argument.get_id().as_str() {
        name if WORKSPACE_ARGUMENTS.contains(&name) => argument.add(ArgValueCandidates::new(workspaces)),
        "template" => argument.add(ArgValueCandidates::new(templates)),
        "agent" => argument.add(ArgValueCandidates::new(agents)),
        _ => argument,
    }
}

fn workspaces() -> Vec<CompletionCandidate> {
    let listed = running_list().unwrap_or_default();
    let candidate = |workspace: owt_api::Workspace| {
        CompletionCandidate::new(workspace.name).help(workspace.title.map(Into::into))
    };
    listed.into_iter().map(candidate).collect()
}

/// Those that are built in. The person's own tools are known to a server only that has their configuration at hand.
fn agents() -> Vec<CompletionCandidate> {
    let built_in = owt_agents::Catalog::built_in();
    let named = built_in.manifests().iter().map(|manifest| {
        CompletionCandidate::new(manifest.name.to_string()).help(Some(manifest.display_name.clone().into()))
    });
    named.collect()
}

/// Ours and the person's own. The configuration itself need not be sound for that.
fn templates() -> Vec<CompletionCandidate> {
    let places = Places::of(&Environment::capture());
    let names = places.map(|places| owt_config::template_names(&places.templates()));
    names.unwrap_or_default().into_iter().map(CompletionCandidate::new).collect()
}

fn running_list() -> Option<Vec<owt_api::Workspace>> {
    let environment = Environment::capture();
    let globals = Globals::none();
    let output = Output::new(&globals, &environment);
    let context = Call { globals, environment, output }.begin(Records::Own).ok()?;
    let mut client = connect::running_within(&context, PATIENCE).ok()??;
    client.list(&ListWorkspaces { cwd: context.cwd(), all_repos: false }).ok()
}
