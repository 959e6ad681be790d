//! What a rule is: a code, a page, and, where it looks at graphs, a check.

use super::ruleset::Ruleset;
use crate::diagnostic::{Code, Diagnostic, Severity};

/// One kind of finding, with its page.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its code; kept for ever.
    pub code: Code,
    /// Its name, words joined by `-`.
    pub name: &'static str,
    /// How much a finding matters.
    pub severity: Severity,
    /// What it finds, in prose.
    pub finds: &'static str,
    /// Why that matters, in prose.
    pub why: &'static str,
    /// A whole ruleset in which it finds something, and nothing else is found.
    pub bad: &'static str,
    /// The same ruleset as it should be: nothing is found.
    pub good: &'static str,
    pub(super) by: By,
}

/// Which stage finds it.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// The parser.
    Parser,
    /// Lowering: names, types, what may stand where.
    Model,
    /// A check of the graphs of a ruleset without errors of the other two.
    Graphs(fn(&Ruleset<'_>, &mut Vec<Diagnostic>)),
}

impl Rule {
    /// Adds what it finds; nothing, where an earlier stage finds it.
    pub(super) fn find(&self, ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
        match self.by {
            By::Parser | By::Model => {}
            By::Graphs(check) => check(ruleset, found),
        }
    }

    /// The page that `windlass explain` prints.
    pub fn page(&self) -> String {
        let by = match self.by {
            By::Parser => "when a file is read",
            By::Model => "when names and types are looked up",
            By::Graphs(_) => "on the graphs, when everything else is right",
        };
        let mut page = format!("{} {} ({}; found {by})\n", self.code, self.name, self.severity);
        for (head, text) in [("what", self.finds), ("why", self.why)] {
            page.push_str(&format!("\n{head}\n{}", indented(text)));
        }
        for (head, text) in [("bad", self.bad), ("good", self.good)] {
            page.push_str(&format!("\n{head}\n{}", indented(text)));
        }
        page
    }
}

fn indented(text: &str) -> String {
    text.trim_matches('\n').lines().map(|line| format!("    {line}").trim_end().to_string() + "\n").collect()
}
