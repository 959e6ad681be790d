//! `jwt`: is this a token (RFC 7519) that a configured key signed, for us, and still good.
//!
//! A key counts for one algorithm, so a token cannot choose how it is checked, and `none` is no algorithm. Issuer, audience and expiry are
//! always required. What a token is refused for is told only when its signature is right.

mod claims;
mod key_set;
mod keys;
mod provider;
mod sign;

pub use claims::Shape;
pub use jsonwebtoken::Algorithm;
pub use key_set::{KeySet, NoKeys, Place, SET_BYTES_MAX};
pub use keys::{Key, read_set};
pub use sign::{SigningKey, sign};

use super::{Verdict, Verifier, Work, texts};
use crate::value::{Millis, Value};
use claims::Claims;
use jsonwebtoken::{Validation, decode, decode_header};
use std::fmt;
use std::sync::Arc;

/// Why a token fails that no key here signed, or that is no token.
pub const NOT_A_TOKEN: &str = "not a token that counts here";
/// The longest token, in bytes.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// Where the keys are.
#[derive(Debug)]
pub enum Keys {
    /// In the settings.
    Fixed(Vec<Key>),
    /// Somewhere else.
    Set(Box<KeySet>),
}

/// What a token must say.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Who made it.
    pub issuer: String,
    /// Whom it is for: one of these.
    pub audience: Vec<String>,
    /// By how much clocks may differ, in milliseconds.
    pub leeway: Millis,
}

/// Checks tokens.
#[derive(Clone)]
pub struct Jwt {
    keys: Arc<Keys>,
    terms: Terms,
    shape: Shape,
}

impl fmt::Debug for Jwt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Jwt").field("keys", &self.keys).field("terms", &self.terms).finish_non_exhaustive()
    }
}

impl Jwt {
    /// Tokens of these keys, on these terms, as values of this shape.
    pub fn new(keys: Keys, terms: Terms, shape: Shape) -> Jwt {
        Jwt { keys: Arc::new(keys), terms, shape }
    }

    /// The verdict on a token that one of these keys may have signed.
    fn verdict(&self, token: &str, keys: &[Key], wall: Millis) -> Verdict {
        let claims = keys.iter().find_map(|key| self.signed(token, key)).ok_or(NOT_A_TOKEN)?;
        self.terms.allow(&claims, wall)?;
        self.shape.read(&claims)
    }

    /// What a token says, if this key signed it. The key's algorithm is the only one there is.
    fn signed(&self, token: &str, key: &Key) -> Option<Claims> {
        let mut validation = Validation::new(key.algorithm);
        // the terms are looked at when it is known who wrote the token, and by the clock that the engine has
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        decode::<Claims>(token, &key.key, &validation).ok().map(|token| token.claims)
    }

    async fn look_up(self, named: Option<String>, token: Arc<str>, wall: Millis) -> Verdict {
        match &*self.keys {
            Keys::Fixed(keys) => self.verdict(&token, keys, wall),
            Keys::Set(set) => match set.find(named.as_deref()).await {
                Ok(keys) => self.verdict(&token, &keys, wall),
                Err(NoKeys::Unknown) => Err(NOT_A_TOKEN.into()),
                Err(NoKeys::Unavailable) => Err("unavailable".into()),
                Err(NoKeys::Busy) => Err("busy".into()),
            },
        }
    }
}

impl Verifier for Jwt {
    fn begin(&self, args: Vec<Value>, wall: Millis) -> Work {
        let token = texts::<1>(args).map(|[token]| token).filter(|token| token.len() <= TOKEN_BYTES_MAX);
        let header = token.as_deref().and_then(|token| decode_header(token).ok());
        // `crit` names what must be understood (RFC 7515, 4.1.11), and nothing of that kind is
        let (Some(token), Some(header)) = (token, header.filter(|header| header.crit.is_none())) else {
            return Work::Done(Err(NOT_A_TOKEN.into()));
        };
        match &*self.keys {
            Keys::Fixed(keys) => {
                let named = header.kid.as_deref();
                let keys: Vec<Key> = keys.iter().filter(|key| key.may_be(named)).cloned().collect();
                let this = self.clone();
                Work::Blocking(Box::new(move || this.verdict(&token, &keys, wall)))
            }
            Keys::Set(_) => Work::Waiting(Box::pin(self.clone().look_up(header.kid, token, wall))),
        }
    }

    fn describe(&self) -> String {
        let keys = match &*self.keys {
            Keys::Fixed(keys) => format!("{} configured", keys.len()),
            Keys::Set(set) => format!("in {}", set.describe()),
        };
        format!("tokens of {}, keys {keys}", self.terms.issuer)
    }
}

impl Terms {
    /// Whether a token is good at a time. What is missing is as bad as what is wrong.
    fn allow(&self, claims: &Claims, wall: Millis) -> Result<(), Arc<str>> {
        let text = |name: &str| claims.get(name).and_then(|claim| claim.as_str());
        let millis = |name: &str| claims.get(name).map(|claim| claim.as_f64().map(|seconds| seconds * 1000.0));
        if text("iss") != Some(&*self.issuer) {
            return Err("the token is of another issuer".into());
        }
        let is_us =
            |claim: &serde_json::Value| claim.as_str().is_some_and(|name| self.audience.iter().any(|us| us == name));
        let is_for_us = match claims.get("aud") {
            Some(serde_json::Value::Array(names)) => names.iter().any(is_us),
            Some(name) => is_us(name),
            None => false,
        };
        if !is_for_us {
            return Err("the token is for another audience".into());
        }
        let (now, leeway) = (wall as f64, self.leeway as f64);
        match millis("exp") {
            Some(Some(expires)) if now < expires + leeway => {}
            Some(Some(_)) => return Err("the token has expired".into()),
            Some(None) | None => return Err("the token does not say when it expires".into()),
        }
        match millis("nbf") {
            Some(Some(begins)) if begins <= now + leeway => Ok(()),
            None => Ok(()),
            Some(Some(_) | None) => Err("the token is not good yet".into()),
        }
    }
}
