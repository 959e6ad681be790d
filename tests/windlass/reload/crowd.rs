//! Everybody in one room, and rules that ask other things of all who are there.

use super::acts::{Act, SOCKETS};
use super::house::Ruleset;

const RULES: &str = r#"
entry lobby
client { seen: bool = false }
group audit { client "log" }
group news in audit
room lobby public { doors hall }
room hall {
    requires pin("x")
    receives news
    doors den
    offers badge
    on { b: 1 } as m { tell everyone m }
    on { text: text } as m { post m }
}
room den {
    requires one of pin("x"), badge
    requires seal
    posts to members, news
    on { text: text } as m { post m  tell hall m }
}
lock pin(p: text) gives bool held 10m {
    after 60s -> fail "too slow"
    on { b: 1 } -> resolve true
    on { b: 2 } -> resolve p == "x"
}
lock badge gives bool {
    after 30s -> fail "too slow"
    state first {
        lock mark
        resolved _ -> second
        failed why -> fail why
    }
    state second { on { c: bool } -> resolve true }
}
lock mark gives bool {
    after 2m -> fail "too slow"
    on { b: 1 } -> resolve true
}
lock seal gives bool {
    attempts 3
    on reload restart
    after 60s -> fail "late"
    state waiting {
        on { a: "a" } -> retry waiting
        on { a: "ada" } -> resolve true
    }
}
"#;

/// What is changed in the hall, and so for everybody in it; or in locks that some are in the middle of.
const CHANGES: [&[(&str, &str)]; 7] = [
    &[],
    &[("after 30s", "after 40s")],
    &[("after 60s -> fail \"late\"", "after 90s -> fail \"late\"")],
    // Whoever holds the pin goes on, but each has to be looked at.
    &[("requires pin(\"x\")\n    receives", "requires one of pin(\"x\"), badge\n    receives")],
    &[("requires pin(\"x\")\n    receives", "requires one of badge, pin(\"x\")\n    presence\n    receives")],
    &[("requires pin(\"x\")\n    receives", "requires badge requires pin(\"x\")\n    presence\n    receives")],
    &[("    posts to members, news\n", ""), ("receives news\n", "posts to members, news\n")],
];

pub fn rulesets() -> Vec<Ruleset> {
    let changed = |changes: &&[(&str, &str)]| {
        let text = changes.iter().fold(RULES.to_owned(), |text, (from, to)| text.replace(from, to));
        Ruleset::read(&text).unwrap_or_else(|| panic!("these are no rules:\n{text}"))
    };
    CHANGES.iter().map(changed).collect()
}

/// Everybody comes into the hall; then one gets a badge, one is in the middle of that, and the others try the seal of the den in vain.
pub fn gathers() -> Vec<Act> {
    let of = |who: u128| {
        let then: &[&str] = match who {
            2 => &[r#"{"to":"lock:badge"}"#, r#"{"b":1}"#, r#"{"c":true}"#],
            4 => &[r#"{"to":"lock:badge"}"#],
            _ => &[r#"{"to":"room:den"}"#, r#"{"a":"a"}"#],
        };
        let said = [r#"{"to":"room:hall"}"#, r#"{"b":1}"#].into_iter().chain(then.iter().copied());
        [Act::Connect(who)].into_iter().chain(said.map(move |frame| Act::Say(who, frame.to_owned())))
    };
    (1..=SOCKETS).flat_map(of).collect()
}
