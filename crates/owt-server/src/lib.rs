//! The API over a unix socket: principals, resources, streams.
//!
//! This room carries requests to a [`Service`] and its answers back. It knows who asks ([`Caller`]), how many may
//! ask at once and when to end; it must not know what an answer means, and nothing of git, terminals or rows.
//!
//! The way of a request: [`socket`] and [`instance`] make sure that this is the one server, [`server`] accepts,
//! [`connection`] learns who the peer is, [`entrance`] checks protocol and names the request, a file of
//! [`routes`] hands it to the [`desk`], which calls the service on one of a bounded number of threads.

mod connection;
mod desk;
mod door;
mod engine_service;
mod entrance;
mod gone;
mod idle;
mod instance;
mod principal;
mod pull_requests;
mod refusal;
mod routes;
mod server;
mod service;
mod socket;
mod stop;
mod tasks;

pub use engine_service::Database;
pub use engine_service::EngineService;
pub use engine_service::database_backup;
pub use engine_service::database_health;
pub use engine_service::status_on_the_wire;
pub use instance::Held;
pub use instance::Instance;
pub use instance::InstanceError;
pub use instance::Patience;
pub use principal::require_person;
pub use pull_requests::PullRequests;
pub use server::ServeError;
pub use server::ServerOptions;
pub use server::serve;
pub use service::Call;
pub use service::Caller;
pub use service::ConflictsSink;
pub use service::DiffSink;
pub use service::Gone;
pub use service::LogSink;
pub use service::ResumeSink;
pub use service::ScreenSink;
pub use service::Service;
pub use service::SharedService;
pub use service::TrainSink;
pub use service::WatchSink;
pub use socket::SOCKET_PATH_LIMIT;
pub use socket::SocketError;
pub use socket::bind;
pub use stop::StopReason;
