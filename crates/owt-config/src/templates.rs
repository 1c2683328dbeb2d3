//! The person's own templates: `templates/NAME.toml` beside their configuration. A repository brings none: what it says
//! reaches agents through its own files, under its own name.

use owt_core::AbsPath;
use owt_core::briefing::MAX_STEP_CHARS;
use owt_core::briefing::MAX_STEPS;
use owt_core::briefing::MAX_TEXT_CHARS;
use owt_core::briefing::Manner;
use owt_core::briefing::Opening;
use owt_core::briefing::TaskKind;
use owt_core::briefing::Template;
use owt_core::briefing::TemplateName;
use owt_core::spelling::nearest;
use toml_edit::Document;
use toml_edit::Item;

use crate::loader::read_text;
use crate::origin::FileLayer;
use crate::origin::Origin;
use crate::origin::Position;
use crate::problem::InvalidConfiguration;
use crate::problem::Problem;
use crate::problem::ProblemKind;
use crate::problem::shown;

/// The keys of a template.
const KEYS: [&str; 8] = ["description", "kind", "steps", "text", "base", "prefix", "plan_mode", "agent"];

/// Keys that a person may look for here, and why they are none.
const REFUSED: [(&str, &str); 4] = [
    ("permissions", "a template cannot say what an agent may do: use --permissions, or your configuration"),
    ("bypass", "a template cannot say what an agent may do: use --permissions, or your configuration"),
    ("tools", "a template cannot name programs: use [tools.NAME] in your configuration"),
    ("command", "a template cannot name programs: use [tools.NAME] in your configuration"),
];

/// Why there is no such template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Nothing of that name.
    #[error("there is no template '{name}'")]
    Unknown {
        /// The name, as it was given.
        name: String,
        /// The one that was probably meant.
        nearest: Option<String>,
        /// Those that there are.
        known: Vec<String>,
    },
    /// Its file is broken.
    #[error(transparent)]
    Broken(#[from] InvalidConfiguration),
}

/// The names of the templates that there are: our own, and the files of a folder.
pub fn template_names(folder: &AbsPath) -> Vec<String> {
    let own = Template::built_in().into_iter().map(|template| template.name().to_string());
    let mut names: Vec<String> = own.chain(files_in(folder)).collect();
    names.sort();
    names.dedup();
    names
}

/// Files whose names could not be chosen are none.
fn files_in(folder: &AbsPath) -> Vec<String> {
    let entries = std::fs::read_dir(folder.as_path()).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .filter(|name| TemplateName::new(name).is_ok())
        .collect()
}

/// The template of a name. The person's own goes before one of ours.
///
/// # Errors
/// [`TemplateError`].
pub fn template(folder: &AbsPath, name: &str) -> Result<Template, TemplateError> {
    let known = template_names(folder);
    if !known.iter().any(|other| other == name) {
        let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        return Err(TemplateError::Unknown { name: shown(name), nearest, known });
    }
    let file = folder.join(&format!("{name}.toml"));
    let own = Template::built_in().into_iter().find(|template| template.name().as_str() == name);
    match (read_text(&file), own) {
        (Ok(text), _) => Ok(parse(&text, &file, name)?),
        (Err(error), Some(own)) if error.kind() == std::io::ErrorKind::NotFound => Ok(own),
        (Err(error), _) => {
            let reader = Reader { text: "", file: &file, problems: Vec::new() };
            Err(reader.refused("", Position::START, ProblemKind::Unreadable(error.to_string())).into())
        }
    }
}

/// Reads a template's text: every fault with its line, column and the nearest word.
///
/// # Errors
/// [`InvalidConfiguration`].
fn parse(text: &str, file: &AbsPath, name: &str) -> Result<Template, InvalidConfiguration> {
    let mut reader = Reader { text, file, problems: Vec::new() };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let position = error.span().map_or(Position::START, |span| Position::of(text, span.start));
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            return Err(reader.refused("", position, ProblemKind::Syntax(message)));
        }
    };
    let mut template = Template {
        description: String::new(),
        manner: Manner {
            template: TemplateName::new(name).expect("the name of a file that is listed was checked"),
            kind: None,
            steps: Vec::new(),
            text: String::new(),
        },
        opening: Opening::Work,
        bases: Vec::new(),
        prefix: None,
        agent: None,
    };
    let table = document.as_table();
    for (key, item) in table {
        let span = table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
        let position = span.map_or(Position::START, |span| Position::of(text, span.start));
        reader.take(key, item, position, &mut template);
    }
    let says_nothing = template.manner.steps.is_empty() && template.manner.text.trim().is_empty();
    if says_nothing && reader.problems.is_empty() {
        let lacks = ProblemKind::Refused("it says neither 'steps' nor 'text'".to_owned());
        reader.problem("", Position::START, lacks);
    }
    match reader.problems.is_empty() {
        true => Ok(template),
        false => Err(InvalidConfiguration { problems: reader.problems }),
    }
}

