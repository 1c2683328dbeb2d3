//! Names that a workspace has for itself among containers and databases.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::WorkspaceId;
use crate::workspace::WorkspaceName;

/// How much of a workspace's name such a name keeps. PostgreSQL cuts identifiers at 63 bytes, and the
/// application's own prefix needs room.
const KEPT: usize = 30;

/// How many characters of the workspace's id make two workspaces of one name differ.
const TOLD_APART_BY: usize = 6;

/// A text has characters that such a name cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a valid name")]
pub struct InvalidName(String);

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, separator: $separator:literal, also: $also:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name of a workspace: readable, and no other workspace's.
            pub fn of(name: &WorkspaceName, id: WorkspaceId) -> Self {
                Self(own_name(name.as_str(), id, $separator))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                let begins_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
                let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || $also.contains(&c);
                if begins_well && text.chars().all(fits) { Ok(Self(text)) } else { Err(InvalidName(text)) }
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// A project name for Docker Compose: `[a-z0-9][a-z0-9_-]*` (Compose specification, "Name top-level element").
    ComposeProject, separator: '-', also: ['-', '_']
}

name! {
    /// The end of a database's name: `[a-z0-9][a-z0-9_]*`, which needs no quotes in any SQL when something that
    /// begins with a letter stands before it.
    DatabaseSuffix, separator: '_', also: ['_']
}

fn own_name(name: &str, id: WorkspaceId, separator: char) -> String {
    let mut text = String::new();
    for c in name.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => text.push(c),
            _ if text.is_empty() || text.ends_with(separator) => {}
            _ => text.push(separator),
        }
        if text.len() == KEPT {
            break;
        }
    }
    let id = id.to_string();
    let end = &id[id.len() - TOLD_APART_BY..];
    match text.trim_end_matches(separator) {
        "" => format!("owt{separator}{end}"),
        text => format!("{text}{separator}{end}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_name_is_readable_and_tells_two_of_one_name_apart() {
        let name = WorkspaceName::new("feat/Add Login!");
        let (one, two) = (WorkspaceId::from_bits(1), WorkspaceId::from_bits(2));
        assert_eq!(ComposeProject::of(&name, one).as_str(), "feat-add-login-000001");
        assert_eq!(DatabaseSuffix::of(&name, two).as_str(), "feat_add_login_000002");
    }

    #[test]
    fn another_alphabet_leaves_the_id() {
        let name = WorkspaceName::new("добавить-вход");
        assert_eq!(ComposeProject::of(&name, WorkspaceId::from_bits(33)).as_str(), "owt-000011");
    }

    proptest! {
        #[test]
        fn every_workspace_has_valid_names(name in "\\PC{0,80}", bits in any::<u128>()) {
            let (name, id) = (WorkspaceName::new(&name), WorkspaceId::from_bits(bits));
            let (compose, database) = (ComposeProject::of(&name, id), DatabaseSuffix::of(&name, id));
            prop_assert!(compose.as_str().len() <= 40 && database.as_str().len() <= 40);
            prop_assert_eq!(ComposeProject::try_from(compose.to_string()), Ok(compose));
            prop_assert_eq!(DatabaseSuffix::try_from(database.to_string()), Ok(database));
        }
    }
}
