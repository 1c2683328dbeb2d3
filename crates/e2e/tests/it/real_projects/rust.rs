//! `either`, as its authors published it.

use super::clone::Recipe;
use super::clone::becomes_ready;

const PORT_TEST: &str = r#"#[test]
fn a_server_of_its_own() {
    let env = std::fs::read_to_string(".env").unwrap();
    let port = std::env::var("OWT_PORT").unwrap();
    assert_eq!(env, format!("APP_PORT={port}\n"));
    std::net::TcpListener::bind(("127.0.0.1", port.parse().unwrap())).unwrap();
}
"#;

#[test]
#[ignore = "asks the registry of Rust; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_cargo() {
    becomes_ready(&Recipe {
        // A package of its own brings the other's files into cargo's folder of sources.
        fetch: "mkdir -p \"$TOOLS/bin\" \"$TOOLS/scratch/src\" && ln -s \"$(dirname \"$CARGO\")\"/* \"$TOOLS/bin/\" && \
                cd \"$TOOLS/scratch\" && echo 'fn main() {}' > src/main.rs && \
                printf '[package]\nname = \"scratch\"\nversion = \"0.0.0\"\n[dependencies]\neither = \"=1.15.0\"\n' \
                > Cargo.toml && cargo fetch -q && cp -R \"$HOME\"/.cargo/registry/src/*/either-1.15.0/. \"$OLDPWD\"".to_owned(),
        prepare: "rm -rf \"$HOME/.cargo/registry\"; printf '\\n[[test]]\\nname = \"own_port\"\\npath = \"tests/own_port.rs\"\\n' >> Cargo.toml; mkdir -p tests; echo > tests/own_port.rs; cargo generate-lockfile -q; rm -f .cargo-ok .cargo_vcs_info.json",
        files: &[("tests/own_port.rs", PORT_TEST), (".gitignore", "target\n.env\n")],
        manager: "cargo (Cargo.lock)",
        version: "1.15.0",
        shared: None,
        test: "cargo test",
        set: "export CARGO_NET_OFFLINE=true",
        more: "-q --tests",
    });
}
