//! Whether a check can be put to a group.

use super::Unfit;
use crate::model::{Check, Model, Type};
use crate::server::config::Service;

/// Whether the rules have the group, and the check asks about no secret, which everybody in the group would know. None gives one.
pub(super) fn fits(model: &Model, check: &Check, service: &Service) -> Result<(), Unfit> {
    let Some(group) = service.group.as_deref() else {
        return Err(("something is missing".into(), "set `group` to the group that is asked".into()));
    };
    if !model.groups.iter().any(|known| *known.name == *group) {
        return Err((format!("the rules have no group `{group}`"), unknown(model, group)));
    }
    if let Some(param) = check.params.iter().find(|param| has_secret(&param.ty)) {
        let why = format!("everybody in the group would be told `{}`, which is a secret", param.name);
        return Err((why, "ask about something that the group may know, or bind the check to `webhook`".into()));
    }
    Ok(())
}

fn unknown(model: &Model, name: &str) -> String {
    let names = model.groups.iter().map(|group| &*group.name);
    match names.min_by_key(|known| strsim::damerau_levenshtein(known, name)) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("declare it, as in `group {name}`, and let a room say `receives {name}`"),
    }
}

fn has_secret(ty: &Type) -> bool {
    match ty {
        Type::Secret => true,
        Type::List(inner) | Type::Optional(inner) => has_secret(inner),
        Type::Record(fields) => fields.iter().any(|field| has_secret(&field.ty)),
        Type::Text { .. }
        | Type::Int { .. }
        | Type::Number { .. }
        | Type::Bool
        | Type::Choice(_)
        | Type::Duration
        | Type::Time
        | Type::Client
        | Type::Room
        | Type::Group
        | Type::Any => false,
    }
}
