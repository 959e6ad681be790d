//! Tests of `model`.

mod types;

use crate::fixtures::{expect_beside, files, root};
use proptest::prelude::*;
use std::fmt::Write;
use std::path::Path;
use windlass::diagnostic::{Diagnostic, SourceMap, has_errors};
use windlass::model::{Arm, Call, Dest, Expr, LockCall, Lowered, Machine, Model, State, TargetKind, Trigger, lower};
use windlass::syntax::parse_file;

/// Lowers texts as one ruleset, with what the parser found before what lowering found.
fn lower_texts<'t>(texts: impl IntoIterator<Item = (String, &'t str)>) -> (SourceMap, Vec<Diagnostic>, Lowered) {
    let mut sources = SourceMap::default();
    let ids: Vec<_> = texts.into_iter().map(|(path, text)| sources.add(path, text)).collect();
    let parsed: Vec<_> = ids.into_iter().map(|id| parse_file(&sources, id)).collect();
    let found = parsed.iter().flat_map(|parsed| parsed.diagnostics.clone()).collect();
    let files: Vec<_> = parsed.into_iter().map(|parsed| parsed.file).collect();
    let lowered = lower(&files);
    (sources, found, lowered)
}

fn render(sources: &SourceMap, findings: &[Diagnostic]) -> String {
    let mut out = String::new();
    for finding in findings {
        let place = sources.locate(finding.primary.span);
        let mut line = |words: String| writeln!(out, "{words}").expect("a string takes everything");
        line(format!("{place}:{} {} {} {}", place.column, finding.code, finding.severity, finding.message));
        for label in &finding.others {
            let place = sources.locate(label.span);
            line(format!("    {place}:{} {}", place.column, label.message));
        }
        finding.notes.iter().for_each(|note| line(format!("    note: {note}")));
        finding.help.iter().for_each(|help| line(format!("    help: {help}")));
    }
    out
}

/// One file is one ruleset; what is found stands beside it, and the model where nothing is.
#[test]
fn every_fixture_is_judged_as_expected() {
    let mut broken = String::new();
    for path in files("model", "room") {
        let name = path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
        let text = std::fs::read_to_string(&path).expect("a readable fixture");
        let (sources, syntax, lowered) = lower_texts([(name, text.as_str())]);
        broken += &render(&sources, &syntax);
        let mut actual = render(&sources, &lowered.diagnostics);
        if !has_errors(&lowered.diagnostics) {
            actual += &dump(lowered.model.as_ref().expect("what has no errors has a model"));
        }
        expect_beside(&path, &actual);
    }
    assert_eq!(broken, "", "fixtures of this part are well-formed");
}

/// A code that no fixture shows is a code that nobody has seen.
#[test]
fn every_code_has_a_fixture() {
    let codes = std::fs::read_to_string(root().join("src/model/lower/codes.rs")).expect("the codes");
    let shown: String =
        files("model", "expected").iter().map(|path| std::fs::read_to_string(path).expect("readable")).collect();
    for number in codes.lines().filter_map(|line| line.split_once("Code(").map(|(_, rest)| rest)) {
        let number: u16 = number.trim_end_matches(");").parse().expect("a number");
        assert!(shown.contains(&format!(" R{number:04} ")), "no fixture shows R{number:04}");
    }
}

fn read_ruleset(folder: &Path) -> Vec<(String, String)> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "room"));
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
        (name, std::fs::read_to_string(path).expect("a readable file"))
    };
    paths.iter().map(read).collect()
}

fn shipped_rulesets() -> Vec<Vec<(String, String)>> {
    let folders = std::fs::read_dir(root().join("rooms")).expect("the shipped rules");
    let mut folders: Vec<_> =
        folders.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.iter().map(|folder| read_ruleset(folder)).filter(|files| !files.is_empty()).collect()
}

