//! Our hooks as a table of Codex's configuration, read from version 0.169.0 and its published sources.
//!
//! Codex runs a hook only when the person has reviewed it: their configuration then holds a hash of it. The arguments of a
//! session count as the person's too, so the hash of each of our hooks stands beside it there. No other hook is let in by
//! that, neither the person's unreviewed ones nor a repository's, and nothing is written down.

use std::fmt::Write as _;

use owt_core::AbsPath;
use serde_json::Value;
use serde_json::json;
use sha2::Digest as _;
use sha2::Sha256;

use super::hook_settings::hook_argv;
use crate::manifest::Manifest;
use crate::shell_words;
use crate::template::toml_string;

/// Where Codex says that hooks of a session's arguments are from.
const SOURCE: &str = "/<session-flags>/config.toml";

/// What Codex takes when no time is given, in seconds.
const TIMEOUT_SECONDS: u32 = 600;

/// `{Stop=[{hooks=[..]}],..,state={..}}`: all events in one value, since a second argument would take the place of the first.
pub(super) fn table(owt: &AbsPath, manifest: &Manifest) -> String {
    let timeout = manifest.hooks.timeout_seconds.unwrap_or(TIMEOUT_SECONDS);
    let mut events = Vec::new();
    let mut states = Vec::new();
    for event in &manifest.hooks.events {
        let command = shell_words::join(&hook_argv(owt, manifest, event));
        let words = toml_string(&command);
        events.push(format!("{event}=[{{hooks=[{{type=\"command\",command={words},timeout={timeout}}}]}}]"));
        let label = snake_case(event);
        let key = toml_string(&format!("{SOURCE}:{label}:0:0"));
        let hash = trusted_hash(&label, &command, timeout);
        states.push(format!("{key}={{trusted_hash=\"{hash}\"}}"));
    }
    format!("{{{},state={{{}}}}}", events.join(","), states.join(","))
}

/// Codex's hash of a hook: of its normal form as JSON with sorted names.
fn trusted_hash(label: &str, command: &str, timeout: u32) -> String {
    let hook = json!({"async": false, "command": command, "timeout": timeout, "type": "command"});
    let identity: Value = json!({"event_name": label, "hooks": [hook]});
    let digest = Sha256::digest(identity.to_string());
    let hex = digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    format!("sha256:{hex}")
}

/// `UserPromptSubmit` is `user_prompt_submit`.
fn snake_case(event: &str) -> String {
    let mut label = String::new();
    for (index, letter) in event.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            label.push('_');
        }
        label.push(letter.to_ascii_lowercase());
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `hooks/list` of `codex app-server` 0.169.0 tells it (`currentHash`).
    #[test]
    fn a_hook_has_the_hash_that_codex_gives_it() {
        for (label, event, hash) in [
            (
                "pre_tool_use",
                "PreToolUse",
                "bdfc2c5cfa4f7ecc5041169015de4ab0e13131b7cd860a179ea22b60cee81102",
            ),
            (
                "user_prompt_submit",
                "UserPromptSubmit",
                "f27b665ec52d640056e222810a56ad82423f0dc7bf1ee241be64527084d29ab1",
            ),
        ] {
            assert_eq!(snake_case(event), label);
            let command = format!("/x y/owt hook --event {event}");
            assert_eq!(trusted_hash(label, &command, 10), format!("sha256:{hash}"), "{event}");
        }
    }
}
