//! Fakes of every port, the scripted agent, the scripted model server, the sealed test environment.

pub mod crash;
