//! Asking the person, on a terminal.

use std::io::BufRead;

use owt_api::ErrorCode;

use crate::failure::Failure;
use crate::output::Output;
use crate::rendering::Tone;

/// How often a number that is none of the choices is asked for again.
const TRIES: usize = 3;

/// Asks for a line; `None` when the input ends.
pub(crate) fn line(output: &Output, question: &str) -> Result<Option<String>, Failure> {
    output.say_in_place(&format!("{} ", output.talk_style().paint(Tone::Strong, question)));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match read.map_err(|error| Failure::new(ErrorCode::Internal, format!("reading the answer: {error}")))? {
        0 => {
            output.say("");
            Ok(None)
        }
        _ => Ok(Some(answer.trim().to_owned())),
    }
}

/// Asks for yes or no; anything but a clear yes is no.
pub(crate) fn confirm(output: &Output, question: &str) -> Result<bool, Failure> {
    let answer = line(output, &format!("{question} [y/N]"))?;
    Ok(answer.is_some_and(|answer| matches!(answer.to_lowercase().as_str(), "y" | "yes")))
}

/// Asks for one of several, by number or name.
pub(crate) fn choose(
    output: &Output,
    question: &str,
    candidates: &[String],
) -> Result<Option<String>, Failure> {
    for (at, candidate) in candidates.iter().enumerate() {
        let number = output.talk_style().paint(Tone::Active, &format!("{:>3}", at + 1));
        output.say(&format!("{number}  {candidate}"));
    }
    for _ in 0..TRIES {
        let Some(answer) = line(output, question)? else { return Ok(None) };
        if let Some(chosen) = chosen(&answer, candidates) {
            return Ok(Some(chosen.to_owned()));
        }
        output.say(&format!("a number from 1 to {}, please", candidates.len()));
    }
    Ok(None)
}

/// The candidate that an answer means; an empty answer means the first.
fn chosen<'a>(answer: &str, candidates: &'a [String]) -> Option<&'a str> {
    let by_number = || candidates.get(answer.parse::<usize>().ok()?.checked_sub(1)?);
    let found = match answer {
        "" => candidates.first(),
        name => candidates.iter().find(|candidate| *candidate == name).or_else(by_number),
    };
    found.map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_and_nothing() {
        let candidates = ["claude".to_owned(), "codex".to_owned()];
        for (answer, expected) in [
            ("", Some("claude")),
            ("1", Some("claude")),
            ("2", Some("codex")),
            ("codex", Some("codex")),
            ("0", None),
            ("3", None),
            ("-1", None),
            ("cod", None),
        ] {
            assert_eq!(chosen(answer, &candidates), expected, "{answer:?}");
        }
    }
}
