//! What can happen in these tests, in names: the socket's own events, and what others do meanwhile.

use serde_json::Value as Json;

/// Where a message wants to go.
#[derive(Clone, Debug, PartialEq)]
pub enum Address {
    Nowhere,
    Room(String),
    Client(String),
    Group(String),
    Lock(String),
    Unknown,
}

/// A message of the socket's client.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub to: Address,
    pub content: Json,
    pub id: Option<Json>,
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    Connect,
    Message(Message),
    Cancel(Option<Json>),
    Leave(String, Option<Json>),
    /// The client left a room through another socket.
    Left(String),
    Signal {
        name: String,
        value: Json,
        room: Option<String>,
    },
    /// The answer to the check that was asked as the n-th, counting from 1.
    Verdict {
        check: u64,
        verdict: Result<Json, String>,
    },
    /// Time passes, in milliseconds, then what is due happens.
    Tick(u64),
    /// Time passes, in milliseconds, and nobody looks at what is due. No pass.
    Later(u64),
    /// Whoever looks after the server moves it.
    Moved(String),
    Close,
    /// Another client, or this socket's through another socket, comes into a room. No pass.
    OtherJoins {
        room: String,
        client: String,
    },
    /// Another client goes, or another socket of this socket's client moves on. No pass.
    OtherParts {
        room: String,
        client: String,
    },
}
