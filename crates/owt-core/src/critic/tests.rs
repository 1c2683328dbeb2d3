//! The critic rule by rule, and that it reads any patch in any portions.

use super::*;
use crate::status::Status;

fn policy() -> Policy {
    Policy { max_file: Some(1000), ..Policy::default() }
}

/// A patch of one new file, as git prints it.
fn new_file(path: &str, mode: &str, lines: &[&str]) -> String {
    let count = lines.len();
    let body: String = lines.iter().map(|line| format!("+{line}\n")).collect();
    format!(
        "diff --git a/{path} b/{path}\nnew file mode {mode}\nindex 0000000..1111111\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{count} \
         @@\n{body}"
    )
}

fn reviewed(files: &[(&str, FileChange)], patch: &str) -> Review {
    reviewed_by(policy(), files, patch)
}

fn reviewed_by(policy: Policy, files: &[(&str, FileChange)], patch: &str) -> Review {
    let mut reviewer = Reviewer::new(policy);
    for (path, change) in files {
        reviewer.file(path, *change, Some((1, 1)));
    }
    reviewer.patch(patch.as_bytes());
    reviewer.end()
}

fn rules(review: &Review) -> Vec<&'static str> {
    review.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

fn of_lines(path: &str, lines: &[&str]) -> Vec<&'static str> {
    rules(&reviewed(&[(path, FileChange::New)], &new_file(path, "100644", lines)))
}

#[test]
fn each_rule_for_files_finds_what_it_is_for_and_lets_its_like_pass() {
    let token = format!("key = \"ghp_{}\"", "aB3".repeat(12));
    let random = "password = \"q7Zp1Lk9Xw3Vb5Nm8Rt2\"";
    for (path, line, expected) in [
        ("src/a.rs", token.as_str(), "secret_text"),
        ("a.txt", "-----BEGIN OPENSSH PRIVATE KEY-----", "secret_text"),
        ("src/a.py", random, "secret_entropy"),
        (".env", "A=1", "secret_file"),
        ("app/.claude/settings.local.json", "{}", "local_settings"),
        (".worktreerc.toml", "[critic]", "rules"),
        ("src/a.rs", "    dbg!(x);", "debug_code"),
        ("src/a.ts", "  console.log(x)", "debug_code"),
        ("src/a.rs", "    todo!()", "partial_code"),
        ("src/a.py", "# ... rest of the code", "partial_code"),
        ("src/a.py", "os.system(text)", "injection"),
        ("src/a.ts", "eval(text)", "injection"),
        ("src/a.rs", "// TODO: more", "todo"),
        ("tests/a.rs", "#[ignore]", "skipped_tests"),
        ("big.txt", &"x".repeat(1001), "large_file"),
    ] {
        assert_eq!(of_lines(path, &[line]), [expected], "{path}: {line}");
    }
    for (path, line) in [
        ("src/a.rs", "let key = \"ghp_example\";"),
        ("src/a.rs", "let token = tokens.next_token_of_the_stream();"),
        ("src/a.py", "password = \"your-password-goes-here-1\""),
        ("src/a.py", "retrieval(text)"),
        ("src/a.ts", "regex.exec(text)"),
        ("tests/a.rs", "    dbg!(x);"),
        ("docs/a.md", "TODO: eval(x) and dbg!(x)"),
        (".env.example", "A=1"),
        ("src/a.rs", "<<<<<<< only a beginning"),
    ] {
        assert_eq!(of_lines(path, &[line]), [""; 0], "{path}: {line}");
    }
}

