//! Placeholders in private files: `{{ owt.port }}` and its kin.

use super::Lease;
use crate::workspace::WorkspaceName;

/// What placeholders stand for in one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateValues {
    /// The workspace's name.
    pub name: WorkspaceName,
    /// What it has for itself.
    pub lease: Lease,
}

/// A text whose placeholders are filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Placeholders that mean nothing, as they stand there, each once; they are left in the text.
    pub unknown: Vec<String>,
}

const BEGIN: &str = "{{";
const END: &str = "}}";
const OURS: &str = "owt.";

impl TemplateValues {
    /// Fills in `{{ owt.port }}`, `{{ owt.port_1 }}` to `{{ owt.port_9 }}`, `{{ owt.name }}`,
    /// `{{ owt.database_suffix }}` and `{{ owt.compose_project }}`, once: what is filled in is not looked at again.
    /// Other people's placeholders stay.
    pub fn render(&self, text: &str) -> Rendered {
        let mut rendered = Rendered { text: String::with_capacity(text.len()), unknown: Vec::new() };
        let mut rest = text;
        while let Some((before, placeholder)) = next_placeholder(rest) {
            rendered.text.push_str(before);
            match self.value(placeholder.key) {
                Some(value) => rendered.text.push_str(&value),
                None => rendered.leave(placeholder.whole),
            }
            rest = &rest[before.len() + placeholder.whole.len()..];
        }
        rendered.text.push_str(rest);
        rendered
    }

    /// The same in bytes of which some may be no text: those stay as they are. With it, what means nothing.
    pub fn render_bytes(&self, bytes: &[u8]) -> (Vec<u8>, Vec<String>) {
        let mut rendered = Vec::with_capacity(bytes.len());
        let mut unknown: Vec<String> = Vec::new();
        for chunk in bytes.utf8_chunks() {
            let part = self.render(chunk.valid());
            rendered.extend_from_slice(part.text.as_bytes());
            rendered.extend_from_slice(chunk.invalid());
            unknown.extend(part.unknown.into_iter().filter(|it| !unknown.contains(it)).collect::<Vec<_>>());
        }
        (rendered, unknown)
    }

    fn value(&self, key: &str) -> Option<String> {
        match key {
            "name" => Some(self.name.to_string()),
            "database_suffix" => Some(self.lease.database_suffix.to_string()),
            "compose_project" => Some(self.lease.compose_project.to_string()),
            "port" => Some(self.lease.ports.base().to_string()),
            _ => match key.strip_prefix("port_")?.as_bytes() {
                [digit @ b'1'..=b'9'] => {
                    Some((self.lease.ports.base() + u16::from(digit - b'0')).to_string())
                }
                _ => None,
            },
        }
    }
}

impl Rendered {
    fn leave(&mut self, placeholder: &str) {
        self.text.push_str(placeholder);
        if !self.unknown.iter().any(|known| known == placeholder) {
            self.unknown.push(placeholder.to_owned());
        }
    }
}

struct Placeholder<'a> {
    whole: &'a str,
    key: &'a str,
}

/// The next placeholder of ours, and what stands before it.
fn next_placeholder(text: &str) -> Option<(&str, Placeholder<'_>)> {
    let mut from = 0;
    while let Some(found) = text[from..].find(BEGIN) {
        let begin = from + found;
        if let Some(placeholder) = placeholder_at(&text[begin..]) {
            return Some((&text[..begin], placeholder));
        }
        from = begin + 1;
    }
    None
}

fn placeholder_at(text: &str) -> Option<Placeholder<'_>> {
    let inside = text.strip_prefix(BEGIN)?;
    let end = inside.find(END)?;
    let key = inside[..end].trim_matches([' ', '\t']).strip_prefix(OURS)?;
    let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || c == '.';
    key.chars().all(is_key).then(|| Placeholder { whole: &text[..BEGIN.len() + end + END.len()], key })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::WorkspaceId;
    use crate::environment::PortBlock;

    fn values() -> TemplateValues {
        let name = WorkspaceName::new("add-login");
        let lease = Lease::of(&name, WorkspaceId::from_bits(1), PortBlock::new(20_010).unwrap());
        TemplateValues { name, lease }
    }

    #[test]
    fn every_placeholder_has_its_value() {
        for (text, expected) in [
            ("PORT={{ owt.port }}", "PORT=20010"),
            ("{{owt.port_1}}/{{\towt.port_9 }}", "20011/20019"),
            ("db_{{ owt.database_suffix }}", "db_add_login_000001"),
            ("{{ owt.compose_project }} {{ owt.name }}", "add-login-000001 add-login"),
            ("{{{ owt.port }}}", "{20010}"),
            ("{{ user }} {{ owt.port }} {{", "{{ user }} 20010 {{"),
            ("{{ {{ owt.port }} }}", "{{ 20010 }}"),
            ("{{ owt.\nport }}", "{{ owt.\nport }}"),
        ] {
            let rendered = values().render(text);
            assert_eq!((rendered.text.as_str(), rendered.unknown.len()), (expected, 0), "{text}");
        }
    }

    #[test]
    fn what_means_nothing_is_left_and_told_once() {
        let rendered = values().render("{{ owt.prot }} {{ owt.port_0 }} {{ owt.prot }} {{ owt.port_10 }}");
        assert_eq!(rendered.text, "{{ owt.prot }} {{ owt.port_0 }} {{ owt.prot }} {{ owt.port_10 }}");
        assert_eq!(rendered.unknown, ["{{ owt.prot }}", "{{ owt.port_0 }}", "{{ owt.port_10 }}"]);
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        let (bytes, unknown) =
            values().render_bytes(b"\xe9 {{ owt.port }}\xff{{ owt.prot }} {{ owt.\xffport }}");
        assert_eq!(bytes, b"\xe9 20010\xff{{ owt.prot }} {{ owt.\xffport }}");
        assert_eq!(unknown, ["{{ owt.prot }}"]);
    }

    proptest! {
        #[test]
        fn a_text_without_placeholders_stays_as_it_is(text in "[a-z{} .]{0,60}") {
            prop_assume!(!text.contains("owt"));
            prop_assert_eq!(values().render(&text).text, text);
        }
    }
}
