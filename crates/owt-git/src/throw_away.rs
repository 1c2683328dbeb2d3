//! A folder for objects that nobody keeps: it stands before the repository's own, so that git reads both and writes
//! into this one alone. Whoever made the folder removes it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_ports::GitError;

use crate::call::Call;
use crate::failure;
use crate::private_file;

/// Such a folder, and where else git finds objects.
#[derive(Debug, Clone)]
pub(crate) struct ThrowAway {
    folder: PathBuf,
    others: OsString,
}

impl ThrowAway {
    /// Makes the folder where it is not there; what is in `also` is read, too.
    pub(crate) fn before<'a>(
        common_dir: &AbsPath,
        folder: PathBuf,
        also: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Self, GitError> {
        private_file::make_folder(&folder)
            .map_err(|error| failure::of_file(&error, "folder for objects", &folder))?;
        let mut others = quoted(&common_dir.as_path().join("objects"));
        for other in also {
            others.push(":");
            others.push(quoted(other));
        }
        Ok(Self { folder, others })
    }

    /// Lets a call write there.
    pub(crate) fn of<'a>(&self, call: Call<'a>) -> Call<'a> {
        call.env("GIT_OBJECT_DIRECTORY", self.folder.as_os_str())
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", self.others.as_os_str())
    }
}

/// A path as one of a list (git(1), "GIT_ALTERNATE_OBJECT_DIRECTORIES"): a colon would divide it.
fn quoted(path: &Path) -> OsString {
    let mut text = vec![b'"'];
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'"' | b'\\' => text.extend([b'\\', byte]),
            b'\n' => text.extend(b"\\n"),
            byte => text.push(byte),
        }
    }
    text.push(b'"');
    OsString::from_vec(text)
}
