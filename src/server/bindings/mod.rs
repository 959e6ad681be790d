//! What answers the checks of a ruleset, and where its webhooks lead: whether each is bound and fits what it is bound to, and the
//! verifiers themselves.

mod build;
mod services;
mod webhooks;

pub use build::{checks, receivers, services};
pub use webhooks::unbound_webhooks;

use super::config::{Checks as Settings, Code, Config, Declared, Jwt, Password, Webhook};
use crate::check::Secret;
use crate::check::jwt::Shape;
use crate::diagnostic::{SourceMap, Span};
use crate::model::{Call, Check, Model, Type};
use crate::value::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// A check that nothing answers, or that what is bound to it cannot answer.
#[derive(Clone, Debug)]
pub struct Misfit {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Where the rules use or declare the check; none: they do not know it.
    pub rules: Option<Span>,
    /// Line and column in the settings; none: it is missing there.
    pub settings: Option<(u64, u64)>,
}

impl Misfit {
    /// On one line.
    pub fn in_words(&self, sources: &SourceMap) -> String {
        let used = self.rules.map(|span| format!(", at {}", sources.locate(span))).unwrap_or_default();
        let line = self.settings.map(|(line, _)| format!(" (line {line} of the settings)")).unwrap_or_default();
        format!("{}{used}{line}: {}", self.message, self.help)
    }
}

/// The checks that states ask and where, in source order.
pub fn uses(model: &Model) -> impl Iterator<Item = (&Check, Span)> {
    let calls = model.machines.iter().flat_map(|machine| &machine.states).filter_map(|state| match &state.call {
        Some(Call::Check(call)) => Some(call),
        Some(Call::Lock(_)) | None => None,
    });
    calls.filter_map(|call| Some((model.checks.get(call.check.index())?, call.span)))
}

/// Everything that does not fit, and keeps the server from starting. Looks at no file.
pub fn misfits(model: &Model, settings: &Config) -> Vec<Misfit> {
    let mut found = of_checks(model, &settings.checks);
    found.extend(webhooks::misfits(model, &settings.webhooks));
    found
}

/// What the rules use first, then what the settings bind.
fn of_checks(model: &Model, settings: &Settings) -> Vec<Misfit> {
    let mut found: Vec<Misfit> = Vec::new();
    let mut seen = BTreeSet::new();
    for (check, span) in uses(model).filter(|(check, _)| seen.insert(&*check.name)) {
        if let Some(help) = unbound(check, settings) {
            let message = format!("the check `{}` is not bound", check.name);
            found.push(Misfit { message, help, rules: Some(span), settings: None });
        }
    }
    for (name, bound) in &settings.declared {
        let check = declared(model, name);
        let fit = match check {
            Some(check) => fits(model, check, &bound.value),
            None => Err(("the rules declare no such check".into(), unknown(model, name))),
        };
        if let Err((why, help)) = fit {
            let message = format!("`{name}` is bound to {}: {why}", bound.value.kind());
            found.push(Misfit { message, help, rules: check.and_then(|check| check.span), settings: Some(bound.at) });
        }
    }
    found
}

fn declared<'model>(model: &'model Model, name: &str) -> Option<&'model Check> {
    model.checks.iter().find(|check| *check.name == *name && check.span.is_some())
}

fn unknown(model: &Model, name: &str) -> String {
    let names = model.checks.iter().filter(|check| check.span.is_some()).map(|check| &*check.name);
    nearest_or(names, name, || {
        format!("declare it, as in `check {name}(token: secret) gives {{ sub: text }}`, or leave it out")
    })
}

/// Asks whether the nearest of the names was meant; where there is none, says something else.
fn nearest_or<'name>(
    names: impl Iterator<Item = &'name str>,
    name: &str,
    otherwise: impl FnOnce() -> String,
) -> String {
    let nearest = names.min_by_key(|known| strsim::damerau_levenshtein(known, name));
    nearest.map_or_else(otherwise, |nearest| format!("did you mean `{nearest}`?"))
}

/// What to do about a check that nothing answers.
fn unbound(check: &Check, settings: &Settings) -> Option<String> {
    if check.span.is_some() {
        let is_bound = settings.declared.contains_key(&check.name);
        let help = format!(
            "say under `checks.declared.{}` what answers it: `jwt`, `webhook`, `service`, `password` or `code`",
            check.name
        );
        return (!is_bound).then_some(help);
    }
    match &*check.name {
        "code" if settings.code.codes.is_empty() => Some("set `checks.code.codes` to the codes by label".into()),
        "jwt" => jwt_lacks(&settings.jwt).map(|lack| format!("set `checks.jwt.{lack}")),
        _ => None,
    }
}

