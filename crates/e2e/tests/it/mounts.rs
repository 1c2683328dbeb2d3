//! File systems of a test's own: a full disk, a folder that nobody can write to. Root ignores modes, so that takes
//! mounts, and those take a mount namespace.

use std::ffi::OsString;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::path::Path;

use owt_process::Child;
use owt_process::Cmd;
use owt_process::Streams;

/// A mount namespace, held open by a small process. It goes when this is dropped and no program is left in it.
#[derive(Debug)]
pub(crate) struct Mounts {
    holder: Child,
}

/// What is mounted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mount<'a> {
    /// An empty disk of this size (in the words of tmpfs) at this folder.
    Small(&'a str, &'a Path),
    /// This folder as it is, but read-only.
    ReadOnly(&'a Path),
    /// The file system in this file, at this folder.
    Image(&'a Path, &'a Path),
}

impl Mounts {
    /// Makes them, or says why this machine cannot.
    pub(crate) fn make(mounts: &[Mount<'_>]) -> Result<Self, String> {
        let script: String = mounts.iter().map(|mount| mount.words() + " && ").collect();
        let mut holder = Cmd::new("unshare")
            .args(["--mount", "--", "sh", "-c", &format!("{script}echo up && exec cat")])
            .spawn(Streams::piped())
            .map_err(|error| error.to_string())?;
        let mut said = String::new();
        let read = BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said);
        if read.is_ok() && said.trim() == "up" {
            return Ok(Self { holder });
        }
        let mut why = String::new();
        drop(holder.stderr.take().unwrap().read_to_string(&mut why));
        Err(why)
    }

    /// The words before a program that is to run among them, in this folder.
    pub(crate) fn enter(&self, cwd: &Path) -> Vec<OsString> {
        let namespace = format!("--mount=/proc/{}/ns/mnt", self.holder.pid());
        let folder = format!("--wdns={}", cwd.display());
        [namespace, folder, "--".to_owned()].map(OsString::from).into()
    }
}

impl Mount<'_> {
    fn words(&self) -> String {
        match self {
            Self::Small(size, at) => format!("mount -t tmpfs -o size={size} none {}", at.display()),
            Self::Image(image, at) => format!("mount -o loop {} {}", image.display(), at.display()),
            Self::ReadOnly(at) => {
                let at = at.display();
                format!("mount --bind {at} {at} && mount -o remount,ro,bind {at}")
            }
        }
    }
}
