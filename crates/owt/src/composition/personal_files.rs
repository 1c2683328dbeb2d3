//! Where the person's own files for git are. Must not know what is in them.

use owt_config::Environment;
use owt_core::AbsPath;
use owt_git::PersonalFiles;

/// Where git reads what the person and the system say (git-config(1), "FILES"; gitignore(5); gitattributes(5)).
pub(super) fn personal_files(environment: &Environment) -> PersonalFiles {
    let home = environment.home();
    let folder = |name: &str| environment.get(name).and_then(|path| AbsPath::new(path).ok());
    let own = folder("XDG_CONFIG_HOME").or_else(|| Some(home.as_ref()?.join(".config")));
    let own = own
        .into_iter()
        .flat_map(|folder| ["config", "ignore", "attributes"].map(|name| folder.join("git").join(name)));
    let named = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"].into_iter().filter_map(folder);
    let system =
        ["/etc/gitconfig", "/etc/gitattributes"].into_iter().filter_map(|path| AbsPath::new(path).ok());
    let at_home = home.iter().map(|home| home.join(".gitconfig"));
    PersonalFiles { files: at_home.chain(own).chain(named).chain(system).collect(), home: home.clone() }
}
