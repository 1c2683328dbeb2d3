//! The files of a checkout that commands name. Which of them a command starts is known to the command alone, and so each
//! counts, whatever program stands in front.

use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::environment::Command;
use owt_core::environment::Program;
use owt_core::environment::RelPath;
use owt_core::environment::pattern_of;
use owt_ports::Git;
use owt_ports::PrivateFiles;
use owt_ports::Standing;

/// Programs whose first argument is a script.
const INTERPRETERS: &[&str] =
    &["sh", "bash", "dash", "zsh", "fish", "python", "python3", "node", "bun", "deno", "ruby", "perl", "php"];

/// What ends a name within the text of a shell, besides white space.
const ENDS_OF_NAMES: &str = ";&|()<>\"'`$={},:";

/// The most folders of one command in which its other words are looked for (`cd scripts && sh a.sh`).
const MAX_FOLDERS: usize = 64;

/// What stands in a digest for a file that a symbolic link leads out to.
const LEADS_OUT: &[u8] = b"a symbolic link leads out of the checkout";

/// What lies at a name.
enum Named {
    /// Nothing.
    Nothing,
    /// A folder.
    Folder,
    /// A file, or what cannot be read.
    File(Vec<u8>),
}

/// The files of a checkout that these commands name, each once, with what is in them. One that git ignores there is no
/// part of what a repository brings, and counts only as a program or as an interpreter's script.
pub(crate) fn scripts(
    files: &dyn PrivateFiles,
    git: &dyn Git,
    checkout: &AbsPath,
    commands: &[Command],
) -> Vec<(String, Vec<u8>)> {
    let started: BTreeSet<RelPath> = commands.iter().filter_map(started).collect();
    let mut found: Vec<(RelPath, Vec<u8>)> = Vec::new();
    for path in commands.iter().flat_map(|command| candidates(files, checkout, command)) {
        if found.iter().any(|(known, _)| *known == path) {
            continue;
        }
        if let Named::File(bytes) = named(files, checkout, &path) {
            found.push((path, bytes));
        }
    }
    let ignored = ignored(git, checkout, found.iter().map(|(path, _)| path));
    found.retain(|(path, _)| started.contains(path) || !ignored.contains(path));
    found.into_iter().map(|(path, bytes)| (path.to_string(), bytes)).collect()
}

/// The file that a command certainly starts.
fn started(command: &Command) -> Option<RelPath> {
    let name = match &command.program {
        Program::InFolder(path) => return Some(path.clone()),
        Program::OnPath(name) => name,
    };
    let program = name.rsplit('/').next().unwrap_or(name);
    let script = command.arguments.iter().find(|word| !word.starts_with('-'));
    script.filter(|_| INTERPRETERS.contains(&program)).and_then(|script| RelPath::new(script).ok())
}

/// The places that the words of a command may mean, in their order.
fn candidates(files: &dyn PrivateFiles, checkout: &AbsPath, command: &Command) -> Vec<RelPath> {
    let own = match &command.program {
        Program::InFolder(path) => Some(path.clone()),
        Program::OnPath(_) => None,
    };
    let values = command.variables.values();
    let names = command.arguments.iter().chain(values).flat_map(|word| names_in(word));
    let names: Vec<RelPath> = own.into_iter().chain(names).collect();
    let is_folder = |path: &&RelPath| matches!(named(files, checkout, path), Named::Folder);
    let folders: Vec<&RelPath> = names.iter().filter(is_folder).take(MAX_FOLDERS).collect();
    let below = folders.iter().flat_map(|folder| {
        names.iter().filter_map(|name| RelPath::new(folder.as_path().join(name.as_path())).ok())
    });
    names.iter().cloned().chain(below).collect()
}

/// The paths that a word may name: itself, and what stands in it between the signs of a shell. What a variable or a
/// folder stands for in front of a name is not known here, so that each of its ends is one (`$PWD/scripts/a.sh`).
fn names_in(word: &str) -> Vec<RelPath> {
    let parts = word.split(|sign: char| sign.is_whitespace() || ENDS_OF_NAMES.contains(sign));
    let mut names = Vec::new();
    for part in parts.chain([word]) {
        let ends = part.match_indices('/').map(|(at, _)| &part[at + 1..]);
        for end in [part].into_iter().chain(ends) {
            names.extend(RelPath::new(end).ok().filter(|path| !path.is_root() && !names.contains(path)));
        }
    }
    names
}

