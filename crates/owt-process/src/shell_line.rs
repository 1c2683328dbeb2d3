//! A command as one shell line that a person can paste. Only ever shown, never executed by us.

use std::ffi::OsStr;
use std::fmt;

use crate::Cmd;

/// Values of variables whose names contain one of these are not shown.
const SECRET_WORDS: &[&str] =
    &["TOKEN", "KEY", "SECRET", "PASS", "CREDENTIAL", "AUTH", "COOKIE", "SESSION", "PRIVATE", "DSN"];

impl fmt::Display for Cmd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(directory) = self.directory() {
            write!(f, "cd {} && ", quoted(directory.as_os_str()))?;
        }
        self.write_environment(f)?;
        f.write_str(&quoted(self.program()))?;
        for argument in self.arguments() {
            write!(f, " {}", quoted(argument))?;
        }
        Ok(())
    }
}

impl Cmd {
    fn write_environment(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes = || self.environment().changes();
        if changes().any(|(_, value)| value.is_none()) {
            f.write_str("env ")?;
        }
        for (name, _) in changes().filter(|(_, value)| value.is_none()) {
            write!(f, "-u {} ", quoted(name))?;
        }
        for (name, value) in changes().filter_map(|(name, value)| Some((name, value?))) {
            let shown = if is_secret(name) { "'<redacted>'".to_owned() } else { quoted(value) };
            write!(f, "{}={shown} ", quoted(name))?;
        }
        Ok(())
    }
}

fn is_secret(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase().replace("AUTHOR", "");
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// One word of a shell line. Control characters are escaped (`$'...'`), so that showing it on a terminal is safe.
fn quoted(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,^~".contains(c);
    match text.as_ref() {
        text if text.chars().any(char::is_control) => format!("$'{}'", escaped(text)),
        text if !text.is_empty() && !text.starts_with(['~', '=']) && text.chars().all(plain) => {
            text.to_owned()
        }
        text => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str(r"\n"),
            '\t' => escaped.push_str(r"\t"),
            '\\' | '\'' => escaped.extend(['\\', c]),
            c if c.is_ascii_control() => escaped.push_str(&format!(r"\{:03o}", u32::from(c))),
            c if c.is_control() => escaped.push_str(&format!(r"\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_line_can_be_pasted_and_hides_secrets() {
        let line = Cmd::new("git")
            .args(["commit", "-m", "it's $(done)", ""])
            .current_dir(Path::new("/a b"))
            .env("API_TOKEN", "hunter2")
            .env("GIT_AUTHOR_NAME", "A")
            .env_remove("PAGER")
            .to_string();
        assert_eq!(
            line,
            r"cd '/a b' && env -u PAGER API_TOKEN='<redacted>' GIT_AUTHOR_NAME=A git commit -m 'it'\''s $(done)' ''"
        );
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        let line = Cmd::new("echo").arg("a\u{1b}[2J\u{9b}\nb'\\").to_string();
        assert_eq!(line, r"echo $'a\033[2J\u009b\nb\'\\'");
    }
}
