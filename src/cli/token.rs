//! `windlass token`

use super::print::print;
use crate::server::config::{Scope, TokenHash, is_token_name};
use crate::value::hexadecimal;
use anyhow::{Context, bail};
use std::process::ExitCode;

/// What a token begins with, so that tools which look for lost secrets find it.
const PREFIX: &str = "windlass_";

/// Makes tokens for the API.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    New(New),
}

/// Makes a token, and prints it once, with the lines for `windlass.yaml` that make a server know it.
#[derive(Debug, clap::Args)]
struct New {
    /// What it is called in the settings: letters, figures, `-` and `_`.
    name: String,
    /// What it may do.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Scope::Read])]
    scopes: Vec<Scope>,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Command::New(New { name, scopes }) = arguments.command;
    if !is_token_name(&name) {
        bail!("`{name}` is no name for a token: use up to 64 letters, figures, `-` and `_`");
    }
    let mut random = [0; 32];
    getrandom::fill(&mut random).context("this machine gives no random bytes")?;
    let token = format!("{PREFIX}{}", hexadecimal(&random));
    let scopes: Vec<&str> = scopes.into_iter().map(Scope::name).collect();
    print(&format!(
        "the token, which is not kept anywhere:\n\n{token}\n\nfor windlass.yaml:\n\napi:\n  tokens:\n    {name}:\n      \
         sha256: \"{}\"\n      scopes: [{}]\n",
        TokenHash::of(&token).hex(),
        scopes.join(", ")
    ))?;
    Ok(ExitCode::SUCCESS)
}
