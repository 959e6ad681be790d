//! Settings that are said outside of a file: `message.bytes=16KiB`.

use super::load::{ConfigError, prose, unknown_setting};
use super::{
    Address, ClientHeader, CodeEntry, Count, Declared, Described, JwtKey, LogFormat, Network, Origin, Placed, Readers,
    Receiver, RuleLevels, Secret, Size, Span, Token,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

/// One setting by its name, with dots, and its value as a file would have it.
#[derive(Clone, Debug)]
pub struct Assignment {
    name: String,
    value: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok(Assignment { name: name.trim().into(), value: value.trim().into() })
            }
            Some(_) | None => Err("a setting is set with its name and a value, as in `message.bytes=16KiB`".into()),
        }
    }
}

impl Assignment {
    /// Writes the value where the name says. An error does not repeat a secret.
    pub(super) fn write_into(&self, settings: &mut impl Setting) -> Result<(), ConfigError> {
        let written = settings.assign(&self.name, &self.value);
        written.map_err(|why| ConfigError(format!("the setting `{}`: {why}", self.name)))
    }
}

/// What can be set by name: a value, or settings below it.
pub(super) trait Setting {
    /// Sets what is called `name`, "" being this itself.
    fn assign(&mut self, name: &str, value: &str) -> Result<(), String>;

    /// Tells each setting from here down, as it is at its default; `name` and `words` are of this one.
    fn describe(&self, name: &str, words: &'static str, into: &mut Vec<Described>);
}

/// The next name of a path, and what is below it.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.split_once('.').unwrap_or((path, ""))
}

/// There is nothing of this name among these.
pub(super) fn unknown(name: &str, known: &[&str]) -> String {
    match name {
        "" => "this setting has settings below it: say which, with a dot".into(),
        name => unknown_setting(name, &known.join(", ")),
    }
}

fn read<Value: serde::de::DeserializeOwned>(below: &str, value: &str) -> Result<Value, String> {
    if !below.is_empty() {
        return Err("this setting is one value, and has no settings below it".into());
    }
    serde_yaml::from_str(value).map_err(|error| prose(&error.without_snippet().to_string()))
}

macro_rules! one_value {
    ($([$($bounds:tt)*] $kind:ty => $allowed:expr;)*) => {$(
        impl<$($bounds)*> Setting for $kind {
            fn assign(&mut self, below: &str, value: &str) -> Result<(), String> {
                *self = read(below, value)?;
                Ok(())
            }

            fn describe(&self, name: &str, words: &'static str, into: &mut Vec<Described>) {
                into.push(Described::new(name, self, $allowed.into(), words));
            }
        }
    )*};
}

one_value! {
    [const LEAST: u64, const MOST: u64] Count<LEAST, MOST> => Self::bounds();
    [const LEAST: u64, const MOST: u64] Size<LEAST, MOST> => Self::bounds();
    [const LEAST: u64, const MOST: u64] Span<LEAST, MOST> => Self::bounds();
    [] Address => "an address and a port";
    [] LogFormat => "`text`, `json`";
    [] Readers => "`nobody`, `loopback`, `everybody`";
    [] bool => "`true`, `false`";
    [] String => "a text";
    [] Vec<Origin> => "a list of origins";
    [] Vec<Network> => "a list of networks";
    [] ClientHeader => "`x-forwarded-for`, `forwarded`";
    [] Option<PathBuf> => "a path";
    [] Option<String> => "a text";
    [] Option<Secret> => "a secret";
    [] Vec<String> => "a list of texts";
    [] Vec<JwtKey> => "a list of keys";
    [] BTreeMap<Arc<str>, Arc<str>> => "texts by name";
    [] BTreeMap<Arc<str>, CodeEntry> => "codes by label";
    [] BTreeMap<Arc<str>, Token> => "tokens by name";
    [] BTreeMap<Arc<str>, Placed<Declared>> => "what answers them, by name";
    [] BTreeMap<Arc<str>, Placed<Receiver>> => "where they lead, by name";
    [] RuleLevels => "`allow`, `info`, `warn` or `error` by a rule's code";
}