struct Reader<'a> {
    text: &'a str,
    file: &'a AbsPath,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn take(&mut self, key: &str, item: &Item, position: Position, template: &mut Template) {
        match key {
            "description" => template.description = self.line(key, item, MAX_STEP_CHARS),
            "text" => template.manner.text = self.string(key, item, MAX_TEXT_CHARS),
            "steps" => template.manner.steps = self.lines(key, item, MAX_STEP_CHARS),
            "base" => template.bases = self.lines(key, item, MAX_STEP_CHARS),
            "prefix" => template.prefix = Some(self.line(key, item, MAX_STEP_CHARS)),
            "agent" => template.agent = Some(self.line(key, item, MAX_STEP_CHARS)),
            "kind" => template.manner.kind = self.kind(key, item),
            "plan_mode" => match item.as_bool() {
                Some(true) => template.opening = Opening::Plan,
                Some(false) => template.opening = Opening::Work,
                None => self.wrong_type(key, item, "true or false"),
            },
            key => {
                let refused = REFUSED.iter().find(|(word, _)| *word == key);
                let kind = match refused {
                    Some((_, reason)) => ProblemKind::Refused((*reason).to_owned()),
                    None => ProblemKind::UnknownKey { nearest: nearest(key, KEYS).map(str::to_owned) },
                };
                self.problem(key, position, kind);
            }
        }
    }

    fn kind(&mut self, key: &str, item: &Item) -> Option<TaskKind> {
        let word = self.line(key, item, MAX_STEP_CHARS);
        let known = TaskKind::WORDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind);
        if known.is_none() && item.is_str() {
            let words = TaskKind::WORDS.map(|(word, _)| word);
            let kind = ProblemKind::WrongValue {
                value: shown(&word),
                expected: format!("a kind of work ({})", words.join(", ")),
                reason: None,
                nearest: nearest(&word, words).map(str::to_owned),
            };
            self.problem(key, self.place(item), kind);
        }
        known
    }

    fn string(&mut self, key: &str, item: &Item, limit: usize) -> String {
        let Some(text) = item.as_str() else {
            self.wrong_type(key, item, "a string");
            return String::new();
        };
        let length = text.chars().count();
        if length > limit {
            let kind = ProblemKind::Refused(format!("it has {length} characters; the limit is {limit}"));
            self.problem(key, self.place(item), kind);
        }
        text.to_owned()
    }

    fn line(&mut self, key: &str, item: &Item, limit: usize) -> String {
        let text = self.string(key, item, limit);
        if item.is_str() && (text.trim().is_empty() || text.contains(char::is_control)) {
            self.problem(
                key,
                self.place(item),
                ProblemKind::Refused("one line of words is expected".to_owned()),
            );
        }
        text
    }

    /// One line, or several in a list.
    fn lines(&mut self, key: &str, item: &Item, limit: usize) -> Vec<String> {
        let Some(array) = item.as_array() else {
            return match item.is_str() {
                true => vec![self.line(key, item, limit)],
                false => {
                    self.wrong_type(key, item, "a string, or a list of strings");
                    Vec::new()
                }
            };
        };
        if array.len() > MAX_STEPS {
            let kind = ProblemKind::Refused(format!("there are {}; the limit is {MAX_STEPS}", array.len()));
            self.problem(key, self.place(item), kind);
        }
        array.iter().map(|value| self.line(key, &Item::Value(value.clone()), limit)).collect()
    }

    fn wrong_type(&mut self, key: &str, item: &Item, expected: &str) {
        let (expected, found) = (expected.to_owned(), item.type_name().to_owned());
        self.problem(key, self.place(item), ProblemKind::WrongType { expected, found });
    }

    fn place(&self, item: &Item) -> Position {
        item.span().map_or(Position::START, |span| Position::of(self.text, span.start))
    }

    fn problem(&mut self, key: &str, position: Position, kind: ProblemKind) {
        let origin = Origin::File { layer: FileLayer::User, file: self.file.clone(), position };
        self.problems.push(Problem { origin, key: shown(key), kind });
    }

    fn refused(mut self, key: &str, position: Position, kind: ProblemKind) -> InvalidConfiguration {
        self.problem(key, position, kind);
        InvalidConfiguration { problems: self.problems }
    }
}
