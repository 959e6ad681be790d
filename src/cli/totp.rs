//! `windlass totp`

use super::secrets;
use crate::check::ClientFiles;
use anyhow::{Context, bail};
use std::path::PathBuf;
use std::process::ExitCode;

/// Makes what the check `totp` looks for.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Draws a secret for a client, writes it into the client's file, and prints the address that authenticator apps take.
    ///
    /// The address holds the secret: show it to the client, and to nobody else. `qrencode -t ANSIUTF8` makes a picture of it.
    Enrol {
        /// The client.
        client: String,
        /// The directory with the secrets, `checks.totp.secrets`.
        #[arg(long, default_value = "totp")]
        directory: PathBuf,
        /// Who asks for the codes, as the app will show it: letters, digits, `.`, `_`, `@` and `-`.
        #[arg(long, default_value = "windlass")]
        issuer: String,
    },
}

/// As many as RFC 4226 recommends, which is what SHA-1 gives.
const SECRET_BYTES: usize = 20;

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Command::Enrol { client, directory, issuer } = arguments.command;
    let files = ClientFiles::new(&directory);
    let file = files.path(&client).with_context(|| {
        format!(
            "`{client}` names no file: take up to 64 letters, digits, `.`, `_`, `@` and `-`, not beginning with `.`"
        )
    })?;
    if ClientFiles::new(".").path(&issuer).is_none() {
        bail!("`{issuer}` is no issuer: take letters, digits, `.`, `_`, `@` and `-`");
    }
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("this machine gives no random bytes: {error}"))?;
    let secret = totp_rs::Secret::from(bytes.to_vec()).to_base32();
    std::fs::create_dir_all(&directory).with_context(|| format!("cannot make `{}`", directory.display()))?;
    secrets::write(&file, &format!("{secret}\n"))?;
    anstream::eprintln!("wrote {}", file.display());
    anstream::println!(
        "otpauth://totp/{issuer}:{client}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
    );
    Ok(ExitCode::SUCCESS)
}
