//! The hook that tells a Claude Code which the person starts themselves in a worktree where it is: one entry under
//! `hooks.SessionStart` of the person's own `settings.json` (Claude Code 2.1.197). Everything else in that file is
//! theirs: not a byte of it changes, and a file that is not understood to its end stays as it is.

use serde_json::Value;
use serde_json::json;

use super::Standing;
use super::json_text::Container;
use super::json_text::Twice;

/// Its name on the command line.
pub(crate) const NAME: &str = "session-context";

/// The file below Claude Code's folder.
pub(crate) const PATH: &str = "settings.json";

/// What stands in the list of `SessionStart`. Nothing happens where `owt` is not there any more.
const ENTRY: &str =
    r#"{"hooks": [{"type": "command", "command": "owt session-context 2>/dev/null || true", "timeout": 5}]}"#;

const HOOKS: &str = "hooks";
const EVENT: &str = "SessionStart";

/// The file is not one that we change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HookError {
    /// It is no JSON, or has comments.
    #[error("it is no plain JSON: {0}")]
    Json(String),
    /// Something else stands where hooks do.
    #[error("'{0}' in it is not what Claude Code has there")]
    Shape(&'static str),
    /// A name stands in it twice.
    #[error("a name stands in it twice")]
    Twice,
    /// What came out is not what was meant.
    #[error("it could not be changed without changing more")]
    Unsure,
}

impl From<Twice> for HookError {
    fn from(_: Twice) -> Self {
        Self::Twice
    }
}

/// What a person would put in themselves.
pub(crate) fn snippet() -> String {
    format!("{:#}\n", json!({HOOKS: {EVENT: [entry()]}}))
}

fn entry() -> Value {
    serde_json::from_str(ENTRY).expect("the entry is JSON")
}

/// A file of our own, where there was none.
fn whole_file() -> String {
    format!("{{\n  \"{HOOKS}\": {{\n    \"{EVENT}\": [\n      {ENTRY}\n    ]\n  }}\n}}\n")
}

/// A settings file, read as far as we need it.
struct Settings<'t> {
    text: &'t str,
    value: Value,
    root: Container,
    hooks: Option<Container>,
    event: Option<Container>,
}

impl<'t> Settings<'t> {
    fn read(text: &'t str) -> Result<Self, HookError> {
        let value: Value = serde_json::from_str(text).map_err(|error| HookError::Json(error.to_string()))?;
        let root = Container::at(text, 0).filter(|_| value.is_object()).ok_or(HookError::Shape("{"))?;
        let hooks = match root.member(HOOKS)? {
            Some(_) if !value[HOOKS].is_object() => return Err(HookError::Shape(HOOKS)),
            found => found.and_then(|part| Container::at(text, part.value.start)),
        };
        let event = match hooks.as_ref().map(|hooks| hooks.member(EVENT)).transpose()?.flatten() {
            Some(_) if !value[HOOKS][EVENT].is_array() => return Err(HookError::Shape(EVENT)),
            found => found.and_then(|part| Container::at(text, part.value.start)),
        };
        Ok(Self { text, value, root, hooks, event })
    }

    /// Where ours is in the list.
    fn place(&self) -> Option<usize> {
        let ours = entry();
        self.value[HOOKS][EVENT].as_array()?.iter().position(|found| *found == ours)
    }

    fn with_ours(&self) -> String {
        let list = format!("\"{EVENT}\": [{ENTRY}]");
        match (&self.hooks, &self.event) {
            (_, Some(event)) => event.with_first(self.text, ENTRY),
            (Some(hooks), None) => hooks.with_first(self.text, &list),
            (None, None) => self.root.with_first(self.text, &format!("\"{HOOKS}\": {{{list}}}")),
        }
    }

