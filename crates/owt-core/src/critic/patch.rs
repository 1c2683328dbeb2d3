//! Reading a patch as git prints it with `--unified=0 --text` (git-diff(1), "Generating patch text with -p"), in whatever
//! portions it comes. Lines of content are counted by their hunk's header: nothing in a file looks like a header.

/// The longest line that is looked at as a whole, in bytes.
pub(super) const MAX_LINE: usize = 1024 * 1024;

/// What kind of thing an entry of a tree is (git-fast-import(1), "filemodify").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// A submodule.
    Submodule,
}

/// One line of a patch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// The content of this file begins.
    File {
        /// Its path; of a file that goes, the one that it had.
        path: String,
        /// What it is.
        mode: Mode,
        /// Whether it stays.
        stays: bool,
    },
    /// A line that is added.
    Added {
        /// Its number, from 1.
        number: u64,
        /// What is in it, without its end.
        text: &'a [u8],
        /// Whether there is more in it than is here.
        is_cut: bool,
    },
    /// A line that is taken away.
    Removed {
        /// What was in it.
        text: &'a [u8],
    },
}

/// A patch that does not read as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotAPatch;

/// The state of reading.
#[derive(Debug, Default)]
pub(super) struct Patch {
    line: Vec<u8>,
    is_cut: bool,
    old_path: Option<String>,
    mode: Option<Mode>,
    /// Lines of the hunk that are still to come: those that go, those that are added.
    left: (u64, u64),
    /// The number of the next line that is added.
    number: u64,
    /// Whether the file's content has begun.
    begun: bool,
}

impl Patch {
    /// Takes the next bytes.
    pub(super) fn take(
        &mut self,
        mut bytes: &[u8],
        sink: &mut impl FnMut(Line<'_>),
    ) -> Result<(), NotAPatch> {
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            self.keep(&bytes[..end]);
            bytes = &bytes[end + 1..];
            self.complete(sink)?;
        }
        self.keep(bytes);
        Ok(())
    }

    /// The end of the patch.
    pub(super) fn end(mut self, sink: &mut impl FnMut(Line<'_>)) -> Result<(), NotAPatch> {
        if !self.line.is_empty() {
            self.complete(sink)?;
        }
        if self.left == (0, 0) { Ok(()) } else { Err(NotAPatch) }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MAX_LINE.saturating_sub(self.line.len());
        self.is_cut |= bytes.len() > room;
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn complete(&mut self, sink: &mut impl FnMut(Line<'_>)) -> Result<(), NotAPatch> {
        let line = std::mem::take(&mut self.line);
        let is_cut = std::mem::take(&mut self.is_cut);
        let result = match self.left {
            (0, 0) => self.header(&line, sink),
            _ => self.content(&line, is_cut, sink),
        };
        // The room that it took is used again.
        self.line = line;
        self.line.clear();
        result
    }

    fn content(
        &mut self,
        line: &[u8],
        is_cut: bool,
        sink: &mut impl FnMut(Line<'_>),
    ) -> Result<(), NotAPatch> {
        match (line.split_first(), self.left) {
            (Some((b'-', text)), (old, _)) if old > 0 => {
                self.left.0 -= 1;
                sink(Line::Removed { text });
            }
            (Some((b'+', text)), (_, new)) if new > 0 => {
                self.left.1 -= 1;
                sink(Line::Added { number: self.number, text, is_cut });
                self.number += 1;
            }
            // "No newline at end of file", in between.
            (Some((b'\\', _)), _) => {}
            _ => return Err(NotAPatch),
        }
        Ok(())
    }

    fn header(&mut self, line: &[u8], sink: &mut impl FnMut(Line<'_>)) -> Result<(), NotAPatch> {
        if line.starts_with(b"diff --git ") {
            (self.old_path, self.mode, self.begun) = (None, None, false);
        } else if let Some(rest) = line.strip_prefix(b"@@ ") {
            let (old, new, number) = hunk(rest).ok_or(NotAPatch)?;
            (self.left, self.number) = ((old, new), number);
        } else if let Some(name) = line.strip_prefix(b"--- ") {
            self.old_path = path(name, b"a/");
        } else if let Some(name) = line.strip_prefix(b"+++ ") {
            let new = path(name, b"b/");
            let stays = new.is_some();
            let path = new.or_else(|| self.old_path.take()).ok_or(NotAPatch)?;
            self.begun = true;
            sink(Line::File { path, mode: self.mode.unwrap_or(Mode::File), stays });
        } else if let Some(mode) = mode(line) {
            self.mode = Some(mode);
        }
        Ok(())
    }
}

/// The mode in a line of a file's header.
fn mode(line: &[u8]) -> Option<Mode> {
    let text = std::str::from_utf8(line).ok()?;
    let told =
        ["new file mode ", "new mode ", "index "].into_iter().find_map(|start| text.strip_prefix(start))?;
    match told.rsplit(' ').next()? {
        "120000" => Some(Mode::Link),
        "160000" => Some(Mode::Submodule),
        "100644" | "100755" => Some(Mode::File),
        _ => None,
    }
}

/// `-<from>,<count> +<from>,<count> @@`: how many lines go, how many come, and the number of the first of these.
fn hunk(rest: &[u8]) -> Option<(u64, u64, u64)> {
    let text = std::str::from_utf8(rest.split(|&byte| byte == b'@').next()?).ok()?;
    let mut sides = text.split_whitespace();
    let side = |text: Option<&str>, sign: char| {
        let text = text?.strip_prefix(sign)?;
        let (from, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((from.parse::<u64>().ok()?, count.parse::<u64>().ok()?))
    };
    let (_, old) = side(sides.next(), '-')?;
    let (number, new) = side(sides.next(), '+')?;
    Some((old, new, number))
}

/// The path in a header; `None`: there is no file on this side.
fn path(name: &[u8], prefix: &[u8]) -> Option<String> {
    // A name with a space has a tab behind it.
    let name = name.strip_suffix(b"\t").unwrap_or(name);
    let name = match name.strip_prefix(b"\"").and_then(|quoted| quoted.strip_suffix(b"\"")) {
        Some(quoted) => unquoted(quoted),
        None => name.to_vec(),
    };
    name.strip_prefix(prefix).map(|path| String::from_utf8_lossy(path).into_owned())
}

/// Reads git's quotes (git-config(1), "core.quotePath").
fn unquoted(quoted: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let octal: Vec<u8> =
            rest.iter().copied().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).collect();
        if octal.len() == 3 {
            bytes.push(
                octal.iter().fold(0_u8, |value, digit| value.wrapping_mul(8).wrapping_add(digit - b'0')),
            );
            rest = &rest[3..];
            continue;
        }
        let Some((&sign, behind)) = rest.split_first() else { break };
        rest = behind;
        bytes.push(match sign {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            other => other,
        });
    }
    bytes
}
