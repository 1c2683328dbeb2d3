//! `owt popup`: what keys of our own tmux server open over the window of a session.

use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;
use owt_core::AbsPath;

use crate::composition;
use crate::connect;
use crate::failure::Failure;

/// Open something over a session's window.
#[derive(Debug, Args)]
pub(crate) struct PopupArgs {
    /// How the session was started.
    #[arg(long, value_name = "FILE")]
    launch: PathBuf,
    /// What.
    #[arg(value_name = "WHAT")]
    what: What,
}

/// What is opened.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// The board, with the session's workspace selected.
    Board,
    /// The same, with what would land.
    Merge,
    /// The same, with what would go with the workspace.
    Delete,
    /// The board, with a task to be written.
    New,
    /// A line of counts, for as long as somebody reads it.
    Counts,
}

impl What {
    /// The board is that of the repository, so that work begins there where work of the person's begins, and not on what an
    /// agent has made.
    fn words(self, workspace: &AbsPath) -> Vec<String> {
        let root = composition::repository_root(workspace);
        let from = root.iter().flat_map(|root| ["-C", root.as_str()]);
        from.chain(self.command(workspace)).map(str::to_owned).collect()
    }

    fn command(self, workspace: &AbsPath) -> Vec<&str> {
        match self {
            Self::Board => vec!["dashboard", "--select", workspace.as_str()],
            Self::Merge => vec!["dashboard", "--select", workspace.as_str(), "--verb", "merge"],
            Self::Delete => vec!["dashboard", "--select", workspace.as_str(), "--verb", "delete"],
            Self::New => vec!["dashboard", "--verb", "new"],
            Self::Counts => vec!["statusline", "--all-repos", "--follow"],
        }
    }
}

pub(super) fn run(args: &PopupArgs) -> Result<(), Failure> {
    let file = AbsPath::new(&args.launch).map_err(|error| Failure::usage(error.to_string()))?;
    let words = |workspace: &AbsPath| args.what.words(workspace);
    Failure::of_exit_code(owt_terminal::popup::run(&file, &connect::program()?, words))
}
