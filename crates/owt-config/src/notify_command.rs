//! `notify.command`: the program of the person's own that is told.

use crate::declaration::Declaration;
use crate::declaration::Refusal;
use crate::declaration::Shape;
use crate::document::Given;
use crate::document::split;
use crate::origin::FileLayer;
use crate::origin::Sourced;
use crate::section::Winners;
use crate::settings::TELLS;
use crate::shown::Shown;

const KEY: &str = "notify.command";

pub(crate) const DECLARATIONS: &[Declaration] = &[Declaration {
    key: KEY,
    aliases: &[],
    shape: Shape::TextList,
    default: None,
    doc: "A program of your own and its arguments, run for each notice without a shell: the facts are in variables \
          (`OWT_NOTICE`, `OWT_NOTICE_TEXT`, ...) and as JSON on its standard input.",
    scope: TELLS,
    variable: None,
    expects: "a program and its arguments",
    words: &[],
    examples: &["[\"/home/me/bin/tell-me\"]", "[\"sh\", \"-c\", \"say \\\"$OWT_NOTICE_TEXT\\\"\"]"],
    check: word,
}];

/// The command, where one is given.
pub(crate) fn from_winners(winners: &Winners) -> Option<Sourced<Vec<String>>> {
    match winners.get(&split(KEY)) {
        Some((Given::List(words), origin)) if !words.is_empty() => {
            Some(Sourced { value: words.clone(), origin: origin.clone() })
        }
        _ => None,
    }
}

pub(crate) fn shown(command: &Sourced<Vec<String>>) -> Shown {
    Shown::new(&split(KEY), Given::List(command.value.clone()), &command.origin)
}

fn word(text: &str, _: Option<FileLayer>) -> Result<(), Refusal> {
    match () {
        () if text.is_empty() => Err(Refusal::NoValue("a word of a command is empty".to_owned())),
        () if text.contains('\0') => Err(Refusal::NoValue("a word contains a NUL".to_owned())),
        () => Ok(()),
    }
}
