//! A person who is new to it, with only the screen: what to press is read off the screen, or off `?`.

use owt_testkit::lab::Seat;

use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

/// Which key does something: as the foot of the screen has it, else as the help has it.
fn key(seat: &mut Seat, word: &str) -> String {
    if let Some(key) = at_the_foot(&seat.text(), word) {
        return key;
    }
    seat.types("?");
    seat.until_shown("any other key closes");
    let mut found = None;
    for _ in 0..12 {
        found = in_the_help(&seat.text(), word);
        if found.is_some() {
            break;
        }
        seat.types("\u{1b}[6~");
    }
    let key = found.unwrap_or_else(|| panic!("the help does not say how to {word}:\n{}", seat.text()));
    seat.types("\u{1b}");
    seat.until("no help", |screen| !screen.contents().contains("any other key closes"));
    key
}

/// `y allow  N deny  ...`
fn at_the_foot(screen: &str, word: &str) -> Option<String> {
    let words: Vec<&str> = screen.trim_end().lines().last()?.split_whitespace().collect();
    let at = words.windows(2).position(|pair| pair[1] == word)?;
    Some(words[at].to_owned())
}

/// `│ j, down   down   the next workspace │`
fn in_the_help(screen: &str, word: &str) -> Option<String> {
    screen.lines().flat_map(|line| line.split('│')).find_map(|told| {
        let words: Vec<&str> = told.split_whitespace().collect();
        let (keys, rest) = words.split_at(words.iter().position(|it| !it.ends_with(','))? + 1);
        (rest.len() > 1 && rest[0] == word).then(|| keys[0].trim_end_matches(',').to_owned())
    })
}

/// The letter before these words in what lies over the board, of which the first lines may be there before the others.
fn way(seat: &mut Seat, words: &str) -> String {
    seat.until_shown(words);
    let text = seat.text();
    let line = text
        .lines()
        .find(|line| line.contains(words))
        .unwrap_or_else(|| panic!("no way to {words}:\n{text}"));
    line.split(words).next().unwrap().trim().trim_start_matches('│').trim().to_owned()
}

/// Does what the word says.
fn does(seat: &mut Seat, word: &str) {
    let key = key(seat, word);
    seat.types(match key.as_str() {
        "enter" => "\r",
        key => key,
    });
}

fn starts(seat: &mut Seat, task: &str) {
    does(seat, "new");
    seat.until_shown("What should be done?");
    seat.types(task);
    for (part, picked, note) in
        [("agent", "demo", "the demo agent"), ("session", "structured", "answered by a key")]
    {
        picks(seat, part, picked, note);
    }
    seat.types("\r");
    seat.until("it to start", |screen| screen.contents().contains("starts with"));
}

/// `agent     claude  (alt-a)`
fn picks(seat: &mut Seat, part: &str, picked: &str, note: &str) {
    let leads_there = |line: &&str| line.contains(part) && line.contains("(alt-");
    seat.until(part, |screen| screen.contents().lines().any(|line| leads_there(&line)));
    let text = seat.text();
    let line = text.lines().find(leads_there).expect("it was there a moment ago");
    let letter = line.split("(alt-").nth(1).unwrap().chars().next().unwrap();
    seat.types(format!("\u{1b}{letter}"));
    seat.until_shown(note);
    seat.types(format!("{picked}\r"));
    seat.until(picked, |screen| !screen.contents().contains(note) && screen.contents().contains(picked));
}

fn finds(seat: &mut Seat, name: &str) {
    does(seat, "find");
    seat.until_shown("Find a workspace");
    seat.types(format!("{name}\r"));
    let is_selected = |line: &str| line.starts_with('▶') && line.contains(name);
    seat.until(name, |screen| screen.contents().lines().any(is_selected));
}

