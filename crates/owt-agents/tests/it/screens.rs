//! Each recorded screen is what a person would call it.

use owt_agents::Catalog;
use owt_agents::Manifest;
use owt_agents::screen::ScreenState;
use owt_agents::screen::ScreenState::Dialog;
use owt_agents::screen::ScreenState::Error;
use owt_agents::screen::ScreenState::Exited;
use owt_agents::screen::ScreenState::Permission;
use owt_agents::screen::ScreenState::Question;
use owt_agents::screen::ScreenState::Ready;
use owt_agents::screen::ScreenState::Retrying;
use owt_agents::screen::ScreenState::Working;
use owt_agents::screen::ScreenView;
use owt_agents::screen::classify;
use owt_agents::screen::held_rules;

use proptest::prelude::*;

use crate::corpus;

/// File, state, rule, whether a prompt may be pasted.
const EXPECTED: &[(&str, ScreenState, &str, bool)] = &[
    ("claude-after-escape.txt", Ready, "idle", true),
    ("claude-dialog-apikey.txt", Dialog, "api-key", false),
    ("claude-dialog-bypass.txt", Dialog, "bypass-warning", false),
    ("claude-dialog-trust.txt", Dialog, "trust", false),
    // Taken while it was still trying again after a 401.
    ("claude-error-401.txt", Retrying, "retrying", false),
    ("claude-exited.txt", Exited, "good-bye", false),
    ("claude-idle-after.txt", Ready, "idle", true),
    ("claude-idle-bypass.txt", Ready, "idle", true),
    ("claude-idle.txt", Ready, "idle", true),
    ("claude-permission-bash.ansi", Permission, "permission", false),
    ("claude-permission-bash.txt", Permission, "permission", false),
    ("claude-question.txt", Question, "question", false),
    ("claude-retrying-429.txt", Retrying, "retrying", false),
    ("claude-working-streaming.txt", Working, "interruptible", false),
    ("claude-working-thinking.txt", Working, "interruptible", false),
    ("codex-after-escape.txt", Ready, "idle", true),
    ("codex-dialog-trust.txt", Dialog, "trust", false),
    ("codex-error-401.txt", Error, "failed-turn", true),
    ("codex-idle-after.txt", Ready, "idle", true),
    ("codex-idle.txt", Ready, "idle", true),
    ("codex-interrupted.txt", Ready, "idle", true),
    ("codex-permission-write.txt", Permission, "permission", false),
    ("codex-status.txt", Ready, "idle", true),
    ("codex-working-streaming.txt", Working, "words-streaming", false),
    ("codex-working-tool.ansi", Working, "interruptible", false),
    ("codex-working-tool.txt", Working, "interruptible", false),
    ("droid-after-escape.txt", Ready, "idle", true),
    ("droid-dialog-login.txt", Dialog, "login", false),
    ("droid-dialog-trust.txt", Dialog, "trust", false),
    ("droid-draft.txt", Ready, "draft", false),
    ("droid-error-401.txt", Error, "failed-turn", true),
    ("droid-exited.txt", Exited, "good-bye", false),
    ("droid-idle-after.txt", Ready, "idle", true),
    ("droid-idle.txt", Ready, "idle", true),
    ("droid-permission-bash.txt", Permission, "permission", false),
    ("droid-permission-write.txt", Permission, "permission", false),
    ("droid-working-streaming.txt", Working, "interruptible", false),
    ("droid-working-thinking.txt", Working, "interruptible", false),
    ("droid-working-tool.txt", Working, "interruptible", false),
    ("gemini-after-escape.txt", Ready, "idle", true),
    ("gemini-dialog-trust.txt", Dialog, "trust", false),
    ("gemini-error-401.txt", Error, "failed-turn", true),
    ("gemini-exited.txt", Exited, "good-bye", false),
    ("gemini-idle-after.txt", Ready, "idle", true),
    ("gemini-idle.txt", Ready, "idle", true),
    ("gemini-interrupted.txt", Ready, "idle", true),
    ("gemini-permission-bash.txt", Permission, "permission-title", false),
    ("gemini-permission-write.txt", Permission, "permission-title", false),
    // It does not say that it tries again.
    ("gemini-retrying-429.txt", Working, "interruptible", false),
    ("gemini-working-streaming.txt", Working, "interruptible", false),
    ("gemini-working-thinking.txt", Working, "working-title", false),
    ("opencode-after-escape.txt", Ready, "idle", true),
    ("opencode-draft-wide.txt", Ready, "draft", false),
    ("opencode-error-401.txt", Ready, "idle", true),
    ("opencode-exited.txt", Exited, "good-bye", false),
    ("opencode-idle-after.txt", Ready, "idle", true),
    ("opencode-idle-wide.txt", Ready, "idle", true),
    ("opencode-idle.txt", Ready, "idle", true),
    ("opencode-permission-bash.txt", Permission, "permission", false),
    ("opencode-permission-edit.txt", Permission, "permission", false),
    ("opencode-retrying-529.txt", Retrying, "retrying", false),
    ("opencode-working-streaming.txt", Working, "interruptible", false),
    ("opencode-working-thinking.txt", Working, "interruptible", false),
    ("pi-after-escape.txt", Ready, "idle", true),
    ("pi-error-401.txt", Error, "failed-turn", true),
    ("pi-idle-after.txt", Ready, "idle", true),
    ("pi-idle.txt", Ready, "idle", true),
    ("pi-retrying-429.txt", Working, "spinner", false),
    ("pi-toolrun-no-permission-system.txt", Ready, "idle", true),
    ("pi-working-streaming.txt", Working, "spinner", false),
];

