//! A clone of a real project, and what is held of it.

use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

use serde_json::Value;

use crate::agents::install_script;
use crate::project::Project;
use crate::ran::Ran;
use crate::sealed::Sealed;

/// No download, install or test of a real project takes longer.
const LIMIT: Duration = Duration::from_secs(900);

/// What leads to a registry from behind a proxy.
const WAY_OUT: &[&str] = &[
    "CURL_CA_BUNDLE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NO_PROXY",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "https_proxy",
    "no_proxy",
];

/// The private file of each clone.
const PRIVATE: &str = "APP_PORT={{ owt.port }}\n";

/// What a recipe copies, removes or opens up lies in the sealed home, whatever its variables hold: a `"$found/."` with
/// nothing in `found` is the whole machine.
const WITHIN: &str = r#"
within() {
    for it in "$@"; do
        case "$it" in -*) continue ;; esac
        case "$(readlink -f "$it")" in
            "$WITHIN"/*) ;;
            *) echo "'$it' is outside the sealed home" >&2; exit 97 ;;
        esac
    done
}
cp() { within "$@"; command cp "$@"; }
rm() { within "$@"; command rm "$@"; }
chmod() { within "$@"; command chmod "$@"; }
"#;

/// The code of a recipe that reached out of the sealed home.
const OUTSIDE: i32 = 97;

/// A project, in the words of a shell.
pub(super) struct Recipe {
    /// What is downloaded, into the folder `tools` (whose `bin` is on the search path) and the clone. When this
    /// fails, there is no such toolchain or registry here.
    pub(super) fetch: String,
    /// What the people of the project have committed besides, done in the clone.
    pub(super) prepare: &'static str,
    /// Files of ours in it: tests that need the private file and the port.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// The manager that is to be found, as `owt show` says it.
    pub(super) manager: &'static str,
    /// Its version, which some projects find out by the newest tag.
    pub(super) version: &'static str,
    /// A file of an installed package that lies in the manager's store, too, where that links instead of copying.
    pub(super) shared: Option<&'static str>,
    /// The command for its tests that the agent is told.
    pub(super) test: &'static str,
    /// What is set besides, so that the network does not help.
    pub(super) set: &'static str,
    /// Which of the tests are run, and how.
    pub(super) more: &'static str,
}

/// The command for tests that stands before a task.
const TOLD: &str = "told=$(sed -n 's/^- Tests: `\\(.*\\)`.*/\\1/p' | head -n 1)";

impl Recipe {
    /// An agent that runs the tests with the command that it is told, if that is the right one.
    fn tester(&self) -> String {
        let Self { set, test, more, .. } = self;
        format!(
            "{TOLD}\nexec > \"$RECORD/said.$OWT_WORKTREE_NAME\" 2>&1\necho \"told: $told\"\n\
             [ \"$told\" = '{test}' ] || exit 96\n{set}\neval \"$told {more}\"\n"
        )
    }

    /// The same as a person would type it.
    fn by_hand(&self) -> String {
        let Self { set, test, more, .. } = self;
        let set = if set.is_empty() { ":" } else { set };
        format!("{set}; {test} {more}")
    }
}

#[expect(clippy::disallowed_methods, reason = "a sealed home has nothing of the machine but the way out")]
fn home() -> Sealed {
    WAY_OUT.iter().fold(Sealed::new(), |sealed, name| match std::env::var_os(name) {
        Some(value) => sealed.with(name, value),
        None => sealed,
    })
}

fn shell(app: &Project<'_>, line: &str) -> Ran {
    let tools = app.sealed.root().join("tools");
    let path = format!("{}:{}:/usr/bin:/bin", tools.join("bin").display(), app.sealed.bin().display());
    let within = app.sealed.root().canonicalize().expect("the sealed home exists");
    let shell = app.sealed.command("sh", &app.root).args(["-euc", &format!("{WITHIN}{line}")]);
    let shell = shell.env("TOOLS", tools).env("WITHIN", within).env("CARGO", env!("CARGO")).env("PATH", path);
    let ran = Ran::of(&shell.timeout(LIMIT));
    assert_ne!(ran.code, OUTSIDE, "{ran:#?}");
    ran
}

