//! Makes a failing case small: leaves out events, and lines and blocks of the rules, as long as it still fails.

use super::event::Happening;
use super::pair::{self, Pair};
use super::world::World;
use serde_json::Value as Json;

/// Rules, a world, and what happens.
#[derive(Clone)]
pub struct Case {
    pub rules: String,
    pub world: World,
    pub handshake: Json,
    pub events: Vec<Happening>,
}

impl Case {
    /// Where the two passes part ways; none if they do not, or the rules are not valid.
    pub fn fails(&self) -> Option<String> {
        let (program, parsed) = pair::read(&self.rules).ok()?;
        let mut pair = Pair::new(program, parsed, self.world.clone(), self.handshake.clone());
        for event in &self.events {
            if let Err(differs) = pair.step(event) {
                return Some(differs);
            }
            if pair.is_closed() {
                return None;
            }
        }
        None
    }

    /// The smallest case that this finds, told.
    pub fn smallest(mut self) -> String {
        while self.without_an_event() || self.without_a_block() {}
        let events: Vec<String> = self.events.iter().map(|event| format!("  {event:?}")).collect();
        let differs = self.fails().unwrap_or_default();
        format!("{}{:?} {}\n{}\n{differs}", self.rules, self.world, self.handshake, events.join("\n"))
    }

    fn without_an_event(&mut self) -> bool {
        let mut smaller = false;
        for at in (1..self.events.len()).rev() {
            let mut tried = self.clone();
            tried.events.remove(at);
            if tried.fails().is_some() {
                *self = tried;
                smaller = true;
            }
        }
        smaller
    }

    /// Leaves out a line with what stands in its braces, or its arms' actions.
    fn without_a_block(&mut self) -> bool {
        let mut smaller = false;
        let mut at = 0;
        while at < self.rules.lines().count() {
            let tried = [without_lines(&self.rules, at), without_words(&self.rules, at)];
            let tried = tried.into_iter().flatten().filter(|rules| rules.len() < self.rules.len());
            let found = tried.map(|rules| Case { rules, ..self.clone() }).find(|tried| tried.fails().is_some());
            match found {
                Some(found) => {
                    *self = found;
                    smaller = true;
                }
                None => at += 1,
            }
        }
        smaller
    }
}

/// The text without a line and what stands in its braces.
pub fn without_lines(rules: &str, at: usize) -> Option<String> {
    let lines: Vec<&str> = rules.lines().collect();
    let mut depth = 0;
    let block = lines.iter().skip(at).take_while(|line| {
        let inside = depth > 0;
        depth += line.matches('{').count() as i64 - line.matches('}').count() as i64;
        inside || depth > 0
    });
    let end = at + block.count().max(1);
    let kept = lines.iter().enumerate().filter(|(line, _)| !(at..end).contains(line));
    Some(kept.map(|(_, line)| format!("{line}\n")).collect())
}

/// A line without one of its actions, from a word to the next.
fn without_words(rules: &str, at: usize) -> Option<String> {
    let line = rules.lines().nth(at)?;
    let (head, rest) =
        line.split_once("{ say ").or_else(|| line.split_once("{ post ")).or_else(|| line.split_once("{ tell "))?;
    let (_, tail) = rest.split_once("} ").or_else(|| rest.split_once("m "))?;
    let shorter = format!("{head}{{ {tail}");
    let lines = rules.lines().enumerate();
    Some(lines.map(|(number, line)| format!("{}\n", if number == at { &shorter } else { line })).collect())
}
