//! `[tools.NAME]`: agents that the person describes in the configuration. Here the table is only read; what it
//! makes of a program is the business of whoever knows agents.

use std::collections::BTreeMap;

use crate::declaration::Declaration;
use crate::declaration::Refusal;
use crate::declaration::Scope;
use crate::declaration::Shape;
use crate::document::Given;
use crate::origin::FileLayer;
use crate::origin::Origin;
use crate::origin::Sourced;
use crate::section::Winners;
use crate::shown::Shown;

const SCOPE: Scope = Scope::UserOnly(
    "a tool is a command line that runs as you, and whoever writes the repository must not choose it",
);

/// What a field of the table is made of.
trait Field: Sized {
    const SHAPE: Shape;
    fn from_given(given: &Given) -> Option<Self>;
    fn to_given(&self) -> Given;
}

impl Field for String {
    const SHAPE: Shape = Shape::Text;

    fn from_given(given: &Given) -> Option<Self> {
        if let Given::Text(text) = given { Some(text.clone()) } else { None }
    }

    fn to_given(&self) -> Given {
        Given::Text(self.clone())
    }
}

impl Field for bool {
    const SHAPE: Shape = Shape::Boolean;

    fn from_given(given: &Given) -> Option<Self> {
        if let Given::Boolean(value) = given { Some(*value) } else { None }
    }

    fn to_given(&self) -> Given {
        Given::Boolean(*self)
    }
}

impl Field for Vec<String> {
    const SHAPE: Shape = Shape::TextList;

    fn from_given(given: &Given) -> Option<Self> {
        if let Given::List(texts) = given { Some(texts.clone()) } else { None }
    }

    fn to_given(&self) -> Given {
        Given::List(self.clone())
    }
}

macro_rules! tool_table {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty, $expects:literal, [$($example:literal),+];)+) => {
        /// One table `[tools.NAME]`: every field as it was given, with its place.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct ToolTable {
            /// Where the table starts.
            pub origin: Origin,
            $($(#[doc = $doc])+ pub $field: Option<Sourced<$type>>,)+
        }

        pub(crate) const DECLARATIONS: &[Declaration] = &[$(
            Declaration {
                key: concat!("tools.<name>.", stringify!($field)),
                aliases: &[],
                shape: <$type as Field>::SHAPE,
                default: None,
                doc: concat!($($doc),+),
                scope: SCOPE,
                variable: None,
                expects: $expects,
                words: &[],
                examples: &[$($example),+],
                check: plain_text,
            },
        )+];

        impl ToolTable {
            fn new(name: &str, origin: Origin, winners: &Winners) -> Self {
                let field = |field: &str| winners.get(["tools", name, field].map(str::to_owned).as_slice());
                Self {
                    origin,
                    $($field: field(stringify!($field)).and_then(sourced),)+
                }
            }

            /// The fields that were given.
            pub(crate) fn shown(&self, name: &str) -> Vec<Shown> {
                [$(self.$field.as_ref().map(|field| {
                    let key = ["tools", name, stringify!($field)].map(str::to_owned);
                    Shown::new(&key, field.value.to_given(), &field.origin)
                }),)+].into_iter().flatten().collect()
            }

            /// Where a field was given; the table's own place for one that was not.
            pub fn origin_of(&self, field: &str) -> &Origin {
                let given = match field {
                    $(stringify!($field) => self.$field.as_ref().map(|value| &value.origin),)+
                    _ => None,
                };
                given.unwrap_or(&self.origin)
            }
        }
    };
}

tool_table! {
    /// The program; the tool's name when not given.
    binary: String, "a program's name or path", ["mytool", "/opt/mytool/bin/mytool"];
    /// Its command line, split into words without a shell; `{binary}` when not given. `{{task}}` is the prompt,
    /// `{{worktree}}` the folder.
    command_template: String, "a command line", ["{binary} run {{task}}", "{binary} --yes"];
    /// The option before the prompt, for programs that take it as an argument.
    prompt_flag: String, "an option such as \"-p\"", ["-p", "--prompt"];
    /// Whether the program reports by itself through `owt hook`.
    supports_hooks: bool, "whether it does", ["true", "false"];
    /// Whether it can do one prompt without a terminal and end.
    supports_headless: bool, "whether it can", ["true", "false"];
    /// Whether it has a read-only mode.
    supports_plan_mode: bool, "whether it has", ["true", "false"];
    /// The arguments that switch the read-only mode on.
    plan_args: Vec<String>, "arguments", ["[\"--plan\"]", "[\"--mode\", \"plan\"]"];
    /// How to install it, for the message when it is missing.
    install_hint: String, "a sentence", ["npm install -g mytool", "see the wiki"];
    /// Places to look besides the search path.
    known_paths: Vec<String>, "paths, absolute or \"~/...\"", ["[\"~/.local/bin/mytool\"]", "[]"];
}

fn sourced<T: Field>((given, origin): &(Given, Origin)) -> Option<Sourced<T>> {
    T::from_given(given).map(|value| Sourced { value, origin: origin.clone() })
}

fn plain_text(text: &str, _: Option<FileLayer>) -> Result<(), Refusal> {
    if text.contains(char::is_control) {
        return Err(Refusal::NoValue("it contains a control character".to_owned()));
    }
    Ok(())
}

/// The tables that the person's file has, with the values that won.
pub(crate) fn tables(headers: BTreeMap<String, Origin>, winners: &Winners) -> BTreeMap<String, ToolTable> {
    let table = |(name, origin): (String, Origin)| {
        let table = ToolTable::new(&name, origin, winners);
        (name, table)
    };
    headers.into_iter().map(table).collect()
}
