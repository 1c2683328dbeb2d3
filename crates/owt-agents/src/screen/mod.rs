//! What a program's screen says: rules as data, judged on plain rows and the title. Must not know terminals:
//! the picture is given, and colours play no part.

mod classify;
mod region;
mod rules;
mod view;

pub use classify::Evidence;
pub use classify::HeldRule;
pub use classify::Verdict;
pub use classify::classify;
pub use classify::held_rules;
pub use region::Region;
pub use rules::FoundBy;
pub use rules::Gate;
pub use rules::Pattern;
pub use rules::PromptBox;
pub use rules::PromptNeed;
pub use rules::ScreenRule;
pub use rules::ScreenRules;
pub use rules::ScreenState;
pub use view::ScreenView;
