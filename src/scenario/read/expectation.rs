//! What a step expects: frames, and claims about what holds afterwards.

use super::Reader;
use crate::scenario::hole::pieces;
use crate::scenario::node::{Field, Node, Shape};
use crate::scenario::pattern::Pattern;
use crate::scenario::scene::{About, Claim, Frames, Who};

impl Reader {
    /// A list speaks of the socket that acts; a record names the receivers.
    pub(super) fn frames(&mut self, node: &Node) -> Vec<Frames> {
        if node.as_list().is_some() {
            return self.frames_of(Who::Acting, node).into_iter().collect();
        }
        let Some(fields) = node.as_record() else {
            let message = "`expect` is a list of frames for the socket that acts, or a record of such lists by socket";
            self.mistake(node.at, message);
            return Vec::new();
        };
        let frames_of = |field: &Field| self.frames_of(Who::Named(field.name.clone()), &field.node);
        fields.iter().filter_map(frames_of).collect()
    }

    fn frames_of(&mut self, who: Who, node: &Node) -> Option<Frames> {
        let frames = self.list(node, "what a socket must get")?;
        let frames = frames.iter().filter_map(|frame| self.frame(frame)).collect();
        Some(Frames { at: node.at, who, frames })
    }

    /// A word alone is any frame of that kind.
    fn frame(&mut self, node: &Node) -> Option<Pattern> {
        if let Some(kind) = node.as_text() {
            return Some(Pattern::has_field(node.at, kind));
        }
        if node.kind().is_none() {
            let message = "a frame is a record, as in `say: { error: \"…\" }`, or its kind alone, as in `moved`";
            self.mistake(node.at, message);
            return None;
        }
        self.pattern(node)
    }

    pub(super) fn pattern(&mut self, node: &Node) -> Option<Pattern> {
        match Pattern::read(node) {
            Ok(pattern) => Some(pattern),
            Err((at, message)) => {
                self.mistake(at, message);
                None
            }
        }
    }

    /// Complains about a `${…}` that cannot be read in something that is sent.
    pub(super) fn check_holes(&mut self, node: &Node) {
        match &node.shape {
            Shape::Text(text) => {
                if let Err(message) = pieces(text) {
                    self.mistake(node.at, message);
                }
            }
            Shape::List(items) => items.iter().for_each(|item| self.check_holes(item)),
            Shape::Record(fields) => fields.iter().for_each(|field| self.check_holes(&field.node)),
            Shape::Null | Shape::Bool(_) | Shape::Int(_) | Shape::Number(_) => {}
        }
    }

    /// A list or a text speaks of the socket that acts; a record names the sockets.
    pub(super) fn claim(&mut self, field: &Field, claims: &mut Vec<Claim>) {
        let about = match field.name.as_str() {
            "stack" => About::Stack,
            "state" => About::State,
            "keys" => About::Keys,
            "client" => About::Client,
            "rooms" => About::Rooms,
            _ => {
                if !matches!(field.node.shape, Shape::Int(_)) {
                    let hint = "`passes` is a number of passes; the answer to a check is `passed: VALUE`";
                    self.mistake(field.node.at, hint);
                }
                self.one_claim(About::Passes, &field.node, claims);
                return;
            }
        };
        let Some(fields) = field.node.as_record() else {
            return self.one_claim(about(Who::Acting), &field.node, claims);
        };
        for field in fields {
            self.one_claim(about(Who::Named(field.name.clone())), &field.node, claims);
        }
    }

    pub(super) fn claims_by_name(&mut self, field: &Field, claims: &mut Vec<Claim>) {
        let (about, what): (fn(String) -> About, &str) = match field.name.as_str() {
            "members" => (About::Members, "`members` names rooms: it"),
            _ => (About::Attributes, "`attributes` names clients: it"),
        };
        for field in self.record(&field.node, what).unwrap_or_default() {
            self.one_claim(about(field.name.clone()), &field.node, claims);
        }
    }

    fn one_claim(&mut self, about: About, node: &Node, claims: &mut Vec<Claim>) {
        let is_list = node.as_list().is_some();
        let wrong = match &about {
            About::Keys(_) | About::Rooms(_) | About::Members(_) | About::Stack(_) if !is_list => {
                Some("this is a list, as in `[lobby, hall]`")
            }
            About::Attributes(_) if node.as_record().is_none() => {
                Some("the attributes of a client are a record, as in `{ role: keeper }`")
            }
            About::Passes | About::State(_) | About::Client(_) if is_list => Some("this is one word, not a list"),
            About::Keys(_)
            | About::Rooms(_)
            | About::Members(_)
            | About::Stack(_)
            | About::Attributes(_)
            | About::Passes
            | About::State(_)
            | About::Client(_) => None,
        };
        if let Some(wrong) = wrong {
            return self.mistake(node.at, wrong);
        }
        let pattern = match &about {
            About::Keys(_) => self.pattern(&keys(node)).map(Pattern::in_any_order),
            About::Rooms(_) | About::Members(_) => self.pattern(node).map(Pattern::in_any_order),
            About::Stack(_) | About::Attributes(_) | About::Passes | About::State(_) | About::Client(_) => {
                self.pattern(node)
            }
        };
        claims.extend(pattern.map(|pattern| Claim { at: node.at, about, pattern }));
    }
}

/// A lock's name alone is its key, whatever it resolved to.
fn keys(node: &Node) -> Node {
    let any = |at, lock: &str| {
        let field = Field { at, name: lock.to_owned(), node: Node { at, ..Node::text("${_}") } };
        Node { at, shape: Shape::Record(vec![field]) }
    };
    let key = |item: &Node| item.as_text().map_or_else(|| item.clone(), |lock| any(item.at, lock));
    let keys = node.as_list().unwrap_or_default().iter().map(key).collect();
    Node { at: node.at, shape: Shape::List(keys) }
}
