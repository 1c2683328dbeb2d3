//! Every command that a message, a hint, a page of help or the documentation names is one that there is, with flags that it
//! has: what says how to go on leads somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use clap::Command;
use clap::CommandFactory;
use clap::error::ErrorKind;

use crate::command_line::CommandLine;

/// What follows the program's name where a sentence speaks of it. A word that is neither here nor a command is a slip.
const PROSE: [&str; 24] = [
    "and",
    "are",
    "cannot",
    "commits",
    "did",
    "does",
    "expects",
    "forget",
    "home",
    "is",
    "itself",
    "keeps",
    "knows",
    "manages",
    "needs",
    "repository",
    "started",
    "takes",
    "tells",
    "that",
    "worktree",
    "would",
    "wrote",
    "",
];

/// Crates whose words no person reads.
const SILENT: [&str; 2] = ["e2e", "owt-testkit"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path, end: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, end, found),
            false if path.extension().is_some_and(|it| it == end) => found.push(path),
            false => {}
        }
    }
}

/// The texts in a source file: string literals, joined where a line goes on. Tests at its end are left out.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let raw = rest[..at].trim_end_matches('#');
        let hashes = at - raw.len();
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(quoted) = rest.strip_prefix('\'') {
            // A character, or the name of a lifetime.
            let mut letters = quoted.char_indices();
            let end = match letters.next() {
                Some((_, '\\')) => quoted[2..].find('\'').map(|at| at + 3),
                Some(_) => letters.next().filter(|(_, letter)| *letter == '\'').map(|(at, _)| at + 1),
                None => None,
            };
            rest = &quoted[end.unwrap_or(0)..];
        } else if let Some(text) = rest.strip_prefix('"') {
            let (literal, after) = match raw.ends_with('r') {
                true => text.split_once(&format!("\"{}", "#".repeat(hashes))).expect("it ends"),
                false => literal(text),
            };
            found.push(unescaped(literal));
            rest = after;
        } else {
            rest = &rest[1..];
        }
    }
    found
}

fn literal(text: &str) -> (&str, &str) {
    let mut is_escaped = false;
    let end = text.find(|letter| {
        let ends = letter == '"' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        ends
    });
    let end = end.expect("a literal ends");
    (&text[..end], &text[end + 1..])
}

fn unescaped(literal: &str) -> String {
    let mut lines = literal.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    let joined = lines.fold(first, |text, line| text + line.trim_start());
    joined.replace("\\n", "\n").replace("\\\"", "\"").replace("{{", "{").replace("}}", "}")
}

/// The code in a page: what stands between backticks, and lines of blocks.
fn code(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, part) in page.split("```").enumerate() {
        match number % 2 {
            1 => found.extend(part.replace("\\n", "\n").lines().map(str::to_owned)),
            _ => found.extend(part.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " "))),
        }
    }
    found
}

/// Where a text names the program, what follows.
fn mentions(text: &str) -> Vec<String> {
    let text = text.replace("{owt} ", "owt ");
    let is_word = |letter: char| letter.is_alphanumeric() || "-_./{".contains(letter);
    let mentioned = text.match_indices("owt ").filter(|(at, _)| !text[..*at].ends_with(is_word));
    mentioned.map(|(at, _)| text[at + 4..].lines().next().unwrap_or_default().to_owned()).collect()
}

/// What a sentence that begins with a command says of it: the command, its flags, and what stands for something. Plain words
/// are left out: they may be a name, or how the sentence goes on.
fn call(program: &Command, sentence: &str) -> Option<Vec<String>> {
    let mut words = vec!["owt".to_owned()];
    let mut command = program;
    let mut takes_value = false;
    let mut goes_on_in_prose = false;
    // Behind several spaces an example is explained; behind the others another program or sentence begins.
    let end = ["  ", "|", "` ", " owt "].iter().filter_map(|end| sentence.find(end)).min();
    for word in sentence[..end.unwrap_or(sentence.len())].split_whitespace() {
        let bare = word.trim_matches(|letter: char| "`'\",;:.)(".contains(letter));
        let is_value = std::mem::take(&mut takes_value);
        let stands_for_something = bare.starts_with('{') || word.starts_with('"') || is_capital(bare);
        if let Some(below) = command.find_subcommand(bare).filter(|_| !is_value) {
            command = below;
            words.push(bare.to_owned());
        } else if bare.starts_with('-') && bare.len() > 1 {
            takes_value = takes_next(command, bare);
            words.push(bare.to_owned());
        } else if is_value || (stands_for_something && words.len() > 1 && !goes_on_in_prose) {
            words.push(if bare == "N" { "1".to_owned() } else { "x".to_owned() });
        } else if words.len() == 1 {
            return None;
        } else {
            goes_on_in_prose = true;
        }
        if word.ends_with([',', ';', ':', '.', ')', '`', '\'']) {
            break;
        }
    }
    (words.len() > 1).then_some(words)
}

/// As in `NAME`.
fn is_capital(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| letter.is_uppercase() || letter == '_')
}

fn takes_next(command: &Command, flag: &str) -> bool {
    let is_it = |known: &&clap::Arg| match flag.strip_prefix("--") {
        Some(long) => known.get_long() == Some(long),
        None => known.get_short() == flag.chars().nth(1),
    };
    command.get_arguments().find(is_it).is_some_and(|known| known.get_action().takes_values())
}

/// What is wrong with a call, if anything is. That a name of something is left out is none: sentences do that.
fn fault(program: &Command, words: &[String]) -> Option<String> {
    if words[1] == "help" {
        return None;
    }
    let error = program.clone().try_get_matches_from(words).err()?;
    let is_fault = matches!(
        error.kind(),
        ErrorKind::UnknownArgument
            | ErrorKind::InvalidSubcommand
            | ErrorKind::ArgumentConflict
            | ErrorKind::TooManyValues
    );
    is_fault.then(|| error.to_string().lines().next().unwrap_or_default().to_owned())
}

fn is_prose(sentence: &str) -> bool {
    let first = sentence.split_whitespace().next().unwrap_or_default();
    first.starts_with('{')
        || sentence.starts_with(' ')
        || PROSE.contains(&first.trim_end_matches([',', '.', ';', ':']))
}

#[test]
fn whatever_is_named_anywhere_is_a_command_with_flags_that_it_has() {
    let mut program = CommandLine::command();
    program.build();
    let (mut sources, mut pages) = (Vec::new(), vec![root().join("README.md")]);
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let entry = entry.unwrap();
        if !SILENT.contains(&entry.file_name().to_str().unwrap()) {
            files(&entry.path().join("src"), "rs", &mut sources);
        }
    }
    files(&root().join("docs"), "md", &mut pages);
    let texts = sources.iter().map(|path| (path, literals(&fs::read_to_string(path).unwrap())));
    let texts = texts.chain(pages.iter().map(|path| (path, code(&fs::read_to_string(path).unwrap()))));
    let (mut calls, mut faults) = (BTreeSet::new(), BTreeSet::new());
    for (path, texts) in texts {
        for sentence in texts.iter().flat_map(|text| mentions(text)) {
            match call(&program, &sentence) {
                Some(words) => {
                    faults.extend(
                        fault(&program, &words)
                            .map(|why| format!("{}: owt {sentence}: {why}", path.display())),
                    );
                    calls.insert(words);
                }
                None if !is_prose(&sentence) => {
                    faults.insert(format!("{}: owt {sentence}: no command", path.display()));
                }
                None => {}
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(calls.len() > 200, "{} calls only: is anything read?", calls.len());
}
