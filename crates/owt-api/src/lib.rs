//! The wire contract: requests, responses, events, error codes.
