//! What scenes and frames are made of: a tree of values, each of which knows where it stands in the scene's text.
//! Fields keep their order, so that what is shown looks like what was written.

use crate::value::{Json, Value};

/// A place in one text. Both count from 1; what was not read from a scene has 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands.
    pub at: Position,
    /// What it is.
    pub shape: Shape,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Shape {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A record, in the order in which it was written.
    Record(Vec<Field>),
}

/// A field of a record.
#[derive(Clone, Debug)]
pub struct Field {
    /// Where its name stands.
    pub at: Position,
    /// Its name.
    pub name: String,
    /// Its value.
    pub node: Node,
}

/// Two trees are equal if their values are, wherever they stand. Records compare field by field, in any order.
impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        match (&self.shape, &other.shape) {
            (Shape::Null, Shape::Null) => true,
            (Shape::Bool(left), Shape::Bool(right)) => left == right,
            (Shape::Int(left), Shape::Int(right)) => left == right,
            (Shape::Int(int), Shape::Number(number)) | (Shape::Number(number), Shape::Int(int)) => {
                *int as f64 == *number
            }
            (Shape::Number(left), Shape::Number(right)) => left == right,
            (Shape::Text(left), Shape::Text(right)) => left == right,
            (Shape::List(left), Shape::List(right)) => left == right,
            (Shape::Record(left), Shape::Record(right)) => {
                left.len() == right.len() && left.iter().all(|field| other.field(&field.name) == Some(&field.node))
            }
            (
                Shape::Null
                | Shape::Bool(_)
                | Shape::Int(_)
                | Shape::Number(_)
                | Shape::Text(_)
                | Shape::List(_)
                | Shape::Record(_),
                _,
            ) => false,
        }
    }
}

impl From<Shape> for Node {
    fn from(shape: Shape) -> Node {
        Node { at: Position::default(), shape }
    }
}

impl Node {
    /// A text that stands nowhere.
    pub fn text(text: impl Into<String>) -> Node {
        Shape::Text(text.into()).into()
    }

    /// A list that stands nowhere.
    pub fn list(items: impl IntoIterator<Item = Node>) -> Node {
        Shape::List(items.into_iter().collect()).into()
    }

    /// A record that stands nowhere.
    pub fn record<Name: Into<String>>(fields: impl IntoIterator<Item = (Name, Node)>) -> Node {
        let field = |(name, node): (Name, Node)| Field { at: Position::default(), name: name.into(), node };
        Shape::Record(fields.into_iter().map(field).collect()).into()
    }

    /// Reads JSON that is known to be well formed.
    pub fn from_json(json: &Json) -> Node {
        Node::from_value(&Value::from_json(json.as_str()), json.as_str())
    }

    fn from_value(value: &Value, text: &str) -> Node {
        match value {
            Value::Bool(value) => Shape::Bool(*value).into(),
            Value::Int(value) => Shape::Int(*value).into(),
            Value::Number(value) => Shape::Number(*value).into(),
            Value::Text(value) => Node::text(&**value),
            Value::Json(json) if json.is_record() => {
                let mut fields = Vec::new();
                json.each_field(|name, value| {
                    fields.push((name.to_owned(), Node::from_value(&Value::from_json(value), value)));
                });
                Node::record(fields)
            }
            Value::Json(json) if json.is_list() => {
                let mut items = Vec::new();
                json.each_item(|item| items.push(Node::from_value(&Value::from_json(item), item)));
                Node::list(items)
            }
            // a number that fits nowhere keeps its digits
            Value::Json(_) => Node::text(text),
            Value::None
            | Value::Nonce(_)
            | Value::Secret(_)
            | Value::Duration(_)
            | Value::Time(_)
            | Value::Client(_)
            | Value::Room(_)
            | Value::Group(_) => Shape::Null.into(),
        }
    }

    /// The value of a field; none where this is no record or has no such field.
    pub fn field(&self, name: &str) -> Option<&Node> {
        let Shape::Record(fields) = &self.shape else { return None };
        fields.iter().find(|field| field.name == name).map(|field| &field.node)
    }

    /// The fields of a record.
    pub fn as_record(&self) -> Option<&[Field]> {
        if let Shape::Record(fields) = &self.shape { Some(fields) } else { None }
    }

    /// The items of a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        if let Shape::List(items) = &self.shape { Some(items) } else { None }
    }

    /// The characters of a text.
    pub fn as_text(&self) -> Option<&str> {
        let Shape::Text(text) = &self.shape else { return None };
        Some(text)
    }

    /// The name of the first field: what a frame of the server is.
    pub fn kind(&self) -> Option<&str> {
        let Shape::Record(fields) = &self.shape else { return None };
        fields.first().map(|field| field.name.as_str())
    }

    /// As JSON on one line, as a frame is sent.
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, Spacing::Tight);
        text
    }

    /// As JSON on one line, with room to breathe.
    pub fn to_line(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, Spacing::Loose);
        text
    }

    /// As JSON for people: what fits into `width` characters stays on one line.
    pub fn to_lines(&self, width: usize) -> String {
        let mut text = String::new();
        self.write_lines(width, 0, &mut text);
        text
    }

    fn write(&self, out: &mut String, spacing: Spacing) {
        let (comma, colon, open, close) = match spacing {
            Spacing::Tight => (",", ":", "{", "}"),
            Spacing::Loose => (", ", ": ", "{ ", " }"),
        };
        match &self.shape {
            Shape::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { comma });
                    item.write(out, spacing);
                }
                out.push(']');
            }
            Shape::Record(fields) if fields.is_empty() => out.push_str("{}"),
            Shape::Record(fields) => {
                for (at, field) in fields.iter().enumerate() {
                    out.push_str(if at == 0 { open } else { comma });
                    out.push_str(&quoted(&field.name));
                    out.push_str(colon);
                    field.node.write(out, spacing);
                }
                out.push_str(close);
            }
            Shape::Null => out.push_str("null"),
            Shape::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Shape::Int(value) => out.push_str(&value.to_string()),
            Shape::Number(value) => Value::Number(*value).write_json(out),
            Shape::Text(text) => out.push_str(&quoted(text)),
        }
    }

    fn write_lines(&self, width: usize, indent: usize, out: &mut String) {
        let line = self.to_line();
        if indent + line.chars().count() <= width {
            out.push_str(&line);
            return;
        }
        let margin = " ".repeat(indent + 2);
        let (open, close) = if matches!(self.shape, Shape::Record(_)) { ('{', '}') } else { ('[', ']') };
        let mut items: Vec<(String, &Node)> = Vec::new();
        match &self.shape {
            Shape::List(list) => items.extend(list.iter().map(|item| (String::new(), item))),
            Shape::Record(fields) => {
                items.extend(fields.iter().map(|field| (quoted(&field.name) + ": ", &field.node)));
            }
            Shape::Null | Shape::Bool(_) | Shape::Int(_) | Shape::Number(_) | Shape::Text(_) => {
                out.push_str(&line);
                return;
            }
        }
        out.push(open);
        let count = items.len();
        for (at, (name, node)) in items.into_iter().enumerate() {
            out.push('\n');
            out.push_str(&margin);
            out.push_str(&name);
            node.write_lines(width, indent + 2, out);
            out.push_str(if at + 1 < count { "," } else { "" });
        }
        out.push('\n');
        out.push_str(&" ".repeat(indent));
        out.push(close);
    }
}

#[derive(Clone, Copy)]
enum Spacing {
    Tight,
    Loose,
}

fn quoted(text: &str) -> String {
    Value::Text(text.into()).to_json().as_str().to_owned()
}
