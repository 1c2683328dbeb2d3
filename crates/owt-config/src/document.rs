//! One file's text: every value that it gives, and everything that is wrong with it.

use std::collections::BTreeMap;

use owt_core::AbsPath;
use toml_edit::Document;
use toml_edit::Item;
use toml_edit::TableLike;

use crate::declaration::Declaration;
use crate::declaration::Scope;
use crate::declaration::Shape;
use crate::declaration::declarations;
use crate::old_words;
use crate::origin::FileLayer;
use crate::origin::Origin;
use crate::origin::Position;
use crate::problem::Problem;
use crate::problem::ProblemKind;
use crate::problem::shown;
use owt_core::spelling::nearest;

/// A value as a file, a variable or a flag gives it; checked against its declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    Text(String),
    Boolean(bool),
    List(Vec<String>),
    Commands(Vec<Vec<String>>),
}

/// The parts of a key.
pub(crate) type KeyPath = Vec<String>;

/// What one file says.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The values, by the setting's own key (not by one of its other keys).
    pub(crate) values: BTreeMap<KeyPath, (Given, Origin)>,
    /// The tables `[tools.NAME]`, those without a key included.
    pub(crate) tools: BTreeMap<String, Origin>,
    pub(crate) problems: Vec<Problem>,
}

/// Reads one file's text.
pub(crate) fn read(text: &str, file: &AbsPath, layer: FileLayer) -> Said {
    let mut reader = Reader { text, file, layer, said: Said::default(), keys: BTreeMap::new() };
    match Document::parse(text) {
        Ok(document) => reader.table(&[], document.as_table()),
        Err(error) => {
            let position = error.span().map_or(Position::START, |span| Position::of(text, span.start));
            // The parser's message may have several lines; a problem has one.
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            reader.problem(position, &[], ProblemKind::Syntax(message));
        }
    }
    reader.said
}

struct Reader<'a> {
    text: &'a str,
    file: &'a AbsPath,
    layer: FileLayer,
    said: Said,
    /// The key under which each setting was given, to see when it is given under two.
    keys: BTreeMap<KeyPath, String>,
}

impl Reader<'_> {
    fn table(&mut self, path: &[&str], table: &dyn TableLike) {
        for (key, item) in table.iter() {
            let span = table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
            let position = span.map_or(Position::START, |span| Position::of(self.text, span.start));
            let path: Vec<&str> = path.iter().copied().chain([key]).collect();
            self.entry(&path, position, item);
        }
    }

    fn entry(&mut self, path: &[&str], position: Position, item: &Item) {
        if let Some(reason) = self.refused_as_a_whole(path) {
            let reason = reason.to_owned();
            return self.problem(position, path, ProblemKind::NotInRepository { reason });
        }
        if let Some(declaration) = declarations().find(|declaration| declaration.is_named(path)) {
            return self.value(declaration, path, position, item);
        }
        let holds_settings = declarations().any(|declaration| declaration.is_below(path));
        let advice = old_words::advice(path);
        match (item.as_table_like(), advice) {
            (Some(table), _) if holds_settings || old_words::has_advice_below(path) => {
                if let ["tools", name] = path {
                    self.said.tools.insert((*name).to_owned(), self.origin(position));
                }
                self.table(path, table);
            }
            // A slip in a table that we have, too, is most probably no word of the original.
            (_, Some(_)) if old_words::is_known_by_its_table(path) && sibling(path).is_some() => {
                self.unknown(path, position);
            }
            (_, Some(advice)) => self.problem(position, path, ProblemKind::OldWord(advice)),
            (None, None) if holds_settings => {
                let (expected, found) = ("a table".to_owned(), item.type_name().to_owned());
                self.problem(position, path, ProblemKind::WrongType { expected, found });
            }
            (_, None) => self.unknown(path, position),
        }
    }

    /// Why nothing at or below `path` can stand in this file, when that is so.
    fn refused_as_a_whole(&self, path: &[&str]) -> Option<&'static str> {
        let mut concerned =
            declarations().filter(|declaration| declaration.is_named(path) || declaration.is_below(path));
        let Scope::UserOnly(reason) = concerned.next()?.scope else { return None };
        let all = concerned.all(|declaration| matches!(declaration.scope, Scope::UserOnly(_)));
        (self.layer == FileLayer::Repository && all).then_some(reason)
    }

    fn value(&mut self, declaration: &'static Declaration, path: &[&str], position: Position, item: &Item) {
        let place = item.span().map_or(position, |span| Position::of(self.text, span.start));
        let Some(given) = given(declaration.shape, item) else {
            let expected = format!("{} ({})", declaration.shape.as_str(), declaration.expects);
            let found = item.type_name().to_owned();
            return self.problem(place, path, ProblemKind::WrongType { expected, found });
        };
        for text in texts(&given) {
            if let Err(refusal) = (declaration.check)(text, Some(self.layer)) {
                return self.problem(place, path, ProblemKind::refused(declaration, text, refusal));
            }
        }
        let own = own_key(declaration, path);
        if let Some(other) = self.keys.get(&own) {
            let other = other.clone();
            return self.problem(position, path, ProblemKind::SaidTwice { other });
        }
        self.keys.insert(own.clone(), path.join("."));
        self.said.values.insert(own, (given, self.origin(place)));
    }

    /// A sibling that is spelled alike, or else the same last word in another table.
    fn unknown(&mut self, path: &[&str], position: Position) {
        let elsewhere = || {
            let last = |key: &&str| key.rsplit('.').next() == path.last().copied() && !key.contains('<');
            declarations().map(|declaration| declaration.key).find(last).map(str::to_owned)
        };
        let nearest = sibling(path).or_else(elsewhere);
        self.problem(position, path, ProblemKind::UnknownKey { nearest });
    }

    fn origin(&self, position: Position) -> Origin {
        Origin::File { layer: self.layer, file: self.file.clone(), position }
    }

    fn problem(&mut self, position: Position, path: &[&str], kind: ProblemKind) {
        let key = shown(&path.join("."));
        self.said.problems.push(Problem { origin: self.origin(position), key, kind });
    }
}

