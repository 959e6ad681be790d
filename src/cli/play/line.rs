//! What may be typed, and the step of a scene that it stands for.

use crate::scenario::Node;
use crate::value::Json;
use std::path::PathBuf;

/// What is told to somebody who asks.
pub(super) const HELP: &str = "  connect ada                    a socket connects
  ada {\"to\": \"room:hall\"}        it sends a frame; what is no JSON object is sent as it is
  disconnect ada                 its connection breaks
  after 30s                      time passes: ms, s, m, h or d
  passed VALUE, failed WHY       the check that waits longest is answered; `true`, `false` and JSON in quotes or brackets
                                 are what they look like, everything else is a text
  look                           nothing happens; where everybody stands
  save my.scene.yaml             writes what was played as a scene, and plays it
  help, quit
";

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Nothing,
    Help,
    Quit,
    Save(PathBuf),
    /// The fields of steps, as in a scene.
    Steps(Vec<String>),
}

/// Reads a line. `waiting` are the checks that wait, with their sockets, in the order in which they were asked.
pub(super) fn read(line: &str, waiting: &[(String, String)]) -> Result<Line, String> {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    match (word, rest) {
        ("", _) => Ok(Line::Nothing),
        (comment, _) if comment.starts_with('#') => Ok(Line::Nothing),
        ("help", "") => Ok(Line::Help),
        ("quit" | "exit", "") => Ok(Line::Quit),
        ("look", "") => Ok(Line::Steps(vec!["look: ~".to_owned()])),
        ("save", "") => Err("say where, as in `save my.scene.yaml`".to_owned()),
        ("save", file) => Ok(Line::Save(file.into())),
        ("connect" | "disconnect" | "after", "") => Err(format!("say what, as in `{word} {}`", example(word))),
        ("connect" | "disconnect", sockets) => {
            Ok(Line::Steps(sockets.split_whitespace().map(|socket| format!("{word}: {}", name(socket))).collect()))
        }
        ("after", length) => Ok(Line::Steps(vec![format!("after: {}", name(length))])),
        ("passed" | "failed", value) => verdict(word, value, waiting),
        (_, "") => Err(format!("`{word}` alone is nothing that can be done: `help` tells what is")),
        (socket, frame) => Ok(Line::Steps(vec![format!("{}: {}", name(socket), sent(frame))])),
    }
}

fn example(word: &str) -> &'static str {
    if word == "after" { "30s" } else { "ada" }
}

fn verdict(word: &str, value: &str, waiting: &[(String, String)]) -> Result<Line, String> {
    let (socket, check) = waiting.first().ok_or("no check waits for an answer")?;
    let value = match (word, value) {
        ("passed", "") => return Err("say with what it passes, as in `passed true`".to_owned()),
        ("passed", "true" | "false") => value.to_owned(),
        ("passed", json) if json.starts_with(['"', '{', '[']) => {
            let json = Json::parse(json).map_err(|error| format!("this is no JSON: {error}"))?;
            plain(&Node::from_json(&json))
        }
        _ => quoted(value),
    };
    Ok(Line::Steps(vec![format!("check: {}, of: {}, {word}: {value}", name(check), name(socket))]))
}

/// A frame as a scene sends it: an object as it is, everything else as a text.
fn sent(frame: &str) -> String {
    match Json::parse(frame) {
        Ok(json) if json.is_record() => plain(&Node::from_json(&json)),
        Ok(_) | Err(_) => quoted(frame),
    }
}

/// A text in quotes, as JSON and YAML both read it.
pub(super) fn quoted(text: &str) -> String {
    plain(&Node::text(text))
}

/// A name, in quotes only where YAML would take it for something else.
pub(super) fn name(text: &str) -> String {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    let is_word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&&*text.to_ascii_lowercase());
    let is_plain = text.chars().all(is_letter) && text.contains(|letter: char| letter.is_ascii_alphabetic());
    let is_figure =
        text.starts_with(['-', '_']) || text.parse::<f64>().is_ok() || text.starts_with("0x") || text.starts_with("0o");
    if is_plain && !is_word && !is_figure { text.to_owned() } else { quoted(text) }
}

/// On one line, with nothing in it that a scene would fill in.
pub(super) fn plain(node: &Node) -> String {
    node.to_line().replace("${", "$${")
}

#[cfg(test)]
mod tests {
    use super::{Line, name, read};

    fn steps(line: &str) -> Vec<String> {
        let waiting = [("ada".to_owned(), "totp".to_owned())];
        match read(line, &waiting) {
            Ok(Line::Steps(steps)) => steps,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn lines_are_steps() {
        assert_eq!(steps("connect ada bob"), ["connect: ada", "connect: bob"]);
        assert_eq!(steps(" ada {\"to\": \"room:hall\"} "), ["ada: { \"to\": \"room:hall\" }"]);
        assert_eq!(steps("ada {oops"), ["ada: \"{oops\""]);
        assert_eq!(steps("ada {\"a\": \"${b}\"}"), ["ada: { \"a\": \"$${b}\" }"]);
        assert_eq!(steps("passed true"), ["check: totp, of: ada, passed: true"]);
        assert_eq!(steps("passed 4711"), ["check: totp, of: ada, passed: \"4711\""]);
        assert_eq!(steps("failed no such key"), ["check: totp, of: ada, failed: \"no such key\""]);
    }

    #[test]
    fn names_that_yaml_reads_otherwise_are_quoted() {
        for (text, written) in [("ada", "ada"), ("a-1_b", "a-1_b"), ("30s", "30s"), ("room", "room")] {
            assert_eq!(name(text), written);
        }
        for text in ["true", "No", "y", "1e5", "12", "", "a: b", "-a", "a b", "0x1f", "nan", "inf", "$a", "webhook:a"] {
            assert_eq!(name(text), format!("\"{text}\""));
        }
    }

    #[test]
    fn what_is_no_line_says_why() {
        for line in ["save", "connect", "after", "passed", "ada"] {
            assert!(read(line, &[("ada".to_owned(), "totp".to_owned())]).is_err(), "{line}");
        }
        assert_eq!(read("passed true", &[]), Err("no check waits for an answer".to_owned()));
        assert_eq!(read("# a word", &[]), Ok(Line::Nothing));
    }
}
