//! Settings: where they come from, what is wrong with them, and that the page lists each one.

use crate::fixtures;
use serde_json::Value;
use std::path::Path;
use windlass::server::config::{Config, Count, Overrides, Span, load, reference, table};

fn load_text(yaml: &str) -> Result<Config, String> {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("windlass.yaml"), yaml).expect("a file");
    std::fs::create_dir(directory.path().join("keys")).expect("a directory");
    let loaded = load(directory.path(), None, Overrides::default());
    loaded.map_err(|error| error.to_string().replace(&*directory.path().to_string_lossy(), "DIR"))
}

/// Each case of `tests/fixtures/server/config.txt` is a file; what it comes to stands in `config.expected`.
#[test]
fn files_and_what_is_wrong_with_them() {
    let path = fixtures::root().join("tests/fixtures/server/config.txt");
    let text = std::fs::read_to_string(&path).expect("the cases");
    let mut report = String::new();
    for case in text.split("----\n") {
        let outcome = match load_text(case) {
            Ok(config) => changed(&config),
            Err(why) => format!("{why}\n"),
        };
        report.push_str(&format!("{case}=> {outcome}\n"));
    }
    fixtures::expect_beside(&path, &report);
}

/// The settings that are not at their defaults.
fn changed(config: &Config) -> String {
    let defaults = settings(&Config::default());
    let lines = settings(config).into_iter().filter(|setting| !defaults.contains(setting));
    let lines: Vec<String> =
        lines.filter(|(_, value)| !value.contains('/')).map(|(name, value)| format!("{name} = {value}\n")).collect();
    if lines.is_empty() { "the defaults\n".into() } else { lines.concat() }
}

/// Every setting with its value, by the name with dots.
fn settings(config: &Config) -> Vec<(String, String)> {
    let mut settings = Vec::new();
    flatten("", &serde_json::to_value(config).expect("settings as JSON"), &mut settings);
    settings
}

fn flatten(name: &str, value: &Value, settings: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (field, value) in fields {
                let dot = if name.is_empty() { "" } else { "." };
                flatten(&format!("{name}{dot}{field}"), value, settings);
            }
        }
        Value::String(text) => settings.push((name.into(), text.clone())),
        other => settings.push((name.into(), other.to_string())),
    }
}

/// The page's table is the one that is made from the settings; `UPDATE_EXPECT=1` writes it.
#[test]
fn the_page_has_the_table_of_the_settings() {
    let path = fixtures::root().join("docs/configuration.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once("| setting |").expect("the table");
    let (_, after) = rest.split_once("\n\n").expect("its end");
    let now = format!("{before}{}\n{after}", table());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &now).expect("the page");
    } else {
        assert_eq!(page, now, "run `UPDATE_EXPECT=1 cargo test the_page_has_the_table_of_the_settings`");
    }
}

/// Nothing can be set that is not described.
#[test]
fn every_setting_is_described() {
    let described: Vec<String> = reference().into_iter().map(|setting| setting.name).collect();
    let known: Vec<String> = settings(&Config::default()).into_iter().map(|(name, _)| name).collect();
    for name in &known {
        assert!(described.contains(name), "`{name}` is not described");
    }
    assert_eq!(described.len(), known.len());
    assert!(reference().iter().all(|setting| setting.words.ends_with('.') && setting.words.len() > 10));
}

#[test]
fn the_page_states_the_bounds() {
    let page = std::fs::read_to_string(fixtures::root().join("docs/configuration.md")).expect("the page");
    for line in page.lines().filter(|line| line.starts_with("| `") && line.contains(" to ")) {
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let (least, most) = cells[3].split_once(" to ").expect("bounds");
        for bound in [least, most] {
            let yaml = cells[1].rsplit('.').fold(bound.to_owned(), |inner, name| format!("{{ {name}: {inner} }}"));
            let outcome = load_text(&yaml);
            let fits = outcome.as_ref().map_or_else(|why| why.contains("less than one message"), |_| true);
            assert!(fits, "{yaml}: {outcome:?}");
        }
        let number: u64 = most.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a number");
        let beyond = most.replace(&number.to_string(), &(number + 1).to_string());
        let yaml = cells[1].rsplit('.').fold(beyond, |inner, name| format!("{{ {name}: {inner} }}"));
        let why = load_text(&yaml).expect_err(&yaml);
        assert!(why.contains(&format!("is not between {least} and {most}")), "{yaml}: {why}");
    }
}

#[test]
fn flags_go_before_the_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("other.yaml");
    std::fs::write(&file, "listen: 127.0.0.1:1\nlog: debug\nshards: 3\n").expect("a file");
    let overrides =
        || Overrides { listen: "127.0.0.1:2".parse().ok(), log: Some("warn".into()), ..Overrides::default() };
    let config = load(directory.path(), Some(&file), overrides()).expect("good settings");
    assert_eq!((config.listen.to_string(), config.log, config.shards.get()), ("127.0.0.1:2".into(), "warn".into(), 3));
    let config = load(directory.path(), None, overrides()).expect("no file is needed");
    assert_eq!((config.listen.to_string(), config.shards.get()), ("127.0.0.1:2".into(), 0));
    assert!(load(directory.path(), Some(Path::new("/nowhere/windlass.yaml")), overrides()).is_err());
}

