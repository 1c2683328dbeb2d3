//! The socket while the server lives: its name is in the runtime folder, which others may empty. Whoever finds the
//! lock held and nobody listening calls (SIGWINCH), and the server listens anew. Must not know what is asked.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener as StdListener;
use std::path::Path;
use std::path::PathBuf;

use tokio::net::UnixListener;
use tokio::net::UnixStream;

use crate::Instance;
use crate::bind;

pub(crate) struct Door<'i> {
    instance: &'i Instance,
    path: PathBuf,
    listener: UnixListener,
    identity: Identity,
}

/// Which file a name means: device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64);

impl<'i> Door<'i> {
    /// A door where `listener` listens already.
    pub(crate) fn open(instance: &'i Instance, path: PathBuf, listener: StdListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = UnixListener::from_std(listener)?;
        Ok(Self { identity: identity(&path)?, instance, path, listener })
    }

    /// The next who comes in.
    pub(crate) async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }

    /// Listens anew where the name is gone or means something else. A system that refuses is asked again by
    /// whoever calls next.
    pub(crate) fn look_after(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.identity) {
            return;
        }
        let again = bind(&self.path, self.instance)
            .map_err(io::Error::other)
            .and_then(|listener| Self::open(self.instance, self.path.clone(), listener));
        match again {
            Ok(door) => {
                tracing::info!(socket = %door.path.display(), "the socket was gone; it is made anew");
                *self = door;
            }
            Err(error) => tracing::warn!(%error, "the socket is gone and cannot be made anew"),
        }
    }
}

fn identity(path: &Path) -> io::Result<Identity> {
    let found = std::fs::symlink_metadata(path)?;
    Ok(Identity(found.dev(), found.ino()))
}
