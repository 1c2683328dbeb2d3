//! The same in a few marked lines, for agents that can be told nothing but their task: they stand before it.

use super::Briefing;
use super::Wanted;
use super::instructions;

/// How it begins, so that nobody takes it for the person's words.
pub const PREAMBLE_MARK: &str =
    "[owt] From owt, which started this session, and not from the person who wrote the task below:";

/// What stands between it and the task.
pub const TASK_MARK: &str = "[owt] The task:";

impl Briefing<'_> {
    /// The lines, with an empty one at their end.
    pub fn preamble(&self) -> String {
        // A way of working that the person chose is told whole.
        let mut way = String::new();
        if self.manner.is_some() {
            self.write_way(&mut way);
        }
        let steps = match self.wanted {
            _ if self.manner.is_some() => None,
            Wanted::Work { .. } => self.last_step(),
            Wanted::Plan => Some("Read and plan; change nothing."),
            Wanted::Nothing => None,
        };
        let place = self.place();
        let lines = [place.as_str()].into_iter().chain(steps).map(str::to_owned);
        let lines: Vec<String> =
            lines.chain(self.surroundings.lines()).map(|line| format!("- {line}\n")).collect();
        // So is what is the person's own, and what the person asked it to be told.
        let mut results = String::new();
        instructions::write_all(&self.instructions, &mut results);
        self.results.write(&mut results);
        format!("{PREAMBLE_MARK}\n{}{way}{results}{TASK_MARK}\n\n", lines.concat())
    }
}