#[test]
fn any_setting_can_be_set_over_the_file() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(directory.path().join("keys")).expect("a directory");
    let file = directory.path().join("windlass.yaml");
    std::fs::write(&file, "message: { bytes: 8KiB, depth: 7 }\n").expect("a file");
    let set = |settings: &[&str]| {
        let set = settings.iter().map(|setting| setting.parse().expect("a name and a value")).collect();
        load(directory.path(), None, Overrides { set, ..Overrides::default() })
    };
    let config =
        set(&["message.bytes=16KiB", "checks.code.codes={ ada: a=b }", "checks.totp.secrets=keys"]).expect("good");
    assert_eq!((config.message.bytes.to_string(), config.message.depth.get()), ("16KiB".into(), 7));
    assert_eq!(config.checks.totp.secrets.as_deref(), Some(&*directory.path().join("keys")));
    for (setting, why) in [
        ("message.bytes=7", "the setting `message.bytes`: `7` is not a size"),
        ("mesage.bytes=7KiB", "did you mean `message`?"),
        ("message=7", "the setting `message`"),
    ] {
        let error = set(&[setting]).expect_err(setting).to_string();
        assert!(error.contains(why), "{setting}: {error}");
    }
    assert!("message.bytes".parse::<windlass::server::config::Assignment>().is_err());
}

#[test]
fn beyond_loopback_only_if_it_is_said() {
    let listen = |address: &str, said: bool| {
        let overrides = Overrides {
            listen: address.parse().ok(),
            listen_beyond_loopback: said.then_some(()),
            ..Overrides::default()
        };
        load(Path::new("."), None, overrides).is_ok()
    };
    for (address, alone) in [
        ("127.0.0.1:1", true),
        ("127.9.9.9:1", true),
        ("[::1]:1", true),
        ("0.0.0.0:1", false),
        ("[::]:1", false),
        ("10.0.0.1:1", false),
    ] {
        assert_eq!(listen(address, false), alone, "{address}");
        assert!(listen(address, true), "{address}");
    }
}

#[test]
fn paths_count_from_their_file() {
    let rules = tempfile::tempdir().expect("a directory");
    let etc = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(etc.path().join("keys")).expect("a directory");
    let file = etc.path().join("w.yaml");
    std::fs::write(&file, "checks: { ssh_signature: { authorized_keys: keys } }\n").expect("a file");
    let config = load(rules.path(), Some(&file), Overrides::default()).expect("good settings");
    assert_eq!(config.checks.ssh_signature.authorized_keys, Some(etc.path().join("keys")));
    assert_eq!(config.checks.totp.secrets, Some(rules.path().join("totp")));
}

#[test]
fn secrets_are_not_shown() {
    let config = load_text("checks: { code: { codes: { door: \"open sesame\" } } }").expect("good settings");
    let shown = format!("{config:?} {}", serde_json::to_string(&config).expect("JSON"));
    assert!(!shown.contains("sesame"), "{shown}");
    let why = load_text("checks: { code: { codes: { door: [open sesame] } } }").expect_err("a list is no code");
    assert!(!why.contains("sesame"), "{why}");
}

#[test]
fn the_page_names_what_needs_a_restart() {
    let page = std::fs::read_to_string(fixtures::root().join("docs/configuration.md")).expect("the page");
    let (_, named) = page.split_once("These need a restart").expect("the paragraph");
    let (named, _) = named.split_once("\n\n").expect("its end");
    let (_, named) = named.split_once("is named:").expect("the names");
    let named: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
    assert_eq!(named, windlass::server::config::NEEDS_RESTART);
    let settings = settings(&Config::default());
    for name in named {
        assert!(settings.iter().any(|(known, _)| known == name), "`{name}` is no setting");
    }
}

#[test]
fn what_needs_a_restart_is_told_by_name() {
    let before = Config::default();
    let mut after = before.clone();
    (after.shards, after.stop.deadline, after.rate.socket) = (Count::of(3), Span::of(1000), Count::of(7));
    assert_eq!(before.needs_restart_for(&after), ["shards", "stop.deadline"]);
    assert!(before.needs_restart_for(&before).is_empty());
}

#[test]
fn a_token_is_known_by_its_hash_alone() {
    let hash = windlass::server::config::TokenHash::of("sesame").hex();
    let yaml = |hash: &str, scopes: &str| {
        load_text(&format!("api: {{ tokens: {{ ops: {{ sha256: {hash}, scopes: {scopes} }} }} }}"))
    };
    let config = yaml(&hash, "[read, reload]").expect("good settings");
    let shown = format!("{config:?} {}", serde_json::to_string(&config).expect("JSON"));
    assert!(!shown.contains(&hash), "{shown}");
    for (hash, scopes) in
        [("abc", "[read]"), (&*hash.replace('a', "g"), "[read]"), (&hash, "[write]"), (&hash[1..], "[read]")]
    {
        assert!(yaml(hash, scopes).is_err(), "{hash} {scopes}");
    }
}
