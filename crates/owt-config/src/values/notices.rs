//! What a person is told, when not, and where: the settings of `[notify]`.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use owt_core::notice::Interests;
use owt_core::notice::QuietHours;

use super::SettingValue;

impl SettingValue for Interests {
    const EXPECTS: &'static str =
        "what to be told of: needs_person, done, failed, warning, status, with commas between";
    const EXAMPLES: &'static [&'static str] = &["any", "needs_person,done,failed", "needs_person"];
}

impl SettingValue for QuietHours {
    const EXPECTS: &'static str = "a part of the day such as \"22:00-07:00\"";
    const EXAMPLES: &'static [&'static str] = &["22:00-07:00", "12:30-13:15", "none"];
}

/// Where something lies that no file of settings should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretPlace {
    /// In a file: its first line. `~` is the person's home.
    File(String),
    /// In a variable of the server's environment.
    Variable(String),
}

/// A secret, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretSource(Option<SecretPlace>);

/// Why a text names no place of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongPlace {
    /// Neither a file nor a variable.
    #[error("it is written as \"file:PATH\" or \"env:NAME\", or \"none\"")]
    Form,
    /// The file's path is none.
    #[error("the path must be absolute or start with \"~/\", without control characters")]
    Path,
    /// The variable's name is none.
    #[error("a variable's name consists of letters, digits and '_'")]
    Name,
}

impl SecretSource {
    /// Where it lies.
    pub const fn place(&self) -> Option<&SecretPlace> {
        self.0.as_ref()
    }
}

fn place(text: &str) -> Result<SecretPlace, WrongPlace> {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    match (text.strip_prefix("file:"), text.strip_prefix("env:")) {
        (Some(path), _) if path.contains(char::is_control) => Err(WrongPlace::Path),
        // As an address has it, with an empty host before the path (RFC 8089).
        (Some(path), _) if path.starts_with("//") => match path.strip_prefix("//") {
            Some(path) if path.starts_with('/') => Ok(SecretPlace::File(path.to_owned())),
            _ => Err(WrongPlace::Path),
        },
        (Some(path), _) if path.starts_with('/') || path.starts_with("~/") => {
            Ok(SecretPlace::File(path.to_owned()))
        }
        (Some(_), _) => Err(WrongPlace::Path),
        (_, Some(name)) if is_name(name) => Ok(SecretPlace::Variable(name.to_owned())),
        (_, Some(_)) => Err(WrongPlace::Name),
        (None, None) => Err(WrongPlace::Form),
    }
}

impl FromStr for SecretSource {
    type Err = WrongPlace;

    fn from_str(text: &str) -> Result<Self, WrongPlace> {
        match text {
            "none" => Ok(Self(None)),
            _ => Ok(Self(Some(place(text)?))),
        }
    }
}

impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{path}"),
            Self::Variable(name) => write!(f, "env:{name}"),
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(place) => place.fmt(f),
            None => f.write_str("none"),
        }
    }
}

impl SettingValue for SecretSource {
    const EXPECTS: &'static str = "where a secret lies, as \"file:PATH\" or \"env:NAME\"";
    const EXAMPLES: &'static [&'static str] =
        &["file:~/.config/owt/webhook-secret", "env:OWT_WEBHOOK_SECRET", "none"];
}

/// An address that is told, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookAddress {
    /// Nobody is told.
    None,
    /// This one.
    Url(String),
    /// One that lies where secrets do: those of chat services are as good as passwords.
    Hidden(SecretPlace),
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongAddress {
    /// No address of the web.
    #[error("an address begins with \"https://\" or \"http://\" and a host, without blanks")]
    Form,
    /// It is hidden in no place.
    #[error(transparent)]
    Place(#[from] WrongPlace),
}

/// Whether a text is an address that can be told.
pub fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
    rest.is_some_and(|rest| rest.chars().all(is_plain) && has_host(rest))
}

/// Whether a host stands before the path: a name or an address, and perhaps a port (RFC 3986, section 3.2).
fn has_host(rest: &str) -> bool {
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (is_host, port) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((address, rest)) => (address.parse::<Ipv6Addr>().is_ok(), rest),
        None => {
            let (name, port) = host.split_at(host.find(':').unwrap_or(host.len()));
            let is_of_names = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            (!name.is_empty() && name.chars().all(is_of_names), port)
        }
    };
    let is_port = |text: &str| text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    is_host && (port.is_empty() || is_port(port))
}

impl FromStr for WebhookAddress {
    type Err = WrongAddress;

    fn from_str(text: &str) -> Result<Self, WrongAddress> {
        match text {
            "none" => Ok(Self::None),
            _ if text.starts_with("file:") || text.starts_with("env:") => Ok(Self::Hidden(place(text)?)),
            _ if is_web_address(text) => Ok(Self::Url(text.to_owned())),
            _ => Err(WrongAddress::Form),
        }
    }
}

impl fmt::Display for WebhookAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Url(url) => f.write_str(url),
            Self::Hidden(place) => place.fmt(f),
        }
    }
}

impl SettingValue for WebhookAddress {
    const EXPECTS: &'static str = "an address, or where it lies as \"file:PATH\" or \"env:NAME\"";
    const EXAMPLES: &'static [&'static str] =
        &["https://example.org/owt", "file:~/.config/owt/slack-url", "env:SLACK_WEBHOOK_URL", "none"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_places_are_written_as_they_are_read() {
        for text in WebhookAddress::EXAMPLES {
            assert_eq!(text.parse::<WebhookAddress>().unwrap().to_string(), *text);
        }
        for text in SecretSource::EXAMPLES {
            assert_eq!(text.parse::<SecretSource>().unwrap().to_string(), *text);
        }
        for wrong in [
            "",
            "ftp://x",
            "https://",
            "https:///x",
            "https://a b",
            "http://[bad",
            "http://[bad]",
            "https://:80",
            "https://a:b",
            "https://a:99999/",
            "https://a[b]",
            "https://me@/x",
            "example.org",
            "file:x",
            "env:a-b",
            "env:1",
        ] {
            assert!(wrong.parse::<WebhookAddress>().is_err(), "{wrong:?}");
        }
        for right in ["http://[::1]:8080/x", "https://me:word@chat.example.org:443?q", "http://localhost#x"] {
            assert!(right.parse::<WebhookAddress>().is_ok(), "{right:?}");
        }
        assert_eq!("file:///a/b".parse::<SecretSource>().unwrap().to_string(), "file:/a/b");
        for wrong in ["hunter2", "https://x", "file:", "file://host/a", "env:"] {
            assert!(wrong.parse::<SecretSource>().is_err(), "{wrong:?}");
        }
    }
}