#[test]
fn shipped_rulesets_lower_without_a_finding() {
    let rulesets = shipped_rulesets();
    assert!(!rulesets.is_empty());
    for files in rulesets {
        let (sources, syntax, lowered) = lower_texts(files.iter().map(|(path, text)| (path.clone(), text.as_str())));
        assert_eq!(render(&sources, &syntax), "");
        assert_eq!(render(&sources, &lowered.diagnostics), "");
        assert!(lowered.model.is_some());
    }
}

/// What could not be read is told once, and not once more as missing.
#[test]
fn a_duration_that_cannot_be_read_is_told_once() {
    let good = r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors hall }
room hall { requires pass limit 5 per 10s mailbox 5 for 2h on { text: text } as m { post m } }
lock pass gives text held 1d grace 1m {
    after 30s -> fail "too slow"
    state waiting { on { word: text } as a -> checking(a.word) }
    state checking(word: text) {
        check code(word) within 5s
        passed label -> resolve label
        failed why -> fail why
    }
}
"#;
    assert_eq!(told(good), "");
    for duration in ["2m", "10s", "2h", "1d", "1m ", "30s", "5s"] {
        for unreadable in ["5", "a while", "1.5m"] {
            let told = told(&good.replace(duration, unreadable));
            assert_eq!(told.lines().filter(|line| line.contains(" error ")).count(), 1, "{duration}: {told}");
        }
    }
}

/// All that is found in one file.
fn told(text: &str) -> String {
    let (sources, syntax, lowered) = lower_texts([("rules.room".to_owned(), text)]);
    render(&sources, &syntax) + &render(&sources, &lowered.diagnostics)
}

#[test]
fn nothing_at_all_lowers_to_no_model() {
    assert!(lower(&[]).model.is_none());
}

/// The words that a mutation may put anywhere.
const WORDS: [&str; 40] = [
    "identity",
    "hall",
    "client.id",
    "m",
    "m.to",
    "-> admit",
    "-> fail \"x\"",
    "-> resolve m",
    "-> retry waiting",
    "{",
    "}",
    "requires identity",
    "requires one of ssh_key(client.id), identity",
    "state waiting { }",
    "on _ as m { post m }",
    "else -> waiting",
    "match handshake.query { a: text } as m -> waiting, else -> waiting",
    "lock identity",
    "resolved _ -> waiting",
    "failed _ -> waiting",
    "check totp(\"a\", m) within 5s",
    "shape s { a: s }",
    "let a = b + 1",
    "let b = a",
    "let c = nonce()",
    "group g in g",
    "entry hall",
    "room r(n: secret) { }",
    "lock l(a: secret) gives secret { }",
    "attempts 0",
    "after 0s { }",
    "leave hall",
    "identify m",
    "\"guest\" | 7",
    "set client.role = \"none\"",
    "tell members m",
    "signal everyone s m",
    "on { to: client, a: secret } as m { say m }",
    "when not m in members { }",
    ",",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever parses, however little of it, is lowered without a panic, and without a model only where it has errors.
    #[test]
    fn no_mutation_of_shipped_rules_panics(seed in any::<prop::sample::Index>(), edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4usize, any::<prop::sample::Index>()), 1..6)) {
        let rulesets = shipped_rulesets();
        let mut files = rulesets[seed.index(rulesets.len())].clone();
        for (place, kind, word) in edits {
            let at = place.index(files.len());
            files[at].1 = mutate(&files[at].1, place, kind, WORDS[word.index(WORDS.len())]);
        }
        let (_, unread, lowered) = lower_texts(files.iter().map(|(path, text)| (path.clone(), text.as_str())));
        // of a short ruleset nothing may be left that can be read
        let is_wrong = has_errors(&unread) || has_errors(&lowered.diagnostics);
        prop_assert!(lowered.model.is_some() || files.iter().all(|(_, text)| text.is_empty()) || is_wrong);
    }
}

/// Takes a word away, doubles it, puts another in its place, or one before it.
fn mutate(text: &str, place: prop::sample::Index, kind: usize, word: &str) -> String {
    let mut words: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
    if words.is_empty() {
        return word.to_owned();
    }
    let at = place.index(words.len());
    match kind {
        0 => drop(words.remove(at)),
        1 => words.insert(at, words[at]),
        2 => words[at] = word,
        _more => words.insert(at, word),
    }
    words.join(" ")
}

