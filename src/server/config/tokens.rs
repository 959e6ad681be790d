//! Tokens of the API. The settings hold no token, only what tells that it is the right one.

use crate::value::hexadecimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use subtle::{Choice, ConstantTimeEq};

/// No token has a longer name.
const TOKEN_NAME_LETTERS_MAX: usize = 64;

/// What a token is recognised by, and what it may do.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Its hash.
    pub sha256: TokenHash,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

/// Something that a token may do. None includes another.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// See the rulesets that live, and who is connected.
    Read,
    /// Ask what a reload would do, and have rules checked.
    Plan,
    /// See what single sockets and clients hold and have done.
    Why,
    /// Make other rules the active ones.
    Reload,
    /// Say something to rooms, clients and groups.
    Post,
    /// Bring clients to other rooms.
    Move,
    /// Have clients asked for keys.
    Lock,
    /// Take keys away, and clients all that they have.
    Revoke,
    /// Close connections.
    Drop,
    /// Read and write attributes of clients.
    Attributes,
    /// Read what was said in rooms.
    History,
}

/// The SHA-256 of a token. Never shown: there is no use in it.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Of a token. Tokens are random, and so long that hashing them once is enough.
    pub fn of(token: &str) -> TokenHash {
        TokenHash(Sha256::digest(token.as_bytes()).into())
    }

    /// Whether both are of one token; it takes as long if they are not.
    pub fn matches(&self, other: &TokenHash) -> Choice {
        self.0.ct_eq(&other.0)
    }

    /// As it stands in the settings.
    pub fn hex(&self) -> String {
        hexadecimal(&self.0)
    }
}

impl FromStr for TokenHash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let what_to_do =
            || "this is no SHA-256 in 64 figures and letters a to f: make one with `windlass token new`".to_owned();
        let digits: Option<Vec<u8>> = text.chars().map(|letter| letter.to_digit(16).map(|digit| digit as u8)).collect();
        let digits = digits.ok_or_else(what_to_do)?;
        let bytes: Vec<u8> =
            digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
        let is_whole = digits.len().is_multiple_of(2);
        bytes.try_into().ok().filter(|_| is_whole).map(TokenHash).ok_or_else(what_to_do)
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("(hash)")
    }
}

impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("(hash)")
    }
}

/// Whether a token may be called so. What it posts comes from `service:` and this name.
pub fn is_token_name(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    (1..=TOKEN_NAME_LETTERS_MAX).contains(&name.len()) && name.chars().all(is_letter)
}

impl Scope {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Plan => "plan",
            Scope::Why => "why",
            Scope::Reload => "reload",
            Scope::Post => "post",
            Scope::Move => "move",
            Scope::Lock => "lock",
            Scope::Revoke => "revoke",
            Scope::Drop => "drop",
            Scope::Attributes => "attributes",
            Scope::History => "history",
        }
    }
}