impl Declared {
    fn kind(&self) -> &'static str {
        match self {
            Declared::Jwt(_) => "`jwt`",
            Declared::Webhook(_) => "`webhook`",
            Declared::Service(_) => "`service`",
            Declared::Password(_) => "`password`",
            Declared::Code(_) => "`code`",
        }
    }
}

/// What does not fit, and what to do about it.
type Unfit = (String, String);

fn fits(model: &Model, check: &Check, bound: &Declared) -> Result<(), Unfit> {
    match bound {
        Declared::Jwt(jwt) => fits_jwt(check, jwt),
        Declared::Webhook(webhook) => fits_webhook(webhook),
        Declared::Service(service) => services::fits(model, check, service),
        Declared::Password(password) => fits_password(check, password),
        Declared::Code(code) => fits_code(check, code),
    }
}

fn fits_jwt(check: &Check, jwt: &Jwt) -> Result<(), Unfit> {
    asks_one_text(check, "the token")?;
    if let Some(lack) = jwt_lacks(jwt) {
        return Err(("something is missing".into(), format!("set `{lack}")));
    }
    let shape = Shape::new(check.gives.clone(), jwt.claims.clone());
    shape
        .map(drop)
        .map_err(|why| (why, "declare the claims that the rules need, as in `gives { sub: text, exp: time }`".into()))
}

/// The setting without which no token can be checked, and what it is.
fn jwt_lacks(jwt: &Jwt) -> Option<&'static str> {
    let places = [!jwt.keys.is_empty(), jwt.key_set.is_some(), jwt.key_set_url.is_some()];
    match (&jwt.issuer, &jwt.audience[..], places.iter().filter(|place| **place).count()) {
        (None, ..) => Some("issuer` to who makes the tokens"),
        (_, [], _) => Some("audience` to whom they are for"),
        (.., 0) => Some("keys`, `key_set` or `key_set_url` to the keys that they are signed with"),
        (.., 1) => None,
        (..) => Some("keys`, `key_set` or `key_set_url`, and only one of them"),
    }
}

fn fits_webhook(webhook: &Webhook) -> Result<(), Unfit> {
    has_place(
        (webhook.url.as_deref(), "`url` to what is asked"),
        webhook.secret.as_ref(),
        webhook.secret_file.as_deref(),
    )
}

/// Whether another server is named, and one secret.
fn has_place(
    (url, place): (Option<&str>, &str),
    secret: Option<&Secret>,
    secret_file: Option<&Path>,
) -> Result<(), Unfit> {
    let lack = match (url, secret, secret_file) {
        (None, ..) => place,
        (_, None, None) => "`secret_file` to a file with a secret that both sides know",
        (_, Some(_), Some(_)) => "`secret` or `secret_file`, and only one of them",
        (_, Some(_), None) | (_, None, Some(_)) => return Ok(()),
    };
    Err(("something is missing".into(), format!("set {lack}")))
}

fn fits_password(check: &Check, password: &Password) -> Result<(), Unfit> {
    let help = || format!("declare it as `check {}(client: text, password: secret) gives bool`", check.name);
    match &check.params[..] {
        [client, password] if is_text(&client.ty) && is_text(&password.ty) => {}
        _ => return Err(("it asks about a client and a password".into(), help())),
    }
    if password.hashes.is_none() {
        return Err(("something is missing".into(), "set `hashes` to a directory with one hash per client".into()));
    }
    check.gives.admits(&Value::Bool(true)).then_some(()).ok_or_else(|| ("it gives a bool".into(), help()))
}

fn fits_code(check: &Check, code: &Code) -> Result<(), Unfit> {
    asks_one_text(check, "the code")?;
    if code.codes.is_empty() {
        return Err(("there are no codes".into(), "set `codes` to the codes by label".into()));
    }
    let wrong = |label: &&Arc<str>| !check.gives.admits(&Value::Text((*label).clone()));
    match code.codes.keys().find(wrong) {
        Some(label) => Err((
            format!("it gives a label, and `{label}` is not of the type that the check gives"),
            format!("declare it as `check {}(given: secret) gives text`, or take another label", check.name),
        )),
        None => Ok(()),
    }
}

fn asks_one_text(check: &Check, what: &str) -> Result<(), Unfit> {
    match &check.params[..] {
        [only] if is_text(&only.ty) => Ok(()),
        _ => Err((
            format!("it asks about one text or secret, {what}"),
            format!("declare it as `check {}(given: secret) gives …`", check.name),
        )),
    }
}

fn is_text(ty: &Type) -> bool {
    matches!(ty, Type::Text { .. } | Type::Client | Type::Secret)
}
