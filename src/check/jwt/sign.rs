//! Making tokens, for operators and for trying rules. The server makes none.

use super::provider;
use crate::check::Secret;
use jsonwebtoken::{Algorithm, AlgorithmFamily, EncodingKey, Header, encode};
use serde_json::{Map, Value};

/// A key that signs with one algorithm.
pub struct SigningKey {
    algorithm: Algorithm,
    id: Option<String>,
    key: EncodingKey,
}

impl SigningKey {
    /// A shared key as it is, or a private key in PEM: PKCS #8, for RSA also PKCS #1.
    pub fn new(algorithm: Algorithm, key: &Secret, id: Option<String>) -> Result<SigningKey, String> {
        provider::install();
        let bytes = key.reveal().as_bytes();
        let key = match algorithm.family() {
            AlgorithmFamily::Hmac => Ok(EncodingKey::from_secret(bytes)),
            AlgorithmFamily::Rsa => EncodingKey::from_rsa_pem(bytes),
            AlgorithmFamily::Ec => EncodingKey::from_ec_pem(bytes),
            AlgorithmFamily::Ed => EncodingKey::from_ed_pem(bytes),
        };
        let key = key.map_err(|_| format!("this is not a private key for {algorithm:?} in PEM"))?;
        Ok(SigningKey { algorithm, id, key })
    }
}

/// A token with these claims.
pub fn sign(claims: &Map<String, Value>, key: &SigningKey) -> Result<String, String> {
    let mut header = Header::new(key.algorithm);
    header.kid.clone_from(&key.id);
    encode(&header, claims, &key.key).map_err(|_| format!("this key cannot sign with {:?}", key.algorithm))
}
