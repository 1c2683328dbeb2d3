//! Real projects from the registries, a fresh clone each: their tests fail as they are cloned, and pass in a new
//! worktree without anybody's help.
//!
//! Where a registry or a toolchain is out of reach, the test prints why and is skipped.

mod clone;
mod go;
mod node;
mod python;
mod rust;
