//! A signed POST, as Standard Webhooks have it.

use super::SigningSecret;
use crate::check::outbound::Asked;
use crate::value::Millis;
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, InvalidHeaderValue};

/// Why nothing could be sent.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// The machine gives no random bytes for an id.
    #[error("this machine gives no random bytes: {0}")]
    NoRandomness(#[from] getrandom::Error),
    /// What was to stand in a header cannot.
    #[error("a header cannot be written: {0}")]
    Header(#[from] InvalidHeaderValue),
}

/// A name for one message, by which the other server knows one that comes twice.
pub fn new_id() -> Result<String, Unsent> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    Ok(format!("msg_{}", uuid::Builder::from_random_bytes(random).into_uuid().simple()))
}

impl SigningSecret {
    /// The JSON of `body`, with its id, the time, and the signature over all three.
    pub fn post(&self, id: &str, wall: Millis, body: String) -> Result<Asked, Unsent> {
        let time = (wall / 1000).to_string();
        let signature = self.sign(id, &time, &body);
        let headers = vec![
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (HeaderName::from_static("webhook-id"), HeaderValue::from_str(id)?),
            (HeaderName::from_static("webhook-timestamp"), HeaderValue::from_str(&time)?),
            (HeaderName::from_static("webhook-signature"), HeaderValue::from_str(&signature)?),
        ];
        Ok(Asked { method: Method::POST, headers, body: body.into() })
    }
}
