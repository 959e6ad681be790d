//! Whether a check can be put to a group.

use super::{Unfit, nearest_or};
use crate::model::{Check, Model};
use crate::server::config::Service;

/// Whether the rules have the group, and the check asks about no secret, which everybody in the group would know. None gives one.
pub(super) fn fits(model: &Model, check: &Check, service: &Service) -> Result<(), Unfit> {
    let Some(group) = service.group.as_deref() else {
        return Err(("something is missing".into(), "set `group` to the group that is asked".into()));
    };
    if !model.groups.iter().any(|known| *known.name == *group) {
        return Err((format!("the rules have no group `{group}`"), unknown(model, group)));
    }
    if let Some(param) = check.params.iter().find(|param| param.ty.holds_secret()) {
        let why = format!("everybody in the group would be told `{}`, which is a secret", param.name);
        return Err((why, "ask about something that the group may know, or bind the check to `webhook`".into()));
    }
    Ok(())
}

fn unknown(model: &Model, name: &str) -> String {
    let names = model.groups.iter().map(|group| &*group.name);
    nearest_or(names, name, || format!("declare it, as in `group {name}`, and let a room say `receives {name}`"))
}
