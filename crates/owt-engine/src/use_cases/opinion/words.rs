//! A second opinion as somebody has written it: the last line of their last words, one of JSON, read as what it is.

use owt_core::critic::Opinion;
use owt_core::critic::Stand;
use owt_core::vcs::ObjectId;
use serde::Deserialize;

/// More findings are left out.
pub(super) const MOST_FINDINGS: usize = 10;

/// More of one finding is left out, in characters.
pub(super) const MAX_FINDING: usize = 200;

/// So much of a commit's name tells which one is meant.
const SHORT: usize = 12;

/// As it is asked for; itself it is none, so that whoever repeats what they were asked has said nothing.
pub(super) fn form(commit: &ObjectId) -> String {
    format!(
        r#"{{"commit": "{}", "verdict": VERDICT, "score": SCORE, "findings": ["src/main.rs:12: what should be looked at"]}}"#,
        short(commit)
    )
}

/// The beginning of a commit's name.
pub(super) fn short(commit: &ObjectId) -> &str {
    commit.as_str().get(..SHORT).unwrap_or(commit.as_str())
}

/// The same as it is read.
#[derive(Deserialize)]
struct Said {
    commit: String,
    verdict: Stand,
    score: f32,
    #[serde(default)]
    findings: Vec<String>,
}

/// The one of this commit that somebody's words end with; `None`: they end with nothing that could be understood. No other line
/// counts: it may be one that they quote. Nor does one that says nothing of the commit: what is judged cannot know its own name.
pub(super) fn opinion_in(words: &str, commit: &ObjectId) -> Option<Opinion> {
    let lines = words.lines().rev().map(|line| line.trim_matches(|it: char| it.is_whitespace() || it == '`'));
    let last = lines.into_iter().find(|line| !line.is_empty())?;
    let said: Said = serde_json::from_str(last).ok()?;
    let is_meant = said.commit.len() >= SHORT && commit.as_str().starts_with(&said.commit);
    is_meant.then(|| of(said)).flatten()
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

    fn commit() -> ObjectId {
        ObjectId::new("0123456789".repeat(4)).unwrap()
    }

    fn said(verdict: &str) -> String {
        format!(r#"{{"commit": "0123456789012", "verdict": "{verdict}", "score": 0.25, "findings": ["a"]}}"#)
    }

    #[test]
    fn what_words_end_with_is_the_opinion() {
        let opinion = Opinion { stand: Stand::Deny, score: 25, findings: vec!["a".to_owned()] };
        for words in [
            format!("{}\nBut:\n`{}`\n", said("approve"), said("deny")),
            format!("```json\n{}\n```\n\n", said("deny")),
        ] {
            assert_eq!(opinion_in(&words, &commit()).as_ref(), Some(&opinion), "{words}");
        }
    }

    #[test]
    fn what_somebody_quotes_is_not_their_own_opinion() {
        let unreadable = r#"{"verdict": "deny", "score": 0, "findings": [{"file": "a"}]}"#;
        for end in [unreadable, "I am against it.", "{\n\"verdict\": \"deny\"\n}", &form(&commit())] {
            let words = format!("The file says:\n{}\n{end}", said("approve"));
            assert_eq!(opinion_in(&words, &commit()), None, "{words}");
        }
    }

    #[test]
    fn what_is_no_opinion_is_none() {
        let far = r#"{"commit":"012345678901","verdict":"approve","score":7}"#;
        let maybe = r#"{"commit":"012345678901","verdict":"maybe","score":1}"#;
        let of_another = r#"{"commit":"112345678901","verdict":"approve","score":1}"#;
        let of_any = r#"{"commit":"","verdict":"approve","score":1}"#;
        let of_none = r#"{"verdict":"approve","score":1}"#;
        for words in ["", "fine", "{}", maybe, far, of_another, of_any, of_none] {
            assert_eq!(opinion_in(words, &commit()), None, "{words}");
        }
    }
}
