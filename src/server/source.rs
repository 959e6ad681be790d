//! Where a server's rules and settings stand, and reading them: all of it, or a reason why not.

use super::config::{self, Config, ConfigError, Overrides};
use super::house::{self, Unready};
use crate::check::Checks;
use crate::diagnostic::{Severity, SourceMap};
use crate::lint::{self, Checked};
use crate::machine::Program;
use crate::ruleset::{self, Unreadable};
use crate::value::hexadecimal;
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where they stand, and what was said over the settings when the server was started.
#[derive(Clone, Debug)]
pub struct Source {
    /// The ruleset's directory, or its only file.
    pub directory: PathBuf,
    /// The file with settings, if it was named.
    pub config: Option<PathBuf>,
    /// What goes before the file.
    pub overrides: Overrides,
}

/// Rules and settings that could be active here.
#[derive(Debug)]
pub struct Proposal {
    /// The rules.
    pub ruleset: Ruleset,
    /// The settings.
    pub config: Config,
    /// What answers the rules' checks.
    pub checks: Checks,
    /// What was found in the rules, errors excepted.
    pub checked: Checked,
}

/// Rules by their content.
#[derive(Clone, Debug)]
pub struct Ruleset {
    /// Ready to run.
    pub program: Arc<Program>,
    /// The SHA-256 of names and texts of all files.
    pub hash: Arc<str>,
}

/// Why what stands there cannot be active.
#[derive(Debug)]
pub enum Unfit {
    /// The rules cannot be read.
    Unreadable(Unreadable),
    /// The settings are wrong.
    Config(ConfigError),
    /// The rules have errors.
    Errors(Checked),
    /// The rules need what the server does not have.
    Unready(Unready),
}

impl Source {
    /// Reads, compiles and judges what stands there. Blocks.
    pub fn read(&self) -> Result<Proposal, Unfit> {
        let config = self.read_config()?;
        let sources = ruleset::read(&self.directory).map_err(Unfit::Unreadable)?;
        let hash = content_hash(&self.directory, &sources);
        propose(sources, hash, config)
    }

    /// The settings alone.
    pub fn read_config(&self) -> Result<Config, Unfit> {
        config::load(&self.directory, self.config.as_deref(), self.overrides.clone()).map_err(Unfit::Config)
    }
}

/// Compiles and judges rules for a server with these settings. Blocks.
pub(super) fn propose(sources: SourceMap, hash: Arc<str>, config: Config) -> Result<Proposal, Unfit> {
    let checked = lint::check(sources);
    let Some(program) = checked.program.clone() else { return Err(Unfit::Errors(checked)) };
    let checks = house::checks(&program, &config).map_err(Unfit::Unready)?;
    Ok(Proposal { ruleset: Ruleset { program, hash }, config, checks, checked })
}

/// The names count from the directory, so that a copy of a ruleset is the same ruleset.
pub(super) fn content_hash(directory: &Path, sources: &SourceMap) -> Arc<str> {
    let mut hasher = Sha256::new();
    for (_, source) in sources.iter() {
        let path = Path::new(&*source.path);
        let name = path.strip_prefix(directory).unwrap_or(path).to_string_lossy();
        for part in [name.as_bytes(), source.text.as_bytes()] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    hexadecimal(&hasher.finalize()).into()
}

impl fmt::Display for Unfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Unreadable(why) => match why.source() {
                Some(because) => write!(out, "{why}: {because}"),
                None => why.fmt(out),
            },
            Unfit::Config(why) => why.fmt(out),
            Unfit::Errors(checked) => {
                let errors = checked.diagnostics.iter().filter(|found| found.severity == Severity::Error);
                let mut errors = errors.map(|found| (checked.sources.locate(found.primary.span), found));
                match (errors.next(), errors.count()) {
                    (Some((at, first)), others) => {
                        write!(out, "the rules have errors: {at}: {}", first.message)?;
                        if others == 0 { Ok(()) } else { write!(out, " (and {others} more)") }
                    }
                    (None, _) => out.write_str("the rules have errors"),
                }
            }
            Unfit::Unready(why) => why.fmt(out),
        }
    }
}
