//! The engine over fake ports: simulated runs, who may do what, what a wait waits for.

mod simulation;
