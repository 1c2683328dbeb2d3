//! A second opinion as somebody has written it: a line of JSON among their last words, read as what it is.

use owt_core::critic::Opinion;
use owt_core::critic::Stand;
use serde::Deserialize;

/// More findings are left out.
const MOST_FINDINGS: usize = 20;

/// More of one finding is left out, in characters.
const MAX_FINDING: usize = 400;

/// As it is asked for.
pub(super) const FORM: &str =
    r#"{"verdict": "approve", "score": 0.9, "findings": ["src/main.rs:12: what should be looked at"]}"#;

/// The same as it is read.
#[derive(Deserialize)]
struct Said {
    verdict: Stand,
    score: f32,
    #[serde(default)]
    findings: Vec<String>,
}

/// The last one that somebody's words have, on a line of its own; `None`: they have none that could be understood.
pub(super) fn opinion_in(words: &str) -> Option<Opinion> {
    let lines = words.lines().rev().map(|line| line.trim_matches(|it: char| it.is_whitespace() || it == '`'));
    let mut said =
        lines.filter(|line| line.starts_with('{')).filter_map(|line| serde_json::from_str(line).ok());
    of(said.next()?)
}

fn of(said: Said) -> Option<Opinion> {
    let bounded = |finding: String| finding.chars().take(MAX_FINDING).collect();
    Some(Opinion {
        stand: said.verdict,
        score: percent(said.score)?,
        findings: said.findings.into_iter().take(MOST_FINDINGS).map(bounded).collect(),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between 0 and 1, so that this is between 0 and 100"
)]
fn percent(share: f32) -> Option<u8> {
    (0.0..=1.0).contains(&share).then(|| (share * 100.0).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_its_form_is_the_opinion() {
        let first = r#"{"verdict": "approve", "score": 1}"#;
        let last = r#"{"verdict": "deny", "score": 0.25, "findings": ["a"]}"#;
        let opinion = Opinion { stand: Stand::Deny, score: 25, findings: vec!["a".to_owned()] };
        assert_eq!(opinion_in(&format!("{first}\nBut:\n`{last}`\n")), Some(opinion));
        assert!(opinion_in(FORM).is_some());
    }

    #[test]
    fn what_is_no_opinion_is_none() {
        let far = r#"{"verdict":"approve","score":7}"#;
        for words in ["", "fine", "{}", r#"{"verdict":"maybe","score":1}"#, far] {
            assert_eq!(opinion_in(words), None, "{words}");
        }
    }
}
