//! What must hold of any text that is copied into a workspace. The fuzz targets (`fuzz/`) and the bounded property run
//! (`environment_files`) try it.

use owt_core::AbsPath;
use owt_core::environment::IncludeRules;
use owt_core::environment::MovedPaths;

/// A private file with paths of the checkout in it: rewritten once, it has none of them left, and a second time nothing changes.
pub(crate) fn environment_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let path = |text: &str| AbsPath::new(text).expect("an absolute path");
    for (old, new) in [("/p/app", "/p/app-feat"), ("/p/app", "/p/app/.worktrees/x"), ("/p/app/sub", "/p/app")]
    {
        let moved = MovedPaths::new([path(old)], path(new));
        let once = moved.apply(&text);
        assert_eq!(moved.apply(&once), once, "twice is once");
        assert!(!moved.occurs_in(&once), "{old} is left in {once:?}");
        if !moved.occurs_in(&text) {
            assert_eq!(once, text, "nothing else changes");
        }
    }
}

/// Rules for what goes along: no pattern that is followed leads out of the checkout.
pub(crate) fn include_rules(bytes: &[u8]) {
    let rules = IncludeRules::parse(&String::from_utf8_lossy(bytes));
    for pattern in &rules.patterns {
        assert!(!pattern.split('/').any(|part| part == ".."), "{pattern:?} leads out");
    }
}