    /// Without it, and without what came for it alone.
    fn without_ours(&self, index: usize) -> Option<String> {
        let (hooks, event) = (self.hooks.as_ref()?, self.event.as_ref()?);
        let named = |container: &Container, name: &str| {
            container.parts.iter().position(|part| part.name.as_deref() == Some(name))
        };
        if let Some(text) = event.without(self.text, index) {
            return Some(text);
        }
        if let Some(text) = hooks.without(self.text, named(hooks, EVENT)?) {
            return Some(text);
        }
        let emptied =
            || format!("{}{{}}{}", &self.text[..self.root.whole.start], &self.text[self.root.whole.end..]);
        Some(self.root.without(self.text, named(&self.root, HOOKS)?).unwrap_or_else(emptied))
    }
}

/// What is there.
///
/// # Errors
/// [`HookError`].
pub(crate) fn standing(file: Option<&[u8]>) -> Result<Standing, HookError> {
    let Some(file) = file else { return Ok(Standing::Absent) };
    let settings = Settings::read(text(file)?)?;
    Ok(if settings.place().is_some() { Standing::Current } else { Standing::Absent })
}

/// The file with it.
///
/// # Errors
/// [`HookError`]; then it is not ours to change.
pub(crate) fn with_hook(file: Option<&[u8]>) -> Result<Vec<u8>, HookError> {
    let Some(file) = file else { return Ok(whole_file().into_bytes()) };
    let settings = Settings::read(text(file)?)?;
    if settings.place().is_some() {
        return Ok(file.to_owned());
    }
    let with = settings.with_ours();
    let mut meant = settings.value.clone();
    let list = meant[HOOKS][EVENT].as_array().cloned().unwrap_or_default();
    meant[HOOKS][EVENT] = [entry()].into_iter().chain(list).collect();
    checked(with, &meant)
}

/// The file without it; `None` when nothing else was ever in it.
///
/// # Errors
/// [`HookError`]; then it is not ours to change.
pub(crate) fn without_hook(file: &[u8]) -> Result<Option<Vec<u8>>, HookError> {
    if file == whole_file().as_bytes() {
        return Ok(None);
    }
    let settings = Settings::read(text(file)?)?;
    let Some(index) = settings.place() else { return Ok(Some(file.to_owned())) };
    let without = settings.without_ours(index).ok_or(HookError::Unsure)?;
    let left: Value = serde_json::from_str(&without).map_err(|_| HookError::Unsure)?;
    let mut meant = settings.value.clone();
    let list = meant[HOOKS][EVENT].as_array_mut().ok_or(HookError::Shape(EVENT))?;
    list.remove(index);
    if is_left(meant, &left) { Ok(Some(without.into_bytes())) } else { Err(HookError::Unsure) }
}

