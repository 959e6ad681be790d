//! `windlass top`

mod frame;
mod samples;
mod screen;

use super::epochs::Epochs;
use super::print::print;
use super::remote::Remote;
use anyhow::{Context, bail};
use samples::Samples;
use std::io::{IsTerminal, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Shows what a server does, again and again: where sockets are, which locks fail and why, who was closed, what waits, and which
/// rulesets live. `q` ends it.
///
/// The figures are those of `/metrics`, so the server must show them to whoever asks. With a token of the scope `read` it also
/// tells how many sockets are in the middle of older rules.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print what there is at this moment, as text, and end.
    #[arg(long)]
    once: bool,
    /// How many seconds lie between two looks.
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
    #[command(flatten)]
    remote: Remote,
}

/// What a server was like at one moment.
struct Look {
    at: Instant,
    samples: Samples,
    epochs: Option<Epochs>,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { once, every, remote } = arguments;
    if once {
        print(&frame::told(&remote.url.to_string(), &look(&remote)?, None))?;
    } else if stdout().is_terminal() {
        screen::show(&remote, Duration::from_secs(every))?;
    } else {
        bail!("this is no terminal to draw on: `windlass top --once` prints one frame as text");
    }
    Ok(ExitCode::SUCCESS)
}

fn look(remote: &Remote) -> anyhow::Result<Look> {
    let Some(page) = remote.page("/metrics")? else {
        bail!("`{}` does not show its metrics to who asks: see the setting `metrics`", remote.url);
    };
    let epochs = match remote.token.is_some().then(|| remote.get::<Epochs>("/api/epochs")).transpose()? {
        Some(Err(refused)) => bail!("{refused}"),
        Some(Ok(epochs)) => Some(epochs),
        None => None,
    };
    let samples = Samples::read(&page).context("the server's metrics cannot be read")?;
    Ok(Look { at: Instant::now(), samples, epochs })
}
