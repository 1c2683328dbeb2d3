//! End-to-end tests of the `owt` binary; everything is in `tests/it`.
