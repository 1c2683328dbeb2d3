//! `owt completions`.

use clap::Args;
use clap::ValueEnum;
use clap_complete::env::EnvCompleter;
use owt_api::ErrorCode;

use crate::completion::ASKED_BY;
use crate::connect;
use crate::context::Context;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  echo 'source <(owt completions bash)' >> ~/.bashrc
  echo 'source <(owt completions zsh)' >> ~/.zshrc
  owt completions fish > ~/.config/fish/completions/owt.fish

The script asks owt itself whenever Tab is pressed, so it knows the workspaces that there are, and goes on to fit
when owt is replaced by another version.";

/// Print the script that lets a shell complete commands, flags and names of workspaces.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl Shell {
    const fn completer(self) -> &'static dyn EnvCompleter {
        match self {
            Self::Bash => &clap_complete::env::Bash,
            Self::Elvish => &clap_complete::env::Elvish,
            Self::Fish => &clap_complete::env::Fish,
            Self::Powershell => &clap_complete::env::Powershell,
            Self::Zsh => &clap_complete::env::Zsh,
        }
    }
}

pub(super) fn run(args: &CompletionsArgs, context: &Context) -> Result<(), Failure> {
    let program = connect::program()?;
    let mut script = Vec::new();
    args.shell
        .completer()
        .write_registration(ASKED_BY, "owt", "owt", program.as_str(), &mut script)
        .map_err(|error| Failure::new(ErrorCode::Internal, format!("no script can be made: {error}")))?;
    let script = String::from_utf8_lossy(&script).into_owned();
    context.output.answer(&script, |_| script.clone())
}
