//! SCRAM-SHA-256 (RFC 5802 and 7677) without channel binding, the client's side: how Postgres asks for passwords.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

/// The name of the mechanism.
pub(super) const MECHANISM: &str = "SCRAM-SHA-256";

/// A hash takes text in blocks of so many bytes.
const BLOCK: usize = 64;
/// More rounds than a server has any reason to ask for.
const MOST_ROUNDS: u32 = 1_000_000;

type Digest = [u8; 32];

/// The first message; the name of the user is told elsewhere.
pub(super) fn first(nonce: &str) -> String {
    format!("n,,{}", bare(nonce))
}

/// The answer to the server's first message; `None` if that makes no sense.
pub(super) fn last(password: &str, nonce: &str, server: &str) -> Option<String> {
    let field = |name: &str| server.split(',').find_map(|field| field.strip_prefix(name));
    let both = field("r=").filter(|both| both.starts_with(nonce))?;
    let salt = BASE64.decode(field("s=")?).ok()?;
    let rounds: u32 = field("i=")?.parse().ok()?;
    if !(1..=MOST_ROUNDS).contains(&rounds) {
        return None;
    }
    let client_key = hmac(&salted(password.as_bytes(), &salt, rounds), b"Client Key");
    let without_proof = format!("c=biws,r={both}");
    let transcript = format!("{},{server},{without_proof}", bare(nonce));
    let stored: Digest = Sha256::digest(client_key).into();
    let proof = xor(client_key, &hmac(&stored, transcript.as_bytes()));
    Some(format!("{without_proof},p={}", BASE64.encode(proof)))
}

fn bare(nonce: &str) -> String {
    format!("n=,r={nonce}")
}

/// PBKDF2 with one block of output.
fn salted(password: &[u8], salt: &[u8], rounds: u32) -> Digest {
    let mut block = salt.to_vec();
    block.extend_from_slice(&1_u32.to_be_bytes());
    let mut round = hmac(password, &block);
    let mut sum = round;
    for _ in 1..rounds {
        round = hmac(password, &round);
        sum = xor(sum, &round);
    }
    sum
}

fn hmac(key: &[u8], text: &[u8]) -> Digest {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(text);
    let outer = Sha256::new().chain_update(padded(0x5c));
    outer.chain_update(inner.finalize()).finalize().into()
}

fn xor(mut one: Digest, other: &Digest) -> Digest {
    for (byte, with) in one.iter_mut().zip(other) {
        *byte ^= with;
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange of RFC 7677, section 3, but for the name of the user, which is left empty here: its proof was
    /// computed with Python's `hashlib` and `hmac`.
    #[test]
    fn proves_a_password_as_the_rfc_has_it() {
        let nonce = "rOprNGfwEbeRWgbNEkqO";
        assert_eq!(first(nonce), "n,,n=,r=rOprNGfwEbeRWgbNEkqO");
        let server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        assert_eq!(
            last("pencil", nonce, server).as_deref(),
            Some(
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=qvT2SWdEH5Q06albL+hjSYuUhCG7VndFyzIb7CK4n9k="
            )
        );
    }

    #[test]
    fn does_not_answer_nonsense() {
        for server in [
            "",
            "r=other,s=AAAA,i=1",
            "r=mine1,s=*,i=1",
            "r=mine1,s=AAAA,i=0",
            "r=mine1,s=AAAA,i=4000000000",
        ] {
            assert_eq!(last("x", "mine", server), None, "{server}");
        }
    }

    #[test]
    fn long_keys_are_hashed_first() {
        // RFC 4231, test case 6.
        let made = hmac(
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
        );
        assert_eq!(
            hex::encode(made),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
}