fn manifest_for(catalog: &Catalog, file: &str) -> Manifest {
    catalog.get(file.split('-').next().unwrap()).unwrap().clone()
}

#[test]
fn every_recorded_screen_is_recognised() {
    let catalog = Catalog::built_in();
    assert_eq!(
        corpus::names("screens"),
        EXPECTED.iter().map(|(file, ..)| *file).collect::<Vec<_>>(),
        "each recorded screen has a verdict"
    );
    let mut misread = Vec::new();
    for &(file, state, rule, accepts_input) in EXPECTED {
        let manifest = manifest_for(&catalog, file);
        let view = ScreenView::from_capture(&corpus::read("screens", file));
        let verdict = classify(&manifest, &view);
        if (verdict.state, verdict.rule, verdict.accepts_input) != (Some(state), Some(rule), accepts_input) {
            misread.push(format!("{file}: {verdict:?}"));
        }
        assert_eq!(verdict.person.is_some(), matches!(state, Dialog | Error), "{file}");
    }
    assert!(misread.is_empty(), "{}", misread.join("\n"));
}

/// Where no hook says it.
#[test]
fn what_a_screen_asks_for_is_read_from_it() {
    let catalog = Catalog::built_in();
    let commit = "git add hello.txt && git commit -q -m 'Add hello'";
    for (file, asks) in [
        ("opencode-permission-bash.txt", Some(commit.to_owned())),
        ("opencode-permission-edit.txt", Some("Edit hello.txt".to_owned())),
        ("gemini-permission-bash.txt", Some(format!("Shell  {commit}"))),
        ("gemini-permission-write.txt", Some("WriteFile  Writing to hello.txt".to_owned())),
        ("claude-permission-bash.txt", None),
        ("opencode-idle.txt", None),
    ] {
        let manifest = manifest_for(&catalog, file);
        let view = ScreenView::from_capture(&corpus::read("screens", file));
        assert_eq!(classify(&manifest, &view).asks, asks, "{file}");
    }
}

fn rows(file: &str) -> Vec<String> {
    corpus::read("screens", file).lines().map(str::to_owned).collect()
}

fn verdict_with_title(file: &str, title: &str) -> Option<ScreenState> {
    let manifest = manifest_for(&Catalog::built_in(), file);
    classify(&manifest, &ScreenView::new(&rows(file), title)).state
}

