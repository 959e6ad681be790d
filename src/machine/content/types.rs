//! Types as bytes. They name nothing: shapes were put in their places when the rules were lowered.

use super::writer::{Writer, write_text};
use crate::model::{Field, Literal, Type};

/// The bytes of a type.
pub(super) fn written(ty: &Type) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_type(&mut bytes, ty);
    bytes
}

impl Writer<'_> {
    pub(super) fn ty(&mut self, ty: &Type) {
        self.raw(&written(ty));
    }

    pub(super) fn literal(&mut self, literal: &Literal) {
        let mut bytes = Vec::new();
        write_literal(&mut bytes, literal);
        self.raw(&bytes);
    }
}

fn write_type(bytes: &mut Vec<u8>, ty: &Type) {
    match ty {
        Type::Text { least, most } => {
            write_text(bytes, "text");
            bytes.extend(least.to_le_bytes());
            bytes.extend(most.to_le_bytes());
        }
        Type::Int { least, most } => {
            write_text(bytes, "int");
            bytes.extend(least.to_le_bytes());
            bytes.extend(most.to_le_bytes());
        }
        Type::Number { least, most } => {
            write_text(bytes, "number");
            bytes.extend(least.to_bits().to_le_bytes());
            bytes.extend(most.to_bits().to_le_bytes());
        }
        Type::Bool => write_text(bytes, "bool"),
        Type::Choice(literals) => {
            write_text(bytes, "choice");
            bytes.extend((literals.len() as u64).to_le_bytes());
            literals.iter().for_each(|literal| write_literal(bytes, literal));
        }
        Type::List(item) => {
            write_text(bytes, "list");
            write_type(bytes, item);
        }
        Type::Duration => write_text(bytes, "duration"),
        Type::Time => write_text(bytes, "time"),
        Type::Client => write_text(bytes, "client"),
        Type::Room => write_text(bytes, "room"),
        Type::Group => write_text(bytes, "group"),
        Type::Secret => write_text(bytes, "secret"),
        Type::Any => write_text(bytes, "any"),
        Type::Optional(inner) => {
            write_text(bytes, "optional");
            write_type(bytes, inner);
        }
        Type::Record(fields) => {
            write_text(bytes, "record");
            bytes.extend((fields.len() as u64).to_le_bytes());
            for Field { name, ty, span: _ } in fields {
                write_text(bytes, name);
                write_type(bytes, ty);
            }
        }
    }
}

fn write_literal(bytes: &mut Vec<u8>, literal: &Literal) {
    match literal {
        Literal::Bool(value) => {
            write_text(bytes, "bool");
            bytes.push(u8::from(*value));
        }
        Literal::Int(value) => {
            write_text(bytes, "int");
            bytes.extend(value.to_le_bytes());
        }
        Literal::Number(value) => {
            write_text(bytes, "number");
            bytes.extend(value.to_bits().to_le_bytes());
        }
        Literal::Text(value) => {
            write_text(bytes, "text");
            write_text(bytes, value);
        }
        Literal::Duration(value) => {
            write_text(bytes, "duration");
            bytes.extend(value.to_le_bytes());
        }
    }
}
