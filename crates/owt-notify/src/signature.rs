//! The signature of a webhook's body: HMAC (RFC 2104) with SHA-256 over the time and the body, so that a receiver can
//! tell a body of ours from a stranger's, and a fresh one from one that was recorded.

use std::fmt::Write as _;

use sha2::Digest as _;
use sha2::Sha256;

/// The block of SHA-256, in bytes (FIPS 180-4).
const BLOCK: usize = 64;

/// `v1=` and the code in hexadecimal digits, over `v1:TIMESTAMP:BODY`. `timestamp` is in seconds since the Unix epoch.
pub fn signature(secret: &[u8], timestamp: i64, body: &[u8]) -> String {
    let prefix = format!("v1:{timestamp}:");
    let code = hmac_sha256(secret, &[prefix.as_bytes(), body]);
    let mut text = "v1=".to_owned();
    for byte in code {
        write!(text, "{byte:02x}").expect("a string takes everything");
    }
    text
}

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0u8; BLOCK];
    if key.len() > BLOCK {
        let digest: [u8; 32] = Sha256::digest(key).into();
        block[..digest.len()].copy_from_slice(&digest);
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let mut inner = Sha256::new();
    inner.update(block.map(|byte| byte ^ 0x36));
    for part in parts {
        inner.update(part);
    }
    let mut outer = Sha256::new();
    outer.update(block.map(|byte| byte ^ 0x5c));
    outer.update(inner.finalize());
    outer.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// RFC 4231, test cases 1, 2, 6.
    #[test]
    fn the_codes_are_those_of_the_standard() {
        let code = |key: &[u8], data: &[u8]| hex(&hmac_sha256(key, &[data]));
        assert_eq!(
            code(&[0x0b; 20], b"Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            code(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            code(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn time_and_body_are_both_signed() {
        let one = signature(b"key", 1, b"body");
        assert!(one.starts_with("v1=") && one.len() == 3 + 64);
        assert_ne!(one, signature(b"key", 2, b"body"));
        assert_ne!(one, signature(b"key", 1, b"bodz"));
        assert_ne!(one, signature(b"kez", 1, b"body"));
        assert_eq!(one, format!("v1={}", hex(&hmac_sha256(b"key", &[b"v1:1:body"]))));
    }
}