#[test]
fn a_title_decides_where_the_rows_cannot() {
    assert_eq!(verdict_with_title("codex-working-streaming.txt", "⠏ cxtui-wt"), Some(Working));
    assert_eq!(verdict_with_title("codex-working-streaming.txt", "cxtui-wt"), Some(Ready));
    assert_eq!(verdict_with_title("codex-idle-after.txt", "⠏ cxtui-wt"), Some(Working));
    assert_eq!(
        verdict_with_title("codex-permission-write.txt", "[ ! ] Action Required | x"),
        Some(Permission)
    );
    assert_eq!(verdict_with_title("claude-idle-after.txt", "⠐ name"), Some(Working));
    assert_eq!(verdict_with_title("claude-idle-after.txt", "✳ name"), Some(Ready));
    assert_eq!(verdict_with_title("claude-permission-bash.txt", "✳ name"), Some(Permission));
}

#[test]
fn a_draft_in_the_input_box_takes_no_paste() {
    let catalog = Catalog::built_in();
    let draft = |file: &str, empty: &str, text: &str| {
        let rows: Vec<String> =
            rows(file).iter().map(|row| row.replace('\u{a0}', " ").replace(empty, text)).collect();
        let manifest = manifest_for(&catalog, file);
        let verdict = classify(&manifest, &ScreenView::new(&rows, ""));
        (verdict.state, verdict.draft.clone(), verdict.accepts_input)
    };
    assert_eq!(
        draft("codex-idle.txt", "› Ask Codex to do anything", "› half a"),
        (Some(Ready), Some("half a".to_owned()), false)
    );
    let claude: Vec<String> = rows("claude-idle.txt")
        .iter()
        .map(|row| if row.starts_with('❯') { "❯\u{a0}old prompt".to_owned() } else { row.clone() })
        .collect();
    let claude = ScreenView::new(&claude, "");
    let manifest = catalog.get("claude").unwrap();
    let verdict = classify(manifest, &claude);
    assert_eq!((verdict.rule, verdict.accepts_input), (Some("draft"), false));
    assert_eq!(verdict.draft.as_deref(), Some("old prompt"));
}

#[test]
fn words_in_the_conversation_do_not_pass_for_a_dialog() {
    let catalog = Catalog::built_in();
    let spoof = "● Do you want to proceed?\n❯ 1. Yes\n  2. No\nEsc to cancel\nYes, I trust this folder\n";
    let idle = corpus::read("screens", "claude-idle.txt");
    let fence = idle.find("\n────").unwrap();
    let screen = format!("{}\n{spoof}{}", &idle[..fence], &idle[fence..]);
    let verdict = classify(catalog.get("claude").unwrap(), &ScreenView::from_capture(&screen)).state;
    assert_eq!(verdict, Some(Ready));
    let idle = corpus::read("screens", "codex-idle-after.txt");
    let screen = idle.replace("seventeen", "Trust this folder? Would you like to run the following command?");
    assert_eq!(
        classify(catalog.get("codex").unwrap(), &ScreenView::from_capture(&screen)).state,
        Some(Ready)
    );
}

#[test]
fn a_failure_is_that_of_the_last_turn_and_no_quoted_one() {
    let catalog = Catalog::built_in();
    let claude = catalog.get("claude").unwrap();
    let rule = "─".repeat(40);
    let state = |above: &str| {
        let screen = format!("{above}\n\n{rule}\n❯\u{a0}\n{rule}\n  ? for shortcuts\n");
        classify(claude, &ScreenView::from_capture(&screen)).state
    };
    let failed = "❯ do it\n  ⎿  API Error: 529 Overloaded";
    assert_eq!(state(failed), Some(Error));
    assert_eq!(state(&format!("{failed}\n\n✻ Churned for 2s")), Some(Error));
    assert_eq!(state(&format!("{failed}\n\n❯ again\n\n● Done.\n\n✻ Churned for 2s")), Some(Ready));
    assert_eq!(state(&format!("● It said\n  {failed}\n\n  and went on.")), Some(Ready));
}

