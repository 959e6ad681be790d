//! What stands before a dot: a record, or one of the things that the language itself knows.

use super::report::with_suggestions;
use super::scope::Scope;
use super::{Lowering, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Expr, ExprKind, HandshakePart, Type};
use crate::syntax::ast;

impl Lowering<'_> {
    pub(super) fn lower_field(&mut self, scope: Scope, of: &ast::Expr, field: &ast::Name, span: Span) -> Option<Expr> {
        if let ast::ExprKind::Name(head) = &of.kind {
            let found = match &**head {
                "client" => Some(self.client_field(scope, field, span)),
                "room" => Some(self.room_field(scope, field, span)),
                "socket" => Some(self.socket_field(scope, field, span)),
                "handshake" => Some(self.handshake_field(scope, field, span)),
                name => address_of_bind(scope, name, field, span).map(Some),
            };
            if let Some(found) = found {
                return found;
            }
        }
        let of = self.lower_expr(scope, of)?;
        let ty = self.field_type(&of, field)?;
        Some(Expr { kind: ExprKind::Field(Box::new(of), field.node.clone()), ty, span })
    }

    fn client_field(&mut self, scope: Scope, field: &ast::Name, span: Span) -> Option<Expr> {
        if scope.head.is_none() {
            return self.not_constant(span);
        }
        if *field.node == *"id" {
            return Some(Expr { kind: ExprKind::ClientId, ty: Type::Client, span });
        }
        let id = self.attribute_named(field)?;
        let ty = self.attribute_types.get(id.index()).cloned().flatten()?;
        Some(Expr { kind: ExprKind::Attribute(id), ty, span })
    }

    fn room_field(&mut self, scope: Scope, field: &ast::Name, span: Span) -> Option<Expr> {
        let (kind, ty) = match &*field.node {
            "count" => (ExprKind::RoomCount, Type::Int { least: 0, most: i64::MAX }),
            "name" => (ExprKind::RoomName, Type::TEXT),
            _other => return self.unknown_field("`room`", field, &["count", "name"]),
        };
        if scope.head.is_none() {
            return self.not_constant(span);
        }
        if !scope.is_room() {
            let message = format!("a lock does not know the room: `room.{}` stands only in rooms", field.node);
            let finding = Diagnostic::error(codes::MISPLACED, span, message);
            self.report.push(finding.help("give it to the lock as an argument"));
            return None;
        }
        Some(Expr { kind, ty, span })
    }

    fn socket_field(&mut self, scope: Scope, field: &ast::Name, span: Span) -> Option<Expr> {
        if *field.node != *"id" {
            return self.unknown_field("`socket`", field, &["id"]);
        }
        if scope.head.is_none() {
            return self.not_constant(span);
        }
        Some(Expr { kind: ExprKind::SocketId, ty: Type::TEXT, span })
    }

    fn handshake_field(&mut self, scope: Scope, field: &ast::Name, span: Span) -> Option<Expr> {
        let Some(part) = HandshakePart::by_name(&field.node) else {
            return self.unknown_field("`handshake`", field, &HandshakePart::ALL.map(HandshakePart::name));
        };
        if scope.head.is_none() {
            return self.not_constant(span);
        }
        Some(Expr { kind: ExprKind::Handshake(part), ty: part.ty(), span })
    }

    fn unknown_part(&mut self, part: HandshakePart, field: &ast::Name) -> Option<Type> {
        let known: Vec<&str> = part.fields().iter().map(|field| field.name).collect();
        self.unknown_field(&format!("`handshake.{}`", part.name()), field, &known)
    }

    fn unknown_field<Known>(&mut self, of: &str, field: &ast::Name, known: &[&str]) -> Option<Known> {
        let message = format!("{of} has no field `{}`", field.node);
        let finding = Diagnostic::error(codes::UNKNOWN_NAME, field.span, message);
        self.report.push(with_suggestions(finding, &field.node, known.to_vec()));
        None
    }

    fn field_type(&mut self, of: &Expr, field: &ast::Name) -> Option<Type> {
        if let ExprKind::Handshake(part) = of.kind {
            return part.field(&field.node).or_else(|| self.unknown_part(part, field));
        }
        let (message, help) = match &of.ty {
            Type::Record(fields) => match fields.iter().find(|known| known.name == field.node) {
                Some(found) => return Some(found.ty.clone()),
                None => {
                    let known: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
                    let message = format!("no pattern says that there is a field `{}` here", field.node);
                    let mut finding = Diagnostic::error(codes::UNKNOWN_NAME, field.span, message);
                    if *field.node == *"to" && matches!(of.kind, ExprKind::Bind) {
                        finding = finding.help("name it in the pattern, as in `{ to: client }`");
                    }
                    self.report.push(with_suggestions(finding, &field.node, known));
                    return None;
                }
            },
            Type::Optional(_) => {
                ("what this field would be of may be missing".to_owned(), "match it with a pattern first")
            }
            Type::Any => {
                (format!("nothing is known of what has the field `{}`", field.node), "match it with a pattern first")
            }
            other => (format!("a value of type `{other}` has no fields"), "only records have fields"),
        };
        self.report.push(Diagnostic::error(codes::TYPE_MISMATCH, field.span, message).help(help));
        None
    }
}

/// `m.to`, where the pattern of `m` names `to`.
fn address_of_bind(scope: Scope, name: &str, field: &ast::Name, span: Span) -> Option<Expr> {
    let bind = scope.bind.filter(|bind| bind.name.as_deref() == Some(name) && *field.node == *"to")?;
    let ty = bind.to.clone()?;
    Some(Expr { kind: ExprKind::BindTo, ty, span })
}
