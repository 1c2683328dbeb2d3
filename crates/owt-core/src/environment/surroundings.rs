//! The environment of whoever asked for a worktree, without what would lead its programs into an environment that was
//! made for another checkout.

use std::collections::BTreeMap;

use crate::AbsPath;

/// Names an active environment of Python's own making.
const VIRTUAL_ENV: &str = "VIRTUAL_ENV";
/// Names an active environment of conda's making.
const CONDA_PREFIX: &str = "CONDA_PREFIX";

/// Where an active environment is, or that there is one: uv, pip, Poetry and Pipenv take it before a `.venv` that lies
/// beside the project (uv 0.9 `UV_PROJECT_ENVIRONMENT`; Poetry 2 and Pipenv 2025 with `POETRY_ACTIVE`, `PIPENV_ACTIVE`).
const ACTIVE: &[&str] = &[
    VIRTUAL_ENV,
    "VIRTUAL_ENV_PROMPT",
    "PYENV_VIRTUAL_ENV",
    "PYTHONHOME",
    "__PYVENV_LAUNCHER__",
    "POETRY_ACTIVE",
    "PIPENV_ACTIVE",
    "UV_PROJECT_ENVIRONMENT",
    // conda takes these four for one: with some of them alone, its `activate` fails.
    CONDA_PREFIX,
    "CONDA_DEFAULT_ENV",
    "CONDA_PROMPT_MODIFIER",
    "CONDA_SHLVL",
];

/// What conda is installed with, and the other programs that come from there.
const CONDA_BASE: &str = "base";

/// Leaves the active environment of Python behind. The programs of one of conda's leave the search path only where it
/// lies in `main_checkout`: any other one may be where all programs of the person come from, and conda's first one
/// stays as it is.
pub fn leave_active_environment(environment: &mut BTreeMap<String, String>, main_checkout: Option<&AbsPath>) {
    let is_base = environment.get("CONDA_DEFAULT_ENV").is_some_and(|name| name == CONDA_BASE);
    let mut foreign: Vec<String> = environment.get(VIRTUAL_ENV).cloned().into_iter().collect();
    if let (Some(conda), Some(checkout)) = (environment.get(CONDA_PREFIX), main_checkout) {
        let is_of_checkout = AbsPath::new(conda).is_ok_and(|conda| conda.starts_with(checkout));
        foreign.extend(is_of_checkout.then(|| conda.clone()));
    }
    if let Some(path) = environment.get_mut("PATH") {
        *path = without(path, &foreign);
    }
    environment.retain(|name, _| !ACTIVE.contains(&name.as_str()) || (is_base && name.starts_with("CONDA_")));
}

/// The search path without the programs of these environments.
fn without(path: &str, foreign: &[String]) -> String {
    let is_foreign = |entry: &&str| {
        let folder = entry.trim_end_matches('/').strip_suffix("/bin").unwrap_or_default();
        !folder.is_empty() && foreign.iter().any(|foreign| foreign.trim_end_matches('/') == folder)
    };
    path.split(':').filter(|entry| !is_foreign(entry)).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut environment =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        leave_active_environment(&mut environment, Some(&AbsPath::new("/main").unwrap()));
        environment
    }

    #[test]
    fn the_active_environment_and_its_programs_are_left_behind() {
        let left = left(&[
            ("VIRTUAL_ENV", "/main/.venv/"),
            ("VIRTUAL_ENV_PROMPT", "main"),
            ("UV_PROJECT_ENVIRONMENT", "/main/.venv"),
            ("POETRY_ACTIVE", "1"),
            ("PIPENV_ACTIVE", "1"),
            ("PYTHONHOME", "/main/.venv"),
            ("PATH", "/main/.venv/bin:/a:/main/.venv/bin2:/b/bin"),
            ("KEPT", "1"),
        ]);
        let kept: Vec<(&str, &str)> =
            left.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(kept, [("KEPT", "1"), ("PATH", "/a:/main/.venv/bin2:/b/bin")]);
    }

    #[test]
    fn an_environment_of_conda_loses_its_programs_only_in_the_main_checkout() {
        let of = |prefix: &str, name: &str| {
            let path = format!("{prefix}/bin:/usr/bin");
            left(&[
                ("CONDA_PREFIX", prefix),
                ("CONDA_DEFAULT_ENV", name),
                ("CONDA_SHLVL", "1"),
                ("PATH", &path),
            ])
        };
        let own = of("/main/env", "/main/env");
        assert_eq!((own.len(), own["PATH"].as_str()), (1, "/usr/bin"));
        let named = of("/opt/conda/envs/app", "app");
        assert_eq!((named.len(), named["PATH"].as_str()), (1, "/opt/conda/envs/app/bin:/usr/bin"));
        let base = of("/opt/conda", "base");
        assert_eq!((base.len(), base["PATH"].as_str()), (4, "/opt/conda/bin:/usr/bin"));
    }

    #[test]
    fn an_empty_name_takes_nothing_away() {
        assert_eq!(left(&[("VIRTUAL_ENV", ""), ("PATH", "/bin::/usr/bin")])["PATH"], "/bin::/usr/bin");
    }
}
