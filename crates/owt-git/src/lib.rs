//! Typed git over porcelain and exit codes.
