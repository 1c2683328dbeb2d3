//! Arguments with typed placeholders: `["--resume", "{session_id}"]`. A manifest's command line is a list of
//! these, never a shell string. Must not know which agent they are for.

use std::fmt;

use serde::Deserialize;

use owt_core::spelling::nearest;

/// A value that a launch puts into an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placeholder {
    /// `{program}`: the agent's program (absolute path).
    Program,
    /// `{owt}`: our own program (absolute path).
    Owt,
    /// `{workspace}`: the folder the agent works in.
    Workspace,
    /// `{main_root}`: the repository's main checkout, by which several programs remember trust.
    MainRoot,
    /// `{session_id}`: the conversation's id in the agent's own words.
    SessionId,
    /// `{settings_file}`: the settings of this session that we wrote before the start.
    SettingsFile,
    /// `{prompt_file}`: the file that holds the prompt.
    PromptFile,
    /// `{prompt}`: the prompt itself, as one argument.
    Prompt,
    /// `{model}`: the model the person asked for.
    Model,
    /// `{budget}`: what the session may cost, in US dollars.
    Budget,
    /// `{hook_argv}`: our hook command for the event at hand, as a list in TOML.
    HookArgv,
    /// `{hook_table}`: our hook commands for all events, as a table of Codex's configuration.
    HookTable,
    /// `{context}`: what the agent is told besides its task.
    Context,
    /// `{context_file}`: the file that holds it.
    ContextFile,
    /// `{servers_file}`: the person's own servers that go along.
    ServersFile,
}

impl Placeholder {
    /// All values with their names.
    pub const ALL: [(&'static str, Self); 15] = [
        ("program", Self::Program),
        ("owt", Self::Owt),
        ("workspace", Self::Workspace),
        ("main_root", Self::MainRoot),
        ("session_id", Self::SessionId),
        ("settings_file", Self::SettingsFile),
        ("prompt_file", Self::PromptFile),
        ("prompt", Self::Prompt),
        ("model", Self::Model),
        ("budget", Self::Budget),
        ("hook_argv", Self::HookArgv),
        ("hook_table", Self::HookTable),
        ("context", Self::Context),
        ("context_file", Self::ContextFile),
        ("servers_file", Self::ServersFile),
    ];

    /// The name inside the braces.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.name())
    }
}

/// A run of arguments that a launch puts into a command line; each is an argument of its own in the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// `{permission_args}`: the permission level's arguments, or the plan mode's in their place.
    Permission,
    /// `{model_args}`: how the model is chosen; nothing when the person did not ask for one.
    Model,
    /// `{budget_args}`: how it is told what it may cost; nothing when there is no limit.
    Budget,
    /// `{session_args}`: how a fresh conversation gets our id.
    Session,
    /// `{hook_args}`: how our hooks are handed over.
    Hooks,
    /// `{guard_args}`: what keeps out, or lets in, what a repository brings along.
    Guard,
    /// `{context_args}`: what the agent is told besides its task; nothing when that is switched off.
    Context,
}

impl Group {
    /// All groups with their names.
    pub const ALL: [(&'static str, Self); 7] = [
        ("permission_args", Self::Permission),
        ("model_args", Self::Model),
        ("budget_args", Self::Budget),
        ("session_args", Self::Session),
        ("hook_args", Self::Hooks),
        ("guard_args", Self::Guard),
        ("context_args", Self::Context),
    ];
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, known)| known == self).map_or("", |(name, _)| name);
        write!(f, "{{{name}}}")
    }
}

/// The text is no argument template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Braces around a name that is no placeholder.
    #[error("unknown placeholder '{{{name}}}'{}", suggestion(.nearest))]
    UnknownPlaceholder {
        /// The name between the braces.
        name: String,
        /// The nearest placeholder, if any is near.
        nearest: Option<&'static str>,
    },
    /// A group of arguments inside a longer argument, or where single arguments are wanted.
    #[error("'{{{0}}}' stands for several arguments and must be an argument of its own in a mode's argv")]
    GroupInside(String),
    /// A NUL byte, which no argument can hold.
    #[error("an argument cannot hold a NUL byte")]
    Nul,
}

fn suggestion(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!(", did you mean '{{{name}}}'?"))
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// A value; the flag says how it is written.
    Value(Placeholder, Form),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As it is.
    Plain,
    /// As a basic string of TOML with its quotes (`{main_root:toml}`), for `-c key=value` arguments.
    Toml,
}

/// One argument: text with placeholders. `{name}` is a placeholder, `{name:toml}` the same as a quoted TOML
/// string; braces around anything else are text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ArgTemplate(Vec<Part>);

impl ArgTemplate {
    /// An argument that is text to the last character, braces included.
    pub fn literal(text: &str) -> Self {
        Self(vec![Part::Text(text.to_owned())])
    }

    /// An argument that is one value.
    pub fn value(placeholder: Placeholder) -> Self {
        Self(vec![Part::Value(placeholder, Form::Plain)])
    }

