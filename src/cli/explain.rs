//! `windlass explain`

use super::print::print;
use crate::lint;
use anyhow::Context;
use std::process::ExitCode;

/// Prints the page of a lint rule, or the list of all rules.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A rule's code or name, such as R0301 or access-proof.
    rule: Option<String>,
    /// Prints the pages of all rules as one page of Markdown.
    #[arg(long, conflicts_with = "rule")]
    book: bool,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.rule {
        None if arguments.book => print(&lint::book())?,
        None => {
            let line = |rule: &lint::Rule| format!("{} {:<7} {}\n", rule.code, rule.severity.to_string(), rule.name);
            print(&lint::RULES.iter().map(line).collect::<String>())?;
        }
        Some(wanted) => {
            let rule = find(wanted)
                .with_context(|| format!("there is no rule `{wanted}`: `windlass explain` lists all of them"))?;
            print(&rule.page())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn find(wanted: &str) -> Option<&'static lint::Rule> {
    let by_code = lint::parse_code(wanted).and_then(lint::rule);
    by_code.or_else(|| lint::RULES.iter().find(|rule| rule.name == wanted))
}
