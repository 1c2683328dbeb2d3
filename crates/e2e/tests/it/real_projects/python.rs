//! Pluggy and its neighbours, as their authors published them, by each of Python's package managers.

use super::clone::Recipe;
use super::clone::becomes_ready;

const PORT_TEST: &str = "import http.server
import os


def test_a_server_of_its_own():
    with open('.env') as env:
        name, port = env.read().strip().split('=')
    assert (name, port) == ('APP_PORT', os.environ['OWT_PORT'])
    http.server.HTTPServer(('127.0.0.1', int(port)), http.server.SimpleHTTPRequestHandler).server_close()
";
const IGNORED: (&str, &str) = (".gitignore", "__pycache__\n.pytest_cache\n*.egg-info\n_version.py\n.env\n");

/// The package as its authors published it, and the manager with which it is worked on, if pip is not enough.
fn source(manager: Option<&str>, package: &str, version: &str) -> String {
    let manager = manager.map(|name| format!("pip install -q {name} && ")).unwrap_or_default();
    let archive = format!("{package}-{version}.tar.gz");
    format!(
        "python3 -m venv \"$TOOLS\" && {manager}pip download -q --no-deps --no-binary {package} {package}=={version} && \
         tar --no-same-owner -xzf {archive} --strip-components=1 && rm {archive}"
    )
}

#[test]
#[ignore = "asks the registry of Python; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_pip() {
    becomes_ready(&Recipe {
        fetch: source(None, "pluggy", "1.5.0"),
        prepare: "rm -f PKG-INFO",
        files: &[("testing/test_own_port.py", PORT_TEST), IGNORED],
        manager: "pip (pyproject.toml)",
        version: "1.5.0",
        shared: None,
        test: ".venv/bin/python -m pytest",
        set: "",
        more: "-q --benchmark-disable testing",
    });
}

#[test]
#[ignore = "asks the registry of Python; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_uv() {
    becomes_ready(&Recipe {
        fetch: source(Some("uv"), "pluggy", "1.6.0"),
        prepare: "rm -f PKG-INFO; SETUPTOOLS_SCM_PRETEND_VERSION=1.6.0 uv lock -q",
        files: &[("testing/test_own_port.py", PORT_TEST), IGNORED],
        manager: "uv (uv.lock)",
        version: "1.6.0",
        shared: None,
        test: "uv run --no-sync pytest",
        set: "export UV_OFFLINE=1",
        more: "-q --benchmark-disable testing",
    });
}

#[test]
#[ignore = "asks the registry of Python; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_poetry() {
    becomes_ready(&Recipe {
        fetch: source(Some("poetry"), "cleo", "2.1.0"),
        // Its other interface, that of PyPI alone, is not answered by every mirror.
        prepare: "rm -f PKG-INFO; poetry source add -q --priority=primary simple https://pypi.org/simple/; \
                  poetry lock -q",
        files: &[("tests/test_own_port.py", PORT_TEST), IGNORED],
        manager: "poetry (poetry.lock)",
        version: "2.1.0",
        shared: None,
        test: "poetry run pytest",
        set: "export POETRY_VIRTUALENVS_IN_PROJECT=true",
        more: "-q tests",
    });
}

#[test]
#[ignore = "asks the registry of Python; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_pipenv() {
    becomes_ready(&Recipe {
        fetch: source(Some("pipenv"), "iniconfig", "2.0.0"),
        prepare: "rm -f PKG-INFO; \
                  printf '[packages]\\niniconfig = \"==2.0.0\"\\n[dev-packages]\\npytest = \"*\"\\n' > Pipfile; pipenv lock",
        files: &[("testing/test_own_port.py", PORT_TEST), IGNORED],
        manager: "pipenv (Pipfile",
        version: "2.0.0",
        shared: None,
        test: "pipenv run pytest",
        set: "export PIPENV_VENV_IN_PROJECT=1",
        more: "-q testing",
    });
}
