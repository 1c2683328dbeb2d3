//! From TOML to a checked manifest, every mistake with its line, column, key and the nearest valid key.

use std::fmt;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::de::DeTable;
use toml::de::DeValue;

use super::CustomTool;
use super::Manifest;
use super::validate;
use owt_core::spelling::nearest;

/// A mistake in a manifest or a tool's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    /// The file, as it was named by the caller.
    pub source: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The key, with its tables (`modes.headless.prompt`); empty when the text is no TOML.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// The nearest key or word that would be valid.
    pub nearest: Option<String>,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.source, self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        match &self.nearest {
            Some(nearest) => write!(f, " (did you mean '{nearest}'?)"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ManifestError {}

/// A mistake found after reading, at a key.
pub(super) struct Fault {
    /// The key with its tables.
    pub(super) path: Vec<String>,
    /// What is wrong.
    pub(super) message: String,
}

pub(super) fn parse(source: &str, text: &str) -> Result<Manifest, ManifestError> {
    let manifest: Manifest = read(source, text)?;
    validate::check(&manifest).map_err(|fault| locate_fault(source, text, fault))?;
    Ok(manifest)
}

/// Reads the table of a custom tool (`[tools.NAME]`, its own text only): for checks of configuration files that
/// want the line and column inside the table.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn check_tool(source: &str, text: &str) -> Result<CustomTool, ManifestError> {
    read(source, text)
}

fn read<T: DeserializeOwned>(source: &str, text: &str) -> Result<T, ManifestError> {
    toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let (line, column) = position(text, span.start);
        let (message, nearest) = reword(error.message());
        ManifestError { source: source.to_owned(), line, column, key: key_at(text, &span), message, nearest }
    })
}

/// Serde's message in our words, and the nearest of the keys or words that it lists.
fn reword(message: &str) -> (String, Option<String>) {
    let first_line = message.lines().next().unwrap_or_default();
    for (kind, what) in [("unknown field `", "unknown key"), ("unknown variant `", "unknown value")] {
        let Some((found, expected)) = first_line.strip_prefix(kind).and_then(|rest| rest.split_once('`'))
        else {
            continue;
        };
        let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        let nearest = nearest(found, known.iter().copied()).map(str::to_owned);
        let list = known.join(", ");
        return (format!("{what} '{found}'; known: {list}"), nearest);
    }
    (first_line.replace('`', "'").replace("missing field", "missing key"), None)
}

/// Line and column of a byte offset, both from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The path of the innermost key at a place of the text.
fn key_at(text: &str, span: &Range<usize>) -> String {
    let Ok(table) = DeTable::parse(text) else { return String::new() };
    let mut path = Vec::new();
    descend(table.get_ref(), span, &mut path);
    path.join(".")
}

fn descend(table: &DeTable<'_>, span: &Range<usize>, path: &mut Vec<String>) {
    let inside = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
    for (key, value) in table {
        if !inside(key.span()) && !holds(value.get_ref(), value.span(), &inside) {
            continue;
        }
        path.push(key.get_ref().to_string());
        if !inside(key.span()) {
            descend_value(value.get_ref(), span, path);
        }
        return;
    }
}

fn descend_value(value: &DeValue<'_>, span: &Range<usize>, path: &mut Vec<String>) {
    match value {
        DeValue::Table(table) => descend(table, span, path),
        DeValue::Array(array) => {
            let inside = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
            let found = array.iter().position(|item| holds(item.get_ref(), item.span(), &inside));
            if let Some(index) = found {
                path.push(index.to_string());
                descend_value(array[index].get_ref(), span, path);
            }
        }
        _ => {}
    }
}

/// Whether a value, or anything below it, encloses the place: a table written with a header spans the header only.
fn holds(value: &DeValue<'_>, span: Range<usize>, inside: &dyn Fn(Range<usize>) -> bool) -> bool {
    inside(span)
        || match value {
            DeValue::Table(table) => table
                .iter()
                .any(|(key, value)| inside(key.span()) || holds(value.get_ref(), value.span(), inside)),
            DeValue::Array(array) => array.iter().any(|item| holds(item.get_ref(), item.span(), inside)),
            _ => false,
        }
}

fn locate_fault(source: &str, text: &str, fault: Fault) -> ManifestError {
    let offset = DeTable::parse(text).ok().map_or(0, |table| offset_of(table.get_ref(), &fault.path));
    let (line, column) = position(text, offset);
    ManifestError {
        source: source.to_owned(),
        line,
        column,
        key: fault.path.join("."),
        message: fault.message,
        nearest: None,
    }
}

/// Where the longest existing part of a path stands.
fn offset_of(table: &DeTable<'_>, path: &[String]) -> usize {
    let Some((first, rest)) = path.split_first() else { return 0 };
    let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == first.as_str()) else { return 0 };
    let below = match value.get_ref() {
        DeValue::Table(table) => offset_of(table, rest),
        DeValue::Array(array) => rest
            .split_first()
            .and_then(|(index, rest)| Some((array.get(index.parse::<usize>().ok()?)?, rest)))
            .map_or(0, |(item, rest)| match item.get_ref() {
                DeValue::Table(table) => offset_of(table, rest).max(item.span().start),
                _ => item.span().start,
            }),
        _ => 0,
    };
    if below == 0 { key.span().start } else { below }
}
