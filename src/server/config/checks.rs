//! What answers the checks of the rules: the settings of each verifier.

use super::{
    CodeEntry, Count, Declared, Described, HOUR, JwtKey, KIB, MIB, MILLION, Placed, SECOND, Secret, Size, Span,
    assignment, reference,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

settings! {
    /// What answers the checks of the rules.
    Checks {
        /// Checks at work at one time; 0: one for each core.
        parallel: Count<0, 1024> = Count::of(0),
        /// Checks that have begun and wait for their turn; one more fails with `busy`.
        waiting: Count<1, 65_536> = Count::of(64),
        /// How often checks may fail.
        failures: Failures = Failures::default(),
        /// `ssh_signature`
        ssh_signature: SshSignature = SshSignature::default(),
        /// `totp`
        totp: Totp = Totp::default(),
        /// `code`
        code: Code = Code::default(),
        /// `password`
        password: Password = Password::default(),
        /// `jwt`
        jwt: Jwt = Jwt::default(),
        /// What answers the checks that the rules declare; see [verifiers](verifiers.md#declared-checks).
        declared: BTreeMap<Arc<str>, Placed<Declared>> = BTreeMap::new(),
    }

    /// How often checks may fail before nothing more is checked for a while.
    Failures {
        /// Checks that may fail in a window, over all connections from one IPv4 address, or one IPv6 network of 64 bits;
        /// after that checks fail with `busy` without being asked; see [security](security.md#guessing).
        per_address: Count<1, MILLION> = Count::of(100),
        /// Checks that may fail in a window about one client, over all addresses: checks whose first of several arguments
        /// is a client or a text.
        per_client: Count<1, MILLION> = Count::of(30),
        /// After which time all failures are forgotten; each by itself after its part of it.
        window: Span<SECOND, { 24 * HOUR }> = Span::of(10 * 60 * SECOND),
    }

    /// `ssh_signature`
    SshSignature {
        /// A directory with one file of authorized keys per client; see [verifiers](verifiers.md#ssh_signature).
        authorized_keys: Option<PathBuf> = None,
    }

    /// `totp`
    Totp {
        /// A directory with one base32 secret per client; see [verifiers](verifiers.md#totp).
        secrets: Option<PathBuf> = None,
    }

    /// `code`
    Code {
        /// Codes by label; see [verifiers](verifiers.md#code).
        codes: BTreeMap<Arc<str>, CodeEntry> = BTreeMap::new(),
        /// Where it is kept how often each code was used.
        spent: Option<PathBuf> = None,
    }

    /// `password`
    Password {
        /// A directory with one hash per client; see [verifiers](verifiers.md#password).
        hashes: Option<PathBuf> = None,
        /// Memory that a password's hash should take.
        memory: Size<{ 7 * MIB }, { 256 * MIB }> = Size::of(19 * MIB),
        /// Passes over it that a hash should take; memory times passes is at least 35 MiB.
        passes: Count<1, 16> = Count::of(2),
        /// Passwords at work at one time, in a pool of their own; 0: one for every two cores.
        parallel: Count<0, 64> = Count::of(0),
        /// Passwords that wait for their turn; one more fails with `busy`.
        waiting: Count<1, 1024> = Count::of(16),
    }

    /// `jwt`
    Jwt {
        /// Who makes the tokens: their `iss`; see [verifiers](verifiers.md#jwt).
        issuer: Option<String> = None,
        /// Whom tokens are for: one of these is in their `aud`.
        audience: Vec<String> = Vec::new(),
        /// Keys that tokens are signed with.
        keys: Vec<JwtKey> = Vec::new(),
        /// A set of keys (JWKS), in place of `keys`.
        key_set: Option<PathBuf> = None,
        /// Where the set of keys is, in place of `keys` and `key_set`.
        key_set_url: Option<String> = None,
        /// Certificates in PEM of those that may vouch for the URL's host; without it, those of the system.
        authorities: Option<PathBuf> = None,
        /// Whether the URL may lead into the own network.
        allow_private: bool = false,
        /// After which time a set is read anew.
        refresh: Span<{ 60 * SECOND }, { 24 * HOUR }> = Span::of(10 * 60 * SECOND),
        /// By how much the clocks of issuer and server may differ.
        leeway: Span<0, { 2 * 60 * SECOND }> = Span::of(10 * SECOND),
        /// Which claim a field of the check's value is, where it is not the one of its name.
        claims: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new(),
    }

    /// `service`, for declared checks only.
    Service {
        /// The group that is asked.
        group: Option<String> = None,
        /// How long a question is open at most.
        within: Span<SECOND, { 24 * HOUR }> = Span::of(5 * 60 * SECOND),
        /// Questions that are open at one time; one more fails with `busy`.
        waiting: Count<1, 1024> = Count::of(64),
    }

    /// `webhook`, for declared checks only.
    Webhook {
        /// What is asked.
        url: Option<String> = None,
        /// A secret that both sides know.
        secret: Option<Secret> = None,
        /// A file with it.
        secret_file: Option<PathBuf> = None,
        /// A file with those who may vouch for who is there.
        authorities: Option<PathBuf> = None,
        /// Whether it may be in the own network.
        allow_private: bool = false,
        /// How long an answer may take.
        timeout: Span<100, { 60 * SECOND }> = Span::of(5 * SECOND),
        /// How long an answer may be.
        answer: Size<128, MIB> = Size::of(16 * KIB),
        /// Asked at one time.
        parallel: Count<1, 1024> = Count::of(16),
        /// Waiting to be asked; one more fails with `busy`.
        waiting: Count<1, 1024> = Count::of(64),
    }
}
