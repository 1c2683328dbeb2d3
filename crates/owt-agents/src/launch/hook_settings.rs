//! Our hook commands in the words of each channel.

use owt_core::AbsPath;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::manifest::Manifest;
use crate::shell_words;

/// Our hook command without its last word, the event: `owt hook --agent NAME --event`. The payload comes on standard
/// input or as one more argument, as the agent does it.
pub(super) fn hook_words(owt: &AbsPath, manifest: &Manifest) -> [String; 5] {
    [owt.as_str(), "hook", "--agent", manifest.name.as_str(), "--event"].map(str::to_owned)
}

/// Our hook command for an event.
pub fn hook_argv(owt: &AbsPath, manifest: &Manifest, event: &str) -> [String; 6] {
    let [owt, hook, agent, name, option] = hook_words(owt, manifest);
    [owt, hook, agent, name, option, event.to_owned()]
}

/// The session's settings file in Claude Code's format (2.1.197; its hook commands are shell strings by design), which
/// Droid 0.215.0 reads too.
pub(super) fn settings(owt: &AbsPath, manifest: &Manifest, level: &Map<String, Value>) -> String {
    let mut settings = manifest.hooks.settings.clone();
    settings.extend(level.clone());
    let hooks: Map<String, Value> = manifest
        .hooks
        .events
        .iter()
        .map(|event| {
            let mut hook = json!({
                "type": "command",
                "command": shell_words::join(&hook_argv(owt, manifest, event)),
            });
            if let Some(seconds) = manifest.hooks.timeout_seconds {
                hook["timeout"] = seconds.into();
            }
            (event.clone(), json!([{"hooks": [hook]}]))
        })
        .collect();
    settings.insert("hooks".to_owned(), Value::Object(hooks));
    format!("{:#}\n", Value::Object(settings))
}
