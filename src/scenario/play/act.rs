//! What happens in a step.

use super::{Player, Trouble, said};
use crate::model::{HandshakePart, Type};
use crate::scenario::hole::fill;
use crate::scenario::node::{Field, Node, Position};
use crate::scenario::pattern::Pattern;
use crate::scenario::scene::{Act, Connection, Given, Revocation, Step, Verdict};
use crate::scenario::stage::{Asked, Broken, value_shown};
use crate::value::Value;
use crate::wind::Handshake;
use std::collections::BTreeSet;

impl Player<'_> {
    /// Does what happens in a step, and says which socket did it.
    pub(super) fn act(&mut self, step: &Step) -> Result<Option<String>, Trouble> {
        let broken = |broken: Broken| (step.at, broken.into());
        match &step.act {
            Act::Look => Ok(None),
            Act::Connect(connections) => {
                connections.iter().try_for_each(|connection| self.connect(connection))?;
                Ok(only(connections).map(|connection| connection.socket.clone()))
            }
            Act::Send { socket, frame } => {
                let Some(actor) = self.stage.actors.get(socket).filter(|actor| actor.is_open) else {
                    return Err(said(step.at, self.not_connected(socket)));
                };
                let id = actor.id;
                let frame = fill(frame, &self.variables).map_err(|error| said(frame.at, error))?;
                let text = frame.as_text().map_or_else(|| frame.to_json(), str::to_owned);
                self.stage.send(id, &text).map_err(broken)?;
                Ok(Some(socket.clone()))
            }
            Act::Verdict(verdict) => self.answer(step.at, verdict).map(Some),
            Act::After(length) => self.stage.advance(*length).map_err(broken).map(|()| None),
            Act::Disconnect(sockets) => {
                for (at, socket) in sockets {
                    if self.stage.actors.get(socket).is_none_or(|actor| !actor.is_open) {
                        return Err(said(*at, self.not_connected(socket)));
                    }
                    self.stage.disconnect(socket).map_err(broken)?;
                }
                Ok(only(sockets).map(|(_, socket)| socket.clone()))
            }
            Act::Given(attributes) => {
                attributes.iter().try_for_each(|given| self.give(given))?;
                Ok(None)
            }
            Act::Revoke(revocations) => {
                revocations.iter().try_for_each(|revocation| self.revoke(revocation))?;
                Ok(only(revocations).map(|revocation| revocation.socket.clone()))
            }
        }
    }

    fn connect(&mut self, connection: &Connection) -> Result<(), Trouble> {
        let Connection { at, socket, brings } = connection;
        if self.stage.actors.get(socket).is_some_and(|actor| actor.is_open) {
            return Err(said(*at, format!("`{socket}` is connected already")));
        }
        let mut handshake = Handshake::default();
        for (part, fields) in brings {
            let fields =
                fields.iter().map(|field| Ok((named_by_rules(*part, &field.name), self.brought(*part, field)?)));
            let fields = fields.collect::<Result<Vec<_>, Trouble>>()?;
            *handshake.part_mut(*part) = part.record(fields.iter().map(|(name, value)| (name.as_str(), value.clone())));
        }
        self.stage.connect(socket, handshake).map_err(|broken| (*at, broken.into()))
    }

    fn brought(&self, part: HandshakePart, field: &Field) -> Result<Value, Trouble> {
        let value = fill(&field.node, &self.variables).map_err(|error| said(field.node.at, error))?;
        if part.fields().is_empty() {
            // on a server all of it is text
            return Ok(Value::Text(value.as_text().map_or_else(|| value.to_json(), str::to_owned).into()));
        }
        let Some(ty) = part.field(&field.name) else {
            return Err(said(field.at, format!("`handshake.{}` has no field `{}`", part.name(), field.name)));
        };
        let read = ty.read(&value.to_json());
        read.ok_or_else(|| said(field.node.at, format!("`{}` is of type `{ty}`", field.name)))
    }

    fn give(&mut self, given: &Given) -> Result<(), Trouble> {
        let Given { at, client, attribute, value } = given;
        let Some(id) = self.program.attribute_by_name(attribute) else {
            return Err(said(*at, format!("clients have no attribute `{attribute}`")));
        };
        let value = fill(value, &self.variables).map_err(|error| said(value.at, error))?;
        let Some(read) = self.program.attribute(id).ty.read(&value.to_json()) else {
            return Err(said(value.at, format!("`{}` cannot be the `{attribute}` of a client", value.to_line())));
        };
        let name = &self.program.attribute(id).name;
        self.stage.engine.set_client_attribute(&client.as_str().into(), name, read);
        Ok(())
    }

    fn revoke(&mut self, revocation: &Revocation) -> Result<(), Trouble> {
        let Revocation { at, socket, locks } = revocation;
        if let Some(unknown) = locks.iter().find(|lock| self.program.lock_by_name(lock).is_none()) {
            return Err(said(*at, format!("the rules have no lock `{unknown}`")));
        }
        let Some(actor) = self.stage.actors.get(socket).filter(|actor| actor.is_open) else {
            return Err(said(*at, self.not_connected(socket)));
        };
        self.stage.revoke(actor.id, locks).map_err(|broken| (*at, broken.into()))
    }

    fn answer(&mut self, at: Position, verdict: &Verdict) -> Result<String, Trouble> {
        let asked = self.find_check(at, verdict)?;
        if let Some(args) = &verdict.args {
            self.check_args(&asked, args)?;
        }
        let answer = match &verdict.verdict {
            Ok(node) => {
                let value = fill(node, &self.variables).map_err(|error| said(node.at, error))?;
                Ok(self.verdict_value(&asked, &value))
            }
            Err(why) => {
                let why = fill(why, &self.variables).map_err(|error| said(why.at, error))?;
                Err(why.as_text().map_or_else(|| why.to_json(), str::to_owned).into())
            }
        };
        let socket = self.stage.name_of(asked.socket).to_owned();
        self.stage.answer(&asked, answer).map_err(|broken| (at, broken.into()))?;
        Ok(socket)
    }

    /// The value that a check passes with, in its own type; where it is not of it, what a wrong verifier would say.
    fn verdict_value(&self, asked: &Asked, node: &Node) -> Value {
        let json = node.to_json();
        let gives = self.program.check_by_name(&asked.check).map(|check| &self.program.check(check).gives);
        gives.and_then(|gives: &Type| gives.read(&json)).unwrap_or_else(|| Value::from_json(&json))
    }

    fn find_check(&self, at: Position, verdict: &Verdict) -> Result<Asked, Trouble> {
        let is_meant = |asked: &&Asked| {
            let of = verdict.of.as_ref().is_none_or(|of| of == self.stage.name_of(asked.socket));
            of && *asked.check == *verdict.check
        };
        let found: Vec<&Asked> = self.stage.asked.iter().filter(is_meant).collect();
        let sockets: BTreeSet<&str> = found.iter().map(|asked| self.stage.name_of(asked.socket)).collect();
        match found.as_slice() {
            [] => {
                let waiting = self.stage.asked.iter();
                let waiting =
                    waiting.map(|asked| format!("`{}` of `{}`", asked.check, self.stage.name_of(asked.socket)));
                let waiting = waiting.collect::<Vec<_>>().join(", ");
                let waiting = if waiting.is_empty() { "none waits".to_owned() } else { format!("waiting: {waiting}") };
                Err(said(at, format!("no check `{}` waits for an answer; {waiting}", verdict.check)))
            }
            [first, ..] if sockets.len() == 1 => Ok((*first).clone()),
            _ => {
                let sockets = sockets.into_iter().collect::<Vec<_>>().join(", ");
                let message = format!("several sockets wait for `{}`: say `of:` which ({sockets})", verdict.check);
                Err(said(at, message))
            }
        }
    }

    fn check_args(&mut self, asked: &Asked, pattern: &Pattern) -> Result<(), Trouble> {
        let values = asked.args.iter().map(value_shown);
        let params = self.program.check_by_name(&asked.check).map(|check| &self.program.check(check).params);
        let by_name =
            Node::record(params.into_iter().flatten().map(|param| param.name.to_string()).zip(values.clone()));
        let in_order = Node::list(values);
        let actual = if pattern.is_record() { by_name } else { in_order };
        if pattern.matches(&actual, &mut self.variables) {
            return Ok(());
        }
        let what = format!("`{}` should have been asked about", asked.check);
        Err(self.unequal(pattern, what, &actual))
    }

    /// What happens in a step, on one line.
    pub(super) fn words(&self, act: &Act) -> String {
        match act {
            Act::Look => "look".to_owned(),
            Act::Connect(connections) => {
                let names = connections.iter().map(|connection| connection.socket.as_str());
                format!("connect {}", names.collect::<Vec<_>>().join(", "))
            }
            Act::Send { socket, frame } => {
                let filled = fill(frame, &self.variables).unwrap_or_else(|_| frame.clone());
                let text = filled.as_text().map_or_else(|| filled.to_json(), str::to_owned);
                format!("{socket} sends {text}")
            }
            Act::Verdict(Verdict { check, verdict: Ok(value), .. }) => format!("{check} passed {}", value.to_line()),
            Act::Verdict(Verdict { check, verdict: Err(why), .. }) => format!("{check} failed {}", why.to_line()),
            Act::After(length) => format!("after {length}ms"),
            Act::Disconnect(sockets) => {
                let names = sockets.iter().map(|(_, name)| name.as_str());
                format!("disconnect {}", names.collect::<Vec<_>>().join(", "))
            }
            Act::Given(_) => "given".to_owned(),
            Act::Revoke(revocations) => {
                let of = |revocation: &Revocation| format!("{} of {}", revocation.locks.join(", "), revocation.socket);
                format!("revoke {}", revocations.iter().map(of).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

fn only<T>(items: &[T]) -> Option<&T> {
    match items {
        [one] => Some(one),
        _ => None,
    }
}

/// A header or a cookie as the server names it to rules; everything else has the name that it was sent with.
fn named_by_rules(part: HandshakePart, name: &str) -> String {
    match part {
        HandshakePart::Headers => name.to_ascii_lowercase().replace('-', "_"),
        HandshakePart::Cookies => name.replace('-', "_"),
        HandshakePart::Query | HandshakePart::Protocols | HandshakePart::Certificate => name.to_owned(),
    }
}
