//! Words in added code that somebody should look at, by the languages in which they mean it.

use super::RuleName;

/// One such word.
struct Suspect {
    rule: RuleName,
    /// The endings of the files in which it counts; none: every file of code.
    endings: &'static [&'static str],
    /// What stands in the line.
    word: &'static str,
    /// What it is, for people.
    what: &'static str,
}

const fn suspect(
    rule: RuleName,
    endings: &'static [&'static str],
    word: &'static str,
    what: &'static str,
) -> Suspect {
    Suspect { rule, endings, word, what }
}

const RUST: &[&str] = &["rs"];
const PYTHON: &[&str] = &["py"];
const SCRIPT: &[&str] = &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "vue", "svelte"];
const RUBY: &[&str] = &["rb"];
const PHP: &[&str] = &["php"];
const GO: &[&str] = &["go"];
const JVM: &[&str] = &["java", "kt", "scala"];
const SHELL: &[&str] = &["sh", "bash", "zsh"];

/// Endings of files of code; elsewhere (texts, data) words are words.
const CODE: &[&[&str]] = &[
    RUST,
    PYTHON,
    SCRIPT,
    RUBY,
    PHP,
    GO,
    JVM,
    SHELL,
    &[
        "c", "cc", "cpp", "cs", "h", "hpp", "swift", "ex", "exs", "erl", "lua", "pl", "sql", "html", "css",
        "dart", "zig",
    ],
];

const SUSPECTS: &[Suspect] = &[
    suspect(RuleName::DebugCode, RUST, "dbg!(", "prints for debugging"),
    suspect(RuleName::DebugCode, PYTHON, "breakpoint()", "stops in the debugger"),
    suspect(RuleName::DebugCode, PYTHON, "pdb.set_trace(", "stops in the debugger"),
    suspect(RuleName::DebugCode, PYTHON, "import pdb", "brings the debugger in"),
    suspect(RuleName::DebugCode, SCRIPT, "debugger;", "stops in the debugger"),
    suspect(RuleName::DebugCode, SCRIPT, "console.log(", "prints for debugging"),
    suspect(RuleName::DebugCode, RUBY, "binding.pry", "stops in the debugger"),
    suspect(RuleName::DebugCode, PHP, "var_dump(", "prints for debugging"),
    suspect(RuleName::DebugCode, JVM, ".printStackTrace(", "prints for debugging"),
    suspect(RuleName::PartialCode, RUST, "todo!(", "is not written yet"),
    suspect(RuleName::PartialCode, RUST, "unimplemented!(", "is not written yet"),
    suspect(RuleName::PartialCode, PYTHON, "raise NotImplementedError", "is not written yet"),
    suspect(RuleName::PartialCode, SCRIPT, "throw new Error(\"not implemented", "is not written yet"),
    suspect(RuleName::PartialCode, SCRIPT, "throw new Error('not implemented", "is not written yet"),
    suspect(RuleName::PartialCode, SCRIPT, "throw new Error(\"Not implemented", "is not written yet"),
    suspect(RuleName::PartialCode, SCRIPT, "throw new Error('Not implemented", "is not written yet"),
    suspect(RuleName::PartialCode, GO, "panic(\"not implemented", "is not written yet"),
    suspect(RuleName::PartialCode, JVM, "TODO(\"", "is not written yet"),
    suspect(RuleName::PartialCode, &[], "rest of the code", "stands for code that is not there"),
    suspect(RuleName::PartialCode, &[], "existing code here", "stands for code that is not there"),
    suspect(RuleName::PartialCode, &[], "implementation goes here", "stands for code that is not there"),
    suspect(RuleName::Injection, PYTHON, "eval(", "runs text as code"),
    suspect(RuleName::Injection, PYTHON, "exec(", "runs text as code"),
    suspect(RuleName::Injection, PYTHON, "os.system(", "runs text in a shell"),
    suspect(RuleName::Injection, PYTHON, "os.popen(", "runs text in a shell"),
    suspect(RuleName::Injection, PYTHON, "shell=True", "runs text in a shell"),
    suspect(RuleName::Injection, PYTHON, "pickle.load", "makes whatever objects its input names"),
    suspect(RuleName::Injection, PYTHON, "yaml.load(", "makes whatever objects its input names"),
    suspect(RuleName::Injection, PYTHON, "execute(f\"", "puts text into SQL"),
    suspect(RuleName::Injection, PYTHON, "execute(f'", "puts text into SQL"),
    suspect(RuleName::Injection, SCRIPT, "eval(", "runs text as code"),
    suspect(RuleName::Injection, SCRIPT, "new Function(", "runs text as code"),
    suspect(RuleName::Injection, SCRIPT, "execSync(", "runs text in a shell"),
    suspect(RuleName::Injection, SCRIPT, ".innerHTML =", "puts text into a page as markup"),
    suspect(RuleName::Injection, SCRIPT, "dangerouslySetInnerHTML", "puts text into a page as markup"),
    suspect(RuleName::Injection, SCRIPT, "document.write(", "puts text into a page as markup"),
    suspect(RuleName::Injection, RUBY, "eval(", "runs text as code"),
    suspect(RuleName::Injection, PHP, "eval(", "runs text as code"),
    suspect(RuleName::Injection, PHP, "shell_exec(", "runs text in a shell"),
    suspect(RuleName::Injection, PHP, "unserialize(", "makes whatever objects its input names"),
    suspect(RuleName::Injection, JVM, "Runtime.getRuntime().exec(", "runs text as a command"),
    suspect(RuleName::Injection, RUST, "Command::new(\"sh\")", "runs text in a shell"),
    suspect(RuleName::Injection, GO, "exec.Command(\"sh\"", "runs text in a shell"),
    suspect(RuleName::Injection, SHELL, "eval ", "runs text as commands"),
    suspect(RuleName::Injection, SHELL, "| sh", "runs what it is given as commands"),
    suspect(RuleName::Injection, SHELL, "| bash", "runs what it is given as commands"),
    suspect(RuleName::Todo, &[], "TODO", "says what is still to be done"),
    suspect(RuleName::Todo, &[], "FIXME", "says what is still to be mended"),
    suspect(RuleName::Todo, &[], "XXX", "says that something is wrong with it"),
    suspect(RuleName::Todo, &[], "HACK", "says that something is wrong with it"),
];

/// What there is in a line of a file of code: rule, word, what it does.
pub(super) fn in_line<'a>(
    path: &'a str,
    line: &'a str,
) -> impl Iterator<Item = (RuleName, &'static str, &'static str)> + 'a {
    let ending = ending(path);
    let is_code = CODE.iter().any(|endings| endings.contains(&ending));
    SUSPECTS
        .iter()
        .filter(move |suspect| is_code && (suspect.endings.is_empty() || suspect.endings.contains(&ending)))
        .filter(|suspect| stands_in(line, suspect.word))
        .map(|suspect| (suspect.rule, suspect.word, suspect.what))
}

fn ending(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// A word that begins within another is not it (`retrieval(`, `regexec(`).
fn stands_in(line: &str, word: &str) -> bool {
    let begins_as_word = word.starts_with(|sign: char| sign.is_ascii_alphanumeric());
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !begins_as_word
            || before.is_none_or(|sign| !sign.is_ascii_alphanumeric() && !matches!(sign, '_' | '.'))
    })
}
