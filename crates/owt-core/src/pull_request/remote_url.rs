//! The address of a remote, as far as it says which repository of which host is meant.

use super::HostedRepository;

impl HostedRepository {
    /// The repository that a remote's address names: `https://host/owner/name.git`, `ssh://git@host:22/owner/name`,
    /// `git@host:owner/name.git`. `None`: a path, or something else that is on no host.
    pub fn of_url(url: &str) -> Option<Self> {
        let (host, path) = match url.split_once("://") {
            Some((scheme, rest)) => with_scheme(scheme, rest)?,
            None => scp_like(url)?,
        };
        let path = path.trim_matches('/');
        let (owner, name) = path.strip_suffix(".git").unwrap_or(path).split_once('/')?;
        let plain = |part: &str| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.'))
        };
        let is_port = |port: &str| !port.starts_with('+') && port.parse::<u16>().is_ok_and(|port| port > 0);
        let is_host = |host: &str| match host.split_once(':') {
            Some((name, port)) => plain(name) && is_port(port),
            None => plain(host),
        };
        (is_host(&host) && plain(owner) && plain(name)).then(|| Self {
            host: host.to_ascii_lowercase(),
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// The host (with its port where that is the web's) and the path.
fn with_scheme<'a>(scheme: &str, rest: &'a str) -> Option<(String, &'a str)> {
    let (place, path) = rest.split_once('/')?;
    let host = place.rsplit('@').next().unwrap_or(place);
    let name = host.split(':').next().unwrap_or(host);
    match scheme {
        "https" | "http" => Some((host.to_owned(), path)),
        // The port is that of ssh, and says nothing of the web.
        "ssh" | "git+ssh" | "git" => Some((web_name(name), path)),
        _ => None,
    }
}

fn scp_like(url: &str) -> Option<(String, &str)> {
    let (place, path) = url.split_once(':')?;
    // git's own rule: with a stroke before the colon it is a path.
    if place.contains('/') {
        return None;
    }
    Some((web_name(place.rsplit('@').next().unwrap_or(place)), path))
}

/// `ssh.github.com` is GitHub's own second door for ssh, on the port of https.
fn web_name(host: &str) -> String {
    match host {
        "ssh.github.com" => "github.com".to_owned(),
        host => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_remote_says_which_repository_is_meant() {
        for (url, meant) in [
            ("https://github.com/acme/app.git", Some("github.com acme/app")),
            ("https://GitHub.com/acme/app/", Some("github.com acme/app")),
            ("https://user:secret@example.com/acme/app", Some("example.com acme/app")),
            ("https://git.corp.example:8443/acme/app", Some("git.corp.example:8443 acme/app")),
            ("https://git.corp.example:8443@evil/acme/app", Some("evil acme/app")),
            ("https://git.corp.example:84x3/acme/app", None),
            ("https://git.corp.example:/acme/app", None),
            ("https://git.corp.example:1:2/acme/app", None),
            ("git@github.com:acme/app.git", Some("github.com acme/app")),
            ("github.com:acme/a.p-p_1", Some("github.com acme/a.p-p_1")),
            ("ssh://git@git.corp.example:2222/acme/app.git", Some("git.corp.example acme/app")),
            ("ssh://git@ssh.github.com:443/acme/app.git", Some("github.com acme/app")),
            ("/srv/git/app.git", None),
            ("../app.git", None),
            ("file:///srv/git/app.git", None),
            ("./with:colon/app", None),
            ("https://github.com/acme", None),
            ("https://gitlab.com/group/sub/app.git", None),
            ("https://github.com/acme/..", None),
            ("https://github.com/ac me/app\"", None),
            ("", None),
        ] {
            let found = HostedRepository::of_url(url).map(|it| format!("{} {it}", it.host));
            assert_eq!(found.as_deref(), meant, "{url}");
        }
    }
}
