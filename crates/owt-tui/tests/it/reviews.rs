//! The review: the critic's word, the patch, comments that go to the agent as one message.

use owt_api as api;
use owt_tui::Deed;
use owt_tui::Done;
use owt_tui::Event;
use owt_tui::Look;
use owt_tui::Request;
use owt_tui::Seen;
use owt_tui::SubjectKind;
use owt_tui::Ticket;
use serde_json::json;

use crate::stage::Stage;
use crate::stage::workspace;

const PATCH: &str = "diff --git a/src/cart.rs b/src/cart.rs\n--- a/src/cart.rs\n+++ b/src/cart.rs\n\
    @@ -7,2 +7,2 @@ fn total\n     let sum = 0;\n-    sum + 1\n+    sum + \u{1b}[2J2\n\
    diff --git a/README.md b/README.md\n--- a/README.md\n+++ b/README.md\n@@ -0,0 +1 @@\n+Prices\n";

/// A review that has its patch.
fn reviewing() -> (Stage, Ticket) {
    let mut stage = Stage::new(80, 24, &[workspace("auth", "idle", &json!({ "commits_ahead": 1 }))]);
    let wanted = stage.keys("r");
    let (ticket, look) = match wanted.as_slice() {
        [Request::Do(ticket, deed), Request::Look(look, subject)] if subject.kind == SubjectKind::Diff => {
            assert!(matches!(**deed, Deed::Criticise(_)), "{deed:?}");
            (*ticket, *look)
        }
        other => panic!("{other:?}"),
    };
    let (begin, end) = PATCH.split_at(40);
    for seen in [Seen::Text(begin.to_owned()), Seen::Text(end.to_owned()), Seen::End] {
        stage.hears(Event::Looked(look, seen));
    }
    (stage, ticket)
}

fn judged(stage: &mut Stage, ticket: Ticket, verdict: &str) {
    let criticism = json!({ "name": "auth", "deed": "ship", "target": "main", "rules_sha": null, "verdict": verdict, "more": 0,
        "findings": [{ "rule": "todo", "severity": "warn", "path": "src/cart.rs", "line": 8, "what": "unfinished" }] });
    let criticism = Box::new(serde_json::from_value(criticism).unwrap());
    stage.hears(Event::Outcome(ticket, Box::new(Ok(Done::Criticised(criticism)))));
}

fn comments(stage: &mut Stage, text: &str) {
    stage.keys("c");
    stage.writes(text);
    stage.keys("enter");
}

