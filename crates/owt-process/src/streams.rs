//! What a long-lived child's standard streams are connected to.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::process::Stdio;

/// What one standard stream is connected to.
#[derive(Debug, Default)]
pub enum Stream {
    /// `/dev/null`.
    #[default]
    Null,
    /// Ours.
    Inherit,
    /// A pipe whose other end is in the [`Child`](crate::Child).
    Piped,
    /// An open file, pipe, socket or terminal.
    Fd(OwnedFd),
}

impl From<File> for Stream {
    fn from(file: File) -> Self {
        Self::Fd(file.into())
    }
}

impl From<Stream> for Stdio {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Null => Self::null(),
            Stream::Inherit => Self::inherit(),
            Stream::Piped => Self::piped(),
            Stream::Fd(fd) => Self::from(fd),
        }
    }
}

/// The three standard streams of a child. The default is `/dev/null` for each.
#[derive(Debug, Default)]
pub struct Streams {
    /// Standard input.
    pub stdin: Stream,
    /// Standard output.
    pub stdout: Stream,
    /// Standard error.
    pub stderr: Stream,
}

impl Streams {
    /// Three pipes.
    pub const fn piped() -> Self {
        Self { stdin: Stream::Piped, stdout: Stream::Piped, stderr: Stream::Piped }
    }

    /// Our own three.
    pub const fn inherited() -> Self {
        Self { stdin: Stream::Inherit, stdout: Stream::Inherit, stderr: Stream::Inherit }
    }

    /// The slave side of a terminal for all three.
    ///
    /// # Errors
    /// When the descriptor cannot be duplicated.
    pub fn terminal(slave: &OwnedFd) -> io::Result<Self> {
        Ok(Self {
            stdin: Stream::Fd(slave.try_clone()?),
            stdout: Stream::Fd(slave.try_clone()?),
            stderr: Stream::Fd(slave.try_clone()?),
        })
    }
}
