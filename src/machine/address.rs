//! Rooms by the names they have on the wire, and back: `hall`, `12`, `table/5`, a UUID.
//!
//! A room has exactly one [`RoomKey`]. Whatever a client writes is parsed into values first and written anew, so
//! that two spellings of one room never become two rooms.

use super::Program;
use crate::model::{Literal, MachineId, Room, Type};
use crate::value::{RoomKey, Value};
use std::fmt::Write;
use uuid::Uuid;

/// What an address is prefixed with before its UUID is derived, in the OID namespace of RFC 9562.
const UUID_PREFIX: &str = "windlass:room:";

/// No address is longer, in bytes: a client id's worth of text, percent-encoded, in each of many arguments.
const ADDRESS_BYTES_MAX: usize = 4096;

impl Program {
    /// The room at an address as it follows `room:`: a name or alias with the family's arguments, or the UUID of a
    /// room without parameters. None for what no rule declares, arguments out of their type, and malformed text.
    pub fn room_by_address(&self, text: &str) -> Option<(MachineId, Vec<Value>, RoomKey)> {
        if text.len() > ADDRESS_BYTES_MAX {
            return None;
        }
        let (name, arguments) = split(text);
        let room = self.room_by_name(name).or_else(|| self.room_by_alias(name));
        let room = room.or_else(|| self.room_by_uuid(text))?;
        let args = self.parse_arguments(room, &arguments)?;
        let key = self.room_key(room, &args);
        Some((room, args, key))
    }

    /// The one name of a room: its own, then its arguments percent-encoded (RFC 3986, unreserved characters as they
    /// are).
    pub fn room_key(&self, room: MachineId, args: &[Value]) -> RoomKey {
        let machine = self.machine(room);
        let mut key = String::from(&*machine.name);
        for argument in args.iter().take(machine.params.len()) {
            key.push('/');
            write_argument(argument, &mut key);
        }
        RoomKey(key.into())
    }

    /// Which room a key names. None for a key that no rule of this epoch declares.
    pub fn room_of(&self, key: &RoomKey) -> Option<(MachineId, Vec<Value>)> {
        let (name, arguments) = split(&key.0);
        let room = self.room_by_name(name)?;
        let args = self.parse_arguments(room, &arguments)?;
        Some((room, args))
    }

    /// What the rules say of the room that a key names.
    pub fn rules_of(&self, key: &RoomKey) -> Option<&Room> {
        self.machine(self.room_of(key)?.0).room()
    }

    /// The room's UUID: the one that the author wrote, or version 5 of its key.
    pub fn room_uuid(&self, key: &RoomKey) -> Uuid {
        let known = self.room_by_name(&key.0).and_then(|room| self.uuids.get(room.index()).copied().flatten());
        known.unwrap_or_else(|| derived_uuid(&key.0))
    }

    fn room_by_alias(&self, text: &str) -> Option<MachineId> {
        self.names.aliases.get(&parse_decimal::<u64>(text)?).copied()
    }

    fn room_by_uuid(&self, text: &str) -> Option<MachineId> {
        self.names.uuids.get(&Uuid::try_parse(text).ok()?).copied()
    }

    fn parse_arguments(&self, room: MachineId, texts: &[&str]) -> Option<Vec<Value>> {
        let params = &self.machine(room).params;
        if params.len() != texts.len() {
            return None;
        }
        params.iter().zip(texts).map(|(param, text)| parse_argument(&param.ty, &decode(text)?)).collect()
    }
}

/// Version 5 of a room's key.
pub(super) fn derived_uuid(key: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{UUID_PREFIX}{key}").as_bytes())
}

fn split(text: &str) -> (&str, Vec<&str>) {
    match text.split_once('/') {
        Some((name, rest)) => (name, rest.split('/').collect()),
        None => (text, Vec::new()),
    }
}

