//! Where the program keeps things, computed from the environment alone; nothing is looked up or made here.

use owt_core::AbsPath;

use crate::environment::Environment;
use crate::loader::ConfigPaths;

/// The program's folder below the XDG folders.
const FOLDER: &str = "open-orchestrator";

/// The longest path of a unix socket in bytes (unix(7): 108 with its end; macOS and the BSDs: 104).
const SOCKET_PATH_LIMIT: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The longest socket name in the runtime folder: an attempt's id with `.sock`.
const LONGEST_SOCKET_NAME: usize = "att_".len() + 26 + ".sock".len();

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The person's configuration file.
    pub config_file: AbsPath,
    /// The original's place for it, which holds where `config_file` does not exist. `None` with `OWT_HOME`.
    pub config_fallback: Option<AbsPath>,
    /// What must survive: the database, logs, spooled reports.
    pub data: AbsPath,
    /// What may vanish at a reboot: sockets. One folder for each data folder and user.
    pub runtime: AbsPath,
}

/// Why there is no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacesError {
    /// A variable of the original programs.
    #[error("{variable} belongs to the original program; here it is {instead}")]
    OldVariable {
        /// The variable that is set.
        variable: &'static str,
        /// What does its work.
        instead: &'static str,
    },
    /// `OWT_HOME` is relative.
    #[error("OWT_HOME is '{0}', which is not an absolute path")]
    RelativeHome(String),
    /// Nothing says where to keep data.
    #[error("neither OWT_HOME nor HOME is set to an absolute path, so there is no place to keep data")]
    NoHome,
    /// Sockets below the runtime folder would have names that the system cannot take.
    #[error(
        "a socket in {} would have a path of {length} bytes, and the system takes {limit}; \
         set {variable} to a shorter folder",
        folder.as_str()
    )]
    SocketPathTooLong {
        /// The runtime folder.
        folder: AbsPath,
        /// How long the longest path would be.
        length: usize,
        /// The system's limit.
        limit: usize,
        /// The variable that the folder comes from.
        variable: &'static str,
    },
}

impl Places {
    /// The places for a process with this environment.
    ///
    /// `OWT_HOME` moves configuration and data; otherwise they are below the XDG folders (specification 0.8).
    /// The runtime folder is named by a short hash of user and data folder, so that two homes never meet
    /// and paths stay short.
    ///
    /// # Errors
    /// [`PlacesError`].
    pub fn of(environment: &Environment) -> Result<Self, PlacesError> {
        if let Some((variable, instead)) = environment.old_variable() {
            return Err(PlacesError::OldVariable { variable, instead });
        }
        let (config_file, config_fallback, data) = match environment.get("OWT_HOME") {
            Some(home) => {
                let home = AbsPath::new(home).map_err(|_| PlacesError::RelativeHome(home.to_owned()))?;
                (home.join("config.toml"), None, home.join("data"))
            }
            None => {
                let config = xdg(environment, "XDG_CONFIG_HOME", ".config")?;
                (
                    config.join(FOLDER).join("config.toml"),
                    environment.home().map(|home| home.join(".worktreerc")),
                    xdg(environment, "XDG_DATA_HOME", ".local/share")?.join(FOLDER),
                )
            }
        };
        let runtime = runtime(environment, &data)?;
        Ok(Self { config_file, config_fallback, data, runtime })
    }

    /// Where configuration is looked for, in this repository or outside of all.
    pub fn config_paths(&self, repository_root: Option<AbsPath>) -> ConfigPaths {
        let (user, user_fallback) = (self.config_file.clone(), self.config_fallback.clone());
        ConfigPaths { user, user_fallback, repository_root }
    }

    /// The server's socket.
    pub fn server_socket(&self) -> AbsPath {
        self.runtime.join("server.sock")
    }

    /// The folder of the person's own templates.
    pub fn templates(&self) -> AbsPath {
        self.config_folder().join("templates")
    }

    /// The folder of the configuration file.
    pub fn config_folder(&self) -> AbsPath {
        self.config_file.parent().expect("the configuration file is below a folder")
    }
}

fn xdg(environment: &Environment, variable: &str, below_home: &str) -> Result<AbsPath, PlacesError> {
    let own = environment.folder(variable);
    own.or_else(|| Some(environment.home()?.join(below_home))).ok_or(PlacesError::NoHome)
}

