//! Verifiers: the built-in ones and those that the rules declare.

use super::Lowering;
use super::types::Written;
use crate::diagnostic::Span;
use crate::model::{Check, Param, Type};

/// The checks of `docs/language.md`, "Built-in checks", in that order.
pub(super) fn built_in() -> Vec<Check> {
    let text = || Type::TEXT;
    vec![
        check("ssh_signature", vec![("client", text()), ("challenge", text()), ("signature", text())], text()),
        check("totp", vec![("client", text()), ("code", text())], Type::Bool),
        check("code", vec![("code", text())], text()),
        check("password", vec![("client", text()), ("password", Type::Secret)], Type::Bool),
        check("jwt", vec![("token", text())], text()),
    ]
}

fn check(name: &str, params: Vec<(&str, Type)>, gives: Type) -> Check {
    let params = params.into_iter().map(|(name, ty)| Param { name: name.into(), ty, span: Span::NOWHERE }).collect();
    Check { name: name.into(), params, gives, span: None }
}

impl Lowering<'_> {
    pub(super) fn lower_checks(&mut self) {
        for at in 0..self.items.checks.len() {
            let Some(item) = self.items.checks.get(at).copied() else {
                continue;
            };
            let params = self.lower_params(&item.params);
            let gives = self.lower_type(&item.gives, Written::AsType);
            let gives = self.without_secret(gives, &item.gives, "given away by a check");
            self.sound_checks.push(gives.is_some() && params.iter().all(|param| param.ty.is_some()));
            self.checks.push(Check {
                name: item.name.node.clone(),
                params: super::machines::params(&params),
                gives: gives.unwrap_or(Type::Any),
                span: Some(item.name.span),
            });
        }
    }
}
