//! `[usage.prices]`: what the tokens of models cost.

use std::collections::BTreeMap;

use crate::declaration::Declaration;
use crate::declaration::Shape;
use crate::declaration::check;
use crate::origin::Sourced;
use crate::section::Winners;
use crate::section::parsed;
use crate::settings::THE_PERSONS;
use crate::shown::Shown;
use crate::values::ModelPrice;
use crate::values::SettingValue as _;

pub(crate) const DECLARATIONS: &[Declaration] = &[Declaration {
    key: "usage.prices.<name>",
    aliases: &[],
    shape: Shape::Text,
    default: None,
    doc: "What a million tokens of this model cost, in US dollars: the costs of agents that tell tokens alone are estimated by \
          it. The model is named as `owt usage --by model` names it. What is read from a cache or into one costs as other \
          input does, unless said.",
    scope: THE_PERSONS,
    variable: None,
    expects: ModelPrice::EXPECTS,
    words: ModelPrice::WORDS,
    examples: ModelPrice::EXAMPLES,
    check: check::<ModelPrice>,
}];

/// Prices by the models' names.
pub type ModelPrices = BTreeMap<String, Sourced<ModelPrice>>;

pub(crate) fn from_winners(winners: &Winners) -> ModelPrices {
    let own = winners.iter().filter_map(|(key, (given, origin))| match key.as_slice() {
        [usage, prices, model] if usage == "usage" && prices == "prices" => {
            Some((model.clone(), Sourced { value: parsed(given), origin: origin.clone() }))
        }
        _ => None,
    });
    own.collect()
}

pub(crate) fn shown(prices: &ModelPrices) -> impl Iterator<Item = Shown> {
    prices.iter().map(|(model, price)| {
        let key = ["usage", "prices", model].map(str::to_owned);
        Shown::text(&key, price.value.to_string(), &price.origin)
    })
}