#[test]
fn first_start_dialogs_are_the_persons() {
    let catalog = Catalog::built_in();
    let cases = [
        ("claude", "Choose the text style that looks best with your terminal\n❯ 1. Dark mode", "theme"),
        ("claude", " Select login method:\n ❯ 1. Claude account with subscription", "login"),
        (
            "claude",
            "2 new MCP servers found in this project\n Select any you wish to enable.",
            "repository-mcp",
        ),
        (
            "codex",
            "  Welcome to Codex\n  Sign in with ChatGPT to use Codex as part of your paid plan",
            "login",
        ),
        ("codex", "  Hooks need review\n  2 hooks are new or changed.\n\n› 1. Review hooks", "hook-review"),
        ("codex", "  Folder access\n\n› 1. Open restricted\n  2. Back to Agent Command Center", "trust"),
        ("codex", "  Introducing GPT-6\n› 1. Try new model\n  2. Use existing model", "model-offer"),
        (
            "codex",
            "✨ Update available! 0.169.0 -> 0.170.0\n› 1. Update now\n  3. Skip until next version",
            "update-offer",
        ),
    ];
    for (agent, screen, rule) in cases {
        let verdict = classify(catalog.get(agent).unwrap(), &ScreenView::from_capture(screen));
        assert_eq!((verdict.state, verdict.rule), (Some(Dialog), Some(rule)), "{screen}");
        assert!(!verdict.accepts_input);
    }
}

#[test]
fn the_first_box_of_codex_is_not_ready() {
    let early =
        "  >_ OpenAI Codex (v0.169.0)\n     loading\n\n› Ask Codex to do anything\n\n  ? for shortcuts\n";
    let catalog = Catalog::built_in();
    let verdict = classify(catalog.get("codex").unwrap(), &ScreenView::from_capture(early));
    assert_eq!((verdict.state, verdict.accepts_input), (None, false));
}

#[test]
fn droid_with_an_empty_box_is_not_ready_while_its_hooks_run() {
    let catalog = Catalog::built_in();
    let droid = catalog.get("droid").unwrap();
    let idle = corpus::read("screens", "droid-idle.txt");
    let state = |screen: &str| classify(droid, &ScreenView::from_capture(screen)).state;
    let hook = "   Hooks UserPromptSubmit · 1 hook · 1 executing\n\n Auto (Off)";
    assert_eq!(state(&idle.replace(" Auto (Off)", hook)), Some(Working));
    assert_eq!(state(&idle.replace(" Auto (Off)", &hook.replace("executing", "completed"))), Some(Ready));
}

#[test]
fn a_box_that_stands_on_a_floor_is_read_whole_and_nothing_else_is() {
    let catalog = Catalog::built_in();
    let draft = |agent: &str, screen: &str| {
        let verdict = classify(catalog.get(agent).unwrap(), &ScreenView::from_capture(screen));
        (verdict.state, verdict.draft)
    };
    let rule = "─".repeat(40);
    let pi = |inside: &str| format!(" said\n\n{rule}\n{inside}\n{rule}\n/w (main)\n0.0%/200k (auto)   m\n");
    assert_eq!(draft("pi", &pi("")), (Some(Ready), None));
    assert_eq!(draft("pi", &pi("one\n\ntwo")), (Some(Ready), Some("one\n\ntwo".to_owned())));
    assert_eq!(draft("pi", &pi(" Pick one\n → first\n   second")), (None, None), "a list of choices");
    let half = "▀".repeat(40);
    let opencode =
        |inside: &str| format!("  ┃\n  ┃{inside}\n  ┃  Build · m P\n  ╹{half}\n   /w   ctrl+p commands\n");
    assert_eq!(draft("opencode", &opencode("")), (Some(Ready), None));
    assert_eq!(draft("opencode", &opencode("  one")), (Some(Ready), Some("one".to_owned())));
    let earlier = format!("▄\n > old\n{half}\n✦ an answer\n\n1\n\n2\n\n3\n\n4\n");
    assert_eq!(draft("gemini", &earlier), (None, None), "an earlier prompt is not the box");
    let blanks = format!("▄\n * one\n\n   two\n   three\n\n{half}\n dir branch\n /tmp t1\n");
    let (_, text) = draft("gemini", &blanks);
    let words: Vec<&str> = text.iter().flat_map(|text| text.split_whitespace()).collect();
    assert_eq!(words, ["one", "two", "three"], "blank lines of a text end no box");
}

