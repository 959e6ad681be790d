//! Keys that tokens are signed with. Each counts for one algorithm, whatever a token says of itself.

use super::provider;
use crate::check::Secret;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::value::RawValue;

/// No set has more keys that are looked at.
const KEYS_MAX: usize = 64;

/// A key and what it is for.
#[derive(Clone, Debug)]
pub struct Key {
    /// What a token calls it; none: it counts for tokens that name no key, or any.
    pub id: Option<String>,
    /// The one algorithm.
    pub algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

impl Key {
    /// A key that both sides know, for HS256, HS384 or HS512: at least as long as the hash (RFC 7518, 3.2).
    pub fn shared(algorithm: Algorithm, secret: &Secret, id: Option<String>) -> Result<Key, String> {
        let least = match algorithm {
            Algorithm::HS256 => 32,
            Algorithm::HS384 => 48,
            Algorithm::HS512 => 64,
            other => return Err(format!("{other:?} has a public key: name its file with `public_key`")),
        };
        let bytes = secret.reveal().as_bytes();
        if bytes.len() < least {
            return Err(format!(
                "a key for {algorithm:?} has at least {least} bytes, and this one has {}",
                bytes.len()
            ));
        }
        provider::install();
        Ok(Key { id, algorithm, key: DecodingKey::from_secret(bytes) })
    }

    /// A public key in PEM.
    pub fn public(algorithm: Algorithm, pem: &[u8], id: Option<String>) -> Result<Key, String> {
        use jsonwebtoken::AlgorithmFamily as Family;
        let key = match algorithm.family() {
            Family::Rsa => DecodingKey::from_rsa_pem(pem),
            Family::Ec => DecodingKey::from_ec_pem(pem),
            Family::Ed => DecodingKey::from_ed_pem(pem),
            Family::Hmac => {
                return Err(format!("{algorithm:?} has a shared key: write it in a file named by `secret_file`"));
            }
        };
        if String::from_utf8_lossy(pem).contains("PRIVATE KEY") {
            return Err("this is a private key, which nobody needs who only checks: give the public one".into());
        }
        let key = key.map_err(|_| format!("this is not a public key for {algorithm:?} in PEM"))?;
        provider::install();
        Ok(Key { id, algorithm, key })
    }

    /// The key of a JWK that signs; none where it is for something else, or of a kind that is not known. A key that names no
    /// algorithm has the one of its kind.
    fn of_jwk(jwk: &Jwk) -> Option<Key> {
        let kind = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => Algorithm::RS256,
            AlgorithmParameters::EllipticCurve(key) => match key.curve {
                EllipticCurve::P256 => Algorithm::ES256,
                EllipticCurve::P384 => Algorithm::ES384,
                _ => return None,
            },
            AlgorithmParameters::OctetKeyPair(_) => Algorithm::EdDSA,
            // a set is public, and so would be its shared keys
            _ => return None,
        };
        let algorithm = match &jwk.common.key_algorithm {
            Some(named) => {
                named.to_string().parse::<Algorithm>().ok().filter(|named| named.family() == kind.family())?
            }
            None => kind,
        };
        let signs = matches!(&jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
        let key = DecodingKey::from_jwk(jwk).ok().filter(|_| signs)?;
        Some(Key { id: jwk.common.key_id.clone(), algorithm, key })
    }

    /// Whether a token that names this key, or none, may be signed with it.
    pub(super) fn may_be(&self, named: Option<&str>) -> bool {
        match (&self.id, named) {
            (Some(id), Some(named)) => id == named,
            (Some(_) | None, None) | (None, Some(_)) => true,
        }
    }
}

/// The usable keys of a set (RFC 7517): what cannot be used is left out, as the RFC says; a set without any is an error.
pub fn read_set(text: &[u8]) -> Result<Vec<Key>, String> {
    #[derive(Deserialize)]
    struct Set<'text> {
        #[serde(borrow)]
        keys: Vec<&'text RawValue>,
    }
    let set: Set<'_> = serde_json::from_slice(text).map_err(|error| format!("this is no set of keys: {error}"))?;
    let read = |key: &&RawValue| serde_json::from_str::<Jwk>(key.get()).ok();
    let keys: Vec<Key> = set.keys.iter().take(KEYS_MAX).filter_map(read).filter_map(|jwk| Key::of_jwk(&jwk)).collect();
    if keys.is_empty() {
        return Err("there is no key for signatures in the set".into());
    }
    provider::install();
    Ok(keys)
}
