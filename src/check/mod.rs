//! Verifiers: what answers the `check` of a rule.
//!
//! A [`Verifier`] says what is to be done for one question; [`Checks`] knows the verifiers by name and runs them,
//! bounded in number, in queue and in time. Every way it can go wrong is a failed verdict, never a passed one, and
//! what a client sent, or what a secret is, never reaches a log or an error.

mod clients;
mod code;
pub mod jwt;
pub mod outbound;
mod password;
mod run;
mod secret;
mod ssh_signature;
mod totp;
pub mod webhook;

pub use clients::{CLIENT_FILE_BYTES_MAX, ClientFiles};
pub use code::{Codes, NOT_A_CODE, Once};
pub use password::{Cost, Password, WRONG_PASSWORD, hash_password};
pub use run::{Begun, Checks, Limits, Question, Run};
pub use secret::Secret;
pub use ssh_signature::{NAMESPACE, NOT_A_KEY, SshSignature};
pub use totp::{Totp, WRONG_CODE};

use crate::value::{Millis, Value};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// What a check came to: the value it passed with, or why it failed.
pub type Verdict = Result<Value, Arc<str>>;

/// What has to be done before a verdict is known.
pub enum Work {
    /// Nothing more.
    Done(Verdict),
    /// Files or arithmetic: on a thread of its own.
    Blocking(Box<dyn FnOnce() -> Verdict + Send>),
    /// Waiting for somebody else. It is dropped when its time is over.
    Waiting(Pin<Box<dyn Future<Output = Verdict> + Send>>),
}

/// Answers one kind of question.
pub trait Verifier: Send + Sync {
    /// Begins a check about `args`, at `wall` milliseconds since 1970. Arguments that it cannot use fail it.
    fn begin(&self, args: Vec<Value>, wall: Millis) -> Work;

    /// Where it looks, for the lines that the server prints when it starts; never a secret.
    fn describe(&self) -> String;
}

/// The texts among the arguments, if there are exactly `N` and all are texts or secrets.
fn texts<const N: usize>(args: Vec<Value>) -> Option<[Arc<str>; N]> {
    let text = |value: &Value| match value {
        Value::Secret(text) => Some(text.clone()),
        open => open.as_text().cloned(),
    };
    let texts: Option<Vec<Arc<str>>> = args.iter().map(text).collect();
    texts?.try_into().ok()
}
