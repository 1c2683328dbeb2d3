//! Which `GIT_*` variables are never inherited, and why the others are. We choose the directory that a program
//! runs in; a variable left over from a git hook or a person's shell must not point git somewhere else.
//! Source: git 2.47 `git rev-parse --local-env-vars` and git(1) "Environment Variables".

/// Never inherited: name and reason. A caller that needs one sets it with [`Cmd::env`](crate::Cmd::env).
pub const REMOVED: &[(&str, &str)] = &[
    ("GIT_DIR", "another repository"),
    ("GIT_WORK_TREE", "another working tree"),
    ("GIT_IMPLICIT_WORK_TREE", "another working tree"),
    ("GIT_COMMON_DIR", "another repository"),
    ("GIT_INDEX_FILE", "another index; set inside hooks of a partial commit"),
    ("GIT_OBJECT_DIRECTORY", "another object store"),
    ("GIT_ALTERNATE_OBJECT_DIRECTORIES", "another object store"),
    ("GIT_QUARANTINE_PATH", "set inside a receiving hook: ref updates are refused"),
    ("GIT_NAMESPACE", "other refs"),
    ("GIT_PREFIX", "another place in the tree"),
    ("GIT_CEILING_DIRECTORIES", "hides the repository we were pointed at"),
    ("GIT_DISCOVERY_ACROSS_FILESYSTEM", "finds another repository"),
    ("GIT_GRAFT_FILE", "another history"),
    ("GIT_SHALLOW_FILE", "another history"),
    ("GIT_REPLACE_REF_BASE", "another history"),
    ("GIT_NO_REPLACE_OBJECTS", "another history"),
    ("GIT_INTERNAL_SUPER_PREFIX", "another place in the tree"),
    ("GIT_CONFIG", "another repository configuration"),
    ("GIT_CONFIG_PARAMETERS", "`-c` settings of an outer git command"),
    ("GIT_CONFIG_COUNT", "`-c` settings of an outer git command"),
    ("GIT_ATTR_SOURCE", "attributes of another tree"),
    ("GIT_LITERAL_PATHSPECS", "changes what our arguments mean"),
    ("GIT_GLOB_PATHSPECS", "changes what our arguments mean"),
    ("GIT_NOGLOB_PATHSPECS", "changes what our arguments mean"),
    ("GIT_ICASE_PATHSPECS", "changes what our arguments mean"),
    ("GIT_EXTERNAL_DIFF", "replaces the output that we parse"),
    ("GIT_DIFF_OPTS", "changes the output that we parse"),
    ("GIT_REFLOG_ACTION", "names an outer command in the reflog"),
];

/// Numbered variables never inherited: they come with `GIT_CONFIG_COUNT`.
pub const REMOVED_PREFIXES: &[(&str, &str)] = &[
    ("GIT_CONFIG_KEY_", "`-c` settings of an outer git command"),
    ("GIT_CONFIG_VALUE_", "`-c` settings of an outer git command"),
];

/// Some that are inherited on purpose: they say who the person is and how they reach their remotes, not which
/// repository is meant.
pub const KEPT: &[(&str, &str)] = &[
    ("GIT_SSH", "how the person reaches remotes"),
    ("GIT_SSH_COMMAND", "how the person reaches remotes"),
    ("GIT_SSH_VARIANT", "how the person reaches remotes"),
    ("GIT_ASKPASS", "how the person authenticates"),
    ("GIT_AUTHOR_NAME", "who the person is"),
    ("GIT_AUTHOR_EMAIL", "who the person is"),
    ("GIT_AUTHOR_DATE", "the person's choice"),
    ("GIT_COMMITTER_NAME", "who the person is"),
    ("GIT_COMMITTER_EMAIL", "who the person is"),
    ("GIT_COMMITTER_DATE", "the person's choice"),
    ("GIT_CONFIG_GLOBAL", "which user configuration holds the person's identity"),
    ("GIT_CONFIG_SYSTEM", "which system configuration holds"),
    ("GIT_CONFIG_NOSYSTEM", "which system configuration holds"),
    ("GIT_EXEC_PATH", "which installation of git is meant"),
    ("GIT_TERMINAL_PROMPT", "whether git may ask"),
    ("GIT_ALLOW_PROTOCOL", "a safety setting"),
];

/// Whether a variable of this name is never inherited.
pub fn is_removed(name: &str) -> bool {
    REMOVED.iter().any(|(removed, _)| *removed == name)
        || REMOVED_PREFIXES.iter().any(|(prefix, _)| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_redirects_git_is_removed_and_what_identifies_the_person_is_kept() {
        assert!(REMOVED.iter().all(|(name, _)| is_removed(name)));
        assert!(is_removed("GIT_CONFIG_KEY_0") && is_removed("GIT_CONFIG_VALUE_12"));
        assert!(!KEPT.iter().any(|(name, _)| is_removed(name)));
        assert!(!is_removed("PATH") && !is_removed("GIT_DIRECTORY_OF_MINE"));
    }
}
