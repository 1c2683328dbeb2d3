//! With a person at a terminal.

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_api::Status;

use crate::rehearsal::workspace;
use crate::sealed::Staged;
use crate::seated::Seated;

fn staged() -> Staged {
    let staged = Staged::new();
    staged.service.set(|scene| scene.workspaces.push(workspace("auth", Status::Working)));
    staged
}

#[test]
fn a_table_fits_and_has_colours() {
    let staged = staged();
    staged.service.set(|scene| {
        scene.workspaces[0].assignment.title =
            Some("A very long title that no terminal of sixty columns can hold".to_owned());
    });
    let (seen, code) = Seated::at(&staged.sealed, 60, &["list"]).ended();
    assert_eq!(code, Some(0));
    assert!(seen.contains("\u{1b}[36m● working\u{1b}[0m"), "{seen:?}");
    assert!(seen.contains('…'), "{seen:?}");
    for line in seen.lines() {
        let plain: String = strip(line);
        assert!(plain.chars().count() <= 60, "{plain:?}");
    }
}

#[test]
fn a_name_can_be_read_where_a_branch_has_no_room() {
    let staged = Staged::new();
    let name = "user-authentication-jwt";
    staged.service.set(|scene| scene.workspaces.push(workspace(name, Status::WaitingPermission)));
    for columns in [60, 80] {
        let (seen, _) = Seated::at(&staged.sealed, columns, &["list"]).ended();
        assert!(seen.contains(name) && !seen.contains(&format!("feat/{name}")), "{columns}: {seen}");
    }
    let (seen, _) = Seated::at(&staged.sealed, 200, &["list"]).ended();
    assert!(seen.contains(&format!("feat/{name}")), "{seen}");
    let (seen, _) = Seated::at(&staged.sealed, 40, &["list"]).ended();
    assert!(seen.lines().take(2).all(|line| strip(line).chars().count() <= 40), "{seen}");
}

fn strip(line: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for letter in line.chars() {
        match letter {
            '\u{1b}' => inside = true,
            'm' if inside => inside = false,
            letter if !inside => plain.push(letter),
            _ => {}
        }
    }
    plain
}

#[test]
fn the_theme_is_the_flags_the_environments_or_the_configurations() {
    let staged = staged();
    let home = staged.sealed.home.path().join("owt");
    let working = |arguments: &[&str], colour: &str| {
        let (seen, _) = Seated::at(&staged.sealed, 80, arguments).ended();
        assert!(seen.contains(&format!("\u{1b}[{colour}m● working")), "{arguments:?}: {seen:?}");
    };
    working(&["list"], "36");
    std::fs::write(home.join("config.toml"), "theme = \"light\"\n").unwrap();
    working(&["list"], "38;5;25");
    working(&["list", "--theme", "dark"], "38;5;75");
    // What is wrong with the file is said where it matters, and a list is no such place.
    std::fs::write(home.join("config.toml"), "theme = \"pink\"\n").unwrap();
    working(&["list"], "36");
}

#[test]
fn without_a_theme_the_background_that_the_person_names_decides() {
    let staged = staged();
    let home = staged.sealed.home.path().join("owt");
    let working = |arguments: &[&str], colour: &str| {
        let (seen, _) = Seated::at(&staged.sealed, 80, arguments).ended();
        assert!(seen.contains(&format!("\u{1b}[{colour}m● working")), "{arguments:?}: {seen:?}");
    };
    std::fs::write(home.join("config.toml"), "background_color = \"#1a1b2e\"\n").unwrap();
    working(&["list"], "38;5;75");
    std::fs::write(home.join("config.toml"), "background = \"#fdf6e3\"\n").unwrap();
    working(&["list"], "38;5;25");
    working(&["list", "--theme", "dark-ansi"], "96");
}

#[test]
fn an_interrupted_question_has_changed_nothing() {
    let staged = staged();
    let mut seated = Seated::at(&staged.sealed, 80, &["delete", "auth", "--force"]);
    seated.until("Delete it? [y/N]");
    seated.types("\u{3}");
    let (seen, code) = seated.ended();
    assert_eq!(code, Some(130), "{seen}");
    assert!(seen.contains("nothing was deleted"), "{seen}");
    assert!(staged.service.scene().deleted.iter().all(|asked| asked.dry_run));
}

#[test]
fn the_task_is_asked_for() {
    let staged = staged();
    let mut seated = Seated::at(&staged.sealed, 80, &["new"]);
    seated.until("What should be done?");
    seated.types("Add the thing\n");
    let (seen, code) = seated.ended();
    assert_eq!(code, Some(0), "{seen}");
    assert_eq!(staged.service.scene().created[0].task.as_deref(), Some("Add the thing"));
    let mut seated = Seated::at(&staged.sealed, 80, &["new"]);
    seated.until("What should be done?");
    seated.types("  \n");
    assert_eq!(seated.ended().1, Some(2));
    assert_eq!(staged.service.scene().created.len(), 1);
}

