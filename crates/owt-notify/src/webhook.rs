//! An address that is told by an HTTP POST.
//!
//! No redirect is followed, the body that comes back is not read, and no message shows the address: those of chat
//! services are as good as passwords.

use std::str::from_utf8;
use std::time::Duration;

use owt_ports::BodyForm;
use owt_ports::NotifyError;
use owt_ports::Telling;
use owt_ports::Webhook;
use serde_json::json;
use ureq::Agent;
use ureq::tls::RootCerts;
use ureq::tls::TlsConfig;

use crate::facts;
use crate::signature;

/// How long all of it may take, the name's look-up included.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends.
pub(crate) struct Client {
    agent: Agent,
}

impl Default for Client {
    fn default() -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let configuration = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("owt/", env!("CARGO_PKG_VERSION")))
            .max_idle_connections(0)
            .tls_config(tls)
            .build();
        Self { agent: configuration.into() }
    }
}

impl Client {
    /// Tells it. The time in the signature is that of the notice, and stays the same when it is tried again.
    pub(crate) fn post(&self, webhook: &Webhook, telling: &Telling) -> Result<(), NotifyError> {
        let url = from_utf8(webhook.url.expose())
            .map_err(|_| NotifyError::Unavailable("the address is no text".to_owned()))?;
        let body = body(webhook.form, telling);
        let mut request = self
            .agent
            .post(url)
            .header("content-type", "application/json")
            .header("owt-event", telling.kind.as_str())
            .header("owt-delivery", format!("{}-{}", telling.workspace, telling.number));
        if let Some(secret) = &webhook.secret {
            let seconds = telling.at.as_millis().div_euclid(1000);
            request = request
                .header("owt-timestamp", seconds.to_string())
                .header("owt-signature", signature(secret.expose(), seconds, body.as_bytes()));
        }
        match request.send(body.as_str()) {
            Ok(answer) => judged(answer.status().as_u16()),
            Err(error) => Err(failed(&error)),
        }
    }
}

fn body(form: BodyForm, telling: &Telling) -> String {
    match form {
        BodyForm::Facts => facts::json(telling).to_string(),
        BodyForm::Slack => json!({ "text": slack_text(telling) }).to_string(),
    }
}

/// Slack's own signs written out (its reference, "Formatting text for app surfaces": `&`, `<` and `>`).
fn slack_text(telling: &Telling) -> String {
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let title = telling.title.as_deref().map(|title| format!("\n> {}", plain(title))).unwrap_or_default();
    format!("{}{title}", plain(&telling.headline()))
}

/// What an answer means: what may pass is worth another try (RFC 9110, section 15; 429 is RFC 6585).
fn judged(status: u16) -> Result<(), NotifyError> {
    match status {
        200..=299 => Ok(()),
        408 | 425 | 429 | 500..=599 => Err(NotifyError::NotNow(format!("it answered {status}"))),
        300..=399 => Err(NotifyError::Failed(format!("it answered {status}, and no redirect is followed"))),
        _ => Err(NotifyError::Failed(format!("it answered {status}"))),
    }
}

/// Why nothing was answered, in words without the address.
fn failed(error: &ureq::Error) -> NotifyError {
    match error {
        ureq::Error::Timeout(_) => NotifyError::NotNow(format!("no answer within {} s", PATIENCE.as_secs())),
        ureq::Error::HostNotFound => NotifyError::NotNow("its host is not found".to_owned()),
        ureq::Error::ConnectionFailed => NotifyError::NotNow("its host cannot be reached".to_owned()),
        ureq::Error::Io(error) => NotifyError::NotNow(format!("the connection failed: {}", error.kind())),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => NotifyError::Failed(
            "its certificate is not trusted, or no secure connection came about".to_owned(),
        ),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            NotifyError::Unavailable("the address is none that can be told".to_owned())
        }
        _ => NotifyError::Failed("the request could not be made".to_owned()),
    }
}
