//! Pages that lead somewhere, and examples that are true.

use super::tree::{File, files};
use crate::fixtures::root;
use std::collections::BTreeSet;
use windlass::diagnostic::{Severity, SourceMap};
use windlass::scenario::{read_scenes, read_yaml};

fn nothing(found: Vec<String>, why: &str) {
    assert!(found.is_empty(), "{why}:\n{}", found.join("\n"));
}

/// README, ARCHITECTURE, CHANGELOG and the pages of `docs`.
fn pages() -> Vec<File> {
    let pages = files("", &[".md"]).into_iter();
    pages.filter(|page| !page.path.contains('/') || page.path.starts_with("docs/")).collect()
}

/// The targets of `[…](target)` outside of fenced blocks, with their lines.
fn links(page: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut is_fenced = false;
    for (at, line) in page.text.lines().enumerate() {
        is_fenced ^= line.trim_start().starts_with("```");
        if is_fenced {
            continue;
        }
        for (open, mark) in line.match_indices("](") {
            if let Some((target, _)) = line[open + mark.len()..].split_once(')') {
                found.push((at + 1, target.to_owned()));
            }
        }
    }
    found
}

/// A path beside a page, from the root.
fn resolve(page: &File, target: &str) -> String {
    let mut parts: Vec<&str> = page.path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The anchors of a page's headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        words.chars().filter(|letter| letter.is_alphanumeric() || *letter == '-' || *letter == '_').collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut found = Vec::new();
    for page in pages() {
        for (line, link) in links(&page) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (target, anchor) =
                link.split_once('#').map_or((link.as_str(), None), |(path, anchor)| (path, Some(anchor)));
            let path = if target.is_empty() { page.path.clone() } else { resolve(&page, target) };
            let there = root().join(&path);
            let is_there = match anchor {
                None => there.exists(),
                Some(anchor) => std::fs::read_to_string(&there).is_ok_and(|text| anchors(&text).contains(anchor)),
            };
            if !is_there {
                found.push(format!("{}:{line}: {link}", page.path));
            }
        }
    }
    nothing(found, "links that lead nowhere");
}

#[test]
fn every_page_is_linked() {
    let pages = pages();
    let linked: BTreeSet<String> = pages
        .iter()
        .flat_map(|page| {
            links(page).into_iter().map(|(_, link)| resolve(page, link.split('#').next().unwrap_or(&link)))
        })
        .collect();
    let lost = pages.iter().filter(|page| page.path.starts_with("docs/") && !linked.contains(&page.path));
    nothing(lost.map(|page| page.path.clone()).collect(), "pages that no page links to");
}

/// A fenced block: the words after the fence, where it begins, what it holds.
struct Block {
    info: String,
    line: usize,
    text: String,
}

fn blocks(page: &File) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open = false;
    for (at, line) in page.text.lines().enumerate() {
        match line.trim_start().strip_prefix("```") {
            Some(_) if open => open = false,
            Some(info) => {
                open = true;
                found.push(Block { info: info.trim().to_owned(), line: at + 1, text: String::new() });
            }
            None if open => {
                if let Some(block) = found.last_mut() {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
            }
            None => {}
        }
    }
    found
}

#[test]
fn rules_in_pages_are_rules() {
    let mut found = Vec::new();
    for page in pages() {
        for block in blocks(&page).into_iter().filter(|block| block.info == "room") {
            let place = format!("{}:{}", page.path, block.line);
            let mut sources = SourceMap::default();
            let source = sources.add(place.as_str(), block.text.as_str());
            let parsed = windlass::syntax::parse_file(&sources, source);
            found.extend(parsed.diagnostics.iter().map(|diagnostic| format!("{place}: {}", diagnostic.message)));
            // what names an entry is a ruleset and must be able to run
            if parsed.diagnostics.is_empty() && block.text.lines().any(|line| line.starts_with("entry ")) {
                let checked = windlass::lint::check(sources);
                let errors = checked.diagnostics.iter().filter(|found| found.severity == Severity::Error);
                found.extend(errors.map(|error| format!("{place}: {}", error.message)));
            }
        }
    }
    nothing(found, "examples that `windlass lint` refuses");
}

#[test]
fn scenes_in_pages_are_scenes() {
    let mut found = Vec::new();
    let mut count = 0;
    for page in pages() {
        for block in blocks(&page) {
            let text = match block.info.as_str() {
                "yaml scene" => block.text.clone(),
                // steps alone: made into a scene without moving a line
                "yaml steps" => format!("[{{ scene: x, steps: {} }}]", flow(&block.text)),
                _ => continue,
            };
            count += 1;
            let place = format!("{}:{}", page.path, block.line);
            let scenes = read_yaml(&text).map_err(|mistake| vec![mistake]).and_then(|tree| read_scenes("x", &tree));
            for mistake in scenes.err().into_iter().flatten() {
                found.push(format!("{place}: line {}: {}", mistake.at.line, mistake.message));
            }
        }
    }
    nothing(found, "examples that `windlass test` refuses");
    assert!(count > 1, "docs/scenes.md shows scenes and steps: {count}");
}

/// A block list of steps as JSON, which is YAML on one line.
fn flow(steps: &str) -> String {
    read_yaml(steps).map_or_else(|mistake| mistake.message, |tree| tree.to_json())
}

#[test]
fn blocks_and_links_are_found() {
    let text = "# A heading, it is\n[a](b.md#c) `x`\n```room\nentry x\n```\n".to_owned();
    let page = File { path: "docs/x.md".to_owned(), text };
    assert_eq!(links(&page), [(2, "b.md#c".to_owned())]);
    assert_eq!(resolve(&page, "../README.md"), "README.md");
    assert!(anchors(&page.text).contains("a-heading-it-is"));
    let blocks = blocks(&page);
    assert_eq!((blocks[0].info.as_str(), blocks[0].line, blocks[0].text.as_str()), ("room", 3, "entry x\n"));
}
