//! `owt branch`.

use clap::Args;
use owt_api::NewWorkspace;
use owt_api::Place;

use crate::command::launch::Launch;
use crate::command::new::TaskArgs;
use crate::context::Context;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  owt branch \"Rename the configuration keys\"
  owt branch --branch fix/typo \"Mend the typos in the README\"";

/// Start an agent on a task in the current checkout, on a branch there (`owt new --in-place`).
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BranchArgs {
    #[command(flatten)]
    task: TaskArgs,
    /// The branch; named from the task when absent.
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    #[command(flatten)]
    launch: Launch,
}

pub(super) fn run(args: BranchArgs, context: &Context) -> Result<(), Failure> {
    let request = NewWorkspace { branch: args.branch, place: Place::InPlace, ..args.launch.request(context) };
    let request = args.task.fill(request, &args.launch, context)?;
    args.launch.carry_out(request, context)
}
