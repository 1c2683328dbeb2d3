//! Where everything of one attempt lies on disk, and the length that a socket path may have.
//!
//! This room knows names; it must not open, read or write anything.

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_ports::SessionError;
use owt_ports::Stream;

/// The longest path of a unix socket in bytes: `sockaddr_un.sun_path` less the final NUL (unix(7); macOS
/// `<sys/un.h>`).
pub const SOCKET_PATH_LIMIT: usize = if cfg!(target_os = "macos") { 103 } else { 107 };

/// The files of one attempt: `<attempts folder>/<attempt>/...`.
#[derive(Debug, Clone)]
pub(crate) struct AttemptFiles {
    folder: AbsPath,
}

impl AttemptFiles {
    pub(crate) fn new(attempts: &AbsPath, attempt: AttemptId) -> Self {
        Self { folder: attempts.join(&attempt.to_string()) }
    }

    /// The files around a launch file.
    pub(crate) fn around(launch_file: &AbsPath) -> Option<Self> {
        launch_file.parent().map(|folder| Self { folder })
    }

    pub(crate) const fn folder(&self) -> &AbsPath {
        &self.folder
    }

    /// What the host is to start. Secret; 0600.
    pub(crate) fn launch(&self) -> AbsPath {
        self.folder.join("launch.json")
    }

    /// Held (flock) by whoever is launching, so that two launchers take turns.
    pub(crate) fn launch_lock(&self) -> AbsPath {
        self.folder.join("launch.lock")
    }

    /// Held (POSIX record lock) by the host for its whole life: held means alive.
    pub(crate) fn host_lock(&self) -> AbsPath {
        self.folder.join("host.lock")
    }

    /// Written by the host before it starts the program: from here on the attempt has been started.
    pub(crate) fn host(&self) -> AbsPath {
        self.folder.join("host.json")
    }

    /// Why a host could not begin, in words.
    pub(crate) fn complaint(&self) -> AbsPath {
        self.folder.join("host.err")
    }

    /// How the program ended.
    pub(crate) fn exit(&self) -> AbsPath {
        self.folder.join("exit.json")
    }

    /// Disk space kept for the record of the end.
    pub(crate) fn exit_reserve(&self) -> AbsPath {
        self.folder.join("exit.reserve")
    }

    /// Which injections began and ended.
    pub(crate) fn journal(&self) -> AbsPath {
        self.folder.join("injections.jsonl")
    }

    /// The sizes that its terminal had.
    pub(crate) fn sizes(&self) -> AbsPath {
        self.folder.join("sizes.jsonl")
    }

    /// A FIFO on which a host tells its launcher that it is ready.
    pub(crate) fn ready(&self) -> AbsPath {
        self.folder.join("ready")
    }

    pub(crate) fn log(&self, stream: Stream) -> AbsPath {
        self.folder.join(match stream {
            Stream::Output => "output.log",
            Stream::Error => "error.log",
        })
    }

    /// Every file that this crate keeps for an attempt.
    pub(crate) fn all(&self) -> Vec<AbsPath> {
        vec![
            self.launch(),
            self.host(),
            self.complaint(),
            self.exit(),
            self.exit_reserve(),
            self.journal(),
            self.sizes(),
            self.ready(),
            self.log(Stream::Output),
            self.log(Stream::Error),
            self.host_lock(),
            self.launch_lock(),
        ]
    }
}

/// The socket of an attempt's host.
///
/// # Errors
/// [`SessionError::SocketPathTooLong`].
pub(crate) fn host_socket(runtime: &AbsPath, attempt: AttemptId) -> Result<AbsPath, SessionError> {
    socket(runtime, &format!("{attempt}.sock"))
}

/// The socket of our own tmux server.
///
/// # Errors
/// [`SessionError::SocketPathTooLong`].
pub(crate) fn tmux_socket(runtime: &AbsPath) -> Result<AbsPath, SessionError> {
    socket(runtime, "tmux.sock")
}

fn socket(runtime: &AbsPath, name: &str) -> Result<AbsPath, SessionError> {
    let path = runtime.join(name);
    match path.as_str().len() {
        length if length > SOCKET_PATH_LIMIT => {
            Err(SessionError::SocketPathTooLong { path, limit: SOCKET_PATH_LIMIT })
        }
        _ => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_path_of_exactly_the_limit_is_taken_and_one_byte_more_is_refused() {
        let attempt = AttemptId::from_bits(1);
        let name = format!("/{attempt}.sock").len();
        let fits = AbsPath::new(format!("/{}", "r".repeat(SOCKET_PATH_LIMIT - name - 1))).unwrap();
        assert_eq!(host_socket(&fits, attempt).unwrap().as_str().len(), SOCKET_PATH_LIMIT);
        let long = AbsPath::new(format!("{fits}r")).unwrap();
        assert!(matches!(host_socket(&long, attempt), Err(SessionError::SocketPathTooLong { .. })));
    }
}
