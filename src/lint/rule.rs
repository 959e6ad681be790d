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
    /// Whether findings come with a fix, as that of the bad example does.
    pub fix: Mending,
    pub(super) by: By,
}

/// What mends a rule's findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mending {
    /// Nobody but the author knows what was meant.
    ByHand,
    /// `--fix` does this.
    Safe(&'static str),
    /// `--fix --unsafe-fixes` does this.
    Unsafe(&'static str),
}

impl Mending {
    /// The flags, and what they do.
    pub(super) fn told(self) -> String {
        match self {
            Mending::ByHand => "by hand".to_string(),
            Mending::Safe(how) => format!("`--fix` {how}"),
            Mending::Unsafe(how) => format!("`--fix --unsafe-fixes` {how}"),
        }
    }

    /// Which fixes, in a word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Mending::ByHand => "",
            Mending::Safe(_) => "safe",
            Mending::Unsafe(_) => "unsafe",
        }
    }
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
    /// Lowering, and a check of the graphs.
    Both(fn(&Ruleset<'_>, &mut Vec<Diagnostic>)),
    /// The comments that let findings stand.
    Comments,
    /// Whoever knows the settings of a server.
    Settings,
    /// The comparison with the rules that serve now; in the page's examples these.
    Against(&'static str),
}

impl Rule {
    /// Whether its findings depend on settings, so that the rules alone never show them.
    pub fn is_of_settings(&self) -> bool {
        matches!(self.by, By::Settings)
    }

    /// Adds what it finds; nothing, where an earlier stage finds it.
    pub(super) fn find(&self, ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
        match self.by {
            By::Parser | By::Model | By::Comments | By::Against(_) | By::Settings => {}
            By::Graphs(check) | By::Both(check) => check(ruleset, found),
        }
    }

    /// The rules that serve when the examples are to take their place; none where the rule looks at one ruleset alone.
    pub fn old(&self) -> Option<&'static str> {
        match self.by {
            By::Against(old) => Some(old),
            By::Parser | By::Model | By::Graphs(_) | By::Both(_) | By::Comments | By::Settings => None,
        }
    }

    /// Whether it is found before anything is known of names and types.
    pub(super) fn is_of_the_parser(&self) -> bool {
        matches!(self.by, By::Parser)
    }

    /// The page that `windlass explain` prints.
    pub fn page(&self) -> String {
        let by = match self.by {
            By::Parser => "when a file is read",
            By::Model => "when names and types are looked up",
            By::Graphs(_) => "on the graphs, when everything else is right",
            By::Both(_) => "when names and types are looked up, and on the graphs",
            By::Comments => "when everything else has been found",
            By::Settings => "when the rules are right, in what the settings of the server say of them",
            By::Against(_) => "with `--against`, when everything else is right",
        };
        let mut page = format!("{} {} ({}; found {by})\n", self.code, self.name, self.severity);
        if self.severity == Severity::Info {
            page.push_str(&format!("told where it is asked for: `windlass lint --info {}`\n", self.code));
        }
        for (head, text) in [("what", self.finds), ("why", self.why)] {
            page.push_str(&format!("\n{head}\n{}", indented(&wrapped(text))));
        }
        page.push_str(&format!("\nfix\n{}", indented(&wrapped(&self.fix.told()))));
        let old = self.old().map(|old| ("the rules that serve now", old));
        for (head, text) in old.into_iter().chain([("bad", self.bad), ("good", self.good)]) {
            page.push_str(&format!("\n{head}\n{}", indented(text)));
        }
        page
    }
}

/// Columns of a page's prose, without its indent.
const PROSE_COLUMNS: usize = 96;

/// Prose broken into lines at blanks.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > PROSE_COLUMNS {
            lines.push('\n');
            column = 0;
        } else if column > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += width;
    }
    lines
}

fn indented(text: &str) -> String {
    text.trim_matches('\n').lines().map(|line| format!("    {line}").trim_end().to_string() + "\n").collect()
}
