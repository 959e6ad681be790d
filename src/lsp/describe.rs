//! What something is, as it is written where it is named: the line that says it, and the author's words about it.

use super::library::Ruleset;
use super::names::{Asked, From, Local, Named, Role, Symbol};
use super::place::Place;
use super::reading::Document;
use crate::model::Check;
use crate::syntax::ast::{Item, Millis, Name, Param, StateItem, Statement};

/// A signature in the letters of the language, and its documentation.
#[derive(Clone, Debug, Default)]
pub(super) struct Described {
    pub(super) signature: String,
    pub(super) doc: String,
}

impl Described {
    fn new(signature: String, doc: &str) -> Described {
        Described { signature, doc: doc.to_owned() }
    }
}

/// What a symbol is; none where no file says.
pub(super) fn symbol(ruleset: &Ruleset, home: &Place, symbol: &Symbol) -> Option<Described> {
    let mut given = ruleset.named(home, symbol).filter(|(_, _, named)| named.role == Role::Definition);
    match symbol {
        Symbol::Signal(name) => Some(Described::new(format!("signal {name}"), "")),
        Symbol::Check(name) => match given.next() {
            Some((_, document, named)) => at(document, named),
            None => check(ruleset.judged.as_ref()?.model()?.checks.iter().find(|check| check.name == *name)?),
        },
        Symbol::Local(start, _) => {
            let document = ruleset.files.get(home)?;
            Some(local(ruleset, home, document, document.reading().names.local(*start)?))
        }
        Symbol::Global(_) | Symbol::Shape(_) | Symbol::Attribute(_) | Symbol::State(..) => {
            let (_, document, named) = given.next()?;
            at(document, named)
        }
    }
}

/// What is given its name there.
pub(super) fn at(document: &Document, named: &Named) -> Option<Described> {
    let items = &document.reading().tree.items;
    items.iter().find_map(|item| match item {
        Item::Client(client) => {
            let attribute = client.attributes.iter().find(|attribute| is_at(&attribute.name, named))?;
            let default = attribute.default.as_ref().map(|default| format!(" = {}", document.words(default.span)));
            let ty = document.words(attribute.ty.span);
            let signature = format!("client.{}: {ty}{}", attribute.name.node, default.unwrap_or_default());
            Some(Described::new(signature, &attribute.doc))
        }
        Item::Room(room) if !is_at(&room.name, named) => state(document, &room.body, named),
        Item::Lock(lock) if !is_at(&lock.name, named) => state(document, &lock.body, named),
        Item::Entry(_)
        | Item::Group(_)
        | Item::Room(_)
        | Item::Lock(_)
        | Item::Check(_)
        | Item::Shape(_)
        | Item::Let(_)
        | Item::Prove(_) => {
            name_of(item).filter(|name| is_at(name, named))?;
            self::item(document, item)
        }
    })
}

fn is_at(name: &Name, named: &Named) -> bool {
    name.span.start == named.start
}

/// The name that an item gives.
pub(super) fn name_of(item: &Item) -> Option<&Name> {
    match item {
        Item::Group(group) => Some(&group.name),
        Item::Room(room) => Some(&room.name),
        Item::Lock(lock) => Some(&lock.name),
        Item::Check(check) => Some(&check.name),
        Item::Shape(shape) => Some(&shape.name),
        Item::Let(constant) => Some(&constant.name),
        Item::Entry(_) | Item::Client(_) | Item::Prove(_) => None,
    }
}

