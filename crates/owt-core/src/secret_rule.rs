//! Which files are secrets: the rule as data, and its only home. Names decide; where a name is used for secrets and
//! for harmless files alike, the content decides what may enter a commit of ours ([`secret`]). Who may read a file is
//! decided by its name alone ([`is_private`]): to narrow the mode of a harmless file costs nothing.
//!
//! This is a seat belt against `.env` in a commit, not a scanner for secrets in source code.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// How much of a file is looked at where the content decides, in bytes.
pub const LOOKED_AT: u64 = 256 * 1024;

/// How a file's name is compared; always without regard to ASCII case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// The whole last part of the path.
    Is(&'static str),
    /// The last part begins so.
    Begins(&'static str),
    /// The last part ends so.
    Ends(&'static str),
    /// A folder of this name is on the way to the file.
    Below(&'static str),
}

/// What of the content makes a file secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Nothing can make it harmless.
    Any,
    /// Only if one of these is in it.
    Has(&'static [&'static str]),
}

/// One line of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Which files it is about.
    pub name: Name,
    /// When they are secret.
    pub content: Content,
    /// What such a file is, for people.
    pub what: &'static str,
}

const fn always(name: Name, what: &'static str) -> Line {
    Line { name, content: Content::Any, what }
}

const fn if_it_has(name: Name, markers: &'static [&'static str], what: &'static str) -> Line {
    Line { name, content: Content::Has(markers), what }
}

/// Names that are never secret, whatever the rule says: samples made to be committed.
pub const HARMLESS: &[Name] = &[
    Name::Ends(".example"),
    Name::Ends(".sample"),
    Name::Ends(".template"),
    Name::Ends(".dist"),
    Name::Ends(".pub"),
];

const PRIVATE_KEY: &[&str] = &["PRIVATE KEY-----"];
const NPM_TOKENS: &[&str] = &["_authToken", "_auth=", "_auth =", "_password"];
const YARN_TOKENS: &[&str] = &["npmAuthToken", "npmAuthIdent"];
const SHELL_SECRETS: &[&str] = &["TOKEN=", "SECRET=", "PASSWORD=", "PASSWD=", "_KEY=", "CREDENTIALS="];
const CLOUD_SECRETS: &[&str] =
    &["\"private_key\"", "client_secret", "refresh_token", "aws_secret_access_key"];
const LOGIN: &[&str] = &["\"auth\"", "password", "token"];

/// The rule; the first line that fits decides.
pub const RULE: &[Line] = &[
    // What a crash leaves of giving a secret back (see the `withheld` module).
    always(Name::Ends(".owt-draft"), "unfinished copy of a secret"),
    always(Name::Is(".env"), "environment file"),
    always(Name::Begins(".env."), "environment file"),
    always(Name::Ends(".env"), "environment file"),
    if_it_has(Name::Is(".envrc"), SHELL_SECRETS, "environment file with secrets"),
    always(Name::Is("id_rsa"), "private key"),
    always(Name::Is("id_dsa"), "private key"),
    always(Name::Is("id_ecdsa"), "private key"),
    always(Name::Is("id_ed25519"), "private key"),
    always(Name::Is("id_ecdsa_sk"), "private key"),
    always(Name::Is("id_ed25519_sk"), "private key"),
    // Certificates share these endings.
    if_it_has(Name::Ends(".pem"), PRIVATE_KEY, "private key"),
    if_it_has(Name::Ends(".key"), PRIVATE_KEY, "private key"),
    if_it_has(Name::Ends(".asc"), &["PRIVATE KEY BLOCK-----"], "private key"),
    always(Name::Ends(".p12"), "private key store"),
    always(Name::Ends(".pfx"), "private key store"),
    always(Name::Ends(".jks"), "private key store"),
    always(Name::Ends(".keystore"), "private key store"),
    always(Name::Ends(".ppk"), "private key"),
    always(Name::Ends(".p8"), "private key"),
    always(Name::Ends(".kdbx"), "password store"),
    always(Name::Is(".netrc"), "login file"),
    always(Name::Is("_netrc"), "login file"),
    always(Name::Is(".git-credentials"), "login file"),
    always(Name::Is(".pgpass"), "login file"),
    always(Name::Is(".htpasswd"), "login file"),
    if_it_has(Name::Is(".npmrc"), NPM_TOKENS, "npm settings with a token"),
    if_it_has(Name::Is(".yarnrc.yml"), YARN_TOKENS, "yarn settings with a token"),
    if_it_has(Name::Is(".pypirc"), LOGIN, "package registry login"),
    always(Name::Below(".secrets"), "folder of secrets"),
    always(Name::Below(".ssh"), "ssh settings"),
    always(Name::Below(".gnupg"), "gpg settings"),
    always(Name::Below(".aws"), "cloud login"),
    always(Name::Below(".azure"), "cloud login"),
    if_it_has(Name::Below(".docker"), LOGIN, "registry login"),
    if_it_has(Name::Is("service-account.json"), CLOUD_SECRETS, "cloud login"),
    if_it_has(Name::Is("credentials.json"), CLOUD_SECRETS, "cloud login"),
    if_it_has(Name::Is("credentials"), CLOUD_SECRETS, "cloud login"),
    if_it_has(Name::Is("client_secret.json"), CLOUD_SECRETS, "cloud login"),
    always(Name::Is("application_default_credentials.json"), "cloud login"),
];

