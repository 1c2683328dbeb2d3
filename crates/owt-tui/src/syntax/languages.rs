//! The languages, as data: a row each. It must not know how a line is read.

use super::Escapes;
use super::Quote;
use super::Reach;
use super::is_of_word;

/// What has to be known of a language.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Language {
    /// How its files' names end.
    endings: &'static [&'static str],
    /// What begins a comment that ends with its line.
    pub(super) remarks: &'static [&'static str],
    /// What begins a comment, and what ends it.
    pub(super) comment: Option<(&'static str, &'static str)>,
    pub(super) quotes: &'static [Quote],
    keywords: &'static str,
    case: Case,
    /// Before this sign stands the name of a value.
    pub(super) names: Option<char>,
}

/// How words are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    /// What begins with a capital is a type.
    Types,
    Matters,
    Ignored,
}

impl Language {
    /// That of a file, by its name.
    pub(crate) fn of(path: &str) -> Option<&'static Self> {
        let name = path.rsplit('/').next()?.to_lowercase();
        let named = NAMES.iter().find(|(known, _)| *known == name).map(|(_, ending)| *ending);
        let ending = named.or_else(|| name.rsplit_once('.').map(|(_, ending)| ending))?;
        ALL.iter().find(|it| it.endings.contains(&ending))
    }

    pub(super) fn has(&self, word: &str) -> bool {
        let is_it = |keyword: &str| match self.case {
            Case::Ignored => keyword.eq_ignore_ascii_case(word),
            Case::Types | Case::Matters => keyword == word,
        };
        self.keywords.split(' ').any(is_it)
    }

    pub(super) fn is_type(&self, word: &str) -> bool {
        self.case == Case::Types && word.starts_with(char::is_uppercase)
    }

    /// Names of settings and properties may have a dash.
    pub(super) fn is_of_word(&self, letter: char) -> bool {
        is_of_word(letter) || (letter == '-' && self.names.is_some())
    }
}

/// Files that are known by their whole name, and the ending that they could have.
const NAMES: &[(&str, &str)] = &[
    (".bashrc", "sh"),
    (".editorconfig", "ini"),
    (".gitconfig", "ini"),
    (".profile", "sh"),
    (".zshrc", "sh"),
    ("cargo.lock", "toml"),
    ("containerfile", "sh"),
    ("dockerfile", "sh"),
    ("gemfile", "rb"),
    ("justfile", "sh"),
    ("makefile", "sh"),
    ("poetry.lock", "toml"),
    ("rakefile", "rb"),
    ("uv.lock", "toml"),
];

const fn quote(open: &'static str, close: &'static str, escapes: Escapes, reach: Reach) -> Quote {
    Quote { open, close, escapes, reach }
}

const DOUBLE: Quote = quote("\"", "\"", Escapes::Backslash, Reach::Line);
const SINGLE: Quote = quote("'", "'", Escapes::Backslash, Reach::Line);
const DOUBLE_LINES: Quote = quote("\"", "\"", Escapes::Backslash, Reach::Lines);
const LETTER: Quote = quote("'", "'", Escapes::Backslash, Reach::Letter);
const PLAIN_SINGLE: Quote = quote("'", "'", Escapes::None, Reach::Line);
const THREE_DOUBLE: Quote = quote("\"\"\"", "\"\"\"", Escapes::Backslash, Reach::Lines);
const THREE_SINGLE: Quote = quote("'''", "'''", Escapes::Backslash, Reach::Lines);
const BACKTICK: Quote = quote("`", "`", Escapes::Backslash, Reach::Lines);
const RAW_BACKTICK: Quote = quote("`", "`", Escapes::None, Reach::Lines);
const SLASHES: &[&str] = &["//"];
const STARS: Option<(&str, &str)> = Some(("/*", "*/"));

/// A language with the comments of C, and types in capitals.
const fn like_c(
    endings: &'static [&'static str],
    quotes: &'static [Quote],
    keywords: &'static str,
) -> Language {
    Language { endings, remarks: SLASHES, comment: STARS, quotes, keywords, case: Case::Types, names: None }
}

/// A language whose comments begin with `#`.
const fn like_a_script(
    endings: &'static [&'static str],
    quotes: &'static [Quote],
    keywords: &'static str,
    case: Case,
) -> Language {
    Language { endings, remarks: &["#"], comment: None, quotes, keywords, case, names: None }
}

/// A file of settings.
const fn settings(endings: &'static [&'static str], quotes: &'static [Quote], names: char) -> Language {
    let keywords = "true false null yes no on off";
    let names = Some(names);
    Language { endings, remarks: &["#"], comment: None, quotes, keywords, case: Case::Matters, names }
}