/// A model in few words: what has a name or an id, not where it stands.
fn dump(model: &Model) -> String {
    let mut out = format!("entry {}\n", model.machines[model.entry.index()].name);
    let mut line = |words: String| writeln!(out, "{}", words.trim_end()).expect("a string takes everything");
    for attribute in &model.attributes {
        line(format!("client.{}: {}", attribute.name, attribute.ty));
    }
    for group in &model.groups {
        line(format!(
            "group {} in {:?} clients {:?} webhooks {:?}",
            group.name, group.parents, group.clients, group.webhooks
        ));
    }
    for check in model.checks.iter().filter(|check| check.span.is_some()) {
        line(format!("check {} gives {}", check.name, check.gives));
    }
    for machine in &model.machines {
        dump_machine(model, machine, &mut line);
    }
    for proof in &model.proofs {
        line(format!("prove {:?}", proof.claim));
    }
    out
}

fn dump_machine(model: &Model, machine: &Machine, line: &mut impl FnMut(String)) {
    let params: Vec<String> = machine.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
    match (machine.room(), machine.lock()) {
        (Some(room), _) => {
            line(format!("room {}({})", machine.name, params.join(", ")));
            for requirement in &room.requires {
                line(format!(
                    "  requires {}{}",
                    locks(model, &requirement.locks),
                    otherwise(machine, requirement.otherwise)
                ));
            }
            if let Some(admit) = &room.admit {
                line(format!("  admit when {}{}", expr(&admit.guard), otherwise(machine, admit.otherwise)));
            }
            if room.admits_itself {
                line("  admits itself".into());
            }
            if !room.posts_to.is_empty() {
                line(format!(
                    "  posts to {}",
                    room.posts_to.iter().map(|to| dest(model, to)).collect::<Vec<_>>().join(", ")
                ));
            }
            if !room.offers.is_empty() {
                line(format!("  offers {}", locks(model, &room.offers)));
            }
            if !room.renews.is_empty() {
                line(format!("  renews {}", locks(model, &room.renews)));
            }
            for door in &room.doors {
                line(format!(
                    "  door {}{}",
                    model.machines[door.room.index()].name,
                    door.args.as_ref().map_or("(any)".into(), |args| exprs(args))
                ));
            }
        }
        (None, Some(lock)) => {
            line(format!(
                "lock {}({}) gives {} held {:?} grace {:?} attempts {:?}",
                machine.name,
                params.join(", "),
                lock.gives,
                lock.held,
                lock.grace,
                lock.attempts
            ));
        }
        (None, None) => unreachable!("a machine is a room or a lock"),
    }
    for item in &machine.lets {
        line(format!("  let {}: {} = {}", item.name, item.value.ty, expr(&item.value)));
    }
    if let Some(limit) = &machine.limit {
        line(format!("  limit {} per {}{}", limit.count, limit.per, otherwise(machine, limit.otherwise)));
    }
    machine.enter.iter().for_each(|action| line(format!("  do {}", words(&action.kind))));
    for id in [&machine.arrive, &machine.handlers, &machine.leave, &machine.timers].into_iter().flatten() {
        line(format!("  {}", arm(machine, &machine.arms[id.index()])));
    }
    for state in &machine.states {
        dump_state(model, machine, state, line);
    }
}

fn dump_state(model: &Model, machine: &Machine, state: &State, line: &mut impl FnMut(String)) {
    let params: Vec<String> = state.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
    line(format!("  state `{}`({})", state.name, params.join(", ")));
    state.enter.iter().for_each(|action| line(format!("    do {}", words(&action.kind))));
    match &state.call {
        Some(Call::Lock(calls)) => line(format!("    lock {}", locks(model, calls))),
        Some(Call::Check(call)) => {
            line(format!(
                "    check {}{} within {}",
                model.checks[call.check.index()].name,
                exprs(&call.args),
                call.within
            ));
        }
        None => {}
    }
    for id in [&state.eventless, &state.handlers, &state.leave, &state.timers].into_iter().flatten() {
        line(format!("    {}", arm(machine, &machine.arms[id.index()])));
    }
}

