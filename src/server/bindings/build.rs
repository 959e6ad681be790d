//! The verifiers that the settings bind, with the files that they name.

use crate::check::jwt::{Jwt, Key, KeySet, Keys, Place, SET_BYTES_MAX, Shape, Terms};
use crate::check::outbound::{Outbound, Reach};
use crate::check::webhook::{Form, SigningSecret, Webhook};
use crate::check::{Checks, ClientFiles, Codes, Cost, Limits, Once, Password, Secret, SshSignature, Totp};
use crate::engine::{Service, Services};
use crate::model::{Check, Model, Type};
use crate::server::config::{self, Checks as Settings, Config, Declared, JwtKey, Receiver};
use crate::server::cores;
use crate::server::webhooks::{Patience, Route};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// No file with a key is larger, in bytes.
const KEY_BYTES_MAX: u64 = 64 * 1024;
/// Nobody reads what a receiver says besides its status, so no more of it is taken than this, in bytes.
const RECEIPT_BYTES_MAX: usize = 1024;
/// Tokens whose keys are elsewhere wait in a queue of their own: it is short, for what is known is not waited for.
const JWT_LIMITS: Limits = Limits { parallel: 64, waiting: 64 };

/// The verifiers that the settings bind, for rules that they fit. Blocks.
pub fn checks(model: &Model, settings: &Settings) -> Result<Checks, String> {
    let parallel = match settings.parallel.count() {
        0 => cores(),
        parallel => parallel,
    };
    let mut checks = Checks::new(Limits { parallel, waiting: settings.waiting.count() });
    if let Some(directory) = &settings.ssh_signature.authorized_keys {
        checks = checks.with("ssh_signature", SshSignature::new(ClientFiles::new(directory)));
    }
    if let Some(directory) = &settings.totp.secrets {
        checks = checks.with("totp", Totp::new(ClientFiles::new(directory)));
    }
    if !settings.code.codes.is_empty() {
        checks = checks.with("code", codes(&settings.code).map_err(|why| format!("`checks.code`: {why}"))?);
    }
    let uses = |name: &str| super::uses(model).any(|(check, _)| *check.name == *name);
    if uses("password") {
        checks =
            with_password(checks, "password", &settings.password).map_err(|why| format!("`checks.password`: {why}"))?;
    }
    if uses("jwt") {
        let verifier = jwt(&settings.jwt, Type::TEXT).map_err(|why| format!("`checks.jwt`: {why}"))?;
        checks = checks.with_own_pool("jwt", verifier, JWT_LIMITS);
    }
    for check in model.checks.iter().filter(|check| check.span.is_some()) {
        if let Some(bound) = settings.declared.get(&check.name) {
            checks = with_declared(checks, check, &bound.value).map_err(|why| {
                format!("`checks.declared.{}` (line {} of the settings): {why}", check.name, bound.at.0)
            })?;
        }
    }
    Ok(checks)
}

fn with_declared(checks: Checks, check: &Check, bound: &Declared) -> Result<Checks, String> {
    let name = check.name.clone();
    Ok(match bound {
        Declared::Jwt(settings) => checks.with_own_pool(name, jwt(settings, check.gives.clone())?, JWT_LIMITS),
        Declared::Webhook(settings) => {
            let limits = Limits { parallel: settings.parallel.count(), waiting: settings.waiting.count() };
            checks.with_own_pool(name, webhook(settings, check)?, limits)
        }
        // the engine asks the group itself
        Declared::Service(_) => checks,
        Declared::Password(settings) => with_password(checks, &name, settings)?,
        Declared::Code(settings) => checks.with(name, codes(settings)?),
    })
}

fn codes(settings: &config::Code) -> Result<Codes, String> {
    let once = |entry: &config::CodeEntry| Once {
        code: entry.code.clone(),
        uses: entry.uses,
        until: entry.until.map(config::Until::millis),
    };
    Codes::new(
        settings.codes.iter().map(|(label, entry)| (label.clone(), once(entry))).collect(),
        settings.spent.clone(),
    )
}

fn with_password(checks: Checks, name: &str, settings: &config::Password) -> Result<Checks, String> {
    let directory = settings.hashes.as_ref().ok_or("set `hashes` to a directory with one hash per client")?;
    let memory_kib = settings.memory.get() / BYTES_PER_KIB;
    let cost = Cost { memory_kib: memory_kib as u32, passes: settings.passes.get() as u32 }.enough()?;
    let parallel = match settings.parallel.count() {
        0 => cores().div_ceil(2),
        parallel => parallel,
    };
    let limits = Limits { parallel, waiting: settings.waiting.count() };
    Ok(checks.with_own_pool(name, Password::new(ClientFiles::new(directory), cost)?, limits))
}

const BYTES_PER_KIB: u64 = 1024;

