//! Addresses as clients write them: a kind, a colon, a name.

use super::Address;

/// The longest client id, in characters.
pub const CLIENT_ID_CHARACTERS_MAX: usize = 128;

/// Splits an address. The error says what to do.
pub fn parse_address(text: &str) -> Result<Address, String> {
    let Some((kind, name)) = text.split_once(':') else {
        return Err(
            "an address is a kind and a name: write `room:NAME`, `client:ID`, `group:NAME` or `lock:NAME`".into()
        );
    };
    if name.is_empty() {
        return Err("the address names nothing: write a name after the colon".into());
    }
    match kind {
        "room" => Ok(Address::Room(name.into())),
        "client" => parse_client(name),
        "group" => Ok(Address::Group(name.into())),
        "lock" => Ok(Address::Lock(name.into())),
        "ticket" => Ok(Address::Ticket(name.into())),
        _ => {
            Err("the kind of the address is not known: write `room:`, `client:`, `group:`, `lock:` or `ticket:`".into())
        }
    }
}

fn parse_client(id: &str) -> Result<Address, String> {
    let is_short = id.chars().nth(CLIENT_ID_CHARACTERS_MAX).is_none();
    if is_short && !id.chars().any(char::is_control) {
        return Ok(Address::Client(id.into()));
    }
    Err(format!(
        "a client's id has at most {CLIENT_ID_CHARACTERS_MAX} characters and no control characters: send another"
    ))
}
