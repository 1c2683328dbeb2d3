//! The queue shipped by a person before the board.

use owt_testkit::lab::Seat;

use super::*;

#[test]
fn a_person_ships_the_queue_follows_it_and_calls_it_off_from_the_board() {
    let sealed = house();
    let app = checked(&sealed, HELD);
    for name in ["one", "bad"] {
        finish(&app, name);
    }
    let before = tip(&app, "main");
    let mut seat = Seat::take(app.command(&[]), 30, 110);
    seat.until_shown("READY TO SHIP 2");
    seat.types("S");
    seat.until_shown("This would land in main, in this order");
    seat.until_shown("bad (1 commit): ");
    seat.until_shown("1 one (1 commit): ");
    assert_eq!(tip(&app, "main"), before, "looking ahead moves nothing");
    seat.types("y");
    seat.until_shown("landing 0/2, checking");
    // Whoever comes later sees it, too.
    seat.types("S");
    seat.until_shown("The queue is landing");
    seat.until_shown("in the train: being checked");
    go(&sealed);
    seat.until_shown("one has landed");
    seat.until_shown("all that the checks printed is in");
    seat.types("\u{1b}");
    seat.until("the board", |screen| !screen.contents().contains("The queue has landed"));
    assert_eq!(app.read("one.txt"), "one\n");
    assert!(!app.root.join("bad.txt").exists());

    // What has landed comes into what stays behind.
    let is_selected =
        |line: &str| line.starts_with('▶') && line.contains("bad") && !line.contains("waits for");
    seat.until("what stays", |screen| screen.contents().lines().any(is_selected));
    seat.means("U", "commits of main would come in, without a conflict.");
    assert!(!app.workspace("bad").root.join("one.txt").exists(), "looking ahead brings nothing in");
    seat.types("y");
    seat.until("the news", |screen| {
        screen.contents().contains("bad got ") && screen.contents().contains("of main")
    });
    assert_eq!(app.workspace("bad").read("one.txt"), "one\n");

    fs::remove_file(sealed.record("go")).unwrap();
    app.data(&["delete", "bad", "--force", "--yes"]);
    finish(&app, "two");
    let before = tip(&app, "main");
    seat.until_shown("READY TO SHIP 1");
    seat.types("S");
    seat.until_shown("two (1 commit): ");
    seat.types("y");
    seat.until_shown("landing 0/1, checking two");
    seat.types("S");
    seat.until_shown("c call it off");
    seat.types("c");
    seat.until_shown("two: it was called off");
    assert_eq!(tip(&app, "main"), before);
    seat.types("\u{1b}");
    seat.until("the board", |screen| !screen.contents().contains("it was called off"));
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
}
