//! Settings with a handful of values.

use std::fmt;
use std::str::FromStr;

use super::SettingValue;

/// No value of a setting with few; the message for a person is made where the values are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such value")]
pub struct UnknownWord;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $expects:literal { $($(#[$value_doc:meta])* $value:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $name {
            /// The word in configuration files and on the command line.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$value),)+
                    _ => Err(UnknownWord),
                }
            }
        }

        impl SettingValue for $name {
            const EXPECTS: &'static str = $expects;
            const WORDS: &'static [&'static str] = &[$($word),+];
            const EXAMPLES: &'static [&'static str] = Self::WORDS;
        }
    };
}

words! {
    /// Where a person's sessions live.
    Backend, "a session backend" {
        /// Our own tmux server where tmux is installed, else a terminal that the session's host keeps.
        Auto = "auto",
        /// Our own tmux server.
        Tmux = "tmux",
        /// A terminal that the session's host keeps.
        Pty = "pty",
    }
}

words! {
    /// When the packages of a new worktree are installed.
    InstallTime, "a time for installing packages" {
        /// Before the agent starts.
        Before = "before",
        /// While the agent works.
        Background = "background",
        /// Not at all.
        Off = "off",
    }
}

words! {
    /// On which side of an agent a pane stands.
    Split, "a side" {
        /// To its right.
        Right = "right",
        /// Below it.
        Below = "below",
    }
}

words! {
    /// Whether something is done.
    Switch, "a switch" {
        /// It is.
        On = "on",
        /// It is not.
        Off = "off",
    }
}

words! {
    /// Whether `ship` makes pull requests.
    PullRequests, "a word for pull requests" {
        /// It does.
        Auto = "auto",
        /// It lands.
        Off = "off",
    }
}

words! {
    /// The form of a webhook's body.
    WebhookForm, "a form" {
        /// Every fact as a field.
        Owt = "owt",
        /// What Slack takes, and whoever speaks like it.
        Slack = "slack",
    }
}

words! {
    /// The colours of the terminal interface.
    Theme, "a theme" {
        /// As the terminal's background is.
        Auto = "auto",
        /// For dark backgrounds.
        Dark = "dark",
        /// For light backgrounds.
        Light = "light",
        /// For dark backgrounds, with the terminal's own sixteen colours.
        DarkAnsi = "dark-ansi",
        /// For light backgrounds, with the terminal's own sixteen colours.
        LightAnsi = "light-ansi",
    }
}

words! {
    /// Whether agents are told anything besides their task.
    Context, "what agents are told" {
        /// Where they stand, how to go about the task, how the repository is tested.
        Full = "full",
        /// Nothing.
        Off = "off",
    }
}
