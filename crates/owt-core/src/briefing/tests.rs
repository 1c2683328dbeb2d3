//! What a briefing says, and what it never lets through.

use proptest::prelude::*;

use super::*;

#[test]
fn a_task_is_recognised_by_its_first_deciding_word() {
    for (task, kind) in [
        ("Add user authentication with JWT", TaskKind::Feature),
        ("Fix the flaky test", TaskKind::Bugfix),
        ("Add tests for the login", TaskKind::Test),
        ("The parser crashes on empty input", TaskKind::Bugfix),
        ("Refactor the parser and fix what you find", TaskKind::Refactor),
        ("Update the README", TaskKind::Docs),
        ("Prefix all names", TaskKind::Feature),
        ("Write docs.\n\nThe bug tracker has more", TaskKind::Docs),
        ("", TaskKind::Feature),
        ("ÄNDERE die Überschrift", TaskKind::Feature),
    ] {
        assert_eq!(TaskKind::of(task), kind, "{task}");
    }
}

fn line() -> Line {
    Line { branch: "feat/login".to_owned(), base: "main".to_owned(), commit: "1234abcd".to_owned() }
}

fn bare(wanted: Wanted<'_>) -> Briefing<'_> {
    Briefing {
        wanted,
        standing: Standing::Worktree(line()),
        commits: CommitsBy::Agent,
        projects: Vec::new(),
        port: None,
        environment: None,
    }
}

#[test]
fn it_says_where_how_and_what_else_there_is() {
    let project = |folder: &str, test: &str, run: Option<&str>| ProjectCommands {
        folder: folder.to_owned(),
        test: Some(test.to_owned()),
        run: run.map(str::to_owned),
    };
    let briefing = Briefing {
        projects: vec![project("", "cargo test", None), project("web", "npm test", Some("npm run dev"))],
        port: Some(20_000),
        environment: Some("Dependencies are still being installed.".to_owned()),
        ..bare(Wanted::Work { task: "Fix the login" })
    };
    assert_eq!(
        briefing.text(),
        "\
# From owt, which started this session

## Where you are
You work in a git worktree of your own, on the branch `feat/login`, which starts from `main` at 1234abcd. Other agents may be at work in other worktrees of this repository: stay in this one, and on this branch.

## How to go about it
The task looks like a bug fix. Unless the task itself says otherwise:
1. Orient: read the report again; find where the code meets what it describes.
2. Reproduce: write a test that fails because of the fault.
3. Diagnose: find the root cause, not the nearest symptom.
4. Fix: the smallest change that mends the cause; the test passes now.
5. Verify: run the project's tests, and look for the same fault elsewhere.
6. Commit: small commits whose messages say why; only files that belong to this task. Do not push.

## This repository
- Tests: `cargo test`
- Tests (in `web`): `npm test`
- Development server (in `web`): `npm run dev`
- Ports 20000 to 20009 are yours alone (`OWT_PORT`, `OWT_PORT_1` to `OWT_PORT_9`): let servers listen there.
- Dependencies are still being installed.
"
    );
}

#[test]
fn an_agent_is_not_told_to_do_what_it_is_kept_from() {
    let work = Wanted::Work { task: "Add a greeting" };
    let helped = Briefing { commits: CommitsBy::Owt, ..bare(work) }.text();
    assert!(helped.contains("6. Do not commit") && !helped.contains("Commit:"), "{helped}");
    let folder = Briefing { standing: Standing::Folder, ..bare(work) }.text();
    assert!(!folder.to_lowercase().contains("commit") && !folder.contains("branch"), "{folder}");
    let plan = bare(Wanted::Plan).text();
    assert!(plan.ends_with("Read and plan; change nothing.\n") && !plan.contains("Commit"), "{plan}");
    let open = bare(Wanted::Nothing).text();
    assert!(!open.contains("How to go about it"), "{open}");
}

proptest! {
    /// Whatever a repository calls its folders and commands: it stays on its line and between its marks.
    #[test]
    fn names_and_commands_stay_where_they_stand(words in "(\\PC|\n|\r|\u{1b}|\u{9b}|\u{2028}|#|`){0,400}") {
        let project = ProjectCommands { folder: words.clone(), test: Some(words.clone()), run: None };
        let line = Line { branch: words.clone(), base: words.clone(), commit: "1".to_owned() };
        let told = Briefing {
            standing: Standing::Checkout(line),
            projects: vec![project],
            environment: Some(words),
            ..bare(Wanted::Nothing)
        }
        .text();
        let lines: Vec<&str> = told.lines().collect();
        prop_assert_eq!(lines.len(), 8, "{}", &told);
        prop_assert!(lines.iter().filter(|line| line.starts_with('#')).count() == 3);
        prop_assert!(lines.iter().all(|line| !line.contains(|c: char| c.is_control())));
    }

    #[test]
    fn what_is_told_is_bounded(length in 0_usize..20_000, count in 0_usize..100) {
        let word = "é".repeat(length);
        let project =
            ProjectCommands { folder: word.clone(), test: Some(word.clone()), run: Some(word.clone()) };
        let told = Briefing {
            projects: vec![project; count],
            environment: Some(word.clone()),
            ..bare(Wanted::Work { task: &word })
        }
        .text();
        prop_assert!(told.chars().count() < 2_000 + (4 * MAX_PROJECTS + 1) * (MAX_WORDS + 40));
    }
}
