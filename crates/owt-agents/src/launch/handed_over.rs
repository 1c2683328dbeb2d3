//! What of the person's own settings, which lie in their checkout in no commit and cannot lie in the worktree, goes along
//! in the session's own files: rules of permission, variables and servers in Claude Code's format (2.1.197). Nothing else of
//! them, hooks and modes of permission least of all. Must not know where the files were read, nor whether they are approved.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// The lists of rules that go along. Whatever else stands under `permissions` (`defaultMode`) is ours to say.
const RULES: [&str; 4] = ["allow", "ask", "deny", "additionalDirectories"];

/// Variables that no settings of the person's may take the place of in a session.
const OUR_PREFIX: &str = "OWT_";

/// What goes along.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HandedOver {
    /// Rules by the name of their list.
    permissions: BTreeMap<String, Vec<String>>,
    /// Variables.
    env: BTreeMap<String, String>,
    /// Servers by name.
    servers: Map<String, Value>,
    /// Servers that the person does not want.
    unwanted: BTreeSet<String>,
}

/// The text is not what such a file holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandOverError {
    /// It is no JSON.
    #[error("it is no JSON: {0}")]
    Json(String),
    /// It is JSON, and no object.
    #[error("it holds no settings")]
    NoObject,
}

/// Where a file of settings lies: its variables go before those of files that were added earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsPlace {
    /// In the person's checkout alone: it goes along.
    Checkout,
    /// In the worktree, where the program reads it itself.
    Worktree,
}

impl HandedOver {
    /// Takes in a file of settings, with every text in it as `adjust` makes it.
    ///
    /// # Errors
    /// [`HandOverError`]; nothing was taken in.
    pub fn add_settings(
        &mut self,
        place: SettingsPlace,
        bytes: &[u8],
        adjust: &dyn Fn(&str) -> String,
    ) -> Result<(), HandOverError> {
        let settings = object(bytes)?;
        let variables = settings.get("env").and_then(Value::as_object).into_iter().flatten();
        if place == SettingsPlace::Worktree {
            variables.for_each(|(name, _)| drop(self.env.remove(name)));
            return Ok(());
        }
        for (name, value) in variables.filter(|(name, _)| !name.starts_with(OUR_PREFIX)) {
            let text = match value {
                Value::String(text) => adjust(text),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => continue,
            };
            self.env.insert(name.clone(), text);
        }
        let rules = settings.get("permissions").and_then(Value::as_object);
        for (list, rules) in RULES.into_iter().filter_map(|list| Some((list, rules?.get(list)?))) {
            let known = self.permissions.entry(list.to_owned()).or_default();
            for rule in texts(rules).map(adjust) {
                if !known.contains(&rule) {
                    known.push(rule);
                }
            }
        }
        let unwanted = settings.get("disabledMcpjsonServers").into_iter().flat_map(texts);
        self.unwanted.extend(unwanted.map(str::to_owned));
        Ok(())
    }

    /// Takes in a file of servers, with every text in it as `adjust` makes it.
    ///
    /// # Errors
    /// [`HandOverError`]; nothing was taken in.
    pub fn add_servers(
        &mut self,
        bytes: &[u8],
        adjust: &dyn Fn(&str) -> String,
    ) -> Result<(), HandOverError> {
        let file = object(bytes)?;
        let servers = file.get("mcpServers").and_then(Value::as_object).into_iter().flatten();
        let adjusted = servers.map(|(name, server)| (name.clone(), adjusted(server, adjust)));
        self.servers.extend(adjusted);
        Ok(())
    }

    /// Whether nothing goes along.
    pub fn is_empty(&self) -> bool {
        self.env.is_empty() && self.permissions.values().all(Vec::is_empty) && self.servers().is_none()
    }

    /// Puts rules and variables into a session's settings. What these say themselves stays.
    pub(super) fn join(&self, settings: &mut Map<String, Value>, reserved: &dyn Fn(&str) -> bool) {
        let rules: Map<String, Value> = self
            .permissions
            .iter()
            .filter(|(_, rules)| !rules.is_empty())
            .map(|(list, rules)| (list.clone(), json!(rules)))
            .collect();
        let free = self.env.iter().filter(|(name, _)| !reserved(name));
        let env: Map<String, Value> = free.map(|(name, value)| (name.clone(), json!(value))).collect();
        for (key, more) in [("permissions", rules), ("env", env)] {
            if more.is_empty() {
                continue;
            }
            let own = settings.entry(key).or_insert_with(|| json!({}));
            if let Value::Object(own) = own {
                for (name, value) in more {
                    own.entry(name).or_insert(value);
                }
            }
        }
    }

