//! What to try after a demonstration: commands that work when they are pasted into the terminal that it was shown in.

use owt_agents::shell_words;
use owt_config::Environment;
use owt_core::AbsPath;

use super::sample::Sample;

/// What the commands depend on.
pub(super) struct Shell {
    /// The folder of this very program, where typing `owt` starts none or another one.
    missing_on_path: Option<AbsPath>,
    has_tmux: bool,
}

impl Shell {
    /// The person's, with `program` as the file that runs now.
    pub(super) fn of(environment: &Environment, program: Option<&AbsPath>) -> Self {
        let find = |name: &str| owt_process::find_program(name, environment.search_path(), &[]);
        let real = |path: &AbsPath| std::fs::canonicalize(path.as_path()).ok();
        let typed = find("owt").as_ref().and_then(real);
        let unreachable = program.filter(|program| typed.is_none() || typed != real(program));
        Self { missing_on_path: unreachable.and_then(AbsPath::parent), has_tmux: find("tmux").is_some() }
    }
}

/// One command, and what it is for.
struct Step {
    command: String,
    what: &'static str,
}

/// The text.
pub(super) fn told(sample: &Sample, first: &str, shell: &Shell) -> String {
    let steps = steps(sample.repository(), first, shell);
    let width = steps.iter().filter(|step| !step.what.is_empty()).map(|step| step.command.len()).max();
    let line = |step: &Step| format!("  {:<1$}  {2}", step.command, width.unwrap_or(0), step.what);
    let lines: Vec<String> = steps.iter().map(|step| line(step).trim_end().to_owned()).collect();
    format!("\nAll of it stands in {}. Try next:\n{}", sample.folder(), lines.join("\n"))
}

fn steps(repository: &AbsPath, first: &str, shell: &Shell) -> Vec<Step> {
    let step = |command: &str, what: &'static str| Step { command: command.to_owned(), what };
    let on_path = shell.missing_on_path.iter().map(|folder| {
        // A shell's double quotes leave `$PATH` to the shell; whatever else is special stands in single ones.
        step(&format!("export PATH={}:\"$PATH\"", shell_words::quote(folder.as_str())), "")
    });
    let mut steps: Vec<Step> = on_path.collect();
    steps.push(step(&format!("cd {}", shell_words::quote(repository.as_str())), ""));
    steps.push(step(&format!("owt show {first}"), "everything about one of them"));
    steps.push(step(&format!("owt logs {first}"), "what its agent did"));
    if shell.has_tmux {
        steps.push(step("owt new --agent demo \"Greet all\"", "one in a terminal, which asks you"));
        steps.push(step("owt attach greet-all", "that terminal; back with ctrl-b d"));
    } else {
        steps.push(step("owt new --agent demo --structured \"Greet all\"", "one which asks you"));
        steps.push(step("owt wait greet-all", "until it does"));
        steps.push(step("owt answer greet-all allow", "what it asked for"));
    }
    steps.push(step("owt agents", "the coding agents that are installed here"));
    steps.push(step("owt demo --clean", "remove all of this"));
    steps
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;

    fn program(folder: &Path, name: &str) -> AbsPath {
        fs::create_dir_all(folder).unwrap();
        let file = folder.join(name);
        fs::write(&file, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        AbsPath::new(file).unwrap()
    }

    fn shell(search_path: &Path, running: &AbsPath) -> Shell {
        let variables = [("PATH".to_owned(), search_path.display().to_string())].into();
        Shell::of(&Environment::new(variables, 1000), Some(running))
    }

    fn commands(shell: &Shell) -> Vec<String> {
        let repository = AbsPath::new("/my demos/sample").unwrap();
        steps(&repository, "rounding", shell).into_iter().map(|step| step.command).collect()
    }

    #[test]
    fn a_program_that_typing_owt_would_not_start_is_put_on_the_path_first() {
        let root = tempfile::tempdir().unwrap();
        let (build, bin) = (root.path().join("my build"), root.path().join("bin"));
        let running = program(&build, "owt");
        fs::create_dir(&bin).unwrap();
        let export = format!("export PATH='{}':\"$PATH\"", build.display());
        assert_eq!(commands(&shell(&bin, &running))[0], export);
        let another = program(&bin, "owt");
        assert_eq!(commands(&shell(&bin, &running))[0], export);
        fs::remove_file(another.as_path()).unwrap();
        std::os::unix::fs::symlink(running.as_path(), bin.join("owt")).unwrap();
        assert_eq!(commands(&shell(&bin, &running))[0], "cd '/my demos/sample'");
        assert_eq!(commands(&shell(&build, &running))[0], "cd '/my demos/sample'");
    }

    #[test]
    fn a_terminal_is_offered_where_there_is_tmux() {
        let root = tempfile::tempdir().unwrap();
        let running = program(root.path(), "owt");
        assert!(commands(&shell(root.path(), &running)).contains(&"owt answer greet-all allow".to_owned()));
        program(root.path(), "tmux");
        assert!(commands(&shell(root.path(), &running)).contains(&"owt attach greet-all".to_owned()));
    }
}
