//! Which files only their owner may read, whatever their modes were. Names decide: to narrow the mode of a harmless
//! file costs nothing, so that this asks less than the rule about what may enter a commit.

use std::ffi::OsStr;

use owt_core::environment::RelPath;

const NAMES: &[&str] = &[
    ".envrc",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    ".netrc",
    "_netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".htpasswd",
    ".git-credentials",
    "credentials",
    "credentials.json",
    "service-account.json",
    ".yarnrc.yml",
    "client_secret.json",
    "application_default_credentials.json",
];

const ENDINGS: &[&str] =
    &[".env", ".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".ppk", ".p8", ".kdbx", ".asc"];

const FOLDERS: &[&str] = &[".ssh", ".gnupg", ".aws", ".azure", ".docker", "secrets", ".secrets"];

pub(crate) fn is_private(path: &RelPath) -> bool {
    let lower = |part: &OsStr| part.to_string_lossy().to_ascii_lowercase();
    let name = lower(path.file_name());
    name.starts_with(".env.")
        || NAMES.contains(&name.as_str())
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || path.parts().any(|part| FOLDERS.contains(&lower(part).as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for (path, expected) in [
            (".env", true),
            (".env.local", true),
            ("web/.ENV.Production", true),
            ("certificates/dev.PEM", true),
            ("config/secrets/x.json", true),
            ("CLAUDE.md", false),
            ("environment.ts", false),
        ] {
            assert_eq!(is_private(&RelPath::new(path).unwrap()), expected, "{path}");
        }
    }
}
