//! Where a prompt comes from, and what cannot be one.

use crate::sealed::Staged;

const SPECIAL: &str = "line one\n\"quotes\" 'single' $(touch /tmp/x) `id` \\ \u{1b}[31m ünï\n-- !bang /slash";

#[test]
fn files_and_standard_input_arrive_byte_for_byte() {
    let staged = Staged::new();
    std::fs::write(staged.sealed.work().join("p.md"), SPECIAL).unwrap();
    let task = || staged.service.scene().created.pop().unwrap().task.unwrap();
    assert_eq!(staged.run(&["new", "--prompt-file", "p.md"]).code, 0);
    assert_eq!(task(), SPECIAL);
    assert_eq!(staged.run(&["-C", "..", "new", "--prompt-file", "work/p.md"]).code, 0);
    assert_eq!(task(), SPECIAL);
    let ran = staged.sealed.run_with_input(&["new", "--prompt-file", "-"], SPECIAL.as_bytes());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(task(), SPECIAL);
    assert_eq!(staged.run(&["new", "--", SPECIAL]).code, 0);
    assert_eq!(task(), SPECIAL);
    assert_eq!(staged.run(&["new", "--", "-v", "is broken"]).code, 0);
    assert_eq!(task(), "-v is broken");
    let large = "x".repeat(1024 * 1024);
    assert_eq!(staged.sealed.run_with_input(&["new", "--prompt-file", "-"], large.as_bytes()).code, 0);
    assert_eq!(task(), large);
}

#[test]
fn what_cannot_be_a_prompt_is_refused_before_anything_is_asked() {
    let staged = Staged::new();
    let work = staged.sealed.work();
    std::fs::write(work.join("nul"), "a\0b").unwrap();
    std::fs::write(work.join("latin1"), b"caf\xe9").unwrap();
    std::fs::write(work.join("large"), "x".repeat(2 * 1024 * 1024 + 1)).unwrap();
    std::fs::write(work.join("blank"), " \n\t\n").unwrap();
    for (arguments, code, exit) in [
        (&["new"][..], "empty_task", 2),
        (&["new", ""], "empty_task", 2),
        (&["new", " ", "  "], "empty_task", 2),
        (&["new", "--prompt-file", "blank"], "empty_task", 2),
        (&["new", "--prompt-file", "nul"], "bad_prompt", 2),
        (&["new", "--prompt-file", "latin1"], "bad_prompt", 2),
        (&["new", "--prompt-file", "large"], "bad_prompt", 2),
        (&["new", "--prompt-file", "missing"], "prompt_file", 2),
        (&["new", "--prompt-file", "."], "prompt_file", 2),
        (&["new", "words", "--prompt-file", "blank"], "flag_conflict", 2),
        (&["new", "words", "--attach"], "no_terminal", 1),
    ] {
        let json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let ran = staged.run(&json);
        assert_eq!((ran.code, ran.json()["error"]["code"].as_str()), (exit, Some(code)), "{arguments:?}");
        let text = staged.run(arguments);
        assert_eq!((text.code, text.stdout.as_str()), (exit, ""), "{arguments:?}");
        assert!(text.stderr.starts_with("error: "), "{text:?}");
    }
    assert!(staged.service.scene().calls.is_empty());
}
