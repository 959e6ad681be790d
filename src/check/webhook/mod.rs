//! `webhook`: another server is asked, over HTTPS, and says whether.
//!
//! The question is JSON: `{"type":"windlass.check","check":"may_enter","args":{"client":"ada"}}`, signed as Standard Webhooks say, so
//! that a library of that name checks it in any language. The answer is `{"passed": VALUE}` or `{"failed": "why"}`; everything else, and
//! everything that goes wrong, is a check that failed.

mod breaker;
mod post;
mod signature;

pub use breaker::Breaker;
pub use post::{Unsent, new_id};
pub use signature::SigningSecret;

use super::outbound::Outbound;
use super::{Verdict, Verifier, Work};
use crate::model::Type;
use crate::value::{Json, Millis, Value};
use crate::wind::read_answer;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What is told where the other server did not say.
const UNAVAILABLE: &str = "unavailable";

/// What is asked, and what may be answered.
#[derive(Clone, Debug)]
pub struct Form {
    /// What the rules call the check.
    pub check: Arc<str>,
    /// Names of its parameters, in order.
    pub params: Vec<Arc<str>>,
    /// The type of a passed check's value.
    pub gives: Type,
}

/// Asks another server.
#[derive(Clone)]
pub struct Webhook {
    outbound: Outbound,
    secret: SigningSecret,
    form: Form,
    timeout: Duration,
    breaker: Arc<Breaker>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Webhook").field("outbound", &self.outbound).field("form", &self.form).finish_non_exhaustive()
    }
}

impl Webhook {
    /// Asks there, in this form, and waits so long for an answer.
    pub fn new(outbound: Outbound, secret: SigningSecret, form: Form, timeout: Duration) -> Webhook {
        Webhook { outbound, secret, form, timeout, breaker: Arc::default() }
    }

    async fn ask(self, args: Vec<Value>, wall: Millis) -> Verdict {
        if !self.breaker.lets_through(Instant::now()) {
            return Err(UNAVAILABLE.into());
        }
        // until there is an answer it counts as failed, also where nobody waits for it any more
        let attempt = self.breaker.attempt();
        let unsent = |error: Unsent| self.unavailable(&error.to_string());
        let asked = new_id().and_then(|id| self.secret.post(&id, wall, self.form.question(&args)));
        let asked = asked.map_err(unsent)?;
        let answer = tokio::time::timeout(self.timeout, self.outbound.ask(asked)).await;
        let answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                if error.is_refusal() {
                    // it is there, and did not like this question: others may fare better
                    attempt.answered();
                }
                return Err(self.unavailable(&error.to_string()));
            }
            Err(_) => return Err(self.unavailable("it takes too long")),
        };
        attempt.answered();
        let text = std::str::from_utf8(&answer).ok().and_then(|text| Json::parse(text).ok());
        match text.as_ref().and_then(|answer| read_answer(&self.form.gives, answer)) {
            Some(verdict) => verdict,
            None => {
                Err(self
                    .unavailable("the answer is neither `passed` with what the rules want, nor `failed` with a text"))
            }
        }
    }

    fn unavailable(&self, error: &str) -> Arc<str> {
        tracing::warn!(check = %self.form.check, error, "a webhook did not answer a check");
        UNAVAILABLE.into()
    }
}

impl Verifier for Webhook {
    fn begin(&self, args: Vec<Value>, wall: Millis) -> Work {
        Work::Waiting(Box::pin(self.clone().ask(args, wall)))
    }

    fn describe(&self) -> String {
        format!("asks {}", self.outbound.host())
    }
}

impl Form {
    /// What is sent. A secret goes as it is: the rules hand it over, and the way is closed.
    fn question(&self, args: &[Value]) -> String {
        let open = |value: &Value| match value {
            Value::Secret(text) => Value::Text(text.clone()),
            open => open.clone(),
        };
        let args = Json::record(self.params.iter().map(|name| &**name).zip(args.iter().map(open)));
        let kind = Value::Text("windlass.check".into());
        let check = Value::Text(self.check.clone());
        Json::record([("type", kind), ("check", check), ("args", Value::Json(args))]).as_str().to_owned()
    }
}
