//! `password`: is this the client's password (argon2id, RFC 9106).

use super::{ClientFiles, Secret, Verdict, Verifier, Work, texts};
use crate::value::{Millis, Value};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why a check fails, whether or not there is such a client.
pub const WRONG_PASSWORD: &str = "not the password of this client";

/// No password is longer, in bytes.
const PASSWORD_BYTES_MAX: usize = 1024;
/// No hash may cost more memory, in KiB, or more passes over it: whoever writes hashes does not stop the server.
const MEMORY_KIB_MAX: u32 = 256 * 1024;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 8;
/// The least memory that OWASP's cheat sheet has, in KiB, and the least memory times passes: with less, whoever comes by the hashes
/// finds the passwords by guessing.
const MEMORY_KIB_MIN: u32 = 7 * 1024;
const WORK_KIB_MIN: u64 = 35 * 1024;

/// What a hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for Cost {
    /// What OWASP's cheat sheet recommends.
    fn default() -> Self {
        Cost { memory_kib: Params::DEFAULT_M_COST, passes: Params::DEFAULT_T_COST }
    }
}

impl Cost {
    /// Refuses what new hashes should not cost less than.
    pub fn enough(self) -> Result<Cost, String> {
        if self.is_enough() {
            return Ok(self);
        }
        let Cost { memory_kib, passes } = Cost::default();
        Err(format!(
            "a hash of so little is soon found by guessing: let it take at least {MEMORY_KIB_MIN} KiB of memory, and {WORK_KIB_MIN} KiB \
             times the passes over it, as {memory_kib} KiB and {passes} passes do"
        ))
    }

    fn is_enough(self) -> bool {
        self.memory_kib >= MEMORY_KIB_MIN && self.work_kib() >= WORK_KIB_MIN
    }

    fn work_kib(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }

    fn hasher(self) -> Option<Argon2<'static>> {
        let within = self.memory_kib <= MEMORY_KIB_MAX && self.passes <= PASSES_MAX;
        let params = Params::new(self.memory_kib, self.passes, 1, None).ok().filter(|_| within)?;
        Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

/// The hash of a password with a new salt, as a PHC string. Blocks, for some tens of milliseconds.
pub fn hash_password(password: &Secret, cost: Cost) -> Result<String, String> {
    let length = password.reveal().len();
    if length == 0 || length > PASSWORD_BYTES_MAX {
        return Err(format!("a password has 1 to {PASSWORD_BYTES_MAX} bytes, and this one has {length}"));
    }
    let hasher = cost.hasher().ok_or_else(|| {
        format!("a hash takes 8 to {MEMORY_KIB_MAX} KiB of memory and 1 to {PASSES_MAX} passes over it")
    })?;
    let hash = hasher.hash_password(password.reveal().as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| format!("cannot hash the password: {error}"))
}

/// Checks passwords against a directory with one hash per client.
#[derive(Clone)]
pub struct Password {
    files: ClientFiles,
    cost: Cost,
    /// The hash of a password that nobody has: what is verified for a client that has none, so that the answer takes as long.
    nobodys: Arc<str>,
    worked_kib: Arc<AtomicU64>,
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Password").field("files", &self.files).field("cost", &self.cost).finish_non_exhaustive()
    }
}

impl Password {
    /// Looks for hashes in these files, which should cost this. Blocks.
    pub fn new(files: ClientFiles, cost: Cost) -> Result<Password, String> {
        let nobodys = hash_password(&Secret::new("nobody"), cost)?.into();
        Ok(Password { files, cost, nobodys, worked_kib: Arc::default() })
    }

    /// What all checks so far have cost: memory in KiB, times the passes over it. Who does not exist costs as much as who does.
    pub fn worked_kib(&self) -> u64 {
        self.worked_kib.load(Ordering::Relaxed)
    }

    /// Blocks.
    fn verify(&self, client: &str, password: &str) -> Verdict {
        let own = self.hash(client);
        let is_right = self.is_of(own.as_deref().unwrap_or(&self.nobodys), password);
        if own.is_some() && is_right { Ok(Value::Bool(true)) } else { Err(WRONG_PASSWORD.into()) }
    }

    /// Blocks.
    fn is_of(&self, hash: &str, password: &str) -> bool {
        let Ok(hash) = PasswordHash::new(hash) else { return false };
        let is_right = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
        self.worked_kib.fetch_add(cost_of(&hash).map_or(0, Cost::work_kib), Ordering::Relaxed);
        is_right
    }

    /// A hash that may be verified.
    fn hash(&self, client: &str) -> Option<String> {
        let text = self.files.read(client);
        let text = text.unwrap_or_else(|error| {
            tracing::warn!(client, %error, "cannot read the password's hash of a client");
            None
        })?;
        let text = text.trim().to_owned();
        match PasswordHash::new(&text).ok().and_then(|hash| cost_of(&hash)) {
            Some(cost) if cost == self.cost => Some(text),
            Some(cost) if !cost.is_enough() => {
                tracing::warn!(client, ?cost, "a password's hash costs so little that it must be made anew");
                Some(text)
            }
            Some(cost) => {
                tracing::info!(
                    client,
                    ?cost,
                    "a password's hash should be made anew: it does not cost what the settings say"
                );
                Some(text)
            }
            None => {
                tracing::warn!(
                    client,
                    "the password's hash of a client is no PHC string of argon2id within bounds, and is ignored"
                );
                None
            }
        }
    }
}

impl Verifier for Password {
    fn begin(&self, args: Vec<Value>, _wall: Millis) -> Work {
        let Some([client, password]) = texts::<2>(args).filter(|[_, password]| password.len() <= PASSWORD_BYTES_MAX)
        else {
            return Work::Done(Err(WRONG_PASSWORD.into()));
        };
        let this = self.clone();
        Work::Blocking(Box::new(move || this.verify(&client, &password)))
    }

    fn describe(&self) -> String {
        format!("hashes in {}", self.files.describe())
    }
}

/// What a hash costs; none where it is not one of argon2id, or costs too much.
fn cost_of(hash: &PasswordHash) -> Option<Cost> {
    if hash.algorithm != ARGON2ID_IDENT || hash.hash.is_none() {
        return None;
    }
    let params = Params::try_from(hash).ok()?;
    let cost = Cost { memory_kib: params.m_cost(), passes: params.t_cost() };
    (params.p_cost() <= LANES_MAX).then_some(cost).filter(|cost| cost.hasher().is_some())
}
