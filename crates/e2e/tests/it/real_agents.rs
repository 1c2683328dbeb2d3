//! The real Claude Code and the real Codex, started by the real `owt` in a clone of this very repository, asking the
//! scripted model on a network of nothing but loopback.
//!
//! Where the programs cannot be installed or no network namespace can be made, each test prints why and is skipped.

mod brought_along;
mod claude;
mod codex;
mod codex_acp;
mod context;
mod copilot;
mod deliveries;
mod droid;
mod first_run;
mod gemini;
mod hooks;
mod how_soon;
mod killed;
mod kilo;
mod opencode;
mod others;
mod persons_own;
mod pi;
mod providers;
mod qwen;
mod refusals;
mod resumed;
mod skill;
mod spending;
mod stage;
mod structured;
mod terminal_failures;
mod truth;
mod vibe;
mod wording;
mod workspace;
