//! The keys of the original programs' files (open-orchestrator 0.1 to 0.5, Python) that mean nothing here, and
//! what to do about each: an old file is answered line by line instead of with "unknown key".

use crate::key_pattern::Fit;
use crate::key_pattern::fit;

/// What to do about an old key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Advice {
    /// There is a new word.
    #[error("a setting of the original; here it is '{0}'")]
    Renamed(&'static str),
    /// This version cannot do it.
    #[error("a setting of the original that this version does not have ({0}); remove it")]
    NotHere(&'static str),
    /// There is nothing left to set.
    #[error("a setting of the original that has no meaning here: {0}; remove it")]
    Gone(&'static str),
}

use Advice::Gone;
use Advice::NotHere;
use Advice::Renamed;

/// Keys with dots; `<name>` stands for any part. A key of a whole table answers for everything below it.
const OLD_WORDS: &[(&str, Advice)] = &[
    ("tmux.ai_tool", Renamed("agent")),
    ("backend.mode", Renamed("session.backend")),
    ("droid.skip_permissions_unsafe", Renamed("permissions")),
    ("tools.<name>.task_via_args", Renamed("{{task}} in command_template")),
    ("worktree.auto_cleanup_days", Renamed("cleanup.idle")),
    ("environment.auto_install_deps", Renamed("worktree.install")),
    (
        "environment.additional_config_files",
        Gone("every '.env.*' comes along, and '.worktreeinclude' names more"),
    ),
    ("environment", Gone("private files always come along, with their paths adjusted")),
    ("sync", Gone("'owt sync' merges, stashes nothing, and keeps what is gone from a remote")),
    ("templates", Gone("a template is a file of its own: templates/NAME.toml beside your configuration")),
    ("backend", NotHere("herdr")),
    ("opencode", NotHere("settings of one agent; see 'agents.<name>.path'")),
    ("droid", NotHere("settings of one agent; see 'agents.<name>.path'")),
    ("switchboard.background_color", Renamed("background")),
    ("switchboard", NotHere("the dashboard's colours; see 'theme' and 'background'")),
    ("critic_enabled", Renamed("critic.enabled")),
    ("dream_enabled", NotHere("dreaming")),
    ("dream_idle_seconds", NotHere("dreaming")),
    ("recall_enabled", NotHere("the memory")),
    ("tmux.default_layout", Renamed("tmux.layout")),
    ("tmux.pane_count", Renamed("tmux.layout")),
    ("tmux.auto_start_ai", Gone("a session always starts its agent")),
    ("tmux.auto_start_claude", Gone("a session always starts its agent")),
    ("tmux", Gone("sessions live on a tmux server of our own, with a configuration of our own")),
    ("agno", Gone("its intelligence layer does not exist")),
    ("tool_token_budget", Gone("nothing counts tool descriptions")),
];

/// What to do about a key, when it or its table is an old one. The most special answer stands first.
pub(crate) fn advice(path: &[&str]) -> Option<Advice> {
    let concerns = |key: &str| matches!(fit(key, path), Fit::Same | Fit::Below);
    OLD_WORDS.iter().find(|(key, _)| concerns(key)).map(|(_, advice)| *advice)
}

/// Whether only the table of a key is an old one, and nothing is known of the key itself.
pub(crate) fn is_known_by_its_table(path: &[&str]) -> bool {
    let concerns = |(key, _): &&(&str, Advice)| matches!(fit(key, path), Fit::Same | Fit::Below);
    OLD_WORDS.iter().find(concerns).is_some_and(|(key, _)| fit(key, path) == Fit::Below)
}

/// Whether keys below `path` have advice of their own.
pub(crate) fn has_advice_below(path: &[&str]) -> bool {
    OLD_WORDS.iter().any(|(key, _)| fit(key, path) == Fit::Above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::declarations;

    #[test]
    fn new_words_exist_and_old_words_do_not() {
        for (key, advice) in OLD_WORDS {
            let path: Vec<&str> = key.split('.').collect();
            assert!(!declarations().any(|declaration| declaration.is_named(&path)), "{key} is a setting");
            if let Renamed(new) = advice {
                let exists = declarations().any(|declaration| declaration.key == *new);
                assert!(
                    exists || key.starts_with("tools."),
                    "{key} is answered with {new}, which does not exist"
                );
            }
        }
    }
}
