//! Whether the webhooks of groups lead somewhere.

use super::{Misfit, has_place, nearest_or};
use crate::diagnostic::Span;
use crate::model::Model;
use crate::server::config::{Placed, Receiver};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Bound = BTreeMap<Arc<str>, Placed<Receiver>>;

/// The webhooks that the rules name, each once, and a group that has it.
fn named(model: &Model) -> impl Iterator<Item = (&Arc<str>, Span)> {
    let mut seen = BTreeSet::new();
    let all = model.groups.iter().flat_map(|group| group.webhooks.iter().map(|webhook| (webhook, group.span)));
    all.filter(move |(webhook, _)| seen.insert(*webhook))
}

/// Webhooks that the settings do not bind. The rules work without them: nobody is let in by a message that arrives, or kept out by
/// one that does not.
pub fn unbound_webhooks(model: &Model, bound: &Bound) -> Vec<Misfit> {
    let unbound = named(model).filter(|(webhook, _)| !bound.contains_key(*webhook));
    let misfit = |(webhook, span): (&Arc<str>, Span)| Misfit {
        message: format!("the webhook `{webhook}` is not bound, and what it is told goes nowhere"),
        help: format!("say under `webhooks.{webhook}` where it is: `url`, and `secret_file`"),
        rules: Some(span),
        settings: None,
    };
    unbound.map(misfit).collect()
}

/// What the settings bind and cannot be delivered to, or is no webhook of the rules.
pub(super) fn misfits(model: &Model, bound: &Bound) -> Vec<Misfit> {
    let misfit = |(name, receiver): (&Arc<str>, &Placed<Receiver>)| {
        let (why, help) = fits(model, name, &receiver.value).err()?;
        let rules = named(model).find(|(webhook, _)| *webhook == name).map(|(_, span)| span);
        Some(Misfit { message: format!("the webhook `{name}`: {why}"), help, rules, settings: Some(receiver.at) })
    };
    bound.iter().filter_map(misfit).collect()
}

fn fits(model: &Model, name: &Arc<str>, receiver: &Receiver) -> Result<(), (String, String)> {
    if !named(model).any(|(webhook, _)| webhook == name) {
        return Err(("no group of the rules has it".into(), unknown(model, name)));
    }
    if receiver.pause_max.get() < receiver.pause.get() {
        return Err(("`pause_max` is shorter than `pause`".into(), "make it at least as long".into()));
    }
    let url = (receiver.url.as_deref(), "`url` to where messages are posted");
    has_place(url, receiver.secret.as_ref(), receiver.secret_file.as_deref())
}

fn unknown(model: &Model, name: &str) -> String {
    let names = named(model).map(|(known, _)| &**known);
    nearest_or(names, name, || {
        format!("name it in a group, as in `group audit {{ webhook \"{name}\" }}`, or leave it out")
    })
}
