//! HTTPS with a token. No redirect is followed: a token goes where it was meant to, or nowhere.

use std::time::Duration;

use owt_ports::ForgeError;
use owt_ports::Secret;
use ureq::Agent;
use ureq::tls::RootCerts;
use ureq::tls::TlsConfig;

use crate::access::is_hosted;
use crate::exchange::ANSWER;
use crate::exchange::Answer;
use crate::exchange::HEADERS;
use crate::exchange::Place;
use crate::exchange::Question;
use crate::exchange::Way;

/// How long all of a request may take.
const PATIENCE: Duration = Duration::from_secs(30);

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
            .tls_config(tls)
            .build();
        Self { agent: configuration.into() }
    }
}

/// The roots of a host's APIs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    rest: String,
    graphql: String,
}

impl Base {
    /// Where a host's APIs are (docs.github.com, "Getting started with the REST API"). Where the environment says so for this
    /// very host, as GitHub's own runners do, there: `GITHUB_SERVER_URL`, `GITHUB_API_URL`, `GITHUB_GRAPHQL_URL`.
    ///
    /// # Errors
    /// [`ForgeError::Unreachable`] where the token would be readable on the way.
    pub(crate) fn of<'a>(host: &str, variable: impl Fn(&str) -> Option<&'a str>) -> Result<Self, ForgeError> {
        let server = variable("GITHUB_SERVER_URL").unwrap_or("https://github.com");
        let is_server = server.split_once("://").is_some_and(|(_, name)| name.trim_end_matches('/') == host);
        let usual = Self::usual(host);
        let said =
            |name| variable(name).filter(|_| is_server).map(|url| url.trim_end_matches('/').to_owned());
        let rest = said("GITHUB_API_URL");
        let beside = rest.as_ref().map(|rest| match rest.strip_suffix("/api/v3") {
            Some(root) => format!("{root}/api/graphql"),
            None => format!("{rest}/graphql"),
        });
        let graphql = said("GITHUB_GRAPHQL_URL").or(beside);
        for (name, said) in [("GITHUB_API_URL", &rest), ("GITHUB_GRAPHQL_URL", &graphql)] {
            if said.as_deref().is_some_and(|url| !is_private(url)) {
                let why = format!(
                    "{name} is no https:// address, and the token would be readable on the way; http:// is taken on this machine alone"
                );
                return Err(ForgeError::Unreachable { host: host.to_owned(), why });
            }
        }
        Ok(Self { rest: rest.unwrap_or(usual.rest), graphql: graphql.unwrap_or(usual.graphql) })
    }

    fn usual(host: &str) -> Self {
        if is_hosted(host) {
            let root = format!("https://api.{host}");
            return Self { graphql: format!("{root}/graphql"), rest: root };
        }
        let root = format!("https://{host}/api");
        Self { rest: format!("{root}/v3"), graphql: format!("{root}/graphql") }
    }

    fn url(&self, place: &Place) -> String {
        match place {
            Place::Rest(path) => format!("{}/{path}", self.rest),
            Place::GraphQl => self.graphql.clone(),
        }
    }
}

/// Whether nobody on the way reads what is sent there.
fn is_private(url: &str) -> bool {
    let Some(("http", rest)) = url.split_once("://") else { return url.starts_with("https://") };
    let place = rest.split('/').next().unwrap_or_default();
    let name = match place.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => place,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// A token and where it is valid.
pub(crate) struct Https<'a> {
    pub(crate) client: &'a Client,
    pub(crate) base: Base,
    pub(crate) token: Secret,
}

impl Https<'_> {
    fn headers(&self, question: &Question) -> Vec<(&'static str, String)> {
        let token = String::from_utf8_lossy(self.token.expose());
        let mut headers = vec![("authorization", format!("Bearer {token}"))];
        headers.extend(HEADERS.iter().map(|(name, value)| (*name, (*value).to_owned())));
        headers.extend(question.unless.iter().map(|mark| ("if-none-match", mark.0.clone())));
        headers
    }
}

