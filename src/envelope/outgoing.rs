//! The server's frames. Each is one object whose first key says what it is; content stands below a key of its
//! own, so nothing that a client or a rule writes can look like a word of the server.

use super::codes;
use crate::value::{Json, Millis, RoomKey};
use std::fmt::Write;
use uuid::Uuid;

/// The WebSocket subprotocol that these frames are.
pub const PROTOCOL: &str = "windlass.v1.json";

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who<'a> {
    /// A client, by its id; written `client:ID`.
    Client(&'a str),
    /// A socket without an identity; written `socket:UUID`.
    Socket(Uuid),
    /// A service, by the name of its token; written `service:NAME`.
    Service(&'a str),
}

/// Where a message was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In a room; `seq` is its place in the room's order, none for what was told outside of it.
    Room {
        /// Which.
        room: &'a RoomKey,
        /// From 1, without gaps.
        seq: Option<u64>,
    },
    /// To a group, by its name.
    Group(&'a str),
    /// To the client itself.
    Direct,
}

/// One frame of the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outgoing<'a> {
    /// The first frame on every connection.
    Hello {
        /// The socket's id.
        socket: Uuid,
        /// A heartbeat comes at least so often.
        heartbeat_ms: u64,
        /// Clients that lose the connection come back after a random part of this.
        reconnect_jitter_ms: u64,
    },
    /// A prompt.
    Ask {
        /// What the rules ask.
        content: &'a Json,
        /// `lock:NAME` or `room:NAME`.
        by: &'a str,
        /// Index of the asking frame on the stack, the standing room being 0.
        depth: u32,
    },
    /// A rule speaks to the socket.
    Say {
        /// What it says.
        content: &'a Json,
        /// `lock:NAME` or `room:NAME`.
        by: &'a str,
    },
    /// The socket is this client from here on.
    Identified {
        /// Its id.
        client: &'a str,
        /// What it is a member of.
        rooms: &'a [RoomKey],
        /// With this, another connection can take up where this one was.
        resume: Option<&'a str>,
    },
    /// How a room has gone on since a position that the client told.
    Resumed {
        /// Which.
        room: &'a RoomKey,
        /// Names the run of the room's `seq`.
        epoch: u64,
        /// The `seq` of the room's latest message.
        offset: u64,
        /// Whether all that the client missed follows; if not, nothing of it does.
        recovered: bool,
    },
    /// The socket was admitted and stands there now.
    Moved {
        /// Where.
        room: &'a RoomKey,
        /// The room's id, the same on every server.
        uuid: Uuid,
        /// Names one run of the room's `seq`.
        epoch: u64,
        /// The `seq` of the room's latest message, 0 before the first.
        offset: u64,
        /// How often this socket has been admitted anywhere, this time included.
        join: u64,
    },
    /// A delivery.
    Message {
        /// What was said.
        content: &'a Json,
        /// Where.
        place: Place<'a>,
        /// By whom, as the server knows it.
        from: Option<Who<'a>>,
        /// When, in milliseconds since 1970.
        at: Millis,
        /// Its number in the client's mailbox; none if it did not wait there.
        mail: Option<u64>,
    },
    /// The message with this id was handled.
    Ok {
        /// As the client wrote it.
        id: &'a Json,
        /// The room that it was posted to, and its place there.
        post: Option<(&'a RoomKey, u64)>,
    },
    /// Something that the client wanted did not work.
    Error {
        /// A stable word of `docs/protocol.md`.
        code: &'a str,
        /// For people.
        message: &'a str,
        /// After so many milliseconds it may work; none: not by waiting.
        retry_after_ms: Option<u64>,
        /// Of the message that it answers.
        id: Option<&'a Json>,
        /// `lock:NAME` or `room:NAME` that refused.
        by: Option<&'a str>,
    },
    /// A member is there.
    Joined {
        /// In which room.
        room: &'a RoomKey,
        /// Who.
        who: Who<'a>,
    },
    /// A member is no longer there.
    Left {
        /// In which room.
        room: &'a RoomKey,
        /// Who.
        who: Who<'a>,
    },
    /// Who is there, for a socket that has just come.
    Here {
        /// In which room.
        room: &'a RoomKey,
        /// The first of them.
        who: &'a [Who<'a>],
        /// How many there are in all.
        count: u64,
    },
    /// The connection is alive.
    Heartbeat {
        /// When, in milliseconds since 1970.
        at: Millis,
    },
    /// The last frame before the server closes.
    Bye {
        /// The close code.
        code: u16,
        /// Why, for people.
        reason: &'a str,
        /// When to come back; none where the code says it all.
        reconnect_in_ms: Option<u64>,
    },
}