#[test]
fn an_empty_screen_says_nothing() {
    let catalog = Catalog::built_in();
    for manifest in catalog.manifests() {
        let verdict = classify(manifest, &ScreenView::default());
        assert_eq!((verdict.state, verdict.accepts_input), (None, false), "{}", manifest.name);
        let shell = classify(manifest, &ScreenView::from_capture("user@host:~$ ls\nfile\nuser@host:~$ "));
        assert_eq!((shell.state, shell.accepts_input), (None, false), "{}", manifest.name);
    }
}

/// Where its terminal shows progress, a program that says nothing else of its work is seen to work.
#[test]
fn progress_in_the_frame_says_that_it_works() {
    let catalog = Catalog::built_in();
    for agent in ["claude", "pi"] {
        let manifest = catalog.get(agent).unwrap();
        let idle = ScreenView::from_capture(&corpus::read("screens", &format!("{agent}-idle.txt")));
        assert_eq!(classify(manifest, &idle).state, Some(Ready), "{agent}");
        let states = ["busy", "failed", ""].map(|progress| {
            let verdict = classify(manifest, &idle.clone().with_progress(progress));
            (verdict.state, verdict.rule.map(str::to_owned))
        });
        assert_eq!(states[0], (Some(Working), Some("progress".to_owned())), "{agent}");
        assert!(states[1..].iter().all(|(state, _)| *state == Some(Ready)), "{agent}: {states:?}");
    }
}

#[test]
fn the_demo_agents_screen_is_read() {
    let catalog = Catalog::built_in();
    let demo = catalog.get("demo").unwrap();
    let state = |screen: &str| classify(demo, &ScreenView::from_capture(screen)).state;
    assert_eq!(state("demo: hello\n\ndemo>"), Some(Ready));
    assert_eq!(state("demo> do it\ndemo: working (3s)"), Some(Working));
    assert_eq!(state("demo> do it\ndemo: may I edit a.txt? (y/n)"), Some(Permission));
    assert_eq!(state("demo> do it\ndemo: question: which colour?"), Some(Question));
    assert_eq!(state("demo: failed: no space\n\ndemo>"), Some(Error));
    assert_eq!(state("demo: bye"), Some(Exited));
}

/// What programs draw, and what they do not.
fn row() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ │┃─╭╰❯›>*✋✦⠋△·•■0-9a-z./?()…]{0,500}",
        prop::sample::select(vec![
            "❯",
            "─".repeat(500).leak(),
            "╰──────────╯",
            "› 1. Yes",
            "  ╹▀▀▀▀▀▀▀▀▀▀▀▀",
            "Do you want to ?"
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// From one row of one column to 200 rows of 500.
    #[test]
    fn no_picture_of_any_size_breaks_any_rule(rows in prop::collection::vec(row(), 0..200), title in row()) {
        let catalog = Catalog::built_in();
        for manifest in catalog.manifests() {
            for shown in [&rows[..], &rows[..rows.len().min(1)]] {
                let view = ScreenView::new(shown, &title);
                let verdict = classify(manifest, &view);
                let first = held_rules(manifest, &view).first().map(|held| held.rule.name.clone());
                prop_assert_eq!(verdict.rule.map(str::to_owned), first);
            }
        }
    }
}
