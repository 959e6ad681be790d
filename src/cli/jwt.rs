//! `windlass jwt`

use super::secrets;
use crate::check::Begun;
use crate::check::Question;
use crate::check::jwt::{Algorithm, SigningKey, sign};
use crate::lint;
use crate::ruleset;
use crate::server::config::{self, Overrides, Span};
use crate::server::{bindings, wall};
use crate::value::Value;
use anyhow::{Context, bail};
use serde_json::{Map, Value as Claim};
use std::path::PathBuf;
use std::process::ExitCode;

/// Makes tokens to try rules with, and says what the settings make of one.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Signs claims, and prints the token. `iat` and `exp` are added where they are missing.
    Sign {
        /// The claims, a JSON record, as in '{"iss":"https://id.example.org","aud":"windlass","sub":"ada"}'.
        claims: String,
        /// A file with the private key in PEM, or with the shared key as it is; `-` reads it from standard input.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The algorithm that the key is for, such as ES256.
        #[arg(long)]
        algorithm: Algorithm,
        /// What the key is called in a set of keys (`kid`).
        #[arg(long)]
        id: Option<String>,
        /// How long the token is good.
        #[arg(long, value_name = "TIME", default_value = "1h")]
        life: Life,
    },
    /// Reads a token from standard input, and prints what it passes with (exit code 0) or why it fails (1).
    Check {
        /// The directory of the ruleset.
        directory: PathBuf,
        /// What the rules call the check.
        #[arg(long, default_value = "jwt")]
        check: String,
        /// The settings [default: windlass.yaml in the ruleset's directory].
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

/// How long a token may be good.
type Life = Span<1000, { 365 * 24 * 3600 * 1000 }>;

/// How long a check may take here.
const WITHIN_MS: u64 = 10_000;

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Sign { claims, key, algorithm, id, life } => {
            let key = SigningKey::new(algorithm, &secrets::read(&key)?, id).map_err(anyhow::Error::msg)?;
            let token = sign(&with_times(&claims, life)?, &key).map_err(anyhow::Error::msg)?;
            anstream::println!("{token}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Check { directory, check, config } => {
            let config = config::load(&directory, config.as_deref(), Overrides::default())?;
            let checked = lint::check(ruleset::read(&directory)?);
            let program = checked.program.context("these rules have errors: `windlass lint` tells them")?;
            if !program.model.checks.iter().any(|known| *known.name == *check) {
                bail!("the rules know no check `{check}`: `--check` names the one that they declare");
            }
            let checks = bindings::checks(&program.model, &config.checks).map_err(anyhow::Error::msg)?;
            let token = secrets::read("-".as_ref())?;
            let args = vec![Value::Secret(token.reveal().trim().into())];
            let begun = checks.begin(Question { check: check.into(), args, within: WITHIN_MS, wall: wall() });
            let runtime =
                tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
            let verdict = match begun {
                Begun::Done(verdict) => verdict,
                Begun::Running(run) => runtime.block_on(run.verdict()),
            };
            match verdict {
                Ok(value) => {
                    anstream::println!("passed: {}", value.to_json().as_str());
                    Ok(ExitCode::SUCCESS)
                }
                Err(why) => {
                    anstream::println!("failed: {why}");
                    Ok(ExitCode::from(1))
                }
            }
        }
    }
}

fn with_times(claims: &str, life: Life) -> anyhow::Result<Map<String, Claim>> {
    let mut claims: Map<String, Claim> = serde_json::from_str(claims).context("the claims are no JSON record")?;
    let now = wall() / 1000;
    claims.entry("iat").or_insert_with(|| now.into());
    claims.entry("exp").or_insert_with(|| (now + life.get() / 1000).into());
    Ok(claims)
}
