//! Who asks: the signature of Standard Webhooks, version 1.

use crate::check::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use std::fmt;

/// How a secret begins that is written in base64.
const PREFIX: &str = "whsec_";
/// A secret has at least so many bytes.
const SECRET_BYTES_MIN: usize = 24;

/// A key that the asked server has, too.
#[derive(Clone)]
pub struct SigningSecret(hmac::Key);

impl fmt::Debug for SigningSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("(secret)")
    }
}

impl SigningSecret {
    /// `whsec_` and base64, or the secret as it is.
    pub fn new(secret: &Secret) -> Result<SigningSecret, String> {
        let text = secret.reveal();
        let bytes = match text.strip_prefix(PREFIX) {
            Some(encoded) => STANDARD.decode(encoded).map_err(|_| format!("what follows `{PREFIX}` is not base64"))?,
            None => text.as_bytes().to_vec(),
        };
        if bytes.len() < SECRET_BYTES_MIN {
            return Err(format!("a secret has at least {SECRET_BYTES_MIN} bytes, and this one has {}", bytes.len()));
        }
        Ok(SigningSecret(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// `v1,` and the base64 of the HMAC over id, time and body.
    pub fn sign(&self, id: &str, time: &str, body: &str) -> String {
        let tag = hmac::sign(&self.0, format!("{id}.{time}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag.as_ref()))
    }
}
