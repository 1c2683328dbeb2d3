//! What tokens cost, where an agent does not say it: by prices that the person has set down for models.

use std::collections::BTreeMap;

use crate::evidence::Usage;

/// What a million tokens of a model cost, in millionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Read.
    pub input: u64,
    /// Written.
    pub output: u64,
    /// Read from a cache.
    pub cache_read: u64,
    /// Read and written into a cache.
    pub cache_write: u64,
}

/// Prices by the names of models, as agents call them.
pub type Prices = BTreeMap<String, Price>;

/// What something has cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// The agent said it, in millionths of a US dollar.
    Told(u64),
    /// It was reckoned from tokens and a price, in millionths of a US dollar.
    Estimated(u64),
}

impl Cost {
    /// In millionths of a US dollar, whoever says it.
    pub const fn micro_usd(self) -> u64 {
        match self {
            Self::Told(micro) | Self::Estimated(micro) => micro,
        }
    }

    /// Whether nobody has said it.
    pub const fn is_estimated(self) -> bool {
        matches!(self, Self::Estimated(_))
    }

    /// Both together: an estimate as soon as one of them is.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        let sum = self.micro_usd().saturating_add(other.micro_usd());
        if self.is_estimated() || other.is_estimated() { Self::Estimated(sum) } else { Self::Told(sum) }
    }
}

/// Makers that an agent may name before a model of theirs (OpenCode does), where one that knows no other maker does not (Claude
/// Code, Codex, Gemini CLI): it is the same model. What a router or another host offers under a name need not be.
const MAKERS: [&str; 3] = ["anthropic", "openai", "google"];

/// A model's name without that of its maker.
pub fn plain_name(model: &str) -> &str {
    match model.split_once('/') {
        Some((maker, plain)) if MAKERS.contains(&maker) && !plain.is_empty() => plain,
        _ => model,
    }
}

/// What was used has cost this much; `None` where neither the agent nor a price says it.
pub fn cost_of(usage: &Usage, model: Option<&str>, prices: &Prices) -> Option<Cost> {
    let estimate = || {
        let price = prices.get(model?).or_else(|| prices.get(plain_name(model?)))?;
        (usage.input_tokens > 0 || usage.output_tokens > 0).then(|| Cost::Estimated(price.of(usage)))
    };
    usage.cost_micro_usd.map(Cost::Told).or_else(estimate)
}

const MILLION: u128 = 1_000_000;

impl Price {
    fn of(self, usage: &Usage) -> u64 {
        let cached = usage.cache_read_tokens.saturating_add(usage.cache_write_tokens);
        let parts = [
            (usage.input_tokens.saturating_sub(cached), self.input),
            (usage.cache_read_tokens, self.cache_read),
            (usage.cache_write_tokens, self.cache_write),
            (usage.output_tokens, self.output),
        ];
        let sum: u128 = parts.iter().map(|(tokens, price)| u128::from(*tokens) * u128::from(*price)).sum();
        u64::try_from(sum.div_ceil(MILLION)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICE: Price =
        Price { input: 5_000_000, output: 25_000_000, cache_read: 500_000, cache_write: 6_250_000 };

    fn prices() -> Prices {
        Prices::from([("m".to_owned(), PRICE)])
    }

    #[test]
    fn each_kind_of_token_has_its_price_and_what_an_agent_says_holds() {
        let usage = Usage {
            input_tokens: 1_100_000,
            output_tokens: 100_000,
            cost_micro_usd: None,
            cache_read_tokens: 800_000,
            cache_write_tokens: 200_000,
        };
        // 0.5 + 2.5 + 0.4 + 1.25 dollars.
        assert_eq!(cost_of(&usage, Some("m"), &prices()), Some(Cost::Estimated(4_650_000)));
        let told = Usage { cost_micro_usd: Some(7), ..usage };
        assert_eq!(cost_of(&told, Some("m"), &prices()), Some(Cost::Told(7)));
        for unknown in [Some("n"), None] {
            assert_eq!(cost_of(&usage, unknown, &prices()), None, "no price, no guess");
        }
        assert_eq!(cost_of(&Usage::default(), Some("m"), &prices()), None, "nothing said");
        let all = Usage { input_tokens: u64::MAX, output_tokens: u64::MAX, ..Usage::default() };
        assert_eq!(cost_of(&all, Some("m"), &prices()).map(Cost::micro_usd), Some(u64::MAX));
    }

    #[test]
    fn a_price_goes_by_the_name_that_was_told_and_else_by_that_without_its_maker() {
        for (model, plain) in [
            ("claude-x", "claude-x"),
            ("anthropic/claude-x", "claude-x"),
            ("openrouter/anthropic/claude-x", "openrouter/anthropic/claude-x"),
            ("anthropic/", "anthropic/"),
            ("", ""),
        ] {
            assert_eq!(plain_name(model), plain);
        }
        let usage = Usage { output_tokens: 1_000_000, ..Usage::default() };
        let cost = |prices: &Prices| cost_of(&usage, Some("openai/m"), prices).map(Cost::micro_usd);
        assert_eq!(cost(&prices()), Some(25_000_000));
        let dearer = Price { output: 30_000_000, ..PRICE };
        assert_eq!(
            cost(&prices().into_iter().chain([("openai/m".to_owned(), dearer)]).collect()),
            Some(30_000_000)
        );
    }

    #[test]
    fn a_sum_with_an_estimate_is_one() {
        assert_eq!(Cost::Told(1).plus(Cost::Told(2)), Cost::Told(3));
        assert_eq!(Cost::Told(1).plus(Cost::Estimated(2)), Cost::Estimated(3));
        assert_eq!(Cost::Estimated(u64::MAX).plus(Cost::Told(2)), Cost::Estimated(u64::MAX));
    }
}
