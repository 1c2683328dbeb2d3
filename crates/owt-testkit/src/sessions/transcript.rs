//! The output of a fake terminal as lines: fake programs print plain text, so a line has settled when it has ended.

use owt_core::AttemptId;
use owt_ports::Omitted;
use owt_ports::SessionError;
use owt_ports::Stream;
use owt_ports::Transcript;

use super::world::World;

pub(super) struct FakeTranscript {
    world: World,
    attempt: AttemptId,
    at: u64,
    begun: String,
}

impl FakeTranscript {
    pub(super) const fn new(world: World, attempt: AttemptId) -> Self {
        Self { world, attempt, at: 0, begun: String::new() }
    }
}

impl Transcript for FakeTranscript {
    fn news(&mut self) -> Result<Vec<String>, SessionError> {
        let page = self.world.read_log(self.attempt, Stream::Output, self.at, usize::MAX);
        self.at = page.next;
        let text = String::from_utf8_lossy(&page.bytes).into_owned();
        let mut lines: Vec<String> = format!("{}{text}", self.begun).split('\n').map(str::to_owned).collect();
        self.begun = lines.pop().unwrap_or_default();
        Ok(lines.into_iter().map(|line| line.trim_end().to_owned()).collect())
    }

    fn rest(&mut self) -> Result<Vec<String>, SessionError> {
        let mut lines = self.news()?;
        let last = std::mem::take(&mut self.begun);
        lines.extend((!last.is_empty()).then_some(last));
        Ok(lines)
    }

    fn omitted(&self) -> Omitted {
        Omitted::default()
    }
}
