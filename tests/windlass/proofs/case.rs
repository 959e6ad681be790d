//! One ruleset, everything that can be claimed of it, what `lint` says of that, and what the engine does.

use super::super::wind::shrink::without_lines;
use super::claim::{self, Claim};
use super::explore::{Act, Explored, explore, follows};
use super::ruleset::{self, Ruleset};
use std::collections::BTreeMap;

/// Whether an administrator joins in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hands {
    /// Nothing happens but by the rules.
    Off,
    /// Sockets are moved to any room, and locks wound for them.
    On,
}

/// Rules to be judged, and how long.
#[derive(Clone)]
pub struct Case {
    pub rules: Ruleset,
    pub hands: Hands,
    pub inputs: usize,
}

/// How often which verdict met which behaviour.
#[derive(Debug, Default)]
pub struct Tally {
    /// Lint lets it stand, and nothing broke it.
    pub kept: u64,
    /// As before, and everything was tried.
    pub kept_for_sure: u64,
    /// Lint refuses it, and it broke.
    pub broken: u64,
    /// Lint refuses it, and it cannot be broken.
    pub imprecise: u64,
    /// Lint refuses it, and nothing broke it before the inputs were used up.
    pub unknown: u64,
}

impl Case {
    /// Whether the rules are valid. The error is a claim that `lint` lets stand and that broke, or none where a pass
    /// took more steps than were proved.
    pub fn judge(&self, tallies: &mut BTreeMap<&str, Tally>) -> Result<bool, Option<Claim>> {
        let claims = self.claims();
        let run = self.run();
        let (program, written) = match (claim::program(&run.text), claim::program(&self.rules.text)) {
            (Ok(program), Ok(written)) => (program, written),
            (Err(found), _) | (_, Err(found)) => {
                if std::env::var_os("WINDLASS_SHOW_INVALID").is_some() {
                    eprintln!("{found}\n{}", run.text);
                }
                return Ok(false);
            }
        };
        let refusals = claim::refusals(&self.rules.text, &claims);
        let explored = explore(&program, &written, &claims, (self.inputs, self.hands));
        if explored.overrun.is_some() {
            return Err(None);
        }
        for (at, claim) in claims.iter().enumerate() {
            let tally = tallies.entry(form(claim)).or_default();
            match (refusals[at].is_some(), explored.broken.get(&at)) {
                (false, Some(_)) => return Err(Some(claim.clone())),
                (true, Some(_)) => tally.broken += 1,
                (false, None) => {
                    tally.kept += 1;
                    tally.kept_for_sure += u64::from(explored.is_complete);
                }
                (true, None) if explored.is_complete => {
                    tally.imprecise += 1;
                    self.show_imprecise(claim, &explored);
                }
                (true, None) => tally.unknown += 1,
            }
        }
        Ok(true)
    }

    /// `never … to …` is about what rules do; all other claims hold whatever an administrator does.
    fn claims(&self) -> Vec<Claim> {
        let mut claims = claim::all(&self.rules.rooms, &self.rules.locks);
        claims.retain(|claim| (self.hands == Hands::Off) == matches!(claim, Claim::NeverTo(..)));
        claims
    }

    fn run(&self) -> Ruleset {
        match self.hands {
            Hands::Off => self.rules.clone(),
            Hands::On => ruleset::opened(&self.rules),
        }
    }

    /// What breaks a claim that `lint` lets stand, or makes a pass too long.
    fn fails(&self, wanted: &Option<Claim>) -> Option<Vec<Act>> {
        let written = claim::program(&self.rules.text).ok()?;
        let claims: Vec<Claim> = wanted.iter().cloned().collect();
        if claim::refusals(&self.rules.text, &claims).into_iter().flatten().next().is_some() {
            return None;
        }
        let program = claim::program(&self.run().text).ok()?;
        let explored = explore(&program, &written, &claims, (self.inputs, self.hands));
        match wanted {
            None => explored.overrun,
            Some(claim) => {
                let way = explored.broken.into_iter().next()?.1;
                assert!(follows(&program, claim, &way), "a way that leads nowhere");
                Some(way)
            }
        }
    }

    /// The same with as few lines as it needs, told.
    pub fn smallest(mut self, wanted: &Option<Claim>) -> String {
        let mut at = 0;
        while at < self.rules.text.lines().count() {
            let shorter = without_lines(&self.rules.text, at).map(|text| {
                let mut rules = Ruleset { text, ..self.rules.clone() };
                rules.rooms.retain(|room| rules.text.contains(&format!("room {room}")));
                rules.locks.retain(|lock| rules.text.contains(&format!("lock {lock} gives")));
                Case { rules, ..self.clone() }
            });
            match shorter.filter(|shorter| shorter.fails(wanted).is_some()) {
                Some(shorter) => self = shorter,
                None => at += 1,
            }
        }
        let way = self.fails(wanted).unwrap_or_default();
        let way: String = way.iter().map(|act| format!("  {act}\n")).collect();
        let what = wanted.as_ref().map_or("a pass is too long".to_owned(), |claim| format!("`{claim}` is broken"));
        format!("{}{what}, hands {:?}\n{way}", self.rules.text, self.hands)
    }

    fn show_imprecise(&self, claim: &Claim, explored: &Explored) {
        if std::env::var_os("WINDLASS_SHOW_IMPRECISE").is_some() {
            eprintln!(
                "---- `{claim}` is refused; nothing breaks it in {} states\n{}",
                explored.states, self.rules.text
            );
        }
    }
}

fn form(claim: &Claim) -> &'static str {
    match claim {
        Claim::RoomBehind(..) => "room behind",
        Claim::SetBehind(_) => "set behind",
        Claim::NeverSet => "never set",
        Claim::NeverTo(..) => "never to",
        Claim::Depth(_) => "depth",
    }
}
