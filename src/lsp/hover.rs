//! What stands under the pointer: its signature, the author's words, and where it is in the graph.

use super::library::{Cursor, Library};
use super::{describe, standing, words};
use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind, Range};

pub(super) fn hover(library: &Library, params: &HoverParams) -> Option<Hover> {
    let at = &params.text_document_position_params;
    let cursor = library.cursor(&at.text_document, at.position)?;
    of_name(library, cursor).or_else(|| of_word(library, cursor))
}

fn of_name(library: &Library, cursor: Cursor<'_>) -> Option<Hover> {
    let named = cursor.named()?;
    let described = describe::symbol(cursor.ruleset, cursor.place, &named.symbol)?;
    let mut parts = vec![format!("```room\n{}\n```", described.signature)];
    parts.extend(Some(described.doc).filter(|doc| !doc.is_empty()));
    let stands = standing::standing(cursor, &named.symbol);
    if !stands.is_empty() {
        let lines: Vec<String> = stands.iter().map(|line| format!("- {line}")).collect();
        parts.push(lines.join("\n"));
    }
    Some(told(parts.join("\n\n"), library.range(cursor.document, named)))
}

fn of_word(library: &Library, cursor: Cursor<'_>) -> Option<Hover> {
    let text = &*cursor.document.text.text;
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let before = text.get(..cursor.offset)?;
    let start = before.len() - before.chars().rev().take_while(|letter| is_letter(*letter)).count();
    let end = cursor.offset + text.get(cursor.offset..)?.chars().take_while(|letter| is_letter(*letter)).count();
    if super::complete::is_in_words(before) {
        return None;
    }
    let word = text.get(start..end)?;
    let mut meant: Vec<&str> =
        words::WORDS.iter().filter(|known| known.word == word).map(|known| known.means).collect();
    meant.dedup();
    let range = Range {
        start: cursor.document.text.position(start, library.units),
        end: cursor.document.text.position(end, library.units),
    };
    (!meant.is_empty()).then(|| told(meant.join("\n\n"), range))
}

fn told(value: String, range: Range) -> Hover {
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
    Hover { contents, range: Some(range) }
}