#[test]
fn keys_with_a_known_form_are_denied_and_what_may_be_none_is_warned_of() {
    let (part, long) = ("aB3dE6gH9kLm".repeat(2), "aB3dE6gH9kLm".repeat(4));
    for (line, rule) in [
        (format!("OPENAI_API_KEY=sk-{part}T3BlbkFJ{part}"), "secret_text"),
        (format!("key: sk-svcacct-{long}"), "secret_text"),
        (format!("https://hooks.slack.com/services/T02AB3CDE/B02AB3CDE/{part}"), "secret_text"),
        ("postgres://shop:q7Zp1Lk9@db.shop.invalid:5432/shop".to_owned(), "secret_entropy"),
        // Words that stand for others are in names and passwords of somebody's, too.
        ("postgres://shop:q7Zp1Lk9@latest.shop.invalid/shop".to_owned(), "secret_entropy"),
        ("postgres://shop:q7Zp1Lk9@localhost.shop.invalid/shop".to_owned(), "secret_entropy"),
        ("postgres://shop:mein1234Wort@db.shop.invalid/shop".to_owned(), "secret_entropy"),
        (format!("bearer eyJhbGciOiJIUzI1NiJ9.eyJ{part}.{long}"), "secret_entropy"),
    ] {
        assert_eq!(of_lines("a.txt", &[&line]), [rule], "{line}");
    }
    for line in [
        "sk-learnT3BlbkFJ",
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "postgres://user:password@db.shop.invalid/shop",
        "postgres://postgres:postgres@db:5432/shop",
        "postgres://shop:q7Zp1Lk9@localhost/shop",
        "postgres://shop:q7Zp1Lk9@127.0.0.1:5432/shop",
        "postgres://shop:q7Zp1Lk9@[::1]:5432/shop",
        "postgres://shop:q7Zp1Lk9@db.example.com:5432/shop",
        "postgres://shop:test1234@db.shop.invalid/shop",
        "postgres://shop:${DB_PASSWORD}@db.shop.invalid/shop",
        "https://token@git.test/a/b and https://a.b/c:d@e",
        "eyJhbGciOiJIUzI1NiJ9.eyJ",
    ] {
        assert_eq!(of_lines("a.txt", &[line]), [""; 0], "{line}");
    }
}

#[test]
fn what_is_found_names_file_and_line_and_never_the_secret() {
    let secret = "aB3".repeat(12);
    let line = format!("let key = \"ghp_{secret}\";");
    let review = reviewed(&[], &new_file("src/a b.rs\t", "100644", &["fn f() {", &line]));
    let found = &review.findings[0];
    assert_eq!((found.path.as_deref(), found.line), (Some("src/a b.rs"), Some(2)));
    assert!(review.is_denied() && !found.what.contains(&secret), "{found:?}");
}

#[test]
fn a_key_in_words_that_go_along_is_told_by_its_form_and_whose_words_they_are() {
    let key = format!("ghp_{}", "aB3".repeat(12));
    let review =
        Review::of_words(&Policy::default(), "the message", &format!("Log in\n\nwith {key}, {key}\n{key}"));
    let said: Vec<&str> = review.findings.iter().map(|finding| finding.what.as_str()).collect();
    assert_eq!(
        (said.as_slice(), review.is_denied()),
        (&["the message has the form of a token of GitHub in it"][..], true)
    );
    assert_eq!(
        Review::of_words(&Policy::default(), "the message", "Log in with ghp_example"),
        Review::default()
    );
}

#[test]
fn a_key_is_one_in_utf_16_and_where_a_link_leads_too() {
    let key = format!("ghp_{}", "aB3".repeat(12));
    let wide: String = key.chars().flat_map(|sign| [sign, '\0']).collect();
    for patch in [
        new_file("keys.txt", "100644", &[&format!("\u{feff}{wide}")]),
        new_file("keys.txt", "100644", &[&format!("\0{wide}")]),
        new_file("keys", "120000", &[&format!("../{key}/x")]),
    ] {
        assert!(reviewed(&[], &patch).is_denied(), "{patch:?}");
    }
    assert!(!reviewed(&[], &new_file("keys", "120000", &["keys.txt"])).is_denied());
}

#[test]
fn marks_of_a_conflict_are_denied() {
    let lines = ["<<<<<<< HEAD", "a", "=======", "b", ">>>>>>> other"];
    let review = reviewed(&[], &new_file("a.md", "100644", &lines));
    assert_eq!(rules(&review), ["conflict_markers"]);
    assert!(review.is_denied());
}

#[test]
fn tests_that_go_are_told() {
    let gone = [("tests/a.rs", FileChange::Gone)];
    assert_eq!(rules(&reviewed(&gone, "")), ["deleted_tests"]);
    let patch = "diff --git a/src/a.rs b/src/a.rs\nindex 1..2 100644\n--- a/src/a.rs\n+++ b/src/a.rs\n@@ -3,2 +3 @@\n-#[test]\n\
                 -fn a() {}\n+fn b() {}\n";
    let changed = [("src/a.rs", FileChange::Changed)];
    let review = reviewed(&changed, patch);
    assert_eq!(rules(&review), ["deleted_tests"]);
    assert_eq!(review.findings[0].what, "has 1 test less");
    let moved = patch.replace("+fn b() {}", "+#[test]");
    assert_eq!(rules(&reviewed(&changed, &moved)), [""; 0], "another one stands in its place");
}

