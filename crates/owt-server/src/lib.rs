//! The API over a unix socket: principals, resources, streams.

mod service;

pub use service::Caller;
pub use service::Gone;
pub use service::LogSink;
pub use service::Service;
pub use service::SharedService;
