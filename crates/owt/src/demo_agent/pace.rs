//! How fast the demo agent works.

use std::time::Duration;

/// The variable that says how fast: 1 is ordinary, 2 takes twice as long, 0 no time at all.
pub(crate) const VARIABLE: &str = "OWT_DEMO_PACE";

/// The slowest pace.
const SLOWEST: f64 = 100.0;

/// How much longer than ordinary each step takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pace {
    factor: f64,
    /// Makes agents that start together differ, and the same agent the same each time.
    seed: u64,
}

/// How long a step takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    Glance,
    Thought,
    Writing,
}

/// The text is no pace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{VARIABLE} is '{0}'; it takes a number from 0 (no waiting) to {SLOWEST}")]
pub(crate) struct PaceError(String);

impl Pace {
    /// The pace that the variable asks for; an ordinary one when it is unset. `name` tells agents apart.
    ///
    /// # Errors
    /// [`PaceError`].
    pub(crate) fn read(value: Option<&str>, name: &str) -> Result<Self, PaceError> {
        let factor = match value {
            None => 1.0,
            Some(text) => text
                .parse()
                .ok()
                .filter(|factor| (0.0..=SLOWEST).contains(factor))
                .ok_or_else(|| PaceError(text.to_owned()))?,
        };
        let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Ok(Self { factor, seed })
    }

    /// How long the `step`th step takes.
    pub(super) fn span(self, effort: Effort, step: u32) -> Duration {
        let ordinary: f64 = match effort {
            Effort::Glance => 0.3,
            Effort::Thought => 0.8,
            Effort::Writing => 0.6,
        };
        Duration::from_secs_f64(ordinary * self.factor * self.whim(step))
    }

    /// From 0.6 to 1.4.
    fn whim(self, step: u32) -> f64 {
        let mixed = (self.seed ^ u64::from(step)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let part = u32::try_from(mixed >> 48).unwrap_or(0);
        0.6 + 0.8 * f64::from(part) / f64::from(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn zero_is_no_time_and_nonsense_is_said() {
        let none = Pace::read(Some("0"), "a").unwrap();
        assert_eq!(none.span(Effort::Thought, 3), Duration::ZERO);
        for text in ["fast", "-1", "NaN", "inf", "101"] {
            assert_eq!(Pace::read(Some(text), "a"), Err(PaceError(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn steps_differ_a_little_and_not_too_much(name in ".*", step: u32) {
            let span = Pace::read(None, &name).unwrap().span(Effort::Writing, step).as_secs_f64();
            prop_assert!((0.6 * 0.6 - 0.01..=0.6 * 1.4 + 0.01).contains(&span), "{span}");
        }
    }
}
