//! Typed client of the API over the unix socket.