/// Names of files that only their owner may read, besides those of [`RULE`]: source code about secrets is called so
/// too, and may be committed.
const ONLY_PRIVATE: &[Name] =
    &[Name::Below("secrets"), Name::Begins(".env-"), Name::Begins(".env_"), Name::Is("auth.json")];

/// Words in the name of a file that only its owner may read.
const PRIVATE_WORDS: &[&[u8]] = &[b"secret", b"token", b"credentials"];

/// The line that makes the file at `path` (relative to the worktree) secret. `content` gives its beginning
/// ([`LOOKED_AT`]) and is asked only where the name does not decide; `None` (unreadable) counts as secret.
pub fn secret(path: &OsStr, content: impl FnOnce() -> Option<Vec<u8>>) -> Option<&'static Line> {
    let lower = path.as_bytes().to_ascii_lowercase();
    let parts = parts(&lower);
    if HARMLESS.iter().any(|name| fits(*name, &parts)) {
        return None;
    }
    let line = RULE.iter().find(|line| fits(line.name, &parts))?;
    let is_secret = match line.content {
        Content::Any => true,
        Content::Has(markers) => content().is_none_or(|bytes| has_any(&bytes, markers)),
    };
    is_secret.then_some(line)
}

/// Whether only its owner may read a copy of the file at `path` (relative to the worktree), whatever is in it.
pub fn is_private(path: &OsStr) -> bool {
    let lower = path.as_bytes().to_ascii_lowercase();
    let parts = parts(&lower);
    let has =
        |word: &&[u8]| parts.last().is_some_and(|last| last.windows(word.len()).any(|part| part == *word));
    RULE.iter().map(|line| line.name).chain(ONLY_PRIVATE.iter().copied()).any(|name| fits(name, &parts))
        || PRIVATE_WORDS.iter().any(has)
}

fn parts(path: &[u8]) -> Vec<&[u8]> {
    path.split(|&byte| byte == b'/').filter(|part| !part.is_empty()).collect()
}

fn fits(name: Name, parts: &[&[u8]]) -> bool {
    let Some((last, folders)) = parts.split_last() else { return false };
    match name {
        Name::Is(text) => *last == text.as_bytes(),
        Name::Begins(text) => last.starts_with(text.as_bytes()),
        Name::Ends(text) => last.ends_with(text.as_bytes()),
        Name::Below(text) => folders.contains(&text.as_bytes()),
    }
}

