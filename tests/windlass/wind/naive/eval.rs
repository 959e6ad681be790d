//! Expressions, over plain JSON. A room is `"room:NAME"`, a group `"group:NAME"`, time is milliseconds.

use super::Naive;
use super::types::{literal, same};
use serde_json::{Map, Value as Json};
use std::cmp::Ordering;
use windlass::syntax::ast::{Apply, BinaryOp, Expr, ExprKind};

/// What an arm bound.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    pub name: Option<String>,
    pub value: Json,
    /// The address of a message that names one.
    pub to: Option<Json>,
}

impl Bound {
    pub fn nothing() -> Bound {
        Bound::default()
    }

    pub fn to_name(name: Option<String>, value: Json) -> Bound {
        Bound { name, value, to: None }
    }
}

impl Naive {
    pub fn holds(&self, who: u64, bound: &Bound, guard: Option<&Expr>) -> bool {
        guard.is_none_or(|guard| self.value(who, bound, guard) == Json::Bool(true))
    }

    pub fn values(&self, who: u64, bound: &Bound, written: &[Expr]) -> Vec<Json> {
        written.iter().map(|written| self.value(who, bound, written)).collect()
    }

    pub fn value(&self, who: u64, bound: &Bound, written: &Expr) -> Json {
        match &written.kind {
            ExprKind::Literal(value) => literal(value),
            ExprKind::Name(name) => self.named(who, bound, name),
            ExprKind::Field(of, field) => self.field(who, bound, of, &field.node),
            ExprKind::Not(inner) => Json::Bool(self.value(who, bound, inner) != Json::Bool(true)),
            ExprKind::Binary(left, operator, right) => self.binary(who, bound, left, *operator, right),
            ExprKind::Apply(apply) => self.applied(who, bound, apply),
            ExprKind::Record(fields) => {
                let value = |(name, value): &(windlass::syntax::ast::Name, Expr)| {
                    (name.node.to_string(), self.value(who, bound, value))
                };
                Json::Object(fields.iter().map(value).collect::<Map<_, _>>())
            }
            ExprKind::List(items) => Json::Array(self.values(who, bound, items)),
        }
    }

