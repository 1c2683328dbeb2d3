//! `[critic]` and `[landing]` as the engine's rules.

use std::num::NonZero;

use owt_config::FileLayer;
use owt_config::Origin;
use owt_config::Sourced;
use owt_config::values::Switch;
use owt_core::critic::Policy;
use owt_core::critic::RuleName;
use owt_core::critic::Severity;
use owt_engine::BrokenSettings;
use owt_engine::LandingRules;

use super::broken;
use super::hook;
use super::limit;

/// The rules.
pub(super) fn rules(settings: &owt_config::Settings) -> Result<LandingRules, BrokenSettings> {
    let cores = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    Ok(LandingRules {
        critic: match settings.critic.enabled.value {
            Switch::On => Some(policy(settings)?),
            Switch::Off => None,
        },
        checks: settings.landing_lists.commands().as_ref().map(hook).transpose()?,
        check_limit: limit(&settings.landing.check_limit.value),
        concurrency: settings.landing.concurrency.value.on(cores),
        retries: settings.landing.retries.value.count(),
        message: settings.landing.message.value.to_string(),
    })
}

/// The heavier word is the last.
fn policy(settings: &owt_config::Settings) -> Result<Policy, BrokenSettings> {
    let lists = &settings.landing_lists;
    let places = lists.scope.iter().flat_map(|list| &list.value).map(|place| place.parse());
    let mut policy = Policy {
        max_file: settings.critic.max_file.value.bytes(),
        scope: places.collect::<Result<_, _>>().map_err(|error| broken(&error))?,
        ..Policy::default()
    };
    for (list, weight) in [
        (&lists.ignore, None),
        (&lists.note, Some(Severity::Note)),
        (&lists.warn, Some(Severity::Warn)),
        (&lists.deny, Some(Severity::Deny)),
    ] {
        weigh(&mut policy, list.as_ref(), weight)?;
    }
    Ok(policy)
}

fn weigh(
    policy: &mut Policy,
    list: Option<&Sourced<Vec<String>>>,
    weight: Option<Severity>,
) -> Result<(), BrokenSettings> {
    let Some(list) = list else { return Ok(()) };
    for name in &list.value {
        let rule: RuleName = name.parse().map_err(|error| broken(&error))?;
        match list.origin {
            Origin::File { layer: FileLayer::Repository, .. } => policy.wish(rule, weight),
            _ => {
                policy.weights.insert(rule, weight);
            }
        }
    }
    Ok(())
}
