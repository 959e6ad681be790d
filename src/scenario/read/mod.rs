//! From tree to scenes. Finds as many mistakes as there are; `docs/scenes.md` is the contract.

mod expectation;
mod step;

use super::node::{Field, Node, Position, Shape};
use super::scene::Scene;
use std::sync::Arc;

/// What is wrong with a scene's text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub at: Position,
    /// What, and what to do about it.
    pub message: String,
}

/// No file holds more scenes.
pub const SCENES_MAX: usize = 10_000;

/// Reads the scenes of one file.
pub fn read_scenes(path: impl Into<Arc<str>>, tree: &Node) -> Result<Vec<Scene>, Vec<Mistake>> {
    let path = path.into();
    let mut reader = Reader { mistakes: Vec::new() };
    let mut scenes = Vec::new();
    match tree.as_list() {
        Some(items) if items.len() > SCENES_MAX => {
            reader.mistake(tree.at, format!("a file holds at most {SCENES_MAX} scenes"));
        }
        Some(items) => scenes.extend(items.iter().filter_map(|item| reader.scene(&path, item))),
        None if matches!(tree.shape, Shape::Null) => {}
        None => reader.mistake(tree.at, "a file holds a list of scenes: begin each with `- scene: NAME`"),
    }
    if reader.mistakes.is_empty() { Ok(scenes) } else { Err(reader.mistakes) }
}

/// Collects mistakes while it reads.
struct Reader {
    mistakes: Vec<Mistake>,
}

const SCENE_WORDS: [&str; 5] = ["scene", "doc", "continues", "ignore", "steps"];

impl Reader {
    fn mistake(&mut self, at: Position, message: impl Into<String>) {
        self.mistakes.push(Mistake { at, message: message.into() });
    }

    fn scene(&mut self, path: &Arc<str>, node: &Node) -> Option<Scene> {
        let fields = self.record(node, "a scene")?;
        let mut scene = Scene {
            path: path.clone(),
            at: node.at,
            name: String::new(),
            doc: None,
            continues: None,
            ignore: Vec::new(),
            steps: Vec::new(),
        };
        for Field { at, name, node } in fields {
            match name.as_str() {
                "scene" => scene.name = self.text(node, "the name of a scene").unwrap_or_default(),
                "doc" => scene.doc = self.text(node, "`doc`"),
                "continues" => {
                    scene.continues = self.text(node, "`continues`").map(|name| (node.at, name));
                }
                "ignore" => scene.ignore = self.texts(node, "`ignore`"),
                "steps" => {
                    let steps = self.list(node, "`steps`").unwrap_or_default();
                    scene.steps = steps.iter().filter_map(|step| self.step(step)).collect();
                }
                other => {
                    let hint = did_you_mean(other, &SCENE_WORDS);
                    self.mistake(*at, format!("a scene has {}, and no `{other}`{hint}", SCENE_WORDS.join(", ")));
                }
            }
        }
        if !fields.iter().any(|field| field.name == "scene") {
            self.mistake(node.at, "a scene needs a name: `scene: what it shows`");
        } else if fields.iter().all(|field| field.name != "steps") {
            self.mistake(node.at, "a scene needs `steps`");
        }
        Some(scene)
    }

    fn record<'node>(&mut self, node: &'node Node, what: &str) -> Option<&'node [Field]> {
        if node.as_record().is_none() {
            self.mistake(node.at, format!("{what} is a record, as in `name: value`"));
        }
        node.as_record()
    }

    fn list<'node>(&mut self, node: &'node Node, what: &str) -> Option<&'node [Node]> {
        if node.as_list().is_none() {
            self.mistake(node.at, format!("{what} is a list: begin each item with `- `"));
        }
        node.as_list()
    }

    /// A text; a number or a bool is taken as the text that it looks like.
    fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        match &node.shape {
            Shape::Text(text) => Some(text.clone()),
            Shape::Bool(_) | Shape::Int(_) | Shape::Number(_) => Some(node.to_json()),
            Shape::Null | Shape::List(_) | Shape::Record(_) => {
                self.mistake(node.at, format!("{what} is a text"));
                None
            }
        }
    }

    /// A text, or a list of them.
    fn texts(&mut self, node: &Node, what: &str) -> Vec<String> {
        match node.as_list() {
            Some(items) => items.iter().filter_map(|item| self.text(item, what)).collect(),
            None => self.text(node, what).into_iter().collect(),
        }
    }
}

/// `; did you mean …?`, where something known is close.
fn did_you_mean(word: &str, known: &[&str]) -> String {
    let closest = known.iter().map(|known| (strsim::osa_distance(word, known), known)).min();
    match closest {
        Some((distance, known)) if distance <= 2 && distance < word.len() => format!("; did you mean `{known}`?"),
        Some(_) | None => String::new(),
    }
}