#[test]
fn links_that_lead_out_are_denied_and_others_pass() {
    for (path, target, leads_out) in [
        ("a", "/etc/passwd", true),
        ("a/b", "../../x", true),
        ("a/b", "../x", false),
        ("a", "b/../../x", true),
        ("a", "b/c", false),
    ] {
        let patch = new_file(path, "120000", &[target]);
        let expected: &[&str] = if leads_out { &["link_out"] } else { &[] };
        assert_eq!(rules(&reviewed(&[], &patch)), expected, "{path} -> {target}");
    }
}

#[test]
fn content_that_looks_like_a_patch_is_content() {
    let lines = ["++ b/.env", "-- a/.env", "diff --git a/.env b/.env", "@@ -0,0 +1,1 @@"];
    let review = reviewed(&[], &new_file("a.txt", "100644", &lines));
    assert_eq!(rules(&review), [""; 0], "{review:?}");
}

#[test]
fn a_patch_that_is_torn_is_denied() {
    let whole = new_file("a.txt", "100644", &["a", "b"]);
    let torn = whole.replace("+b\n", "");
    let review = reviewed(&[], &torn);
    assert_eq!(rules(&review), ["unreadable"]);
    assert!(review.is_denied());
}

#[test]
fn a_line_that_is_too_long_to_be_looked_at_is_denied() {
    let long = "x".repeat(patch::MAX_LINE + 1);
    let review = reviewed_by(Policy::default(), &[], &new_file("a.txt", "100644", &[&long]));
    assert_eq!(rules(&review), ["unreadable"]);
}

#[test]
fn names_in_gits_quotes_are_read() {
    let patch = new_file("x", "100644", &["A=1"]).replace("+++ b/x", "+++ \"b/caf\\303\\251\\n\\\"/.env\"");
    let review = reviewed(&[], &patch);
    assert_eq!(review.findings[0].path.as_deref(), Some("café\n\"/.env"));
}

#[test]
fn a_file_that_stays_out_of_the_commit_is_told_and_not_judged() {
    let mut reviewer = Reviewer::new(policy());
    reviewer.withhold(&[".env".to_owned()]);
    reviewer.file(".env", FileChange::New, Some((1, 0)));
    reviewer.patch(new_file(".env", "100644", &["A=1"]).as_bytes());
    reviewer.patch(new_file("src/a.rs", "100644", &["dbg!(1)"]).as_bytes());
    let review = reviewer.end();
    assert_eq!(rules(&review), ["debug_code", "withheld_files"]);
}

#[test]
fn a_tracked_secret_is_a_warning_and_one_by_another_name_is_denied() {
    let patch =
        "diff --git a/.env b/.env\nindex 1..2 100644\n--- a/.env\n+++ b/.env\n@@ -1 +1 @@\n-A=1\n+A=2\n";
    assert_eq!(rules(&reviewed(&[(".env", FileChange::Changed)], patch)), ["secret_changed"]);
    let mut reviewer = Reviewer::new(policy());
    reviewer.file(".npmrc", FileChange::New, Some((0, 0)));
    assert_eq!(rules(&reviewer.end()), ["secret_file"], "what is in it is not told");
}

#[test]
fn a_scope_holds_folders_and_patterns() {
    let in_scope = |scope: &str, path: &str| scope.parse::<Scope>().unwrap().holds(path);
    for (scope, path, holds) in [
        ("src", "src/a/b.rs", true),
        ("src/", "src2/a.rs", false),
        ("docs/*.md", "docs/a.md", true),
        ("docs/*.md", "docs/a/b.md", false),
        ("**/*.sql", "a/b/c.sql", true),
        ("**/*.sql", "c.sql", true),
        ("a/**/z", "a/z/x", true),
        ("README.md", "README.md.bak", false),
    ] {
        assert_eq!(in_scope(scope, path), holds, "{scope} {path}");
    }
    for bad in ["", "/", "/src", "../x"] {
        assert!(bad.parse::<Scope>().is_err(), "{bad}");
    }
    let policy = Policy { scope: vec!["src".parse().unwrap()], ..Policy::default() };
    let review =
        reviewed_by(policy, &[("docs/a.md", FileChange::Gone), ("src/a.rs", FileChange::Changed)], "");
    assert_eq!(rules(&review), ["out_of_scope"]);
}

