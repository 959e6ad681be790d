//! Attributes are written in the place of a rule, and told with their types.

use super::act::unfit;
use super::sockets::read_typed;
use super::{Acted, Declined};
use crate::engine::Engine;
use crate::model::Attribute;
use crate::value::{Json, Value};
use crate::wind::default_value;
use std::sync::Arc;

/// One attribute of a client.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeNow {
    /// Its name.
    pub name: Arc<str>,
    /// Its type, as rules write it.
    pub ty: String,
    /// What rules read of it. No attribute is a secret: `windlass lint` sees to that.
    pub value: Json,
    /// Whether it was set; if not, it is the rules' default.
    pub is_set: bool,
}

impl Engine {
    /// All are of their types, or nothing is written.
    pub(super) fn set_by_hand(
        &mut self,
        client: &Arc<str>,
        attributes: &[(Arc<str>, Json)],
    ) -> Result<Acted, Declined> {
        let program = self.program().clone();
        let known = &program.model.attributes;
        let mut values = Vec::with_capacity(attributes.len());
        for (name, json) in attributes {
            let Some(attribute) = known.iter().find(|attribute| attribute.name == *name) else {
                return Err(unknown(name, known));
            };
            values.push((name, read_typed(name, &attribute.ty, json)?));
        }
        for (name, value) in values {
            self.set_client_attribute(client, name, value);
        }
        Ok(Acted::Sockets(self.client_sockets(client).len()))
    }

    /// What rules read of a client, in the order in which the rules declare it.
    pub fn client_attributes(&self, client: &str) -> Vec<AttributeNow> {
        let attributes = self.program().model.attributes.iter();
        attributes.map(|attribute| self.attribute_now(client, attribute)).collect()
    }

    fn attribute_now(&self, client: &str, attribute: &Attribute) -> AttributeNow {
        let set = self.client_attribute(client, &attribute.name).filter(|value| attribute.ty.admits(value));
        let is_set = set.is_some();
        let value = set.or_else(|| default_value(attribute)).unwrap_or(Value::None);
        AttributeNow { name: attribute.name.clone(), ty: attribute.ty.to_string(), value: value.to_json(), is_set }
    }
}

fn unknown(name: &str, known: &[Attribute]) -> Declined {
    let names: Vec<&str> = known.iter().map(|attribute| &*attribute.name).collect();
    let there = if names.is_empty() { "they have none".to_owned() } else { format!("there are {}", names.join(", ")) };
    unfit("unknown_attribute", format!("the rules have no attribute `{name}` of clients: {there}"))
}
