//! `through`, as its authors published it, by each of Node's package managers.

use super::clone::Recipe;
use super::clone::becomes_ready;

const PORT_TEST: (&str, &str) = (
    "test/own-port.js",
    "var http = require('http');
var env = require('fs').readFileSync('.env', 'utf8');
if (env !== 'APP_PORT=' + process.env.OWT_PORT + '\\n') throw new Error(env);
var server = http.createServer(function (asked, answer) { answer.end('mine'); });
server.listen(env.split('=')[1].trim(), '127.0.0.1', function () { server.close(); });
",
);
const FILES: &[(&str, &str)] = &[PORT_TEST, (".gitignore", "node_modules\n.env\n")];
const FETCH: &str = "npm pack -s through@2.3.8 && tar --no-same-owner -xzf through-2.3.8.tgz --strip-components=1 && rm through-2.3.8.tgz";

/// The package, and the manager with which it is worked on, made by this command.
fn with(manager: &str) -> String {
    format!("{manager} && {FETCH}")
}

#[test]
#[ignore = "asks the registry of npm; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_npm() {
    becomes_ready(&Recipe {
        fetch: FETCH.to_owned(),
        prepare: "npm install -s --package-lock-only",
        files: FILES,
        manager: "npm (package-lock.json)",
        version: "2.3.8",
        shared: None,
        test: "npm test",
        set: "",
        more: "",
    });
}

#[test]
#[ignore = "asks the registry of npm; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_pnpm() {
    becomes_ready(&Recipe {
        fetch: with(
            "npm install -s --prefix \"$TOOLS\" pnpm@9.15.9 && ln -s node_modules/.bin \"$TOOLS/bin\"",
        ),
        prepare: "pnpm install --lockfile-only",
        files: FILES,
        manager: "pnpm (pnpm-lock.yaml)",
        version: "2.3.8",
        shared: Some("node_modules/tape/package.json"),
        test: "pnpm test",
        set: "",
        more: "",
    });
}

#[test]
#[ignore = "asks the registry of npm; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_yarn() {
    becomes_ready(&Recipe {
        fetch: with(
            "npm install -s --prefix \"$TOOLS\" yarn@1.22.22 && ln -s node_modules/.bin \"$TOOLS/bin\"",
        ),
        prepare: "yarn install --silent && rm -r node_modules",
        files: FILES,
        manager: "yarn (yarn.lock)",
        version: "2.3.8",
        shared: None,
        test: "yarn test",
        set: "",
        more: "",
    });
}

#[test]
#[ignore = "asks the registry of npm; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_bun() {
    becomes_ready(&Recipe {
        fetch: with(
            "npm install -s --prefix \"$TOOLS\" @oven/bun-linux-x64-baseline@1.2.20 && ln -s node_modules/@oven/bun-linux-x64-baseline/bin \"$TOOLS/bin\"",
        ),
        prepare: "bun install --lockfile-only",
        files: FILES,
        manager: "bun (bun.lock)",
        version: "2.3.8",
        shared: Some("node_modules/tape/package.json"),
        test: "bun run test",
        set: "",
        more: "",
    });
}
