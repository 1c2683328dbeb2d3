//! Where a pane of the person's own stands, and how large it is.

use std::fmt;
use std::str::FromStr;

use owt_core::pane::PanePercent;

use super::SettingValue;

/// How much of the agent's pane another one takes: `30%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaneSize(pub PanePercent);

/// It is no size of a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("from 10% to {}%: the agent needs the rest", PanePercent::MOST)]
pub struct WrongSize;

impl FromStr for PaneSize {
    type Err = WrongSize;

    fn from_str(text: &str) -> Result<Self, WrongSize> {
        let number = text.strip_suffix('%').unwrap_or(text).trim();
        number.parse().ok().and_then(PanePercent::new).map(Self).ok_or(WrongSize)
    }
}

impl fmt::Display for PaneSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0.get())
    }
}

impl SettingValue for PaneSize {
    const EXPECTS: &'static str = "a part of the agent's pane, such as \"30%\"";
    const EXAMPLES: &'static [&'static str] = &["30%", "50%"];
}
