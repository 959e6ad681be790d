//! Makes a failing case small: leaves out acts, then lines and blocks of the rulesets, as long as it still fails.

use super::acts::Act;
use super::checks::Checks;
use super::edits::without_block;
use super::house::{House, Ruleset};
use crate::engine::stage::Done;
use std::panic::{AssertUnwindSafe, catch_unwind};
use windlass::engine::Settings;

/// Rulesets, and what happens under them.
#[derive(Clone)]
pub struct Case {
    pub rulesets: Vec<Ruleset>,
    pub settings: Settings,
    pub acts: Vec<Act>,
    /// How often a smaller case was tried.
    pub tries: usize,
}

/// More are not made to find a smaller case.
const TRIES_MAX: usize = 600;

impl Case {
    /// Plays it once more: what went wrong, if anything did, and all that was done.
    pub fn play(&self) -> (Option<String>, Vec<Done>) {
        let mut all = Vec::new();
        let went = catch_unwind(AssertUnwindSafe(|| {
            let mut house = House::new(&self.rulesets[0], self.settings.clone());
            let mut checks = Checks::default();
            for act in &self.acts {
                house.perform(&self.rulesets, act, &mut |house, came| {
                    all.extend(came.done.iter().cloned());
                    checks.look(house, came)
                })?;
            }
            checks.end(&mut house)
        }));
        let wrong = match went {
            Ok(went) => went.err(),
            Err(panic) => Some(told(&*panic)),
        };
        (wrong, all)
    }

    fn fails(&self) -> bool {
        self.tries < TRIES_MAX && self.play().0.is_some()
    }

    /// The smallest case that this finds, told.
    pub fn smallest(mut self) -> String {
        std::panic::set_hook(Box::new(|_| {}));
        while self.without_acts() || self.without_lines() {}
        drop(std::panic::take_hook());
        let rulesets = (0..self.rulesets.len()).filter(|at| self.uses(*at));
        let rulesets: Vec<String> = rulesets.map(|at| format!("=== {at}\n{}", self.rulesets[at].text)).collect();
        let acts: Vec<String> = self.acts.iter().map(|act| format!("  {act:?}")).collect();
        let wrong = self.play().0.unwrap_or_default();
        format!("{}\n{}\n{wrong}\n{:?}", rulesets.concat(), acts.join("\n"), self.settings)
    }

    fn uses(&self, ruleset: usize) -> bool {
        ruleset == 0 || self.acts.iter().any(|act| matches!(act, Act::Reload(to, _) if *to == ruleset))
    }

    fn without_acts(&mut self) -> bool {
        let mut smaller = false;
        for size in [16, 4, 1] {
            let mut at = self.acts.len();
            while at > 0 {
                at = at.saturating_sub(size);
                let mut tried = self.clone();
                self.tries += 1;
                tried.acts.drain(at..(at + size).min(tried.acts.len()));
                if tried.acts.len() < self.acts.len() && tried.fails() {
                    *self = tried;
                    smaller = true;
                }
            }
        }
        smaller
    }

    /// Leaves out a line, with what stands in its braces, of every ruleset that has it.
    fn without_lines(&mut self) -> bool {
        let mut smaller = false;
        for of in (0..self.rulesets.len()).filter(|at| self.uses(*at)).collect::<Vec<_>>() {
            let mut at = 0;
            while let Some(line) = self.rulesets[of].text.lines().nth(at).map(str::to_owned) {
                self.tries += 1;
                match self.without_line(&line) {
                    Some(tried) => {
                        *self = tried;
                        smaller = true;
                    }
                    None => at += 1,
                }
            }
        }
        smaller
    }

    fn without_line(&self, line: &str) -> Option<Case> {
        let mut tried = self.clone();
        for (_, rules) in tried.rulesets.iter_mut().enumerate().filter(|(at, _)| self.uses(*at)) {
            if let Some(at) = rules.text.lines().position(|found| found == line) {
                *rules = Ruleset::read(&without_block(&rules.text, at))?;
            }
        }
        tried.fails().then_some(tried)
    }
}

fn told(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
