//! Paths in configuration files: absolute, below the home (`~/...`), or relative to something that the setting
//! names. Nothing is looked up on disk here.

use std::fmt;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;

use owt_core::AbsPath;

use super::SettingValue;

/// Why a text is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongPath {
    /// Empty, or only white space.
    #[error("it is empty")]
    Empty,
    /// NUL, a newline or another control character.
    #[error("it contains a control character")]
    Control,
    /// `~ada/...`: other people's homes are not looked up.
    #[error("'~' stands for the own home only, as \"~/...\"")]
    OtherHome,
    /// `$HOME/...`: no variables are put in.
    #[error("variables are not replaced in it; the own home is \"~/...\"")]
    Variable,
    /// Relative where that means nothing.
    #[error("it must be absolute or start with \"~/\"")]
    Relative,
}

/// A path below the home was asked for and the home is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the path starts with '~/' and HOME is not set")]
pub struct NoHome;

fn check(text: &str) -> Result<(), WrongPath> {
    match () {
        () if text.trim().is_empty() => Err(WrongPath::Empty),
        () if text.contains(char::is_control) => Err(WrongPath::Control),
        () if text.starts_with('~') && text != "~" && !text.starts_with("~/") => Err(WrongPath::OtherHome),
        () if text.starts_with('$') => Err(WrongPath::Variable),
        () => Ok(()),
    }
}

fn is_relative(text: &str) -> bool {
    !text.starts_with(['/', '~'])
}

/// The path in full: `~` is `home`, a relative one starts at `base`, `.` and `..` are resolved in the text.
fn resolve(text: &str, base: &AbsPath, home: Option<&AbsPath>) -> Result<AbsPath, NoHome> {
    let (start, rest) = match text.strip_prefix('~') {
        Some(rest) => (home.ok_or(NoHome)?.as_path(), rest.trim_start_matches('/')),
        None => (base.as_path(), text),
    };
    let mut path = PathBuf::new();
    for part in start.join(Path::new(rest)).components() {
        match part {
            Component::CurDir => {}
            // Above the root is the root.
            Component::ParentDir => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    Ok(AbsPath::new(path).expect("an absolute start, and parts that were checked when they were read"))
}

macro_rules! path_setting {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The path as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

path_setting!(
    /// Where worktrees are made.
    BaseDirectory
);
path_setting!(
    /// A folder with agents' manifests.
    ManifestFolder
);
path_setting!(
    /// An agent's program.
    ProgramPath
);

impl FromStr for BaseDirectory {
    type Err = WrongPath;

    fn from_str(text: &str) -> Result<Self, WrongPath> {
        check(text).map(|()| Self(text.to_owned()))
    }
}

impl BaseDirectory {
    /// The folder in full, for the repository with this root.
    ///
    /// # Errors
    /// [`NoHome`].
    pub fn resolve(&self, repository_root: &AbsPath, home: Option<&AbsPath>) -> Result<AbsPath, NoHome> {
        resolve(&self.0, repository_root, home)
    }
}

impl SettingValue for BaseDirectory {
    const EXPECTS: &'static str = "a folder: absolute, \"~/...\", or relative to the repository's root";
    const EXAMPLES: &'static [&'static str] = &["../", "../worktrees", "~/worktrees", "/srv/worktrees"];

    fn refused_in_repository(&self) -> Option<&'static str> {
        (!is_relative(&self.0))
            .then_some("a repository's file can name a folder only relative to its own root")
    }
}

impl FromStr for ManifestFolder {
    type Err = WrongPath;

    fn from_str(text: &str) -> Result<Self, WrongPath> {
        check(text).map(|()| Self(text.to_owned()))
    }
}

impl ManifestFolder {
    /// The folder in full; a relative one lies beside the configuration file.
    ///
    /// # Errors
    /// [`NoHome`].
    pub fn resolve(&self, configuration_folder: &AbsPath, home: Option<&AbsPath>) -> Result<AbsPath, NoHome> {
        resolve(&self.0, configuration_folder, home)
    }
}

impl SettingValue for ManifestFolder {
    const EXPECTS: &'static str =
        "a folder: absolute, \"~/...\", or relative to the configuration file's folder";
    const EXAMPLES: &'static [&'static str] = &["agents", "~/agents"];
}

impl FromStr for ProgramPath {
    type Err = WrongPath;

    fn from_str(text: &str) -> Result<Self, WrongPath> {
        check(text)?;
        if is_relative(text) { Err(WrongPath::Relative) } else { Ok(Self(text.to_owned())) }
    }
}

impl ProgramPath {
    /// The path in full.
    ///
    /// # Errors
    /// [`NoHome`].
    pub fn resolve(&self, home: Option<&AbsPath>) -> Result<AbsPath, NoHome> {
        let root = AbsPath::new("/").expect("the root is an absolute path");
        resolve(&self.0, &root, home)
    }
}

impl SettingValue for ProgramPath {
    const EXPECTS: &'static str = "a program's path: absolute or \"~/...\"";
    const EXAMPLES: &'static [&'static str] = &["/opt/claude/bin/claude", "~/.local/bin/claude"];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> AbsPath {
        AbsPath::new(text).unwrap()
    }

    #[test]
    fn paths_are_resolved_in_the_text() {
        let (root, home) = (path("/srv/code/shop"), path("/home/ada"));
        for (text, full) in [
            ("../", "/srv/code"),
            ("../trees/./x", "/srv/code/trees/x"),
            ("../../../../..", "/"),
            (".", "/srv/code/shop"),
            ("/tmp/../trees", "/trees"),
            ("~", "/home/ada"),
            ("~//trees", "/home/ada/trees"),
        ] {
            let folder: BaseDirectory = text.parse().unwrap();
            assert_eq!(folder.resolve(&root, Some(&home)), Ok(path(full)), "{text}");
        }
        assert_eq!("~/x".parse::<BaseDirectory>().unwrap().resolve(&root, None), Err(NoHome));
    }

    #[test]
    fn texts_that_are_no_paths_are_refused() {
        for (text, wrong) in [
            ("", WrongPath::Empty),
            (" ", WrongPath::Empty),
            ("a\nb", WrongPath::Control),
            ("a\0", WrongPath::Control),
            ("~ada/x", WrongPath::OtherHome),
            ("$HOME/x", WrongPath::Variable),
        ] {
            assert_eq!(text.parse::<BaseDirectory>(), Err(wrong), "{text:?}");
        }
        assert_eq!("claude".parse::<ProgramPath>(), Err(WrongPath::Relative));
    }
}