/// The setting of the same table that is spelled alike.
fn sibling(path: &[&str]) -> Option<String> {
    let (word, table) = path.split_last().expect("an entry has a key");
    let siblings = declarations()
        .filter(|declaration| table.is_empty() || declaration.is_below(table))
        .flat_map(Declaration::keys)
        .filter_map(|key| key.split('.').nth(table.len()))
        .filter(|part| *part != "<name>");
    let whole = |sibling: &str| table.iter().copied().chain([sibling]).collect::<Vec<_>>().join(".");
    nearest(word, siblings).map(whole)
}

/// The value of an item when it has the declared shape.
fn given(shape: Shape, item: &Item) -> Option<Given> {
    match shape {
        Shape::Text => item.as_str().map(|text| Given::Text(text.to_owned())),
        Shape::Boolean => item.as_bool().map(Given::Boolean),
        Shape::TextList => words(item.as_array()?).map(Given::List),
        Shape::Commands => {
            let commands = item.as_array()?.iter().map(|value| words(value.as_array()?));
            commands.collect::<Option<Vec<_>>>().map(Given::Commands)
        }
    }
}

fn words(array: &toml_edit::Array) -> Option<Vec<String>> {
    array.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}

fn texts(given: &Given) -> Vec<&str> {
    match given {
        Given::Text(text) => vec![text],
        Given::Boolean(_) => Vec::new(),
        Given::List(texts) => texts.iter().map(String::as_str).collect(),
        // A command is nothing without a program.
        Given::Commands(commands) => commands
            .iter()
            .flat_map(|command| match command.as_slice() {
                [] => vec![""],
                words => words.iter().map(String::as_str).collect(),
            })
            .collect(),
    }
}

/// The setting's own key, with the person's names in their places.
fn own_key(declaration: &Declaration, path: &[&str]) -> KeyPath {
    let names = declaration.key.contains('<');
    if names { path.iter().map(|part| (*part).to_owned()).collect() } else { split(declaration.key) }
}

/// The parts of a declared key.
pub(crate) fn split(key: &str) -> KeyPath {
    key.split('.').map(str::to_owned).collect()
}
