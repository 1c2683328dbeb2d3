//! What an agent thinks of work before it lands: a second opinion beside the rules, never in their place.

use serde::Deserialize;
use serde::Serialize;

/// What it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// It should land.
    Approve,
    /// It should not.
    Deny,
}

/// A second opinion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// What it comes to.
    pub stand: Stand,
    /// How good the work is, in hundredths.
    pub score: u8,
    /// What should be looked at.
    pub findings: Vec<String>,
}

impl Opinion {
    /// Whether the person should be asked before it lands: it denies, or finds the work worse than that.
    pub fn is_doubtful(&self, threshold: u8) -> bool {
        self.stand == Stand::Deny || self.score < threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_doubtful_where_it_denies_or_finds_it_worse_than_the_threshold() {
        let opinion = |stand, score| Opinion { stand, score, findings: Vec::new() };
        assert!(opinion(Stand::Deny, 100).is_doubtful(70));
        assert!(opinion(Stand::Approve, 69).is_doubtful(70));
        assert!(!opinion(Stand::Approve, 70).is_doubtful(70));
    }
}
