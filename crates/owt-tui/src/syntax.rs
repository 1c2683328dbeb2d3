//! Colours of code: which piece of a line is a keyword, a text, a comment. It is read line by line, as a patch has it, and by
//! a few rules for each language: enough to read by, and no library that takes longer to load than the board to open. It
//! must not know what a piece looks like.

mod languages;

pub(crate) use languages::Language;

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Plain,
    Keyword,
    /// A type, or the name of a value in a file of settings.
    Name,
    Text,
    Number,
    Comment,
}

/// What is open where a line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum State {
    #[default]
    Code,
    Comment,
    /// A text, by its place among those of the language.
    Text(usize),
}

/// A kind of text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    open: &'static str,
    close: &'static str,
    escapes: Escapes,
    reach: Reach,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Backslash,
    None,
}

/// How far a text may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// One letter: what has more is no text (a lifetime in Rust).
    Letter,
    Line,
    Lines,
}

/// The pieces of a line, by their lengths in bytes, and what is open behind it.
pub(crate) fn read(language: &Language, open: State, line: &str) -> (Vec<(Token, usize)>, State) {
    let mut reader = Reader { language, line, at: 0, pieces: Vec::new(), open };
    reader.go_on();
    while reader.at < line.len() {
        reader.step();
    }
    (reader.pieces, reader.open)
}

struct Reader<'a> {
    language: &'a Language,
    line: &'a str,
    at: usize,
    pieces: Vec<(Token, usize)>,
    open: State,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, token: Token, length: usize) {
        let length = length.min(self.line.len() - self.at);
        match self.pieces.last_mut() {
            _ if length == 0 => {}
            Some((last, taken)) if *last == token => *taken += length,
            _ => self.pieces.push((token, length)),
        }
        self.at += length;
    }

    /// What was open before this line.
    fn go_on(&mut self) {
        match std::mem::take(&mut self.open) {
            State::Code => {}
            State::Comment => self.comment(0),
            State::Text(place) => {
                if let Some(quote) = self.language.quotes.get(place) {
                    self.text(place, quote, 0);
                }
            }
        }
    }

    fn step(&mut self) {
        let rest = self.rest();
        if let Some((begin, _)) = self.language.comment.filter(|(begin, _)| rest.starts_with(begin)) {
            return self.comment(begin.len());
        }
        if self.language.remarks.iter().any(|begin| self.remark_begins(begin)) {
            return self.take(Token::Comment, rest.len());
        }
        let opens = |quote: &&(usize, &Quote)| rest.starts_with(quote.1.open) && quote.1.is_whole(rest);
        if let Some((place, quote)) = self.language.quotes.iter().enumerate().find(|it| opens(&it)) {
            return self.text(place, quote, quote.open.len());
        }
        match rest.chars().next() {
            Some(first) if first.is_ascii_digit() => self.number(rest),
            Some(first) if is_of_word(first) => self.word(rest),
            Some(first) => self.take(Token::Plain, first.len_utf8()),
            None => {}
        }
    }

    /// A `#` within a word begins no comment of a shell.
    fn remark_begins(&self, begin: &str) -> bool {
        let before = self.line.get(..self.at).and_then(|before| before.chars().next_back());
        self.rest().starts_with(begin) && (begin != "#" || before.is_none_or(char::is_whitespace))
    }

    fn comment(&mut self, begun: usize) {
        let Some((_, end)) = self.language.comment else { return };
        match self.rest().get(begun..).and_then(|rest| rest.find(end)) {
            Some(at) => self.take(Token::Comment, begun + at + end.len()),
            None => {
                self.take(Token::Comment, self.rest().len());
                self.open = State::Comment;
            }
        }
    }

    fn text(&mut self, place: usize, quote: &Quote, begun: usize) {
        let rest = self.rest();
        match quote.end(rest, begun) {
            Some(end) => {
                let token = if self.names(rest.get(end..)) { Token::Name } else { Token::Text };
                self.take(token, end);
            }
            None => {
                self.take(Token::Text, rest.len());
                if quote.reach == Reach::Lines {
                    self.open = State::Text(place);
                }
            }
        }
    }

    fn number(&mut self, rest: &str) {
        let is_of_number = |(at, letter): (usize, char)| {
            let is_point = letter == '.' && !rest.get(at + 1..).is_some_and(|next| next.starts_with('.'));
            letter.is_ascii_alphanumeric() || letter == '_' || is_point
        };
        let end = rest.char_indices().find(|it| !is_of_number(*it)).map_or(rest.len(), |(at, _)| at);
        self.take(Token::Number, end);
    }

    fn word(&mut self, rest: &str) {
        let end = rest.find(|letter| !self.language.is_of_word(letter)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        let token = if self.names(rest.get(end..)) || self.language.is_type(word) {
            Token::Name
        } else {
            Token::Plain
        };
        self.take(if self.language.has(word) { Token::Keyword } else { token }, end);
    }

    /// Whether what comes next makes what stands before it the name of a value.
    fn names(&self, next: Option<&str>) -> bool {
        let next = next.unwrap_or_default().trim_start();
        self.language.names.is_some_and(|sign| next.starts_with(sign))
    }
}

