//! Digests as the page and its catalogue write them.

use sha2::{Digest, Sha256};

/// Sha256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
