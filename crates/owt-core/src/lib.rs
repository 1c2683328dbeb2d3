//! Domain values and pure state machines.
