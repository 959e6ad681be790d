//! Every rule's page as one page of Markdown, `docs/lint.md`.

use super::absent;
use super::rule::Rule;
use super::rules::RULES;

/// What stands before the rules.
const PREFACE: &str = include_str!("book.md");

/// The whole page.
pub fn book() -> String {
    let mut book = String::from(PREFACE.trim_end());
    book.push_str("\n\n");
    book.push_str(&absent::table());
    book.push_str("\n## Rules\n\n| code | severity | fix | name |\n|---|---|---|---|\n");
    for rule in RULES {
        let (code, name) = (rule.code, rule.name);
        let anchor = format!("{code}-{name}").to_lowercase();
        book.push_str(&format!("| [{code}](#{anchor}) | {} | {} | {name} |\n", rule.severity, rule.fix.word()));
    }
    for rule in RULES {
        book.push_str(&chapter(rule));
    }
    book
}

fn chapter(rule: &Rule) -> String {
    let (bad, good) = (rule.bad.trim_matches('\n'), rule.good.trim_matches('\n'));
    let old =
        rule.old().map(|old| format!("The rules that serve now:\n\n```room\n{}\n```\n\n", old.trim_matches('\n')));
    let old = old.unwrap_or_default();
    format!(
        "\n### {} {}\n\n**{}.** Finds {}.\n\nWhy: {}.\n\nFix: {}.\n\n{old}Bad:\n\n```room bad\n{bad}\n```\n\nGood:\n\n```room\n{good}\n```\n",
        rule.code,
        rule.name,
        rule.severity,
        rule.finds,
        rule.why,
        rule.fix.told()
    )
}
