//! Expressions at run time. Nothing here can loop, block or fail: what cannot be evaluated is missing, and
//! what is missing opens nothing.

use super::pass::Pass;
use super::{Epoch, Message, To};
use crate::machine::Program;
use crate::model::{Comparison, Expr, ExprKind, Literal, Machine, MachineId, TEXT_LENGTH_MAX, Type};
use crate::value::{Json, Piece, RoomKey, Value, hexadecimal};
use std::cmp::Ordering;
use std::sync::Arc;

/// What the names of an expression stand for.
pub(super) struct Env<'rules> {
    /// The rules that it is an expression of.
    pub epoch: Epoch,
    pub program: &'rules Program,
    pub machine: &'rules Machine,
    pub id: MachineId,
    pub args: Arc<[Value]>,
    pub locals: Arc<[Value]>,
    /// What the arm bound, if it is no message.
    pub bind: Value,
    /// The message that the arm bound, if it is one.
    pub message: Option<&'rules Message>,
    /// The room that the machine is, if it is one.
    pub room: Option<RoomKey>,
}

impl Env<'_> {
    /// What the arm bound: where a message, its content.
    fn bound(&self) -> Value {
        self.message.map_or_else(|| self.bind.clone(), |message| Value::Json(message.content.json().clone()))
    }

    /// What a pattern's `to` sees: nothing, where the message names no destination or this very room. None where no pattern
    /// sees it.
    pub(super) fn addressed(&self) -> Option<Value> {
        match &self.message?.to {
            To::Nowhere => Some(Value::None),
            To::Room(to) if Some(to) == self.room.as_ref() => Some(Value::None),
            To::Room(to) => Some(Value::Room(to.clone())),
            To::Client(client) => Some(Value::Client(client.clone())),
            To::Group(group) => Some(Value::Group(group.clone())),
            To::Lock(_) | To::Unknown => None,
        }
    }
}

