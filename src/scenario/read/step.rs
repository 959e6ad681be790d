//! One step: its act, how often, and what is expected of it.

use super::{Reader, did_you_mean};
use crate::model::HandshakePart;
use crate::scenario::node::{Field, Node, Position, Shape};
use crate::scenario::scene::{Act, Connection, Given, Revocation, Step, Verdict};

/// Words of a step that are acts.
const ACTS: [&str; 7] = ["connect", "disconnect", "after", "check", "given", "revoke", "look"];
/// Words of a step that are not.
const OTHERS: [&str; 15] = [
    "times",
    "ignore",
    "expect",
    "stack",
    "state",
    "keys",
    "client",
    "rooms",
    "members",
    "attributes",
    "passes",
    "passed",
    "failed",
    "of",
    "args",
];

/// A frame is sent at most so many times in one step.
const TIMES_MAX: i64 = 100_000;

impl Reader {
    pub(super) fn step(&mut self, node: &Node) -> Option<Step> {
        let fields = self.record(node, "a step")?;
        let mut step =
            Step { at: node.at, act: Act::Look, times: 1, ignore: Vec::new(), frames: Vec::new(), claims: Vec::new() };
        let mut act: Option<&Field> = None;
        for field in fields {
            match field.name.as_str() {
                "times" => step.times = self.times(&field.node),
                "ignore" => step.ignore = self.texts(&field.node, "`ignore`"),
                // they belong to `check`, which reads them
                "passed" | "failed" | "of" | "args" => {
                    if fields.iter().all(|field| field.name != "check") {
                        self.mistake(field.at, format!("`{}` belongs to a step with `check`", field.name));
                    }
                }
                "expect" => step.frames = self.frames(&field.node),
                "members" | "attributes" => self.claims_by_name(field, &mut step.claims),
                "stack" | "state" | "keys" | "client" | "rooms" | "passes" => self.claim(field, &mut step.claims),
                _ => match act {
                    None => {
                        act = Some(field);
                        step.act = self.act(field, fields)?;
                    }
                    Some(other) => self.second_act(field, other),
                },
            }
        }
        if step.times > 1 && !matches!(step.act, Act::Send { .. }) {
            self.mistake(node.at, "only what a socket sends can be sent several `times`");
        }
        Some(step)
    }

    fn second_act(&mut self, field: &Field, other: &Field) {
        let hint = [field, other].map(|field| did_you_mean(&field.name, &OTHERS)).concat();
        let message = format!("a step has one act, and this one has `{}` and `{}`", other.name, field.name);
        self.mistake(field.at, format!("{message}{hint}"));
    }

    fn times(&mut self, node: &Node) -> u32 {
        match node.shape {
            Shape::Int(times) if (1..=TIMES_MAX).contains(&times) => u32::try_from(times).unwrap_or(1),
            _ => {
                self.mistake(node.at, format!("`times` is a number from 1 to {TIMES_MAX}"));
                1
            }
        }
    }

    fn act(&mut self, field: &Field, fields: &[Field]) -> Option<Act> {
        let Field { at, name, node } = field;
        match name.as_str() {
            "look" => Some(Act::Look),
            "connect" => Some(Act::Connect(self.connections(node)?)),
            "disconnect" => Some(Act::Disconnect(self.sockets(node))),
            "after" => self.duration(node).map(Act::After),
            "check" => self.verdict(node, fields).map(Act::Verdict),
            "given" => self.given(node).map(Act::Given),
            "revoke" => self.revocations(node).map(Act::Revoke),
            socket => {
                self.socket_name(*at, socket);
                self.check_holes(node);
                Some(Act::Send { socket: socket.to_owned(), frame: node.clone() })
            }
        }
    }

    /// Complains about a name that no socket can have.
    fn socket_name(&mut self, at: Position, name: &str) {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        if ACTS.contains(&name) || OTHERS.contains(&name) {
            self.mistake(at, format!("`{name}` is a word of scenes and cannot name a socket"));
        } else if name.is_empty() || !name.chars().all(is_letter) {
            let message = format!("`{name}` cannot name a socket: use letters, digits, `_` and `-`");
            self.mistake(at, message);
        }
    }

    fn sockets(&mut self, node: &Node) -> Vec<(Position, String)> {
        let items = node.as_list().unwrap_or(std::slice::from_ref(node));
        let names: Vec<(Position, String)> =
            items.iter().filter_map(|item| Some((item.at, self.text(item, "a socket")?))).collect();
        for (at, name) in &names {
            self.socket_name(*at, name);
        }
        names
    }

