//! Tables: files in, projects out.

use std::collections::BTreeMap;

use super::*;

struct Paper {
    files: BTreeMap<RelPath, String>,
    programs: Vec<&'static str>,
}

impl Checkout for Paper {
    fn text(&self, path: &RelPath) -> Option<String> {
        self.files.get(path).cloned()
    }

    fn has(&self, path: &RelPath) -> bool {
        self.files.contains_key(path)
    }

    fn has_program(&self, name: &str) -> bool {
        self.programs.contains(&name)
    }
}

fn path(text: &str) -> RelPath {
    RelPath::new(text).unwrap()
}

fn survey_with(programs: &[&'static str], files: &[(&str, &str)]) -> Survey {
    let files = files.iter().map(|(name, text)| (path(name), (*text).to_owned())).collect();
    let paper = Paper { files, programs: programs.to_vec() };
    projects(&paper, &paper.files.keys().cloned().collect::<Vec<_>>())
}

fn only(programs: &[&'static str], files: &[(&str, &str)]) -> Project {
    let mut survey = survey_with(programs, files);
    assert_eq!(survey.projects.len(), 1, "{files:?}: {survey:?}");
    survey.projects.remove(0)
}

/// Install, test and dev as one would type them, with `; ` between steps and `-` for nothing.
fn typed(project: &Project) -> [String; 3] {
    let steps: Vec<String> = project.install.iter().map(ToString::to_string).collect();
    let one = |command: &Option<owt_core::environment::Command>| {
        command.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
    };
    [steps.join("; "), one(&project.test), one(&project.dev)]
}

/// Files, programs, manager, reason, install, test.
type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'static str], Manager, &'a str, &'a str, &'a str);

fn check(rows: &[Row<'_>]) {
    for (files, programs, manager, reason, install, test) in rows {
        let project = only(programs, files);
        let [installed, tested, _] = typed(&project);
        assert_eq!(
            (project.manager, project.reason.as_str(), installed.as_str(), tested.as_str()),
            (*manager, *reason, *install, *test),
            "{files:?}"
        );
    }
}

const PIP: &str =
    "python3 -m venv .venv; .venv/bin/python -m pip install --disable-pip-version-check --no-input";

#[test]
fn python_with_a_manager_of_its_own() {
    check(&[
        (
            &[
                ("uv.lock", ""),
                ("pyproject.toml", "[project]\nname='a'\noptional-dependencies = {dev=['pytest'],docs=[]}"),
            ],
            &["uv"],
            Manager::Uv,
            "uv.lock",
            "uv sync --frozen --extra dev",
            "uv run --no-sync pytest",
        ),
        (
            &[("poetry.lock", ""), ("pyproject.toml", "[tool.poetry]\nname='a'")],
            &["uv"],
            Manager::Poetry,
            "poetry.lock",
            "poetry install --no-interaction",
            "poetry run python -m unittest discover",
        ),
        (
            &[("Pipfile", "pytest = '*'"), ("Pipfile.lock", "{}")],
            &[],
            Manager::Pipenv,
            "Pipfile.lock",
            "pipenv sync --dev",
            "pipenv run pytest",
        ),
        (
            &[("Pipfile", "")],
            &[],
            Manager::Pipenv,
            "Pipfile",
            "pipenv install --dev --skip-lock",
            "pipenv run python -m unittest discover",
        ),
        (
            &[("pyproject.toml", "[project]\nname='a'\n[tool.uv]\n")],
            &[],
            Manager::Uv,
            "[tool.uv] in pyproject.toml",
            "uv venv --allow-existing; uv pip install --python .venv/bin/python -e .",
            ".venv/bin/python -m unittest discover",
        ),
        (
            &[("pyproject.toml", "[project]\nname='a'")],
            &["uv"],
            Manager::Uv,
            "pyproject.toml",
            "uv venv --allow-existing; uv pip install --python .venv/bin/python -e .",
            ".venv/bin/python -m unittest discover",
        ),
    ]);
}

#[test]
fn python_by_pip_gets_an_environment_of_its_own() {
    let (files, package, groups) = (
        format!("{PIP} -r requirements.txt -r requirements-dev.txt -r requirements/test.txt"),
        format!("{PIP} -e '.[dev,test]'"),
        format!("{PIP} -e . 'pytest>=8' ruff"),
    );
    check(&[
        (
            &[("requirements.txt", ""), ("requirements-dev.txt", "pytest"), ("requirements/test.txt", "")],
            &["python3", "uv"],
            Manager::Pip,
            "requirements.txt",
            &files,
            ".venv/bin/python -m pytest",
        ),
        (
            &[(
                "pyproject.toml",
                "[build-system]\n[project.optional-dependencies]\ntest=['pytest']\ndev=[]\ndocs=[]",
            )],
            &["python3"],
            Manager::Pip,
            "pyproject.toml",
            &package,
            ".venv/bin/python -m pytest",
        ),
        (
            &[
                ("setup.py", ""),
                ("setup.cfg", "[options.extras_require]\ndev =\n  tox\ntest=\n  pytest\ndocs =\n[x]\ntests="),
            ],
            &["python3"],
            Manager::Pip,
            "setup.py",
            &package,
            ".venv/bin/python -m pytest",
        ),
        (
            &[(
                "pyproject.toml",
                "[project]\n[dependency-groups]\ndev=[{include-group='t'},'ruff','--index-url=x']\nt=['pytest>=8',{include-group='dev'}]",
            )],
            &["python3"],
            Manager::Pip,
            "pyproject.toml",
            &groups.replace("'pytest>=8' ruff", "ruff 'pytest>=8'"),
            ".venv/bin/python -m pytest",
        ),
    ]);
}

#[test]
fn tests_whose_pytest_only_a_runner_has_are_run_by_it() {
    const PROJECT: &str = "[build-system]\n[project]\nname='a'\n[tool.pytest.ini_options]\n";
    let hatch = |rest: &str| format!("{PROJECT}[tool.hatch.envs.{rest}");
    let named = |programs: &[&'static str], pyproject: &str, more: &[(&str, &str)]| {
        let files = [&[("pyproject.toml", pyproject)][..], more].concat();
        typed(&only(&[&["python3"][..], programs].concat(), &files))[1].clone()
    };
    for (rest, expected) in [
        ("default]\ndependencies=['pytest']\nscripts={test='pytest {args}'}", "hatch run test"),
        ("default]\ndependencies=['pytest>=8']", "hatch run pytest"),
        ("test]\nscripts.test='pytest'", "hatch run test:test"),
        ("hatch-test]\nparallel=true", "hatch test"),
        ("docs]\ndependencies=['mkdocs']", "-"),
    ] {
        assert_eq!(named(&["hatch"], &hatch(rest), &[]), expected, "{rest}");
        assert_eq!(named(&[], &hatch(rest), &[]), "-", "without Hatch nothing is told: {rest}");
    }
    let tox = ("tox.ini", "[testenv]\ndeps = pytest\n");
    assert_eq!(named(&["tox"], PROJECT, &[tox]), "tox");
    assert_eq!(named(&["nox"], PROJECT, &[("noxfile.py", "")]), "nox");
    let own = ".venv/bin/python -m pytest";
    assert_eq!(named(&["tox"], PROJECT, &[tox, ("requirements-dev.txt", "pytest\n")]), own);
    let extra = format!("{PROJECT}[project.optional-dependencies]\ntest=['pytest']\n");
    assert_eq!(named(&["tox"], &extra, &[tox]), own);
    assert_eq!(named(&[], PROJECT, &[]), own, "no runner: as its settings say");
}

#[test]
fn a_pyproject_of_settings_alone_has_nothing_to_install() {
    let project = only(&["python3"], &[("pyproject.toml", "[tool.ruff]\nline-length = 100")]);
    assert_eq!(typed(&project), ["", "-", "-"]);
    assert_eq!(project.notices, ["pyproject.toml names no packages: there is nothing to install"]);
    let broken = only(&[], &[("pyproject.toml", "[[[")]);
    assert_eq!(broken.notices, ["pyproject.toml cannot be read as TOML: nothing is installed"]);
}

#[test]
fn a_script_that_an_install_runs_is_something_to_install() {
    for script in ["preinstall", "install", "postinstall", "prepare"] {
        let manifest = format!(r#"{{"scripts":{{"{script}":"node build.js"}}}}"#);
        let project = only(&[], &[("package.json", &manifest)]);
        assert_eq!(project.install.len(), 1, "{script}: {project:?}");
    }
    let project = only(&[], &[("package.json", r#"{"scripts":{"postbuild":"x","test":"t"}}"#)]);
    assert_eq!(project.install, []);
    assert!(project.notices[0].ends_with("there is nothing to install"), "{project:?}");
}

const APP: &str = r#"{"dependencies":{"a":"1"},"scripts":{"test":"t","dev":"d"}}"#;

#[test]
fn node_by_its_lock_file() {
    check(&[
        (
            &[("package.json", APP), ("bun.lock", "")],
            &[],
            Manager::Bun,
            "bun.lock",
            "bun install --frozen-lockfile",
            "bun run test",
        ),
        (
            &[("package.json", "{}"), ("bun.lockb", "")],
            &[],
            Manager::Bun,
            "bun.lockb",
            "bun install --frozen-lockfile",
            "bun test",
        ),
        (
            &[("package.json", APP), ("pnpm-lock.yaml", ""), ("package-lock.json", "")],
            &["pnpm"],
            Manager::Pnpm,
            "pnpm-lock.yaml",
            "pnpm install --frozen-lockfile",
            "pnpm test",
        ),
        (
            &[("package.json", APP), ("pnpm-lock.yaml", "")],
            &["corepack"],
            Manager::Pnpm,
            "pnpm-lock.yaml",
            "corepack pnpm install --frozen-lockfile",
            "corepack pnpm test",
        ),
        (
            &[("package.json", APP), ("yarn.lock", "# yarn lockfile v1")],
            &[],
            Manager::Yarn,
            "yarn.lock",
            "yarn install --frozen-lockfile --non-interactive",
            "yarn test",
        ),
        (
            &[("package.json", APP), ("yarn.lock", "__metadata:\n")],
            &[],
            Manager::Yarn,
            "yarn.lock",
            "yarn install --immutable",
            "yarn test",
        ),
        (
            &[("package.json", APP), ("package-lock.json", "")],
            &[],
            Manager::Npm,
            "package-lock.json",
            "npm ci --no-audit --no-fund",
            "npm test",
        ),
        (
            &[("package.json", APP)],
            &[],
            Manager::Npm,
            "package.json",
            "npm install --no-package-lock --no-audit --no-fund",
            "npm test",
        ),
    ]);
}

#[test]
fn package_manager_decides_where_there_is_no_lock_file_or_several() {
    let declared = |name: &str| APP.replacen('{', &format!(r#"{{"packageManager":"{name}","#), 1);
    let (pnpm, npm, yarn) = (declared("pnpm@9.1.0"), declared("npm@10.0.0"), declared("yarn@4.1.0"));
    check(&[
        (
            &[("package.json", &pnpm)],
            &[],
            Manager::Pnpm,
            "packageManager",
            "pnpm install --no-lockfile",
            "pnpm test",
        ),
        (
            &[("package.json", &yarn)],
            &[],
            Manager::Yarn,
            "packageManager",
            "yarn install --no-immutable",
            "yarn test",
        ),
        (
            &[("package.json", &npm), ("yarn.lock", ""), ("package-lock.json", "")],
            &[],
            Manager::Npm,
            "package-lock.json",
            "npm ci --no-audit --no-fund",
            "npm test",
        ),
    ]);
    let project = only(&[], &[("package.json", &pnpm), ("yarn.lock", "")]);
    assert_eq!(project.manager, Manager::Yarn);
    assert_eq!(
        project.notices,
        ["package.json names pnpm as its packageManager, but there is a yarn.lock: yarn is used"]
    );
    assert_eq!(only(&[], &[("package.json", &yarn)]).discards, [path("yarn.lock")]);
}

#[test]
fn a_placeholder_is_no_test_and_no_package_is_no_install() {
    let text = r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1","start":"s"}}"#;
    let project = only(&[], &[("package.json", text)]);
    assert_eq!(typed(&project), ["", "-", "npm run start"]);
    let broken = only(&[], &[("package.json", "{")]);
    assert_eq!(broken.notices, ["package.json cannot be read as JSON: nothing is installed"]);
}

#[test]
fn rust_go_and_php() {
    check(&[
        (
            &[("Cargo.toml", ""), ("Cargo.lock", "")],
            &[],
            Manager::Cargo,
            "Cargo.lock",
            "cargo fetch --locked",
            "cargo test",
        ),
        (&[("Cargo.toml", "")], &[], Manager::Cargo, "Cargo.toml", "cargo fetch", "cargo test"),
        (&[("go.mod", ""), ("go.sum", "")], &[], Manager::Go, "go.mod", "go mod download", "go test ./..."),
        (
            &[
                ("go.work", "go 1.22\nuse (\n\t./a // one\n\t\"b\"\n)\nuse ./c\n"),
                ("a/go.mod", ""),
                ("b/go.mod", ""),
                ("c/go.mod", ""),
            ],
            &[],
            Manager::Go,
            "go.work",
            "go mod download",
            "go test ./a/... ./b/... ./c/...",
        ),
        (
            &[("composer.json", r#"{"require-dev":{"phpunit/phpunit":"*"}}"#)],
            &[],
            Manager::Composer,
            "composer.json",
            "composer install --no-interaction --no-progress",
            "vendor/bin/phpunit",
        ),
    ]);
    assert_eq!(only(&[], &[("Cargo.toml", "")]).discards, [path("Cargo.lock")]);
    for (manifest, dev) in [
        ("", "-"),
        ("[dependencies]\nserde = '1'", "-"),
        ("[dev-dependencies]\naxum = '0.8'", "-"),
        ("[dependencies]\naxum = '0.8'", "cargo run"),
        ("[dependencies]\nweb = { package = 'actix-web', version = '4' }", "cargo run"),
    ] {
        let project = only(&[], &[("Cargo.toml", manifest), ("src/main.rs", "")]);
        assert_eq!(typed(&project)[2], dev, "{manifest}");
    }
    assert_eq!(typed(&only(&[], &[("Cargo.toml", "[dependencies]\naxum = '0.8'")]))[2], "-", "a library");
}

fn folders_of(survey: &Survey) -> Vec<(String, Ecosystem)> {
    survey.projects.iter().map(|project| (project.folder.to_string(), project.ecosystem)).collect()
}

#[test]
fn several_projects_of_one_repository_are_all_found() {
    let survey = survey_with(
        &[],
        &[
            ("package.json", APP),
            ("pyproject.toml", "[project]"),
            ("tools/gen/Cargo.toml", ""),
            ("a/b/c/go.mod", ""),
            ("a/b/c/d/go.mod", ""),
            ("node_modules/x/package.json", APP),
            ("vendor/y/composer.json", "{}"),
        ],
    );
    let expected = [
        (".", Ecosystem::Python),
        (".", Ecosystem::Node),
        ("tools/gen", Ecosystem::Rust),
        ("a/b/c", Ecosystem::Go),
    ];
    assert_eq!(folders_of(&survey), expected.map(|(folder, kind)| (folder.to_owned(), kind)));
}

#[test]
fn members_belong_to_their_workspace() {
    for (files, expected) in [
        (
            vec![
                (
                    "Cargo.toml",
                    "[workspace]\nmembers=['crates/*']\nexclude=['crates/z']\n[dependencies]\nq={path='q'}",
                ),
                ("crates/a/Cargo.toml", ""),
                ("crates/z/Cargo.toml", ""),
                ("q/Cargo.toml", ""),
                ("other/Cargo.toml", ""),
            ],
            vec![".", "other", "crates/z"],
        ),
        (
            vec![
                ("package.json", r#"{"workspaces":["packages/*","!packages/z"]}"#),
                ("packages/a/package.json", APP),
                ("packages/z/package.json", APP),
                ("packages/a/Cargo.toml", ""),
            ],
            vec![".", "packages/a", "packages/z"],
        ),
        (
            vec![
                ("package.json", "{}"),
                ("pnpm-lock.yaml", ""),
                (
                    "pnpm-workspace.yaml",
                    "packages: # all\n  - 'apps/*'\n\n  - \"!apps/z\"\nother:\n  - libs/*\n",
                ),
                ("apps/a/package.json", APP),
                ("apps/z/package.json", APP),
                ("libs/b/package.json", APP),
            ],
            vec![".", "apps/z", "libs/b"],
        ),
        (
            vec![
                ("pyproject.toml", "[project]\n[tool.uv.workspace]\nmembers=['libs/*']"),
                ("uv.lock", ""),
                ("libs/a/pyproject.toml", "[project]"),
                ("docs/requirements.txt", ""),
            ],
            vec![".", "docs"],
        ),
    ] {
        let survey = survey_with(&[], &files);
        let folders: Vec<String> = folders_of(&survey).into_iter().map(|(folder, _)| folder).collect();
        assert_eq!(folders, expected, "{files:?}");
    }
}

#[test]
fn a_member_is_where_its_workspace_installs_too() {
    let files = [("package.json", r#"{"workspaces":["packages/*"]}"#), ("packages/a/package.json", APP)];
    assert_eq!(only(&[], &files).installs_below, [path("."), path("packages/a")]);
}

#[test]
fn too_many_projects_are_told() {
    let names: Vec<String> = (0..23).map(|number| format!("fixtures/{number:02}/go.mod")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let survey = survey_with(&[], &files);
    assert_eq!(survey.projects.len(), MOST_PROJECTS);
    assert_eq!(
        survey.notices,
        ["3 more projects were found than the 20 that are set up; the deepest are left out"]
    );
}

#[test]
fn examples_of_a_project_are_found_and_not_installed() {
    let files = [
        ("setup.py", ""),
        ("docs/examples/egg/setup.py", ""),
        ("web/package.json", r#"{"dependencies":{"a":"1"}}"#),
    ];
    let survey = survey_with(&["python3", "npm"], &files);
    let installs: Vec<(String, bool)> =
        survey.projects.iter().map(|it| (it.folder.to_string(), it.install.is_empty())).collect();
    let expected = [(".", false), ("web", false), ("docs/examples/egg", true)];
    assert_eq!(installs, expected.map(|(folder, none)| (folder.to_owned(), none)));
    assert_eq!(survey.notices, ["docs/examples/egg is not installed: nothing else waits for it"]);
    // A repository of nothing but examples is worked on as what it is.
    let alone = survey_with(&["python3"], &files[1..2]);
    assert!(!alone.projects[0].install.is_empty() && alone.notices.is_empty());
}

#[test]
fn what_is_wrong_with_a_project_is_told_with_its_folder() {
    let files = [
        ("package.json", "{"),
        ("api/composer.json", "{"),
        ("fixtures/broken/package.json", "{"),
        ("web/package.json", r#"{"packageManager":"pnpm@9.0.0","dependencies":{"a":"1"}}"#),
        ("web/yarn.lock", ""),
    ];
    let survey = survey_with(&["composer", "php", "yarn"], &files);
    assert_eq!(
        survey.notices,
        [
            "package.json cannot be read as JSON: nothing is installed",
            "api: composer.json cannot be read as JSON: nothing is installed",
            "web: package.json names pnpm as its packageManager, but there is a yarn.lock: yarn is used",
        ]
    );
}
