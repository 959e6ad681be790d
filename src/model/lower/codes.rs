//! The codes of what lowering finds. A code keeps its meaning once shipped.

use crate::diagnostic::Code;

/// Two things of one kind have one name, or something is said twice that can be said once.
pub(super) const DUPLICATE_NAME: Code = Code(3);
/// A name that nothing has.
pub(super) const UNKNOWN_NAME: Code = Code(4);
/// A name that the language keeps for itself.
pub(super) const RESERVED_NAME: Code = Code(5);
/// An arm after one that is always taken.
pub(super) const DEAD_ARM: Code = Code(107);
/// No place to begin, or two, or one that wants arguments.
pub(super) const MISSING_INITIAL: Code = Code(108);
/// Something stands where it may not stand.
pub(super) const MISPLACED: Code = Code(109);
/// Groups that are in each other.
pub(super) const GROUP_CYCLE: Code = Code(207);
/// A shape or constant that is made of itself, or of too much.
pub(super) const RECURSIVE_DEFINITION: Code = Code(208);
/// A secret goes where it would be seen or kept.
pub(super) const SECRET_ECHO: Code = Code(310);
/// A secret is compared by a rule instead of by a check.
pub(super) const SECRET_COMPARED: Code = Code(311);
/// A length of time that is zero or beyond a year.
pub(super) const DURATION: Code = Code(403);
/// `retry` without `attempts`.
pub(super) const UNCOUNTED_RETRY: Code = Code(501);
/// A call of which an end is not written, or an end without a call.
pub(super) const MISSING_END: Code = Code(604);
/// A comparison or pattern that can never hold.
pub(super) const CONSTANT_CONDITION: Code = Code(606);
/// A value of one type where another is wanted.
pub(super) const TYPE_MISMATCH: Code = Code(701);
/// Something is used where it may not be there yet.
pub(super) const MAYBE_UNSET: Code = Code(702);
/// Too many arguments, or too few.
pub(super) const ARITY: Code = Code(703);
/// A name that hides another.
pub(super) const SHADOWED: Code = Code(705);
/// A number, text or range outside of what there is.
pub(super) const OUT_OF_RANGE: Code = Code(706);
/// A check that may take forever.
pub(super) const ENDLESS_CHECK: Code = Code(804);
