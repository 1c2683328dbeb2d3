//! The store on a real disk: the contract, and what a real machine does to a file.

mod bench;
mod conformance;
