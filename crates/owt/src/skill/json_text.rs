//! Where the parts of a JSON text stand, so that one can be put in or taken out and every other byte stays. The text is
//! known to be JSON: here is looked for places, and nothing judged.

use std::ops::Range;

use serde_json::Value;

/// One member of an object or element of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The name of a member; `None` of an element.
    pub(super) name: Option<String>,
    /// From the name, or the value of an element, to the end of the value.
    pub(super) whole: Range<usize>,
    /// The value.
    pub(super) value: Range<usize>,
}

/// An object or array in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Container {
    /// From its bracket to its other bracket.
    pub(super) whole: Range<usize>,
    /// What it holds.
    pub(super) parts: Vec<Part>,
}

impl Container {
    /// The one that begins at or after a place, with white space at most before it; `None` where something else does.
    pub(super) fn at(text: &str, place: usize) -> Option<Self> {
        let open = skip_blanks(text, place);
        let bytes = text.as_bytes();
        if !matches!(bytes.get(open), Some(b'{' | b'[')) {
            return None;
        }
        let mut parts = Vec::new();
        let mut at = skip_blanks(text, open + 1);
        while !matches!(bytes.get(at)?, b'}' | b']') {
            let (part, end) = part(text, at, bytes[open] == b'{')?;
            parts.push(part);
            at = skip_blanks(text, end);
            if bytes.get(at) == Some(&b',') {
                at = skip_blanks(text, at + 1);
            }
        }
        Some(Self { whole: open..at + 1, parts })
    }

    /// The only member of a name; `Err` where there are several.
    pub(super) fn member(&self, name: &str) -> Result<Option<&Part>, Twice> {
        let mut found = self.parts.iter().filter(|part| part.name.as_deref() == Some(name));
        let first = found.next();
        if found.next().is_some() { Err(Twice) } else { Ok(first) }
    }

    /// The text with a part put in at the beginning, laid out as the others are. An empty container gets a blank on both
    /// sides, by which [`Container::without`] knows that it was there before.
    pub(super) fn with_first(&self, text: &str, part: &str) -> String {
        let inside = self.whole.start + 1;
        let put = match self.parts.first() {
            Some(first) => format!("{}{part},", &text[inside..first.whole.start]),
            None => format!(" {part} "),
        };
        format!("{}{put}{}", &text[..inside], &text[inside..])
    }

    /// The text without one of its parts; `None` where the container holds nothing else and came with it.
    pub(super) fn without(&self, text: &str, index: usize) -> Option<String> {
        let part = &self.parts[index].whole;
        let inside = self.whole.start + 1;
        let before = index.checked_sub(1).map(|earlier| self.parts[earlier].whole.end);
        let cut = match (before, self.parts.get(index + 1)) {
            // Up to the comma behind it, with the blanks before it.
            (earlier, Some(next)) => {
                let begin = earlier.map_or(inside, |end| end + comma(&text[end..part.start]));
                let end = part.end + comma(&text[part.end..next.whole.start]);
                begin..end
            }
            (Some(earlier), None) => earlier..part.end,
            (None, None) if text[inside..].starts_with(' ') && inside + 1 == part.start => {
                let behind = usize::from(text[part.end..].starts_with(' '));
                inside..part.end + behind
            }
            (None, None) => return None,
        };
        Some(format!("{}{}", &text[..cut.start], &text[cut.end..]))
    }
}

/// A name stands there twice, and which one counts is not ours to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Twice;

/// How far it is behind the comma.
fn comma(text: &str) -> usize {
    text.find(',').map_or(0, |at| at + 1)
}

fn skip_blanks(text: &str, from: usize) -> usize {
    let blanks = text.as_bytes()[from.min(text.len())..].iter();
    from + blanks.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

fn part(text: &str, at: usize, named: bool) -> Option<(Part, usize)> {
    let (name, begin) = match named {
        true => {
            let end = value_end(text, at)?;
            let name: Value = serde_json::from_str(&text[at..end]).ok()?;
            let colon = skip_blanks(text, end);
            (Some(name.as_str()?.to_owned()), skip_blanks(text, colon + 1))
        }
        false => (None, at),
    };
    let end = value_end(text, begin)?;
    Some((Part { name, whole: at..end, value: begin..end }, end))
}

/// Where a value ends that begins here.
fn value_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut here) = (0_usize, at);
    loop {
        match bytes.get(here)? {
            b'"' => here = string_end(bytes, here)?,
            b'{' | b'[' => {
                depth += 1;
                here += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                here += 1;
            }
            _ if depth == 0 => {
                let literal = bytes[here..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
                return Some(here + literal.count()).filter(|end| *end > at);
            }
            _ => here += 1,
        }
        if depth == 0 {
            return Some(here);
        }
    }
}

