//! Configuration from the outside: every setting walked through every layer, every kind of fault, real files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod any_bytes;
mod declarations;
mod faults;
mod files;
mod folders;
mod layers;
mod templates;

use std::collections::BTreeMap;

use owt_config::InvalidConfiguration;
use owt_config::Settings;
use owt_config::SourceFile;
use owt_config::Sources;
use owt_config::assemble;
use owt_core::AbsPath;

fn path(text: &str) -> AbsPath {
    AbsPath::new(text).unwrap()
}

fn user_file(text: &str) -> SourceFile {
    SourceFile { path: path("/home/ada/.config/open-orchestrator/config.toml"), text: text.to_owned() }
}

fn repository_file(text: &str) -> SourceFile {
    SourceFile { path: path("/srv/shop/.worktreerc"), text: text.to_owned() }
}

fn of_user(text: &str) -> Result<Settings, InvalidConfiguration> {
    assemble(&Sources { user: Some(&user_file(text)), ..Sources::default() })
}

fn of_repository(text: &str) -> Result<Settings, InvalidConfiguration> {
    assemble(&Sources { repository: Some(&repository_file(text)), ..Sources::default() })
}

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