#[test]
fn a_repository_makes_rules_heavier_and_only_some_lighter() {
    let mut policy = Policy::default();
    policy.wish(RuleName::Todo, Some(Severity::Deny));
    policy.wish(RuleName::DebugCode, None);
    policy.wish(RuleName::SecretFile, Some(Severity::Note));
    policy.wish(RuleName::SecretText, None);
    assert_eq!(policy.severity(RuleName::Todo), Some(Severity::Deny));
    assert_eq!(policy.severity(RuleName::DebugCode), None);
    assert_eq!(policy.severity(RuleName::SecretFile), Some(Severity::Deny));
    assert_eq!(policy.severity(RuleName::SecretText), Some(Severity::Deny));
}

#[test]
fn there_is_an_end_to_findings_and_the_heaviest_stay() {
    let lines = vec!["// TODO"; 10];
    let mut patch: String =
        (0..MAX_FINDINGS).map(|number| new_file(&format!("src/a{number}.rs"), "100644", &lines)).collect();
    patch.push_str(&new_file("z/.env", "100644", &["A=1"]));
    let review = reviewed(&[], &patch);
    assert_eq!(review.findings.len(), MAX_FINDINGS);
    assert_eq!(review.findings[0].rule, RuleName::SecretFile);
    assert_eq!(
        review.more,
        u32::try_from(MAX_FINDINGS * 3 + 1).unwrap(),
        "three of each file and one that counts the rest"
    );
}

#[test]
fn every_rule_has_its_name() {
    for rule in RULES {
        assert_eq!(rule.name.as_str().parse(), Ok(rule.name));
        let json = serde_json::to_string(&rule.name).unwrap();
        assert_eq!(json, format!("\"{}\"", rule.name.as_str()));
    }
    assert!("nonsense".parse::<RuleName>().is_err());
}

fn at_rest(deed: Deed) -> Standing {
    Standing {
        deed,
        agent: None,
        uncommitted: 0,
        commits: 1,
        brought: 0,
        history: History::Shared,
        target_conflicts: Vec::new(),
        overlaps: Vec::new(),
        checks: Checked::WhenLanding,
    }
}

#[test]
fn how_a_workspace_stands_is_judged_by_what_is_to_be_done_with_it() {
    let judged = |standing: Standing| rules(&judge(&standing, &policy()));
    assert_eq!(judged(at_rest(Deed::Merge)), [""; 0]);
    assert_eq!(judged(at_rest(Deed::Delete)), ["unmerged_work"]);
    for (deed, expected) in [
        (Deed::Merge, &["uncommitted_work"][..]),
        (Deed::Ship, &[]),
        (Deed::Delete, &["uncommitted_work", "unmerged_work"]),
    ] {
        assert_eq!(judged(Standing { uncommitted: 2, ..at_rest(deed) }), expected, "{deed:?}");
    }
    let empty = |deed, uncommitted| judged(Standing { commits: 0, uncommitted, ..at_rest(deed) });
    assert_eq!(empty(Deed::Merge, 0), ["empty_branch"]);
    assert_eq!(empty(Deed::Ship, 1), [""; 0]);
    assert_eq!(empty(Deed::Delete, 0), [""; 0]);
    let unrelated = |deed| judged(Standing { history: History::Unrelated, ..at_rest(deed) });
    assert_eq!(
        (unrelated(Deed::Merge), unrelated(Deed::Delete)),
        (vec!["target_conflicts"], vec!["unmerged_work"])
    );
    let conflicting = Standing {
        agent: Some(Status::Working),
        brought: 1,
        target_conflicts: vec!["a".to_owned()],
        overlaps: vec![Overlap { workspace: "w".to_owned(), files: vec!["b".to_owned()] }],
        checks: Checked::NoneDeclared,
        ..at_rest(Deed::Ship)
    };
    let expected =
        ["agent_works", "target_conflicts", "unmerged_parents", "workspace_conflicts", "missing_checks"];
    assert_eq!(judged(conflicting), expected);
}

mod any_patch {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_in_any_portions_are_read_the_same(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            lines in proptest::collection::vec("[ -~]{0,40}", 1..12),
            cut in 1_usize..50,
        ) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let mut patch = new_file("src/a.rs", "100644", &lines).into_bytes();
            patch.extend(bytes);
            let whole = { let mut it = Reviewer::new(policy()); it.patch(&patch); it.end() };
            let mut reviewer = Reviewer::new(policy());
            for part in patch.chunks(cut) {
                reviewer.patch(part);
            }
            prop_assert_eq!(whole, reviewer.end());
        }
    }
}
