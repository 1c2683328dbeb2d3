//! Find, layer and validate configuration; every value knows where it came from.
