//! Whatever is written, parsing ends, does not panic, and points into the text.

use super::{parse, render, shipped};
use proptest::prelude::*;
use windlass::syntax::{FINDINGS_MAX, PARSE_DEPTH_MAX, Parsed, SOURCE_BYTES_MAX};

/// What a thread of a small machine has; debug frames are large.
const SMALL_STACK_BYTES: usize = 512 * 1024;

/// Parses, and looks at every place that the tree and the findings name.
fn parse_checked(text: &str) -> Parsed {
    let (_, parsed) = parse("fuzz.room", text);
    check_places(text, &parsed);
    parsed
}

fn check_places(text: &str, parsed: &Parsed) {
    for (start, end) in spans(&format!("{:?}{:?}", parsed.file, parsed.diagnostics)) {
        assert!(start <= end, "{start}..{end} runs backwards in {text:?}");
        assert!(text.get(start..end).is_some(), "{start}..{end} is no place in {text:?}");
    }
    assert!(parsed.diagnostics.len() <= 2 * FINDINGS_MAX);
}

/// Every `Span { … start: 3, end: 7 }` in a debug rendering. Texts are quoted there, so none of them can look like one.
fn spans(debug: &str) -> Vec<(usize, usize)> {
    let number = |from: &str| from.split(|letter: char| !letter.is_ascii_digit()).next().and_then(|n| n.parse().ok());
    let places = debug.split("Span { source: SourceId(0), start: ").skip(1);
    places.filter_map(|place| Some((number(place)?, number(place.split_once("end: ")?.1)?))).collect()
}

/// The same on a small stack, where the tree is also copied and dropped.
fn parse_on_small_stack(text: &str) -> Parsed {
    let owned = text.to_string();
    let parse = move || {
        let (_, parsed) = parse("fuzz.room", &owned);
        drop(parsed.clone());
        parsed
    };
    let thread = std::thread::Builder::new().stack_size(SMALL_STACK_BYTES).spawn(parse).expect("a thread");
    let parsed = thread.join().expect("no panic on a small stack");
    check_places(text, &parsed);
    parsed
}

/// Words, signs and blanks of a text, so that mutations move whole tokens.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for letter in text.chars() {
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        match pieces.last_mut() {
            Some(last) if is_word(letter) && last.ends_with(is_word) => last.push(letter),
            _ => pieces.push(letter.to_string()),
        }
    }
    pieces
}

const TOKENS: [&str; 40] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "->",
    ",",
    ":",
    ".",
    "..",
    "=",
    "==",
    "|",
    "?",
    "_",
    "//",
    "\n",
    "room",
    "lock",
    "state",
    "on",
    "when",
    "else",
    "after",
    "match",
    "lock one of",
    "say",
    "tell",
    "30s",
    "12",
    "-1.5",
    "name",
    "not",
    "or",
    "#",
    "'",
    ";",
    "é",
];

