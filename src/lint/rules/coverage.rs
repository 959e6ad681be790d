//! Whether one handler hears everything that another would: what R0602 and R0603 share.

use crate::model::{Arm, Trigger, Type};

/// Whether the first arm, which is looked at before, is taken whenever the second could be. Rather no than yes.
pub(super) fn hides(first: &Arm, second: &Arm) -> bool {
    first.guard.is_none() && hears_all_of(first, second)
}

/// Whether the first arm's trigger holds for strictly more than the second's.
pub(super) fn is_broader(first: &Arm, second: &Arm) -> bool {
    hears_all_of(first, second) && !hears_all_of(second, first)
}

fn hears_all_of(first: &Arm, second: &Arm) -> bool {
    if let (Trigger::Message { pattern, to }, Trigger::Message { pattern: other, to: other_to }) =
        (&first.trigger, &second.trigger)
    {
        let same_way = match (to, other_to) {
            (None, None) => true,
            (Some(to), Some(other)) => covers(to, other),
            (Some(_), None) | (None, Some(_)) => false,
        };
        return same_way && covers(pattern, other);
    }
    if let (Trigger::Signal { signal, pattern }, Trigger::Signal { signal: other, pattern: other_pattern }) =
        (&first.trigger, &second.trigger)
    {
        let is_wide = match (pattern, other_pattern) {
            (None, _) => true,
            (Some(pattern), Some(other)) => covers(pattern, other),
            (Some(_), None) => false,
        };
        return signal == other && is_wide;
    }
    matches!((&first.trigger, &second.trigger), (Trigger::Cancel, Trigger::Cancel))
}

/// Whether every value on the wire that matches the second pattern matches the first.
fn covers(wide: &Type, narrow: &Type) -> bool {
    // A text stands where a client is wanted, but not every text names one.
    wide == narrow || *wide == Type::Any || (wide.accepts(narrow) && !names_clients(wide))
}

fn names_clients(ty: &Type) -> bool {
    match ty {
        Type::Client => true,
        Type::List(inner) | Type::Optional(inner) => names_clients(inner),
        Type::Record(fields) => fields.iter().any(|field| names_clients(&field.ty)),
        Type::Text { .. }
        | Type::Int { .. }
        | Type::Number { .. }
        | Type::Bool
        | Type::Choice(_)
        | Type::Duration
        | Type::Time
        | Type::Room
        | Type::Group
        | Type::Secret
        | Type::Any => false,
    }
}
