//! What crews are given to put into a scene: names, codes, tokens.

use crate::scenario::{Node, Shape, Variables};
use crate::value::Json;
use anyhow::{Context, bail};
use std::fs;
use std::path::Path;

/// No file is larger.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// What this tool gives itself.
const OWN: [&str; 3] = ["crew", "crew_room", "payload"];

/// Reads one JSON object a line; empty lines do not count.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<Variables>> {
    let cannot = || format!("cannot read `{}`", file.display());
    if fs::metadata(file).with_context(cannot)?.len() > FILE_BYTES_MAX {
        bail!("`{}` has more than {FILE_BYTES_MAX} bytes", file.display());
    }
    let text = fs::read_to_string(file).with_context(cannot)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let values = lines.map(|(at, line)| of_line(line).with_context(|| format!("{}:{}", file.display(), at + 1)));
    let values = values.collect::<anyhow::Result<Vec<_>>>()?;
    if values.is_empty() {
        bail!("`{}` is empty: write one JSON object a line", file.display());
    }
    Ok(values)
}

fn of_line(line: &str) -> anyhow::Result<Variables> {
    let Shape::Record(fields) = Node::from_json(&Json::parse(line)?).shape else {
        bail!("this is no JSON object");
    };
    if let Some(own) = fields.iter().find(|field| OWN.contains(&&*field.name)) {
        bail!("`{}` is given by the tool itself: take another name", own.name);
    }
    Ok(fields.into_iter().map(|field| (field.name, field.node)).collect())
}

#[cfg(test)]
mod tests {
    use super::of_line;

    #[test]
    fn a_line_is_an_object() {
        let values = of_line("{\"name\": \"ada\", \"token\": \"x\"}").expect("values");
        assert_eq!(values["token"].as_text(), Some("x"));
        for line in ["[]", "3", "{", "{\"crew\": 1}"] {
            assert!(of_line(line).is_err(), "{line}");
        }
    }
}
