//! The tools that agents have begun to use and not finished: why an agent works, in its own words.
//!
//! Kept as long as the server listens, not in the journal: no status rests on it. An event stream that is read again
//! tells it again; of a hook the next report does.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_agents::events::AgentEvent;
use owt_core::AttemptId;
use owt_core::Timestamp;

/// More tools than an agent uses at once.
const MOST: usize = 256;

/// A tool that an agent uses now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTool {
    /// The program's own id of the call; the tool's name where it has none.
    pub call: String,
    /// The tool, in the agent's words.
    pub tool: String,
    /// What it is used on, in one line.
    pub summary: String,
    /// Since when.
    pub since: Timestamp,
}

impl OpenTool {
    fn has_no_id(&self) -> bool {
        self.call == self.tool
    }

    fn is_again(&self, told: &Self) -> bool {
        self.call == told.call && self.summary == told.summary
    }
}

/// The tools in use, by attempt.
#[derive(Default)]
pub(super) struct OpenTools {
    by_attempt: Mutex<HashMap<AttemptId, Vec<OpenTool>>>,
}

impl OpenTools {
    fn lock(&self) -> MutexGuard<'_, HashMap<AttemptId, Vec<OpenTool>>> {
        self.by_attempt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A tool is being used; told twice, since the first time.
    pub(super) fn open(&self, id: AttemptId, tool: OpenTool) {
        let mut all = self.lock();
        let open = all.entry(id).or_default();
        if tool.has_no_id() {
            // Whoever gives its calls no ids need not tell of the end of one that failed (Droid 0.215.0): the next one does.
            open.retain(|known| !known.has_no_id() || known.is_again(&tool));
        }
        if open.len() < MOST && open.iter().all(|known| known.call != tool.call) {
            open.push(tool);
        }
    }

    /// The use of a tool is over.
    pub(super) fn close(&self, id: AttemptId, call: &str) {
        if let Some(open) = self.lock().get_mut(&id) {
            open.retain(|tool| tool.call != call);
        }
    }

    /// The turn is over, or nobody listens any more: nothing is in use.
    pub(super) fn close_all(&self, id: AttemptId) {
        self.lock().remove(&id);
    }

    /// What an event stream says of tools.
    pub(super) fn hear(&self, id: AttemptId, event: &AgentEvent, at: Timestamp) {
        match event {
            AgentEvent::ToolCall { call, tool, summary, .. } => {
                let (call, tool, summary) = (call.clone(), tool.clone(), summary.clone());
                self.open(id, OpenTool { call, tool, summary, since: at });
            }
            AgentEvent::ToolResult { call, .. } => self.close(id, call),
            AgentEvent::TurnEnded { .. } => self.close_all(id),
            _ => {}
        }
    }

    /// The tools that an agent uses now, in the order in which it began to.
    pub(super) fn of(&self, id: AttemptId) -> Vec<OpenTool> {
        self.lock().get(&id).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: AttemptId = AttemptId::from_bits(1);

    fn tool(call: &str, since: i64) -> OpenTool {
        let since = Timestamp::from_millis(since);
        OpenTool { call: call.to_owned(), tool: "Bash".to_owned(), summary: "cargo test".to_owned(), since }
    }

    fn calls(tools: &OpenTools) -> Vec<(String, i64)> {
        tools.of(AGENT).iter().map(|tool| (tool.call.clone(), tool.since.as_millis())).collect()
    }

    #[test]
    fn what_is_begun_is_in_use_until_it_or_its_turn_is_over() {
        let tools = OpenTools::default();
        for (call, since) in [("a", 1), ("b", 2), ("a", 3)] {
            tools.open(AGENT, tool(call, since));
        }
        assert_eq!(calls(&tools), [("a".to_owned(), 1), ("b".to_owned(), 2)]);
        tools.close(AGENT, "a");
        tools.close(AGENT, "never begun");
        assert_eq!(calls(&tools), [("b".to_owned(), 2)]);
        assert_eq!(tools.of(AttemptId::from_bits(2)), []);
        tools.close_all(AGENT);
        assert_eq!(calls(&tools), []);
    }

    #[test]
    fn the_next_call_without_an_id_takes_the_place_of_one_whose_end_nobody_told() {
        let tools = OpenTools::default();
        let named = |name: &str, summary: &str, since| OpenTool {
            call: name.to_owned(),
            tool: name.to_owned(),
            summary: summary.to_owned(),
            since: Timestamp::from_millis(since),
        };
        tools.open(AGENT, tool("a", 1));
        tools.open(AGENT, named("Edit", "none.txt", 2));
        tools.open(AGENT, named("Edit", "none.txt", 3));
        assert_eq!(calls(&tools), [("a".to_owned(), 1), ("Edit".to_owned(), 2)]);
        tools.open(AGENT, named("Edit", "other.txt", 4));
        assert_eq!(calls(&tools), [("a".to_owned(), 1), ("Edit".to_owned(), 4)]);
        tools.open(AGENT, named("Execute", "make", 5));
        assert_eq!(calls(&tools), [("a".to_owned(), 1), ("Execute".to_owned(), 5)]);
    }

    #[test]
    fn an_agent_that_only_begins_tools_fills_no_memory() {
        let tools = OpenTools::default();
        for call in 0..2 * MOST {
            tools.open(AGENT, tool(&call.to_string(), 0));
        }
        assert_eq!(tools.of(AGENT).len(), MOST);
    }
}