/// Starts an agent that does nothing but run the tests, and waits for its end.
fn tested(app: &Project<'_>, branch: &str, more: &[&str]) -> (Value, bool) {
    let words =
        [&["--json", "new", "Test it", "--branch", branch, "--agent", "tester", "--headless"], more].concat();
    Ran::of(&app.command(&words).timeout(LIMIT)).data();
    let ended = Ran::of(&app.command(&["--json", "wait", branch]).timeout(LIMIT));
    (app.data(&["show", branch]), ended.code == 0)
}

fn said(app: &Project<'_>, branch: &str) -> String {
    std::fs::read_to_string(app.sealed.record(&format!("said.{branch}"))).unwrap_or_default()
}

/// The tests fail in the clone, without an install and without the private file, and pass with both, which git does
/// not see.
pub(super) fn becomes_ready(recipe: &Recipe) {
    let sealed = home();
    let app = sealed.repository("app");
    let fetched = shell(&app, &recipe.fetch);
    if fetched.code != 0 {
        println!("skipped: not to be had here: {fetched:#?}");
        return;
    }
    shell(&app, recipe.prepare).done();
    recipe.files.iter().for_each(|(path, text)| app.write(path, text));
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "A real project"]);
    app.git(&["tag", recipe.version]);
    install_script(&sealed, "tester", &recipe.tester());
    sealed.configure("[tools.tester]\nbinary = \"tester\"\nsupports_headless = true\n");
    let bins = format!("{}:{}", sealed.root().join("tools/bin").display(), sealed.bin().display());
    let sealed = sealed.with("PATH", format!("{bins}:/usr/bin:/bin"));
    let app = sealed.at(sealed.work().join("app"));
    app.write(".env", PRIVATE);
    assert_ne!(shell(&app, &recipe.by_hand()).code, 0, "a clone has neither packages nor a port");
    let (shown, passed) = tested(&app, "empty", &["--no-deps"]);
    assert!(!passed, "without an install: {shown:#}\n{}", said(&app, "empty"));
    let (shown, passed) = tested(&app, "ready", &[]);
    assert!(passed, "{shown:#}\n{}\n{}", said(&app, "ready"), install_log(&shown));
    assert!(shown["furnishing"]["projects"].to_string().contains(recipe.manager), "{shown:#}");
    assert_eq!(shown["outfit"]["install"], "done", "{shown:#}");
    let there = app.workspace("ready");
    assert_eq!(there.git(&["status", "--porcelain"]), "", "{shown:#}");
    if let Some(file) = recipe.shared {
        let links = there.root.join(file).metadata().unwrap().nlink();
        assert!(links > 1, "{file} has {links} names");
    }
    let with_port = format!("export OWT_PORT={}; {}", shown["outfit"]["port"], recipe.by_hand());
    shell(&there, &with_port).done();
    there.write(".env", PRIVATE);
    assert_ne!(shell(&there, &with_port).code, 0, "the tests need a private file with their own port");
}

fn install_log(shown: &Value) -> String {
    shown["furnishing"]["install_log"]
        .as_str()
        .and_then(|path| std::fs::read_to_string(path).ok())
        .unwrap_or_default()
}

#[test]
fn a_recipe_copies_and_removes_nothing_outside_its_home() {
    let sealed = home();
    let app = sealed.repository("app");
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), app.root.join("out")).unwrap();
    std::fs::write(outside.path().join("theirs"), "").unwrap();
    for line in [
        "found=; cp -R \"$found/.\" copied",
        "found=; rm -rf \"$found/\"",
        "cp -R '' copied",
        "rm -rf out/theirs",
        "chmod -R u+w /",
        "cp README.md out",
    ] {
        let refused = std::panic::catch_unwind(|| shell(&app, line)).is_err();
        assert!(refused && !app.root.join("copied").exists(), "{line}");
    }
    assert_ne!(shell(&app, "rm -rf \"$unset\"").code, 0, "what is not set is an error");
    assert!(outside.path().join("theirs").exists());
    assert_eq!(outside.path().read_dir().unwrap().count(), 1);
    shell(&app, "cp README.md copied; rm README.md").done();
    assert!(app.root.join("copied").exists() && !app.root.join("README.md").exists());
}