impl<'rules> Pass<'rules> {
    pub(super) fn eval(&mut self, env: &Env<'_>, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Literal(literal) => literal_value(literal),
            ExprKind::Group(group) => env
                .program
                .model
                .groups
                .get(group.index())
                .map_or(Value::None, |group| Value::Group(group.name.clone())),
            ExprKind::Room(room, args) => {
                let args = self.eval_args(env, args, &env.program.machine(*room).params);
                Value::Room(env.program.room_key(*room, &args))
            }
            ExprKind::Arg(index) => env.args.get(usize::from(*index)).cloned().unwrap_or(Value::None),
            ExprKind::Local(index) => env.locals.get(usize::from(*index)).cloned().unwrap_or(Value::None),
            ExprKind::Bind => env.bound(),
            ExprKind::BindTo => env.addressed().unwrap_or(Value::None),
            ExprKind::Field(record, name) => match piece(env, record, name) {
                Some(piece) => expr.ty.read(piece.json).unwrap_or(Value::None),
                None => field(&self.eval(env, record), name, &expr.ty),
            },
            ExprKind::ClientId => self.client().map_or(Value::None, |client| Value::Client(client.clone())),
            ExprKind::Attribute(attribute) => self.attribute(env.program, *attribute),
            ExprKind::RoomCount => env.room.as_ref().map_or(Value::None, |room| count_value(self.room_count(room))),
            ExprKind::RoomName => env.room.as_ref().map_or(Value::None, |room| Value::Text(room.0.clone())),
            ExprKind::SocketId => Value::Text(self.socket().socket.0.to_string().into()),
            ExprKind::Key(requirement) => self.required_key(env, usize::from(*requirement)),
            ExprKind::Handshake(part) => Value::Json(self.socket().handshake.part(*part).clone()),
            ExprKind::Not(_)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Compare(..)
            | ExprKind::InMembers(_)
            | ExprKind::InList(..) => Value::Bool(self.holds(env, expr)),
            ExprKind::Add(left, right) => add(self.eval(env, left), self.eval(env, right)),
            ExprKind::Len(operand) => length(&self.eval(env, operand)),
            ExprKind::Lower(operand) => {
                self.eval(env, operand).as_text().map_or(Value::None, |text| Value::Text(lower(text).into()))
            }
            ExprKind::Now => Value::Time(self.now.wall),
            ExprKind::Nonce => Value::Nonce(hexadecimal(&self.entropy.fresh()).into()),
            ExprKind::Record(fields) => {
                let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, self.eval(env, value))).collect();
                Value::Json(Json::record(fields))
            }
            ExprKind::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.eval(env, item)).collect();
                Value::Json(Json::list(items))
            }
        }
    }

    /// Whether a guard holds. A guard that cannot be evaluated does not.
    pub(super) fn holds(&mut self, env: &Env<'_>, guard: &Expr) -> bool {
        match &guard.kind {
            ExprKind::Not(operand) => !self.holds(env, operand),
            ExprKind::And(left, right) => self.holds(env, left) && self.holds(env, right),
            ExprKind::Or(left, right) => self.holds(env, left) || self.holds(env, right),
            ExprKind::Compare(left, comparison, right) => self.compares(env, left, *comparison, right),
            ExprKind::InMembers(client) => {
                let client = self.eval(env, client);
                self.is_member_value(env.room.as_ref(), &client)
            }
            ExprKind::InList(item, list) => {
                let (item, list) = (self.eval(env, item), self.eval(env, list));
                is_in_list(&item, &list)
            }
            ExprKind::Literal(_)
            | ExprKind::Group(_)
            | ExprKind::Room(..)
            | ExprKind::Arg(_)
            | ExprKind::Local(_)
            | ExprKind::Bind
            | ExprKind::BindTo
            | ExprKind::Field(..)
            | ExprKind::ClientId
            | ExprKind::Attribute(_)
            | ExprKind::RoomCount
            | ExprKind::RoomName
            | ExprKind::SocketId
            | ExprKind::Key(_)
            | ExprKind::Handshake(_)
            | ExprKind::Add(..)
            | ExprKind::Len(_)
            | ExprKind::Lower(_)
            | ExprKind::Now
            | ExprKind::Nonce
            | ExprKind::Record(_)
            | ExprKind::List(_) => self.eval(env, guard) == Value::Bool(true),
        }
    }

    /// Whether two operands compare so.
    fn compares(&mut self, env: &Env<'_>, left: &Expr, comparison: Comparison, right: &Expr) -> bool {
        let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let at_hand = || equals_literal(env, left, right).or_else(|| equals_literal(env, right, left));
        match is_equality.then(at_hand).flatten() {
            Some(are_equal) => are_equal == (comparison == Comparison::Equal),
            None => compare(&self.eval(env, left), comparison, &self.eval(env, right)),
        }
    }

    /// A record to be sent. Something else, which only `any` can be, is wrapped as `{ "value": … }`.
    pub(super) fn eval_content(&mut self, env: &Env<'_>, expr: &Expr) -> Json {
        match self.eval(env, expr) {
            Value::Json(json) if json.is_record() => json,
            other => Json::record([("value", other)]),
        }
    }

    /// A reason for people.
    pub(super) fn eval_reason(&mut self, env: &Env<'_>, expr: &Expr) -> Arc<str> {
        self.eval(env, expr).as_text().cloned().unwrap_or_else(|| "no reason".into())
    }
}

pub(super) fn literal_value(literal: &Literal) -> Value {
    match literal {
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Number(value) => Value::Number(*value),
        Literal::Text(value) => Value::Text(value.clone()),
        Literal::Duration(value) => Value::Duration(*value),
    }
}

fn count_value(count: u64) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn field(record: &Value, name: &str, ty: &Type) -> Value {
    let Value::Json(record) = record else { return Value::None };
    record.field(name).and_then(|json| ty.read(json)).unwrap_or(Value::None)
}

/// A field of a message that the arm bound, without taking it out; none where it is not there, or the record is something else.
fn piece<'env>(env: &'env Env<'_>, record: &Expr, name: &str) -> Option<Piece<'env>> {
    let (ExprKind::Bind, Some(message)) = (&record.kind, env.message) else { return None };
    message.content.piece(name)
}

/// Whether a text in what the arm bound is this one; none where the operands are something else.
fn equals_literal(env: &Env<'_>, field: &Expr, literal: &Expr) -> Option<bool> {
    let (ExprKind::Field(record, name), Type::Text { .. }) = (&field.kind, &field.ty) else { return None };
    let ExprKind::Literal(Literal::Text(text)) = &literal.kind else { return None };
    let piece = piece(env, record, name)?;
    Some(piece.equals(text) && field.ty.matches_piece(piece))
}

