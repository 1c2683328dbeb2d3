//! What makes a repository itself: its common directory, never its name or its folder's name.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use owt_core::RepositoryId;
use sha2::Digest;
use sha2::Sha256;

/// The identity of the repository whose canonical common directory (symlinks resolved) this is: the first 128
/// bits of a SHA-256 over its path. A repository that is moved gets a new identity.
pub fn repository_id(canonical_common_dir: &Path) -> RepositoryId {
    RepositoryId::from_bits(path_bits("owt repository", canonical_common_dir))
}

/// 128 bits that stand for a path; `purpose` keeps different uses apart.
pub(crate) fn path_bits(purpose: &str, path: &Path) -> u128 {
    let mut hash = Sha256::new();
    hash.update(purpose.as_bytes());
    hash.update([0]);
    hash.update(path.as_os_str().as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    digest[..16].iter().fold(0, |bits, byte| (bits << 8) | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_the_path_and_stays_the_same_in_every_version() {
        let id = repository_id(Path::new("/home/me/app/.git"));
        assert_ne!(id, repository_id(Path::new("/home/you/app/.git")));
        // printf 'owt repository\0/home/me/app/.git' | sha256sum
        assert_eq!(id.bits(), 0x6ddc_bd87_afae_e10c_17ee_38c4_fb99_a4c1);
    }
}
