//! The types of settings: each parses from text, says what it expects, and knows what a repository may not say.

mod agent_choice;
mod background;
mod byte_limit;
mod commit_subject;
mod dollars;
mod layout;
mod model_price;
mod naming_pattern;
mod notices;
mod pane_place;
mod parallel;
mod path;
mod permissions;
mod port_range;
mod resolver;
mod share;
mod time_limit;
mod tries;
mod turn_limit;
mod words;

use std::fmt::Display;
use std::str::FromStr;

pub use agent_choice::AgentChoice;
pub use background::Background;
pub use background::Lightness;
pub use background::WrongBackground;
pub use byte_limit::ByteLimit;
pub use byte_limit::WrongAmount;
pub use commit_subject::CommitSubject;
pub use commit_subject::WrongSubject;
pub use dollars::Dollars;
pub use dollars::WrongDollars;
pub use layout::Layout;
pub use layout::LayoutPart;
pub use layout::WrongLayout;
pub use model_price::ModelPrice;
pub use model_price::WrongPrice;
pub use naming_pattern::NamingPattern;
pub use notices::SecretPlace;
pub use notices::SecretSource;
pub use notices::WebhookAddress;
pub use notices::is_web_address;
pub use pane_place::PaneSize;
pub use pane_place::WrongSize;
pub use parallel::Parallel;
pub use parallel::WrongParallel;
pub use path::BaseDirectory;
pub use path::ManifestFolder;
pub use path::NoHome;
pub use path::ProgramPath;
pub use path::WrongPath;
pub use resolver::Resolver;
pub use share::Share;
pub use share::WrongShare;
pub use time_limit::TimeLimit;
pub use tries::Tries;
pub use tries::WrongTries;
pub use turn_limit::TurnLimit;
pub use turn_limit::WrongTurns;
pub use words::Backend;
pub use words::Context;
pub use words::InstallTime;
pub use words::PullRequests;
pub use words::Split;
pub use words::Switch;
pub use words::Theme;
pub use words::WebhookForm;

/// A setting's type. [`Display`] prints what [`FromStr`] reads.
pub trait SettingValue: FromStr + Display + Clone {
    /// What a value looks like, as the end of "expected ...".
    const EXPECTS: &'static str;
    /// All values, where there are few.
    const WORDS: &'static [&'static str] = &[];
    /// Two good values or more, where there are as many.
    const EXAMPLES: &'static [&'static str];

    /// Why a repository's file may not say this value; `None` when it may.
    fn refused_in_repository(&self) -> Option<&'static str> {
        None
    }
}
