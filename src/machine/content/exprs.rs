//! Expressions as bytes.

use super::writer::Writer;
use crate::model::{Comparison, Expr, ExprKind};

impl Writer<'_> {
    pub(super) fn exprs(&mut self, exprs: &[Expr]) {
        self.list(exprs, Writer::expr);
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        let Expr { kind, ty, span: _ } = expr;
        self.ty(ty);
        match kind {
            ExprKind::Literal(literal) => {
                self.text("literal");
                self.literal(literal);
            }
            ExprKind::Group(group) => {
                self.text("group");
                self.group(*group);
            }
            ExprKind::Room(room, args) => {
                self.text("room");
                self.room(*room);
                self.exprs(args);
            }
            ExprKind::Arg(place) => {
                self.text("arg");
                self.arg(usize::from(*place));
            }
            ExprKind::Local(place) => {
                self.text("local");
                self.number(u64::from(*place));
            }
            ExprKind::Bind => self.text("bind"),
            ExprKind::BindTo => self.text("bind to"),
            ExprKind::Field(record, name) => {
                self.text("field");
                self.expr(record);
                self.text(name);
            }
            ExprKind::ClientId => self.text("client id"),
            ExprKind::Attribute(attribute) => {
                self.text("attribute");
                self.attribute(*attribute);
            }
            ExprKind::RoomCount => self.text("room count"),
            ExprKind::RoomName => self.text("room name"),
            ExprKind::SocketId => self.text("socket id"),
            ExprKind::Key(requirement) => {
                self.text("key");
                self.key(usize::from(*requirement));
            }
            ExprKind::Handshake(part) => self.text(part.name()),
            ExprKind::Not(operand) => self.operation("not", &[operand]),
            ExprKind::And(left, right) => self.operation("and", &[left, right]),
            ExprKind::Or(left, right) => self.operation("or", &[left, right]),
            ExprKind::Compare(left, comparison, right) => self.operation(sign(*comparison), &[left, right]),
            ExprKind::InMembers(client) => self.operation("in members", &[client]),
            ExprKind::InList(item, list) => self.operation("in list", &[item, list]),
            ExprKind::Add(left, right) => self.operation("+", &[left, right]),
            ExprKind::Len(operand) => self.operation("len", &[operand]),
            ExprKind::Lower(operand) => self.operation("lower", &[operand]),
            ExprKind::Now => self.text("now"),
            ExprKind::Nonce => self.text("nonce"),
            ExprKind::Record(fields) => {
                self.text("record");
                self.list(fields, |writer, (name, value)| {
                    writer.text(name);
                    writer.expr(value);
                });
            }
            ExprKind::List(items) => {
                self.text("list");
                self.exprs(items);
            }
        }
    }

    fn operation(&mut self, name: &str, operands: &[&Expr]) {
        self.text(name);
        self.list(operands, |writer, operand| writer.expr(operand));
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}
