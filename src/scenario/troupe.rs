//! All scenes of one ruleset, and which continues which.

use super::read::Mistake;
use super::scene::Scene;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Scenes whose names are known to be unique, and whose beginnings are known to lead somewhere.
#[derive(Clone, Debug, Default)]
pub struct Troupe {
    scenes: Vec<Scene>,
    /// By scene, the one that it continues.
    before: Vec<Option<usize>>,
}

impl Troupe {
    /// Brings scenes together. Mistakes come with the file they are in.
    pub fn new(scenes: Vec<Scene>) -> Result<Troupe, Vec<(Arc<str>, Mistake)>> {
        let mut mistakes = Vec::new();
        let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, scene) in scenes.iter().enumerate() {
            if let Some(other) = by_name.insert(&scene.name, at).and_then(|other| scenes.get(other)) {
                let message =
                    format!("`{}` is the name of a scene in {}:{} too", scene.name, other.path, other.at.line);
                mistakes.push((scene.path.clone(), Mistake { at: scene.at, message }));
            }
        }
        let mut before = Vec::new();
        for scene in &scenes {
            let found = scene.continues.as_ref().map(|(at, name)| (*at, name, by_name.get(name.as_str()).copied()));
            if let Some((at, name, None)) = found {
                let message = format!("there is no scene `{name}` to continue");
                mistakes.push((scene.path.clone(), Mistake { at, message }));
            }
            before.push(found.and_then(|(_, _, found)| found));
        }
        let troupe = Troupe { before, scenes };
        for (at, scene) in troupe.scenes.iter().enumerate() {
            if troupe.chain_of(at).is_none() {
                let message = format!("`{}` continues itself, by way of what it continues", scene.name);
                mistakes.push((scene.path.clone(), Mistake { at: scene.at, message }));
            }
        }
        if mistakes.is_empty() { Ok(troupe) } else { Err(mistakes) }
    }

    /// Every scene, in the order of the files.
    pub fn scenes(&self) -> &[Scene] {
        &self.scenes
    }

    /// What is played for a scene: what it continues, from the beginning, then itself.
    pub fn chain(&self, scene: usize) -> Vec<&Scene> {
        let chain = self.chain_of(scene).unwrap_or_default();
        chain.into_iter().rev().filter_map(|at| self.scenes.get(at)).collect()
    }

    /// From a scene back to its beginning; none where it has none.
    fn chain_of(&self, scene: usize) -> Option<Vec<usize>> {
        let mut chain = vec![scene];
        let mut last = scene;
        while let Some(before) = self.before.get(last).copied().flatten() {
            if chain.contains(&before) {
                return None;
            }
            chain.push(before);
            last = before;
        }
        Some(chain)
    }
}
