//! `totp`: is this the client's one-time code (RFC 6238: SHA-1, six digits, 30 seconds, one step of skew either way).

use super::{ClientFiles, Verdict, Verifier, Work, texts};
use crate::value::{Millis, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use totp_rs::{Algorithm, Builder, Secret};

/// Why a check fails, whether or not there is such a client.
pub const WRONG_CODE: &str = "not a code of this client";

const DIGITS: u8 = 6;
const STEP_SECONDS: u64 = 30;
const SKEW_STEPS: u16 = 1;
/// So many clients may have used a code that could still be replayed; one more has to wait a minute and a half.
const USED_MAX: usize = 65_536;
/// What stands in for the secret of a client that has none, so that the answer takes as long.
const NOBODYS_SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// Checks codes against a directory of base32 secrets, one file per client. Each code opens once (RFC 6238, section 5.2): the
/// step of the last one is remembered, as long as the server runs.
#[derive(Clone)]
pub struct Totp {
    files: ClientFiles,
    used: Arc<Mutex<BTreeMap<Arc<str>, u64>>>,
}

impl fmt::Debug for Totp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Totp").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Totp {
    /// Looks for secrets in these files.
    pub fn new(files: ClientFiles) -> Self {
        Totp { files, used: Arc::default() }
    }

    /// Blocks.
    fn verify(&self, client: &Arc<str>, code: &str, wall: Millis) -> Verdict {
        let seconds = wall / 1000;
        let secret = self.secret(client);
        let known = secret.is_some();
        let matched = matching_step(secret, code, seconds);
        match matched {
            Some(step) if known => self.spend(client, step, seconds / STEP_SECONDS),
            Some(_) | None => Err(WRONG_CODE.into()),
        }
    }

    fn secret(&self, client: &str) -> Option<Secret> {
        match self.files.read(client) {
            Ok(text) => text.and_then(|text| {
                let secret = base32(&text);
                if secret.is_none() {
                    tracing::warn!(client, "the one-time secret of a client is not base32 (RFC 4648), and is ignored");
                }
                secret
            }),
            Err(error) => {
                tracing::warn!(client, %error, "cannot read the one-time secret of a client");
                None
            }
        }
    }

    /// A step counts once, and none before it counts after it.
    fn spend(&self, client: &Arc<str>, step: u64, now_step: u64) -> Verdict {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.get(client).is_some_and(|last| step <= *last) {
            return Err(WRONG_CODE.into());
        }
        if used.len() >= USED_MAX && !used.contains_key(client) {
            used.retain(|_, last| *last + u64::from(SKEW_STEPS) >= now_step);
            if used.len() >= USED_MAX {
                return Err("busy".into());
            }
        }
        used.insert(client.clone(), step);
        Ok(Value::Bool(true))
    }
}

impl Verifier for Totp {
    fn begin(&self, args: Vec<Value>, wall: Millis) -> Work {
        let Some([client, code]) = texts::<2>(args) else {
            return Work::Done(Err(WRONG_CODE.into()));
        };
        let this = self.clone();
        Work::Blocking(Box::new(move || this.verify(&client, &code, wall)))
    }

    fn describe(&self) -> String {
        format!("secrets in {}", self.files.describe())
    }
}

/// The step whose code this is, within the skew.
fn matching_step(secret: Option<Secret>, code: &str, seconds: u64) -> Option<u64> {
    let secret = secret.or_else(|| base32(NOBODYS_SECRET))?;
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_step_duration(STEP_SECONDS)
        .with_skew(SKEW_STEPS)
        .with_secret(secret)
        .build();
    match totp {
        Ok(totp) => totp.check(code, seconds),
        Err(error) => {
            tracing::warn!(%error, "a one-time secret is ignored: it must have at least 128 bits");
            None
        }
    }
}

/// Base32 of RFC 4648 in either case; white space and the padding at the end mean nothing.
fn base32(text: &str) -> Option<Secret> {
    let digits: String = text.split_ascii_whitespace().collect();
    Secret::try_from_base32(digits.trim_end_matches('=').to_ascii_uppercase()).ok()
}
