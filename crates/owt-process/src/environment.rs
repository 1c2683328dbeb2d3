//! The environment of a child: where it starts from, what is changed, and what is never passed on.
//! Pure but for the one read of our own environment.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ffi::OsString;

use crate::git_variables;

/// What a child's environment starts from.
#[derive(Debug, Clone)]
enum Base {
    Ours,
    Given(BTreeMap<OsString, OsString>),
}

/// A child's environment before it is worked out.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    base: Base,
    changes: BTreeMap<OsString, Option<OsString>>,
}

impl Environment {
    pub(crate) const fn inherited() -> Self {
        Self { base: Base::Ours, changes: BTreeMap::new() }
    }

    /// Replaces the base and forgets the changes.
    pub(crate) fn start_from(&mut self, base: BTreeMap<OsString, OsString>) {
        *self = Self { base: Base::Given(base), changes: BTreeMap::new() };
    }

    pub(crate) fn set(&mut self, name: OsString, value: OsString) {
        self.changes.insert(name, Some(value));
    }

    pub(crate) fn remove(&mut self, name: OsString) {
        self.changes.insert(name, None);
    }

    /// What was changed by name: the value, or `None` when removed.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&OsStr, Option<&OsStr>)> {
        self.changes.iter().map(|(name, value)| (name.as_os_str(), value.as_deref()))
    }

    /// The environment that the child gets. Variables that redirect git come through only when set by name.
    pub(crate) fn resolve(&self) -> BTreeMap<OsString, OsString> {
        let mut variables = match &self.base {
            Base::Ours => ours(),
            Base::Given(base) => base.clone(),
        };
        variables.retain(|name, _| !name.to_str().is_some_and(git_variables::is_removed));
        for (name, change) in &self.changes {
            match change {
                Some(value) => variables.insert(name.clone(), value.clone()),
                None => variables.remove(name),
            };
        }
        variables
    }
}

#[expect(clippy::disallowed_methods, reason = "inheriting is passing on our own environment, unread")]
fn ours() -> BTreeMap<OsString, OsString> {
    std::env::vars_os().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> Environment {
        let mut environment = Environment::inherited();
        environment.start_from(pairs.iter().map(|(name, value)| (name.into(), value.into())).collect());
        environment
    }

    #[test]
    fn a_git_redirect_is_dropped_from_the_base_and_kept_when_set_by_name() {
        let mut environment = given(&[("GIT_DIR", "/a"), ("GIT_INDEX_FILE", "/b"), ("HOME", "/h")]);
        environment.set("GIT_INDEX_FILE".into(), "/own".into());
        let resolved = environment.resolve();
        assert_eq!(resolved.get(OsStr::new("GIT_INDEX_FILE")), Some(&OsString::from("/own")));
        assert_eq!(resolved.get(OsStr::new("HOME")), Some(&OsString::from("/h")));
        assert!(!resolved.contains_key(OsStr::new("GIT_DIR")));
    }

    #[test]
    fn the_last_change_of_a_name_wins() {
        let mut environment = given(&[("A", "1")]);
        environment.set("A".into(), "2".into());
        environment.remove("A".into());
        assert!(environment.resolve().is_empty());
        environment.set("A".into(), "3".into());
        assert_eq!(environment.resolve().len(), 1);
    }
}
