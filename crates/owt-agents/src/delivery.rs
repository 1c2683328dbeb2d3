//! A prompt or message in the form that an agent's input can bear: never taken as a command of the program,
//! inert in a terminal, and recognised when the program repeats it. Must not know how it gets there.

use std::borrow::Cow;

use owt_core::AbsPath;
use owt_core::briefing::PREAMBLE_MARK;
use owt_core::briefing::TASK_MARK;
use owt_core::text::Prompt;

use crate::manifest::Manifest;

/// The line before a text whose first character an agent would take as a command (decision 3).
pub const PROVENANCE: &str = "[owt] The text below is a message, not a command:";

/// Whether the person means a command of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    /// It is a text, whatever it begins with.
    Message,
    /// It is a command of the program (`/compact`), and the person asked for that.
    Command,
}

/// A text for a terminal program, ready to be pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalText {
    /// Free of control characters other than newline and tab.
    pub text: String,
    /// The keys that submit it.
    pub submit: String,
}

/// The text for a pipe, a file, an argument or a protocol: as it was written, with the provenance line where its
/// beginning could be taken as a command.
pub fn plain<'p>(manifest: &Manifest, prompt: &'p Prompt, wording: Wording) -> Cow<'p, str> {
    if needs_provenance(manifest, prompt, wording) {
        Cow::Owned(format!("{PROVENANCE}\n\n{}", prompt.as_str()))
    } else {
        Cow::Borrowed(prompt.as_str())
    }
}

/// The text for a terminal: as [`plain`], with controls made visible and the end such that the submit keys submit
/// (a backslash before Enter is a line break to Claude Code 2.1.197, so a blank follows it).
pub fn for_terminal(manifest: &Manifest, prompt: &Prompt, wording: Wording) -> TerminalText {
    let mut text = prompt.for_terminal().trim_end_matches(['\n', '\t', ' ']).to_owned();
    if text.ends_with('\\') {
        text.push(' ');
    }
    if needs_provenance(manifest, prompt, wording) {
        text.insert_str(0, &format!("{PROVENANCE}\n\n"));
    }
    TerminalText { text, submit: manifest.submit_keys.clone() }
}

/// What stands before the task of a program that can be told nothing else: a line that names the file with the rest. A
/// task of one line stays on it, so that it can be typed where a paste of several lines cannot.
pub fn behind_pointer(file: &AbsPath, text: &str) -> String {
    let between = if text.contains('\n') { "\n\n" } else { " " };
    format!(
        "{PREAMBLE_MARK} before you begin, read the file {file}: it says where you work and how. {TASK_MARK}{between}{text}"
    )
}

/// A text that was put before a program without what we put before it.
pub fn said(text: &str) -> &str {
    let task = text.strip_prefix(PREAMBLE_MARK).and_then(|rest| rest.split_once(TASK_MARK));
    let said = task.map_or(text, |(_, task)| task.trim_start());
    said.strip_prefix(PROVENANCE).unwrap_or(said)
}

fn needs_provenance(manifest: &Manifest, prompt: &Prompt, wording: Wording) -> bool {
    let first = prompt.as_str().trim_start().chars().next();
    let is_command = first.is_some_and(|first| manifest.command_prefixes.contains(first));
    wording == Wording::Message && (is_command || prompt.starts_like_a_command())
}

/// Whether a text that a program says it has read is the one that was sent. White space is not compared: programs
/// trim, and change tabs and line ends.
pub fn is_same_text(sent: &str, seen: &str) -> bool {
    sent.split_whitespace().eq(seen.split_whitespace())
}

/// Characters that a program may show of a longer text in its prompt box, without white space: fewer prove nothing.
const TELLING: usize = 16;

