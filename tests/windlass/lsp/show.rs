//! Answers of the server, as lines that a person can compare.

use serde_json::{Map, Value};

/// Lines for an answer, with ranges as `line:column-line:column`, both counted from 0 as the protocol does.
pub fn show(answer: &Value) -> String {
    if let Some(error) = answer.get("error") {
        return format!("error {}: {}\n", error["code"], text(&error["message"]));
    }
    match &answer["result"] {
        Value::Null => "nothing\n".to_owned(),
        Value::Array(items) if items.is_empty() => "none\n".to_owned(),
        Value::Array(items) => items.iter().map(|item| show_item(item, 0)).collect(),
        Value::Object(hover) if hover.contains_key("contents") => {
            format!("{}\n{}\n", range(&hover["range"]), text(&hover["contents"]["value"]))
        }
        one => show_item(one, 0),
    }
}

/// Findings, each with all that an editor shows.
pub fn findings(found: &Value) -> String {
    let found = found.as_array().expect("findings");
    if found.is_empty() {
        return "none\n".to_owned();
    }
    let mut lines = String::new();
    for one in found {
        let tags = one.get("tags").map_or_else(String::new, |tags| format!(" tags {tags}"));
        let (at, severity, code) = (range(&one["range"]), &one["severity"], text(&one["code"]));
        let message = text(&one["message"]).replace('\n', "\n    ");
        lines.push_str(&format!("{at} severity {severity}{tags} {code} {message}\n"));
        for other in one["relatedInformation"].as_array().into_iter().flatten() {
            let place = location(&other["location"]);
            lines.push_str(&format!("    {place} {}\n", text(&other["message"])));
        }
    }
    lines
}

/// What may be written, one a line.
pub fn completion(answer: &Value) -> String {
    let Some(items) = answer["result"].as_array() else { return show(answer) };
    let line = |item: &Value| {
        let detail = item.get("detail").map_or_else(String::new, |detail| format!(" | {}", text(detail)));
        let doc = item.get("documentation").map_or_else(String::new, |doc| format!(" | {}", text(&doc["value"])));
        format!("{}{detail}{}\n", text(&item["label"]), doc.replace('\n', " "))
    };
    if items.is_empty() { "none\n".to_owned() } else { items.iter().map(line).collect() }
}

fn show_item(item: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    match item {
        Value::Object(fields) if fields.contains_key("uri") && fields.contains_key("range") => {
            format!("{indent}{}\n", location(item))
        }
        Value::Object(fields) => object(fields, depth),
        plain => format!("{indent}{plain}\n"),
    }
}

fn object(fields: &Map<String, Value>, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let mut lines = String::new();
    let mut nested = String::new();
    for (name, value) in fields {
        match value {
            // those that an action is for were shown
            _any if name == "diagnostics" => {}
            Value::Object(inner) if inner.contains_key("start") => lines.push_str(&format!(" {name}={}", range(value))),
            Value::Object(inner) if inner.contains_key("range") && inner.contains_key("uri") => {
                lines.push_str(&format!(" {}", location(value)));
            }
            Value::Object(_) => nested.push_str(&format!("{indent}  {name}\n{}", show_item(value, depth + 2))),
            Value::Array(items) => {
                let items: String = items.iter().map(|item| show_item(item, depth + 2)).collect();
                nested.push_str(&format!("{indent}  {name}\n{items}"));
            }
            plain => lines.push_str(&format!(" {name}={plain}")),
        }
    }
    let head = lines.trim_start();
    let head = if head.is_empty() { String::new() } else { format!("{indent}{head}\n") };
    format!("{head}{nested}")
}

fn location(location: &Value) -> String {
    format!("{} {}", text(&location["uri"]), range(&location["range"]))
}

fn range(range: &Value) -> String {
    let at = |end: &str| format!("{}:{}", range[end]["line"], range[end]["character"]);
    format!("{}-{}", at("start"), at("end"))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
