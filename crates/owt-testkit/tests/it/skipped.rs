//! What a test does on a machine that lacks what it needs.

use owt_testkit::lab::Unavailable;

/// Says why a test proves nothing here.
#[expect(clippy::print_stderr, reason = "the person who runs the tests must see what was left out")]
pub(crate) fn skip(reason: &Unavailable) {
    eprintln!("skipped: {reason}");
}
