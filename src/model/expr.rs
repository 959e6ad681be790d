//! Expressions with their names resolved. None of them can loop, block or fail.

use super::{AttributeId, GroupId, HandshakePart, Literal, MachineId, Type};
use crate::diagnostic::Span;
use std::sync::Arc;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Which.
    pub kind: ExprKind,
    /// What it yields.
    pub ty: Type,
    /// Where it stands.
    pub span: Span,
}

/// The expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// A group by its name.
    Group(GroupId),
    /// A room by its name, for a destination that is also a value.
    Room(MachineId, Vec<Expr>),
    /// A parameter or `let` of the machine: `Frame::args[n]`.
    Arg(u16),
    /// A parameter of the state: `Frame::locals[n]`.
    Local(u16),
    /// What the arm bound: `as m`, `resolved x`, `failed why`, `passed x`, or what `match` looks at.
    Bind,
    /// The address of the message that the arm bound, `m.to`, where the pattern names `to`.
    BindTo,
    /// A field of a record; its presence was proved by a pattern unless the type is optional.
    Field(Box<Expr>, Arc<str>),
    /// `client.id`
    ClientId,
    /// `client.role`
    Attribute(AttributeId),
    /// `room.count`: members of the room, counting one that is being admitted.
    RoomCount,
    /// `room.name`: the room's own address without `room:`, as in `table/5`.
    RoomName,
    /// `socket.id`
    SocketId,
    /// The value of the key that the room requires, by index into [`super::Room::requires`].
    Key(u16),
    /// `handshake.query` and its like: a record.
    Handshake(HandshakePart),
    /// `not x`
    Not(Box<Expr>),
    /// `a and b`; the right is looked at only if the left holds.
    And(Box<Expr>, Box<Expr>),
    /// `a or b`; the right is looked at only if the left does not hold.
    Or(Box<Expr>, Box<Expr>),
    /// Comparison. A missing value equals nothing and is neither less nor greater than anything.
    Compare(Box<Expr>, Comparison, Box<Expr>),
    /// `x in members`: whether a client is a member of this room.
    InMembers(Box<Expr>),
    /// `x in list`
    InList(Box<Expr>, Box<Expr>),
    /// `a + b`: texts joined (cut at [`super::TEXT_LENGTH_MAX`] characters), numbers, durations and times added (ends at the type's
    /// greatest or least value).
    Add(Box<Expr>, Box<Expr>),
    /// `len(x)`: characters of a text, items of a list.
    Len(Box<Expr>),
    /// `lower(x)`: letter by letter, so that the length stays; a letter that would become two stays as it is.
    Lower(Box<Expr>),
    /// `now()`: the wall clock.
    Now,
    /// `nonce()`: 32 fresh random bytes in lower-case hexadecimal. It may stand only in a machine's `let`, so a frame has
    /// one of it. Where it is the whole value, the value is a [`crate::value::Value::Nonce`], which one check may use once.
    Nonce,
    /// `{ name: value }`
    Record(Vec<(Arc<str>, Expr)>),
    /// `[a, b]`
    List(Vec<Expr>),
}

/// How two values are compared. Texts compare by their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}
