//! What the person wants said to an agent: words of the command line, a file, or standard input.

use std::fs::File;
use std::io;
use std::io::IsTerminal;
use std::io::Read;
use std::path::Path;

use owt_api::ErrorCode;
use owt_core::text::MAX_PROMPT_BYTES;
use owt_core::text::Prompt;

use crate::context::Context;
use crate::failure::Failure;
use crate::failure::in_words;

/// The text that was given; `None` when none was.
///
/// # Errors
/// `flag_conflict`, `prompt_file`, `bad_prompt`, `empty_task`.
pub(crate) fn given(
    context: &Context,
    words: &[String],
    file: Option<&Path>,
) -> Result<Option<String>, Failure> {
    let text = match (words, file) {
        ([], None) => return Ok(None),
        (words, None) => words.join(" "),
        ([], Some(file)) => read(context, file)?,
        (_, Some(_)) => {
            return Err(Failure::new(
                ErrorCode::FlagConflict,
                "there are words and a file: only one can be the text",
            )
            .hint("put everything into the file, or leave --prompt-file (--file) out"));
        }
    };
    Prompt::new(&text)?;
    Ok(Some(text))
}

fn read(context: &Context, file: &Path) -> Result<String, Failure> {
    let shown = file.display().to_string();
    let unreadable = |error: io::Error| {
        Failure::new(ErrorCode::PromptFile, format!("{shown}: {}", in_words(&error)))
            .hint("--prompt-file (--file) names a text file, or - for standard input")
    };
    if file != Path::new("-") {
        let path = context.path(file);
        if path.is_dir() {
            return Err(Failure::new(ErrorCode::PromptFile, format!("{shown} is a folder")));
        }
        return bounded(File::open(path).map_err(unreadable)?, &shown);
    }
    if io::stdin().is_terminal() {
        return Err(Failure::new(ErrorCode::PromptFile, "standard input is a terminal, not a prompt")
            .hint("pipe the prompt in: owt new --prompt-file - < prompt.md"));
    }
    bounded(io::stdin().lock(), "standard input")
}

/// Everything, up to the limit of a prompt: what is over it is never read.
fn bounded(from: impl Read, shown: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    from.take(MAX_PROMPT_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(ErrorCode::PromptFile, format!("{shown}: {}", in_words(&error))))?;
    if bytes.len() > MAX_PROMPT_BYTES {
        let limit = MAX_PROMPT_BYTES / 1024 / 1024;
        return Err(Failure::new(ErrorCode::BadPrompt, format!("{shown} has more than {limit} MiB"))
            .hint("put the material into files of the repository and name them in the prompt"));
    }
    String::from_utf8(bytes).map_err(|_| {
        Failure::new(ErrorCode::BadPrompt, format!("{shown} is not text in UTF-8"))
            .hint("convert it, for example: iconv -t UTF-8 FILE")
    })
}
