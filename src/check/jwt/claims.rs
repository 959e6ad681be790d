//! What a token says, as the value that the rules declare.

use crate::model::{Field, Type};
use crate::value::{Json, Value};
use serde_json::Value as Claim;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The claims of a token.
pub(super) type Claims = serde_json::Map<String, Claim>;

/// Seconds since 1970 end here: what a time can be in milliseconds, with room to spare.
const SECONDS_MAX: f64 = 1e13;

/// Which value a token has, and where its fields are found.
#[derive(Clone, Debug)]
pub struct Shape {
    gives: Type,
    names: BTreeMap<Arc<str>, Arc<str>>,
}

impl Shape {
    /// A value of a type. A field is the claim of its name, unless `names` says which: another name, or a path as in
    /// `/realm_access/roles` (RFC 6901). A text is the subject.
    pub fn new(gives: Type, names: BTreeMap<Arc<str>, Arc<str>>) -> Result<Shape, String> {
        match &gives {
            Type::Record(fields) => {
                if let Some(name) = names.keys().find(|name| fields.iter().all(|field| field.name != **name)) {
                    return Err(format!("`claims` names `{name}`, which is no field of what the check gives"));
                }
                if let Some(field) = fields.iter().find(|field| holds_duration(&field.ty)) {
                    return Err(format!(
                        "`{}` is a length of time, and a token has none: make it an `int`",
                        field.name
                    ));
                }
            }
            Type::Text { .. } | Type::Client => {}
            _other => return Err("a token gives a record of claims, or its subject as a text".into()),
        }
        Ok(Shape { gives, names })
    }

    /// The value of a token. An error says which claim is not what the rules want, and not what it is.
    pub(super) fn read(&self, claims: &Claims) -> Result<Value, Arc<str>> {
        let Type::Record(fields) = &self.gives else {
            let subject = claims.get("sub").ok_or("the token lacks the claim `sub`")?;
            return typed(&self.gives, subject).ok_or_else(|| "the claim `sub` is not what the rules want".into());
        };
        let mut values = Vec::with_capacity(fields.len());
        for field in fields {
            values.push((&*field.name, self.field(field, claims)?));
        }
        // what the rules do not name does not get to them
        Ok(Value::Json(Json::record(values)))
    }

    fn field(&self, field: &Field, claims: &Claims) -> Result<Value, Arc<str>> {
        let name = self.names.get(&field.name).unwrap_or(&field.name);
        match (find(claims, name), &field.ty) {
            (None | Some(Claim::Null), Type::Optional(_)) => Ok(Value::None),
            (None, _) => Err(format!("the token lacks the claim `{name}`").into()),
            (Some(claim), ty) => {
                typed(ty, claim).ok_or_else(|| format!("the claim `{name}` is not what the rules want").into())
            }
        }
    }
}

fn find<'claims>(claims: &'claims Claims, name: &str) -> Option<&'claims Claim> {
    match name.strip_prefix('/') {
        Some(path) => {
            let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
            let first = claims.get(&first.replace("~1", "/").replace("~0", "~"))?;
            rest.map_or(Some(first), |rest| first.pointer(&format!("/{rest}")))
        }
        None => claims.get(name),
    }
}

/// A claim as a value of a type. A time is a NumericDate (RFC 7519, 2): seconds, perhaps with a fraction.
fn typed(ty: &Type, claim: &Claim) -> Option<Value> {
    match ty {
        Type::Time => {
            let seconds = claim.as_f64().filter(|seconds| (0.0..SECONDS_MAX).contains(seconds))?;
            Some(Value::Time((seconds * 1000.0) as u64))
        }
        Type::Optional(inner) => typed(inner, claim),
        _other => ty.read(&claim.to_string()),
    }
}

fn holds_duration(ty: &Type) -> bool {
    match ty {
        Type::Duration => true,
        Type::Optional(inner) | Type::List(inner) => holds_duration(inner),
        _other => false,
    }
}