fn sent(wanted: &[Request]) -> (Ticket, api::SendMessage) {
    match wanted {
        [Request::Do(ticket, deed), Request::LookAway] => match &**deed {
            Deed::Send(message) => (*ticket, message.clone()),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn comments_on_lines_go_to_the_agent_as_one_message() {
    let (mut stage, ticket) = reviewing();
    assert!(stage.screen().contains("the critic is looking"), "{}", stage.screen());
    judged(&mut stage, ticket, "warned");
    stage.keys("j");
    comments(&mut stage, "Why was this\nright?");
    stage.keys("j c");
    stage.writes("Off by one");
    insta::assert_snapshot!(stage.screen(), @r#"
    ╭─ Review auth ────────────────────────────────────────────────────────────────╮
    │The critic warns:                                                             │
    │  warn  src/cart.rs:8: unfinished                                             │
    │  diff --git a/src/cart.rs b/src/cart.rs                                      │
    │  --- a/src/cart.rs                                                           │
    │  +++ b/src/cart.rs                                                           │
    │  @@ -7,2 +7,2 @@ fn total                                                    │
    │  7      let sum = 0;                                                         │
    │  8 -    sum + 1                                                              │
    │    ┃ Why was this                                                            │
    │    ┃ right?                                                                  │
    │▶ 8 +    sum + \x1b[2J2                                                       │
    │  diff --git a/README.md b/README.md                                          │
    │  --- a/README.md                                                             │
    │  +++ b/README.md                                                             │
    │  @@ -0,0 +1 @@                                                               │
    │  1 +Prices                                                                   │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │On src/cart.rs:8                                                              │
    │  Off by one                                                                  │
    │enter keeps it · alt-enter a new line · esc closes                            │
    ╰──────────────────────────────────────────────────────────────────────────────╯
    "#);
    stage.keys("enter ] G");
    comments(&mut stage, "Which prices?");
    let wanted = stage.keys("enter");
    let (ticket, message) = sent(&wanted);
    assert_eq!(message.to, api::Audience::One("/repos/shop-auth".to_owned()));
    insta::assert_snapshot!(message.text, @r#"
    Comments on your changes:

    src/cart.rs:8 (removed)
    > -    sum + 1
    Why was this
    right?

    src/cart.rs:8
    > +    sum + \x1b[2J2
    Off by one

    README.md:1
    > +Prices
    Which prices?
    "#);
    assert!(stage.screen().contains("sending 3 comments to auth"), "{}", stage.screen());
    // What did not arrive comes back.
    let problem = api::Problem::new(api::ErrorCode::ServerUnreachable, "the server went away");
    stage.hears(Event::Outcome(ticket, Box::new(Err(problem))));
    stage.keys("esc");
    assert!(stage.screen().contains("Which prices?"), "{}", stage.screen());
}

#[test]
fn what_was_removed_stands_beside_what_came_in_its_place_where_there_is_room() {
    let (mut stage, _) = reviewing();
    let row =
        |stage: &Stage| stage.screen().lines().find(|line| line.contains("-    sum + 1")).unwrap().to_owned();
    stage.keys("v");
    assert!(!row(&stage).contains("x1b[2J2"), "{}", stage.screen());
    stage.hears(Event::Resized(120, 24));
    assert!(row(&stage).contains("+    sum + \\x1b[2J2"), "{}", stage.screen());
    // Comments are on lines, wherever they stand.
    stage.keys("j j");
    comments(&mut stage, "Off by one");
    assert!(row(&stage).starts_with("│▶"), "{}", stage.screen());
    let (_, message) = sent(&stage.keys("enter"));
    assert!(message.text.contains("src/cart.rs:8\n> +    sum + "), "{}", message.text);
}

#[test]
fn its_keys_are_told_over_it_and_it_goes_on() {
    let (mut stage, _) = reviewing();
    stage.keys("j");
    let before = stage.screen();
    assert_eq!(stage.keys("?"), [], "nothing of it is given up");
    let screen = stage.screen();
    for words in ["In a review", "a comment on this line", "Review auth", "any other key closes"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    stage.keys("esc");
    assert_eq!(stage.screen(), before);
}

#[test]
fn no_comment_is_lost_by_esc() {
    let (mut stage, ticket) = reviewing();
    judged(&mut stage, ticket, "clear");
    stage.keys("c");
    stage.writes("half a thought");
    stage.keys("esc");
    assert!(stage.screen().contains("not kept yet"), "{}", stage.screen());
    stage.keys("esc");
    stage.writes(" and the rest");
    stage.keys("esc enter");
    assert!(stage.screen().contains("┃ half a thought and the rest"), "{}", stage.screen());
    assert_eq!(stage.keys("esc"), []);
    assert!(stage.screen().contains("not sent yet, 1: enter sends"), "{}", stage.screen());
    assert_eq!(stage.keys("x"), [], "no other key throws them away");
    stage.keys("esc");
    stage.keys("c ctrl-u enter");
    assert!(!stage.screen().contains('┃'), "a comment without words is none");
    assert_eq!(stage.keys("esc"), [Request::LookAway], "there is nothing to lose");
}

#[test]
fn comments_are_dropped_by_a_clear_word_only() {
    let (mut stage, _) = reviewing();
    comments(&mut stage, "No");
    assert_eq!(stage.keys("esc d"), [Request::LookAway]);
    assert!(!stage.screen().contains("Review auth"), "{}", stage.screen());
    assert_eq!(stage.keys("j"), [], "the board has its keys again");
}

#[test]
fn a_patch_or_a_critic_that_cannot_be_had_says_why() {
    let mut stage = Stage::new(80, 24, &[workspace("auth", "idle", &json!({ "commits_ahead": 1 }))]);
    let wanted = stage.keys("r");
    let [Request::Do(ticket, _), Request::Look(look, _)] = wanted.as_slice() else { panic!("{wanted:?}") };
    let problem = api::Problem::new(api::ErrorCode::BadConfiguration, "its rules cannot be read");
    stage.hears(Event::Outcome(*ticket, Box::new(Err(problem))));
    stage.hears(Event::Looked(*look, Seen::Failed("its folder is gone".to_owned())));
    stage.hears(Event::Looked(Look(99), Seen::Text("+of another\n".to_owned())));
    let screen = stage.screen();
    assert!(screen.contains("the critic cannot say: its rules cannot be read"), "{screen}");
    assert!(screen.contains("its folder is gone") && !screen.contains("of another"), "{screen}");
}

#[test]
fn a_comment_is_on_the_nearest_line_that_takes_one() {
    let (mut stage, _) = reviewing();
    let here = |stage: &Stage| stage.screen().lines().find(|line| line.contains('▶')).unwrap().to_owned();
    assert!(here(&stage).contains("let sum = 0"), "it begins at the first: {}", stage.screen());
    stage.keys("g c");
    assert!(stage.screen().contains("On src/cart.rs:7"), "of the head of its file: {}", stage.screen());
    stage.keys("esc ] c");
    assert!(stage.screen().contains("On README.md:1"), "{}", stage.screen());
}

#[test]
fn comments_to_an_agent_that_has_ended_take_it_up_again() {
    let over = json!({ "commits_ahead": 1, "session": null });
    let mut stage = Stage::new(80, 24, &[workspace("auth", "exited", &over)]);
    let wanted = stage.keys("r");
    let [Request::Do(..), Request::Look(look, _)] = wanted.as_slice() else { panic!("{wanted:?}") };
    stage.hears(Event::Looked(*look, Seen::Text(PATCH.to_owned())));
    stage.hears(Event::Looked(*look, Seen::End));
    assert!(stage.screen().contains("Its session has ended: with your comments"), "{}", stage.screen());
    comments(&mut stage, "Why?");
    let wanted = stage.keys("enter");
    let [Request::Do(ticket, deed), Request::LookAway] = wanted.as_slice() else { panic!("{wanted:?}") };
    let Deed::Resume(resume) = &**deed else { panic!("{deed:?}") };
    assert_eq!(resume.workspace.name, "/repos/shop-auth");
    assert!(resume.message.as_ref().unwrap().contains("src/cart.rs:7"), "{resume:?}");
    // What could not be taken up keeps its words.
    let problem = api::Problem::new(api::ErrorCode::CannotResume, "it has no conversation");
    stage.hears(Event::Outcome(*ticket, Box::new(Err(problem))));
    stage.keys("esc");
    assert!(
        stage.screen().contains("Take auth up again") && stage.screen().contains("Why?"),
        "{}",
        stage.screen()
    );
}