    /// The file with the servers; `None` when there are none.
    pub(super) fn servers(&self) -> Option<String> {
        let wanted: Map<String, Value> = self
            .servers
            .iter()
            .filter(|(name, _)| !self.unwanted.contains(*name))
            .map(|(name, server)| (name.clone(), server.clone()))
            .collect();
        (!wanted.is_empty()).then(|| format!("{:#}\n", json!({ "mcpServers": wanted })))
    }
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, HandOverError> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| HandOverError::Json(error.to_string()))?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(HandOverError::NoObject),
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn adjusted(value: &Value, adjust: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(adjust(text)),
        Value::Array(values) => values.iter().map(|value| adjusted(value, adjust)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), adjusted(value, adjust))).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(handed: &HandedOver, own: Value) -> Value {
        let Value::Object(mut own) = own else { panic!("an object") };
        handed.join(&mut own, &|name| name == "TAKEN");
        Value::Object(own)
    }

    #[test]
    fn rules_and_variables_go_along_and_nothing_else_does() {
        let mut handed = HandedOver::default();
        let moved = |text: &str| text.replace("/p/app", "/w/x");
        let shared = json!({
            "permissions": {"allow": ["Read(//p/app/**)", "Bash(make:*)", 7], "defaultMode": "bypassPermissions"},
            "env": {"DB": "/p/app/db", "PORT": 3000, "OWT_TOKEN": "x", "TAKEN": "1", "BOTH": "shared"},
            "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "evil"}]}]},
            "apiKeyHelper": "evil", "enableAllProjectMcpServers": true,
        });
        let own =
            json!({"permissions": {"allow": ["Bash(make:*)"], "deny": ["WebFetch"]}, "env": {"BOTH": "own"}});
        for file in [shared, own] {
            handed.add_settings(SettingsPlace::Checkout, file.to_string().as_bytes(), &moved).unwrap();
        }
        assert_eq!(
            settings(&handed, json!({"hooks": {"Stop": "ours"}, "skip": true})),
            json!({
                "hooks": {"Stop": "ours"}, "skip": true,
                "permissions": {"allow": ["Read(//w/x/**)", "Bash(make:*)"], "deny": ["WebFetch"]},
                "env": {"DB": "/w/x/db", "PORT": "3000", "BOTH": "own"},
            })
        );
        assert_eq!(settings(&handed, json!({"env": {"DB": "ours"}}))["env"]["DB"], "ours");
        let stored = serde_json::to_string(&handed).unwrap();
        assert_eq!(serde_json::from_str::<HandedOver>(&stored).unwrap(), handed);
    }

    #[test]
    fn what_the_worktree_itself_says_goes_before() {
        let mut handed = HandedOver::default();
        let as_it_is = |text: &str| text.to_owned();
        let file = |value: &str| json!({"env": {"A": value, "B": value}}).to_string().into_bytes();
        handed.add_settings(SettingsPlace::Checkout, &file("shared"), &as_it_is).unwrap();
        let own = json!({"env": {"A": "own"}}).to_string();
        handed.add_settings(SettingsPlace::Worktree, own.as_bytes(), &as_it_is).unwrap();
        assert_eq!(settings(&handed, json!({})), json!({"env": {"B": "shared"}}));
    }

    #[test]
    fn servers_go_along_but_those_that_the_person_does_not_want() {
        let mut handed = HandedOver::default();
        let moved = |text: &str| text.replace("/p/app", "/w/x");
        assert!(handed.is_empty() && handed.servers().is_none());
        let servers = json!({"mcpServers": {
            "db": {"command": "/p/app/serve", "args": ["--port", "1"], "env": {"ROOT": "/p/app"}},
            "old": {"command": "old"},
        }});
        handed.add_servers(servers.to_string().as_bytes(), &moved).unwrap();
        let unwanted = json!({"disabledMcpjsonServers": ["old"]}).to_string();
        handed.add_settings(SettingsPlace::Checkout, unwanted.as_bytes(), &moved).unwrap();
        let file: Value = serde_json::from_str(&handed.servers().unwrap()).unwrap();
        let db = json!({"command": "/w/x/serve", "args": ["--port", "1"], "env": {"ROOT": "/w/x"}});
        assert_eq!(file, json!({"mcpServers": {"db": db}}));
        assert!(!handed.is_empty());
    }

    #[test]
    fn what_is_no_settings_is_told_and_changes_nothing() {
        let mut handed = HandedOver::default();
        let as_it_is = |text: &str| text.to_owned();
        for (text, error) in [("[1]", HandOverError::NoObject), ("\"x\"", HandOverError::NoObject)] {
            assert_eq!(handed.add_servers(text.as_bytes(), &as_it_is), Err(error));
        }
        for text in [&b"{,}"[..], b"", b"\xff", b"{\"env\": {\"A\": \"1\"}} x"] {
            let told = handed.add_settings(SettingsPlace::Checkout, text, &as_it_is);
            assert!(matches!(told, Err(HandOverError::Json(_))), "{told:?}");
        }
        for odd in
            [r#"{"env": 1, "permissions": []}"#, r#"{"permissions": {"allow": "x"}, "env": {"A": null}}"#]
        {
            handed.add_settings(SettingsPlace::Checkout, odd.as_bytes(), &as_it_is).unwrap();
        }
        assert!(handed.is_empty());
    }
}
