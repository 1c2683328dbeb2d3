//! The edge: what the process was given at its start. The only place of the product that reads the
//! environment; everything else takes an [`Environment`] or a value out of it.

use std::collections::BTreeMap;
use std::fmt;

use owt_core::AbsPath;
use owt_core::path::PathError;

/// The variables of a process, and the user that it runs as. Holds secrets: [`fmt::Debug`] prints names only.
#[derive(Clone, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    user: u32,
    left_out: usize,
}

/// The folder that the process was started in cannot be named.
#[derive(Debug, thiserror::Error)]
pub enum WorkingDirectoryError {
    /// It was removed, or may not be read.
    #[error("the current folder cannot be found: {0}")]
    Gone(#[from] std::io::Error),
    /// Its name is no text.
    #[error(transparent)]
    Name(#[from] PathError),
}

/// Variables of the original programs whose work another word does here, and that word.
const OLD_VARIABLES: [(&str, &str); 2] = [
    ("OWT_DB_PATH", "OWT_HOME (it moves everything that the program keeps, the database included)"),
    ("OWT_RECALL_DB_PATH", "OWT_HOME (it moves everything that the program keeps)"),
];

impl Environment {
    /// The environment of this process, as it is now. Variables that are not UTF-8 are left out and counted.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn capture() -> Self {
        let mut left_out = 0;
        let mut variables = BTreeMap::new();
        for (name, value) in std::env::vars_os() {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => {
                    variables.insert(name, value);
                }
                _ => left_out += 1,
            }
        }
        Self { variables, user: rustix::process::geteuid().as_raw(), left_out }
    }

    /// An environment made of these variables, for this user id.
    pub const fn new(variables: BTreeMap<String, String>, user: u32) -> Self {
        Self { variables, user, left_out: 0 }
    }

    /// All variables: what an agent's program is started with, before anything is added or taken away.
    pub const fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// The effective user id.
    pub const fn user(&self) -> u32 {
        self.user
    }

    /// How many variables could not be taken, because they are not UTF-8.
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The person's home (`HOME`), when it is an absolute path.
    pub fn home(&self) -> Option<AbsPath> {
        self.folder("HOME")
    }

    /// The search path for programs (`PATH`); empty when unset.
    pub fn search_path(&self) -> &str {
        self.get("PATH").unwrap_or("")
    }

    /// Whether colours are unwanted (`NO_COLOR`, <https://no-color.org>: any value that is not empty).
    pub fn refuses_colour(&self) -> bool {
        self.get("NO_COLOR").is_some()
    }

    /// The terminal's kind (`TERM`).
    pub fn terminal(&self) -> Option<&str> {
        self.get("TERM")
    }

    /// Whether the terminal says that it has all colours (`COLORTERM`).
    pub fn has_true_colour(&self) -> bool {
        self.get("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit")
    }

    /// The tmux client's place (`TMUX`), when the process runs inside one.
    pub fn tmux(&self) -> Option<&str> {
        self.get("TMUX")
    }

    /// The session's own credential (`OWT_TOKEN`), inside an agent's session.
    pub fn session_token(&self) -> Option<&str> {
        self.get("OWT_TOKEN")
    }

    /// The server's socket as a session was told it (`OWT_SOCKET`).
    pub fn session_socket(&self) -> Option<AbsPath> {
        self.folder("OWT_SOCKET")
    }

    /// The attempt that the process belongs to (`OWT_ATTEMPT`), inside an agent's session.
    pub fn session_attempt(&self) -> Option<&str> {
        self.get("OWT_ATTEMPT")
    }

    /// A variable of the original programs that is set, and the word that does its work here.
    pub fn old_variable(&self) -> Option<(&'static str, &'static str)> {
        OLD_VARIABLES.into_iter().find(|(name, _)| self.get(name).is_some())
    }

    /// A variable with an absolute path. A relative one counts as unset, as the XDG specification (0.8) has it.
    pub(crate) fn folder(&self, name: &str) -> Option<AbsPath> {
        self.get(name).and_then(|path| AbsPath::new(path).ok())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.variables.keys().collect();
        f.debug_struct("Environment").field("names", &names).field("user", &self.user).finish_non_exhaustive()
    }
}

/// The folder that this process was started in.
///
/// # Errors
/// [`WorkingDirectoryError`].
#[expect(
    clippy::disallowed_methods,
    reason = "a command line starts in a folder; this is where it is asked, once"
)]
pub fn working_directory() -> Result<AbsPath, WorkingDirectoryError> {
    Ok(AbsPath::new(std::env::current_dir()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Environment::new(variables, 1000)
    }

    #[test]
    fn this_process_has_a_search_path() {
        assert!(!Environment::capture().search_path().is_empty());
        assert!(working_directory().unwrap().as_path().is_dir());
    }

    #[test]
    fn empty_variables_and_relative_homes_count_as_unset() {
        let environment = environment(&[("NO_COLOR", ""), ("HOME", "ada"), ("TMUX", "/tmp/tmux,1,0")]);
        assert!(!environment.refuses_colour());
        assert_eq!(environment.home(), None);
        assert_eq!(environment.tmux(), Some("/tmp/tmux,1,0"));
    }

    #[test]
    fn variables_of_the_original_are_answered_with_the_new_word() {
        let (name, instead) = environment(&[("OWT_DB_PATH", "/tmp/x.db")]).old_variable().unwrap();
        assert_eq!(name, "OWT_DB_PATH");
        assert!(instead.starts_with("OWT_HOME"));
        assert_eq!(environment(&[("OWT_HOME", "/x")]).old_variable(), None);
    }

    #[test]
    fn secrets_do_not_reach_a_log_through_debug() {
        let text = format!("{:?}", environment(&[("OWT_TOKEN", "s3cret")]));
        assert!(text.contains("OWT_TOKEN") && !text.contains("s3cret"));
    }
}
