//! Every rule, one file each, in the order of their codes.

mod coverage;
mod looks;
mod prelude;
mod proof_walks;
mod standing;
mod traps;

mod r0001_syntax;
mod r0002_encoding;
mod r0003_duplicate_name;
mod r0004_unknown_name;
mod r0005_reserved_name;
mod r0101_unreachable_state;
mod r0102_unreachable_machine;
mod r0103_trap_state;
mod r0104_trap_circle;
mod r0105_no_success_path;
mod r0106_no_failure_path;
mod r0107_dead_arm;
mod r0108_missing_initial;
mod r0109_misplaced;
mod r0110_decides_no_more;
mod r0201_eventless_circle;
mod r0202_pass_budget;
mod r0203_lock_recursion;
mod r0204_stack_depth;
mod r0205_fan_out;
mod r0206_signal_storm;
mod r0207_group_circle;
mod r0208_recursive_definition;
mod r0209_sockets_sent_round;
mod r0301_access_proof;
mod r0302_unguarded_room;
mod r0303_weaker_alternative;
mod r0304_client_driven_grant;
mod r0305_absence_grant;
mod r0306_error_grant;
mod r0310_secret_echo;
mod r0311_secret_compared;
mod r0312_choice_of_one;
mod r0401_missing_deadline;
mod r0402_deadline_order;
mod r0403_duration;
mod r0405_deadline_put_off;
mod r0406_idle_grace;
mod r0501_unbounded_retry;
mod r0503_no_backoff;
mod r0602_shadowed_handler;
mod r0603_hidden_handler;
mod r0604_missing_end;
mod r0606_constant_condition;
mod r0701_type_mismatch;
mod r0702_maybe_unset;
mod r0703_arity;
mod r0704_unused;
mod r0705_shadowed_name;
mod r0706_out_of_range;
mod r0707_admitted_without;
mod r0801_capacity;
mod r0802_amplification;
mod r0804_endless_check;
mod r0901_naming;
mod r0902_file_name;
mod r0903_missing_doc;
mod r0904_unused_suppression;
mod r0905_reload_breaking;
mod r0906_unformatted;
mod r1001_unbound_check;
mod r1002_unfit_binding;
mod r1003_unbound_webhook;

use super::rule::Rule;
use super::ruleset::Ruleset;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::machine::Deepest;
use crate::model::{Claim, MachineId};
use std::collections::BTreeSet;

/// Every rule, in the order of the codes. What the parser and the model find has its page here too.
pub const RULES: &[Rule] = &[
    r0001_syntax::RULE,
    r0002_encoding::RULE,
    r0003_duplicate_name::RULE,
    r0004_unknown_name::RULE,
    r0005_reserved_name::RULE,
    r0101_unreachable_state::RULE,
    r0102_unreachable_machine::RULE,
    r0103_trap_state::RULE,
    r0104_trap_circle::RULE,
    r0105_no_success_path::RULE,
    r0106_no_failure_path::RULE,
    r0107_dead_arm::RULE,
    r0108_missing_initial::RULE,
    r0109_misplaced::RULE,
    r0110_decides_no_more::RULE,
    r0201_eventless_circle::RULE,
    r0202_pass_budget::RULE,
    r0203_lock_recursion::RULE,
    r0204_stack_depth::RULE,
    r0205_fan_out::RULE,
    r0206_signal_storm::RULE,
    r0207_group_circle::RULE,
    r0208_recursive_definition::RULE,
    r0209_sockets_sent_round::RULE,
    r0301_access_proof::RULE,
    r0302_unguarded_room::RULE,
    r0303_weaker_alternative::RULE,
    r0304_client_driven_grant::RULE,
    r0305_absence_grant::RULE,
    r0306_error_grant::RULE,
    r0310_secret_echo::RULE,
    r0311_secret_compared::RULE,
    r0312_choice_of_one::RULE,
    r0401_missing_deadline::RULE,
    r0402_deadline_order::RULE,
    r0403_duration::RULE,
    r0405_deadline_put_off::RULE,
    r0406_idle_grace::RULE,
    r0501_unbounded_retry::RULE,
    r0503_no_backoff::RULE,
    r0602_shadowed_handler::RULE,
    r0603_hidden_handler::RULE,
    r0604_missing_end::RULE,
    r0606_constant_condition::RULE,
    r0701_type_mismatch::RULE,
    r0702_maybe_unset::RULE,
    r0703_arity::RULE,
    r0704_unused::RULE,
    r0705_shadowed_name::RULE,
    r0706_out_of_range::RULE,
    r0707_admitted_without::RULE,
    r0801_capacity::RULE,
    r0802_amplification::RULE,
    r0804_endless_check::RULE,
    r0901_naming::RULE,
    r0902_file_name::RULE,
    r0903_missing_doc::RULE,
    r0904_unused_suppression::RULE,
    r0905_reload_breaking::RULE,
    r0906_unformatted::RULE,
    r1001_unbound_check::RULE,
    r1002_unfit_binding::RULE,
    r1003_unbound_webhook::RULE,
];

/// What is wrong with comments that let findings stand.
pub(super) const R0904: Rule = r0904_unused_suppression::RULE;

pub(super) use r0905_reload_breaking::find as find_breaking;
/// A check that the settings do not bind. Whoever knows the settings finds it.
pub const UNBOUND_CHECK: Code = r1001_unbound_check::RULE.code;
/// A webhook of a group that the settings do not bind.
pub const UNBOUND_WEBHOOK: Code = r1003_unbound_webhook::RULE.code;
/// What the settings bind, and does not fit the rules.
pub const UNFIT_BINDING: Code = r1002_unfit_binding::RULE.code;

/// The rule with this code.
pub fn rule(code: Code) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

impl Rule {
    /// A finding of this rule, as severe as the rule is.
    pub(super) fn at(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: self.severity, ..Diagnostic::warning(self.code, span, message) }
    }
}

/// The frames of a stack by name, from the bottom.
fn stack_in_words(ruleset: &Ruleset<'_>, deepest: &Deepest) -> String {
    let names: Vec<String> = deepest.wound.iter().map(|(id, _)| format!("`{}`", ruleset.machine(*id).name)).collect();
    names.join(", ")
}

/// The locks that a room requires or a proof rests on.
fn guarding(ruleset: &Ruleset<'_>) -> BTreeSet<MachineId> {
    let rooms = ruleset.machines().filter_map(|(_, machine)| machine.room());
    let required = rooms.flat_map(|room| &room.requires).flat_map(|found| &found.locks).map(|call| call.lock);
    let proved = ruleset.model.proofs.iter().filter_map(|proof| match &proof.claim {
        Claim::RoomBehind(_, locks) | Claim::SetBehind(_, locks) => Some(locks),
        Claim::NeverSet(_) | Claim::NeverTo(..) | Claim::Depth(_) => None,
    });
    required.chain(proved.flatten().copied()).collect()
}
