//! `owt pr create`.

use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use owt_api::CreatePullRequest;
use owt_api::ErrorCode;

use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;
use crate::failure::in_words;
use crate::rendering::pull_requests;

/// More than the longest text that a pull request may have (65,536 characters), in bytes: of what is longer only the beginning is said,
/// and that it is.
const MAX_BODY: u64 = 8 * 65_536;

/// Push a workspace's branch, and make a pull request of it.
///
/// What the critic denies is not pushed, and neither is work that is not committed, without --commit. The branch is never
/// forced. Where it has a pull request already, that is taken. Without --title and --body they are written from the task, the
/// commits and what changed.
#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// What it is called.
    #[arg(short, long, value_name = "TEXT")]
    title: Option<String>,
    /// What it says, in Markdown.
    #[arg(short, long, value_name = "TEXT")]
    body: Option<String>,
    /// A file that says it; `-` is standard input.
    #[arg(short = 'F', long, value_name = "FILE", conflicts_with = "body")]
    body_file: Option<PathBuf>,
    /// As a draft.
    #[arg(short, long)]
    draft: bool,
    /// The branch that it is to come into (default: the one that the workspace was made from).
    #[arg(long, value_name = "BRANCH")]
    base: Option<String>,
    /// Commit what is left first, as `owt ship` does.
    #[arg(long)]
    commit: bool,
    /// The message of that commit (default: from the task and what changed).
    #[arg(short, long, value_name = "TEXT", requires = "commit")]
    message: Option<String>,
    /// Say what would be done, and do nothing; no host is asked.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &CreateArgs, context: &Context) -> Result<(), Failure> {
    let body = match &args.body_file {
        Some(file) => Some(read(file, context)?),
        None => args.body.clone(),
    };
    let request = CreatePullRequest {
        workspace: selector(&args.name, context),
        title: args.title.clone(),
        body,
        draft: args.draft,
        base: args.base.clone(),
        commit: args.commit,
        message: args.message.clone(),
        dry_run: args.dry_run,
        environment: context.environment.variables().clone(),
    };
    let created = match args.dry_run {
        true => context.ask("looking ahead", |client| client.create_pull_request(&request))?,
        false => context.tell("pushing the branch", |client| client.create_pull_request(&request))?,
    };
    context.output.answer(&created, |_| pull_requests::created(&created))
}

fn read(file: &Path, context: &Context) -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(ErrorCode::PromptFile, format!("{}: {}", file.display(), in_words(&error)))
    };
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().take(MAX_BODY).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let opened = std::fs::File::open(context.path(file)).map_err(unreadable)?;
        opened.take(MAX_BODY).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    text(bytes).map_err(|error| unreadable(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))
}

/// A character that the limit has cut through is left out with what follows it.
fn text(mut bytes: Vec<u8>) -> Result<String, std::string::FromUtf8Error> {
    if let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
        && u64::try_from(bytes.len()) == Ok(MAX_BODY)
    {
        bytes.truncate(error.valid_up_to());
    }
    String::from_utf8(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_the_limit_cuts_through_is_left_out_and_no_other() {
        let limit = usize::try_from(MAX_BODY).unwrap();
        let mut long = "x".repeat(limit - 1).into_bytes();
        long.push("ä".as_bytes()[0]);
        assert_eq!(text(long).map(|text| text.len()), Ok(limit - 1));
        assert_eq!(text("ä".into()).as_deref(), Ok("ä"));
        assert!(text(vec![b'x', 0xc3]).is_err(), "it is no text, and short");
    }
}
