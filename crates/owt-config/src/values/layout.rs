//! What a session's window shows beside the agent.

use std::fmt;
use std::str::FromStr;

use super::SettingValue;

/// The most that stands beside an agent.
const MOST: usize = 4;

/// The agent, and what stands beside it in its window: `agent+shell+tests`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout(Vec<LayoutPart>);

/// One thing beside the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LayoutPart {
    /// The person's shell.
    Shell,
    /// The repository's tests.
    Tests,
    /// The person's own table of this name, `[tmux.panes.NAME]`.
    Own(String),
}

/// Why a text is no layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongLayout {
    /// It does not begin with the agent.
    #[error("it begins with 'agent', and what stands beside it follows after '+'")]
    Agent,
    /// A part is empty, or no name.
    #[error("a name consists of letters, digits, '-' and '_'")]
    Name,
    /// The same twice.
    #[error("the same twice")]
    Twice,
    /// No window has room for it.
    #[error("at most {MOST} panes stand beside the agent")]
    TooMany,
}

impl Layout {
    /// What stands beside the agent, in order.
    pub fn beside(&self) -> &[LayoutPart] {
        &self.0
    }
}

impl FromStr for Layout {
    type Err = WrongLayout;

    fn from_str(text: &str) -> Result<Self, WrongLayout> {
        let mut parts = text.split('+').map(str::trim);
        if parts.next() != Some("agent") {
            return Err(WrongLayout::Agent);
        }
        let mut beside = Vec::new();
        for name in parts {
            let part = part(name)?;
            if beside.contains(&part) {
                return Err(WrongLayout::Twice);
            }
            beside.push(part);
        }
        if beside.len() > MOST { Err(WrongLayout::TooMany) } else { Ok(Self(beside)) }
    }
}

fn part(name: &str) -> Result<LayoutPart, WrongLayout> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    match name {
        "shell" => Ok(LayoutPart::Shell),
        "tests" => Ok(LayoutPart::Tests),
        "" | "agent" => Err(WrongLayout::Name),
        name if name.chars().all(is_name) => Ok(LayoutPart::Own(name.to_owned())),
        _ => Err(WrongLayout::Name),
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("agent")?;
        self.0.iter().try_for_each(|part| match part {
            LayoutPart::Shell => f.write_str("+shell"),
            LayoutPart::Tests => f.write_str("+tests"),
            LayoutPart::Own(name) => write!(f, "+{name}"),
        })
    }
}

impl SettingValue for Layout {
    const EXPECTS: &'static str = "a layout: \"agent\" and what stands beside it, such as \"agent+shell\"";
    const EXAMPLES: &'static [&'static str] = &["agent+shell", "agent+tests", "agent+shell+tests", "agent"];

    fn refused_in_repository(&self) -> Option<&'static str> {
        let has_own = self.0.iter().any(|part| matches!(part, LayoutPart::Own(_)));
        has_own.then_some(
            "a repository may put 'shell' and 'tests' beside the agent; your own panes are yours to choose",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_the_agent_and_a_few_things_beside_it() {
        for (text, expected) in [
            ("agent", Ok("agent")),
            ("agent + shell", Ok("agent+shell")),
            ("agent+tests+dev-1", Ok("agent+tests+dev-1")),
            ("shell", Err(WrongLayout::Agent)),
            ("single", Err(WrongLayout::Agent)),
            ("agent+", Err(WrongLayout::Name)),
            ("agent+agent", Err(WrongLayout::Name)),
            ("agent+a b", Err(WrongLayout::Name)),
            ("agent+shell+shell", Err(WrongLayout::Twice)),
            ("agent+a+b+c+d+e", Err(WrongLayout::TooMany)),
        ] {
            let read = text.parse::<Layout>().map(|layout| layout.to_string());
            assert_eq!(read, expected.map(str::to_owned), "{text}");
        }
        assert!("agent+mine".parse::<Layout>().unwrap().refused_in_repository().is_some());
        assert_eq!("agent+shell+tests".parse::<Layout>().unwrap().refused_in_repository(), None);
    }
}
