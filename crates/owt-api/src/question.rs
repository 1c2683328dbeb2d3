//! What an agent asks its person.

use serde::Deserialize;
use serde::Serialize;

/// What the agent asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingQuestion {
    /// The program's id of the request.
    pub request: String,
    /// The tool, or `question`.
    pub tool: String,
    /// What it wants to do, or to know, in words.
    pub summary: String,
    /// All of what it wants to do, in lines, where the summary does not say it; what is longer than 16,000 characters says
    /// how much it leaves out.
    #[serde(default)]
    pub detail: Option<String>,
    /// What it asks in words; none when it asks for permission.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// The command that answers it.
    #[serde(default)]
    pub answer: String,
}

/// A question of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The question.
    pub text: String,
    /// The agent's short name of it.
    pub header: Option<String>,
    /// The answers that it offers.
    pub options: Vec<Choice>,
    /// Whether several of them may be chosen.
    pub multi_select: bool,
    /// Whether other words are an answer, too.
    pub free_text: bool,
}

/// An answer that is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its words.
    pub label: String,
    /// What it means.
    pub description: Option<String>,
}