#[test]
fn a_person_new_to_it_finds_every_step_on_the_screen() {
    let sealed = Sealed::new();
    sealed.configure("permissions = \"edits\"\n");
    let app = sealed.repository("app");
    let mut seat = Seat::take(app.command(&[]), 36, 120);
    seat.until_shown("No workspaces yet.");

    // Three tasks.
    starts(&mut seat, "Rename the greeting [[demo:ask]]");
    starts(&mut seat, "Write docs");
    starts(&mut seat, "Speed up the search [[demo:stall]]");

    // A permission: what is asked is read, then allowed, as often as it asks.
    for what in ["Write", "git commit"] {
        finds(&mut seat, "greeting");
        let is_asked = |line: &str| line.starts_with('▶') && line.contains(what);
        seat.until(what, |screen| screen.contents().lines().any(is_asked));
        does(&mut seat, "answer");
        seat.until_shown("asks for permission");
        let allow = way(&mut seat, "allow");
        seat.types(allow);
        seat.until_shown("was answered");
    }
    let greeting = name_of(&app, "greeting");
    app.until_status(&greeting, "idle");

    // A review with a comment, which the agent hears and works on.
    seat.until_shown("READY TO SHIP 2");
    finds(&mut seat, "greeting");
    does(&mut seat, "review");
    seat.until_shown("@@ ");
    seat.until_shown("c comment");
    seat.types("}jc");
    seat.until_shown("enter keeps it");
    seat.types("Say it with more warmth\r");
    seat.until_shown("enter sends 1");
    seat.types("\r");
    seat.until_shown("message · ");
    let commits = || app.workspace(&greeting).git(&["rev-list", "--count", "main..HEAD"]);
    until("the agent to work on the comment, too", || commits() == "2");
    let has_heard = || {
        let shown = app.data(&["show", &greeting]);
        let told = shown["deliveries"].as_array().unwrap().iter();
        told.filter(|it| it["state"] == "observed").count() == 2 && shown["status"] == "idle"
    };
    until("the comment to be known as heard", has_heard);

    // One is shipped, and taken back.
    let docs = name_of(&app, "docs");
    let before = app.git(&["rev-parse", "main"]);
    finds(&mut seat, "docs");
    does(&mut seat, "ship");
    seat.until_shown("would land in main");
    assert_eq!(app.git(&["rev-parse", "main"]), before);
    let ship = way(&mut seat, "ship it");
    seat.types(ship);
    seat.until_shown(&format!("{docs} has landed in main"));
    assert_ne!(app.git(&["rev-parse", "main"]), before);
    does(&mut seat, "undo");
    seat.until_shown("Take back the landing of");
    let back = way(&mut seat, "take it back");
    seat.types(back);
    seat.until_shown("is taken back");
    assert_eq!(app.git(&["rev-parse", "main"]), before);

    // The rest is stopped.
    for name in ["search", "greeting"] {
        finds(&mut seat, name);
        does(&mut seat, "stop");
        seat.until_shown("y stop it");
        let stop = way(&mut seat, "stop it");
        seat.types(stop);
        let all_of_it = name_of(&app, name);
        seat.until_shown(&format!("the session of {all_of_it} has ended"));
    }
    let all = app.data(&["list"]);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 3, "{all:#?}");
    assert!(all.iter().all(|it| it["name"] == docs.as_str() || it["session"].is_null()), "{all:#?}");
    does(&mut seat, "quit");
    assert_eq!(seat.until_ended().code(), Some(0));
    assert_eq!(app.git(&["rev-parse", "main"]), before);
    assert_eq!(app.git(&["status", "--porcelain"]), "", "the person's checkout is as it was");
}

/// The workspace whose name has this word.
fn name_of(app: &Project<'_>, word: &str) -> String {
    let all = app.data(&["list"]);
    let names = all.as_array().unwrap().iter().filter_map(|it| it["name"].as_str());
    names.into_iter().find(|name| name.contains(word)).unwrap_or_else(|| panic!("no {word}")).to_owned()
}