fn jwt(settings: &config::Jwt, gives: Type) -> Result<Jwt, String> {
    let keys = match (&settings.key_set, &settings.key_set_url) {
        (Some(file), _) => Keys::Set(Box::new(KeySet::new(Place::File(file.clone()), settings.refresh.duration()))),
        (None, Some(url)) => {
            let reach = reach(settings.allow_private);
            let outbound = Outbound::new(url, reach, settings.authorities.as_deref(), SET_BYTES_MAX)?;
            Keys::Set(Box::new(KeySet::new(Place::Url(outbound), settings.refresh.duration())))
        }
        (None, None) => Keys::Fixed(settings.keys.iter().map(key).collect::<Result<_, _>>()?),
    };
    let terms = Terms {
        issuer: settings.issuer.clone().ok_or("set `issuer` to who makes the tokens")?,
        audience: settings.audience.clone(),
        leeway: settings.leeway.get(),
    };
    Ok(Jwt::new(keys, terms, Shape::new(gives, settings.claims.clone())?))
}

fn key(settings: &JwtKey) -> Result<Key, String> {
    let id = settings.id.clone();
    match (&settings.public_key, &settings.secret, &settings.secret_file) {
        (Some(file), None, None) => Key::public(settings.algorithm, read(file)?.reveal().as_bytes(), id)
            .map_err(|why| format!("`{}`: {why}", file.display())),
        (None, Some(secret), None) => Key::shared(settings.algorithm, secret, id),
        (None, None, Some(file)) => Key::shared(settings.algorithm, &read(file)?, id),
        _ => Err("a key has one of `public_key`, `secret` and `secret_file`".into()),
    }
}

fn webhook(settings: &config::Webhook, check: &Check) -> Result<Webhook, String> {
    let url = settings.url.as_ref().ok_or("set `url` to what is asked")?;
    let authorities = settings.authorities.as_deref();
    let outbound = Outbound::new(url, reach(settings.allow_private), authorities, settings.answer.bytes())?;
    let secret = signing_secret(settings.secret.as_ref(), settings.secret_file.as_deref())?;
    let params = check.params.iter().map(|param| param.name.clone()).collect();
    let form = Form { check: check.name.clone(), params, gives: check.gives.clone() };
    Ok(Webhook::new(outbound, secret, form, settings.timeout.duration()))
}

/// The groups that the settings bind checks to.
pub fn services(settings: &Settings) -> Services {
    let services = settings.declared.iter().filter_map(|(check, bound)| match &bound.value {
        Declared::Service(service) => {
            let (within, open_max) = (service.within.get(), service.waiting.count());
            Some((check.clone(), Service { group: service.group.as_deref()?.into(), within, open_max }))
        }
        Declared::Jwt(_) | Declared::Webhook(_) | Declared::Password(_) | Declared::Code(_) => None,
    });
    services.collect()
}

/// Where each webhook of the rules leads that the settings bind. Blocks.
pub fn receivers(settings: &Config) -> Result<Vec<Route>, String> {
    let bound = settings.webhooks.iter();
    let routes = bound.map(|(name, bound)| {
        receiver(name, &bound.value)
            .map_err(|why| format!("`webhooks.{name}` (line {} of the settings): {why}", bound.at.0))
    });
    routes.collect()
}

fn receiver(name: &Arc<str>, settings: &Receiver) -> Result<Route, String> {
    let url = settings.url.as_ref().ok_or("set `url` to where messages are posted")?;
    let authorities = settings.authorities.as_deref();
    Ok(Route {
        name: name.clone(),
        outbound: Outbound::new(url, reach(settings.allow_private), authorities, RECEIPT_BYTES_MAX)?,
        secret: signing_secret(settings.secret.as_ref(), settings.secret_file.as_deref())?,
        patience: Patience {
            timeout: settings.timeout.duration(),
            attempts: settings.attempts.get() as u32,
            pause: settings.pause.duration(),
            pause_max: settings.pause_max.duration(),
        },
        parallel: settings.parallel.count(),
        waiting_max: settings.waiting.count(),
        dead_max: settings.dead.count(),
    })
}

fn signing_secret(secret: Option<&Secret>, file: Option<&Path>) -> Result<SigningSecret, String> {
    let secret = match (secret, file) {
        (Some(secret), _) => secret.clone(),
        (None, Some(file)) => read(file)?,
        (None, None) => return Err("set `secret_file` to a file with a secret that both sides know".into()),
    };
    SigningSecret::new(&secret)
}

fn reach(allow_private: bool) -> Reach {
    if allow_private { Reach::Private } else { Reach::Public }
}

/// The text of a file, without the line end that editors add.
fn read(file: &Path) -> Result<Secret, String> {
    let cannot = |error: &dyn std::fmt::Display| format!("cannot read `{}`: {error}", file.display());
    let mut text = String::new();
    let open = File::open(file).map_err(|error| cannot(&error))?;
    open.take(KEY_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| cannot(&error))?;
    if text.len() as u64 > KEY_BYTES_MAX {
        return Err(cannot(&format!("it holds more than {KEY_BYTES_MAX} bytes")));
    }
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}
