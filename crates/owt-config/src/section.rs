//! The macro that declares a section of settings: one line of it is the declaration, the field of the typed
//! struct, its documentation and its place in the reference.

use std::collections::BTreeMap;

use crate::document::Given;
use crate::document::KeyPath;
use crate::document::split;
use crate::origin::Origin;
use crate::origin::Sourced;
use crate::values::SettingValue;

/// The values that won, all checked, by key.
pub(crate) type Winners = BTreeMap<KeyPath, (Given, Origin)>;

/// Takes a setting's typed value out of the winners.
pub(crate) fn typed<T: SettingValue>(winners: &Winners, key: &str) -> Sourced<T> {
    let (given, origin) = winners.get(&split(key)).expect("every declared setting has at least its default");
    Sourced { value: parsed(given), origin: origin.clone() }
}

/// Parses a value that its declaration's check let through.
pub(crate) fn parsed<T: SettingValue>(given: &Given) -> T {
    let Given::Text(text) = given else { unreachable!("the shape of a value is checked when it is read") };
    text.parse().ok().expect("the check of a setting is its parser")
}

/// The variable of a setting; `file_only` is none: whoever it concerns reads the person's file, and the environment of a
/// caller must not change what they do.
macro_rules! variable {
    (file_only) => {
        None
    };
    ($name:literal) => {
        Some($name)
    };
}

pub(crate) use variable;

macro_rules! section {
    (
        $(#[doc = $section_doc:literal])+
        $name:ident at $prefix:literal {
            $(
                $(#[doc = $doc:literal])+
                $field:ident: $type:ty = $default:literal, $scope:expr, $variable:tt $(, or $alias:literal)?;
            )+
        }
    ) => {
        $(#[doc = $section_doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $crate::origin::Sourced<$type>, )+
        }

        impl $name {
            pub(crate) const DECLARATIONS: &'static [$crate::declaration::Declaration] = &[$(
                $crate::declaration::Declaration {
                    key: concat!($prefix, stringify!($field)),
                    aliases: &[$($alias)?],
                    shape: $crate::declaration::Shape::Text,
                    default: Some($default),
                    doc: concat!($($doc),+),
                    scope: $scope,
                    variable: $crate::section::variable!($variable),
                    expects: <$type as $crate::values::SettingValue>::EXPECTS,
                    words: <$type as $crate::values::SettingValue>::WORDS,
                    examples: <$type as $crate::values::SettingValue>::EXAMPLES,
                    check: $crate::declaration::check::<$type>,
                },
            )+];

            pub(crate) fn from_winners(winners: &$crate::section::Winners) -> Self {
                Self { $( $field: $crate::section::typed(winners, concat!($prefix, stringify!($field))), )+ }
            }

            pub(crate) fn shown(&self) -> Vec<(&'static str, String, &$crate::origin::Origin)> {
                vec![$(
                    (concat!($prefix, stringify!($field)), self.$field.value.to_string(), &self.$field.origin),
                )+]
            }
        }
    };
}

pub(crate) use section;
