//! The fake against its suite, and what only a fake can do.

use std::any::Any;

use owt_core::AbsPath;
use owt_ports::Effort;
use owt_ports::EnvironmentError;
use owt_ports::Environments;

use super::FakeEnvironments;
use crate::crash::CrashPlan;
use crate::environment_conformance::World;
use crate::environment_conformance::assert_conforms;

struct Memory(FakeEnvironments);

/// Hangs up when it is dropped.
struct Line(FakeEnvironments, u16);

impl Drop for Line {
    fn drop(&mut self) {
        self.0.hang_up(self.1);
    }
}

impl World for Memory {
    fn port(&self) -> &dyn Environments {
        &self.0
    }

    fn home(&self) -> AbsPath {
        AbsPath::new("/machine").unwrap()
    }

    fn write(&self, file: &AbsPath, text: &str) {
        self.0.write(file, text);
    }

    fn read(&self, file: &AbsPath) -> Option<String> {
        self.0.read(file)
    }

    fn lead_out(&self, link: &AbsPath) {
        self.0.lead_out(link);
    }

    fn listen(&self) -> (u16, Box<dyn Any>) {
        self.0.listen(20_000);
        (20_000, Box::new(Line(self.0.clone(), 20_000)))
    }

    fn search_path(&self) -> String {
        String::new()
    }
}

#[test]
fn it_conforms() {
    assert_conforms(|| Memory(FakeEnvironments::new(CrashPlan::never())));
}

#[test]
fn a_crash_swallows_the_answer_and_keeps_what_was_done() {
    let plan = CrashPlan::at(2);
    let environments = FakeEnvironments::new(plan.clone());
    let place = AbsPath::new("/w").unwrap();
    assert_eq!(environments.free_space(&place), Err(EnvironmentError::Crashed));
    plan.revive();
    environments.write(&place.join("a"), "four");
    assert_eq!(environments.footprint(&place, Effort::Whatever).unwrap().exclusive, 4);
}