#[derive(Clone, Debug)]
enum Mutation {
    Delete(usize),
    Duplicate(usize),
    Swap(usize, usize),
    Insert(usize, usize),
    Cut(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = 0..4096_usize;
    prop_oneof![
        at.clone().prop_map(Mutation::Delete),
        at.clone().prop_map(Mutation::Duplicate),
        (at.clone(), at.clone()).prop_map(|(a, b)| Mutation::Swap(a, b)),
        (at.clone(), 0..TOKENS.len()).prop_map(|(at, token)| Mutation::Insert(at, token)),
        at.prop_map(Mutation::Cut),
    ]
}

fn mutated(text: &str, mutations: &[Mutation]) -> String {
    let mut pieces = pieces(text);
    for mutation in mutations {
        let count = pieces.len().max(1);
        match mutation {
            _ if pieces.is_empty() => {}
            Mutation::Delete(at) => drop(pieces.remove(at % count)),
            Mutation::Duplicate(at) => pieces.insert(at % count, pieces[at % count].clone()),
            Mutation::Swap(a, b) => pieces.swap(a % count, b % count),
            Mutation::Insert(at, token) => pieces.insert(at % count, format!(" {} ", TOKENS[*token])),
            // rarely near the beginning, so that most of the text stays
            Mutation::Cut(at) => pieces.truncate(count - (at % count) / 8),
        }
    }
    pieces.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC{0,300}") {
        parse_checked(&text);
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        parse_checked(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_row_of_tokens(row in proptest::collection::vec(0..TOKENS.len(), 0..120)) {
        let words: Vec<&str> = row.into_iter().map(|at| TOKENS[at]).collect();
        parse_checked(&words.join(" "));
        parse_checked(&format!("room x public {{\n{}\n}}\nroom y public {{}}", words.join(" ")));
    }

    #[test]
    fn mutated_rules(which in 0..64_usize, mutations in proptest::collection::vec(mutation(), 1..6)) {
        let files = shipped();
        let (_, text) = &files[which % files.len()];
        parse_checked(&mutated(text, &mutations));
    }

    #[test]
    fn blanks_and_comments_mean_nothing(which in 0..64_usize, blanks in proptest::collection::vec(0..6_usize, 1..40)) {
        let files = shipped();
        let (_, text) = &files[which % files.len()];
        // documentation belongs to what follows it, and what is in a text counts
        let plain: String = text.lines().map(|line| format!("{}\n", without_comment(line))).collect();
        let spread = spread(&plain, &blanks);
        let (expected, found) = (parse_checked(&plain), parse_checked(&spread));
        prop_assert!(found.diagnostics.is_empty(), "{:?}\n{spread}", found.diagnostics);
        prop_assert_eq!(render::file(&expected.file), render::file(&found.file));
    }
}

fn without_comment(line: &str) -> &str {
    let mut in_text = false;
    let bytes = line.as_bytes();
    for at in 0..bytes.len() {
        match bytes[at] {
            b'"' if at == 0 || bytes[at - 1] != b'\\' => in_text = !in_text,
            b'/' if !in_text && bytes.get(at + 1) == Some(&b'/') => return &line[..at],
            _ => {}
        }
    }
    line
}

/// The text with other blanks and comments in the place of its blanks.
fn spread(text: &str, blanks: &[usize]) -> String {
    const BLANKS: [&str; 6] = [" ", "\n", "\t \r\n ", " // a comment { \" }\n", "\n\n    ", " //\n//!x\n"];
    let mut blanks = blanks.iter().cycle();
    let (mut in_text, mut last) = (false, ' ');
    let mut out = String::new();
    for letter in text.chars() {
        if letter == '"' && last != '\\' {
            in_text = !in_text;
        }
        let is_blank = letter.is_ascii_whitespace() && !in_text;
        if !is_blank {
            out.push(letter);
        } else if !last.is_ascii_whitespace() {
            out.push_str(BLANKS[blanks.next().copied().unwrap_or(0)]);
        }
        last = letter;
    }
    out
}

#[test]
fn brackets_nest_as_deep_as_they_may() {
    let shapes: [(&str, &str, &str); 8] = [
        ("let a = ", "(", ")"),
        ("let a = ", "[", "]"),
        ("let a = ", "{ a: ", "}"),
        ("let a = ", "f(", ")"),
        ("let a = ", "x + (", ")"),
        ("shape a ", "list(", ")"),
        ("shape a ", "{ a: ", "}?"),
        ("room a public ", "{ state b ", "}"),
    ];
    for (head, open, close) in shapes {
        let innermost = if open.contains("state") {
            "{}"
        } else if head.starts_with("let") {
            "x"
        } else {
            "text"
        };
        let nest = |depth: usize| format!("{head}{}{innermost}{}", open.repeat(depth), close.repeat(depth));
        let deepest = PARSE_DEPTH_MAX - if open.contains("state") { 1 } else { 0 };
        let parsed = parse_on_small_stack(&nest(deepest));
        assert!(parsed.diagnostics.is_empty(), "{open}: {:?}", parsed.diagnostics);
        assert_eq!(parsed.file.items.len(), 1, "{open}");
        drop(parsed.file.clone());
        for depth in [deepest + 1, 1000, 50_000] {
            let parsed = parse_on_small_stack(&nest(depth));
            assert_eq!(parsed.diagnostics.len(), 1, "{open}");
            assert!(parsed.diagnostics[0].message.contains("64 deep"), "{}", parsed.diagnostics[0].message);
        }
    }
}

#[test]
fn unclosed_and_crossed_brackets_end() {
    for piece in
        ["{", "}", "(", ")", "[", "]", "( ]", "{ )", "[ }", "{ room x ", "\n{\nroom x {\n", "state x {\n", "}\n"]
    {
        for count in [1, 30, 63, 64, 65, 1000, 5_000] {
            parse_on_small_stack(&piece.repeat(count));
            parse_on_small_stack(&format!("room x public {{\n{}", piece.repeat(count)));
        }
    }
}

#[test]
fn long_chains_end() {
    for piece in
        ["x + ", "x or ", "not ", "x and not ", "x == ", "x.", "x in ", "- ", "!", "x?", ", ", "\"a\" | ", "-> "]
    {
        for count in [63, 64, 65, 5_000] {
            let chain = format!("{}x", piece.repeat(count));
            parse_on_small_stack(&format!("let a = {chain}"));
            parse_on_small_stack(&format!("shape a {chain}"));
            parse_on_small_stack(&format!("room a {{ on {chain} as m when {chain} -> {chain} }}"));
            parse_on_small_stack(&chain);
        }
    }
}

#[test]
fn many_faults_are_not_all_told() {
    for piece in [
        "capacity x\n",
        "'a' ",
        "# \n",
        "/*\n",
        "„",
        "“\n",
        "; ",
        "\"\n",
        "\"\\\" ",
        "é ",
        "\0",
        "&& ",
        "state 1 { x y\n }\n",
    ] {
        let text = format!("room a public {{\n{}\n}}", piece.repeat(3_000));
        let parsed = parse_on_small_stack(&text);
        assert!(!parsed.diagnostics.is_empty(), "{piece:?}");
        assert!(parsed.diagnostics.len() <= 2 * FINDINGS_MAX, "{piece:?}");
    }
}

#[test]
fn a_file_has_an_end() {
    let line = "// a comment\n";
    let most = format!("entry lobby\n{}", line.repeat(SOURCE_BYTES_MAX / line.len()));
    let most = &most[..SOURCE_BYTES_MAX];
    assert!(parse_on_small_stack(most).diagnostics.is_empty());
    let parsed = parse_on_small_stack(&format!("{most}\n"));
    assert!(parsed.file.items.is_empty());
    assert!(parsed.diagnostics[0].message.contains("1048576 bytes"), "{}", parsed.diagnostics[0].message);
}

#[test]
fn an_unknown_source_is_an_empty_file() {
    let mut elsewhere = windlass::diagnostic::SourceMap::default();
    let id = elsewhere.add("a.room", "entry lobby");
    let parsed = windlass::syntax::parse_file(&windlass::diagnostic::SourceMap::default(), id);
    assert!(parsed.file.items.is_empty() && parsed.diagnostics.is_empty());
}

#[test]
fn brackets_that_stay_open_are_counted_too() {
    // each is crossed by the next, so none is ever closed, yet two never wait at once if one is matched with the next
    let text = "( ]".repeat(PARSE_DEPTH_MAX);
    assert!(!parse_on_small_stack(&text).diagnostics.iter().any(|finding| finding.message.contains("64 deep")));
    let parsed = parse_on_small_stack(&format!("{text}("));
    assert!(parsed.diagnostics.iter().any(|finding| finding.message.contains("64 deep")), "{:?}", parsed.diagnostics);
    assert!(parsed.file.items.is_empty());
}
