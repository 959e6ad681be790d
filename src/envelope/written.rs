//! How the server's frames are written.

use super::codes;
use super::outgoing::{Outgoing, PROTOCOL, Place, Who};
use crate::value::{Json, Millis, RoomKey, plain_end};
use std::fmt::Write;
use uuid::Uuid;

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
                write_content(r#"{"ask":"#, content, out);
                write_text_field(r#","in":"#, by, out);
                push(out, format_args!(r#","depth":{depth}}}"#));
            }
            Outgoing::Say { content, by } => {
                write_content(r#"{"say":"#, content, out);
                write_text_field(r#","in":"#, by, out);
                out.push('}');
            }
            Outgoing::Identified { client, rooms, resume } => write_identified(client, rooms, *resume, out),
            Outgoing::Resumed { room, epoch, offset, recovered } => {
                out.push_str(r#"{"resumed":{"room":"#);
                write_address("room:", &room.0, out);
                write_run(*epoch, out);
                write_number_field(r#","offset":"#, *offset, out);
                push(out, format_args!(r#","recovered":{recovered}}}}}"#));
            }
            Outgoing::Moved { room, uuid, epoch, offset, join } => {
                out.push_str(r#"{"moved":{"room":"#);
                write_address("room:", &room.0, out);
                write_text_field(r#","uuid":"#, uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()), out);
                write_run(*epoch, out);
                write_number_field(r#","offset":"#, *offset, out);
                write_number_field(r#","join":"#, *join, out);
                out.push_str("}}");
            }
            Outgoing::Message { content, place, from, at, mail } => {
                write_message(content, *place, *from, *at, out);
                if let Some(mail) = mail {
                    write_number_field(r#","mail":"#, *mail, out);
                }
                out.push('}');
            }
            Outgoing::Lost { first, last } => push(out, format_args!(r#"{{"lost":{{"mail":[{first},{last}]}}}}"#)),
            Outgoing::Question { args, check, ticket, group, from, at, within_ms } => {
                write_content(r#"{"question":"#, args, out);
                write_text_field(r#","check":"#, check, out);
                write_address_field(r#","ticket":"#, "ticket:", ticket, out);
                write_address_field(r#","group":"#, "group:", group, out);
                out.push_str(r#","from":"#);
                write_who(*from, out);
                push(out, format_args!(r#","at":{at},"within_ms":{within_ms}}}"#));
            }
            Outgoing::Settled { ticket, outcome, by } => {
                out.push_str(r#"{"settled":{"ticket":"#);
                write_address("ticket:", ticket, out);
                write_text_field(r#","outcome":"#, outcome, out);
                if let Some(by) = by {
                    out.push_str(r#","by":"#);
                    write_who(*by, out);
                }
                out.push_str("}}");
            }
            Outgoing::Ok { id, post } => {
                out.push_str(r#"{"ok":{"#);
                if let Some((room, seq)) = post {
                    out.push_str(r#""room":"#);
                    write_address("room:", &room.0, out);
                    write_number_field(r#","seq":"#, *seq, out);
                }
                out.push_str(r#"},"id":"#);
                out.push_str(id.as_str());
                out.push('}');
            }
            Outgoing::Error { code, message, retry_after_ms, id, by } => {
                write_error(code, message, *retry_after_ms, out);
                if let Some(id) = id {
                    push(out, format_args!(r#","id":{}"#, id.as_str()));
                }
                if let Some(by) = by {
                    write_text_field(r#","by":"#, by, out);
                }
                out.push('}');
            }
            Outgoing::Joined { room, who } => write_presence("joined", room, *who, out),
            Outgoing::Left { room, who } => write_presence("left", room, *who, out),
            Outgoing::Here { room, who, count } => write_here(room, who, *count, out),
            Outgoing::Heartbeat { at } => push(out, format_args!(r#"{{"heartbeat":{{"at":{at}}}}}"#)),
            Outgoing::Bye { code, reason, reconnect_in_ms } => {
                push(out, format_args!(r#"{{"bye":{{"code":{code}"#));
                write_text_field(r#","reason":"#, reason, out);
                if let Some(pause) = reconnect_in_ms {
                    push(out, format_args!(r#","reconnect_in_ms":{pause}"#));
                }
                out.push_str("}}");
            }
        }
    }
}

fn write_message(content: &Json, place: Place<'_>, from: Option<Who<'_>>, at: Millis, out: &mut String) {
    write_content(r#"{"message":"#, content, out);
    match place {
        Place::Room { room, .. } => write_address_field(r#","room":"#, "room:", &room.0, out),
        Place::Group(group) => write_address_field(r#","group":"#, "group:", group, out),
        Place::Direct => out.push_str(r#","direct":true"#),
    }
    if let Some(from) = from {
        out.push_str(r#","from":"#);
        write_who(from, out);
    }
    if let Place::Room { seq: Some(seq), .. } = place {
        write_number_field(r#","seq":"#, seq, out);
    }
    write_number_field(r#","at":"#, at, out);
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
        write_text_field(r#","resume":"#, token, out);
    }
    out.push_str("}}");
}

fn write_error(code: &str, message: &str, retry_after_ms: Option<u64>, out: &mut String) {
    let is_temporary = retry_after_ms.is_some() || codes::is_temporary(code);
    out.push_str(r#"{"error":{"code":"#);
    write_text(code, out);
    write_text_field(r#","message":"#, message, out);
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
    out.push_str(key);
    out.push_str(content.as_str());
}

/// A number behind its key, which is written as it stands in the frame.
fn write_number_field(key: &str, number: u64, out: &mut String) {
    out.push_str(key);
    out.push_str(itoa::Buffer::new().format(number));
}

/// The name of a run of a room's `seq`: always sixteen hexadecimal digits.
fn write_run(epoch: u64, out: &mut String) {
    let digit = |place: u32| char::from_digit((epoch >> (4 * place)) as u32 & 0xf, 16).unwrap_or('0');
    out.push_str(r#","epoch":""#);
    out.extend((0..16).rev().map(digit));
    out.push('"');
}

fn write_text_field(key: &str, text: &str, out: &mut String) {
    write_address_field(key, "", text, out);
}

fn write_address_field(key: &str, kind: &str, name: &str, out: &mut String) {
    out.push_str(key);
    write_address(kind, name, out);
}

fn write_who(who: Who<'_>, out: &mut String) {
    match who {
        Who::Client(id) => write_address("client:", id, out),
        Who::Socket(uuid) => write_address("socket:", uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()), out),
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
    if plain_end(name.as_bytes(), 0) < name.len() {
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
