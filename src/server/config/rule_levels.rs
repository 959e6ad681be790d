//! `lint.levels`: what `windlass lint` makes of the findings of single rules.

use crate::lint::{Level, Levels, parse_code};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::collections::BTreeMap;

/// A level, `allow`, `info`, `warn` or `error`, by a rule's code, as in `R0302: error`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RuleLevels(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for RuleLevels {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let levels = RuleLevels(BTreeMap::deserialize(from)?);
        levels.put(&mut Levels::default()).map_err(de::Error::custom)?;
        Ok(levels)
    }
}

impl RuleLevels {
    /// Puts them over other levels, or says why that cannot be.
    pub fn put(&self, levels: &mut Levels) -> Result<(), String> {
        for (name, level) in &self.0 {
            let code = parse_code(name).ok_or_else(|| format!("`{name}` is no code of a rule, as `R0302` is"))?;
            let level = Level::parse(level)
                .ok_or_else(|| format!("`{level}` is no level: there are `allow`, `info`, `warn` and `error`"))?;
            levels.set(code, level)?;
        }
        Ok(())
    }
}
