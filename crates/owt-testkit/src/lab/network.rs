//! A network with nothing but loopback, where the system allows one: "it asked nobody" as a fact, not a hope.

use std::ffi::OsString;
use std::io::BufRead as _;
use std::io::BufReader;
use std::path::Path;

use owt_process::Child;
use owt_process::Cmd;
use owt_process::Streams;

use super::Unavailable;

/// What the holder says when loopback is up.
const READY: &str = "up";

/// Brings loopback up, says so, and keeps the namespace until its standard input ends.
const HOLD: &str = "ip link set lo up && echo up && exec cat";

/// What a namespace may be made with: as root, else as root of a user namespace of our own.
const WAYS: [Owner; 2] = [Owner::Root, Owner::UserNamespace];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Root,
    UserNamespace,
}

/// The network that a test's programs see.
#[derive(Debug)]
pub enum Network {
    /// A namespace with loopback alone. It goes when this is dropped and no program is left in it.
    LoopbackOnly(Namespace),
    /// The machine's own, since the system allows no namespace.
    Shared(Unavailable),
}

/// A network namespace, held open by a small process.
#[derive(Debug)]
pub struct Namespace {
    holder: Child,
    owner: Owner,
}

impl Network {
    /// Opens a fresh namespace, or says why not.
    pub fn open() -> Self {
        let mut reasons = Vec::new();
        for owner in WAYS {
            match Namespace::open(owner) {
                Ok(namespace) => return Self::LoopbackOnly(namespace),
                Err(Unavailable(reason)) => reasons.push(reason),
            }
        }
        Self::Shared(Unavailable(reasons.join("; ")))
    }

    /// A command that runs in it.
    pub fn command(&self, program: impl AsRef<Path>) -> Cmd {
        let program = program.as_ref();
        match self {
            Self::Shared(_) => Cmd::new(program),
            Self::LoopbackOnly(namespace) => Cmd::new("nsenter").args(namespace.enter()).arg(program),
        }
    }

    /// The command line that runs `argv` in it, for a place that takes only words.
    pub fn wrap(&self, argv: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
        match self {
            Self::Shared(_) => argv.into_iter().collect(),
            Self::LoopbackOnly(namespace) => {
                std::iter::once("nsenter".into()).chain(namespace.enter()).chain(argv).collect()
            }
        }
    }
}

impl Namespace {
    fn open(owner: Owner) -> Result<Self, Unavailable> {
        let user: &[&str] = match owner {
            Owner::Root => &[],
            Owner::UserNamespace => &["--user", "--map-root-user"],
        };
        let unavailable = |what: &str| Unavailable::because(format!("no network namespace: {what}"));
        let mut holder = Cmd::new("unshare")
            .arg("--net")
            .args(user)
            .args(["--", "sh", "-c", HOLD])
            .spawn(Streams::piped())
            .map_err(|error| unavailable(&error.to_string()))?;
        let mut said = String::new();
        let stdout = holder.stdout.take().expect("its output is a pipe");
        let read = BufReader::new(stdout).read_line(&mut said);
        if read.is_ok() && said.trim() == READY {
            return Ok(Self { holder, owner });
        }
        Err(unavailable(&complaint(holder)))
    }

    fn enter(&self) -> impl Iterator<Item = OsString> {
        let namespaces = format!("/proc/{}/ns", self.holder.pid());
        let user = (self.owner == Owner::UserNamespace).then(|| format!("--user={namespaces}/user"));
        let words = [format!("--net={namespaces}/net"), "--preserve-credentials".to_owned(), "--".to_owned()];
        user.into_iter().chain(words).map(OsString::from)
    }
}

/// What a holder that did not come up said.
fn complaint(mut holder: Child) -> String {
    let mut text = String::new();
    if let Some(stderr) = holder.stderr.take() {
        let _first_line_is_enough = BufReader::new(stderr).read_line(&mut text);
    }
    text.trim().to_owned()
}
