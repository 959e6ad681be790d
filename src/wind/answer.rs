//! What somebody outside of the rules answers to a check: `{"passed": VALUE}` or `{"failed": "why"}`, whoever that is.

use crate::model::Type;
use crate::value::{Json, Value};
use std::sync::Arc;

/// The longest reason that is passed on, in characters.
const REASON_LENGTH_MAX: usize = 200;
/// Objects and lists within each other that a value may have.
const VALUE_DEPTH_MAX: usize = 32;

/// What an answer means, of which a passed one has a value of this type; none where it is no such answer.
pub fn read_answer(gives: &Type, answer: &Json) -> Option<Result<Value, Arc<str>>> {
    let mut fields = Vec::new();
    answer.each_field(|name, value| fields.push((name.to_owned(), value)));
    match &fields[..] {
        [(name, value)] if name == "passed" && depth(value) <= VALUE_DEPTH_MAX => gives.read(value).map(Ok),
        [(name, value)] if name == "failed" => match Value::from_json(value) {
            Value::Text(why) => Some(Err(presentable(&why))),
            _other => None,
        },
        _ => None,
    }
}

/// A reason as a client may be told it.
fn presentable(why: &str) -> Arc<str> {
    why.chars().filter(|letter| !letter.is_control()).take(REASON_LENGTH_MAX).collect::<String>().into()
}

/// How many objects and lists are within each other. Brackets in texts count too, which does no harm.
fn depth(json: &str) -> usize {
    let mut depth = 0usize;
    let mut deepest = 0;
    for byte in json.bytes() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}
