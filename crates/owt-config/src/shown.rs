//! The settings in force, for whoever wants to see them: each with its value and who gave it, or as a file would say
//! them.

use toml_edit::Array;
use toml_edit::DocumentMut;
use toml_edit::Item;
use toml_edit::Table;

use crate::document::Given;
use crate::document::KeyPath;
use crate::origin::Origin;

/// A value as a file would say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `"text"`
    Text(String),
    /// `true` or `false`
    Boolean(bool),
    /// `["text", "text"]`
    List(Vec<String>),
    /// `[["program", "argument"]]`
    Commands(Vec<Vec<String>>),
}

/// One setting that has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    path: KeyPath,
    /// Its value.
    pub value: Value,
    /// Who gave it.
    pub origin: Origin,
}

impl Shown {
    pub(crate) fn new(path: &[String], given: Given, origin: &Origin) -> Self {
        let value = match given {
            Given::Text(text) => Value::Text(text),
            Given::Boolean(value) => Value::Boolean(value),
            Given::List(texts) => Value::List(texts),
            Given::Commands(commands) => Value::Commands(commands),
        };
        Self { path: path.to_vec(), value, origin: origin.clone() }
    }

    pub(crate) fn text(path: &[String], text: String, origin: &Origin) -> Self {
        Self::new(path, Given::Text(text), origin)
    }

    /// Its key with dots, as TOML writes it.
    pub fn key(&self) -> String {
        let parts: Vec<String> = self.path.iter().map(|part| toml_edit::Key::new(part).to_string()).collect();
        parts.join(".")
    }
}

impl Value {
    fn item(&self) -> Item {
        match self {
            Self::Text(text) => toml_edit::value(text),
            Self::Boolean(value) => toml_edit::value(*value),
            Self::List(texts) => toml_edit::value(texts.iter().collect::<Array>()),
            Self::Commands(commands) => {
                let command = |words: &Vec<String>| words.iter().collect::<Array>();
                toml_edit::value(commands.iter().map(command).collect::<Array>())
            }
        }
    }
}

/// As TOML writes it.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.item().to_string().trim())
    }
}

/// A file that says all of it.
pub fn as_toml(settings: &[Shown]) -> String {
    let mut document = DocumentMut::new();
    for setting in settings {
        put(document.as_table_mut(), &setting.path, setting.value.item());
    }
    document.to_string()
}

/// Puts an item below a table; the tables on the way come into being.
fn put(table: &mut Table, path: &[String], item: Item) {
    match path {
        [] => {}
        [last] => {
            table.insert(last, item);
        }
        [name, rest @ ..] => {
            let mut fresh = Table::new();
            fresh.set_implicit(true);
            if let Some(inner) = table.entry(name).or_insert(Item::Table(fresh)).as_table_mut() {
                put(inner, rest, item);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &[&str], given: Given) -> Shown {
        let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        Shown::new(&path, given, &Origin::Default)
    }

    #[test]
    fn what_is_shown_is_a_file_that_says_the_same() {
        let settings = [
            shown(&["agent"], Given::Text("auto".to_owned())),
            shown(&["worktree", "base_directory"], Given::Text("../a \"b\"".to_owned())),
            shown(&["tools", "my tool", "known_paths"], Given::List(vec!["~/x".to_owned()])),
            shown(&["tools", "my tool", "supports_hooks"], Given::Boolean(true)),
        ];
        assert_eq!(settings[2].key(), "tools.\"my tool\".known_paths");
        let text = as_toml(&settings);
        assert_eq!(
            text,
            "agent = \"auto\"\n\n[worktree]\nbase_directory = '../a \"b\"'\n\n[tools.\"my tool\"]\nknown_paths = [\"~/x\"]\n\
             supports_hooks = true\n"
        );
    }
}