impl Way for Https<'_> {
    fn ask(&self, host: &str, question: &Question) -> Result<Answer, ForgeError> {
        let url = self.base.url(&question.place);
        let headers = self.headers(question);
        let sent = match &question.body {
            Some(body) => {
                let post = self.client.agent.post(&url).header("content-type", "application/json");
                headers
                    .iter()
                    .fold(post, |post, (name, value)| post.header(*name, value))
                    .send(body.to_string())
            }
            None => {
                let get = self.client.agent.get(&url);
                headers.iter().fold(get, |get, (name, value)| get.header(*name, value)).call()
            }
        };
        let mut came = sent.map_err(|error| failed(host, &error))?;
        let named = came.headers().iter().filter_map(|(name, value)| {
            Some((name.as_str().to_ascii_lowercase(), value.to_str().ok()?.to_owned()))
        });
        let (status, headers) = (came.status().as_u16(), named.collect());
        let body = came.body_mut().with_config().limit(ANSWER as u64).read_to_vec();
        let body = body.map_err(|error| failed(host, &error))?;
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

/// Why nothing was answered, in words without the request.
fn failed(host: &str, error: &ureq::Error) -> ForgeError {
    let why = match error {
        ureq::Error::Timeout(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        ureq::Error::HostNotFound => "it is not found".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        ureq::Error::Io(error) => format!("the connection failed: {}", error.kind()),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            "its certificate is not trusted, or no secure connection came about".to_owned()
        }
        ureq::Error::BodyExceedsLimit(_) => "it answers more than is read".to_owned(),
        _ => "the request could not be made".to_owned(),
    };
    ForgeError::Unreachable { host: host.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_has_its_apis_where_it_documents_them() {
        let runner = |name: &str| match name {
            "GITHUB_SERVER_URL" => Some("https://git.corp.example"),
            "GITHUB_API_URL" => Some("https://git.corp.example/api/v3"),
            _ => None,
        };
        let loopback = |name: &str| (name == "GITHUB_API_URL").then_some("http://127.0.0.1:9/");
        let nothing = |_: &str| None;
        let of = |base: Base| (base.rest, base.graphql);
        let pair = |rest: &str, graphql: &str| (rest.to_owned(), graphql.to_owned());
        let hosted = pair("https://api.github.com", "https://api.github.com/graphql");
        assert_eq!(of(Base::of("github.com", nothing).unwrap()), hosted);
        assert_eq!(of(Base::of("github.com", runner).unwrap()), hosted, "another server's runner");
        let own = pair("https://git.corp.example/api/v3", "https://git.corp.example/api/graphql");
        assert_eq!(of(Base::of("git.corp.example", nothing).unwrap()), own);
        assert_eq!(of(Base::of("git.corp.example", runner).unwrap()), own);
        let company = pair("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql");
        assert_eq!(of(Base::of("acme.ghe.com", nothing).unwrap()), company);
        let here = pair("http://127.0.0.1:9", "http://127.0.0.1:9/graphql");
        assert_eq!(of(Base::of("github.com", loopback).unwrap()), here);
        assert_eq!(
            of(Base::of("git.corp.example", loopback).unwrap()),
            own,
            "no other host's token goes there"
        );
    }

    #[test]
    fn no_token_travels_where_others_read_along() {
        for (url, is_taken) in [
            ("https://proxy.corp.example/api", true),
            ("http://127.0.0.1:9", true),
            ("http://localhost/", true),
            ("http://[::1]:9/", true),
            ("http://proxy.corp.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://127.0.0.1@evil.example", false),
            ("http://127.0.0.1:9@evil.example", false),
            ("ftp://127.0.0.1", false),
        ] {
            let base = Base::of("github.com", |name| (name == "GITHUB_API_URL").then_some(url));
            assert_eq!(base.is_ok(), is_taken, "{url}");
        }
    }
}