fn otherwise(machine: &Machine, id: Option<windlass::model::ArmId>) -> String {
    id.map_or(String::new(), |id| format!(" else {}", arm(machine, &machine.arms[id.index()])))
}

fn arm(machine: &Machine, arm: &Arm) -> String {
    let trigger = match &arm.trigger {
        Trigger::Message { pattern, to } => {
            format!("on {pattern}{}", to.as_ref().map_or(String::new(), |to| format!(" to {to}")))
        }
        Trigger::Signal { signal, pattern } => {
            format!("on signal {}{}", signal.0, pattern.as_ref().map_or(String::new(), |pattern| format!(" {pattern}")))
        }
        Trigger::Match { subject, pattern } => format!("match {} {pattern}", expr(subject)),
        Trigger::Otherwise => String::new(),
        other => format!("{other:?}"),
    };
    let guard = arm.guard.as_ref().map_or(String::new(), |guard| format!(" when {}", expr(guard)));
    let actions: String = arm.actions.iter().map(|action| format!(" {};", words(&action.kind))).collect();
    let state =
        |call: &windlass::model::StateCall| format!("{}{}", machine.states[call.state.index()].name, exprs(&call.args));
    let target = arm.target.as_ref().map(|target| match &target.kind {
        TargetKind::State(call) => format!(" -> {}", state(call)),
        TargetKind::Resolve(value, until) => {
            let until = until.as_ref().map_or(String::new(), |until| format!(" until {}", expr(until)));
            format!(" -> resolve {}{until}", expr(value))
        }
        TargetKind::Fail(why) => format!(" -> fail {}", expr(why)),
        TargetKind::Admit(call) => format!(" -> admit {}", call.as_ref().map_or(String::new(), state)),
        TargetKind::Retry(call) => format!(" -> retry {}", state(call)),
        TargetKind::Move(room) => format!(" -> move {}{}", room.room.0, exprs(&room.args)),
        TargetKind::Drop(why) => format!(" -> drop {}", expr(why)),
    });
    format!("{trigger}{guard}{actions}{}", target.unwrap_or_default())
}

fn locks(model: &Model, calls: &[LockCall]) -> String {
    let call = |call: &LockCall| format!("{}{}", model.machines[call.lock.index()].name, exprs(&call.args));
    calls.iter().map(call).collect::<Vec<_>>().join(" or ")
}

fn dest(model: &Model, dest: &Dest) -> String {
    match dest {
        Dest::Members => "members".into(),
        Dest::Everyone => "everyone".into(),
        Dest::Room(room) => format!("room {}{}", model.machines[room.room.index()].name, exprs(&room.args)),
        Dest::Group(group) => format!("group {}", model.groups[group.index()].name),
        Dest::Value(value) => expr(value),
    }
}

fn exprs(exprs: &[Expr]) -> String {
    format!("({})", exprs.iter().map(expr).collect::<Vec<_>>().join(", "))
}

fn expr(expr: &Expr) -> String {
    words(&expr.kind)
}

/// A value's `Debug` without places and types.
fn words(value: &impl std::fmt::Debug) -> String {
    let debug = format!("{value:?}");
    let mut out = String::new();
    let mut rest = debug.as_str();
    while let Some((before, after)) = rest.split_once(", ty: ") {
        out += before;
        rest = skip_type_and_span(after);
    }
    out += rest;
    out.replace("Expr { kind: ", "")
}

/// What follows the type and the span of an expression: behind its closing brace.
fn skip_type_and_span(text: &str) -> &str {
    let mut depth = 0_i32;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' if depth == 0 => return &text[at + 1..],
            '}' | ')' | ']' => depth -= 1,
            _other => {}
        }
    }
    ""
}