/// An item's head. Heads of items without a name say nothing.
pub(super) fn item(document: &Document, item: &Item) -> Option<Described> {
    let described = match item {
        Item::Entry(_) | Item::Client(_) | Item::Prove(_) => return None,
        Item::Group(group) => {
            let parents: Vec<&str> = group.parents.iter().map(|parent| &*parent.node).collect();
            let parents = if parents.is_empty() { String::new() } else { format!(" in {}", parents.join(", ")) };
            Described::new(format!("group {}{parents}", group.name.node), &group.doc)
        }
        Item::Room(room) => {
            let public = if room.public.is_some() { " public" } else { "" };
            let alias = room.alias.as_ref().map(|alias| format!(" alias {}", alias.node)).unwrap_or_default();
            let params = optional_params(document, &room.params);
            Described::new(format!("room {}{params}{alias}{public}", room.name.node), &room.doc)
        }
        Item::Lock(lock) => {
            let lasting = |word: &str, time: &Option<Millis>| {
                time.as_ref().map(|time| format!(" {word} {}", document.words(time.span))).unwrap_or_default()
            };
            let lasts = lasting("held", &lock.held) + &lasting("grace", &lock.grace);
            let (params, gives) = (optional_params(document, &lock.params), document.words(lock.gives.span));
            Described::new(format!("lock {}{params} gives {gives}{lasts}", lock.name.node), &lock.doc)
        }
        Item::Check(check) => {
            let (params, gives) = (params(document, &check.params), document.words(check.gives.span));
            Described::new(format!("check {}{params} gives {gives}", check.name.node), &check.doc)
        }
        Item::Shape(shape) => {
            Described::new(format!("shape {} {}", shape.name.node, document.words(shape.ty.span)), &shape.doc)
        }
        Item::Let(constant) => {
            let value = document.words(constant.value.span);
            Described::new(format!("let {} = {value}", constant.name.node), &constant.doc)
        }
    };
    Some(described)
}

fn state(document: &Document, body: &[Statement], named: &Named) -> Option<Described> {
    let state = states(body).find(|state| is_at(&state.name, named))?;
    Some(state_head(document, state))
}

/// A state's head.
pub(super) fn state_head(document: &Document, state: &StateItem) -> Described {
    let params = optional_params(document, &state.params);
    Described::new(format!("state {}{params}", state.name.node), &state.doc)
}

/// The states that a body writes.
pub(super) fn states(body: &[Statement]) -> impl Iterator<Item = &StateItem> {
    body.iter().filter_map(|statement| match statement {
        Statement::State(state) => Some(state),
        Statement::Property(_)
        | Statement::Let(_)
        | Statement::Enter(_)
        | Statement::Arm(_)
        | Statement::Match(_)
        | Statement::Call(_) => None,
    })
}

/// `(name: text, tries: int)`
pub(super) fn params(document: &Document, params: &[Param]) -> String {
    let written = params.iter().map(|param| format!("{}: {}", param.name.node, document.words(param.ty.span)));
    format!("({})", written.collect::<Vec<_>>().join(", "))
}

fn optional_params(document: &Document, written: &[Param]) -> String {
    if written.is_empty() { String::new() } else { params(document, written) }
}

/// A check of the language.
pub(super) fn check(check: &Check) -> Option<Described> {
    let params: Vec<String> = check.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
    let signature = format!("check {}({}) gives {}", check.name, params.join(", "), check.gives);
    check.span.is_none().then(|| Described::new(signature, "A check of the language; the configuration binds it."))
}

/// A name of a machine, a state or an arm, with its type as far as the rules write it.
pub(super) fn local(ruleset: &Ruleset, home: &Place, document: &Document, local: &Local) -> Described {
    let name = &local.name;
    match &local.from {
        From::Param(ty) => Described::new(format!("{name}: {}", document.words(ty.span)), ""),
        From::Pattern(ty) => Described::new(format!("{name}: {}", document.words(ty.span)), ""),
        From::Let(value) => Described::new(format!("let {name} = {}", document.words(value.span)), ""),
        From::Reason => Described::new(format!("{name}: text"), "Why it failed."),
        From::Anything | From::Answer(None) => Described::new(format!("{name}: any"), ""),
        From::Answer(Some((asked, of))) => {
            let symbol_of = match asked {
                Asked::Lock => Symbol::Global(of.clone()),
                Asked::Check => Symbol::Check(of.clone()),
            };
            let asked = symbol(ruleset, home, &symbol_of).map(|described| described.signature).unwrap_or_default();
            let gives = asked.split_once(" gives ").map_or("any", |(_, gives)| gives);
            let gives = gives.split(" held ").next().and_then(|gives| gives.split(" grace ").next()).unwrap_or(gives);
            Described::new(format!("{name}: {gives}"), &format!("What `{of}` gives."))
        }
    }
}
