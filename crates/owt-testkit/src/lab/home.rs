//! A home of a test's own: nothing of the developer's environment or settings reaches what runs in it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;

use owt_process::Cmd;
use owt_process::find_program;

/// Where ordinary tools are on Linux and macOS.
const SYSTEM_PATH: &str = "/usr/bin:/bin:/usr/sbin:/sbin";

/// Tools that may live elsewhere and are linked into the home's own `bin`.
const LINKED_TOOLS: [&str; 4] = ["git", "tmux", "node", "bash"];

/// Where those may be, beside the system's folders.
const TOOL_PATH: &str = "/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin";

const GIT_CONFIG: &str = "[user]\n\tname = Test Person\n\temail = test@example.invalid\n[init]\n\tdefaultBranch = main\n\
                          [commit]\n\tgpgSign = false\n[tag]\n\tgpgSign = false\n[advice]\n\tdetachedHead = false\n";

/// A home: folders, a git identity, a limited `PATH`, and the whole environment of what runs in it.
///
/// The folders are the caller's to remove (keep them in a temporary folder).
#[derive(Debug, Clone)]
pub struct SealedHome {
    root: PathBuf,
    environment: BTreeMap<OsString, OsString>,
}

impl SealedHome {
    /// Makes the folders below `root`, which must be absolute. Keep it short where sockets are to live in
    /// [`SealedHome::runtime`]: their paths end at 107 bytes.
    ///
    /// # Errors
    /// When a folder, file or link cannot be made.
    pub fn create(root: &Path) -> io::Result<Self> {
        for folder in
            ["home", "home/.config", "home/.local/share", "home/.local/state", "home/.cache", "bin", "tmp"]
        {
            fs::create_dir_all(root.join(folder))?;
        }
        fs::DirBuilder::new().recursive(true).mode(0o700).create(root.join("run"))?;
        fs::write(root.join("home/.gitconfig"), GIT_CONFIG)?;
        let home = Self { root: root.to_owned(), environment: environment(root) };
        for tool in LINKED_TOOLS {
            if let Some(found) = find_program(tool, TOOL_PATH, &[]) {
                home.add_program(tool, found.as_path())?;
            }
        }
        Ok(home)
    }

    /// `$HOME`.
    pub fn folder(&self) -> PathBuf {
        self.root.join("home")
    }

    /// `$XDG_RUNTIME_DIR`, mode 0700.
    pub fn runtime(&self) -> PathBuf {
        self.root.join("run")
    }

    /// The folder that comes first on its `PATH`.
    pub fn bin(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// The value of its `PATH`.
    pub fn search_path(&self) -> String {
        search_path(&self.root)
    }

    /// Puts a program on its `PATH`, by a link; the same name again takes its place.
    ///
    /// # Errors
    /// When the link cannot be made.
    pub fn add_program(&self, name: &str, program: &Path) -> io::Result<()> {
        let link = self.bin().join(name);
        if link.is_symlink() {
            fs::remove_file(&link)?;
        }
        symlink(program, link)
    }

    /// Takes a linked program off its `PATH`.
    ///
    /// # Errors
    /// When there is no such link.
    pub fn remove_program(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.bin().join(name))
    }

    /// Adds a variable to its environment.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.environment.insert(name.into(), value.into());
    }

    /// The whole environment of what runs in it.
    pub const fn environment(&self) -> &BTreeMap<OsString, OsString> {
        &self.environment
    }

    /// The same command with this environment and nothing else.
    pub fn sealed(&self, command: Cmd) -> Cmd {
        command.env_clear().envs(self.environment.clone())
    }
}

fn search_path(root: &Path) -> String {
    format!("{}:{SYSTEM_PATH}", root.join("bin").display())
}

fn environment(root: &Path) -> BTreeMap<OsString, OsString> {
    let home = root.join("home");
    let paths = [
        ("HOME", home.clone()),
        ("XDG_CONFIG_HOME", home.join(".config")),
        ("XDG_DATA_HOME", home.join(".local/share")),
        ("XDG_STATE_HOME", home.join(".local/state")),
        ("XDG_CACHE_HOME", home.join(".cache")),
        ("XDG_RUNTIME_DIR", root.join("run")),
        ("TMPDIR", root.join("tmp")),
        ("GIT_CONFIG_GLOBAL", home.join(".gitconfig")),
        ("PATH", PathBuf::from(search_path(root))),
    ];
    let words = [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("LANG", "C.UTF-8"),
        ("TERM", "xterm-256color"),
        ("SHELL", "/bin/sh"),
        ("USER", "tester"),
    ];
    let words = words.into_iter().map(|(name, value)| (name.into(), value.into()));
    paths.into_iter().map(|(name, path)| (name.into(), path.into_os_string())).chain(words).collect()
}
