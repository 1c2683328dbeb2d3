//! How long a command takes to begin: bounds that only a blunder breaks; `cargo xtask bench` measures.

use std::time::Duration;
use std::time::Instant;

use crate::sealed::Sealed;
use crate::sealed::Staged;

/// Far above what it takes (a few milliseconds), so that a busy machine does not fail the test.
const BLUNDER: Duration = Duration::from_millis(500);

fn best(mut run: impl FnMut()) -> Duration {
    let timed = |_| {
        let began = Instant::now();
        run();
        began.elapsed()
    };
    (0..10).map(timed).min().unwrap()
}

#[test]
fn commands_begin_at_once() {
    let staged = Staged::new();
    let version = best(|| assert_eq!(staged.run(&["version"]).code, 0));
    let list = best(|| assert_eq!(staged.run(&["list", "--json"]).code, 0));
    let session = Sealed::new().with("OWT_ATTEMPT", "att_1").with("OWT_TOKEN", "t");
    let hook =
        best(|| assert_eq!(session.run(&["hook", "--agent", "claude", "--event", "Stop", "{}"]).code, 0));
    println!("version {version:?}, warm list {list:?}, hook without server {hook:?}");
    assert!(version < BLUNDER && list < BLUNDER && hook < BLUNDER, "{version:?} {list:?} {hook:?}");
}
