//! Expressions, patterns and records of random rules.

use super::super::tape::Tape;

/// What may be named at one place.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Names and their types: `text`, `int`, `bool`, or `message` with what its pattern named.
    pub texts: Vec<String>,
    pub ints: Vec<String>,
    pub bools: Vec<String>,
    /// A record that may be sent as it is.
    pub message: Option<String>,
    /// The address of a message: `m.to`.
    pub to: Option<String>,
    pub identified: bool,
    pub in_room: bool,
}

impl Scope {
    pub fn text(&self, tape: &mut Tape<'_>) -> String {
        let mut known = vec!["\"a\"".to_owned(), "\"ab\"".to_owned()];
        known.extend(self.texts.iter().cloned());
        known.extend(self.texts.iter().cloned());
        if self.in_room {
            known.push("room.name".to_owned());
        }
        if self.identified {
            known.push("client.id".to_owned());
            known.push("client.role".to_owned());
        }
        let first = tape.one_of(&known);
        match tape.below(8) {
            6 => format!("{first} + \"!\""),
            7 => format!("lower({first})"),
            _ => first,
        }
    }

    pub fn int(&self, tape: &mut Tape<'_>) -> String {
        let mut known = vec!["1".to_owned(), "few".to_owned(), "few + 1".to_owned()];
        known.extend(self.ints.iter().cloned());
        known.extend(self.texts.iter().map(|text| format!("len({text})")));
        if self.in_room {
            known.push("room.count".to_owned());
        }
        tape.one_of(&known)
    }

    pub fn guard(&self, tape: &mut Tape<'_>) -> String {
        let mut known = vec!["handshake.query.k == \"v\"".to_owned(), "true".to_owned(), "few > 2".to_owned()];
        known.push("\"a\" in handshake.certificate.names".to_owned());
        known.push("now() < handshake.certificate.expires".to_owned());
        known.extend(self.ints.iter().map(|int| format!("{int} < 2")));
        known.extend(self.texts.iter().map(|text| format!("{text} == \"a\"")));
        known.extend(self.bools.iter().cloned());
        if self.in_room {
            known.push("room.count <= 1".to_owned());
            known.push("room.count == 2".to_owned());
            known.push("\"bob\" in members".to_owned());
        }
        if self.identified {
            known.push("client.seen".to_owned());
            known.push("client.role in [\"member\"]".to_owned());
            known.push("client.age == 1".to_owned());
        }
        let first = tape.one_of(&known);
        match tape.below(9) {
            7 => format!("not {first}"),
            8 => format!("{first} or {}", tape.one_of(&known)),
            _ => first,
        }
    }

    pub fn record(&self, tape: &mut Tape<'_>) -> String {
        match (&self.message, tape.below(4)) {
            (Some(message), 2 | 3) => message.clone(),
            (_, 1) => format!("{{ b: {} }}", self.int(tape)),
            _ => format!("{{ a: {} }}", self.text(tape)),
        }
    }
}

/// A message pattern, and what it lets an arm name.
pub fn pattern(tape: &mut Tape<'_>, scope: &Scope) -> (String, Scope) {
    let mut scope = scope.clone();
    scope.message = None;
    scope.to = None;
    let (pattern, bound) = match tape.below(10) {
        0 | 1 => ("{ a: text(1..3) }", vec!["m.a"]),
        2 => ("{ b: int(0..3) }", vec![]),
        3 => ("{ c: bool }", vec![]),
        4 => ("{ kind: \"x\" | \"y\", a: text? }", vec![]),
        5 => ("{ to: client, a: text }", vec!["m.a"]),
        6 => ("{ to: room }", vec![]),
        7 => ("note", vec!["m.text"]),
        8 => ("{ to: group, a: text }", vec!["m.a"]),
        _ => ("_", vec![]),
    };
    if tape.chance(70) {
        scope.texts.extend(bound.into_iter().map(str::to_owned));
        scope.message = (pattern != "_" || tape.chance(80)).then(|| "m".to_owned());
        match pattern {
            "{ b: int(0..3) }" => scope.ints.push("m.b".to_owned()),
            "{ c: bool }" => scope.bools.push("m.c".to_owned()),
            _ if pattern.contains("to:") => scope.to = Some("m.to".to_owned()),
            _ => {}
        }
        return (format!("{pattern} as m"), scope);
    }
    (pattern.to_owned(), scope)
}
