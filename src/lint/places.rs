//! Where in the text something of the model stands, as far as a fix must know.

use super::ruleset::Ruleset;
use super::tokens;
use crate::diagnostic::{Fix, Span};
use crate::syntax::ast::{Item, Statement};

/// Blanks by which a body is further in than what it is the body of.
const INDENT: &str = "    ";

/// Puts a statement at the top of the body of the room, lock or state whose name stands at this place.
pub(crate) fn at_top(ruleset: &Ruleset<'_>, fix: Fix, name: Span, statement: &str) -> Option<Fix> {
    let whole = declaration(ruleset, name)?;
    let text = &ruleset.sources.get(whole.source)?.text;
    let own = text.get(whole.start as usize..whole.end as usize)?;
    let open = whole.start + tokens::opening_of_last_brace(own)? as u32 + 1;
    let rest = text.get(open as usize..)?;
    let line = rest.lines().next().unwrap_or("");
    if line.trim().is_empty() || line.trim_start().starts_with("//") {
        let before = text.get(..whole.start as usize)?.rsplit('\n').next()?;
        let outer: String = before.chars().take_while(|letter| letter.is_whitespace()).collect();
        return Some(fix.insert(whole.source, open + line.len() as u32, format!("\n{outer}{INDENT}{statement}")));
    }
    let gap = if line.starts_with(' ') { "" } else { " " };
    Some(fix.insert(whole.source, open, format!(" {statement}{gap}")))
}

/// From the first word of what has its name at this place to its closing brace.
fn declaration(ruleset: &Ruleset<'_>, name: Span) -> Option<Span> {
    let items = ruleset.files.iter().filter(|file| file.source == name.source).flat_map(|file| &file.items);
    let machines = items.filter_map(|item| match item {
        Item::Room(room) => Some((room.name.span, room.span, &room.body)),
        Item::Lock(lock) => Some((lock.name.span, lock.span, &lock.body)),
        Item::Entry(_)
        | Item::Client(_)
        | Item::Group(_)
        | Item::Check(_)
        | Item::Shape(_)
        | Item::Let(_)
        | Item::Prove(_) => None,
    });
    let holds = |whole: Span| whole.start <= name.start && name.end <= whole.end;
    let (own, whole, body) = machines.into_iter().find(|(_, whole, _)| holds(*whole))?;
    let states = body.iter().filter_map(|statement| match statement {
        Statement::State(state) => Some((state.name.span, state.span)),
        Statement::Property(_)
        | Statement::Let(_)
        | Statement::Enter(_)
        | Statement::Arm(_)
        | Statement::Match(_)
        | Statement::Call(_) => None,
    });
    std::iter::once((own, whole)).chain(states).find(|(own, _)| *own == name).map(|(_, whole)| whole)
}
