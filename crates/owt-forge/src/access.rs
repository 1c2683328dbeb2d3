//! By which way the caller reaches a host: `gh` where it is installed and logged in there, otherwise a token of theirs.
//!
//! A remote's address is anybody's word: a repository or an agent may have written it. A token for github.com is never shown to
//! another host, and one for hosts of one's own only to the one that the caller names as theirs (`GH_HOST`, `GITHUB_SERVER_URL`).
//! `gh` by itself would show the latter to every host (go-gh, pkg/auth, `TokenFromEnvOrConfig`).

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
    let base = Base::of(host, |name| caller.get(name))?;
    Ok(Box::new(Https { client, base, token }))
}

fn token(caller: &CallerEnvironment, host: &str) -> Option<Secret> {
    let mut names = TOKENS.into_iter().chain(ENTERPRISE_TOKENS);
    let token = names.find_map(|name| caller.get(name).filter(|_| is_for(name, caller, host)))?;
    Some(Secret::new(token.as_bytes().to_vec()))
}

/// Variables that hold a token which is not for this host; `CODESPACES` would have `gh` take the one for github.com everywhere.
pub(crate) fn kept_from(caller: &CallerEnvironment, host: &str) -> impl Iterator<Item = &'static str> {
    let tokens = TOKENS.into_iter().chain(ENTERPRISE_TOKENS).filter(|name| !is_for(name, caller, host));
    tokens.chain((!is_hosted(host)).then_some("CODESPACES")).collect::<Vec<_>>().into_iter()
}

fn is_for(token: &str, caller: &CallerEnvironment, host: &str) -> bool {
    match TOKENS.contains(&token) {
        true => is_hosted(host),
        false => !is_hosted(host) && is_own(caller, host),
    }
}

/// Whether the caller says that it is theirs.
fn is_own(caller: &CallerEnvironment, host: &str) -> bool {
    caller.get("GH_HOST") == Some(host)
        || caller.get("GITHUB_SERVER_URL").and_then(host_of).is_some_and(|server| server == host)
}

fn host_of(url: &str) -> Option<&str> {
    Some(url.split_once("://")?.1.trim_end_matches('/'))
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
        assert_eq!(found("git.corp.example"), None, "nobody said that it is theirs");
        for (name, value) in
            [("GH_HOST", "git.corp.example"), ("GITHUB_SERVER_URL", "https://git.corp.example/")]
        {
            let named = of(&[("GITHUB_TOKEN", "hosted"), ("GH_ENTERPRISE_TOKEN", "own"), (name, value)]);
            let found = |host| token(&named, host).map(|token| token.expose().to_vec());
            assert_eq!(found("git.corp.example").as_deref(), Some(b"own".as_slice()));
            assert_eq!(found("evil.example"), None);
            assert_eq!(found("github.com").as_deref(), Some(b"hosted".as_slice()));
        }
        let kept = |host| kept_from(&both, host).collect::<Vec<_>>();
        assert_eq!(kept("github.com"), ENTERPRISE_TOKENS);
        assert_eq!(
            kept("evil.example"),
            ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "CODESPACES"]
        );
        let hosted = of(&[("GH_TOKEN", "hosted"), ("GITHUB_TOKEN", "second")]);
        assert!(token(&hosted, "evil.example").is_none());
        assert!(token(&hosted, "github.com.evil.example").is_none());
        assert!(token(&hosted, "notghe.com").is_none());
        assert!(token(&of(&[("GH_TOKEN", "")]), "github.com").is_none());
    }
}
