//! A configuration file in which every setting stands as a comment, to begin from.

use std::fmt::Write as _;

use crate::declaration::Declaration;
use crate::declaration::Scope;
use crate::declaration::Shape;
use crate::declaration::declarations;

/// The part of a key that the person chooses.
const CHOSEN: &str = "<name>";

/// The width that comments are wrapped at.
const WIDTH: usize = 100;

/// The file. It says nothing by itself: the defaults hold.
pub fn commented() -> String {
    let mut text = String::from(
        "# Configuration of owt. Everything is a comment; the values are the defaults or examples.\n",
    );
    for table in tables() {
        if !table.is_empty() {
            let _infallible = write!(text, "\n# [{}]\n", table.replace(CHOSEN, "mytool"));
        }
        for declaration in declarations().filter(|one| split(one).0 == table) {
            write_setting(&mut text, declaration, spelled(split(declaration).1));
        }
    }
    text
}

/// Each table once, since a file may name it once only, in the order in which the first of its settings comes.
fn tables() -> Vec<&'static str> {
    let mut tables = Vec::new();
    for (table, _) in declarations().map(split) {
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    tables
}

/// A setting's table and its name there.
fn split(declaration: &'static Declaration) -> (&'static str, &'static str) {
    declaration.key.rsplit_once('.').unwrap_or(("", declaration.key))
}

fn write_setting(text: &mut String, declaration: &Declaration, key: &str) {
    let scope = match declaration.scope {
        Scope::UserAndRepository => "",
        Scope::UserOnly(_) => " (In your own file only.)",
    };
    text.push('\n');
    for line in wrapped(&format!("{}{scope}", declaration.doc())) {
        let _infallible = writeln!(text, "# {line}");
    }
    let example = declaration.default.or(declaration.examples.first().copied()).unwrap_or_default();
    let _infallible = match declaration.shape {
        Shape::Text => writeln!(text, "#{key} = {}", toml_edit::value(example).to_string().trim()),
        Shape::Boolean | Shape::TextList | Shape::Commands => writeln!(text, "#{key} = {example}"),
    };
}

fn wrapped(words: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in words.split_whitespace() {
        let fits = |line: &String| line.is_empty() || line.chars().count() + word.chars().count() < WIDTH;
        match lines.last_mut().filter(|line| fits(line)) {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A key's last part as it can be said. What the person chooses there is something that the board does: one of them is as
/// good as any.
fn spelled(key: &str) -> &str {
    if key == CHOSEN { "stop" } else { key }
}

#[cfg(test)]
mod tests {
    use owt_core::AbsPath;

    use super::*;
    use crate::assemble::SourceFile;
    use crate::assemble::Sources;
    use crate::assemble::assemble;

    fn read(text: String) -> Result<crate::Settings, crate::InvalidConfiguration> {
        let file = SourceFile { path: AbsPath::new("/c.toml").unwrap(), text };
        assemble(&Sources { user: Some(&file), ..Sources::default() })
    }

    #[test]
    fn it_says_nothing_as_it_is_and_is_valid_when_all_of_it_is_said() {
        let text = commented();
        assert_eq!(read(text.clone()).unwrap(), assemble(&Sources::default()).unwrap());
        // A comment begins with a space, a setting or a table does not.
        let said: Vec<&str> = text
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(setting) if !setting.starts_with(' ') => setting,
                Some(table) if table.starts_with(" [") => table,
                _ => line,
            })
            .collect();
        let settings = read(said.join("\n")).unwrap();
        assert!(settings.tools.contains_key("mytool"));
        for declaration in declarations() {
            let own = spelled(declaration.key.rsplit('.').next().unwrap());
            assert!(text.contains(&format!("\n#{own} = ")), "{}", declaration.key);
        }
    }
}
