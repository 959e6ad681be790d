//! Settings of verifiers that are more than one value: keys, codes, and what answers a declared check.

use super::{Checks, Code, Jwt, Password, Receiver, Secret, Service, Webhook};
use crate::check::jwt::Algorithm;
use crate::value::Millis;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::path::PathBuf;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A setting, and where it stands.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Placed<Value> {
    /// The setting.
    pub value: Value,
    /// Its line and column, from 1.
    #[serde(skip)]
    pub at: (u64, u64),
}

/// Elsewhere in the file it is the same setting.
impl<Value: PartialEq> PartialEq for Placed<Value> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<'de, Value: Deserialize<'de>> Deserialize<'de> for Placed<Value> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let found = serde_yaml::Spanned::<Value>::deserialize(from)?;
        Ok(Placed { value: found.value, at: (found.referenced.line(), found.referenced.column()) })
    }
}

/// What answers a declared check.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Declared {
    /// As the built-in `jwt`, with claims of its own.
    Jwt(Box<Jwt>),
    /// Another server.
    Webhook(Box<Webhook>),
    /// A group of clients.
    Service(Service),
    /// As the built-in `password`, with hashes of its own.
    Password(Password),
    /// As the built-in `code`, with codes of its own.
    Code(Code),
}

/// A key that tokens are signed with.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct JwtKey {
    /// The one algorithm that it counts for.
    pub algorithm: Algorithm,
    /// What tokens call it.
    #[serde(default)]
    pub id: Option<String>,
    /// A file with a public key in PEM.
    #[serde(default)]
    pub public_key: Option<PathBuf>,
    /// A shared key.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// A file with a shared key.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
}

/// A code; as a text alone it is good for ever.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CodeEntry {
    /// The code.
    pub code: Secret,
    /// How often it opens.
    pub uses: Option<u32>,
    /// Until when.
    pub until: Option<Until>,
}

/// A time, written as RFC 3339 has it: `2026-12-31T23:59:59Z`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Until(Millis);

impl Until {
    /// In milliseconds since 1970.
    pub fn millis(self) -> Millis {
        self.0
    }
}

impl<'de> Deserialize<'de> for Until {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || de::Error::custom(format!("`{text}` is not a time: write it as in `2026-12-31T23:59:59Z`"));
        let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(|_| wrong())?;
        let millis = u64::try_from(time.unix_timestamp()).map_err(|_| wrong())? * 1000;
        Ok(Until(millis))
    }
}

impl<'de> Deserialize<'de> for CodeEntry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Whole {
            code: Secret,
            #[serde(default)]
            uses: Option<u32>,
            #[serde(default)]
            until: Option<Until>,
        }

        struct TextOrWhole;

        impl<'de> Visitor<'de> for TextOrWhole {
            type Value = CodeEntry;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a code, or `{ code: …, uses: …, until: … }`")
            }

            fn visit_str<E>(self, text: &str) -> Result<CodeEntry, E> {
                Ok(CodeEntry { code: Secret::new(text), uses: None, until: None })
            }

            fn visit_map<Map: MapAccess<'de>>(self, map: Map) -> Result<CodeEntry, Map::Error> {
                let Whole { code, uses, until } = Whole::deserialize(MapAccessDeserializer::new(map))?;
                Ok(CodeEntry { code, uses, until })
            }
        }

        from.deserialize_any(TextOrWhole)
    }
}

impl Checks {
    /// Every file and directory that is named here.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let Checks { ssh_signature, totp, code, password, jwt, declared, failures: _, parallel: _, waiting: _ } = self;
        let declared = declared.values_mut().flat_map(|found| found.value.paths());
        let mut named = vec![&mut ssh_signature.authorized_keys, &mut totp.secrets];
        named.extend([&mut code.spent, &mut password.hashes]);
        named.extend(jwt.paths());
        named.into_iter().chain(declared).flatten()
    }
}

impl Declared {
    fn paths(&mut self) -> Vec<&mut Option<PathBuf>> {
        match self {
            Declared::Jwt(jwt) => jwt.paths(),
            Declared::Webhook(webhook) => vec![&mut webhook.secret_file, &mut webhook.authorities],
            Declared::Service(_) => Vec::new(),
            Declared::Password(password) => vec![&mut password.hashes],
            Declared::Code(code) => vec![&mut code.spent],
        }
    }
}

impl Receiver {
    /// Every file that is named here.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [&mut self.secret_file, &mut self.authorities].into_iter().flatten()
    }
}

impl Jwt {
    fn paths(&mut self) -> Vec<&mut Option<PathBuf>> {
        let keys = self.keys.iter_mut().flat_map(|key| [&mut key.public_key, &mut key.secret_file]);
        keys.chain([&mut self.key_set, &mut self.authorities]).collect()
    }
}
