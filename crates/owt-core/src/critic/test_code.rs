//! What in a repository are tests.

/// Folders that hold tests.
const FOLDERS: &[&str] = &["test", "tests", "__tests__", "spec", "specs", "e2e"];

/// What begins a test in a line.
const BEGINS: &[&str] = &[
    "#[test]",
    "#[tokio::test",
    "def test_",
    "it(",
    "test(",
    "it.each(",
    "func Test",
    "@Test",
    "[Fact]",
    "[Test]",
    "TEST(",
    "TEST_F(",
];

/// What switches a test off.
const SWITCHES_OFF: &[&str] = &[
    "#[ignore",
    "@pytest.mark.skip",
    "@unittest.skip",
    "pytest.skip(",
    "it.skip(",
    "test.skip(",
    "describe.skip(",
    "xit(",
    "xdescribe(",
    "t.Skip(",
    "@Disabled",
    "@Ignore",
];

/// Whether a file is made of tests.
pub(super) fn is_test(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem).to_ascii_lowercase();
    let lower = name.to_ascii_lowercase();
    folders.split('/').any(|folder| FOLDERS.contains(&folder))
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_spec")
        || lower.contains(".test.")
        || lower.contains(".spec.")
        || matches!(stem.as_str(), "test" | "tests")
}

/// Whether a test begins in this line.
pub(super) fn begins_test(line: &str) -> bool {
    let line = line.trim_start();
    BEGINS.iter().any(|begin| line.starts_with(begin))
}

/// What in this line switches a test off.
pub(super) fn switches_off(line: &str) -> Option<&'static str> {
    let line = line.trim_start();
    SWITCHES_OFF.iter().find(|word| line.starts_with(**word)).copied()
}
