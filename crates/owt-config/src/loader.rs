//! Reading the files at given paths. Which paths these are is somebody else's knowledge.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::io::Read;

use owt_core::AbsPath;

use crate::assemble::FlagValue;
use crate::assemble::SourceFile;
use crate::assemble::Sources;
use crate::assemble::assemble;
use crate::origin::FileLayer;
use crate::origin::Origin;
use crate::origin::Position;
use crate::problem::InvalidConfiguration;
use crate::problem::Problem;
use crate::problem::ProblemKind;
use crate::settings::Settings;

/// The names that a repository's file may have.
pub const REPOSITORY_FILES: [&str; 2] = [".worktreerc.toml", ".worktreerc"];
/// No configuration that people write comes near.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Where configuration files may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigPaths {
    /// The person's file; that it does not exist is no fault.
    pub user: AbsPath,
    /// The file that holds where `user` does not exist: the original's `~/.worktreerc`. `None` where nobody looks.
    pub user_fallback: Option<AbsPath>,
    /// The repository's root; `None` outside of repositories.
    pub repository_root: Option<AbsPath>,
}

impl ConfigPaths {
    /// The person's file: the one that is there, or else where it would be.
    pub fn user_file(&self) -> AbsPath {
        let fallback = self.own_fallback().filter(|path| path.as_path().exists());
        fallback.filter(|_| !self.user.as_path().exists()).unwrap_or(&self.user).clone()
    }

    /// In a repository whose root is the home folder `.worktreerc` is the repository's, which may say less.
    fn own_fallback(&self) -> Option<&AbsPath> {
        let is_repositorys = |path: &AbsPath| path.parent() == self.repository_root;
        self.user_fallback.as_ref().filter(|path| !is_repositorys(path))
    }

    /// The repository's file: the one that is there, or else where it would be. `None` outside of repositories.
    pub fn repository_file(&self) -> Option<AbsPath> {
        let candidates = REPOSITORY_FILES.map(|name| Some(self.repository_root.as_ref()?.join(name)));
        let there = candidates.iter().flatten().find(|path| path.as_path().exists());
        there.cloned().or_else(|| candidates.into_iter().next().flatten())
    }
}

/// Reads the files and puts the layers over each other. Nothing is written.
///
/// # Errors
/// [`InvalidConfiguration`]: every fault of every layer, unreadable files included.
pub fn load(
    paths: &ConfigPaths,
    variables: Option<&BTreeMap<String, String>>,
    flags: &[FlagValue],
) -> Result<Settings, InvalidConfiguration> {
    let user = find_of_user(paths);
    let repository = paths.repository_root.as_ref().map_or(Ok(None), find_in_repository);
    match (user, repository) {
        (Ok(user), Ok(repository)) => {
            let (user, repository) = (user.as_ref(), repository.as_ref());
            assemble(&Sources { user, repository, variables, flags })
        }
        (user, repository) => {
            let refusals = user.err().into_iter().chain(repository.err());
            Err(InvalidConfiguration { problems: refusals.flat_map(|refusal| refusal.problems).collect() })
        }
    }
}

/// The same with a repository's files as they are somewhere else than on the disk, by their names: in a commit.
///
/// # Errors
/// As for [`load`].
pub fn load_at(paths: &ConfigPaths, files: &[(String, Vec<u8>)]) -> Result<Settings, InvalidConfiguration> {
    let user = find_of_user(paths)?;
    let root = paths.repository_root.as_ref();
    let sources = files.iter().filter_map(|(name, bytes)| Some((root?.join(name), bytes)));
    let mut read = Vec::new();
    for (path, bytes) in sources {
        match String::from_utf8(bytes.clone()) {
            Ok(text) => read.push(SourceFile { path, text }),
            Err(_) => {
                let kind = ProblemKind::Unreadable("it is not UTF-8".to_owned());
                return Err(refused(&path, FileLayer::Repository, kind));
            }
        }
    }
    match read.as_slice() {
        [file, other, ..] => {
            let kind = ProblemKind::TwoFiles { other: other.path.file_name().to_owned() };
            Err(refused(&file.path, FileLayer::Repository, kind))
        }
        files => {
            let (user, repository) = (user.as_ref(), files.first());
            assemble(&Sources { user, repository, variables: None, flags: &[] })
        }
    }
}

fn find_of_user(paths: &ConfigPaths) -> Result<Option<SourceFile>, InvalidConfiguration> {
    let first = read(&paths.user, FileLayer::User)?;
    let second = paths.own_fallback().map_or(Ok(None), |path| read(path, FileLayer::User))?;
    match (first, second) {
        (Some(file), Some(other)) => {
            let kind = ProblemKind::TwoFilesOfUser { other: other.path };
            Err(refused(&file.path, FileLayer::User, kind))
        }
        (first, second) => Ok(first.or(second)),
    }
}

fn find_in_repository(root: &AbsPath) -> Result<Option<SourceFile>, InvalidConfiguration> {
    let [first, second] = REPOSITORY_FILES.map(|name| root.join(name));
    match (read(&first, FileLayer::Repository)?, read(&second, FileLayer::Repository)?) {
        (Some(file), Some(_)) => {
            let kind = ProblemKind::TwoFiles { other: second.file_name().to_owned() };
            Err(refused(&file.path, FileLayer::Repository, kind))
        }
        (first, second) => Ok(first.or(second)),
    }
}

fn read(path: &AbsPath, layer: FileLayer) -> Result<Option<SourceFile>, InvalidConfiguration> {
    match read_text(path) {
        Ok(text) => Ok(Some(SourceFile { path: path.clone(), text })),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(refused(path, layer, ProblemKind::Unreadable(error.to_string()))),
    }
}

/// The text of a regular file of a sensible size; anything else could block or never end.
pub(crate) fn read_text(path: &AbsPath) -> io::Result<String> {
    let refusal = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what);
    if !std::fs::metadata(path)?.is_file() {
        return Err(refusal("it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(refusal("it is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| refusal("it is not UTF-8"))
}

fn refused(file: &AbsPath, layer: FileLayer, kind: ProblemKind) -> InvalidConfiguration {
    let origin = Origin::File { layer, file: file.clone(), position: Position::START };
    InvalidConfiguration { problems: vec![Problem { origin, key: String::new(), kind }] }
}
