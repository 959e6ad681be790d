//! Mistakes that are known from other systems, and that the language leaves no room for.

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Absent {
    /// What goes wrong elsewhere.
    pub mistake: &'static str,
    /// Why it does not here.
    pub because: &'static str,
    /// A whole ruleset that tries, where there is a way to try; it is refused.
    pub tried: Option<&'static str>,
}

/// All that are known.
pub const ABSENT: &[Absent] = &[
    Absent {
        mistake: "rules of another version of the language, read as if they were of this one",
        because: "there is one version, and a file names none: a header for it is no item, and a word that a later version adds is none here ([R0001](#r0001-syntax))",
        tried: Some("language 2\nentry lobby\nroom lobby public { after 2m -> drop \"gone\" }\n"),
    },
    Absent {
        mistake: "a restart that skips an obligation",
        because: "there is none but arrows. An arrow back is an edge that [R0301](#r0301-access-proof) walks like any other; a frame that is wound again, and a room that is moved to, begin at the beginning",
        tried: Some("entry lobby\nroom lobby public { after 2m -> drop \"gone\" on { again: true } -> restart }\n"),
    },
    Absent {
        mistake: "a one-time token that is used twice",
        because: "a `nonce()` is a frame's own, made in a `let` and nowhere else, and one check may use it once; another fails. A key cannot be handed to another socket",
        tried: Some("entry lobby\nroom lobby public { after 2m -> drop \"gone\" on _ { say { token: nonce() } } }\n"),
    },
    Absent {
        mistake: "a proof that is read in another flow than it was made in",
        because: "values live in a frame or a state and die with it. What outlives them is a key, which only a room that requires it can read, and an attribute, for which there is `prove set … behind`",
        tried: Some(
            "entry lobby\nroom lobby public { after 2m -> drop \"gone\" on _ { say { proved: proof } } offers terms }\nlock terms gives bool { let proof = true after 30s -> fail \"late\" on _ -> resolve proof }\n",
        ),
    },
    Absent {
        mistake: "a timer that is set and never handled, or the reverse",
        because: "a deadline is written with what it leads to, and armed by entering the state",
        tried: Some("entry lobby\nroom lobby public { after 2m }\n"),
    },
    Absent {
        mistake: "a count of attempts that something else sets back",
        because: "attempts die with their frame, and no rule writes them. Going round without spending one is [R0501](#r0501-unbounded-retry)",
        tried: Some(
            "entry lobby\nroom lobby public { after 2m -> drop \"gone\" offers terms }\nlock terms gives bool { attempts 3 after 30s -> fail \"late\" on _ { set attempts = 3 } on { yes: true } -> resolve true }\n",
        ),
    },
    Absent {
        mistake: "two arms that both hold",
        because: "the first one that holds is taken, in the order of the text; one that can never be taken is [R0602](#r0602-shadowed-handler)",
        tried: None,
    },
    Absent {
        mistake: "an event that is declared and that nobody handles",
        because: "events are not declared: a message is what a pattern hears, one that no pattern hears is refused (`no_handler`), and a signal that is sent and not handled is [R0704](#r0704-unused)",
        tried: Some("event join { name: text }\nentry lobby\nroom lobby public { after 2m -> drop \"gone\" }\n"),
    },
    Absent {
        mistake: "a regular expression that is wrong, or takes for ever",
        because: "there are none: a text is bounded by its length, compared, or handed to a check",
        tried: Some(
            "entry lobby\nroom lobby public { after 2m -> drop \"gone\" on { name: text(\"^(a+)+$\") } { say { ok: true } } }\n",
        ),
    },
    Absent {
        mistake: "a list or map that a client makes grow",
        because: "there is none: values of a frame are computed once, those of a state when it is entered, and a text that is joined is cut",
        tried: Some(
            "entry lobby\nroom lobby public { let seen = [\"\"] after 2m -> drop \"gone\" on { name: text } as m { set seen = seen + [m.name] } }\n",
        ),
    },
    Absent {
        mistake: "an overflow, or a division by zero",
        because: "arithmetic stops at the type's end, and nothing is divided",
        tried: Some(
            "entry lobby\nroom lobby public { after 2m -> drop \"gone\" on { n: int } as m { say { half: m.n / 2 } } }\n",
        ),
    },
    Absent {
        mistake: "a capacity, limit or history of nothing",
        because: "it is out of range, [R0706](#r0706-out-of-range)",
        tried: Some("entry lobby\nroom lobby public { capacity 0 after 2m -> drop \"gone\" }\n"),
    },
    Absent {
        mistake: "an exceeded limit, or a stack too deep, that lets in",
        because: "what overruns its budget is undone, and its locks fail",
        tried: None,
    },
];

/// The table of the book.
pub(super) fn table() -> String {
    let lines = ABSENT.iter().map(|absent| format!("| {} | {} |\n", absent.mistake, absent.because));
    std::iter::once("| mistake | cannot be written because |\n|---|---|\n".to_string()).chain(lines).collect()
}