/// Where a string ends that begins here.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut here = at + 1;
    loop {
        match bytes.get(here)? {
            b'\\' => here += 2,
            b'"' => return Some(here + 1),
            _ => here += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_are_found_whatever_is_in_them() {
        let text = r#" { "a" : [1, "}", {"b": "\"]"}] , "\u0063":-1.5e+3,"d":{},"e":null }"#;
        let object = Container::at(text, 0).unwrap();
        let found: Vec<(&str, &str)> = object
            .parts
            .iter()
            .map(|part| (part.name.as_deref().unwrap(), &text[part.value.clone()]))
            .collect();
        let expected = [("a", r#"[1, "}", {"b": "\"]"}]"#), ("c", "-1.5e+3"), ("d", "{}"), ("e", "null")];
        assert_eq!(found, expected);
        assert_eq!(&text[object.whole.clone()], text.trim());
        assert_eq!(object.member("e").unwrap().unwrap().name.as_deref(), Some("e"));
        assert_eq!(Container::at(r#"{"a":1,"a":2}"#, 0).unwrap().member("a"), Err(Twice));
        assert_eq!(Container::at("1", 0), None);
    }

    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            any::<i32>().prop_map(|number| number.to_string()),
            any::<String>().prop_map(|text| Value::from(text).to_string()),
        ];
        let blank = || prop_oneof![Just(""), Just(" "), Just("\n  "), Just("\t"), Just("\r\n")];
        leaf.prop_recursive(3, 24, 4, move |inner| {
            let elements = proptest::collection::vec((blank(), inner.clone(), blank()), 0..4);
            let members =
                proptest::collection::vec((blank(), any::<String>(), blank(), inner, blank()), 0..4);
            prop_oneof![
                (blank(), elements).prop_map(|(empty, parts)| {
                    let parts: Vec<String> =
                        parts.iter().map(|(a, value, b)| format!("{a}{value}{b}")).collect();
                    if parts.is_empty() { format!("[{empty}]") } else { format!("[{}]", parts.join(",")) }
                }),
                (blank(), members).prop_map(|(empty, parts)| {
                    let parts: Vec<String> = parts
                        .iter()
                        .map(|(a, name, b, value, c)| {
                            format!("{a}{}{b}:{b}{value}{c}", Value::from(name.as_str()))
                        })
                        .collect();
                    if parts.is_empty() { format!("{{{empty}}}") } else { format!("{{{}}}", parts.join(",")) }
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_put_in_comes_out_and_leaves_every_byte(text in json(), indent in "[ \n]{0,3}") {
            let text = format!("{indent}{text}");
            if let Some(container) = Container::at(&text, 0) {
                let part = if text.as_bytes()[container.whole.start] == b'{' { "\"ours\": [1]" } else { "[1]" };
                let with = container.with_first(&text, part);
                let parsed: Value = serde_json::from_str(&with).unwrap();
                prop_assert!(parsed.is_array() || parsed["ours"] == serde_json::json!([1]));
                let found = Container::at(&with, 0).unwrap();
                prop_assert_eq!(found.parts.len(), container.parts.len() + 1);
                prop_assert_eq!(found.without(&with, 0), Some(text));
            }
        }

        #[test]
        fn what_is_taken_out_of_anywhere_leaves_json(text in json(), index in 0_usize..4) {
            if let Some(container) = Container::at(&text, 0).filter(|it| index < it.parts.len())
                && let Some(without) = container.without(&text, index) {
                let rest = Container::at(&without, 0).unwrap();
                prop_assert!(serde_json::from_str::<Value>(&without).is_ok(), "{}", without);
                prop_assert_eq!(rest.parts.len(), container.parts.len() - 1);
            }
        }
    }
}