impl Who<'_> {
    /// As it is written on the wire.
    pub fn address(&self) -> String {
        match self {
            Who::Client(id) => format!("client:{id}"),
            Who::Socket(uuid) => format!("socket:{uuid}"),
            Who::Service(name) => format!("service:{name}"),
        }
    }

    /// Whom an address of that kind means.
    pub fn parse(address: &str) -> Option<Who<'_>> {
        let (kind, name) = address.split_once(':')?;
        match kind {
            "client" => Some(Who::Client(name)),
            "socket" => Uuid::try_parse(name).ok().map(Who::Socket),
            "service" => Some(Who::Service(name)),
            _ => None,
        }
    }
}

impl Outgoing<'_> {
    /// The frame as text.
    pub fn render(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// Appends the frame's text.
    pub fn write(&self, out: &mut String) {
        match self {
            Outgoing::Hello { socket, heartbeat_ms, reconnect_jitter_ms } => push(
                out,
                format_args!(
                    r#"{{"hello":{{"socket":"socket:{socket}","protocol":"{PROTOCOL}","heartbeat_ms":{heartbeat_ms},"reconnect_jitter_ms":{reconnect_jitter_ms}}}}}"#
                ),
            ),
            Outgoing::Ask { content, by, depth } => {
                write_content("ask", content, out);
                write_text_field("in", by, out);
                push(out, format_args!(r#","depth":{depth}}}"#));
            }
            Outgoing::Say { content, by } => {
                write_content("say", content, out);
                write_text_field("in", by, out);
                out.push('}');
            }
            Outgoing::Identified { client, rooms, resume } => write_identified(client, rooms, *resume, out),
            Outgoing::Resumed { room, epoch, offset, recovered } => {
                out.push_str(r#"{"resumed":{"room":"#);
                write_address("room:", &room.0, out);
                push(out, format_args!(r#","epoch":"{epoch:016x}","offset":{offset},"recovered":{recovered}}}}}"#));
            }
            Outgoing::Moved { room, uuid, epoch, offset, join } => {
                out.push_str(r#"{"moved":{"room":"#);
                write_address("room:", &room.0, out);
                push(
                    out,
                    format_args!(r#","uuid":"{uuid}","epoch":"{epoch:016x}","offset":{offset},"join":{join}}}}}"#),
                );
            }
            Outgoing::Message { content, place, from, at, mail } => {
                write_message(content, *place, *from, *at, out);
                if let Some(mail) = mail {
                    push(out, format_args!(r#","mail":{mail}"#));
                }
                out.push('}');
            }
            Outgoing::Ok { id, post } => {
                out.push_str(r#"{"ok":{"#);
                if let Some((room, seq)) = post {
                    out.push_str(r#""room":"#);
                    write_address("room:", &room.0, out);
                    push(out, format_args!(r#","seq":{seq}"#));
                }
                push(out, format_args!(r#"}},"id":{}}}"#, id.as_str()));
            }
            Outgoing::Error { code, message, retry_after_ms, id, by } => {
                write_error(code, message, *retry_after_ms, out);
                if let Some(id) = id {
                    push(out, format_args!(r#","id":{}"#, id.as_str()));
                }
                if let Some(by) = by {
                    write_text_field("by", by, out);
                }
                out.push('}');
            }
            Outgoing::Joined { room, who } => write_presence("joined", room, *who, out),
            Outgoing::Left { room, who } => write_presence("left", room, *who, out),
            Outgoing::Here { room, who, count } => write_here(room, who, *count, out),
            Outgoing::Heartbeat { at } => push(out, format_args!(r#"{{"heartbeat":{{"at":{at}}}}}"#)),
            Outgoing::Bye { code, reason, reconnect_in_ms } => {
                push(out, format_args!(r#"{{"bye":{{"code":{code}"#));
                write_text_field("reason", reason, out);
                if let Some(pause) = reconnect_in_ms {
                    push(out, format_args!(r#","reconnect_in_ms":{pause}"#));
                }
                out.push_str("}}");
            }
        }
    }
}

fn write_message(content: &Json, place: Place<'_>, from: Option<Who<'_>>, at: Millis, out: &mut String) {
    write_content("message", content, out);
    match place {
        Place::Room { room, .. } => write_address_field("room", "room:", &room.0, out),
        Place::Group(group) => write_address_field("group", "group:", group, out),
        Place::Direct => out.push_str(r#","direct":true"#),
    }
    if let Some(from) = from {
        out.push_str(r#","from":"#);
        write_who(from, out);
    }
    if let Place::Room { seq: Some(seq), .. } = place {
        push(out, format_args!(r#","seq":{seq}"#));
    }
    push(out, format_args!(r#","at":{at}"#));
}

fn write_identified(client: &str, rooms: &[RoomKey], resume: Option<&str>, out: &mut String) {
    out.push_str(r#"{"identified":{"client":"#);
    write_address("client:", client, out);
    out.push_str(r#","rooms":["#);
    for (at, room) in rooms.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_address("room:", &room.0, out);
    }
    out.push(']');
    if let Some(token) = resume {
        write_text_field("resume", token, out);
    }
    out.push_str("}}");
}

fn write_error(code: &str, message: &str, retry_after_ms: Option<u64>, out: &mut String) {
    let is_temporary = retry_after_ms.is_some() || codes::is_temporary(code);
    out.push_str(r#"{"error":{"code":"#);
    write_text(code, out);
    write_text_field("message", message, out);
    push(out, format_args!(r#","temporary":{}"#, is_temporary));
    if let Some(pause) = retry_after_ms {
        push(out, format_args!(r#","retry_after_ms":{pause}"#));
    }
    out.push('}');
}

fn write_presence(what: &str, room: &RoomKey, who: Who<'_>, out: &mut String) {
    out.push_str(r#"{"presence":{"room":"#);
    write_address("room:", &room.0, out);
    push(out, format_args!(r#","{what}":"#));
    write_who(who, out);
    out.push_str("}}");
}

fn write_here(room: &RoomKey, who: &[Who<'_>], count: u64, out: &mut String) {
    out.push_str(r#"{"presence":{"room":"#);
    write_address("room:", &room.0, out);
    out.push_str(r#","here":["#);
    for (at, who) in who.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_who(*who, out);
    }
    push(out, format_args!(r#"],"count":{count}}}}}"#));
}

fn write_content(key: &str, content: &Json, out: &mut String) {
    push(out, format_args!(r#"{{"{key}":{}"#, content.as_str()));
}

fn write_text_field(key: &str, text: &str, out: &mut String) {
    write_address_field(key, "", text, out);
}

fn write_address_field(key: &str, kind: &str, name: &str, out: &mut String) {
    push(out, format_args!(r#","{key}":"#));
    write_address(kind, name, out);
}

fn write_who(who: Who<'_>, out: &mut String) {
    match who {
        Who::Client(id) => write_address("client:", id, out),
        Who::Socket(uuid) => push(out, format_args!(r#""socket:{uuid}""#)),
        Who::Service(name) => write_address("service:", name, out),
    }
}

fn write_text(text: &str, out: &mut String) {
    write_address("", text, out);
}

/// Appends a JSON text of a kind and a name.
fn write_address(kind: &str, name: &str, out: &mut String) {
    out.push('"');
    out.push_str(kind);
    if name.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        write_escaped(name, out);
    } else {
        out.push_str(name);
    }
    out.push('"');
}

fn write_escaped(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => push(out, format_args!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}
