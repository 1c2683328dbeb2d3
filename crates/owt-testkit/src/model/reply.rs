//! An answer in words of no API: the turn of a scenario, translated into the tools that the request offers.

use serde_json::Value;

use super::conversation::Conversation;
use super::conversation::fingerprint_of;
use super::schema;
use super::script::Turn;
use super::script::Usage;
use super::tools;

/// Characters that are counted as one token.
const CHARACTERS_A_TOKEN: usize = 4;

/// One block of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    Text(String),
    Call(Call),
}

/// A tool call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) input: CallInput,
}

/// A tool call's input.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum CallInput {
    Object(Value),
    Freeform(String),
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub(super) id: String,
    pub(super) model: String,
    pub(super) blocks: Vec<Block>,
    pub(super) usage: Usage,
}

impl Reply {
    /// The answer of a scenario's turn. `seed` makes its ids its own.
    pub(super) fn scripted(conversation: &Conversation, turn: &Turn, seed: &str) -> Self {
        let mut blocks: Vec<Block> = turn.say.iter().cloned().map(Block::Text).collect();
        for (index, call) in turn.calls.iter().enumerate() {
            let id = format!("{}_{index}", short(seed));
            blocks.push(match tools::translate(call, conversation) {
                Ok((name, input)) => Block::Call(Call { id, name, input }),
                Err(missing) => Block::Text(format!("scripted model: {missing}")),
            });
        }
        if blocks.is_empty() {
            blocks.push(Block::Text(String::new()));
        }
        Self::of(conversation, blocks, turn.usage, seed)
    }

    /// The canned answer of an auxiliary request: an instance of the schema it asks for, else a few words.
    pub(super) fn canned(conversation: &Conversation, seed: &str) -> Self {
        let text = conversation
            .answer_schema
            .as_ref()
            .map_or_else(|| "Scripted title".to_owned(), |schema| schema::instance(schema).to_string());
        Self::of(conversation, vec![Block::Text(text)], None, seed)
    }

    fn of(conversation: &Conversation, blocks: Vec<Block>, usage: Option<Usage>, seed: &str) -> Self {
        let usage = usage.unwrap_or_else(|| Usage {
            input: conversation.entries.iter().map(|entry| tokens(entry.text())).sum(),
            output: blocks.iter().map(|block| tokens(&block.text())).sum(),
        });
        Self { id: short(seed).to_owned(), model: conversation.model.clone(), blocks, usage }
    }

    /// Whether the agent is to run a tool and come back.
    pub(super) fn calls_tools(&self) -> bool {
        self.blocks.iter().any(|block| matches!(block, Block::Call(_)))
    }
}

impl Block {
    fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Call(Call { input: CallInput::Freeform(text), .. }) => text.clone(),
            Self::Call(Call { input: CallInput::Object(input), .. }) => input.to_string(),
        }
    }
}

fn tokens(text: &str) -> u64 {
    (text.len() / CHARACTERS_A_TOKEN + 1) as u64
}

/// An id of this request that no other request of the run has.
pub(super) fn seed(fingerprint: &str, sequence: u64) -> String {
    fingerprint_of(&format!("{fingerprint} {sequence}"))
}

fn short(seed: &str) -> &str {
    seed.get(..24).unwrap_or(seed)
}

/// A text in the pieces in which it is streamed: word by word, so that nothing is cut inside a character.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(' ')
}