fn named(files: &dyn PrivateFiles, checkout: &AbsPath, path: &RelPath) -> Named {
    let Some(text) = path.to_str() else { return Named::Nothing };
    let (Ok(Some(root)), Ok(Some(real))) = (files.real(checkout), files.real(&checkout.join(text))) else {
        return Named::Nothing;
    };
    let leads_out = !real.starts_with(&root);
    match files.read(&real) {
        Ok(None) => Named::Nothing,
        Ok(Some(_)) if leads_out => Named::File(LEADS_OUT.to_vec()),
        Ok(Some(bytes)) => Named::File(bytes),
        Err(_) if files.list(&real).is_ok() => Named::Folder,
        Err(error) => Named::File(error.to_string().into_bytes()),
    }
}

/// Those of the files that git ignores; none where that is not known.
fn ignored<'a>(
    git: &dyn Git,
    checkout: &AbsPath,
    paths: impl Iterator<Item = &'a RelPath>,
) -> BTreeSet<RelPath> {
    let patterns: Vec<String> = paths.filter_map(pattern_of).collect();
    let untracked = git.untracked(checkout, checkout, &patterns).unwrap_or_default();
    untracked.into_iter().filter(|file| file.standing == Standing::Ignored).map(|file| file.path).collect()
}

#[cfg(test)]
mod tests {
    use owt_testkit::crash::CrashPlan;
    use owt_testkit::files::MemoryFiles;

    use super::*;

    #[test]
    fn a_script_counts_whatever_program_stands_in_front() {
        let files = MemoryFiles::new(CrashPlan::never());
        let checkout = AbsPath::new("/app").unwrap();
        for name in
            ["scripts/a.py", "scripts/b.sh", "scripts/c.sh", "scripts/d.sh", "scripts/f.sh", "x.py", "x.ts"]
        {
            files.write(&checkout.join(name), name.as_bytes()).unwrap();
        }
        for (words, expected) in [
            (&["env", "X=1", "scripts/c.sh"][..], &["scripts/c.sh"][..]),
            (&["sh", "-c", ". scripts/d.sh; sh ./scripts/b.sh"], &["scripts/d.sh", "scripts/b.sh"]),
            (&["bash", "-lc", "scripts/f.sh"], &["scripts/f.sh"]),
            (&["timeout", "9", "python3", "scripts/a.py"], &["scripts/a.py"]),
            (&["uv", "run", "x.py"], &["x.py"]),
            (&["npx", "tsx", "x.ts"], &["x.ts"]),
            (&["sh", "-c", "\"$PWD/scripts/b.sh\" && echo $(node x.ts)"], &["scripts/b.sh", "x.ts"]),
            (&["sh", "-c", "cd scripts && sh b.sh"], &["scripts/b.sh"]),
            (&["tool", "--file=scripts/a.py"], &["scripts/a.py"]),
            (&["npm", "run", "build"], &[]),
            (&["sh", "../app/x.py"], &["x.py"]),
        ] {
            let command = Command::new(words[0], words[1..].iter().copied());
            let mut found: Vec<String> = Vec::new();
            for path in candidates(&files, &checkout, &command) {
                if matches!(named(&files, &checkout, &path), Named::File(_))
                    && !found.contains(&path.to_string())
                {
                    found.push(path.to_string());
                }
            }
            assert_eq!(found, expected, "{words:?}");
        }
    }

    #[test]
    fn a_program_and_an_interpreters_script_are_started() {
        let of = |words: &[&str]| started(&Command::new(words[0], words[1..].iter().copied()));
        let is = |path: &str| Some(RelPath::new(path).unwrap());
        assert_eq!(of(&["bash", "-eu", "./a.sh"]), is("a.sh"));
        assert_eq!((of(&["npm", "run", "build"]), of(&["sh"]), of(&["sh", "/opt/x"])), (None, None, None));
        let own = Program::InFolder(RelPath::new("bin/setup").unwrap());
        assert_eq!(started(&Command::of(own, ["x"])), is("bin/setup"));
    }
}
