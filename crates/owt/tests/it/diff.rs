//! `owt diff`: what is printed where, and the pager.

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_api::Status;
use owt_api::base64;

use crate::rehearsal::workspace;
use crate::sealed::Staged;
use crate::seated::Seated;

const PATCH: &str = "diff --git a/x b/x\n@@ -1 +1 @@\n-old\n+new\u{1b}[2J\r\n";

fn against(notices: &[&str]) -> api::DiffChunk {
    api::DiffChunk::Against(api::DiffAgainst {
        name: "auth".to_owned(),
        branch: Some("feat/auth".to_owned()),
        base: Some("main".to_owned()),
        base_sha: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        notices: notices.iter().map(|&notice| notice.to_owned()).collect(),
    })
}

fn file(path: &str, status: api::FileStatus, lines: Option<(u64, u64)>) -> api::DiffChunk {
    api::DiffChunk::File(api::ChangedFile {
        path: path.to_owned(),
        old_path: (status == api::FileStatus::Renamed).then(|| "old".to_owned()),
        status,
        additions: lines.map(|(added, _)| added),
        deletions: lines.map(|(_, removed)| removed),
        binary: lines.is_none(),
    })
}

fn staged(notices: &[&str]) -> Staged {
    let staged = Staged::new();
    staged.service.set(|scene| {
        scene.workspaces.push(workspace("auth", Status::Working));
        scene.diff = vec![
            against(notices),
            file("x", api::FileStatus::Modified, Some((3, 1))),
            file("picture", api::FileStatus::Added, None),
            file("new", api::FileStatus::Renamed, Some((0, 0))),
            api::DiffChunk::Patch { base64: base64::encode(&PATCH.as_bytes()[..30]) },
            api::DiffChunk::Patch { base64: base64::encode(&PATCH.as_bytes()[30..]) },
        ];
    });
    staged
}

#[test]
fn a_pipe_gets_every_byte_and_colours_only_when_it_wants_them() {
    let staged = staged(&["inner/ is left out"]);
    let ran = staged.run(&["diff", "auth"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, PATCH));
    assert_eq!(ran.stderr, "note: inner/ is left out\n");
    let coloured = staged.run(&["diff", "auth", "--color", "always"]).stdout;
    assert!(coloured.contains("\u{1b}[31m-old\u{1b}[0m\n"), "{coloured:?}");
    assert!(coloured.contains("+new\\x1b[2J"), "{coloured:?}");
}

#[test]
fn files_by_name_with_counts_and_in_json() {
    let staged = staged(&[]);
    insta::assert_snapshot!(staged.run(&["diff", "auth", "--stat"]).told(), @r"
     x          |      4 +++-
     picture    | binary
     old => new |      0
     3 files changed, 3 insertions(+), 1 deletion(-)
    [exit 0]
    ");
    insta::assert_snapshot!(staged.run(&["diff", "auth", "--name-only"]).told(), @r"
    x
    picture
    new
    [exit 0]
    ");
    insta::assert_snapshot!(staged.run(&["diff", "auth", "--json"]).told(), @r#"
    {"ok":true,"data":{"name":"auth","branch":"feat/auth","base":"main","base_sha":"0123456789abcdef0123456789abcdef01234567","notices":[],"files":[{"path":"x","old_path":null,"status":"modified","additions":3,"deletions":1,"binary":false},{"path":"picture","old_path":null,"status":"added","additions":null,"deletions":null,"binary":true},{"path":"new","old_path":"old","status":"renamed","additions":0,"deletions":0,"binary":false}],"totals":{"files":3,"additions":3,"deletions":1,"binary":1}}}
    [exit 0]
    "#);
    assert_eq!(staged.run(&["diff", "auth", "--stat", "--name-only"]).code, 2);
    let forms: Vec<String> = staged.service.scene().calls.iter().map(|(call, _)| call.clone()).collect();
    assert_eq!(forms, ["diff Files", "diff Files", "diff Files"]);
}

#[test]
fn a_diff_that_breaks_off_fails_and_one_that_cannot_be_is_refused() {
    let staged = staged(&[]);
    let problem = Problem::new(ErrorCode::GitFailed, "git diff failed: no");
    staged.service.set(|scene| scene.diff.push(api::DiffChunk::Broken { problem }));
    let ran = staged.run(&["diff", "auth"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, PATCH));
    assert!(ran.stderr.contains("error: git diff failed: no"), "{ran:?}");
    assert_eq!(staged.run(&["diff", "auth", "--json"]).json()["error"]["code"], "git_failed");
    assert_eq!(staged.run(&["diff", "nobody", "--json"]).json()["error"]["code"], "not_found");
}

/// A pager that says what it was given and how it was started.
fn with_pager(staged: &mut Staged, script: &str) {
    let pager = staged.sealed.home.path().join("pager");
    std::fs::write(&pager, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&pager, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let words = format!("{} -x", pager.display());
    staged.sealed.environment.insert("PAGER".to_owned(), words);
}

#[test]
fn on_a_terminal_a_pager_shows_it_and_nothing_in_it_acts() {
    let mut staged = staged(&[]);
    with_pager(&mut staged, "echo \"pager $1 $LESS\"; sed 's/^/> /'");
    let (seen, code) = Seated::at(&staged.sealed, 80, &["diff", "auth"]).ended();
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("pager -x FRX") && seen.contains("> \u{1b}[1mdiff --git a/x b/x"), "{seen:?}");
    assert!(seen.contains("+new\\x1b[2J") && !seen.contains("\u{1b}[2J"), "{seen:?}");
    // Neither a pipe nor JSON has one, nor has who wants none.
    assert!(!staged.run(&["diff", "auth"]).stdout.contains("pager"));
    for (name, value) in [("GIT_PAGER", "cat"), ("PAGER", ""), ("NO_COLOR", "1")] {
        staged.sealed.environment.insert(name.to_owned(), value.to_owned());
    }
    let (seen, _) = Seated::at(&staged.sealed, 80, &["diff", "auth"]).ended();
    assert!(!seen.contains("pager") && !seen.contains('\u{1b}'), "{seen:?}");
    assert!(seen.contains("+new\\x1b[2J"), "{seen:?}");
}

#[test]
fn who_leaves_the_pager_has_seen_enough_and_ctrl_c_is_the_pagers() {
    let mut staged = staged(&[]);
    let more = "+line\n".repeat(100_000);
    staged
        .service
        .set(|scene| scene.diff.push(api::DiffChunk::Patch { base64: base64::encode(more.as_bytes()) }));
    // A shell's `read` misses a signal that comes in the moment before it waits.
    let pager = "trap heard=1 INT; echo begun; until [ \"$heard\" ]; do sleep 1; done; echo heard; read -r word </dev/tty; exit 3";
    with_pager(&mut staged, pager);
    let mut seated = Seated::at(&staged.sealed, 80, &["diff", "auth"]);
    seated.until("begun");
    seated.types("\u{3}");
    seated.until("heard");
    seated.types("q\r");
    let (seen, code) = seated.ended();
    assert_eq!((code, seen.contains("error")), (Some(0), false), "{seen}");
}

#[test]
fn a_pager_that_is_not_there_keeps_nothing_back() {
    let mut staged = staged(&[]);
    staged.sealed.environment.insert("PAGER".to_owned(), "no-such-pager".to_owned());
    let (seen, code) = Seated::at(&staged.sealed, 80, &["diff", "auth"]).ended();
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("the pager cannot be started") && seen.contains("-old"), "{seen:?}");
}
