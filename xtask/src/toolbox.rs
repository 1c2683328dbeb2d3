//! The programs that tasks need and a fresh machine may lack: found and new enough, installed where that is ours to
//! do, or named together with the command that installs them.

use std::path::Path;

use crate::failure::Failure;
use crate::program;
use crate::program::Program;

/// git, new enough for `owt`.
pub(crate) fn git() -> Result<(), Failure> {
    GIT.check(manager(), user())
}

/// tmux, new enough for `owt`; installed when it is missing and we are root.
pub(crate) fn tmux() -> Result<(), Failure> {
    let (manager, user) = (manager(), user());
    if let (None, Some(manager), User::Root) = (program::find(TMUX.name), manager, user) {
        install(manager, &TMUX)?;
    }
    TMUX.check(manager, user)
}

/// A program, and the oldest version that will do.
struct Tool {
    name: &'static str,
    version_option: &'static str,
    oldest: Version,
}

const GIT: Tool = Tool { name: "git", version_option: "--version", oldest: Version(2, 38) };
const TMUX: Tool = Tool { name: "tmux", version_option: "-V", oldest: Version(3, 3) };

/// The first two numbers of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl Version {
    /// Of what a program says of itself: `git version 2.39.5 (Apple Git-154)`, `tmux 3.3a`, `tmux next-3.6`. One
    /// without numbers (`tmux master`) has none.
    fn read(said: &str) -> Option<Self> {
        let word = said.split_whitespace().find(|word| word.contains('.'))?;
        let (first, rest) = word.split_once('.')?;
        let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
        Some(Self(first.rsplit('-').next()?.parse().ok()?, digits(rest).parse().ok()?))
    }
}

impl Tool {
    /// Whether it is here and new enough; what to do where it is not.
    fn check(&self, manager: Option<&Manager>, user: User) -> Result<(), Failure> {
        let Some(program) = program::find(self.name) else {
            return Err(Failure::new(format!("{} is missing: {}", self.name, self.advice(manager, user))));
        };
        let said = Program::new(program).arg(self.version_option).read()?;
        match Version::read(&said) {
            Some(found) if found < self.oldest => Err(Failure::new(self.too_old(said.trim()))),
            Some(_) | None => Ok(()),
        }
    }

    fn too_old(&self, said: &str) -> String {
        let Version(major, minor) = self.oldest;
        format!("{said} is too old: install {} {major}.{minor} or newer", self.name)
    }

    fn advice(&self, manager: Option<&Manager>, user: User) -> String {
        let Version(major, minor) = self.oldest;
        match manager {
            Some(manager) => manager.line(self.name, user),
            None => format!("install {} {major}.{minor} or newer", self.name),
        }
    }
}

/// Who runs the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum User {
    Root,
    Person,
}

fn user() -> User {
    let told = Program::new("id").arg("-u").read();
    if told.is_ok_and(|id| id.trim() == "0") { User::Root } else { User::Person }
}

/// A program that installs others.
#[derive(Debug)]
struct Manager {
    name: &'static str,
    /// The words before the package's name; none of them asks.
    install: &'static [&'static str],
    /// What fetches the lists of packages, which a fresh machine may lack.
    refresh: Option<&'static [&'static str]>,
    /// Who may install.
    installer: User,
}

const MANAGERS: [Manager; 6] = [
    Manager {
        name: "apt-get",
        install: &["install", "-y", "--no-install-recommends"],
        refresh: Some(&["update"]),
        installer: User::Root,
    },
    Manager { name: "dnf", install: &["install", "-y"], refresh: None, installer: User::Root },
    Manager {
        name: "zypper",
        install: &["--non-interactive", "install"],
        refresh: None,
        installer: User::Root,
    },
    Manager { name: "apk", install: &["add", "--no-cache"], refresh: None, installer: User::Root },
    Manager {
        name: "pacman",
        install: &["-S", "--noconfirm"],
        refresh: Some(&["-Sy"]),
        installer: User::Root,
    },
    Manager { name: "brew", install: &["install"], refresh: None, installer: User::Person },
];

fn manager() -> Option<&'static Manager> {
    MANAGERS.iter().find(|manager| program::find(manager.name).is_some())
}

impl Manager {
    /// The command that a person types.
    fn line(&self, package: &str, user: User) -> String {
        let before = if (self.installer, user) == (User::Root, User::Person) { "sudo " } else { "" };
        format!("{before}{} {} {package}", self.name, self.install.join(" "))
    }

    fn run(&self, words: &[&str], package: Option<&str>) -> Result<(), Failure> {
        let program = Program::new(self.name).args(words.iter().copied()).args(package);
        program.variable("DEBIAN_FRONTEND", "noninteractive").directory(Path::new("/")).run()
    }
}

/// Lists of packages may be missing or old: they are fetched when the first try fails.
fn install(manager: &Manager, tool: &Tool) -> Result<(), Failure> {
    println!("{} is missing: {}", tool.name, manager.line(tool.name, User::Root));
    let attempt = || manager.run(manager.install, Some(tool.name));
    let installed = attempt().or_else(|failure| match manager.refresh {
        Some(refresh) => manager.run(refresh, None).and_then(|()| attempt()),
        None => Err(failure),
    });
    installed.map_err(|failure| {
        Failure::new(format!("{} is missing and could not be installed: {failure}", tool.name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_programs_say() {
        for (said, version) in [
            ("git version 2.39.5 (Apple Git-154)", Some(Version(2, 39))),
            ("git version 2.50.0.rc1\n", Some(Version(2, 50))),
            ("tmux 3.3a", Some(Version(3, 3))),
            ("tmux next-3.6", Some(Version(3, 6))),
            ("tmux 3.10", Some(Version(3, 10))),
            ("tmux master", None),
            ("", None),
        ] {
            assert_eq!(Version::read(said), version, "{said}");
        }
        assert!(Version(3, 2) < TMUX.oldest && Version(3, 10) > TMUX.oldest && Version(2, 99) < TMUX.oldest);
    }

    #[test]
    fn what_is_missing_is_named_with_the_command_that_installs_it() {
        let manager = |name: &str| MANAGERS.iter().find(|manager| manager.name == name);
        for (name, user, advice) in [
            ("apt-get", User::Person, "sudo apt-get install -y --no-install-recommends tmux"),
            ("dnf", User::Root, "dnf install -y tmux"),
            ("brew", User::Person, "brew install tmux"),
            ("none", User::Person, "install tmux 3.3 or newer"),
        ] {
            assert_eq!(TMUX.advice(manager(name), user), advice);
        }
    }

    #[test]
    fn the_git_that_these_tests_run_with_will_do() {
        git().unwrap();
        let ancient = Tool { name: "git", version_option: "--version", oldest: Version(99, 0) };
        let refused = ancient.check(None, User::Person).unwrap_err().to_string();
        assert!(refused.ends_with("is too old: install git 99.0 or newer"), "{refused}");
        let missing = Tool { name: "no-such-program", version_option: "-V", oldest: Version(1, 0) };
        let refused = missing.check(None, User::Person).unwrap_err().to_string();
        assert_eq!(refused, "no-such-program is missing: install no-such-program 1.0 or newer");
    }
}
