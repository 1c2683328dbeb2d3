//! owt-environment against real files, real processes and real package managers.
#![expect(clippy::unwrap_used, reason = "a test's way of failing is to panic, in what its tests share too")]

mod caches;
mod conformance;
mod ecosystems;
mod furnishing;
mod installing;
mod reflinks;
mod world;