    /// Reads a template.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.contains('\0') {
            return Err(TemplateError::Nul);
        }
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            plain.push_str(&rest[..open]);
            match braced_name(&rest[open..]) {
                Some((name, form, length)) => {
                    let value = placeholder_named(name)?;
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Value(value, form));
                    rest = &rest[open + length..];
                }
                None => {
                    plain.push('{');
                    rest = &rest[open + 1..];
                }
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() || parts.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// The placeholders in it, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = Placeholder> + '_ {
        self.0.iter().filter_map(|part| match part {
            Part::Value(placeholder, _) => Some(*placeholder),
            Part::Text(_) => None,
        })
    }

    /// The argument with each placeholder replaced by what `value` says, or the first placeholder that has none.
    /// A value is put in as it is: placeholders inside it stay text.
    ///
    /// # Errors
    /// The placeholder without a value.
    pub fn render<'v>(&self, value: &dyn Fn(Placeholder) -> Option<&'v str>) -> Result<String, Placeholder> {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Value(placeholder, form) => {
                    let value = value(*placeholder).ok_or(*placeholder)?;
                    match form {
                        Form::Plain => out.push_str(value),
                        Form::Toml => out.push_str(&toml_string(value)),
                    }
                }
            }
        }
        Ok(out)
    }
}

/// The placeholder name at the start of `text` (which starts with a brace), its form and the length with braces.
fn braced_name(text: &str) -> Option<(&str, Form, usize)> {
    let inside = text[1..].split_once('}')?.0;
    let (name, form) = match inside.strip_suffix(":toml") {
        Some(name) => (name, Form::Toml),
        None => (inside, Form::Plain),
    };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    is_name.then_some((name, form, inside.len() + 2))
}

fn placeholder_named(name: &str) -> Result<Placeholder, TemplateError> {
    if Group::ALL.iter().any(|(group, _)| *group == name) {
        return Err(TemplateError::GroupInside(name.to_owned()));
    }
    Placeholder::ALL.iter().find(|(known, _)| *known == name).map(|(_, placeholder)| *placeholder).ok_or_else(
        || TemplateError::UnknownPlaceholder {
            name: name.to_owned(),
            nearest: nearest(
                name,
                Placeholder::ALL.iter().map(|(n, _)| *n).chain(Group::ALL.iter().map(|(n, _)| *n)),
            ),
        },
    )
}

/// A text as a basic string of TOML, quotes included. JSON's escapes are a subset of TOML's; DEL is the one
/// character that JSON leaves bare and TOML does not allow.
pub fn toml_string(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// Texts as a list in TOML; the same is a list in JSON and JavaScript.
pub fn toml_list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| toml_string(text)).collect();
    format!("[{}]", texts.join(","))
}

impl TryFrom<String> for ArgTemplate {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, TemplateError> {
        Self::parse(&text)
    }
}

/// One element of a mode's command line: an argument, or a group of arguments.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum ArgPiece {
    /// One argument.
    Arg(ArgTemplate),
    /// Any number of arguments, none included.
    Group(Group),
}

impl ArgPiece {
    /// The placeholders in it; a group has none of its own.
    pub fn placeholders(&self) -> impl Iterator<Item = Placeholder> + '_ {
        let arg = match self {
            Self::Arg(arg) => Some(arg),
            Self::Group(_) => None,
        };
        arg.into_iter().flat_map(ArgTemplate::placeholders)
    }
}

impl TryFrom<String> for ArgPiece {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, TemplateError> {
        let name = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match name.and_then(|name| Group::ALL.iter().find(|(known, _)| *known == name)) {
            Some((_, group)) => Ok(Self::Group(*group)),
            None => ArgTemplate::parse(&text).map(Self::Arg),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn render(template: &str, value: &'static str) -> String {
        ArgTemplate::parse(template).unwrap().render(&|_| Some(value)).unwrap()
    }

    #[test]
    fn placeholders_are_replaced_and_other_braces_are_text() {
        assert_eq!(render("--session-id={session_id}", "x"), "--session-id=x");
        assert_eq!(render("plain", "x"), "plain");
        assert_eq!(render("", "x"), "");
        assert_eq!(render("{ {\"a\":1} {}", "x"), "{ {\"a\":1} {}");
        assert_eq!(
            render(r#"projects={{main_root:toml}={trust_level="untrusted"}}"#, r#"/a "b"\c"#),
            r#"projects={"/a \"b\"\\c"={trust_level="untrusted"}}"#
        );
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        assert_eq!(render("{prompt}", "{session_id} {{x}}"), "{session_id} {{x}}");
    }

    #[test]
    fn unknown_names_and_misplaced_groups_are_refused() {
        assert_eq!(
            ArgTemplate::parse("{sesion_id}"),
            Err(TemplateError::UnknownPlaceholder {
                name: "sesion_id".to_owned(),
                nearest: Some("session_id")
            })
        );
        assert_eq!(
            ArgTemplate::parse("--x={hook_args}"),
            Err(TemplateError::GroupInside("hook_args".to_owned()))
        );
        assert_eq!(ArgPiece::try_from("{hook_args}".to_owned()), Ok(ArgPiece::Group(Group::Hooks)));
        assert_eq!(ArgTemplate::parse("{prompt}").unwrap().render(&|_| None), Err(Placeholder::Prompt));
    }

    proptest! {
        #[test]
        fn any_value_survives_as_a_toml_string(value in "\\PC*|(.|\n|\x1b|\x7f|\"|\\\\)*") {
            let line = format!("key={}", toml_string(&value));
            let table: toml::Table = line.parse().unwrap();
            prop_assert_eq!(table["key"].as_str(), Some(value.as_str()));
        }

        #[test]
        fn text_without_braces_is_itself(text in "[^{\0]*") {
            let template = ArgTemplate::parse(&text).unwrap();
            prop_assert_eq!(template.render(&|_| None), Ok(text));
        }
    }
}