fn parse_argument(ty: &Type, text: &str) -> Option<Value> {
    match ty {
        Type::Text { least, most } => {
            let length = text.chars().count();
            (*least as usize <= length && length <= *most as usize).then(|| Value::Text(text.into()))
        }
        Type::Int { least, most } => {
            parse_decimal::<i64>(text).filter(|int| least <= int && int <= most).map(Value::Int)
        }
        Type::Bool => parse_bool(text).map(Value::Bool),
        Type::Choice(choices) => choices.iter().find_map(|choice| parse_choice(choice, text)),
        // A family has no parameters of these types: the model refuses them.
        Type::Number { .. }
        | Type::List(_)
        | Type::Duration
        | Type::Time
        | Type::Client
        | Type::Room
        | Type::Group
        | Type::Secret
        | Type::Any
        | Type::Optional(_)
        | Type::Record(_) => None,
    }
}

fn parse_choice(choice: &Literal, text: &str) -> Option<Value> {
    match choice {
        Literal::Bool(value) => (parse_bool(text) == Some(*value)).then_some(Value::Bool(*value)),
        Literal::Int(value) => (parse_decimal::<i64>(text) == Some(*value)).then_some(Value::Int(*value)),
        Literal::Text(value) => (**value == *text).then(|| Value::Text(value.clone())),
        Literal::Number(_) | Literal::Duration(_) => None,
    }
}

fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A number in the one spelling that writing it gives: no sign `+`, no leading zero.
fn parse_decimal<Number: std::str::FromStr + ToString>(text: &str) -> Option<Number> {
    text.parse::<Number>().ok().filter(|number| number.to_string() == text)
}

fn write_argument(value: &Value, out: &mut String) {
    match value {
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => out.push_str(&value.to_string()),
        Value::Text(text) | Value::Nonce(text) | Value::Client(text) | Value::Group(text) => encode(text, out),
        Value::Room(RoomKey(text)) => encode(text, out),
        // A family has no parameters of these types; written all the same, so that a key is never ambiguous.
        Value::None | Value::Number(_) | Value::Secret(_) | Value::Duration(_) | Value::Time(_) | Value::Json(_) => {
            encode(value.to_json().as_str(), out)
        }
    }
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'~' | b'-' => out.push(char::from(byte)),
            other => write!(out, "%{other:02X}").unwrap_or_default(),
        }
    }
}

