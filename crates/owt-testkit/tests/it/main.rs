//! The scripted model, the scripted agent and the lab, tried as their users will use them.
#![expect(clippy::unwrap_used, reason = "a test's way of failing is to panic; helpers of tests too")]

mod exchange;
mod lab;
mod model;
mod model_apis;
mod real_agents;
mod repository;
mod scripted_agent;
mod skipped;
