//! By which way the caller reaches a host: `gh` where it is installed and logged in there, otherwise a token of theirs.
//!
//! The rules for tokens are those of `gh` (its manual, "environment"): one for github.com is never shown to another host, whatever
//! a remote's address says.

use owt_ports::CallerEnvironment;
use owt_ports::ForgeError;
use owt_ports::Secret;

use crate::exchange::Way;
use crate::gh::Gh;
use crate::https::Base;
use crate::https::Client;
use crate::https::Https;

/// Variables with a token for github.com and its subdomains of companies, and for hosts of one's own.
const TOKENS: [&str; 2] = ["GH_TOKEN", "GITHUB_TOKEN"];
const ENTERPRISE_TOKENS: [&str; 2] = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];

/// The way; whoever has none is told.
pub(crate) fn way<'a>(
    caller: &'a CallerEnvironment,
    host: &str,
    client: &'a Client,
) -> Result<Box<dyn Way + 'a>, ForgeError> {
    if let Some(gh) = Gh::of(caller).filter(|gh| gh.is_logged_in(host)) {
        return Ok(Box::new(gh));
    }
    let no_access = || ForgeError::NoAccess { host: host.to_owned() };
    let token = token(caller, host).ok_or_else(no_access)?;
    let base = Base::of(host, |name| caller.get(name));
    Ok(Box::new(Https { client, base, token }))
}

fn token(caller: &CallerEnvironment, host: &str) -> Option<Secret> {
    let names = if is_hosted(host) { TOKENS } else { ENTERPRISE_TOKENS };
    let token = names.into_iter().find_map(|name| caller.get(name))?;
    Some(Secret::new(token.as_bytes().to_vec()))
}

/// Whether GitHub itself runs it.
pub(crate) fn is_hosted(host: &str) -> bool {
    host == "github.com" || host.ends_with(".ghe.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_shown_to_no_other_host_than_its_own() {
        let of = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            CallerEnvironment::new(pairs.collect())
        };
        let both = of(&[("GITHUB_TOKEN", "hosted"), ("GH_ENTERPRISE_TOKEN", "own")]);
        let found = |host| token(&both, host).map(|token| token.expose().to_vec());
        assert_eq!(found("github.com").as_deref(), Some(b"hosted".as_slice()));
        assert_eq!(found("acme.ghe.com").as_deref(), Some(b"hosted".as_slice()));
        assert_eq!(found("git.corp.example").as_deref(), Some(b"own".as_slice()));
        let hosted = of(&[("GH_TOKEN", "hosted"), ("GITHUB_TOKEN", "second")]);
        assert!(token(&hosted, "evil.example").is_none());
        assert!(token(&hosted, "github.com.evil.example").is_none());
        assert!(token(&hosted, "notghe.com").is_none());
        assert!(token(&of(&[("GH_TOKEN", "")]), "github.com").is_none());
    }
}