#[test]
fn the_agent_is_asked_for() {
    let staged = staged();
    let problem = Problem::new(ErrorCode::ChooseAgent, "several agents").candidates(["claude", "codex"]);
    staged.service.set(|scene| scene.refusal = Some(problem));
    let mut seated = Seated::at(&staged.sealed, 80, &["new", "Do it"]);
    seated.until("Which agent?");
    seated.types("9\n");
    seated.until("a number from 1 to 2");
    seated.types("2\n");
    assert_eq!(seated.ended().1, Some(0));
    assert_eq!(staged.service.scene().created.last().unwrap().agents, ["codex"]);
}

#[test]
fn deleting_asks_and_takes_only_a_clear_yes() {
    let staged = staged();
    staged.service.set(|scene| scene.workspaces[0].standing.dirty_files = Some(0));
    for (answer, expected, done) in [("\n", Some(3), false), ("no\n", Some(3), false), ("y\n", Some(0), true)]
    {
        let mut seated = Seated::at(&staged.sealed, 80, &["delete", "auth"]);
        seated.until("Delete it? [y/N]");
        seated.types(answer);
        assert_eq!(seated.ended().1, expected, "{answer:?}");
        assert_eq!(staged.service.scene().deleted.iter().any(|asked| !asked.dry_run), done);
    }
}

#[test]
fn deleting_what_is_unsaved_is_refused_before_the_question() {
    let staged = staged();
    let (seen, code) = Seated::at(&staged.sealed, 80, &["delete", "auth"]).ended();
    assert_eq!(code, Some(3));
    assert!(seen.contains("uncommitted file") && !seen.contains("Delete it?"), "{seen}");
}

#[test]
fn an_interrupt_ends_the_command_and_says_what_goes_on() {
    let staged = staged();
    for (arguments, goes_on) in
        [(&["wait", "auth"][..], "the agents go on"), (&["logs", "auth", "--follow"], "the agent goes on")]
    {
        let mut seated = Seated::at(&staged.sealed, 80, arguments);
        staged.service.until(|scene| scene.waiting == 1);
        seated.types("\u{3}");
        let (seen, code) = seated.ended();
        assert_eq!(code, Some(130), "{seen}");
        assert!(seen.contains("interrupted") && seen.contains(goes_on), "{seen}");
        staged.service.until(|scene| scene.waiting == 0);
    }
}

#[test]
fn an_interrupted_choice_has_made_nothing() {
    let staged = staged();
    let problem = Problem::new(ErrorCode::ChooseAgent, "several agents").candidates(["claude", "codex"]);
    staged.service.set(|scene| scene.refusal = Some(problem));
    let mut seated = Seated::at(&staged.sealed, 80, &["new", "Do it"]);
    seated.until("Which agent?");
    seated.types("\u{3}");
    let (seen, code) = seated.ended();
    assert_eq!(code, Some(130), "{seen}");
    assert!(seen.contains("nothing was done") && !seen.contains("goes on"), "{seen}");
}

#[test]
fn a_long_wait_shows_a_sign_of_life_and_takes_it_away() {
    let staged = staged();
    let mut seated = Seated::at(&staged.sealed, 80, &["wait", "auth"]);
    seated.until("waiting for auth");
    staged.service.set(|scene| scene.released = true);
    let (seen, code) = seated.ended();
    assert_eq!(code, Some(0));
    assert!(seen.contains("\r\u{1b}[2K"), "{seen:?}");
}

#[test]
fn attaching_runs_the_program_of_the_plan_and_ends_with_it() {
    let staged = staged();
    let plan = |script: &str| {
        Some(api::AttachPlan {
            name: "auth".to_owned(),
            backend: "tmux".to_owned(),
            repository: None,
            argv: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
            unset: vec!["TMUX".to_owned()],
        })
    };
    staged.service.set(|scene| scene.plan = plan("echo attached ${TMUX-nowhere}"));
    for arguments in [&["attach", "auth"][..], &["switch", "auth", "--tmux"], &["s", "auth"]] {
        let (seen, code) = Seated::at(&staged.sealed, 80, arguments).ended();
        assert_eq!((seen.as_str(), code), ("attached nowhere\n", Some(0)), "{arguments:?}");
    }
    let (seen, code) = Seated::at(&staged.sealed, 80, &["new", "Do it", "--attach"]).ended();
    assert_eq!(code, Some(0));
    assert!(seen.ends_with("attached nowhere\n"), "{seen}");
    staged.service.set(|scene| scene.plan = plan("exit 7"));
    assert_eq!(Seated::at(&staged.sealed, 80, &["attach", "auth"]).ended().1, Some(7));
}
