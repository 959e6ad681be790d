//! Tests of `check`: each verifier by itself, against what other libraries made.

mod asked;
mod bindings;
mod box_office;
mod code;
mod commands;
mod jwt;
mod outbound;
mod password;
mod webhook;

use windlass::check::{Verdict, Verifier, Work};
use windlass::value::{Millis, Value};

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn secret(text: &str) -> Value {
    Value::Secret(text.into())
}

/// The verdict of a verifier by itself, whatever it has to do.
async fn verdict(verifier: &impl Verifier, args: Vec<Value>, wall: Millis) -> Verdict {
    match verifier.begin(args, wall) {
        Work::Done(verdict) => verdict,
        Work::Blocking(work) => work(),
        Work::Waiting(work) => work.await,
    }
}

fn why(verdict: Verdict) -> String {
    verdict.expect_err("a failed check").to_string()
}

/// The `gives` of `check it(given: secret) gives TYPE`.
fn type_of(text: &str) -> windlass::model::Type {
    let checked = ruleset(&format!("check it(given: secret) gives {text}"));
    let program = checked.program.expect("rules that may run");
    program.model.checks.iter().find(|check| &*check.name == "it").expect("the check").gives.clone()
}

/// A ruleset with these items.
fn ruleset(items: &str) -> windlass::lint::Checked {
    let mut sources = windlass::diagnostic::SourceMap::default();
    sources.add(
        "rules.room",
        format!("entry lobby\nroom lobby public {{ after 2m -> drop \"nobody came in\" }}\n{items}\n"),
    );
    windlass::lint::check(sources)
}
