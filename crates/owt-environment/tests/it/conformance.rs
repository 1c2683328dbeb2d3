//! The port's own suite, on this machine.

use std::any::Any;
use std::fs;
use std::net::TcpListener;

use owt_core::AbsPath;
use owt_core::environment::PortBlock;
use owt_environment::WorktreeEnvironments;
use owt_ports::Environments;
use owt_testkit::environment_conformance::World as Machine;
use owt_testkit::environment_conformance::assert_conforms;

use crate::world::World;
use crate::world::environment;
use crate::world::write;

impl Machine for World {
    fn port(&self) -> &dyn Environments {
        &WorktreeEnvironments
    }

    fn home(&self) -> AbsPath {
        self.home.clone()
    }

    fn write(&self, file: &AbsPath, text: &str) {
        write(file, text.as_bytes());
    }

    fn read(&self, file: &AbsPath) -> Option<String> {
        fs::read_to_string(file).ok()
    }

    fn lead_out(&self, link: &AbsPath) {
        std::os::unix::fs::symlink("/etc/hosts", link).unwrap();
    }

    fn listen(&self) -> (u16, Box<dyn Any>) {
        loop {
            let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            if PortBlock::new(port).is_ok() {
                return (port, Box::new(listener));
            }
        }
    }

    fn search_path(&self) -> String {
        environment()["PATH"].clone()
    }
}

#[test]
fn it_conforms() {
    assert_conforms(World::new);
}
