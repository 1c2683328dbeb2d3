//! The real binary in sealed homes.
