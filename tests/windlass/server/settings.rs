//! `windlass config`: all that is wrong with settings at once, and all that there are.

use super::serving::directory;
use std::path::Path;
use std::process::{Command, Output};

fn windlass(arguments: &[&str], home: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    let Output { status, stdout, stderr } = command.args(arguments).current_dir(home).output().expect("a process");
    let said = String::from_utf8(stdout).expect("text") + &String::from_utf8(stderr).expect("text");
    (status.code(), said)
}

const RULES: &str = r#"entry lobby
group staff { webhook "kitchen" }
room lobby public { doors hall }
room hall { requires word on { text: text } as m { post m } }
check ticket(word: text) gives bool
lock word gives bool {
    after 1m -> fail "too slow"
    state asked { ask { word: "?" } on { word: text } as a -> checking(a.word) }
    state checking(word: text) { check ticket(word) within 5s passed _ -> resolve true failed why -> fail why }
}
"#;

const WRONG: &str = r#"listen: here
message:
  bytes: 7
  dept: 3
rate: { socket: 0 }
checks:
  totp:
    secrets: nowhere
heartbeat:
  interval: 20
api:
  tokens:
    not a name: { sha256: b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9, scopes: [read] }
tls: { certificate: missing.pem }
outbox: 4KiB
"#;

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let home = directory(&[("lobby.room", RULES), ("windlass.yaml", WRONG)]);
    let (code, said) = windlass(&["config", "check"], home.path());
    let expected = [
        "./windlass.yaml:1:9: `here` is not an address and a port",
        "./windlass.yaml:3:10: `7` is not a size",
        "./windlass.yaml:4:3: there is no setting `dept` here: did you mean `depth`?",
        "./windlass.yaml:5:17: `0` is not between 1 and 1000000",
        "./windlass.yaml:10:13: `20` is not a length of time",
        "`checks.totp.secrets` names `./nowhere`, which is not a directory",
        "`tls` needs both a `certificate` and its `key`",
        "`api.tokens` calls a token `not a name`",
        "`outbox` is 4KiB, less than one message may hold",
        "the check `ticket` is not bound, at ./lobby.room:9:",
    ];
    for fault in expected {
        assert!(said.contains(&format!("error: {fault}")), "{fault}\n{said}");
    }
    assert!(said.contains("warning: ") && said.contains("kitchen"), "{said}");
    assert_eq!((code, said.matches("error: ").count()), (Some(1), expected.len()), "{said}");
    // the first is what the server says, word for word
    let (_, served) = windlass(&["serve", "."], home.path());
    let first = said.lines().next().and_then(|line| line.strip_prefix("error: ")).expect("a line");
    assert_eq!(served.trim_end(), format!("windlass: {first}"));
}

/// Passwords that are soon guessed by whoever comes by their hashes.
#[test]
fn hashes_that_cost_too_little_keep_a_server_from_starting() {
    let lock = RULES.split_once("check ticket").expect("a check").0.to_owned()
        + "lock word gives bool {\n    after 1m -> fail \"too slow\"\n    state asked { on { who: text, word: secret } as a -> checking(a.who, a.word) }\n\
           state checking(who: text, word: secret) { check password(who, word) within 5s passed _ -> resolve true failed why -> fail why }\n}\n";
    for (settings, is_enough) in [
        ("{}", true),
        ("{ memory: 7MiB, passes: 5 }", true),
        ("{ memory: 46MiB, passes: 1 }", true),
        ("{ memory: 7MiB, passes: 4 }", false),
        ("{ memory: 19MiB, passes: 1 }", false),
        ("{ memory: 64KiB, passes: 16 }", false),
    ] {
        let yaml = format!("checks: {{ password: {settings} }}\n");
        let home = directory(&[("lobby.room", &lock), ("windlass.yaml", &yaml)]);
        let (code, said) = windlass(&["config", "check"], home.path());
        assert_eq!(code == Some(0), is_enough, "{settings}: {said}");
        assert!(
            is_enough || said.contains("is not between 7MiB and 256MiB") || said.contains("a hash of so little"),
            "{said}"
        );
    }
}

#[test]
fn good_settings_have_nothing_wrong() {
    let home = directory(&[("lobby.room", "entry lobby\nroom lobby public { on { a: int } { say { b: 1 } } }\n")]);
    assert_eq!(windlass(&["config", "check"], home.path()), (Some(0), "0 errors, 0 warnings\n".to_owned()));
    std::fs::write(home.path().join("other.yaml"), "message: { bytes: 8KiB }\n").expect("a file");
    assert_eq!(windlass(&["config", "check", "--config", "other.yaml"], home.path()).0, Some(0));
    let (code, said) = windlass(&["config", "check", "--config", "missing.yaml"], home.path());
    assert_eq!((code, said.contains("cannot read `missing.yaml`")), (Some(1), true), "{said}");
    assert_eq!(windlass(&["config", "check", "nowhere"], home.path()).0, Some(2));
    std::fs::write(home.path().join("windlass.yaml"), "message: [\n").expect("a file");
    let (code, said) = windlass(&["config", "check"], home.path());
    assert_eq!((code, said.contains("error: ./windlass.yaml:1:")), (Some(1), true), "{said}");
}

#[test]
fn every_setting_can_be_asked_for() {
    let home = directory(&[]);
    let (code, said) = windlass(&["config", "reference"], home.path());
    assert!(code == Some(0) && said.contains("message.bytes = 64KiB    (128B to 64MiB)\n    The longest"), "{said}");
    assert!(said.contains("\nlisten_beyond_loopback = false    (true, false; needs a restart)\n"), "{said}");
    let (_, said) = windlass(&["config", "reference", "--format", "json"], home.path());
    let settings: Vec<serde_json::Value> = serde_json::from_str(&said).expect("JSON");
    assert!(settings.iter().any(|setting| setting["name"] == "api.audit" && setting["default"] == "none"));
}
