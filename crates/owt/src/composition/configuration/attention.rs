//! What the person is told, by their own file: the ways with all that is needed to go them, secrets looked up.

use owt_config::Environment;
use owt_config::Origin;
use owt_config::Settings;
use owt_config::values::SecretPlace;
use owt_config::values::Switch;
use owt_config::values::WebhookAddress;
use owt_config::values::WebhookForm;
use owt_config::values::is_web_address;
use owt_core::AbsPath;
use owt_core::notice::Channel;
use owt_core::notice::TellingRules;
use owt_core::warning::WarningLimits;
use owt_engine::AttentionSettings;
use owt_ports::BodyForm;
use owt_ports::PrivateFiles as _;
use owt_ports::Secret;
use owt_ports::Way;
use owt_ports::Webhook;
use owt_store::DiskFiles;

use crate::doubts::Doubt;

/// The longest secret, in bytes.
const LONGEST: usize = 4096;

/// What holds. A way whose secret cannot be had is there, and says so when it is gone.
pub(super) fn settings(settings: &Settings, environment: &Environment) -> AttentionSettings {
    let notify = &settings.notify;
    let mut ways = Vec::new();
    if notify.bell.value == Switch::On {
        ways.push(Way::Bell);
    }
    if notify.desktop.value == Switch::On {
        ways.push(Way::Desktop);
    }
    ways.extend(settings.notify_command.as_ref().map(|command| Way::Command(command.value.clone())));
    ways.extend(webhook(settings, environment));
    AttentionSettings {
        rules: TellingRules {
            interests: notify.events.value.clone(),
            channels: ways.iter().map(Way::channel).collect(),
            quiet_hours: notify.quiet_hours.value,
        },
        ways,
        warnings: WarningLimits {
            no_output: settings.warnings.no_output.value.duration(),
            running: settings.warnings.running.value.duration(),
            share: settings.warnings.limits.value.percent(),
        },
    }
}

/// The files of `[notify]` that hold no secret that could be used. What lies in variables is the server's to say.
pub(in crate::composition) fn unreadable_secrets(
    settings: &Settings,
    environment: &Environment,
) -> Vec<Doubt> {
    let notify = &settings.notify;
    let address = match &notify.webhook.value {
        WebhookAddress::Hidden(place @ SecretPlace::File(_)) => address(place, environment).err(),
        _ => None,
    };
    let secret = match notify.webhook_secret.value.place() {
        Some(place @ SecretPlace::File(_)) => secret(place, environment).err(),
        _ => None,
    };
    let doubt = |key, place: &Origin, why| Doubt::Secret { key, place: place.clone(), why };
    let address = address.map(|why| doubt("notify.webhook", &notify.webhook.origin, why));
    let secret = secret.map(|why| doubt("notify.webhook_secret", &notify.webhook_secret.origin, why));
    address.into_iter().chain(secret).collect()
}

fn webhook(settings: &Settings, environment: &Environment) -> Option<Way> {
    let notify = &settings.notify;
    let url = match &notify.webhook.value {
        WebhookAddress::None => return None,
        WebhookAddress::Url(url) => Ok(Secret::new(url.clone().into_bytes())),
        WebhookAddress::Hidden(place) => address(place, environment),
    };
    let secret = notify.webhook_secret.value.place().map(|place| secret(place, environment)).transpose();
    let form = match notify.webhook_form.value {
        WebhookForm::Owt => BodyForm::Facts,
        WebhookForm::Slack => BodyForm::Slack,
    };
    Some(match (url, secret) {
        (Ok(url), Ok(secret)) => Way::Webhook(Webhook { url, form, secret }),
        (Err(why), _) => Way::Broken { channel: Channel::Webhook, why: format!("its address: {why}") },
        // Unsigned it would be refused at best, and believed at worst.
        (_, Err(why)) => Way::Broken { channel: Channel::Webhook, why: format!("its secret: {why}") },
    })
}

fn address(place: &SecretPlace, environment: &Environment) -> Result<Secret, String> {
    let found = secret(place, environment)?;
    match std::str::from_utf8(found.expose()) {
        Ok(text) if is_web_address(text) => Ok(found),
        _ => Err(format!("what lies at {place} is no address")),
    }
}

fn secret(place: &SecretPlace, environment: &Environment) -> Result<Secret, String> {
    let bytes = match place {
        SecretPlace::Variable(name) => environment
            .get(name)
            .map(|value| value.as_bytes().to_vec())
            .ok_or_else(|| format!("the server's environment has no {name} (owt server restart)"))?,
        SecretPlace::File(path) => {
            let path = in_full(path, environment)?;
            let read = DiskFiles::new().read(&path).map_err(|error| error.to_string())?;
            read.ok_or_else(|| format!("there is no {path}"))?
        }
    };
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
    match bytes[..end].trim_ascii() {
        [] => Err(format!("{place} is empty")),
        long if long.len() > LONGEST => Err(format!("{place} is longer than {LONGEST} bytes")),
        found => Ok(Secret::new(found.to_vec())),
    }
}

fn in_full(path: &str, environment: &Environment) -> Result<AbsPath, String> {
    match path.strip_prefix("~/") {
        None => AbsPath::new(path).map_err(|error| error.to_string()),
        Some(below) => {
            environment.home().map(|home| home.join(below)).ok_or_else(|| "HOME is not set".to_owned())
        }
    }
}