fn has_any(bytes: &[u8], markers: &[&str]) -> bool {
    let lower = bytes.to_ascii_lowercase();
    markers.iter().any(|marker| {
        let marker = marker.to_ascii_lowercase();
        lower.windows(marker.len()).any(|window| window == marker.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_secret(path: &str, content: &str) -> bool {
        secret(OsStr::new(path), || Some(content.as_bytes().to_vec())).is_some()
    }

    #[test]
    fn environment_files_and_their_kin_are_secret_wherever_they_lie() {
        for path in [".env", "app/.env", ".ENV", ".env.local", ".env.production", "prod.env", "a b/.env.x"] {
            assert!(is_secret(path, ""), "{path}");
        }
        for path in [".env.example", ".env.sample", ".env.template", ".env.dist", "env.rs", ".environment"] {
            assert!(!is_secret(path, "A=1"), "{path}");
        }
    }

    #[test]
    fn a_folder_called_like_a_secret_does_not_hide_its_files() {
        assert!(!is_secret(".env/README.md", ""));
        assert!(is_secret("home/.ssh/config", "") && !is_secret(".ssh", ""));
    }

    #[test]
    fn private_keys_are_secret_and_certificates_are_not() {
        let key = "-----BEGIN RSA PRIVATE KEY-----\nabc";
        let certificate = "-----BEGIN CERTIFICATE-----\nabc";
        assert!(is_secret("deploy/id_rsa", "") && !is_secret("deploy/id_rsa.pub", ""));
        assert!(is_secret("tls/server.pem", key) && !is_secret("tls/server.pem", certificate));
        assert!(is_secret("server.key", key) && !is_secret("translation.key", "greeting=hello"));
        assert!(is_secret("store.p12", ""));
    }

    #[test]
    fn settings_are_secret_only_with_a_token_in_them() {
        assert!(is_secret(".npmrc", "//registry.npmjs.org/:_authToken=abc"));
        assert!(!is_secret(".npmrc", "save-exact=true"));
        assert!(is_secret(".envrc", "export API_TOKEN=x") && !is_secret(".envrc", "use flake"));
        assert!(is_secret("credentials.json", "{\"client_secret\": 1}"));
        assert!(!is_secret("credentials.rs", "struct Credentials { client_secret: String }"));
    }

    #[test]
    fn a_file_that_cannot_be_read_counts_as_secret_where_the_content_decides() {
        assert!(secret(OsStr::new(".npmrc"), || None).is_some());
        assert!(secret(OsStr::new("main.rs"), || None).is_none());
    }

    #[test]
    fn whatever_may_be_a_secret_is_private() {
        for path in [
            ".env",
            ".env.local",
            ".env.example",
            "web/.ENV.Production",
            ".envrc",
            "certificates/dev.PEM",
            ".npmrc",
            "id_ed25519_sk",
            "config/credentials",
            ".env-local",
            ".env_test",
            "config/secrets.yml",
            "token",
            "auth.json",
            "my-api-Token.txt",
            "aws-credentials.csv",
            "config/secrets/x.json",
            ".secrets/x",
        ] {
            assert!(is_private(OsStr::new(path)), "{path}");
        }
        for path in ["CLAUDE.md", "environment.ts", "keys.rs"] {
            assert!(!is_private(OsStr::new(path)), "{path}");
        }
        assert!(!is_secret("src/secrets/mod.rs", "TOKEN=x"), "source code may be committed");
    }

    #[test]
    fn every_line_can_be_reached() {
        for (at, line) in RULE.iter().enumerate() {
            let path = match line.name {
                Name::Is(text) => text.to_owned(),
                Name::Begins(text) => format!("{text}x"),
                Name::Ends(text) => format!("x{text}"),
                Name::Below(text) => format!("{text}/x"),
            };
            let content = match line.content {
                Content::Any => None,
                Content::Has(markers) => Some(markers[0].as_bytes().to_vec()),
            };
            let found = secret(OsStr::new(&path), || content).expect(&path);
            assert_eq!(found, line, "line {at} ({path})");
        }
    }
}