impl Quote {
    /// Where the text ends, behind what was begun of it.
    fn end(&self, text: &str, begun: usize) -> Option<usize> {
        let mut at = begun;
        loop {
            let rest = text.get(at..)?;
            if rest.starts_with(self.close) {
                return Some(at + self.close.len());
            }
            let mut letters = rest.chars();
            let first = letters.next()?;
            at += first.len_utf8();
            if first == '\\' && self.escapes == Escapes::Backslash {
                at += letters.next()?.len_utf8();
            }
        }
    }

    /// Whether it is a text at all, where that is seen by its end alone.
    fn is_whole(&self, text: &str) -> bool {
        let Some(inner) = text.get(self.open.len()..).filter(|_| self.reach == Reach::Letter) else {
            return self.reach != Reach::Letter;
        };
        let mut letters = inner.chars();
        match letters.next() {
            Some('\\') => inner.contains(self.close),
            Some(letter) => letter.to_string() != self.close && letters.as_str().starts_with(self.close),
            None => false,
        }
    }
}

/// Marks that belong to the letter before them stay with it.
fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || !letter.is_ascii()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The pieces that are more than plain, each with its letter.
    fn read_as(path: &str, lines: &[&str]) -> Vec<String> {
        let language = Language::of(path).unwrap();
        let mut open = State::default();
        let mut told = Vec::new();
        for line in lines {
            let (pieces, then) = read(language, open, line);
            open = then;
            let mut at = 0;
            for (token, length) in pieces {
                let sign = match token {
                    Token::Plain => ' ',
                    Token::Keyword => 'k',
                    Token::Name => 'n',
                    Token::Text => 't',
                    Token::Number => '0',
                    Token::Comment => 'c',
                };
                if token != Token::Plain {
                    told.push(format!("{sign} {}", &line[at..at + length]));
                }
                at += length;
            }
        }
        told
    }

    #[test]
    fn rust_has_lifetimes_raw_texts_and_comments_over_lines() {
        let lines = [
            "fn find<'a>(it: &'a Hit) -> char { 'x' } // it's",
            "let s = r#\"a \" b\"#; /* one",
            "two */ 0x1f..2.5",
        ];
        assert_eq!(
            read_as("src/a.rs", &lines),
            [
                "k fn",
                "n Hit",
                "k char",
                "t 'x'",
                "c // it's",
                "k let",
                "t r#\"a \" b\"#",
                "c /* one",
                "c two */",
                "0 0x1f",
                "0 2.5"
            ]
        );
    }

    #[test]
    fn texts_go_over_lines_where_the_language_lets_them() {
        let python = ["def f():  # why", "    \"\"\"One", "    two\"\"\"", "    return 'it\\'s' + None"];
        let expected =
            ["k def", "c # why", "t \"\"\"One", "t     two\"\"\"", "k return", "t 'it\\'s'", "k None"];
        assert_eq!(read_as("a.py", &python), expected);
        assert_eq!(
            read_as("a.tsx", &["let a = `one", "two` + 'open", "const"]),
            ["k let", "t `one", "t two`", "t 'open", "k const"]
        );
    }

    #[test]
    fn settings_have_names_and_a_shells_word_may_hold_a_hash() {
        assert_eq!(read_as("a.toml", &["name-of = \"x\" # why", "[a]"]), ["n name-of", "t \"x\"", "c # why"]);
        assert_eq!(
            read_as("a.json", &["{ \"a\": \"b\", \"c\": true }"]),
            ["n \"a\"", "t \"b\"", "n \"c\"", "k true"]
        );
        assert_eq!(read_as("run.sh", &["if [ $# = a#b ]; then # so"]), ["k if", "k then", "c # so"]);
        assert_eq!(read_as("a.sql", &["select 1 FROM a -- b"]), ["k select", "0 1", "k FROM", "c -- b"]);
    }

    #[test]
    fn a_language_is_known_by_the_files_name() {
        for path in ["Makefile", "a/b/Dockerfile", "x.test.ts", "a.h", ".bashrc", "Cargo.lock", "A.JAVA"] {
            assert!(Language::of(path).is_some(), "{path}");
        }
        for path in ["", "rs", "notes.txt", "a.rs/b", "a.unknown"] {
            assert_eq!(Language::of(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn the_pieces_of_any_lines_are_all_of_them(
            path in prop::sample::select(&["a.rs", "a.py", "a.js", "a.go", "a.c", "a.sh", "a.sql", "a.yml", "a.html", "a.lua"]),
            lines in prop::collection::vec("(['\"`/*#\\\\ r<>!a-]|--|\\PC){0,40}", 1..6),
        ) {
            let mut open = State::default();
            for line in &lines {
                let (pieces, then) = read(Language::of(path).unwrap(), open, line);
                open = then;
                let mut at = 0;
                for (_, length) in pieces {
                    at += length;
                    prop_assert!(line.is_char_boundary(at), "{line:?} at {at}");
                }
                prop_assert_eq!(at, line.len());
            }
        }
    }
}
