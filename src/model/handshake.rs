//! What rules may read of what came with a connection.

use super::{Field, Type};
use crate::diagnostic::Span;
use crate::value::{Json, Value};
use std::collections::BTreeMap;

/// What came with the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HandshakePart {
    /// The query of the URL.
    Query,
    /// The headers, names in lower case, `-` as `_`.
    Headers,
    /// The cookies, `-` as `_`.
    Cookies,
    /// The subprotocols of the form `NAME.VALUE`: the one place where a page can put a token.
    Protocols,
    /// The client's certificate, which an authority that the server trusts has signed.
    Certificate,
}

impl HandshakePart {
    /// All of them.
    pub const ALL: [HandshakePart; 5] = [
        HandshakePart::Query,
        HandshakePart::Headers,
        HandshakePart::Cookies,
        HandshakePart::Protocols,
        HandshakePart::Certificate,
    ];

    /// What rules call it.
    pub fn name(self) -> &'static str {
        match self {
            HandshakePart::Query => "query",
            HandshakePart::Headers => "headers",
            HandshakePart::Cookies => "cookies",
            HandshakePart::Protocols => "protocols",
            HandshakePart::Certificate => "certificate",
        }
    }

    /// The one that rules call so.
    pub fn by_name(name: &str) -> Option<HandshakePart> {
        HandshakePart::ALL.into_iter().find(|part| part.name() == name)
    }

    /// Whether the client alone says what it holds, and may say whatever it likes.
    pub fn is_said_by_client(self) -> bool {
        match self {
            HandshakePart::Query | HandshakePart::Headers | HandshakePart::Cookies | HandshakePart::Protocols => true,
            HandshakePart::Certificate => false,
        }
    }

    /// The fields that it has and what they are; none where a client may send any, each a `text?`.
    pub fn fields(self) -> &'static [PartField] {
        match self {
            HandshakePart::Query | HandshakePart::Headers | HandshakePart::Cookies | HandshakePart::Protocols => &[],
            HandshakePart::Certificate => &CERTIFICATE,
        }
    }

    /// What a field of it is; none where there is no such field.
    pub fn field(self, name: &str) -> Option<Type> {
        match self.fields() {
            [] => Some(maybe(Type::TEXT)),
            fields => fields.iter().find(|known| known.name == name).map(|known| (known.ty)()),
        }
    }

    /// What it is as a whole.
    pub fn ty(self) -> Type {
        let field = |field: &PartField| Field { name: field.name.into(), ty: (field.ty)(), span: Span::NOWHERE };
        Type::Record(self.fields().iter().map(field).collect())
    }

    /// A record of it as rules read it: what there is, and an empty list for every list that there is not.
    pub fn record<'a>(self, there: impl IntoIterator<Item = (&'a str, Value)>) -> Json {
        let mut values: BTreeMap<&str, Value> = there.into_iter().collect();
        for field in self.fields().iter().filter(|field| matches!((field.ty)(), Type::List(_))) {
            values.entry(field.name).or_insert_with(|| Value::Json(Json::list([])));
        }
        Json::record(values)
    }
}

/// A field that a part has.
#[derive(Debug)]
pub struct PartField {
    /// What it is called.
    pub name: &'static str,
    /// What it is.
    pub ty: fn() -> Type,
}

/// Where no certificate was shown, what may be missing is missing, and the lists are empty.
const CERTIFICATE: [PartField; 5] = [
    PartField { name: "common_name", ty: || maybe(Type::TEXT) },
    PartField { name: "expires", ty: || maybe(Type::Time) },
    PartField { name: "fingerprint", ty: || maybe(Type::TEXT) },
    PartField { name: "names", ty: || Type::List(Box::new(Type::TEXT)) },
    PartField { name: "uris", ty: || Type::List(Box::new(Type::TEXT)) },
];

fn maybe(ty: Type) -> Type {
    Type::Optional(Box::new(ty))
}

/// Something for each part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts<Of> {
    /// For the query.
    pub query: Of,
    /// For the headers.
    pub headers: Of,
    /// For the cookies.
    pub cookies: Of,
    /// For the subprotocols.
    pub protocols: Of,
    /// For the certificate.
    pub certificate: Of,
}

impl<Of> Parts<Of> {
    /// What a function makes of each part.
    pub fn each(make: impl Fn(HandshakePart) -> Of) -> Parts<Of> {
        Parts {
            query: make(HandshakePart::Query),
            headers: make(HandshakePart::Headers),
            cookies: make(HandshakePart::Cookies),
            protocols: make(HandshakePart::Protocols),
            certificate: make(HandshakePart::Certificate),
        }
    }

    /// What there is for one part.
    pub fn part(&self, part: HandshakePart) -> &Of {
        match part {
            HandshakePart::Query => &self.query,
            HandshakePart::Headers => &self.headers,
            HandshakePart::Cookies => &self.cookies,
            HandshakePart::Protocols => &self.protocols,
            HandshakePart::Certificate => &self.certificate,
        }
    }

    /// The same, to be changed.
    pub fn part_mut(&mut self, part: HandshakePart) -> &mut Of {
        match part {
            HandshakePart::Query => &mut self.query,
            HandshakePart::Headers => &mut self.headers,
            HandshakePart::Cookies => &mut self.cookies,
            HandshakePart::Protocols => &mut self.protocols,
            HandshakePart::Certificate => &mut self.certificate,
        }
    }
}