const ALL: &[Language] = &[
    like_c(
        &["rs"],
        &[
            quote("r##\"", "\"##", Escapes::None, Reach::Lines),
            quote("r#\"", "\"#", Escapes::None, Reach::Lines),
            quote("r\"", "\"", Escapes::None, Reach::Lines),
            DOUBLE_LINES,
            LETTER,
        ],
        "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub \
         ref return self Self static struct super trait true type unsafe use where while bool char str u8 u16 u32 u64 u128 usize \
         i8 i16 i32 i64 i128 isize f32 f64",
    ),
    like_c(
        &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte", "astro"],
        &[DOUBLE, SINGLE, BACKTICK],
        "abstract any as async await boolean break case catch class const continue debugger declare default delete do else enum \
         export extends false finally for from function get if implements import in instanceof interface keyof let namespace new \
         null number of private protected public readonly return satisfies set static string super switch this throw true try \
         type typeof undefined unknown var void while with yield",
    ),
    like_c(
        &["go"],
        &[DOUBLE, RAW_BACKTICK, SINGLE],
        "any bool break byte case chan const continue default defer else error fallthrough false float32 float64 for func go goto \
         if import int int32 int64 interface iota map nil package range return rune select string struct switch true type uint \
         uint32 uint64 var",
    ),
    like_c(
        &["c", "h", "cc", "cpp", "cxx", "hpp", "hh", "m", "mm", "cu", "proto", "glsl"],
        &[DOUBLE, SINGLE],
        "alignas auto bool break case catch char class concept const constexpr continue default define delete do double else enum \
         explicit extern false final float for friend goto if ifdef ifndef include inline int long message mutable namespace new \
         noexcept nullptr operator override private protected public register return short signed sizeof static struct switch \
         template this throw true try typedef typename union unsigned using virtual void volatile while",
    ),
    like_c(
        &["java", "kt", "kts", "scala", "groovy", "gradle", "cs", "swift", "dart"],
        &[THREE_DOUBLE, DOUBLE, SINGLE],
        "abstract as async await bool boolean break byte case catch char class companion const continue data def default defer do \
         double else enum extends extension false final finally float fn for foreach fun func get guard if implements import in \
         init int interface internal is lateinit let long mut namespace new nil null object open operator out override package \
         private protected protocol public readonly record return sealed self set short static string struct super suspend switch \
         this throw throws trait true try type typealias using val var virtual void when where while with yield",
    ),
    like_c(
        &["php"],
        &[DOUBLE_LINES, SINGLE],
        "abstract array as break case catch class const continue default do echo else elseif enum extends false final finally fn \
         for foreach function if implements interface match namespace new null private protected public readonly return static \
         switch throw trait true try use var while yield",
    ),
    like_c(
        &["zig"],
        &[DOUBLE, SINGLE],
        "and bool break catch comptime const continue defer else enum errdefer error export extern false fn for if inline null \
         orelse pub return struct switch test true try undefined union unreachable usingnamespace var void while",
    ),
    like_a_script(
        &["py", "pyi", "bzl", "bazel"],
        &[THREE_DOUBLE, THREE_SINGLE, DOUBLE, SINGLE],
        "and as assert async await break case class continue def del elif else except False finally for from global if import in \
         is lambda match None nonlocal not or pass raise return self True try while with yield",
        Case::Types,
    ),
    like_a_script(
        &["rb", "rake", "gemspec", "ex", "exs", "cr"],
        &[DOUBLE_LINES, SINGLE],
        "alias and begin break case class def defmodule defp do else elsif end ensure false fn for if import in module next nil \
         not or raise require rescue return self super then true unless until use when while with yield",
        Case::Types,
    ),
    like_a_script(
        &["sh", "bash", "zsh", "fish"],
        &[DOUBLE_LINES, quote("'", "'", Escapes::None, Reach::Lines)],
        "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM RUN USER WORKDIR case do done elif else esac exit export fi for function if \
         in local readonly return set shift source then trap unset until while",
        Case::Matters,
    ),
    like_a_script(
        &["r", "pl", "pm", "nix", "cmake", "jl"],
        &[DOUBLE, SINGLE],
        "begin do else elseif elsif end endif false for foreach function if import in inherit let local module my our package \
         return set struct sub then true unless use using while with",
        Case::Matters,
    ),
    Language {
        endings: &["sql"],
        remarks: &["--"],
        comment: STARS,
        quotes: &[PLAIN_SINGLE, quote("\"", "\"", Escapes::None, Reach::Line)],
        keywords: "add all alter and as asc begin between by case check column commit constraint create cross default delete desc \
                   distinct drop else end exists false foreign from full group having if in index inner insert into is join key \
                   left like limit not null offset on or order outer primary references returning right rollback select set table \
                   then transaction trigger true union unique update using values view when where with",
        case: Case::Ignored,
        names: None,
    },
    Language {
        endings: &["lua"],
        remarks: &["--"],
        comment: Some(("--[[", "]]")),
        quotes: &[DOUBLE, SINGLE],
        keywords: "and break do else elseif end false for function goto if in local nil not or repeat return then true until while",
        case: Case::Matters,
        names: None,
    },
    Language {
        endings: &["hs", "elm", "purs"],
        remarks: &["--"],
        comment: Some(("{-", "-}")),
        quotes: &[DOUBLE, LETTER],
        keywords: "case class data deriving do else if import in instance let module newtype of port then type where",
        case: Case::Types,
        names: None,
    },
    Language {
        endings: &["css", "scss", "sass", "less"],
        remarks: &[],
        comment: STARS,
        quotes: &[DOUBLE, SINGLE],
        keywords: "",
        case: Case::Matters,
        names: Some(':'),
    },
    Language {
        endings: &["html", "htm", "xml", "svg", "xhtml", "plist"],
        remarks: &[],
        comment: Some(("<!--", "-->")),
        quotes: &[quote("\"", "\"", Escapes::None, Reach::Lines)],
        keywords: "",
        case: Case::Matters,
        names: Some('='),
    },
    settings(
        &["toml", "ini", "cfg", "conf", "properties", "env"],
        &[THREE_DOUBLE, DOUBLE, PLAIN_SINGLE],
        '=',
    ),
    settings(&["tf", "hcl"], &[DOUBLE], '='),
    settings(&["yml", "yaml", "json", "jsonc", "json5", "webmanifest"], &[DOUBLE, PLAIN_SINGLE], ':'),
];