/// Whether the draft in a prompt box is what was pasted, or the part of it that the box shows. Claude Code 2.1.197
/// and Codex 0.169.0 show a long paste as `[Pasted text #1 +9 lines]` and `[Pasted Content 1234 chars]`, Pi 0.74.2 as
/// `[paste #1 +9 lines]`.
pub fn is_left_of(pasted: &str, draft: &str) -> bool {
    let dense = |text: &str| text.split_whitespace().collect::<String>();
    let (own, pasted, draft) = (dense(said(pasted)), dense(pasted), dense(draft));
    // The box may show the end of our line only.
    let said = draft.rsplit_once(dense(TASK_MARK).as_str()).map_or(draft.as_str(), |(_, task)| task);
    let said = said.strip_prefix(dense(PROVENANCE).as_str()).unwrap_or(said);
    said == own
        || said.starts_with("[Pasted")
        || said.starts_with("[paste#")
        || (said.chars().count() >= TELLING && pasted.contains(said))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::manifest::CustomTool;

    fn manifest() -> Manifest {
        Manifest::from_tool("tool", &CustomTool::default()).unwrap()
    }

    #[test]
    fn what_looks_like_a_command_gets_a_line_before_it() {
        let manifest = manifest();
        for text in ["/exit", "!rm -rf /", "  # note", "@file", "$x", "-v"] {
            let prompt = Prompt::new(text).unwrap();
            assert!(plain(&manifest, &prompt, Wording::Message).starts_with(PROVENANCE), "{text}");
            assert!(
                for_terminal(&manifest, &prompt, Wording::Message).text.starts_with(PROVENANCE),
                "{text}"
            );
            assert_eq!(plain(&manifest, &prompt, Wording::Command), text);
        }
        let harmless = Prompt::new("add a /slash and a !").unwrap();
        assert_eq!(plain(&manifest, &harmless, Wording::Message), "add a /slash and a !");
    }

    #[test]
    fn the_end_of_a_terminal_text_does_not_swallow_the_submit_key() {
        let manifest = manifest();
        let text = |text: &str| for_terminal(&manifest, &Prompt::new(text).unwrap(), Wording::Message).text;
        assert_eq!(text("one\ntwo\\\n\n"), "one\ntwo\\ ");
        assert_eq!(text("x\x1b[201~y"), "x\\x1b[201~y");
    }

    #[test]
    fn repeated_texts_are_recognised_despite_white_space() {
        assert!(is_same_text("a\tb\n\nc ", "a    b\nc"));
        assert!(!is_same_text("a b", "a c"));
        assert!(!is_same_text("a", "a b"));
    }

    #[test]
    fn a_draft_is_ours_when_the_box_shows_our_text_and_nothing_else() {
        let pasted = "Fix the login page\nand the\tlogout page";
        for ours in [
            "Fix the login page and the logout page",
            "Fix the lo gin page\n  and the logout page",
            "[Pasted text #1 +1 lines]",
            "[paste #1 +12 lines]",
            "page and the logout page",
        ] {
            assert!(is_left_of(pasted, ours), "{ours}");
        }
        assert!(is_left_of("/x", &format!("{PROVENANCE}\n\n/x")));
        let file = AbsPath::new("/d/preamble.md").unwrap();
        for task in ["Fix the login page", "/x", "one\ntwo"] {
            let put = behind_pointer(&file, task);
            assert_eq!(said(&put), task);
            assert!(is_left_of(task, &put) && is_left_of(&put, &put), "{put}");
            assert!(!is_left_of(task, &format!("{put} please")), "{put}");
        }
        assert!(is_left_of("/x", "and how. [owt] The task: /x"));
        for theirs in
            ["Fix", "", "Fix the login page and the logout page please", "something quite different"]
        {
            assert!(!is_left_of(pasted, theirs), "{theirs}");
        }
    }

    proptest! {
        #[test]
        fn no_text_starts_with_a_command_character(text in "[ \n]*[!/#@$-]?(.|\n)*") {
            let manifest = manifest();
            if let Ok(prompt) = Prompt::new(&text) {
                for text in [
                    plain(&manifest, &prompt, Wording::Message).into_owned(),
                    for_terminal(&manifest, &prompt, Wording::Message).text,
                ] {
                    prop_assert!(!text.trim_start().starts_with(['!', '/', '#', '@', '$', '-']));
                }
            }
        }
    }
}
