//! Real files at real paths.

use std::fs;

use owt_config::ConfigPaths;
use owt_config::InvalidConfiguration;
use owt_config::Settings;
use owt_config::load;
use owt_config::values::AgentChoice;
use owt_core::AbsPath;
use tempfile::TempDir;

struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("repository")).unwrap();
        Self { folder }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    fn path(&self, name: &str) -> AbsPath {
        AbsPath::new(self.folder.path().join(name)).unwrap()
    }

    fn paths(&self, repository: &str) -> ConfigPaths {
        ConfigPaths {
            user: self.path("config.toml"),
            user_fallback: Some(self.path(".worktreerc")),
            repository_root: Some(self.path(repository)),
        }
    }

    fn load(&self) -> Result<Settings, InvalidConfiguration> {
        load(&self.paths("repository"), None, &[])
    }

    fn agent(&self) -> AgentChoice {
        self.load().unwrap().general.agent.value
    }

    fn refusal(&self) -> String {
        self.load().unwrap_err().to_string()
    }
}

fn named(name: &str) -> AgentChoice {
    AgentChoice::Named(name.to_owned())
}

#[test]
fn files_that_do_not_exist_say_nothing() {
    assert_eq!(Home::new().agent(), AgentChoice::Auto);
}

#[test]
fn the_repositorys_file_has_two_names_and_wins_over_the_persons() {
    for name in ["repository/.worktreerc", "repository/.worktreerc.toml"] {
        let home = Home::new();
        home.write("config.toml", b"agent = 'claude'");
        assert_eq!(home.agent(), named("claude"));
        home.write(name, b"agent = 'codex'");
        assert_eq!(home.agent(), named("codex"), "{name}");
    }
}

#[test]
fn two_files_in_a_repository_are_refused() {
    let home = Home::new();
    home.write("repository/.worktreerc", b"");
    home.write("repository/.worktreerc.toml", b"");
    let refusal = home.refusal();
    assert!(refusal.contains(".worktreerc.toml:1:1: '.worktreerc' exists beside it"), "{refusal}");
}

#[test]
fn the_originals_file_in_the_home_folder_holds_where_there_is_no_other() {
    let home = Home::new();
    assert_eq!(home.paths("repository").user_file(), home.path("config.toml"));
    home.write(".worktreerc", b"agent = 'claude'\npermissions = 'edits'");
    assert_eq!(home.agent(), named("claude"));
    assert_eq!(home.paths("repository").user_file(), home.path(".worktreerc"));
    home.write("repository/.worktreerc", b"agent = 'codex'");
    assert_eq!(home.agent(), named("codex"));
}

#[test]
fn two_files_of_the_person_are_refused_with_both_names_and_what_to_do() {
    let home = Home::new();
    home.write("config.toml", b"");
    home.write(".worktreerc", b"");
    let refusal = home.refusal();
    assert!(refusal.contains("config.toml:1:1: '"), "{refusal}");
    assert!(refusal.contains("/.worktreerc' exists, too"), "{refusal}");
    assert!(refusal.contains("move what you need from it into this file and remove it"), "{refusal}");
    assert_eq!(home.paths("repository").user_file(), home.path("config.toml"));
}

#[test]
fn in_a_repository_that_is_the_home_folder_the_file_is_the_repositorys_alone() {
    let home = Home::new();
    let paths =
        ConfigPaths { repository_root: home.path(".worktreerc").parent(), ..home.paths("repository") };
    home.write("config.toml", b"agent = 'claude'");
    home.write(".worktreerc", b"agent = 'codex'");
    assert_eq!(load(&paths, None, &[]).unwrap().general.agent.value, named("codex"));
    assert_eq!(paths.user_file(), home.path("config.toml"));
    home.write(".worktreerc", b"permissions = 'bypass'");
    let refusal = load(&paths, None, &[]).unwrap_err().to_string();
    assert!(refusal.contains("not in a repository's file"), "{refusal}");
}

#[test]
fn files_that_cannot_be_read_as_text_are_refused_with_the_reason() {
    let home = Home::new();
    home.write("config.toml", b"agent = '\xff'");
    fs::create_dir(home.folder.path().join("repository/.worktreerc")).unwrap();
    let refusal = home.refusal();
    assert!(refusal.contains("config.toml:1:1: the file cannot be read: it is not UTF-8"), "{refusal}");
    assert!(refusal.contains(".worktreerc:1:1: the file cannot be read: it is not a file"), "{refusal}");
    let home = Home::new();
    home.write("config.toml", &vec![b'#'; 1024 * 1024 + 1]);
    assert!(home.refusal().contains("larger than 1 MiB"));
}
