//! What clients may send: `tests/fixtures/envelope` says what becomes of each frame; nothing makes it panic,
//! take long, or lose a byte.

use crate::fixtures;
use proptest::prelude::*;
use std::fs;
use windlass::envelope::{Address, Limits, Request, codes, decode};
use windlass::value::Indexed;

#[test]
fn every_frame_is_read_or_refused_as_written_down() {
    for case in fixtures::files("envelope", "txt") {
        let frames = fs::read_to_string(&case).expect("a readable fixture");
        let lines = frames.lines().map(|frame| {
            if frame.starts_with("//") { format!("{frame}\n") } else { format!("{frame}\n    {}\n", tell(frame)) }
        });
        fixtures::expect_beside(&case, &lines.collect::<String>());
    }
}

fn tell(frame: &str) -> String {
    match decode(frame, &Limits::default()) {
        Ok(envelope) => format!("{:?} {:?}", envelope.id, envelope.request),
        Err(refusal) => format!("{} {:?}: {}", refusal.code, refusal.id, refusal.message),
    }
}

/// What a frame is refused with, where only its size or shape matters.
fn code(frame: &str) -> &'static str {
    let limits = Limits { bytes_max: 1 << 27, ..Limits::default() };
    decode(frame, &limits).err().map_or("read", |refusal| refusal.code)
}

#[test]
fn giants_are_refused_before_anything_is_built_of_them() {
    assert_eq!(code(&"[".repeat(100_000)), codes::TOO_DEEP);
    assert_eq!(code(&"{\"a\":".repeat(100_000)), codes::TOO_DEEP);
    assert_eq!(code(&format!("{{\"a\":{}1{}}}", "[".repeat(31), "]".repeat(31))), "read");
    assert_eq!(code(&format!("{{\"a\":{}1{}}}", "[".repeat(32), "]".repeat(32))), codes::TOO_DEEP);
    let keys = |count: usize| (0..count).map(|key| format!("\"k{key}\":1")).collect::<Vec<_>>().join(",");
    assert_eq!(code(&format!("{{{}}}", keys(1_000_000))), codes::TOO_MANY_KEYS);
    assert_eq!(code(&format!("{{{}}}", keys(4_096))), "read");
    assert_eq!(code(&format!("{{{}}}", keys(4_097))), codes::TOO_MANY_KEYS);
    assert_eq!(code(&format!("{{\"a\":{}}}", "1".repeat(1_000_000))), "read");
    assert_eq!(code(&format!("{{\"id\":{}}}", "1".repeat(1_000_000))), codes::BAD_ID);
    assert_eq!(code(&format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 26))), "read");
    let limits = Limits::default();
    let frame = format!("{{\"a\":\"{}\"}}", "x".repeat(limits.bytes_max));
    assert_eq!(decode(&frame, &limits).err().map(|refusal| refusal.code), Some(codes::TOO_LARGE));
}

#[test]
fn an_id_is_as_long_as_it_may_be() {
    let with_id = |bytes: usize| code(&format!("{{\"id\":\"{}\"}}", "i".repeat(bytes)));
    assert_eq!((with_id(64), with_id(65)), ("read", codes::BAD_ID));
}

#[test]
fn every_code_of_frames_is_met_in_the_fixtures_or_here() {
    let told = fs::read_to_string(fixtures::root().join("tests/fixtures/envelope/frames.expected")).expect("blessed");
    let elsewhere = [codes::TOO_LARGE, codes::TOO_DEEP, codes::TOO_MANY_KEYS];
    for code in codes::OF_FRAMES {
        assert!(elsewhere.contains(&code) || told.contains(&format!("    {code} ")), "{code}");
    }
}

/// Any JSON value, a few levels deep, written with needless blanks.
pub fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_string()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        "-?[1-9][0-9]{0,30}(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?",
        any_text(),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[ {} ]", items.join(" ,\t"))),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..4).prop_map(|fields| {
                let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\" : {value}")).collect();
                format!("{{ {} }}", fields.join(" , "))
            }),
        ]
    })
}

/// Whether each field is found where it stands, and none that is not there.
fn finds_its_fields(content: &Indexed) -> bool {
    let mut are_found = content.field("nobody's name").is_none();
    content.json().each_field(|name, value| are_found &= content.field(name) == Some(value));
    are_found
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).expect("a text")),
        "\"(\\\\u00[0-9a-f]{2}|\\\\[\"\\\\/bfnrt]|[a-z ]|[\\u{e4}-\\u{fc}]){0,8}\"",
    ]
}

/// Fields of an object: names that are no reserved keys, and such that look like the server's own.
pub fn any_fields() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![
        "[a-z]{5,7}",
        Just("from".to_string()),
        Just("message".to_string()),
        Just("seq".to_string()),
        Just("room".to_string()),
        Just("direct".to_string()),
        Just("at".to_string()),
        Just("__proto__".to_string()),
        Just("TO".to_string()),
        Just("Id".to_string()),
        Just("\\u0066rom".to_string()),
    ];
    let fields = prop::collection::vec((name, any_json()), 0..8);
    fields.prop_map(|fields| {
        let mut seen = std::collections::BTreeSet::new();
        let read = |name: &str| name.replace("\\u0066", "f");
        fields
            .into_iter()
            .filter(|(name, _)| !["cancel", "leave", "resume"].contains(&&**name))
            .filter(|(name, _)| seen.insert(read(name)))
            .collect()
    })
}

pub fn object(fields: &[(String, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = decode(&text, &Limits::default());
    }

    #[test]
    fn no_json_makes_it_panic(text in "[\\[\\]{}:,\"\\\\u0-9a-f .eE+-]{0,60}") {
        let _ = decode(&text, &Limits::default());
    }

    #[test]
    fn content_is_the_frame_where_nothing_is_reserved(fields in any_fields()) {
        let frame = format!("  {} \n", object(&fields));
        let envelope = decode(&frame, &Limits::default()).expect("an object");
        let Request::Message { to, content } = envelope.request else { panic!("a message") };
        prop_assert_eq!(to, None);
        prop_assert_eq!(content.json().as_str(), frame.trim());
        prop_assert!(finds_its_fields(&content));
    }

    #[test]
    fn reserved_keys_are_taken_out_and_nothing_else(fields in any_fields(), at in 0_usize..8, id in any::<u32>()) {
        let mut with_reserved = fields.clone();
        with_reserved.insert(at.min(fields.len()), ("to".into(), "\"room:hall\"".into()));
        with_reserved.insert((at / 2).min(fields.len()), ("id".into(), id.to_string()));
        let envelope = decode(&object(&with_reserved), &Limits::default()).expect("an object");
        prop_assert_eq!(envelope.id.map(|id| id.as_str().to_string()), Some(id.to_string()));
        let Request::Message { to, content } = envelope.request else { panic!("a message") };
        prop_assert_eq!(to, Some(Address::Room("hall".into())));
        prop_assert_eq!(content.json().as_str(), object(&fields));
        prop_assert!(finds_its_fields(&content));
    }

    #[test]
    fn a_key_twice_is_refused_wherever_it_is(json in any_json(), depth in 0_usize..5) {
        let twice = format!("{{\"k\":{json},\"\\u006b\":1}}");
        let frame = format!("{{\"a\":{}{twice}{}}}", "[".repeat(depth), "]".repeat(depth));
        prop_assert_eq!(decode(&frame, &Limits::default()).err().map(|refusal| refusal.code), Some(codes::DUPLICATE_KEY));
    }
}