    fn connections(&mut self, node: &Node) -> Option<Vec<Connection>> {
        let Some(fields) = node.as_record() else {
            let bare = |(at, socket)| Connection { at, socket, brings: Vec::new() };
            return Some(self.sockets(node).into_iter().map(bare).collect());
        };
        fields.iter().map(|field| self.connection(field)).collect()
    }

    fn connection(&mut self, field: &Field) -> Option<Connection> {
        self.socket_name(field.at, &field.name);
        let mut brings = Vec::new();
        for part in self.record(&field.node, "what a socket connects with")? {
            let Some(known) = HandshakePart::by_name(&part.name) else {
                let parts = HandshakePart::ALL.map(HandshakePart::name);
                let nearest = did_you_mean(&part.name, &parts);
                let parts = parts.join("`, `");
                let message = format!("a socket connects with one of `{parts}`, not with `{}`{nearest}", part.name);
                self.mistake(part.at, message);
                continue;
            };
            brings.push((known, self.record(&part.node, "what a socket brings").unwrap_or_default().to_vec()));
        }
        Some(Connection { at: field.at, socket: field.name.clone(), brings })
    }

    fn verdict(&mut self, node: &Node, fields: &[Field]) -> Option<Verdict> {
        let check = self.text(node, "the name of a check")?;
        let field = |name: &str| fields.iter().find(|field| field.name == name).map(|field| &field.node);
        for value in [field("passed"), field("failed")].into_iter().flatten() {
            self.check_holes(value);
        }
        let verdict = match (field("passed"), field("failed")) {
            (Some(value), None) => Ok(value.clone()),
            (None, Some(why)) => Err(why.clone()),
            (None, None) | (Some(_), Some(_)) => {
                self.mistake(node.at, "a check is answered with either `passed: VALUE` or `failed: WHY`");
                return None;
            }
        };
        let of = field("of").and_then(|node| self.text(node, "`of`"));
        let args = field("args").and_then(|node| self.pattern(node));
        if let Some(args) = args.as_ref().filter(|args| !args.is_record() && !args.is_list()) {
            self.mistake(args.at, "`args` is a list in order, or a record by parameter");
        }
        Some(Verdict { check, of, args, verdict })
    }

    fn given(&mut self, node: &Node) -> Option<Vec<Given>> {
        let mut all = Vec::new();
        for part in self.record(node, "`given`")? {
            if part.name != "clients" {
                self.mistake(part.at, format!("`given` knows `clients`, not `{}`", part.name));
                continue;
            }
            for client in self.record(&part.node, "`clients`").unwrap_or_default() {
                for attribute in self.record(&client.node, "what a client is given").unwrap_or_default() {
                    all.push(Given {
                        at: attribute.at,
                        client: client.name.clone(),
                        attribute: attribute.name.clone(),
                        value: attribute.node.clone(),
                    });
                }
            }
        }
        Some(all)
    }

    fn revocations(&mut self, node: &Node) -> Option<Vec<Revocation>> {
        let sockets = self.record(node, "`revoke`, whose keys of which locks,")?;
        let of = |reader: &mut Self, field: &Field| {
            reader.socket_name(field.at, &field.name);
            let locks = reader.texts(&field.node, "locks whose keys are taken away");
            Revocation { at: field.at, socket: field.name.clone(), locks }
        };
        Some(sockets.iter().map(|field| of(self, field)).collect())
    }

    /// `250ms`, `30s`, `2m`, `24h`, `30d`, in milliseconds.
    fn duration(&mut self, node: &Node) -> Option<u64> {
        let length = self.text(node, "`after`").and_then(|text| {
            let end = text.find(|letter: char| !letter.is_ascii_digit())?;
            let (count, unit) = text.split_at(end);
            let unit = match unit {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return None,
            };
            count.parse::<u64>().ok()?.checked_mul(unit).filter(|length| *length <= AFTER_MS_MAX)
        });
        if length.is_none() {
            self.mistake(node.at, "`after` is a length of time, as in `250ms`, `30s`, `2m`, `24h` or `30d`");
        }
        length
    }
}

/// The longest time that passes in one step: ten years.
const AFTER_MS_MAX: u64 = 3_650 * 86_400_000;
