//! A page of metrics, read back: only what our own server writes.

use anyhow::{Context, anyhow};
use std::collections::BTreeMap;

/// All numbers of a page, by name and labels.
#[derive(Debug, Default)]
pub(super) struct Samples(BTreeMap<String, BTreeMap<Labels, f64>>);

/// The values of a sample's labels, by their names.
pub(super) type Labels = BTreeMap<String, String>;

/// What our metrics begin with.
const PREFIX: &str = "windlass_";

impl Samples {
    pub(super) fn read(page: &str) -> anyhow::Result<Samples> {
        let mut samples = Samples::default();
        for line in page.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (name, labels, value) = sample(line).with_context(|| format!("`{line}` is no sample"))?;
            samples.0.entry(name.trim_start_matches(PREFIX).to_owned()).or_default().insert(labels, value);
        }
        Ok(samples)
    }

    /// All of one name, in the order of their labels.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = (&Labels, f64)> {
        self.0.get(name).into_iter().flatten().map(|(labels, value)| (labels, *value))
    }

    pub(super) fn of(&self, name: &str, labels: &Labels) -> f64 {
        self.0.get(name).and_then(|all| all.get(labels)).copied().unwrap_or_default()
    }

    /// The one without labels; 0 where there is none.
    pub(super) fn one(&self, name: &str) -> f64 {
        self.of(name, &Labels::new())
    }
}

fn sample(line: &str) -> anyhow::Result<(&str, Labels, f64)> {
    let name_end = line.find(['{', ' ']).ok_or_else(|| anyhow!("it has no value"))?;
    let (name, rest) = line.split_at(name_end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inside) => labels(inside)?,
        None => (Labels::new(), rest),
    };
    let value = rest.split_whitespace().next().ok_or_else(|| anyhow!("it has no value"))?;
    Ok((name, labels, value.parse()?))
}

/// `a="x",b="y"} 1`: the labels, and what comes after them.
fn labels(text: &str) -> anyhow::Result<(Labels, &str)> {
    let mut labels = Labels::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(',');
        if let Some(after) = rest.strip_prefix('}') {
            return Ok((labels, after));
        }
        let (name, after) = rest.split_once("=\"").ok_or_else(|| anyhow!("a label has no value"))?;
        let (value, after) = quoted(after)?;
        labels.insert(name.to_owned(), value);
        rest = after;
    }
}

fn quoted(text: &str) -> anyhow::Result<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((value, text.get(at + 1..).unwrap_or_default())),
            '\\' => match letters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, other)) => value.push(other),
                None => break,
            },
            other => value.push(other),
        }
    }
    Err(anyhow!("a label's value does not end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let page = "# HELP windlass_closes x\nwindlass_closes_total{code=\"4100\"} 3\nwindlass_rooms 2.5\n\
                    windlass_sockets{machine=\"a \\\"b\\\\\",state=\"x,y}\"} 7\n# EOF\n";
        let samples = Samples::read(page).expect("a page");
        assert_eq!(samples.one("rooms"), 2.5);
        assert_eq!(samples.one("nothing"), 0.0);
        let (labels, count) = samples.all("sockets").next().expect("a sample");
        assert_eq!((labels["machine"].as_str(), labels["state"].as_str(), count), ("a \"b\\", "x,y}", 7.0));
        for broken in ["windlass_rooms", "windlass_rooms{a=\"b 1", "windlass_rooms{a} 1", "windlass_rooms x"] {
            assert!(Samples::read(broken).is_err(), "{broken}");
        }
    }
}
