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

#[test]
#[ignore = "asks the registry of Python; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_pip() {
    becomes_ready(&Recipe {
        fetch: "python3 -m venv \"$TOOLS\" && pip download -q --no-deps --no-binary pluggy pluggy==1.5.0 && \
                tar --no-same-owner -xzf pluggy-1.5.0.tar.gz --strip-components=1 && rm pluggy-1.5.0.tar.gz",
        prepare: "rm -f PKG-INFO",
        files: &[("testing/test_own_port.py", PORT_TEST), IGNORED],
        manager: "pip (pyproject.toml)",
        version: "1.5.0",
        test: ".venv/bin/python -m pytest -q --benchmark-disable testing",
    });
}

#[test]
#[ignore = "asks the registry of Python; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_uv() {
    becomes_ready(&Recipe {
        fetch: "python3 -m venv \"$TOOLS\" && pip install -q uv && \
                pip download -q --no-deps --no-binary pluggy pluggy==1.6.0 && \
                tar --no-same-owner -xzf pluggy-1.6.0.tar.gz --strip-components=1 && rm pluggy-1.6.0.tar.gz",
        prepare: "rm -f PKG-INFO; SETUPTOOLS_SCM_PRETEND_VERSION=1.6.0 uv lock -q",
        files: &[("testing/test_own_port.py", PORT_TEST), IGNORED],
        manager: "uv (uv.lock)",
        version: "1.6.0",
        test: "uv run --offline --no-sync pytest -q --benchmark-disable testing",
    });
}

#[test]
#[ignore = "asks the registry of Python; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_poetry() {
    becomes_ready(&Recipe {
        fetch: "python3 -m venv \"$TOOLS\" && pip install -q poetry && \
                pip download -q --no-deps --no-binary cleo cleo==2.1.0 && \
                tar --no-same-owner -xzf cleo-2.1.0.tar.gz --strip-components=1 && rm cleo-2.1.0.tar.gz",
        // Its other interface, that of PyPI alone, is not answered by every mirror.
        prepare: "rm -f PKG-INFO; poetry source add -q --priority=primary simple https://pypi.org/simple/; \
                  poetry lock -q",
        files: &[("tests/test_own_port.py", PORT_TEST), IGNORED],
        manager: "poetry (poetry.lock)",
        version: "2.1.0",
        test: "POETRY_VIRTUALENVS_IN_PROJECT=true poetry run pytest -q tests",
    });
}

#[test]
#[ignore = "asks the registry of Python; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_pipenv() {
    becomes_ready(&Recipe {
        fetch: "python3 -m venv \"$TOOLS\" && pip install -q pipenv && \
                pip download -q --no-deps --no-binary iniconfig iniconfig==2.0.0 && \
                tar --no-same-owner -xzf iniconfig-2.0.0.tar.gz --strip-components=1 && rm iniconfig-2.0.0.tar.gz",
        prepare: "rm -f PKG-INFO; \
                  printf '[packages]\\niniconfig = \"==2.0.0\"\\n[dev-packages]\\npytest = \"*\"\\n' > Pipfile; pipenv lock",
        files: &[("testing/test_own_port.py", PORT_TEST), IGNORED],
        manager: "pipenv (Pipfile",
        version: "2.0.0",
        test: "PIPENV_VENV_IN_PROJECT=1 pipenv run pytest -q testing",
    });
}
