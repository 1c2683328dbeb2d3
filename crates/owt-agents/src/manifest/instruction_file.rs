//! Where an agent looks for the person's words in a checkout. Must not read a file.

use owt_core::environment::RelPath;
use owt_core::environment::pattern_of;
use serde::Deserialize;

/// A file of a checkout that an agent reads as instructions, besides those that all are told of; with a slash at its
/// end, every Markdown file below that folder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct InstructionFile {
    path: RelPath,
    extent: Extent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    File,
    Below,
}

/// The text names no file of a checkout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not the path of a file in a checkout")]
pub struct InstructionFileError(String);

impl TryFrom<String> for InstructionFile {
    type Error = InstructionFileError;

    fn try_from(text: String) -> Result<Self, InstructionFileError> {
        let (path, extent) = match text.strip_suffix('/') {
            Some(folder) => (folder, Extent::Below),
            None => (text.as_str(), Extent::File),
        };
        match RelPath::new(path) {
            Ok(path) if !path.is_root() => Ok(Self { path, extent }),
            _ => Err(InstructionFileError(text)),
        }
    }
}

impl InstructionFile {
    /// Whether it is this file, named from the checkout's root.
    pub fn covers(&self, file: &RelPath) -> bool {
        match self.extent {
            Extent::File => *file == self.path,
            Extent::Below => {
                let is_markdown = file.as_path().extension().is_some_and(|ending| ending == "md");
                is_markdown && file != &self.path && file.starts_with(&self.path)
            }
        }
    }

    /// It as a pattern in the syntax of `.gitignore`, at the checkout's root; all that is in it where it is a folder.
    pub fn pattern(&self) -> Option<String> {
        pattern_of(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(place: &str, file: &str) -> bool {
        InstructionFile::try_from(place.to_owned()).unwrap().covers(&RelPath::new(file).unwrap())
    }

    #[test]
    fn a_file_is_itself_and_a_folder_is_its_markdown() {
        assert!(covers("GEMINI.md", "GEMINI.md") && !covers("GEMINI.md", "web/GEMINI.md"));
        assert!(covers(".claude/rules/", ".claude/rules/style.md"));
        assert!(covers(".claude/rules/", ".claude/rules/web/style.md"));
        assert!(!covers(".claude/rules/", ".claude/rules/run.sh") && !covers(".claude/rules/", "style.md"));
        for wrong in ["", "/", "/etc/passwd", "../up.md", "a/../../b"] {
            assert!(InstructionFile::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
