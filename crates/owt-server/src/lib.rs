//! The API over a unix socket: principals, resources, streams.
