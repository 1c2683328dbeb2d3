//! The commit message of a snapshot: what `restore` shows, as trailers that are read back. Pure.

use std::fmt::Write;

use owt_core::Timestamp;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;

/// What a snapshot knows about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) workspace: String,
    pub(crate) reason: String,
    pub(crate) taken_at: Timestamp,
    pub(crate) branch: Option<BranchName>,
    /// The commit it was taken on; `None` on an unborn branch.
    pub(crate) head: Option<ObjectId>,
    /// The commit that holds the index, where it differed from HEAD.
    pub(crate) index: Option<ObjectId>,
    pub(crate) changed_files: u32,
}

impl Message {
    /// As a commit message.
    pub(crate) fn to_text(&self) -> String {
        let (workspace, reason) = (escape(&self.workspace), escape(&self.reason));
        let mut text = format!("Snapshot of {workspace} ({reason})\n\n");
        let mut line = |key: &str, value: &str| {
            writeln!(text, "{key}: {value}").expect("writing to a string cannot fail");
        };
        line("Owt-Workspace", &workspace);
        line("Owt-Reason", &reason);
        line("Owt-Taken-At", &self.taken_at.as_millis().to_string());
        line("Owt-Changed-Files", &self.changed_files.to_string());
        if let Some(branch) = &self.branch {
            line("Owt-Branch", branch.as_str());
        }
        if let Some(head) = &self.head {
            line("Owt-Head", head.as_str());
        }
        if let Some(index) = &self.index {
            line("Owt-Index", index.as_str());
        }
        text
    }

    /// Reads it back; `None` when it is no message of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (_, trailers) = text.split_once("\n\n")?;
        let value = |key: &str| {
            trailers.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": ").map(str::to_owned))
        };
        let object = |key: &str| match value(key) {
            None => Some(None),
            Some(text) => ObjectId::new(text).ok().map(Some),
        };
        let branch = match value("Owt-Branch") {
            None => None,
            Some(name) => Some(BranchName::new(name).ok()?),
        };
        Some(Self {
            workspace: unescape(&value("Owt-Workspace")?),
            reason: unescape(&value("Owt-Reason")?),
            taken_at: Timestamp::from_millis(value("Owt-Taken-At")?.parse().ok()?),
            branch,
            head: object("Owt-Head")?,
            index: object("Owt-Index")?,
            changed_files: value("Owt-Changed-Files")?.parse().ok()?,
        })
    }
}

/// One line, whatever the text.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            c => out.push(c),
        }
    }
    out
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, false) => out.push(c),
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('0') => out.push('\0'),
                Some(other) => out.push(other),
                None => {}
            },
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_message_survives(
            workspace in "\\PC*|[a\\n\\r\\\\:]*",
            reason in "[a-z -]*",
            millis in 0i64..4_000_000_000_000,
            changed_files: u32,
            on_branch: bool,
        ) {
            let message = Message {
                workspace,
                reason,
                taken_at: Timestamp::from_millis(millis),
                branch: on_branch.then(|| BranchName::new("feat/x").unwrap()),
                head: on_branch.then(|| ObjectId::new("a".repeat(40)).unwrap()),
                index: None,
                changed_files,
            };
            prop_assert_eq!(Message::parse(&message.to_text()), Some(message));
        }

        #[test]
        fn no_text_makes_it_panic(text in "(.|\n)*") {
            let _ = Message::parse(&text);
        }
    }
}