/// Whether this is left of what is meant: an empty list or object may have come with ours, and gone with it.
fn is_left(mut meant: Value, left: &Value) -> bool {
    if meant == *left {
        return true;
    }
    if is_empty(&meant[HOOKS][EVENT])
        && let Some(hooks) = meant[HOOKS].as_object_mut()
    {
        hooks.remove(EVENT);
    }
    if meant == *left {
        return true;
    }
    if is_empty(&meant[HOOKS])
        && let Some(root) = meant.as_object_mut()
    {
        root.remove(HOOKS);
    }
    meant == *left
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn text(file: &[u8]) -> Result<&str, HookError> {
    std::str::from_utf8(file).map_err(|error| HookError::Json(error.to_string()))
}

/// A changed text, if it says what is meant.
fn checked(text: String, meant: &Value) -> Result<Vec<u8>, HookError> {
    match serde_json::from_str::<Value>(&text) {
        Ok(found) if found == *meant => Ok(text.into_bytes()),
        _ => Err(HookError::Unsure),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(file: &str) -> String {
        String::from_utf8(with_hook(Some(file.as_bytes())).unwrap()).unwrap()
    }

    fn without(file: &str) -> Option<String> {
        without_hook(file.as_bytes()).unwrap().map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn it_is_laid_out_as_its_neighbours_are() {
        assert_eq!(
            with("{\n  \"model\": \"opus\"\n}\n"),
            format!("{{\n  \"hooks\": {{\"SessionStart\": [{ENTRY}]}},\n  \"model\": \"opus\"\n}}\n")
        );
        let theirs = "{\"hooks\": {\"Stop\": [], \"SessionStart\": [\n    {\"hooks\": []}\n]}}";
        let both = with(theirs);
        assert_eq!(both, theirs.replace("[\n    {", &format!("[\n    {ENTRY},\n    {{")));
        assert_eq!(with(&both), both, "once");
    }

    #[test]
    fn files_of_every_shape_come_back_as_they_were() {
        for file in [
            "{}",
            " { }\n",
            "{\n}",
            "{\"hooks\":{}}",
            "{\"hooks\": { \n}}",
            "{\"hooks\":{\"SessionStart\":[]}}",
            "{\"hooks\":{\"SessionStart\":[ ]},\"a\":1}",
            "{\"a\": {\"hooks\": {\"SessionStart\": [1]}}}\n",
            "{\"hooks\": {\"Stop\": [{\"hooks\": []}]}}",
            "{\"\\u0068ooks\": {\"x\": \"}\"}}",
        ] {
            let changed = with(file);
            assert_eq!(standing(Some(changed.as_bytes())), Ok(Standing::Current), "{changed}");
            assert_eq!(without(&changed).as_deref(), Some(file), "{changed}");
        }
        let own = String::from_utf8(with_hook(None).unwrap()).unwrap();
        assert_eq!(standing(Some(own.as_bytes())), Ok(Standing::Current));
        assert_eq!(without(&own), None, "nothing else was ever in it");
        assert_eq!(
            serde_json::from_str::<Value>(&own).unwrap(),
            serde_json::from_str::<Value>(&snippet()).unwrap()
        );
    }

    #[test]
    fn what_another_program_has_laid_out_anew_is_found_and_goes() {
        let file = "{\"model\": \"opus\", \"hooks\": {\"SessionStart\": [{\"hooks\": [1]}]}}";
        let anew = |text: &str| format!("{:#}", serde_json::from_str::<Value>(text).unwrap());
        for file in [file, "{\"model\": \"opus\"}", "{\"hooks\": {\"Stop\": []}}"] {
            let left = without(&anew(&with(file))).unwrap();
            assert_eq!(
                serde_json::from_str::<Value>(&left).unwrap(),
                serde_json::from_str::<Value>(file).unwrap()
            );
        }
        let alone = anew(&with("{}"));
        assert_eq!(without(&alone).as_deref(), Some("{}"));
        let added = with("{}").replace("[{\"hooks\"", "[{\"hooks\": [2]}, {\"hooks\"");
        let left: Value = serde_json::from_str(&without(&added).unwrap()).unwrap();
        assert_eq!(left, json!({"hooks": {"SessionStart": [{"hooks": [2]}]}}));
    }

    #[test]
    fn what_is_not_understood_to_its_end_stays() {
        for file in [
            "",
            "[]",
            "1",
            "{\"a\": 1,}",
            "// mine\n{}",
            "{\"hooks\": []}",
            "{\"hooks\": {\"SessionStart\": {}}}",
            "{\"hooks\": {}, \"hooks\": {}}",
            "{\"hooks\": {\"SessionStart\": [], \"SessionStart\": []}}",
            "\u{feff}{}",
        ] {
            assert!(with_hook(Some(file.as_bytes())).is_err(), "{file}");
            assert!(standing(Some(file.as_bytes())).is_err(), "{file}");
            assert!(without_hook(file.as_bytes()).is_err(), "{file}");
        }
        assert!(with_hook(Some(b"{\"a\": \"\xff\"}")).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_bring_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..60), text in "[{}\\[\\]:,\"a \n]{0,30}") {
            for file in [bytes.as_slice(), text.as_bytes()] {
                if let Ok(changed) = with_hook(Some(file)) {
                    prop_assert_eq!(without_hook(&changed).unwrap(), Some(file.to_owned()));
                }
                let _ = without_hook(file);
            }
        }
    }
}