fn runtime(environment: &Environment, data: &AbsPath) -> Result<AbsPath, PlacesError> {
    let temporary = || AbsPath::new("/tmp").expect("/tmp is an absolute path");
    let (base, variable) = match environment.folder("XDG_RUNTIME_DIR") {
        Some(folder) => (folder, "XDG_RUNTIME_DIR"),
        None => (environment.folder("TMPDIR").unwrap_or_else(temporary), "TMPDIR"),
    };
    let folder = base.join(&format!("owt-{}", short_hash(environment.user(), data)));
    let length = folder.as_str().len() + "/".len() + LONGEST_SOCKET_NAME;
    if length > SOCKET_PATH_LIMIT {
        return Err(PlacesError::SocketPathTooLong { folder, length, limit: SOCKET_PATH_LIMIT, variable });
    }
    Ok(folder)
}

/// Ten hexadecimal digits of FNV-1a (64 bits): enough to keep one person's homes apart, and the same in every
/// version, so that a new server finds the old one's folder.
fn short_hash(user: u32, data: &AbsPath) -> String {
    let text = format!("{user}:{}", data.as_str());
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{:010x}", hash >> 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(variables: &[(&str, &str)]) -> Result<Places, PlacesError> {
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Places::of(&Environment::new(variables, 1000))
    }

    #[test]
    fn the_xdg_folders_hold_without_owt_home() {
        let found = places(&[("HOME", "/home/ada"), ("XDG_RUNTIME_DIR", "/run/user/1000")]).unwrap();
        assert_eq!(found.config_file.as_str(), "/home/ada/.config/open-orchestrator/config.toml");
        assert_eq!(found.config_fallback.unwrap().as_str(), "/home/ada/.worktreerc");
        assert_eq!(found.data.as_str(), "/home/ada/.local/share/open-orchestrator");
        assert!(found.runtime.as_str().starts_with("/run/user/1000/owt-"));
        let moved = places(&[("XDG_CONFIG_HOME", "/c"), ("XDG_DATA_HOME", "/d"), ("TMPDIR", "/t/")]).unwrap();
        assert_eq!(moved.config_file.as_str(), "/c/open-orchestrator/config.toml");
        assert_eq!(moved.data.as_str(), "/d/open-orchestrator");
        assert!(moved.runtime.as_str().starts_with("/t/owt-"));
    }

    #[test]
    fn owt_home_moves_everything_and_two_homes_never_meet() {
        let home = |path| places(&[("HOME", "/home/ada"), ("OWT_HOME", path)]).unwrap();
        let (one, two) = (home("/srv/one"), home("/srv/two"));
        assert_eq!(one.config_file.as_str(), "/srv/one/config.toml");
        assert_eq!(one.config_fallback, None);
        assert_eq!(one.config_folder().as_str(), "/srv/one");
        assert_eq!(one.data.as_str(), "/srv/one/data");
        assert_ne!(one.runtime, two.runtime);
        assert_ne!(one.runtime, places(&[("HOME", "/home/ada")]).unwrap().runtime);
    }

    #[test]
    fn the_runtime_folder_keeps_its_name_between_versions() {
        let found = places(&[("OWT_HOME", "/srv/one"), ("TMPDIR", "/t")]).unwrap();
        assert_eq!(found.server_socket().as_str(), "/t/owt-326ae00ab4/server.sock");
    }

    #[test]
    fn what_cannot_be_a_place_is_refused() {
        assert_eq!(places(&[]), Err(PlacesError::NoHome));
        assert_eq!(places(&[("HOME", "ada")]), Err(PlacesError::NoHome));
        assert_eq!(places(&[("OWT_HOME", "x")]), Err(PlacesError::RelativeHome("x".to_owned())));
        let old = places(&[("HOME", "/home/ada"), ("OWT_RECALL_DB_PATH", "/x")]);
        assert!(matches!(old, Err(PlacesError::OldVariable { variable: "OWT_RECALL_DB_PATH", .. })));
    }

    #[test]
    fn a_long_owt_home_is_no_matter_and_a_long_runtime_folder_is() {
        let long = format!("/{}", "x".repeat(200));
        assert!(places(&[("OWT_HOME", &long)]).is_ok());
        let refused = places(&[("HOME", "/home/ada"), ("XDG_RUNTIME_DIR", &long)]);
        assert!(matches!(refused, Err(PlacesError::SocketPathTooLong { variable: "XDG_RUNTIME_DIR", .. })));
        let room = SOCKET_PATH_LIMIT - LONGEST_SOCKET_NAME - "/".len() - "/owt-0123456789".len();
        let fits = format!("/{}", "x".repeat(room - 1));
        assert!(places(&[("HOME", "/home/ada"), ("TMPDIR", &fits)]).is_ok());
        let over = format!("{fits}x");
        assert!(places(&[("HOME", "/home/ada"), ("TMPDIR", &over)]).is_err());
    }
}
