//! What a token allows, as the store has it: written, and read back under the rules that are active then.

use super::Engine;
use crate::model::Type;
use crate::value::{Json, Millis, RoomKey, Value};
use crate::wind::{Key, Lasts};

/// What was read back.
pub(super) struct Allowed {
    pub keys: Vec<Key>,
    pub room: Option<RoomKey>,
}

impl Engine {
    /// What a socket has proved and where it stands, as it is stored. Keys that say something secret are not.
    pub(super) fn allows<'key>(&self, keys: impl Iterator<Item = &'key Key>, room: Option<&RoomKey>) -> Json {
        let (monotonic, wall) = (self.now.monotonic, self.now.wall);
        let is_open = |key: &&Key| !key.args.iter().chain([&key.value]).any(|value| matches!(value, Value::Secret(_)));
        let keys = keys.filter(is_open).map(|key| {
            let ends = match key.lasts.on_clock(monotonic, wall) {
                Lasts::Always => [None, None],
                Lasts::Until(end, grace) => {
                    [Some(("until", Value::Time(end))), Some(("grace", Value::Duration(grace)))]
                }
                Lasts::Lingers(end) => [Some(("lingers", Value::Time(end))), None],
            };
            let fields = [
                ("lock", Value::Text(key.kind.lock.clone())),
                ("signature", Value::Text(key.kind.signature.clone())),
                ("args", Value::Json(Json::list(key.args.iter().cloned()))),
                ("value", key.value.clone()),
            ];
            Value::Json(Json::record(fields.into_iter().chain(ends.into_iter().flatten())))
        });
        let keys = Value::Json(Json::list(keys));
        let room = room.map(|room| ("room", Value::Text(room.0.clone())));
        let knows = self.revocations.mark().map(|number| (KNOWS, Value::Int(number)));
        Json::record([("keys", keys)].into_iter().chain(room).chain(knows))
    }

    /// What was stored of a token.
    pub(super) fn read_allows(&self, allows: &Json) -> Allowed {
        let (monotonic, wall) = (self.now.monotonic, self.now.wall);
        let room = allows.field("room").and_then(|text| Value::from_json(text).as_text().cloned());
        let room = room.and_then(|room| self.find_room(&room));
        let mut keys = Vec::new();
        if let Some(stored) = allows.field("keys").and_then(|keys| Json::parse(keys).ok()) {
            stored.each_item(|key| keys.extend(self.read_key(key, monotonic, wall)));
        }
        Allowed { keys, room }
    }

    fn read_key(&self, stored: &str, monotonic: Millis, wall: Millis) -> Option<Key> {
        let stored = Json::parse(stored).ok()?;
        let text = |name: &str| Value::from_json(stored.field(name)?).as_text().cloned();
        let lock = self.program().lock_by_name(&text("lock")?)?;
        let (kind, machine) = (self.program().key_kind(lock)?, self.program().machine(lock));
        let gives = &machine.lock()?.gives;
        if text("signature")? != kind.signature {
            return None;
        }
        let mut args = Vec::new();
        Json::parse(stored.field("args")?).ok()?.each_item(|arg| args.push(arg.to_owned()));
        let types = machine.params.iter().map(|param| &param.ty);
        let args = types.zip(&args).map(|(ty, arg)| read_back(ty, arg)).collect::<Option<Vec<Value>>>()?;
        let value = read_back(gives, stored.field("value")?)?;
        let lasts = read_lasts(&stored, monotonic, wall)?;
        Some(Key { kind: kind.clone(), args: args.into(), value, lasts })
    }
}

/// The number of the latest revocation when the token was written down.
const KNOWS: &str = "revoked";

/// The latest revocation that a stored token knows of; 0 where there was none.
pub(super) fn knows(allows: &Json) -> u64 {
    allows.field(KNOWS).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// How long a key lasts that was stored with its ends as the wall clock shows them; none where it is over.
fn read_lasts(stored: &Json, monotonic: Millis, wall: Millis) -> Option<Lasts> {
    let number = |name: &str| stored.field(name).map(str::parse::<u64>).transpose().ok();
    let lasts = match (number("until")?, number("lingers")?) {
        (Some(end), _) => Lasts::Until(end, number("grace")?.unwrap_or(0)),
        (None, Some(end)) => Lasts::Lingers(end),
        (None, None) => Lasts::Always,
    };
    Some(lasts.at(wall)?.on_clock(wall, monotonic))
}

/// A value of this type as [`Value::to_json`] wrote it.
fn read_back(ty: &Type, json: &str) -> Option<Value> {
    match ty {
        Type::Optional(_) if json == "null" => Some(Value::None),
        Type::Secret => None,
        ty => ty.read(json),
    }
}
