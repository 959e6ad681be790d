//! Types. A pattern is a type too: a message matches where its content is a value of the type.

use crate::diagnostic::Span;
use std::sync::Arc;

/// What a value may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A text of so many characters.
    Text {
        /// At least.
        least: u32,
        /// At most; [`TEXT_LENGTH_MAX`] where the rules do not say.
        most: u32,
    },
    /// A whole number, both ends included.
    Int {
        /// At least.
        least: i64,
        /// At most.
        most: i64,
    },
    /// A finite number, both ends included.
    Number {
        /// At least.
        least: f64,
        /// At most.
        most: f64,
    },
    /// `true` or `false`.
    Bool,
    /// One of these scalar values (texts, ints, numbers, bools, durations).
    Choice(Vec<Literal>),
    /// A list.
    List(Box<Type>),
    /// A length of time; on the wire milliseconds.
    Duration,
    /// A wall-clock time; on the wire milliseconds since 1970.
    Time,
    /// A client, named by its id: a text of 1 to [`CLIENT_ID_LENGTH_MAX`] characters, none of them a control
    /// character. A text stands where a client is wanted and a client where a text is wanted.
    Client,
    /// A room; on the wire `room:NAME`.
    Room,
    /// A group; on the wire `group:NAME`.
    Group,
    /// A text that is never echoed, stored, logged or compared.
    Secret,
    /// Anything at all. Nothing can be done with it but to pass it on or to match it.
    Any,
    /// The type's value, or nothing.
    Optional(Box<Type>),
    /// An open record: further fields are carried along.
    Record(Vec<Field>),
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// What it is called.
    pub name: Arc<str>,
    /// What it may hold. An optional field may be missing or null.
    pub ty: Type,
    /// Where the name stands.
    pub span: Span,
}

/// A scalar that is known when the rules are read.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `true`, `false`
    Bool(bool),
    /// `12`
    Int(i64),
    /// `1.5`, finite
    Number(f64),
    /// `"…"`
    Text(Arc<str>),
    /// `30s`, in milliseconds
    Duration(u64),
}

/// The longest text that rules may name or build, in characters.
pub const TEXT_LENGTH_MAX: u32 = 65_536;
/// The longest client id, in characters.
pub const CLIENT_ID_LENGTH_MAX: u32 = 128;
