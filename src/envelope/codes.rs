//! The words by which errors are told apart. Once shipped, a word keeps its meaning; `docs/protocol.md` lists them.

/// The frame is not one JSON object.
pub const MALFORMED: &str = "malformed";
/// An object has a key twice.
pub const DUPLICATE_KEY: &str = "duplicate_key";
/// The frame has too many bytes.
pub const TOO_LARGE: &str = "too_large";
/// Objects and lists are nested too deep.
pub const TOO_DEEP: &str = "too_deep";
/// The frame has too many keys.
pub const TOO_MANY_KEYS: &str = "too_many_keys";
/// `id` is neither a number nor a text, or too long.
pub const BAD_ID: &str = "bad_id";
/// `to` or `leave` is no address.
pub const BAD_ADDRESS: &str = "bad_address";
/// A reserved key has a value of the wrong type, or does not go with another.
pub const BAD_REQUEST: &str = "bad_request";
/// A token to resume with does not count.
pub const NOT_RESUMED: &str = "not_resumed";
/// A client is away, and nothing more waits for it.
pub const MAILBOX_FULL: &str = "mailbox_full";
/// What was said would have to be kept, and the server has no space.
pub const STORAGE_FULL: &str = "storage_full";
/// What came is no answer to the question, whose check gives something else.
pub const BAD_ANSWER: &str = "bad_answer";
/// The question is over.
pub const TOO_LATE: &str = "too_late";
/// The socket or its client sends too fast.
pub const RATE_LIMITED: &str = "rate_limited";

/// Every word that reading a frame can be refused with.
pub const OF_FRAMES: [&str; 8] =
    [MALFORMED, DUPLICATE_KEY, TOO_LARGE, TOO_DEEP, TOO_MANY_KEYS, BAD_ID, BAD_ADDRESS, BAD_REQUEST];

/// Every word that answering a question can be refused with, besides [`UNREACHABLE`] and [`REFUSED`].
pub const OF_ANSWERS: [&str; 2] = [BAD_ANSWER, TOO_LATE];

/// Nothing here leads there, or nothing is there: the answers are the same.
pub const UNREACHABLE: &str = "unreachable";
/// No rule takes such a message.
pub const NO_HANDLER: &str = "no_handler";
/// Too many messages wait for a gate already.
pub const PARKED_FULL: &str = "parked_full";
/// The room does not admit the socket, or nobody can leave it.
pub const REFUSED: &str = "refused";
/// The room, or the house, has no place left.
pub const FULL: &str = "full";
/// What the message waited for was given up.
pub const CANCELLED: &str = "cancelled";
/// A lock that the client asked for itself failed.
pub const LOCK_FAILED: &str = "lock_failed";
/// The room requires more than it did, and the socket does not hold it.
pub const LOCKED: &str = "locked";
/// The rules no longer have it.
pub const GONE: &str = "gone";
/// The rules needed more steps than a pass has.
pub const OVERRUN: &str = "overrun";

/// Every word that rules can refuse with.
pub const OF_RULES: [&str; 10] =
    [UNREACHABLE, NO_HANDLER, PARKED_FULL, REFUSED, FULL, CANCELLED, LOCK_FAILED, LOCKED, GONE, OVERRUN];

/// Whether the same frame may work later.
pub fn is_temporary(code: &str) -> bool {
    [RATE_LIMITED, PARKED_FULL, FULL, MAILBOX_FULL, STORAGE_FULL].contains(&code)
}