/// Undoes percent-encoding. None where `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push((high * 16 + low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::super::{Bounds, compile};
    use super::*;
    use crate::diagnostic::{SourceId, SourceMap, Span};
    use crate::model::{Machine, MachineKind, Model, Param, Reload, Room};
    use std::sync::Arc;

    const SPAN: Span = Span { source: SourceId(0), start: 0, end: 0 };

    fn room(name: &str, params: Vec<Type>, alias: Option<u64>, uuid: Option<Uuid>) -> Machine {
        let params = params.into_iter().map(|ty| Param { name: "p".into(), ty, span: SPAN }).collect();
        let kind = MachineKind::Room(Box::new(Room {
            alias,
            uuid,
            public: true,
            requires: Vec::new(),
            admit: None,
            admits_itself: false,
            capacity: None,
            history: None,
            mailbox: None,
            presence: false,
            posts_to: Vec::new(),
            receives: Vec::new(),
            doors: Vec::new(),
            offers: Vec::new(),
            renews: Vec::new(),
            transient: false,
        }));
        Machine {
            name: name.into(),
            doc: String::new(),
            span: SPAN,
            params,
            lets: Vec::new(),
            enter: Vec::new(),
            states: Vec::new(),
            arms: Vec::new(),
            handlers: Vec::new(),
            arrive: Vec::new(),
            leave: Vec::new(),
            timers: Vec::new(),
            limit: None,
            on_reload: Reload::Pin,
            kind,
        }
    }

    const WRITTEN: &str = "0192f5c4-0000-7000-8000-000000000001";

    fn program() -> Program {
        let text = || Type::Text { least: 0, most: 8 };
        let side = Type::Choice(vec![Literal::Text("white".into()), Literal::Int(7), Literal::Bool(true)]);
        let machines = vec![
            room("hall", Vec::new(), Some(12), None),
            room("table", vec![Type::Int { least: 1, most: 999 }], Some(13), None),
            room("game", vec![text(), side, Type::Bool], None, None),
            room("vault", Vec::new(), None, Uuid::try_parse(WRITTEN).ok()),
            room("note", vec![Type::Text { least: 0, most: 65_536 }], None, None),
        ];
        let model = Model {
            entry: MachineId(0),
            machines,
            attributes: Vec::new(),
            groups: Vec::new(),
            checks: Vec::new(),
            signals: Vec::new(),
            proofs: Vec::new(),
        };
        compile(model, Arc::new(SourceMap::default()), Bounds { pass: 1, depth: 1 })
    }

    fn key_of(address: &str) -> Option<String> {
        program().room_by_address(address).map(|(_, _, RoomKey(key))| key.to_string())
    }

    #[test]
    fn an_address_becomes_its_one_key() {
        let hall = derived_uuid("hall").to_string();
        for (address, key) in [
            ("hall", "hall"),
            ("12", "hall"),
            (hall.as_str(), "hall"),
            (hall.to_uppercase().as_str(), "hall"),
            (WRITTEN, "vault"),
            ("table/1", "table/1"),
            ("table/999", "table/999"),
            ("13/5", "table/5"),
            ("game/a%2Fb/white/true", "game/a%2Fb/white/true"),
            ("game/%61%2fb/7/false", "game/a%2Fb/7/false"),
            ("game/ä ö/true/true", "game/%C3%A4%20%C3%B6/true/true"),
            ("game//white/false", "game//white/false"),
        ] {
            assert_eq!(key_of(address).as_deref(), Some(key), "{address}");
        }
    }

    #[test]
    fn what_no_rule_declares_has_no_key() {
        for address in [
            "",
            "/",
            "Hall",
            "hall/",
            "hall/1",
            "012",
            "+12",
            "14",
            "12/1",
            "table",
            "table/",
            "table/0",
            "table/1000",
            "table/01",
            "table/+1",
            "table/-0",
            "table/1/2",
            "table/x",
            "table/99999999999999999999",
            "game/a/white",
            "game/%/white/true",
            "game/%4/white/true",
            "game/%zz/white/true",
            "game/%FF/white/true",
            "game/a/black/true",
            "game/a/07/true",
            "game/a/white/1",
            "game/123456789/white/true",
            "hall ",
            " hall",
            "vault?x",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert_eq!(key_of(address), None, "{address}");
        }
    }

    #[test]
    fn an_address_has_an_end() {
        let address = |bytes: usize| format!("note/{}", "a".repeat(bytes - "note/".len()));
        assert!(key_of(&address(ADDRESS_BYTES_MAX)).is_some());
        assert_eq!(key_of(&address(ADDRESS_BYTES_MAX + 1)), None);
    }

    #[test]
    fn a_key_and_its_values_are_the_same_room() {
        let program = program();
        for args in [
            vec![Value::Text("a/b%".into()), Value::Int(7), Value::Bool(false)],
            vec![Value::Text("".into()), Value::Text("white".into()), Value::Bool(true)],
            vec![Value::Text("\u{1f512}\n".into()), Value::Bool(true), Value::Bool(true)],
        ] {
            let key = program.room_key(MachineId(2), &args);
            assert!(key.0.is_ascii(), "{key:?}");
            assert_eq!(program.room_of(&key), Some((MachineId(2), args.clone())));
            assert_eq!(program.room_by_address(&key.0), Some((MachineId(2), args, key)));
        }
    }

    #[test]
    fn a_key_is_not_looked_up_by_alias_or_uuid() {
        let program = program();
        assert_eq!(program.room_of(&RoomKey("12".into())), None);
        assert_eq!(program.room_of(&RoomKey(WRITTEN.into())), None);
    }

    #[test]
    fn a_uuid_is_written_or_derived() {
        let program = program();
        // The figures of Python's uuid.uuid5(uuid.NAMESPACE_OID, "windlass:room:hall").
        let uuid = |key: &str| program.room_uuid(&RoomKey(key.into())).to_string();
        assert_eq!(uuid("hall"), "a1751c41-ff33-5881-93e7-87adbdcc69c8");
        assert_eq!(uuid("table/5"), "df1a5f75-2a68-587c-8996-40a2ce0c8973");
        assert_eq!(uuid("vault"), WRITTEN);
    }

    #[test]
    fn only_the_arguments_of_the_family_are_in_a_key() {
        let with_lets = [Value::Int(5), Value::Text("a let of the frame".into())];
        assert_eq!(&*program().room_key(MachineId(1), &with_lets).0, "table/5");
    }
}
