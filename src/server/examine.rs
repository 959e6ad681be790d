//! Whether a server could start with these settings: everything that it would complain of, not only the first.

use super::bindings;
use super::certificate::Certificate;
use super::config::{self, Config};
use crate::lint;
use crate::machine::Program;
use crate::ruleset;
use std::path::Path;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Examined {
    /// What keeps a server from starting, as it would say it.
    pub faults: Vec<String>,
    /// What it would warn of.
    pub warnings: Vec<String>,
    /// Why the settings were not held against the rules, where they were not.
    pub without_rules: Option<String>,
}

/// Looks at the settings of a ruleset, at what they name, and whether they fit the rules. Makes nothing, opens no store and no port. Blocks.
pub fn examine(directory: &Path, file: Option<&Path>) -> Examined {
    let (faults, config) = config::faults(directory, file);
    let mut found = Examined { faults: faults.iter().map(ToString::to_string).collect(), ..Examined::default() };
    let Some(config) = config else {
        found.without_rules = Some("the settings cannot be read".to_owned());
        return found;
    };
    if let Err(why) = Certificate::of(&config.tls) {
        found.faults.push(why);
    }
    if let Err(why) = bindings::receivers(&config) {
        found.faults.push(why);
    }
    match ruleset::read(directory) {
        Ok(sources) => {
            let checked = lint::check(sources);
            match &checked.program {
                Some(program) => found.hold_against(program, &config),
                None => found.without_rules = Some("the rules have errors: `windlass lint` tells them".to_owned()),
            }
        }
        Err(why) => found.without_rules = Some(why.to_string()),
    }
    found
}

impl Examined {
    fn hold_against(&mut self, program: &Program, config: &Config) {
        let in_words = |misfit: bindings::Misfit| misfit.in_words(&program.sources);
        let misfits = bindings::misfits(&program.model, config);
        if misfits.is_empty()
            && let Err(why) = bindings::checks(&program.model, &config.checks)
        {
            self.faults.push(why);
        }
        self.faults.extend(misfits.into_iter().map(in_words));
        self.warnings.extend(bindings::unbound_webhooks(&program.model, &config.webhooks).into_iter().map(in_words));
    }
}