    /// What a frame or an arm calls so, if it does.
    pub fn local(&self, who: u64, bound: &Bound, name: &str) -> Option<Json> {
        if bound.name.as_deref() == Some(name) {
            return Some(bound.value.clone());
        }
        let frame = self.socket.frame(who)?;
        let mut known = frame.values.iter().chain(&frame.args);
        known.find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn named(&self, who: u64, bound: &Bound, name: &str) -> Json {
        if let Some(value) = self.local(who, bound, name) {
            return value;
        }
        if let Some(constant) = self.rules.lets.get(name) {
            return self.value(who, &Bound::nothing(), constant);
        }
        if self.rules.rooms.contains_key(name) {
            return Json::from(format!("room:{name}"));
        }
        if self.rules.groups.iter().any(|group| group == name) {
            return Json::from(format!("group:{name}"));
        }
        self.key_value(who, name)
    }

    /// The value of the key of a lock that the frame's room requires.
    fn key_value(&self, who: u64, lock: &str) -> Json {
        let Some(frame) = self.socket.frame(who) else { return Json::Null };
        let required = self.rules.requirements(&frame.machine);
        let wanted = required.iter().flat_map(|requirement| &requirement.locks).find(|apply| *apply.name.node == *lock);
        let Some(wanted) = wanted else { return Json::Null };
        let args = self.values(who, &Bound::nothing(), &wanted.args);
        self.socket.held(lock, &args, self.now).cloned().unwrap_or(Json::Null)
    }

    fn field(&self, who: u64, bound: &Bound, of: &Expr, field: &str) -> Json {
        if let ExprKind::Name(name) = &of.kind {
            match (&**name, field) {
                ("client", "id") => return self.socket.client.clone().map_or(Json::Null, Json::from),
                ("client", attribute) => return self.attribute(attribute),
                ("room", "count") => return Json::from(self.room_count(who)),
                ("room", "name") => {
                    return self.socket.frame(who).and_then(|frame| frame.room()).map_or(Json::Null, Json::from);
                }
                ("socket", "id") => return Json::from(super::super::world::SOCKET.0.to_string()),
                ("handshake", part) => return self.handshake.get(part).cloned().unwrap_or(Json::Null),
                (name, "to") if bound.name.as_deref() == Some(name) && bound.to.is_some() => {
                    return bound.to.clone().unwrap_or(Json::Null);
                }
                _ => {}
            }
        }
        self.value(who, bound, of).get(field).cloned().unwrap_or(Json::Null)
    }

    fn attribute(&self, name: &str) -> Json {
        let client = self.socket.client.clone().unwrap_or_default();
        if let Some(set) = self.world.attributes.get(&(client, name.to_owned())) {
            return set.clone();
        }
        let declared = self.rules.attributes.iter().find(|attribute| *attribute.name.node == *name);
        let default = declared.and_then(|attribute| attribute.default.as_ref());
        default.map_or(Json::Null, |default| self.value(0, &Bound::nothing(), default))
    }

    /// Members of the frame's room.
    fn room_count(&self, who: u64) -> u64 {
        let Some(frame) = self.socket.frame(who) else { return 0 };
        let Some(room) = frame.room() else { return 0 };
        self.world.count(room)
    }

    fn binary(&self, who: u64, bound: &Bound, left: &Expr, operator: BinaryOp, right: &Expr) -> Json {
        let holds = |side: &Expr| self.value(who, bound, side) == Json::Bool(true);
        let ordered = || order(&self.value(who, bound, left), &self.value(who, bound, right));
        let answer = match operator {
            BinaryOp::Or => holds(left) || holds(right),
            BinaryOp::And => holds(left) && holds(right),
            BinaryOp::Equal => same(&self.value(who, bound, left), &self.value(who, bound, right)),
            BinaryOp::NotEqual => !same(&self.value(who, bound, left), &self.value(who, bound, right)),
            BinaryOp::Less => ordered() == Some(Ordering::Less),
            BinaryOp::LessOrEqual => matches!(ordered(), Some(Ordering::Less | Ordering::Equal)),
            BinaryOp::Greater => ordered() == Some(Ordering::Greater),
            BinaryOp::GreaterOrEqual => matches!(ordered(), Some(Ordering::Greater | Ordering::Equal)),
            BinaryOp::In => self.is_among(who, bound, left, right),
            BinaryOp::Add => return add(self.value(who, bound, left), self.value(who, bound, right)),
        };
        Json::Bool(answer)
    }

    fn is_among(&self, who: u64, bound: &Bound, left: &Expr, right: &Expr) -> bool {
        let left = self.value(who, bound, left);
        if let ExprKind::Name(name) = &right.kind
            && &**name == "members"
        {
            let room = self.socket.frame(who).and_then(|frame| frame.room());
            return room.zip(left.as_str()).is_some_and(|(room, client)| self.world.is_member(room, client));
        }
        let right = self.value(who, bound, right);
        right.as_array().is_some_and(|items| items.iter().any(|item| same(item, &left)))
    }

    fn applied(&self, who: u64, bound: &Bound, apply: &Apply) -> Json {
        let args = self.values(who, bound, &apply.args);
        let first = args.first().cloned().unwrap_or(Json::Null);
        match (&*apply.name.node, first) {
            ("now", _) => Json::from(self.wall()),
            ("nonce", _) => Json::from(self.nonce()),
            ("len", Json::String(text)) => Json::from(text.chars().count()),
            ("len", Json::Array(items)) => Json::from(items.len()),
            ("lower", Json::String(text)) => text.chars().map(small).collect::<String>().into(),
            (room, _) if self.rules.rooms.contains_key(room) => Json::from(format!("room:{}", address(room, &args))),
            _ => Json::Null,
        }
    }
}

/// `table/5`
pub fn address(room: &str, args: &[Json]) -> String {
    let mut address = room.to_owned();
    for arg in args {
        address.push('/');
        match arg {
            Json::String(text) => text.bytes().for_each(|byte| {
                if byte.is_ascii_alphanumeric() || b"._~-".contains(&byte) {
                    address.push(char::from(byte));
                } else {
                    address.push_str(&format!("%{byte:02X}"));
                }
            }),
            other => address.push_str(&other.to_string()),
        }
    }
    address
}

fn order(left: &Json, right: &Json) -> Option<Ordering> {
    match (left, right) {
        (Json::String(left), Json::String(right)) => Some(left.as_bytes().cmp(right.as_bytes())),
        (Json::Number(left), Json::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        _ => None,
    }
}

fn add(left: Json, right: Json) -> Json {
    match (&left, &right) {
        (Json::String(left), Json::String(right)) => {
            Json::from(left.chars().chain(right.chars()).take(65_536).collect::<String>())
        }
        (Json::Number(left), Json::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Json::from(left.saturating_add(right)),
            _ => Json::from((left.as_f64().unwrap_or(0.0) + right.as_f64().unwrap_or(0.0)).clamp(f64::MIN, f64::MAX)),
        },
        _ => Json::Null,
    }
}

/// The small form of a letter, if it is one letter.
fn small(letter: char) -> char {
    let forms: Vec<char> = letter.to_lowercase().collect();
    if forms.len() == 1 { forms[0] } else { letter }
}
