//! Whom an act is about, as requests name them.

use super::answer::Problem;
use crate::engine::Whom;
use crate::envelope::{Address, codes, parse_address};
use crate::wind::SocketId;
use std::sync::Arc;

/// `client:ID` or `socket:UUID`.
pub(super) fn whom(text: &str) -> Result<Whom, Problem> {
    if let Some(id) = text.strip_prefix("socket:") {
        let id = id.parse().map_err(|_| wrong(format!("`{text}` is no address of a socket: write `socket:UUID`")))?;
        return Ok(Whom::Socket(SocketId(id)));
    }
    match parse_address(text).map_err(wrong)? {
        Address::Client(client) => Ok(Whom::Client(client)),
        Address::Room(_) | Address::Group(_) | Address::Lock(_) | Address::Ticket(_) => {
            Err(wrong(format!("`{text}` is nobody: write `client:ID` or `socket:UUID`")))
        }
    }
}

/// A client by its id, as a path has it.
pub(super) fn client(id: &str) -> Result<Arc<str>, Problem> {
    match parse_address(&format!("client:{id}")).map_err(wrong)? {
        Address::Client(client) => Ok(client),
        Address::Room(_) | Address::Group(_) | Address::Lock(_) | Address::Ticket(_) => {
            Err(wrong("this is no client".to_owned()))
        }
    }
}

/// What the address of one kind names, with or without the kind before it.
pub(super) fn named<'text>(kind: &str, text: &'text str) -> &'text str {
    text.strip_prefix(kind).and_then(|rest| rest.strip_prefix(':')).unwrap_or(text)
}

fn wrong(message: String) -> Problem {
    Problem::unfit(codes::BAD_ADDRESS, message)
}