fn compare(left: &Value, comparison: Comparison, right: &Value) -> bool {
    match comparison {
        Comparison::Equal => equal(left, right),
        Comparison::NotEqual => !equal(left, right),
        Comparison::Less => order(left, right) == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order(left, right), Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order(left, right) == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order(left, right), Some(Ordering::Greater | Ordering::Equal)),
    }
}

/// A missing value equals nothing, not even another missing one; secrets equal nothing either.
fn equal(left: &Value, right: &Value) -> bool {
    match (left.as_text(), right.as_text()) {
        (Some(left), Some(right)) => left == right,
        (Some(_), None) | (None, Some(_)) => false,
        (None, None) => match (left, right) {
            (Value::None | Value::Secret(_), _) | (_, Value::None | Value::Secret(_)) => false,
            (left, right) => left == right || order(left, right) == Some(Ordering::Equal),
        },
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Int(left), Value::Number(right)) => (*left as f64).partial_cmp(right),
        (Value::Number(left), Value::Int(right)) => left.partial_cmp(&(*right as f64)),
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right),
        (Value::Duration(left), Value::Duration(right)) | (Value::Time(left), Value::Time(right)) => {
            Some(left.cmp(right))
        }
        (left, right) => Some(left.as_text()?.cmp(right.as_text()?)),
    }
}

fn is_in_list(item: &Value, list: &Value) -> bool {
    let Value::Json(list) = list else { return false };
    let mut found = false;
    list.each_item(|json| found = found || equal(item, &Value::from_json(json)));
    found
}

/// Ends at the type's end instead of overflowing; what cannot be added is missing.
fn add(left: Value, right: Value) -> Value {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Value::Int(left.saturating_add(right)),
        (Value::Int(left), Value::Number(right)) => add_numbers(left as f64, right),
        (Value::Number(left), Value::Int(right)) => add_numbers(left, right as f64),
        (Value::Number(left), Value::Number(right)) => add_numbers(left, right),
        (Value::Duration(left), Value::Duration(right)) => Value::Duration(left.saturating_add(right)),
        (Value::Time(left), Value::Duration(right)) | (Value::Duration(left), Value::Time(right)) => {
            Value::Time(left.saturating_add(right))
        }
        (left, right) => match (left.as_text(), right.as_text()) {
            (Some(left), Some(right)) => Value::Text(join(left, right)),
            (None, _) | (_, None) => Value::None,
        },
    }
}

fn add_numbers(left: f64, right: f64) -> Value {
    Value::Number((left + right).clamp(f64::MIN, f64::MAX))
}

fn join(left: &str, right: &str) -> Arc<str> {
    left.chars().chain(right.chars()).take(TEXT_LENGTH_MAX as usize).collect::<String>().into()
}

fn length(value: &Value) -> Value {
    if let Some(text) = value.as_text() {
        return count_value(text.chars().count() as u64);
    }
    let Value::Json(list) = value else { return Value::None };
    let mut count = 0;
    list.each_item(|_| count += 1);
    count_value(count)
}

/// Letter by letter, so that a text never gets longer: a letter whose small form is several stays as it is.
fn lower(text: &str) -> String {
    let small = |letter: char| {
        let mut forms = letter.to_lowercase();
        match (forms.next(), forms.next()) {
            (Some(small), None) => small,
            (_, _) => letter,
        }
    };
    text.chars().map(small).collect()
}

/// A value as the type wants it: a client's id is a text where a text is wanted and the other way round, an
/// int is a number where a number is wanted. So equal arguments of a key are equal however they were written.
pub(super) fn coerce(value: Value, ty: &Type) -> Value {
    match (ty, value) {
        (Type::Client, Value::Text(id) | Value::Nonce(id)) => Value::Client(id),
        (Type::Text { .. } | Type::Choice(_), Value::Client(id)) => Value::Text(id),
        (Type::Number { .. }, Value::Int(int)) => Value::Number(int as f64),
        (Type::Optional(inner), value) => coerce(value, inner),
        (_, value) => value,
    }
}
