//! The socket at which a host is found: a name in the runtime folder, which others may empty while the host lives.
//! Must not know what is said at it.

use std::fs::Permissions;
use std::io;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::net::UnixStream;

use owt_core::AbsPath;

use crate::private;

#[derive(Debug)]
pub(super) struct Doorway {
    socket: AbsPath,
    listener: UnixListener,
    identity: Identity,
}

/// Which file a name means: device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64);

impl Doorway {
    pub(super) fn open(socket: AbsPath) -> io::Result<Self> {
        let listener = listen(&socket)?;
        Ok(Self { identity: identity(&socket)?, listener, socket })
    }

    /// Whoever has knocked; `None` when nobody waits.
    pub(super) fn accept(&self) -> Option<UnixStream> {
        self.listener.accept().ok().map(|(stream, _)| stream)
    }

    /// Listens anew where the name is gone or means something else. A system that refuses is asked again by
    /// whoever calls next.
    pub(super) fn look_after(&mut self) {
        if identity(&self.socket).is_ok_and(|found| found == self.identity) {
            return;
        }
        let folder = self.socket.parent().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
        let again = folder
            .and_then(|folder| private::make_folder(&folder))
            .and_then(|()| Self::open(self.socket.clone()));
        if let Ok(doorway) = again {
            *self = doorway;
        }
    }
}

impl AsFd for Doorway {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

fn listen(socket: &AbsPath) -> io::Result<UnixListener> {
    private::remove(socket)?;
    let listener = UnixListener::bind(socket)?;
    // Its folder is closed to others already; this is the second lock.
    std::fs::set_permissions(socket, Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn identity(socket: &AbsPath) -> io::Result<Identity> {
    let found = std::fs::symlink_metadata(socket)?;
    Ok(Identity(found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_taken_away_or_over_is_made_anew_and_one_that_is_there_is_left() {
        let root = tempfile::tempdir().unwrap();
        let folder = AbsPath::new(root.path().join("runtime")).unwrap();
        private::make_folder(&folder).unwrap();
        let socket = folder.join("a.sock");
        let mut doorway = Doorway::open(socket.clone()).unwrap();
        let first = doorway.identity;
        doorway.look_after();
        assert_eq!(doorway.identity, first);
        std::fs::remove_dir_all(&folder).unwrap();
        doorway.look_after();
        let _knock = UnixStream::connect(&socket).unwrap();
        assert!(doorway.accept().is_some() && doorway.accept().is_none());
        assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        std::fs::remove_file(&socket).unwrap();
        std::fs::write(&socket, "").unwrap();
        doorway.look_after();
        let _knock = UnixStream::connect(&socket).unwrap();
        assert!(doorway.accept().is_some());
    }
}
