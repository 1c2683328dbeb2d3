//! `[board.keys]`: the person's own keys on the board. Here they are only read; which verbs and keys there are, is the
//! board's business.

use std::collections::BTreeMap;

use crate::declaration::Declaration;
use crate::declaration::Refusal;
use crate::declaration::Shape;
use crate::document::Given;
use crate::origin::FileLayer;
use crate::origin::Sourced;
use crate::section::Winners;
use crate::settings::THE_PERSONS;
use crate::shown::Shown;

pub(crate) const DECLARATIONS: &[Declaration] = &[Declaration {
    key: "board.keys.<name>",
    aliases: &[],
    shape: Shape::TextList,
    default: None,
    doc: "The keys of something that the board does, instead of those that it has; none with `[]`. `?` on the board names \
          what it does and the keys.",
    scope: THE_PERSONS,
    variable: None,
    expects: "keys such as \"K\", \"ctrl-k\" or \"enter\"",
    words: &[],
    examples: &["[\"ctrl-k\"]", "[\"X\", \"delete\"]"],
    check: plain_text,
}];

/// Keys by what they do, as they were given.
pub type BoardKeys = BTreeMap<String, Sourced<Vec<String>>>;

pub(crate) fn from_winners(winners: &Winners) -> BoardKeys {
    let own = winners.iter().filter_map(|(key, (given, origin))| match (key.as_slice(), given) {
        ([board, keys, verb], Given::List(list)) if board == "board" && keys == "keys" => {
            Some((verb.clone(), Sourced { value: list.clone(), origin: origin.clone() }))
        }
        _ => None,
    });
    own.collect()
}

pub(crate) fn shown(keys: &BoardKeys) -> impl Iterator<Item = Shown> {
    keys.iter().map(|(verb, keys)| {
        let key = ["board", "keys", verb].map(str::to_owned);
        Shown::new(&key, Given::List(keys.value.clone()), &keys.origin)
    })
}

fn plain_text(text: &str, _: Option<FileLayer>) -> Result<(), Refusal> {
    if text.contains(char::is_control) {
        return Err(Refusal::NoValue("it contains a control character".to_owned()));
    }
    Ok(())
}
