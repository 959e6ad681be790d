//! Tables of types: what they match, read, admit and accept, and how they are written.

use super::lower_texts;
use windlass::model::{Literal, Type};
use windlass::value::{Json, RoomKey, Value};

/// A type in the author's letters.
fn ty(written: &str) -> Type {
    let text = format!("entry hall room hall public {{ }} check c(p: {written}) gives bool");
    let (_, syntax, lowered) = lower_texts([("type.room".to_owned(), text.as_str())]);
    assert!(syntax.is_empty() && lowered.diagnostics.is_empty(), "{written}: {syntax:?} {:?}", lowered.diagnostics);
    let model = lowered.model.expect("a model");
    model.checks.last().expect("a check").params[0].ty.clone()
}

#[test]
fn a_pattern_matches_what_is_of_its_type() {
    let long = format!("\"{}\"", "é".repeat(128));
    let too_long = format!("\"{}\"", "é".repeat(129));
    let cases: [(&str, &[&str], &[&str]); 21] = [
        ("text", &["\"\"", "\"a\"", " \"a\" "], &["1", "null", "{}", "\"\\ud800\""]),
        ("text(1..3)", &["\"a\"", "\"äöü\"", r#""\u00e4\ud83d\udd12\n""#], &["\"\"", "\"abcd\""]),
        ("int", &["0", "-3", "9223372036854775807"], &["1.0", "1e2", "9223372036854775808", "\"1\"", "true"]),
        ("int(1..9)", &["1", "9"], &["0", "10", "-1"]),
        ("number", &["1", "1.5", "-2e3"], &["1e400", "\"1\"", "null"]),
        ("number(0..1)", &["0", "1", "0.5", "1e-9"], &["1.0000001", "-0.1"]),
        ("bool", &["true", "false"], &["\"true\"", "0", "null"]),
        (
            "\"a\" | 7 | true | 1.5 | 30s",
            &["\"a\"", r#""\u0061""#, "7", "true", "1.5", "30000"],
            &["\"b\"", "false", "30"],
        ),
        ("list(int)", &["[]", "[1, 2]"], &["[1, \"a\"]", "{}", "1"]),
        ("duration", &["0", "250"], &["-1", "1.5", "\"1s\""]),
        ("time", &["0", "1700000000000"], &["-1", "null"]),
        ("client", &["\"ann\"", &long], &["\"\"", &too_long, r#""a\u0000""#, r#""a\u007f""#, "1"]),
        ("room", &["\"room:hall\"", "\"room:table/5\""], &["\"room:\"", "\"hall\"", "\"group:g\"", r#""room:\n""#]),
        ("group", &["\"group:g\""], &["\"group:\"", "\"room:g\""]),
        ("secret", &["\"\"", "\"a\""], &["1", "null"]),
        ("any", &["null", "1", "{}", "[]"], &[]),
        ("text?", &["null", "\"a\""], &["1"]),
        (
            "{ a: int }",
            &["{\"a\":1}", "{\"b\":{}, \"a\":1}", r#"{"\u0061":1}"#],
            &["{}", "{\"a\":\"1\"}", "{\"a\":null}", "[]"],
        ),
        ("{ a: int? }", &["{}", "{\"a\":null}", "{\"a\":1}"], &["{\"a\":\"1\"}", "1"]),
        ("{ a: any }", &["{\"a\":null}"], &["{}", "{\"b\":1}"]),
        ("{ a: { b: list({ c: bool }) } }", &[r#"{"a":{"b":[{"c":true,"d":1}]}}"#], &[r#"{"a":{"b":[{"c":1}]}}"#]),
    ];
    for (written, matching, others) in cases {
        let ty = ty(written);
        for json in matching {
            assert!(ty.matches(json), "`{written}` matches {json}");
            assert!(ty.read(json).is_some(), "`{written}` reads {json}");
        }
        for json in others {
            assert!(!ty.matches(json), "`{written}` does not match {json}");
            assert!(ty.read(json).is_none(), "`{written}` does not read {json}");
        }
    }
}

#[test]
fn of_two_fields_with_one_name_the_first_counts() {
    assert!(ty("{ a: int }").matches(r#"{"a":1,"a":"x"}"#));
    assert!(!ty("{ a: int }").matches(r#"{"a":"x","a":1}"#));
}

#[test]
fn a_pattern_of_more_than_64_fields_needs_each_of_them() {
    let fields = |count: usize| (0..count).map(|at| format!("\"f{at}\":1")).collect::<Vec<_>>().join(",");
    let written = (0..70).map(|at| format!("f{at}: int")).collect::<Vec<_>>().join(", ");
    let ty = ty(&format!("{{ {written} }}"));
    assert!(ty.matches(&format!("{{{}}}", fields(70))));
    assert!(!ty.matches(&format!("{{{}}}", fields(69))));
}

#[test]
fn what_is_read_has_the_form_of_its_type() {
    let json = |text: &str| Value::Json(Json::parse(text).expect("well-formed"));
    let cases = [
        ("text", r#""a\nb""#, Value::Text("a\nb".into())),
        ("client", "\"ann\"", Value::Client("ann".into())),
        ("secret", "\"pw\"", Value::Secret("pw".into())),
        ("room", "\"room:table/5\"", Value::Room(RoomKey("table/5".into()))),
        ("group", "\"group:audit\"", Value::Group("audit".into())),
        ("int", "3", Value::Int(3)),
        ("number", "3", Value::Number(3.0)),
        ("duration", "250", Value::Duration(250)),
        ("time", "250", Value::Time(250)),
        ("30s | 1m", "30000", Value::Duration(30_000)),
        ("any", "3", Value::Int(3)),
        ("any", "{ \"b\" : 1 }", json("{ \"b\" : 1 }")),
        ("{ a: int }", "{ \"b\" : 1e2, \"a\": 1 }", json("{ \"b\" : 1e2, \"a\": 1 }")),
        ("list(int)", "[ 1 ]", json("[ 1 ]")),
        ("int?", "null", Value::None),
    ];
    for (written, text, value) in cases {
        assert_eq!(ty(written).read(text), Some(value), "`{written}` of {text}");
    }
}

#[test]
fn what_came_as_any_is_taken_as_what_a_pattern_says() {
    let text = |text: &str| Value::Text(text.into());
    let cases = [
        ("room", text("room:hall"), Some(Value::Room(RoomKey("hall".into())))),
        ("group", text("group:g"), Some(Value::Group("g".into()))),
        ("duration", Value::Int(30), Some(Value::Duration(30))),
        ("time", Value::Int(-1), None),
        ("secret", text("pw"), Some(Value::Secret("pw".into()))),
        ("30s", Value::Int(30_000), Some(Value::Duration(30_000))),
        ("text?", Value::None, Some(Value::None)),
        ("duration?", Value::Int(30), Some(Value::Duration(30))),
        ("text(1..3)", text("long"), None),
        ("text", Value::Secret("pw".into()), None),
        ("any", Value::Secret("pw".into()), None),
        ("client", Value::Client("ann".into()), Some(Value::Client("ann".into()))),
        ("client", text(""), None),
        ("number(0..9)", Value::Int(9), Some(Value::Int(9))),
        ("int", Value::Number(1.0), None),
    ];
    for (written, value, taken) in cases {
        assert_eq!(ty(written).take(&value), taken, "{value:?} as `{written}`");
    }
}

/// `docs/language.md`, "Types and patterns".
#[test]
fn a_type_accepts_what_may_stand_in_its_place() {
    let yes = [
        ("number", "int"),
        ("number(0..9)", "int(1..9)"),
        ("text", "\"a\" | \"b\""),
        ("int(1..9)", "3 | 4"),
        ("bool", "true"),
        ("true | false", "bool"),
        ("duration", "30s"),
        ("text(0..9)", "text(1..8)"),
        ("text?", "text"),
        ("text?", "text(1..3)?"),
        ("any", "{ a: int? }"),
        ("any", "any"),
        ("text", "client"),
        ("client", "text"),
        ("client", "\"ann\""),
        ("list(number)", "list(int)"),
        ("{ a: number }", "{ a: int, b: text }"),
        ("{ a: text? }", "{ a: text }"),
        ("{ p: secret }", "{ p: secret, q: any }"),
    ];
    let no = [
        ("int", "number"),
        ("int(1..9)", "int"),
        ("number(0..1)", "int"),
        ("text(1..64)", "client"),
        ("client", "\"\""),
        ("\"a\"", "\"a\" | \"b\""),
        ("\"a\"", "text"),
        ("text", "text?"),
        ("text", "any"),
        ("any", "secret"),
        ("any", "{ a: { b: secret } }"),
        ("any?", "list(secret)"),
        ("secret", "text"),
        ("text", "secret"),
        ("{ q: any }", "{ p: secret, q: any }"),
        ("{ a: text? }", "{ b: int }"),
        ("room", "text"),
        ("time", "duration"),
        ("int(1..9)", "0"),
    ];
    for (wanted, given) in yes {
        assert!(ty(wanted).accepts(&ty(given)), "`{given}` may stand where `{wanted}` is wanted");
    }
    for (wanted, given) in no {
        assert!(!ty(wanted).accepts(&ty(given)), "`{given}` may not stand where `{wanted}` is wanted");
    }
}

/// What one type accepts of another's values it admits.
#[test]
fn accepting_a_type_is_admitting_its_values() {
    let written = [
        "text",
        "text(1..3)",
        "int",
        "int(1..9)",
        "number",
        "bool",
        "true",
        "client",
        "\"a\" | 3",
        "any",
        "text?",
        "{ a: int }",
        "{ a: int? }",
        "list(int)",
        "duration",
        "5s",
    ];
    let values = [
        "\"\"",
        "\"a\"",
        "\"abcd\"",
        "3",
        "12",
        "1.5",
        "true",
        "false",
        "null",
        "{}",
        "{\"a\":1}",
        "{\"a\":null}",
        "[]",
        "[1]",
        "5000",
    ];
    for (wanted, given) in written.iter().flat_map(|wanted| written.iter().map(move |given| (ty(wanted), ty(given)))) {
        let values = values.iter().filter_map(|json| given.read(json));
        // A text may be no client's id; that is found out when it is used.
        if wanted.accepts(&given) && !(wanted == Type::Client && matches!(given, Type::Text { .. })) {
            values.for_each(|value| {
                assert!(wanted.admits(&value), "`{wanted}` accepts `{given}`, so it admits {value:?}")
            });
        }
    }
}

#[test]
fn types_are_shown_as_they_are_written() {
    let written = [
        "text",
        "text(1..)",
        "text(..64)",
        "int(1..999)",
        "number(0..1.5)",
        "\"a\" | 7 | true | 1.5 | 30s",
        "list(text(1..9))",
        "{ a: int, b: { c: client? } }",
        "duration",
        "time",
        "room",
        "group",
        "secret",
        "\"a\" | 7?",
        "any",
        "\"a\" | \"b\"?",
        "bool",
        "90s | 2m | 250ms | 24h | 30d",
        "{}",
    ];
    for written in written {
        let shown = ty(written).to_string();
        assert_eq!(ty(&shown), ty(written), "`{shown}`");
        assert_eq!(shown.replace("1d", "24h"), written);
    }
    assert_eq!(Literal::Text("say \"when\"".into()).to_string(), r#""say \"when\"""#);
}
