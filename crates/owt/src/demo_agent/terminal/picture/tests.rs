//! The picture that the demo agent draws.

use owt_agents::Catalog;
use owt_agents::screen::ScreenState;
use owt_agents::screen::ScreenView;
use owt_agents::screen::classify;
use proptest::prelude::*;

use super::*;

const WINDOW: Size = Size { rows: 24, columns: 80 };

fn picture(entries: &[Entry], draft: &str, below: Below<'_>, size: Size) -> Vec<String> {
    let entries: VecDeque<Entry> = entries.iter().cloned().collect();
    let layout = Picture { entries: &entries, draft, below }.layout(size);
    layout.rows.into_iter().map(|row| row.text).collect()
}

fn state(rows: &[String]) -> (Option<ScreenState>, bool, Option<String>) {
    let catalog = Catalog::built_in();
    let verdict = classify(catalog.get("demo").unwrap(), &ScreenView::new(rows, "demo agent"));
    (verdict.state, verdict.accepts_input, verdict.draft)
}

fn said() -> Vec<Entry> {
    vec![
        Entry::Remark("hello".to_owned()),
        Entry::Person("do it\n\nall of it".to_owned()),
        Entry::Tool("Write demo/a.md".to_owned()),
        Entry::Result("3 lines".to_owned()),
        Entry::Agent("demo: working on it\ndemo> \n\ndemo: bye".to_owned()),
    ]
}

#[test]
fn it_looks_like_this() {
    let rows =
        picture(&said(), "and then\nthis", Below::Working { seconds: 3 }, Size { rows: 20, columns: 40 });
    insta::assert_snapshot!(rows.join("\n"), @r"
      hello

    > do it

      all of it
    * Write demo/a.md
        3 lines
      demo: working on it
      demo>

      demo: bye

    demo> and then
        | this
    demo: working (3s), ctrl-c interrupts
    ");
}

#[test]
fn the_manifests_rules_read_every_state_of_it() {
    use ScreenState::*;
    let of = |draft: &str, below| state(&picture(&said(), draft, below, WINDOW));
    assert_eq!(of("", Below::Idle), (Some(Ready), true, None));
    assert_eq!(of("a\n\nb", Below::Idle).0, Some(Ready));
    assert!(!of("a", Below::Idle).1, "a draft is not added to");
    assert!(of("a\n\nb", Below::Idle).2.unwrap().starts_with('a'));
    assert_eq!(of("", Below::Working { seconds: 100 }).0, Some(Working));
    assert_eq!(of("draft\nof\nmany\nrows", Below::Working { seconds: 100 }).0, Some(Working));
    assert_eq!(of("x", Below::Permission { what: "write demo/a.md" }).0, Some(Permission));
    let question = Below::Question { question: "Short or long notes?", options: &["short", "long"] };
    assert_eq!(of("sho", question).0, Some(Question));
    let failed = [said(), vec![Entry::Failure("no space\nat all".to_owned())]].concat();
    assert_eq!(state(&picture(&failed, "", Below::Idle, WINDOW)), (Some(Error), true, None));
    let went_on = [failed, vec![Entry::Person("again".to_owned()), Entry::Agent("done".to_owned())]].concat();
    assert_eq!(state(&picture(&went_on, "", Below::Idle, WINDOW)), (Some(Ready), true, None));
}

#[test]
fn a_long_request_keeps_the_words_that_tell_it() {
    let what = "run git commit -m \"a very long title\" -- ".repeat(10);
    for columns in [30, 80, 200] {
        let rows = picture(&said(), "", Below::Permission { what: &what }, Size { rows: 24, columns });
        assert_eq!(state(&rows).0, Some(ScreenState::Permission), "{columns} columns");
    }
}

#[test]
fn controls_in_texts_never_reach_the_terminal() {
    let entries: VecDeque<Entry> = [Entry::Person("a\x1b[2Jb\x07".to_owned())].into();
    let drawn =
        Picture { entries: &entries, draft: "c\x1b]0;x\x07", below: Below::Idle }.draw(WINDOW, Style::PLAIN);
    assert!(drawn.contains("a\\x1b[2Jb\\x07") && drawn.contains("c\\x1b]0;x\\x07"), "{drawn:?}");
}

proptest! {
    #[test]
    fn it_fits_any_window_and_no_text_looks_like_a_state(
        texts in prop::collection::vec("(demo: working|demo> |demo: may I x\\? \\(y/n\\)|demo: bye|\\PC|\n){0,40}", 0..8),
        rows in 3usize..40,
        columns in 16usize..100,
    ) {
        let size = Size { rows, columns };
        let entries: Vec<Entry> = texts.iter().flat_map(|text| {
            [Entry::Person(text.clone()), Entry::Agent(text.clone()), Entry::Result(text.clone())]
        }).collect();
        let shown = picture(&entries, "", Below::Idle, size);
        prop_assert!(shown.len() <= rows);
        for row in &shown {
            prop_assert!(super::columns(row) <= columns, "{row:?} in {columns}");
        }
        prop_assert_eq!(state(&shown).0, Some(ScreenState::Ready));
    }

    #[test]
    fn any_draft_is_seen_as_one(draft in "\\PC{0,60}|(a|\n|日|\t){1,300}", rows in 3usize..40, columns in 16usize..100) {
        let shown = picture(&said(), &draft, Below::Idle, Size { rows, columns });
        prop_assert!(shown.len() <= rows);
        let seen = state(&shown);
        prop_assert_eq!(seen.0, Some(ScreenState::Ready));
        if draft.chars().any(char::is_alphanumeric) {
            prop_assert!(!seen.1, "{:?}", shown);
        }
    }
}
