//! Where the files go: the person's own folder of Claude Code, or the checkout that the command was started in.

use clap::Args;
use owt_api::ErrorCode;
use owt_core::AbsPath;
use serde::Serialize;

use crate::composition;
use crate::context::Context;
use crate::failure::Failure;

/// Names the person's folder of Claude Code; `~/.claude` without it (2.1.197).
const CLAUDE_FOLDER: &str = "CLAUDE_CONFIG_DIR";

#[derive(Debug, Args)]
pub(super) struct TargetArgs {
    /// For you, in every repository (the default): $CLAUDE_CONFIG_DIR, or ~/.claude.
    #[arg(long, conflicts_with = "project")]
    user: bool,
    /// In the checkout that you are in (.claude), for everybody who works in it once it is committed.
    #[arg(long)]
    project: bool,
}

/// For whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// The person.
    User,
    /// A repository.
    Project,
}

/// One of the two folders.
pub(super) struct Target {
    pub(super) place: Place,
    pub(super) folder: AbsPath,
    /// The checkout, where it is one.
    checkout: Option<AbsPath>,
}

impl Target {
    pub(super) fn of(args: &TargetArgs, context: &Context) -> Result<Self, Failure> {
        if args.project { Self::project(context) } else { Self::user(context) }
    }

    /// Both, as far as they are there.
    pub(super) fn all(context: &Context) -> Result<Vec<Self>, Failure> {
        let project = composition::checkout_root(context.folder()).map(Self::in_checkout);
        Ok([Self::user(context)?].into_iter().chain(project).collect())
    }

    fn user(context: &Context) -> Result<Self, Failure> {
        let environment = &context.environment;
        let named = environment.get(CLAUDE_FOLDER).filter(|folder| !folder.is_empty());
        let folder = match named {
            Some(folder) => AbsPath::new(folder).map_err(|error| {
                Failure::usage(format!("{CLAUDE_FOLDER}: {error}"))
                    .hint("set it to an absolute path, or unset it")
            })?,
            None => environment.home().map(|home| home.join(".claude")).ok_or_else(|| {
                Failure::usage("there is no HOME, so where Claude Code looks is not known")
                    .hint(format!("set HOME or {CLAUDE_FOLDER}, or use --project"))
            })?,
        };
        Ok(Self { place: Place::User, folder, checkout: None })
    }

    fn project(context: &Context) -> Result<Self, Failure> {
        composition::checkout_root(context.folder()).map(Self::in_checkout).ok_or_else(no_checkout)
    }

    fn in_checkout(root: AbsPath) -> Self {
        Self { place: Place::Project, folder: root.join(".claude"), checkout: Some(root) }
    }

    /// The folder that stays, whatever is taken out of it.
    pub(super) fn stays(&self) -> &AbsPath {
        self.checkout.as_ref().unwrap_or(&self.folder)
    }

    /// A file of it. What a repository brings along may lead elsewhere, and is not followed.
    pub(super) fn file(&self, path: &str) -> Result<AbsPath, Failure> {
        let file = self.folder.join(path);
        if let Some(root) = &self.checkout {
            let folders = file.as_path().ancestors().skip(1).take_while(|folder| *folder != root.as_path());
            for folder in folders {
                if folder.is_symlink() {
                    let message = format!("{} is a symbolic link", folder.display());
                    return Err(Failure::new(ErrorCode::ForeignFile, message)
                        .hint("a repository's links are not followed: make it a folder, or install for yourself with --user"));
                }
            }
        }
        Ok(file)
    }

    /// Which of these files git has.
    pub(super) fn tracked(&self, paths: &[&str]) -> Result<Vec<bool>, Failure> {
        let Some(root) = &self.checkout else { return Ok(vec![false; paths.len()]) };
        let paths: Vec<String> = paths.iter().map(|path| format!(".claude/{path}")).collect();
        tracked_in(root, &paths)
    }
}

/// Which of these files of a checkout git has.
pub(super) fn tracked_in(root: &AbsPath, paths: &[String]) -> Result<Vec<bool>, Failure> {
    let tracked = composition::tracked(root, paths)?;
    Ok(paths.iter().map(|path| tracked.contains(path)).collect())
}

pub(super) fn no_checkout() -> Failure {
    Failure::new(ErrorCode::NotARepository, "this folder is in no checkout of a git repository")
        .hint("go to one, or name it: owt -C DIR ...")
}
